// The boxes of the map: a level's boxes and arrows, and in the box of a stage the stage's own level.

import { element } from "../kit/dom.js";
import { numbersOf } from "../network/graph.js";
import { drawLabel } from "./label.js";
import { CANVAS, layout } from "./layout.js";

const HEAD = 26; // of a stage's card, above the small U in it

/** All levels of a network, drawn once. `arrows`: of drawArrows; `describe`: a box in words. */
export function drawLevels(graph, arrows, photoUrl, describe) {
  const places = new Map(); // path → where its canvas lies: { x, y, k } in the root's units
  const boxes = new Map(); // path → { group, box, say, about, node, write }

  const drawLevel = (parent, outer) => {
    places.set(parent.path, outer);
    const nodes = parent.children;
    const numbers = nodes.map((node) => numbersOf(graph, { node, output: node.output }));
    const shapes = numbers.map(({ shape, resolution }) => ({ channels: shape[0] ?? 1, resolution }));
    const laid = layout(nodes, parent.edges, shapes, parent === graph.root ? 62 : 38);
    return element(
      "g", { class: "level", "data-level": parent.path },
      ...arrows.add(parent, laid),
      ...nodes.map((node, i) => drawBox(node, numbers[i], laid[i], outer)),
    );
  };
  const drawBox = (node, numbers, place, outer) => {
    const group = groupOf(node, place.role, describe(node, numbers));
    const { x, y, w, h } = place;
    const box = element("rect", { class: "box", x, y, width: w, height: h, rx: 6 });
    const { nodes, about, fits, say, write } = drawLabel(node, numbers, place);
    group.append(box, ...(node.kind === "input" ? [drawPhoto(photoUrl, place)] : nodes));
    if (node.children.length) group.append(drawInside(node, place, outer, HEAD * fits));
    boxes.set(node.path, { group, box, say, about, node, write });
    return group;
  };
  // The stage's own U, small, in what is left of its card.
  const drawInside = (node, { x, y, w, h }, outer, head) => {
    const k = Math.min((w - 10) / CANVAS.width, (h - head) / CANVAS.height);
    const [left, top] = [x + (w - CANVAS.width * k) / 2, y + head - 5 + (h - head - CANVAS.height * k) / 2];
    return element(
      "g", { class: "inside", transform: `translate(${left} ${top}) scale(${k})` },
      element("rect", { class: "paper", width: CANVAS.width, height: CANVAS.height }),
      drawLevel(node, { x: outer.x + outer.k * left, y: outer.y + outer.k * top, k: outer.k * k }),
    );
  };
  return { root: drawLevel(graph.root, { x: 0, y: 0, k: 1 }), places, boxes };
}

function groupOf(node, role, label) {
  const kind = node.children.length ? "card" : node.kind === "input" ? "image" : "leaf";
  return element("g", {
    class: `node ${kind}`,
    "data-path": node.path,
    "data-role": role,
    role: "button",
    tabindex: "-1",
    "aria-label": label,
    style: `--role: var(--u2-${role === "bottom" ? "encoder" : role})`,
  });
}

function drawPhoto(href, { x, y, w, h }) {
  const inner = { x: x + 4, y: y + 4, width: w - 8, height: h - 8 };
  return element("image", { href, ...inner, preserveAspectRatio: "xMidYMid slice" });
}
