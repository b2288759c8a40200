// The stack of the dilation explorer from the side: one row of every map, the output on top.

import { element } from "../kit/dom.js";
import { positions, support } from "./taps.js";

const [LEFT, RIGHT, STEP] = [62, 402, 54]; // where the cells are drawn, and from map to map

/** @param {import("./taps.js").Row[]} rows @param {number[]} sizes
 * @param {{ map: number, column: number }} shown  the cell whose reading is drawn */
export function drawSide(rows, sizes, shown) {
  const place = placing(rows);
  const reads = support(rows, shown.map, shown.column);
  const spine = spineOf(rows, shown);
  const layers = Array.from({ length: shown.map }, (_, i) => i + 1);
  const parts = [
    ...layers.toReversed().flatMap((map) => tapsBetween(rows[map - 1], map, reads, spine, place)),
    ...sizes.flatMap((size, map) => cellsOf(map, size, rows.length, reads, shown, place)),
    ...layers.flatMap((map) => numbersBeside(rows, map, spine, place)),
  ];
  return element(
    "svg",
    {
      class: "side",
      viewBox: `0 0 540 ${place.y(0) + 26 + rows.length * 22}`,
      role: "img",
      "aria-label": "The stack from the side: one row of each map, and the taps between them.",
    },
    ...parts,
  );
}

// Where a cell is drawn: all maps over one another, each cell over what it reads.
function placing(rows) {
  const places = positions(rows);
  const lowest = Math.min(...rows.map((row, i) => places[i][1] - row.before * places[i][0]));
  const highest = Math.max(
    ...rows.map((row, i) => places[i][1] + (row.input - 1 + row.after) * places[i][0]),
  );
  const unit = (RIGHT - LEFT) / (highest - lowest + 1);
  return {
    unit,
    x: (map, index) => LEFT + (places[map][1] + index * places[map][0] - lowest + 0.5) * unit,
    y: (map) => 16 + (rows.length - map) * STEP,
  };
}

// One cell of each map, from the shown one down through the middle taps.
function spineOf(rows, shown) {
  const spine = [];
  spine[shown.map] = shown.column;
  for (let map = shown.map; map > 0; map--) {
    const { kernel, stride, dilation, before, input } = rows[map - 1];
    const middle = Math.floor((kernel - 1) / 2) * dilation;
    spine[map - 1] = Math.min(Math.max(spine[map] * stride - before + middle, 0), input - 1);
  }
  return spine;
}

function tapsBetween({ kernel, stride, dilation, before, input }, map, reads, spine, { x, y }) {
  const parts = [];
  for (const cell of reads[map].keys())
    for (let tap = 0; tap < kernel; tap++) {
      const at = cell * stride - before + tap * dilation;
      const kind = cell === spine[map] ? "alone" : "wire";
      const outside = at < 0 || at >= input;
      const d = `M${x(map, cell)} ${y(map)}L${x(map - 1, at)} ${y(map - 1)}`;
      parts.push(element("path", { class: outside ? `${kind} outside` : kind, d }));
      if (outside) parts.push(element("circle", { class: "outside", cx: x(map - 1, at), cy: y(map - 1), r: 3.5 }));
    }
  return parts;
}

function cellsOf(map, size, last, reads, shown, { x, y, unit }) {
  const radius = Math.min(6, Math.max(2.2, unit * 0.34));
  const name = map === 0 ? "input" : map === last ? "output" : `layer ${map}`;
  const kindOf = (index) =>
    !reads[map]?.has(index) ? "cell" : map === shown.map ? "cell chosen" : "cell read";
  return [
    element("text", { class: "name", x: 52, y: y(map) + 4, "text-anchor": "end" }, name),
    ...Array.from({ length: size }, (_, index) =>
      element("circle", { class: kindOf(index), cx: x(map, index), cy: y(map), r: radius }),
    ),
  ];
}

// The kernel alone, beside its taps; what the stack sees, as a bar below the input.
function numbersBeside(rows, map, spine, { x, y, unit }) {
  const { span, field } = rows[map - 1];
  const top = y(0) + 14 + (map - 1) * 22;
  const width = field * unit;
  const left = x(map, spine[map]) - width / 2;
  const opacity = 0.4 + (0.6 * map) / rows.length;
  const sees = map === 1 ? "1 layer sees" : `stack of ${map} sees`;
  return [
    element("text", { class: "span", x: 412, y: (y(map) + y(map - 1)) / 2 + 4 }, `1 kernel alone: ${span}`),
    element("rect", { class: "field", x: left, y: top, width, height: 13, rx: 3, opacity }),
    element("text", { class: "field", x: 412, y: top + 11 }, `${sees} ${field}`),
  ];
}
