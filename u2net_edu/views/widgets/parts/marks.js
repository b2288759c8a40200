// On the map: what is changed, and how.

import { element } from "../kit/dom.js";
import { changeInShort, joinPart, splitPart } from "./cuts.js";

/** `paint` of drawMap: marks boxes and arrows by the cuts at hand. */
export function markChanges(boxes, arrows, cuts) {
  const by = new Map();
  for (const [part, how] of cuts) {
    const { path, channels, reader } = splitPart(part);
    const word = channels ? `${channels.length} channel${channels.length > 1 ? "s" : ""} ${changeInShort(how)}` : changeInShort(how);
    by.set(joinPart(path, null, reader), { word, cut: how === "zero" && !channels });
  }
  for (const [path, { group, box }] of boxes) {
    const [x, y, w] = ["x", "y", "width"].map((name) => Number(box.getAttribute(name)));
    mark(group, by.get(path), () => ({ x: x + w, y: Math.max(y - 4, 13), end: true }));
  }
  for (const { node, line, part } of arrows) {
    const found = part.parts.map((one) => by.get(one)).find(Boolean);
    mark(node, found, () => {
      const { x, y } = line.getPointAtLength(line.getTotalLength() / 2);
      return { x, y: y + 5, end: false };
    });
  }
}

function mark(node, found, placeOf) {
  const old = node.querySelector(":scope > .mark");
  node.classList.toggle("changed", Boolean(found));
  node.classList.toggle("cut", Boolean(found?.cut));
  node.setAttribute("aria-pressed", String(Boolean(found)));
  if (!found) return old?.remove();
  if (old) return (old.textContent = found.word);
  const { x, y, end } = placeOf();
  node.append(element("text", { class: end ? "mark end" : "mark", x, y }, found.word));
}
