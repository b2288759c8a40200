// The numbers of the chosen pixel: what its layer can see, what it sees here, what it listens to.

import { element } from "../kit/dom.js";
import { exactly } from "../kit/words.js";
import { fieldInShort } from "../network/windows.js";
import { heatOf } from "./heat.js";

/** @param {import("../kit/types").Tie} tie */
export function drawFacts(tie, { path, effective, fieldOf }) {
  const list = element("dl", {});
  const show = (seen) => {
    const heat = heatOf(tie);
    const listens = heat?.size ? `about ${heat.size} px across` : tie.live() ? "…" : "not computed";
    const rows = [
      ["can see", fieldInShort(fieldOf(path()), tie.live())],
      ["this pixel, here", seen.count ? `${seen.bottom - seen.top + 1}×${seen.right - seen.left + 1} px` : "–"],
      ["pixels in it", seen.count ? exactly(seen.count) : "–"],
      ...(effective() ? [["listens to", listens]] : []),
    ];
    list.replaceChildren(...rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
  };
  return { node: list, show };
}
