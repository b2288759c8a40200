// The nested map as a drawing: boxes and wires of each level, one level inside the other.

import { element, taken, watchScale } from "../kit/dom.js";
import { buildGraph, numbersOf } from "../network/graph.js";
import { CANVAS, layout, wire } from "./layout.js";
import { times } from "../kit/words.js";

const HEAD = 26; // of a stage's card, above the small U in it
const SMALL = 0.72; // pixels for a unit, below which what is written beside a name cannot be read
const FALL = 420; // milliseconds from one level to the next

// `act`: { choose(path), open(path), up(), hover(path), step(path, by) }.
export function drawMap(trace, photoUrl, describe, act) {
  const graph = buildGraph(trace);
  const boxes = new Map(); // path → where its canvas lies: { x, y, k } in the root's units
  const drawn = new Map(); // path → { group, box, size, node }
  const wires = new Map(); // path of a level → [{ line, from, to }]
  let frame = 0; // of the animation under way
  let view = { x: 0, y: 0, k: 1 };
  const svg = element("svg", {
    class: "map",
    viewBox: `0 0 ${CANVAS.width} ${CANVAS.height}`,
    role: "group",
    "aria-label": `Map of ${trace.network}: arrow keys along the data, Enter to fall in, Escape to go up`,
  });
  const heads = `u2-heads-${Math.random().toString(36).slice(2)}`;
  svg.append(
    element("defs", {}, ...["flow", "feeds", "fed"].map((kind) => arrowHead(`${heads}-${kind}`, kind))),
    drawLevel(graph.root, { x: 0, y: 0, k: 1 }),
  );
  const under = (event) => event.target.closest?.(".node.here")?.dataset.path ?? "";
  const go = (path) => (drawn.get(path).node.children.length ? act.open(path) : act.choose(path));
  svg.addEventListener("click", (event) => (under(event) ? go(under(event)) : act.up()));
  svg.addEventListener("pointerover", (event) => act.hover(under(event)));
  svg.addEventListener("pointerleave", () => act.hover(""));
  svg.addEventListener("keydown", onKey);
  const unwatch = watchScale(svg, CANVAS.width, SMALL, (least, small) => {
    for (const { write } of drawn.values()) write(least, small);
  });
  const leave = () => (unwatch(), stop());
  return { svg, graph, show, stop: leave };

  function drawLevel(parent, place) {
    boxes.set(parent.path, place);
    const nodes = parent.children;
    const numbers = nodes.map((node) => numbersOf(graph, { node, output: node.output }));
    const shapes = numbers.map(({ shape, resolution }) => ({ channels: shape[0] ?? 1, resolution }));
    const places = layout(nodes, parent.edges, shapes, parent === graph.root ? 62 : 38);
    const level = element("g", { class: "level", "data-level": parent.path });
    const lines = parent.edges.map(([from, to]) => {
      const role = places[to].role === "fuse" ? "flow late" : "flow";
      const line = element("path", { class: role, d: wire(places[from], places[to]), "marker-end": `url(#${heads}-flow)` });
      return { line, from: nodes[from].path, to: nodes[to].path };
    });
    wires.set(parent.path, lines);
    level.append(...lines.map(({ line }) => line));
    nodes.forEach((node, i) => level.append(drawNode(node, numbers[i], places[i], place)));
    return level;
  }

  function drawNode(node, numbers, place, outer) {
    const { x, y, w, h, role, scale } = place;
    let write = (_least, _tiny) => {};
    const image = node.kind === "input";
    const card = node.children.length > 0;
    const group = element("g", {
      class: `node ${card ? "card" : image ? "image" : "leaf"}`,
      "data-path": node.path,
      "data-role": role,
      role: "button",
      tabindex: "-1",
      "aria-label": describe(node, numbers),
      style: `--role: var(--u2-${role === "bottom" ? "encoder" : role})`,
    });
    const box = element("rect", { class: "box", x, y, width: w, height: h, rx: 6 });
    group.append(box);
    const dilation = numbers.conv?.settings.dilation?.[0] ?? 1;
    const about = times(numbers.shape) + (!card && dilation > 1 ? `, d = ${dilation}` : "");
    const oneLine = card || h < 34;
    // A letter is some .65 of its height wide; what is too long for the box is set smaller.
    const [nameWide, aboutWide] = [node.name.length * 10, about.length * 7.9];
    const wide = oneLine ? nameWide + aboutWide + 8 : Math.max(nameWide, aboutWide);
    const fits = Math.min(1, 0.25 + scale, (w - 10) / wide, (h - 4) / 16);
    const [big, small] = [15 * fits, 12 * fits];
    const middle = x + w / 2;
    const baseline = card ? y + 17 * fits : oneLine ? y + h / 2 + 5 * fits : y + h / 2 - 2 * fits;
    const sizeLabel = element("tspan", { class: "size", style: `font-size: ${small}px` }, about);
    if (image) {
      const inner = { x: x + 4, y: y + 4, width: w - 8, height: h - 8 };
      group.append(element("image", { href: photoUrl, ...inner, preserveAspectRatio: "xMidYMid slice" }));
    } else {
      sizeLabel.setAttribute(oneLine ? "dx" : "x", oneLine ? 6 : middle);
      if (!oneLine) sizeLabel.setAttribute("dy", 1.25 * small);
      const name = element("tspan", { class: "name" }, node.name);
      const text = element("text", { x: middle }, name, sizeLabel);
      group.append(text);
      // Letters are as large as they are readable; what then has no room beside the name goes. Where
      // the whole is drawn small, the name stands alone in the middle.
      const largest = Math.min((w - 3) / (0.6 * node.name.length), 0.8 * h);
      write = (least, tiny) => {
        const most = least > small ? least : big; // a label that has grown leaves the name less room
        const size = Math.min(tiny ? Math.max(big, least) : most, largest);
        const beside = Math.max(small, least);
        const [one, two] = [0.7 * size * node.name.length, beside * widthOf(about)];
        const across = oneLine ? one + two + 8 : Math.max(one, two);
        const room = !tiny && across <= w - 2 && (oneLine || size + 1.25 * beside <= h - 4);
        name.style.fontSize = `${size}px`;
        sizeLabel.style.fontSize = `${beside}px`;
        sizeLabel.style.display = room ? "" : "none";
        if (!oneLine) sizeLabel.setAttribute("dy", String(1.25 * beside));
        const centre = y + h / 2 + 0.36 * size;
        const above = oneLine ? centre : y + h / 2 - 0.1 * size;
        text.setAttribute("y", String(tiny ? centre : card ? baseline : room ? above : centre));
      };
      write(0, false);
    }
    if (card) group.append(drawInside(node, place, outer, HEAD * fits));
    drawn.set(node.path, { group, box, size: sizeLabel, about, node, write });
    return group;
  }

  // The stage's own U, small, in what is left of its card.
  function drawInside(node, { x, y, w, h }, outer, head) {
    const k = Math.min((w - 10) / CANVAS.width, (h - head) / CANVAS.height);
    const [left, top] = [x + (w - CANVAS.width * k) / 2, y + head - 5 + (h - head - CANVAS.height * k) / 2];
    const place = { x: outer.x + outer.k * left, y: outer.y + outer.k * top, k: outer.k * k };
    return element(
      "g", { class: "inside", transform: `translate(${left} ${top}) scale(${k})` },
      element("rect", { class: "paper", width: CANVAS.width, height: CANVAS.height }),
      drawLevel(node, place),
    );
  }

  function stop() {
    cancelAnimationFrame(frame);
  }

  // Falls into a level, or rises out of it: the view box glides, unless motion is unwanted.
  function travel(to) {
    stop();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches || !svg.isConnected;
    const [from, start] = [view, performance.now()];
    const step = () => {
      const part = still ? 1 : Math.min(1, (performance.now() - start) / FALL);
      const ease = part * part * (3 - 2 * part);
      const k = from.k * (to.k / from.k) ** ease; // even zoom
      // While the scale changes, the corner moves in step with it, so that the target stays in sight.
      const along = to.k === from.k ? ease : (k - from.k) / (to.k - from.k);
      const mix = (name) => from[name] + (to[name] - from[name]) * along;
      view = { x: mix("x"), y: mix("y"), k };
      if (part === 1) view = to;
      svg.setAttribute("viewBox", `${view.x} ${view.y} ${CANVAS.width * view.k} ${CANVAS.height * view.k}`);
      if (part < 1) frame = requestAnimationFrame(step);
    };
    step();
  }

  function show({ selected, hovered, opened, paint }) {
    const level = boxes.has(opened) ? opened : "";
    if (level !== svg.dataset.opened) {
      svg.dataset.opened = level;
      travel(boxes.get(level));
    }
    const focus = hovered || selected;
    const lines = wires.get(level);
    const feeds = new Set(lines.filter(({ to }) => to === focus).map(({ from }) => from));
    const fed = new Set(lines.filter(({ from }) => from === focus).map(({ to }) => to));
    for (const { line, from, to } of lines) {
      const kind = to === focus ? "feeds" : from === focus ? "fed" : "flow";
      line.classList.toggle("feeds", kind === "feeds");
      line.classList.toggle("fed", kind === "fed");
      line.setAttribute("marker-end", `url(#${heads}-${kind})`);
      if (kind !== "flow") line.parentNode.insertBefore(line, line.parentNode.querySelector(".node"));
    }
    const children = graph.nodes.get(level).children;
    const current = children.find((node) => holds(node, selected)) ?? children[0];
    for (const [path, { group, node }] of drawn) {
      const here = node.parent.path === level;
      group.classList.toggle("here", here);
      group.classList.toggle("feeds", feeds.has(path) && here);
      group.classList.toggle("fed", fed.has(path) && here);
      group.setAttribute("aria-current", String(here && holds(node, selected)));
      group.setAttribute("tabindex", here && node === current ? "0" : "-1");
    }
    paint(drawn);
  }

  function holds(node, path) {
    return path === node.path || path.startsWith(`${node.path}.`);
  }

  function onKey(event) {
    const path = event.target.closest?.(".node")?.dataset.path;
    if (event.key === "Escape") {
      taken(event);
      act.up();
      return;
    }
    if (!path) return;
    const { node } = drawn.get(path);
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    if (by) {
      taken(event);
      const all = node.parent.children;
      const to = Math.min(Math.max(all.indexOf(node) + by, 0), all.length - 1);
      act.choose(all[to].path);
      drawn.get(all[to].path).group.focus();
    } else if (event.key === "Enter" || event.key === " ") {
      taken(event);
      go(path);
    }
  }
}

