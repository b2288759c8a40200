// The nested map as a drawing: boxes and arrows of each level, one level inside the other.

import { element, watchScale } from "../kit/dom.js";
import { buildGraph } from "../network/graph.js";
import { drawArrows } from "./arrows.js";
import { CANVAS } from "./layout.js";
import { drawLevels } from "./levels.js";
import { steer } from "./steering.js";
import { travelOver } from "./travel.js";

const SMALL = 0.72; // pixels for a unit, below which what is written beside a name cannot be read

// `act`: { choose(path), open(path), up(), hover(path) }, and where a click or a key does something
// else than to fall in, { press(path), enter(path), keys: { x(path), … } }. `partOf`: of drawArrows.
/** @param {Parameters<typeof drawArrows>[0]} [partOf] */
export function drawMap(trace, photoUrl, describe, act, partOf) {
  const graph = buildGraph(trace);
  const arrows = drawArrows(partOf);
  const { root, places, boxes } = drawLevels(graph, arrows, photoUrl, describe);
  const svg = drawFrame(trace.network, arrows.defs, root);
  const travel = travelOver(svg);
  const go = (path) => (boxes.get(path)?.node.children.length ? act.open(path) : act.choose(path));
  // Each box of a level, followed by the arrows that leave it.
  const stopsOf = (level) =>
    level.children.flatMap(({ path }) => [
      boxes.get(path).group, ...arrows.picked(level.path, path).map(({ node }) => node),
    ]);
  steer(svg, () => stopsOf(graph.nodes.get(svg.dataset.opened)), { press: go, enter: go, ...act });
  const unwatch = watchScale(svg, CANVAS.width, SMALL, (least, small) => {
    svg.style.setProperty("--least", `${least}px`);
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
    markStop(stopsOf(graph.nodes.get(level)), svg, selected);
    paint(boxes, arrows.all());
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
  for (const [path, { group, node }] of boxes) {
    const here = node.parent.path === level.path;
    group.classList.toggle("here", here);
    group.classList.toggle("feeds", feeds.has(path) && here);
    group.classList.toggle("fed", fed.has(path) && here);
    group.setAttribute("aria-current", String(here && holds(node, selected)));
  }
}

// The one stop to which the tabulator key comes.
function markStop(stops, svg, selected) {
  const current =
    stops.find((stop) => stop.dataset.path === selected) ??
    stops.find((stop) => holds({ path: stop.dataset.path }, selected)) ??
    stops[0];
  for (const stop of svg.querySelectorAll("[tabindex='0']")) stop.setAttribute("tabindex", "-1");
  current.setAttribute("tabindex", "0");
  for (const stop of stops)
    if (stop.matches(".arrow")) stop.setAttribute("aria-current", String(stop === current));
}

function holds(node, path) {
  return path === node.path || path.startsWith(`${node.path}.`);
}
