// The nested map as a drawing: boxes and arrows of each level, one level inside the other.

import { element, watchScale } from "../kit/dom.js";
import { buildGraph } from "../network/graph.js";
import { drawArrows } from "./arrows.js";
import { CANVAS } from "./layout.js";
import { drawLevels } from "./levels.js";
import { steer } from "./steering.js";
import { travelOver } from "./travel.js";

const SMALL = 0.72; // pixels for a unit, below which what is written beside a name cannot be read

// `act`: { choose(path), open(path), up(), hover(path) }.
export function drawMap(trace, photoUrl, describe, act) {
  const graph = buildGraph(trace);
  const arrows = drawArrows();
  const { root, places, boxes } = drawLevels(graph, arrows, photoUrl, describe);
  const svg = drawFrame(trace.network, arrows.defs, root);
  const travel = travelOver(svg);
  steer(svg, boxes, act);
  const unwatch = watchScale(svg, CANVAS.width, SMALL, (least, small) => {
    for (const { write } of boxes.values()) write(least, small);
  });
  const show = ({ selected, hovered, opened, paint }) => {
    const level = places.has(opened) ? opened : "";
    if (level !== svg.dataset.opened) {
      svg.dataset.opened = level;
      travel.to(places.get(level));
    }
    const focus = hovered || selected;
    arrows.show(level, focus);
    markBoxes(boxes, graph.nodes.get(level), selected, arrows.around(level, focus));
    paint(boxes);
  };
  return { svg, graph, show, stop: () => (unwatch(), travel.stop()) };
}

function drawFrame(name, ...parts) {
  const attributes = {
    class: "map",
    viewBox: `0 0 ${CANVAS.width} ${CANVAS.height}`,
    role: "group",
    "aria-label": `Map of ${name}: arrow keys along the data, Enter to fall in, Escape to go up`,
  };
  return element("svg", attributes, ...parts);
}

// Which boxes are of the open level, which of them is chosen, and which feed it or are fed by it.
function markBoxes(boxes, level, selected, { feeds, fed }) {
  const current = level.children.find((node) => holds(node, selected)) ?? level.children[0];
  for (const [path, { group, node }] of boxes) {
    const here = node.parent.path === level.path;
    group.classList.toggle("here", here);
    group.classList.toggle("feeds", feeds.has(path) && here);
    group.classList.toggle("fed", fed.has(path) && here);
    group.setAttribute("aria-current", String(here && holds(node, selected)));
    group.setAttribute("tabindex", here && node === current ? "0" : "-1");
  }
}

function holds(node, path) {
  return path === node.path || path.startsWith(`${node.path}.`);
}
