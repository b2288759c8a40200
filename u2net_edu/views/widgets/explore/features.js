// The feature maps of the chosen part, as Python sends them.

import { element } from "../kit/dom.js";
import { drawTiles } from "../network/tiles.js";

/** @param {import("../kit/types").Tie} tie */
export function drawFeatures(tie, picture) {
  const tiles = element("div", { class: "maps" });
  const about = element("p", { class: "muted" });
  const show = () => {
    const [found, path] = [tie.get("maps"), tie.get("selected")];
    if (!found.path || found.path !== path) {
      const waiting = tie.live() ? "…" : "are not here: only Python can compute them.";
      about.textContent = found.error ?? `Feature maps of ${path} ${waiting}`;
      tiles.replaceChildren();
      return;
    }
    const bar = element("i", { class: "bar", style: `background: ${found.gradient}` });
    about.replaceChildren(found.shown, " ", bar, ` ${found.legend}`);
    tiles.replaceChildren(...drawTiles(found, picture(found.png)));
  };
  return { node: element("div", { class: "features" }, about, tiles), show };
}
