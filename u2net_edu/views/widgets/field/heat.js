// What the chosen pixel listens to: a gradient, which Python computes when it is asked for.

import { element } from "../kit/dom.js";

const PAUSE = 250; // milliseconds without a move before Python is asked for a gradient

// The gradient of the chosen layer, of whichever pixel; null while another view is shown.
export function heatOf(tie) {
  const heat = tie.get("heat");
  return tie.get("show") === "effective" && heat.path === tie.get("selected") ? heat : null;
}

/** @param {import("../kit/types").Tie} tie */
export function drawHeat(tie, { path, pixel, effective }, image, picture) {
  const words = element("p", { class: "words", "aria-live": "polite" });
  let pause = 0;
  const stop = () => clearTimeout(pause);
  const ask = () => {
    stop();
    if (effective()) pause = setTimeout(() => tie.set({ asked: [path(), ...pixel()] }), PAUSE);
  };
  const show = () => {
    const heat = heatOf(tie);
    const ours = heat && (heat.stored || heat.error || heat.pixel.every((at, axis) => at === pixel()[axis]));
    image.hidden = !ours || Boolean(heat.error);
    if (!effective()) words.textContent = "";
    else if (!ours)
      words.textContent = tie.live()
        ? "Asking the network for a gradient …"
        : "The gradient of this pixel was not computed: only Python can do it.";
    else if (heat.error) words.textContent = heat.error;
    else {
      if (image.dataset.key !== heat.key) image.src = picture(heat.png);
      image.dataset.key = heat.key;
      words.textContent = heat.words;
    }
  };
  return { node: words, show, ask, stop };
}
