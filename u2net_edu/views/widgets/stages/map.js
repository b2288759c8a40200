// The U to choose a stop from: height by resolution, width by channels.

import { element, taken, watchScale } from "../kit/dom.js";

const WIDE = 620; // units of the drawing
const LETTERS = 12;
const SMALL = 0.92; // pixels for a unit, below which these cannot be read

// Where each stop stands in the drawing: height by resolution, width by channels.
function layout(stops) {
  const depth = stops.filter((stop) => stop.role === "encoder").length;
  const tallest = Math.max(...stops.map((stop) => stop.shape[1]));
  const boxes = {};
  let y = 4;
  for (let level = 1; level <= depth; level++) {
    const row = stops.filter((stop) => stop.level === level);
    const size = Math.max(...row.map((stop) => stop.shape[1]));
    const h = 19 + 31 * Math.sqrt(size / tallest);
    for (const stop of row) {
      const bottom = stop.role === "encoder" && level === depth;
      const centre = { encoder: bottom ? 225 : 105, decoder: 345, side: 486 }[stop.role];
      const w = stop.role === "side" ? 74 : 72 + 12 * Math.log2(Math.max(1, stop.shape[0]));
      boxes[stop.path] = { x: centre - w / 2, y, w, h };
    }
    y += h + 16;
  }
  const fuse = stops.find((stop) => stop.role === "fuse");
  if (fuse) boxes[fuse.path] = { x: 558, y: 4, w: 60, h: 50 };
  return { boxes, height: y - 12 };
}

// The line from what gives to what receives: straight along a column or a row, an elbow around
// the bottom of the U, a curve into the fusion.
function link(from, to, curved) {
  const [a, b] = [from.x + from.w / 2, to.x + to.w / 2];
  const [y1, y2] = [from.y + from.h / 2, to.y + to.h / 2];
  if (curved) {
    const [x1, x2] = [from.x + from.w, to.x];
    return `M${x1} ${y1}C${(x1 + x2) / 2} ${y1} ${(x1 + x2) / 2} ${y2} ${x2} ${y2}`;
  }
  if (Math.abs(y1 - y2) < 1) return `M${a} ${y1}H${b}`;
  return y1 < y2 ? `M${a} ${y1}V${y2}H${b}` : `M${a} ${y1}H${b}V${y2}`;
}

// `choose(path)` when a stop is clicked or reached by a key; `selected()`: the one that is chosen.
export function drawMap(network, { choose, selected }) {
  const { boxes, height } = layout(network.stops);
  const svg = element("svg", {
    class: "map",
    viewBox: `0 0 ${WIDE} ${height}`,
    role: "group",
    "aria-label": `${network.name}: stages in a U. Arrow keys move along the data.`,
  });
  const flows = network.stops.flatMap((stop) =>
    stop.sources
      .filter((source) => boxes[source])
      .map((source) => {
        const d = link(boxes[source], boxes[stop.path], stop.role === "fuse");
        return { path: element("path", { class: "flow", d }), target: stop.path };
      }),
  );
  const drawn = network.stops.map((stop) => drawStop(stop, boxes[stop.path], choose));
  svg.append(...flows.map(({ path }) => path), ...drawn.map(({ group }) => group));
  const show = () => {
    for (const { group } of drawn) {
      const here = group.dataset.path === selected();
      group.setAttribute("aria-current", String(here));
      group.setAttribute("tabindex", here ? "0" : "-1");
    }
    for (const flow of flows) flow.path.classList.toggle("feeds", flow.target === selected());
  };
  svg.addEventListener("keydown", (event) => {
    const at = network.stops.findIndex((stop) => stop.path === selected());
    const last = network.stops.length - 1;
    const to = {
      ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: last,
    }[event.key];
    if (to === undefined) return;
    taken(event);
    const next = Math.min(Math.max(to, 0), last);
    choose(network.stops[next].path);
    drawn[next].group.focus();
  });
  const stop = watchScale(svg, WIDE, SMALL, (least, small) => drawn.forEach(({ write }) => write(small ? least : 0)));
  return { svg, show, stop };
}

// One stop: its box and its name, with its shape beside it where there is room.
function drawStop({ path, role, shape, sentence }, { x, y, w, h }, choose) {
  const size = role === "encoder" || role === "decoder" ? shape.join("×") : "";
  const text = element(
    "text", { x: x + w / 2, "text-anchor": "middle" },
    path, element("tspan", { class: "size", dx: size ? 5 : 0 }, size),
  );
  const group = element(
    "g", { class: "stop", "data-path": path, role: "button", tabindex: "-1", "aria-label": sentence },
    element("rect", { x, y, width: w, height: h, rx: 5, fill: `var(--u2-${role})` }),
    text,
  );
  group.addEventListener("click", () => choose(path));
  // `least`: letters as large as they must be to be read, or as fit; 0: there is room for all.
  const write = (least) => {
    const letters = least ? Math.min(least, (w - 4) / (0.61 * path.length), h) : LETTERS;
    text.style.fontSize = `${letters}px`;
    text.setAttribute("y", y + h / 2 + letters / 3);
  };
  write(0);
  return { group, write };
}
