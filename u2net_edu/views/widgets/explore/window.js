// The photograph with the window of the chosen output pixel.

import { element } from "../kit/dom.js";
import { drawPhoto } from "../network/photo.js";
import { support } from "../network/supports.js";
import { pixelOf, windowInWords } from "../network/windows.js";

/** @param {import("../kit/types").Tie} tie */
export function drawWindow(tie, { trace, chosen }, url) {
  const [height, width] = trace.operators[0].grid;
  const pixel = () => pixelOf(tie, trace, chosen().output);
  const photo = drawPhoto(url, [height, width], {
    label: "The image: click or drag to choose an output pixel",
    grid: () => trace.operators[chosen().output].grid,
    pixel,
    pick: (to) => tie.set({ pixel: to }),
  });
  const sees = element("figcaption", { "aria-live": "polite" });
  const show = () => {
    const seen = support(trace, chosen().output, pixel());
    photo.show(seen.hidden ? { mask: new Uint8Array(height * width).fill(1), count: 0 } : seen);
    sees.textContent = windowInWords(tie.get("selected"), pixel(), seen, height * width);
  };
  return { node: element("figure", { class: "window" }, photo.node, sees), show };
}
