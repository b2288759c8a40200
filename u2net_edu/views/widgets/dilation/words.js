// What the dilation explorer shows, in words.

import { tapsOnPadding } from "./taps.js";

/** The sentences of one state. Those in `counted` give away what an exercise may ask for.
 * @returns {{ told: string, counted: string }} */
export function describe(settings, found, shown, reads, plain) {
  return {
    told: whatItDoes(settings, found, plain),
    counted: [whatIsRead(found, shown, reads), onPadding(found, shown, reads), unread(settings, found)].join(" "),
  };
}

function whatItDoes({ kernel, stride, layers, size }, { sizes }, plain) {
  const stack = layers.length > 1;
  const what = stack
    ? `A stack of ${["two", "three", "four"][layers.length - 2]} ${kernel}×${kernel} kernels with dilations ${layers.join(", ")}`
    : `One ${kernel}×${kernel} kernel${plain ? "" : ` with dilation ${layers[0]}`}`;
  const strides = stride > 1 ? `, stride ${stride}${stack ? " each" : ""}` : "";
  return `${what}${strides} turns ${size}×${size} into ${sizes.at(-1)}×${sizes.at(-1)}.`;
}

/** How far the kernels and the stack reach. */
export function reachInWords({ rows }) {
  return rows.length > 1
    ? `The stack sees ${rows.at(-1).field} pixels across; its kernels alone span ${rows.map((row) => row.span).join(", ")}.`
    : `The kernel spans ${rows[0].span} pixels.`;
}

/** Which cell it is about: "Output cell (4, 4)". */
export function nameOf({ rows }, { map, row, column }) {
  return `${map === rows.length ? "Output cell" : `Cell of layer ${map}`} (${row}, ${column})`;
}

function whatIsRead(found, shown, { down, across }) {
  const [rows, columns] = [down.maps[0], across.maps[0]];
  const count = rows.size * columns.size;
  return (
    `${nameOf(found, shown)} reads ${count} input ${count === 1 ? "pixel" : "pixels"}: ` +
    `${list("row", rows.keys())}; ${list("column", columns.keys())}.`
  );
}

function onPadding({ rows }, { map }, { down, across }) {
  const counts = tapsOnPadding(rows, map, down, across);
  if (counts.every(([outside]) => !outside)) return "No tap lands on padding.";
  const said = counts.map(([outside, all], i) => [`${outside} of ${all}`, `in layer ${i + 1}`]);
  if (said.length === 1) return `Of its taps, ${said[0][0]} land on padding, where each reads a zero.`;
  return `Taps that land on padding, where each reads a zero: ${said.map((words) => words.join(" ")).join(", ")}.`;
}

function unread({ size }, { untouched }) {
  return untouched
    ? `${untouched} of ${size * size} input pixels are read by no output cell.`
    : "Every input pixel is read by some output cell.";
}

const list = (word, numbers) => {
  const all = [...numbers].sort((a, b) => a - b);
  return `${word}${all.length === 1 ? "" : "s"} ${enumerate(all)}`;
};

const enumerate = (all) => {
  if (!all.length) return "none";
  const step = all[1] - all[0];
  const regular = all.every((n, i) => !i || n - all[i - 1] === step);
  if (all.length > 4 && regular)
    return step === 1 ? `${all[0]}–${all.at(-1)}` : `${all[0]}, ${all[1]}, … ${all.at(-1)}`;
  return all.join(", ");
};
