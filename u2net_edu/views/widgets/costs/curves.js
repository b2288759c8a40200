// The lines of the blocks in the plot: where they run, how they look, what is written at them.

import { element } from "../kit/dom.js";
import { costOf } from "./polynomials.js";
import { placeLabels, scaleFor, textWidth, tickText, ticksOf, titleOf } from "./plot.js";
import { milliseconds, short } from "../kit/words.js";

const HUES = ["encoder", "fuse", "decoder", "side"];
const DASHES = ["", "9 5", "2 5"];
const TOPS = [128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096];

// Colour, dashes and the shape of the mark of a block, by its place among those offered: three
// ways to tell it, of which two survive a grey print.
export function looksOf(names) {
  return Object.fromEntries(
    names.map((name, i) => [
      name,
      { hue: HUES[i % 4], dash: DASHES[Math.floor(i / 4) % 3], shape: ["disc", "square", "peak"][i % 3] },
    ]),
  );
}

// The largest width on show: 128, or more where a block stands beyond.
export function topFor(widths) {
  const most = Math.max(128, ...widths);
  return TOPS.find((top) => top >= most) ?? most;
}

// What an axis shows for a block at a width; for a time the measurement, if there is one.
export function shownAt(state, name, kind, width) {
  if (kind !== "latency") return costOf(state.offered[name], kind, width, state.size);
  return timesOf(state, name).find((time) => time.width === width)?.seconds;
}

export const timesOf = (state, name) =>
  state.measured.filter((time) => time.block === name && time.size === state.size[0]);

// [width, x, y] all along a block's line; of a time only what was measured.
function pointsOf(state, name) {
  const { x, y, top } = state;
  const timed = x === "latency" || y === "latency";
  const step = Math.max(1, Math.round(top / 128));
  const widths = timed
    ? timesOf(state, name).map((time) => time.width).sort((a, b) => a - b)
    : Array.from({ length: Math.floor(top / step) }, (_, i) => (i + 1) * step);
  if (!timed && step > 1) widths.unshift(1);
  return widths.map((width) => [width, shownAt(state, name, x, width), shownAt(state, name, y, width)]);
}

// Everything in the plot for one state; gives the scales, so that a drag can be read off them.
export function drawPlot(layer, state) {
  const { x, y, log, blocks, focus, plot, axes } = state;
  const lines = blocks.map((name) => ({ name, points: pointsOf(state, name) }));
  const all = lines.flatMap((line) => line.points);
  const frame = {
    left: plot.left, right: plot.width - plot.right, top: plot.top, bottom: plot.height - plot.bottom,
  };
  const range = (i) => [Math.min(...all.map((p) => p[i])), Math.max(...all.map((p) => p[i]))];
  const spare = (kind, most) => (kind === "width" ? most : most * (log ? 1.15 : 1.05));
  const [[leastX, mostX], [leastY, mostY]] = all.length ? [range(1), range(2)] : [[1, 10], [1, 10]];
  const across = scaleFor(leastX, spare(x, mostX), frame.left, frame.right, log);
  const up = scaleFor(leastY * (log ? 0.9 : 1), spare(y, mostY), frame.bottom, frame.top, log);
  const nodes = [...drawAxes(frame, across, up, axes[x], axes[y], all.length > 0)];
  const labels = [];
  for (const group of together(lines, across, up)) nodes.push(...drawLine(group, state, labels, up));
  if (!all.length)
    nodes.push(
      element("text", { class: "empty", x: (frame.left + frame.right) / 2, y: 210, "text-anchor": "middle" },
        `Nothing is measured yet at ${state.size.join("×")}: a time is known only where a clock ran.`),
    );
  const budget = drawBudget(state, frame, across, up);
  nodes.push(...budget.nodes);
  nodes.push(...drawMarks(state, frame, across, up, labels));
  const placed = placeLabels(
    [...budget.labels, ...labels],
    { left: frame.left, right: plot.width - 4, top: 2, bottom: frame.bottom - 2 },
    [{ x: 12, y: 2, wide: textWidth(titleOf(axes[y])), high: 18 }], // the title of the upright axis
  );
  nodes.push(...placed.filter((label) => !label.hidden).flatMap(writeLabel));
  layer.replaceChildren(...nodes);
  return { across, up, points: lines.find((line) => line.name === focus)?.points ?? [] };
}

function drawAxes(frame, across, up, x, y, known) {
  const nodes = [];
  const path = (d, kind) => nodes.push(element("path", { class: kind, d }));
  const text = (words, at, kind, anchor) =>
    nodes.push(element("text", { class: kind, x: at[0], y: at[1], "text-anchor": anchor }, words));
  path(`M${frame.left} ${frame.bottom}H${frame.right}`, "axis");
  for (const value of known ? ticksOf(up, y.unit) : []) {
    path(`M${frame.left} ${up.at(value)}H${frame.right}`, "grid");
    text(tickText(value, y), [frame.left - 8, up.at(value) + 4], "tick", "end");
  }
  let last = -Infinity;
  for (const value of known ? ticksOf(across, x.unit, 9) : []) {
    const at = across.at(value);
    const words = tickText(value, x);
    if (at - last < textWidth(words) + 8) continue; // no room for it beside the one before
    last = at;
    path(`M${at} ${frame.bottom}v5`, "axis");
    text(words, [at, frame.bottom + 20], "tick", "middle");
  }
  text(titleOf(y), [12, 16], "title", "start");
  text(titleOf(x), [frame.right, frame.bottom + 42], "title", "end");
  return nodes;
}