// How wide a label is, in heights of its letters: digits .64, and × is wider.
function widthOf(label) {
  return [...label].reduce((sum, letter) => sum + (letter === "×" ? 0.84 : 0.64), 0);
}

function arrowHead(id, kind) {
  const marker = document.createElementNS("http://www.w3.org/2000/svg", "marker");
  const attributes = { id, class: kind, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, orient: "auto-start-reverse", markerUnits: "userSpaceOnUse" };
  for (const [name, value] of Object.entries(attributes)) marker.setAttribute(name, value);
  marker.append(element("path", { d: "M0 .8L7 4L0 7.2z" }));
  return marker;
}

// A colour for each box of a level by one of its numbers, and that number written in it.
export function paintBy(lens, drawn, numberOf, palette) {
  const values = new Map();
  const most = new Map();
  for (const [path, { node }] of drawn) {
    const value = lens === "role" || node.kind === "input" ? null : numberOf(node);
    values.set(path, value);
    const finite = Number.isFinite(value) ? value : 0;
    most.set(node.parent, Math.max(most.get(node.parent) ?? 0, finite));
  }
  for (const [path, { group, box, size, about, node }] of drawn) {
    const value = values.get(path);
    const known = value !== null && value !== undefined;
    group.classList.toggle("painted", known);
    size.textContent = lens === "role" || !known ? about : lens.word(value);
    if (!known) {
      box.style.fill = "";
      group.style.setProperty("--text", "");
      continue;
    }
    const share = Number.isFinite(value) ? value / Math.max(most.get(node.parent), 1e-30) : 1;
    const colour = palette[Math.round(share * (palette.length - 1))];
    box.style.fill = colour;
    group.style.setProperty("--text", isDark(colour) ? "#ffffff" : "#10161c");
  }
}

function isDark(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255);
  return 0.2126 * r ** 2.2 + 0.7152 * g ** 2.2 + 0.0722 * b ** 2.2 < 0.2;
}
