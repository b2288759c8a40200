// The maps of the dilation explorer, seen from above: grids of cells, and what one cell reads there.

import { element } from "../kit/dom.js";

/** @typedef {{ svg: SVGElement, lit: SVGElement, size: number,
 *   cellAt: (event: MouseEvent) => number[] | null }} Grid */
/** @typedef {Map<number, number>} Ways  an index along an axis → in how many ways it is read */
/** @typedef {{ read: Ways, padded: Ways }} Axis  cells of the map, and places on its padding */

function gridPath(from, to) {
  let d = "";
  for (let i = from; i <= to; i++) d += `M${i} ${from}V${to}M${from} ${i}H${to}`;
  return d;
}

/** One map as a grid of unit cells with its padding around it.
 * @param {number} size @param {number} before @param {number} after @returns {Grid} */
export function drawGrid(size, before, after) {
  const [low, high] = [-before, size + after];
  const extent = high - low + 0.2;
  const lit = element("g", { class: "lit" });
  const svg = element(
    "svg",
    { viewBox: `${low - 0.1} ${low - 0.1} ${extent} ${extent}`, role: "img" },
    element("path", { class: "padding", d: gridPath(low, high) }),
    element("rect", { class: "paper", x: 0, y: 0, width: size, height: size }),
    lit,
    element("path", { class: "lines", d: gridPath(0, size) }),
  );
  const cellAt = (event) => {
    const box = svg.getBoundingClientRect();
    const place = (at, from, length) => Math.floor(((at - from) / length) * extent + low - 0.1);
    const row = place(event.clientY, box.top, box.height);
    const column = place(event.clientX, box.left, box.width);
    const inside = row >= 0 && column >= 0 && row < size && column < size;
    return inside ? [row, column] : null;
  };
  return { svg, lit, size, cellAt };
}

/** The cell whose reading is shown. @param {Grid} grid @param {number} row @param {number} column */
export function markChosen(grid, row, column) {
  grid.lit.replaceChildren(square(row, column, "chosen"));
}

function square(row, column, kind, strength = 1) {
  const inset = kind === "chosen" ? 0.06 : 0;
  const side = 1 - 2 * inset;
  return element("rect", {
    class: kind, x: column + inset, y: row + inset, width: side, height: side, opacity: strength,
  });
}

/** Lights what the shown cell reads: its taps on the map, its taps on padding, the window around
 * both, and, if `touched` is given, a cross on each cell that no output cell reads.
 * @param {Grid} grid @param {Axis} down @param {Axis} across @param {Set<number> | null} touched */
export function light(grid, down, across, touched) {
  grid.lit.replaceChildren(
    ...tapsOnMap(down.read, across.read),
    ...tapsOnPaddingOf(down, across),
    ...windowAround(down, across),
    ...(touched ? crossesOn(grid.size, touched) : []),
  );
}

function tapsOnMap(rows, columns) {
  const most = Math.max(...rows.values()) * Math.max(...columns.values());
  const marks = [];
  for (const [row, down] of rows)
    for (const [column, across] of columns)
      marks.push(square(row, column, "tap", 0.35 + (0.65 * down * across) / most));
  return marks;
}

// Hollow, with the zero that is read there. One path for all: a stack may have thousands of them.
function tapsOnPaddingOf(down, across) {
  let d = "";
  const every = (axis) => [...axis.read.keys(), ...axis.padded.keys()];
  for (const row of every(down))
    for (const column of every(across)) {
      if (down.read.has(row) && across.read.has(column)) continue;
      d += `M${column + 0.1} ${row + 0.1}h.8v.8h-.8z`;
      d += `M${column + 0.36} ${row + 0.5}a.14 .22 0 1 0 .28 0a.14 .22 0 1 0 -.28 0`;
    }
  return d ? [element("path", { class: "zero", d })] : [];
}

function windowAround(down, across) {
  const ends = (axis) => {
    const all = [...axis.read.keys(), ...axis.padded.keys()];
    return [Math.min(...all), Math.max(...all)];
  };
  const [[top, bottom], [left, right]] = [ends(down), ends(across)];
  if (top > bottom || left > right) return []; // nothing but padding lies in between
  const box = { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
  return [element("rect", { class: "window", ...box })];
}

function crossesOn(size, touched) {
  let d = "";
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++)
      if (!touched.has(row) || !touched.has(column))
        d += `M${column + 0.28} ${row + 0.28}l.44 .44M${column + 0.72} ${row + 0.28}l-.44 .44`;
  return d ? [element("path", { class: "untouched", d })] : [];
}
