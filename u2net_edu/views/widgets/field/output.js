// The output of the chosen layer: its strongest map, and the chosen pixel in it.

import { element } from "../kit/dom.js";
import { drawPhoto } from "../network/photo.js";

/** @param {import("../kit/types").Tie} tie */
export function drawOutput(tie, { trace, size, path, output, grid, pixel, pick }, picture) {
  const map = drawPhoto("", size, { grid, pixel, pick, label: "The output: click or drag to choose a pixel" });
  const caption = element("figcaption", {});
  const show = () => {
    const maps = tie.get("maps");
    const known = maps.path === path() && maps.png;
    map.image.hidden = !known;
    caption.textContent = maps.error ?? "";
    if (!known) return;
    map.image.src = picture(maps.png); // a sheet of tiles, of which the first is in sight
    map.image.style.width = `${100 * maps.columns}%`;
    map.image.style.height = `${100 * Math.ceil(maps.count / maps.columns)}%`;
    const channels = trace.operators[output()].output_shape[1];
    caption.textContent = `${path()}, ${maps.labels[0]}, the strongest of ${channels}: ${grid().join("×")}`;
  };
  return { node: element("figure", { class: "output" }, map.node, caption), show, mark: () => map.show(null) };
}