// Lines that run on one another are one line with several names.
function together(lines, across, up) {
  const groups = new Map();
  for (const { name, points } of lines) {
    if (!points.length) continue;
    const places = points.map(([width, a, b]) => [width, across.at(a), up.at(b)]);
    const key = places.map((place) => place.map((n) => n.toFixed(1)).join()).join(" ");
    if (groups.has(key)) groups.get(key).names.push(name);
    else groups.set(key, { names: [name], places });
  }
  return groups.values();
}

// RSU-7, RSU-6 and RSU-4F → "RSU-7, 6, 4F"
function inOne(names) {
  const family = (name) => name?.split("-")[0];
  return names.map((name, i) => (family(names[i - 1]) === family(name) ? name.split("-")[1] : name)).join(", ");
}

function drawLine({ names, places }, state, labels, up) {
  const main = names.includes(state.focus);
  const name = main ? state.focus : names[0];
  const look = state.looks[name];
  const timed = state.x === "latency" || state.y === "latency";
  const [, endX, endY] = places.at(-1);
  const words = inOne(names);
  labels.push({
    x: endX + 12, y: endY, wide: textWidth(words, main ? 14 : 13), high: 17, from: [endX + 3, endY],
    words, name, kind: `name ${look.hue}${main ? " main" : ""}`,
  });
  if (!timed) {
    const d = `M${places.map(([, a, b]) => `${a.toFixed(1)} ${b.toFixed(1)}`).join("L")}`;
    const kind = `line ${look.hue}${main ? " main" : ""}`;
    return [element("path", { class: kind, d, "stroke-dasharray": look.dash || null, "data-block": name })];
  }
  return places.flatMap(([width, a, b]) => {
    const time = timesOf(state, name).find((each) => each.width === width);
    const said = `${name} at M = ${width}: ${milliseconds(time.seconds)}, median of ${time.runs} runs`;
    const dot = mark(look, a, b, main ? 6 : 5, "dot");
    dot.append(element("title", {}, said));
    const quartiles = `M${a} ${up.at(time.low)}V${up.at(time.high)}`;
    return [state.y === "latency" ? element("path", { class: `spread ${look.hue}`, d: quartiles }) : "", dot];
  });
}

// What is held equal, as a line across the plot.
function drawBudget({ match, budget, x, y, axes }, frame, across, up) {
  if (match !== x && match !== y) return { nodes: [], labels: [] };
  if (match === "width") return { nodes: [], labels: [] };
  const upright = match === x;
  const at = upright ? across.at(budget) : up.at(budget);
  if (!(at >= (upright ? frame.left : 0))) return { nodes: [], labels: [] };
  const d = upright ? `M${at} ${frame.top}V${frame.bottom}` : `M${frame.left} ${at}H${frame.right}`;
  const words = `all within ${tickText(budget, axes[match])} ${axes[match].unit_name || axes[match].title}`;
  const label = upright
    ? { x: at + 8, y: frame.top - 16 }
    : { x: frame.left + 8, y: at - 11 };
  return {
    nodes: [element("path", { class: "budget", d })],
    labels: [{ ...label, wide: textWidth(words), high: 16, words, kind: "budget" }],
  };
}

// Where each block stands: a mark on its line, and for the one in focus its width as an upright.
function drawMarks(state, frame, across, up, labels) {
  const nodes = [];
  for (const name of [...state.blocks].sort((a, b) => Number(a === state.focus) - Number(b === state.focus))) {
    const width = state.widths[name];
    const [a, b] = width ? [state.x, state.y].map((kind) => shownAt(state, name, kind, width)) : [];
    const main = name === state.focus;
    if (main && state.x === "width" && width) {
      const place = across.at(width);
      nodes.push(
        element("path", { class: "upright", d: `M${place} ${frame.top}V${frame.bottom}` }),
        element("path", { class: "grip", d: `M${place - 9} ${frame.bottom + 12}l9 -12l9 12z` }),
      );
    }
    if (a === undefined || b === undefined) continue;
    const [left, top] = [across.at(a), up.at(b)];
    nodes.push(mark(state.looks[name], left, top, main ? 8 : 6, main ? "stands main" : "stands"));
    const timed = state.y === "latency" ? milliseconds(b) : short(b);
    const value = state.y === "memory" ? `${(b / 2 ** 20).toPrecision(3)} MiB` : timed;
    const words = main ? `M ${width}: ${value}` : `M ${width}`;
    if (main || state.match !== "width")
      labels.push({
        x: left - 12, y: top - 14, wide: textWidth(words, main ? 14 : 12), high: 16, end: true,
        words, name, kind: `value${main ? " main" : ""}`,
      });
  }
  return nodes;
}

function mark(look, x, y, r, kind) {
  const at = { class: `${kind} ${look.hue}` };
  if (look.shape === "disc") return element("circle", { ...at, cx: x, cy: y, r });
  const d = look.shape === "square"
    ? `M${x - r} ${y - r}h${2 * r}v${2 * r}h${-2 * r}z`
    : `M${x} ${y - r * 1.2}l${r * 1.2} ${r * 2.1}h${-2.4 * r}z`;
  return element("path", { ...at, d });
}

function writeLabel(label) {
  const nodes = [];
  if (label.from && Math.abs(label.shift) > 8)
    nodes.push(element("path", { class: "leader", d: `M${label.from[0]} ${label.from[1]}L${label.x - 3} ${label.y}` }));
  const text = { class: label.kind, x: label.x + 2, y: label.y + 4.5, "data-block": label.name };
  nodes.push(element("text", text, label.words));
  return nodes;
}
