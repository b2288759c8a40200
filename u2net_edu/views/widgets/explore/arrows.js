// The arrows between the boxes: those that feed the box in view and those that it feeds stand out.

import { element } from "../kit/dom.js";
import { wire } from "./layout.js";

const KINDS = ["flow", "feeds", "fed"];

/** The arrows of the whole map; each level's are added when it is drawn. */
export function drawArrows() {
  const heads = `u2-heads-${Math.random().toString(36).slice(2)}`;
  const lines = new Map(); // path of a level → [{ line, from, to }]
  const end = (kind) => `url(#${heads}-${kind})`;

  const add = (parent, places) => {
    const nodes = parent.children;
    const drawn = parent.edges.map(([from, to]) => {
      const role = places[to].role === "fuse" ? "flow late" : "flow";
      const line = element("path", { class: role, d: wire(places[from], places[to]), "marker-end": end("flow") });
      return { line, from: nodes[from].path, to: nodes[to].path };
    });
    lines.set(parent.path, drawn);
    return drawn.map(({ line }) => line);
  };
  const show = (level, focus) => {
    for (const { line, from, to } of lines.get(level)) {
      const kind = to === focus ? "feeds" : from === focus ? "fed" : "flow";
      line.classList.toggle("feeds", kind === "feeds");
      line.classList.toggle("fed", kind === "fed");
      line.setAttribute("marker-end", end(kind));
      if (kind !== "flow") line.parentNode.insertBefore(line, line.parentNode.querySelector(".node"));
    }
  };
  // The paths of a level that feed `focus`, and those that it feeds.
  const around = (level, focus) => {
    const all = lines.get(level);
    const feeds = new Set(all.filter(({ to }) => to === focus).map(({ from }) => from));
    const fed = new Set(all.filter(({ from }) => from === focus).map(({ to }) => to));
    return { feeds, fed };
  };
  const defs = element("defs", {}, ...KINDS.map((kind) => arrowHead(`${heads}-${kind}`, kind)));
  return { defs, add, show, around };
}

function arrowHead(id, kind) {
  const marker = document.createElementNS("http://www.w3.org/2000/svg", "marker");
  const attributes = { id, class: kind, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, orient: "auto-start-reverse", markerUnits: "userSpaceOnUse" };
  for (const [name, value] of Object.entries(attributes)) marker.setAttribute(name, value);
  marker.append(element("path", { d: "M0 .8L7 4L0 7.2z" }));
  return marker;
}
