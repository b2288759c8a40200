// The arrows between the boxes: those that feed the box in view and those that it feeds stand out.
// Where they can be picked, each is a button of its own.

import { element } from "../kit/dom.js";
import { wire } from "./layout.js";

const KINDS = ["flow", "feeds", "fed"];

/** The arrows of the whole map; each level's are added when it is drawn.
 * @param {(from: any, to: any) => { path: string, words: string, parts: string[] } | null} partOf  what
 *   an arrow from one node to another is as a part; null for one that cannot be picked */
export function drawArrows(partOf = () => null) {
  const heads = `u2-heads-${Math.random().toString(36).slice(2)}`;
  const lines = new Map(); // path of a level → its arrows, each { node, line, from, to, part }
  const end = (kind) => `url(#${heads}-${kind})`;

  const add = (parent, places) => {
    const nodes = parent.children;
    const drawn = parent.edges.map(([from, to]) => {
      const role = places[to].role === "fuse" ? "flow late" : "flow";
      const way = wire(places[from], places[to]);
      const line = element("path", { class: role, d: way, "marker-end": end("flow") });
      const part = partOf(nodes[from], nodes[to]);
      const node = part ? arrowButton(part, line, way) : line;
      return { node, line, part, from: nodes[from].path, to: nodes[to].path };
    });
    lines.set(parent.path, drawn);
    return drawn.map(({ node }) => node);
  };
  const show = (level, focus) => {
    for (const { node, line, part, from, to } of lines.get(level)) {
      const kind = to === focus ? "feeds" : from === focus ? "fed" : "flow";
      line.classList.toggle("feeds", kind === "feeds");
      line.classList.toggle("fed", kind === "fed");
      if (part) node.classList.toggle("pointed", part.path === focus);
      line.setAttribute("marker-end", end(kind));
      if (kind !== "flow") node.parentNode.insertBefore(node, node.parentNode.querySelector(".node"));
    }
    for (const [path, all] of lines)
      for (const { node, part } of all) if (part) node.classList.toggle("here", path === level);
  };
  // The paths of a level that feed `focus`, and those that it feeds.
  const around = (level, focus) => {
    const all = lines.get(level);
    const feeds = new Set(all.filter(({ to }) => to === focus).map(({ from }) => from));
    const fed = new Set(all.filter(({ from }) => from === focus).map(({ to }) => to));
    return { feeds, fed };
  };
  /** Those that can be picked: of a level from one box, or all. */
  const picked = (level, from) => lines.get(level).filter((one) => one.part && one.from === from);
  const all = () => [...lines.values()].flat().filter(({ part }) => part);
  const defs = element("defs", {}, ...KINDS.map((kind) => arrowHead(`${heads}-${kind}`, kind)));
  return { defs, add, show, around, picked, all };
}

// A line is thin: what is clicked is a wider one that cannot be seen.
function arrowButton({ path, words }, line, way) {
  const hit = element("path", { class: "hit", d: way });
  const attributes = { class: "arrow", "data-path": path, role: "button", tabindex: "-1", "aria-label": words };
  return element("g", attributes, hit, line);
}

function arrowHead(id, kind) {
  const marker = document.createElementNS("http://www.w3.org/2000/svg", "marker");
  const attributes = { id, class: kind, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, orient: "auto-start-reverse", markerUnits: "userSpaceOnUse" };
  for (const [name, value] of Object.entries(attributes)) marker.setAttribute(name, value);
  marker.append(element("path", { d: "M0 .8L7 4L0 7.2z" }));
  return marker;
}
