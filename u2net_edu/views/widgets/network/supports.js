// Which pixels of the image an output pixel sees: backwards over the trace, as Python does it.
//
// A mask is an array of rows, and a row is the number of a pattern: equal rows share one pattern,
// nearly all rows of a support are equal, and so each operator costs a few array reads.

// The indices of its input that output `o` reads; axes.py says what the rules mean.
export function tapsOf(rule, o, inputs) {
  if (rule.rule === "table") return rule.rows[o].filter((index) => index >= 0);
  const found = [];
  if (rule.rule === "window")
    for (let k = 0; k < rule.kernel; k++) {
      const at = (o * rule.stride - rule.padding + k * rule.dilation) / rule.division;
      if (Number.isInteger(at) && at >= 0 && at < inputs) found.push(at);
    }
  else {
    const onAxis = (index) => Math.min(Math.max(index, 0), inputs - 1);
    const first = onAxis(Math.floor((rule.scale * o + rule.start) / rule.divisor));
    const last = onAxis(Math.ceil((rule.scale * o + rule.stop) / rule.divisor));
    for (let index = first; index <= last; index++) found.push(index);
  }
  return found;
}

const isSame = (rule) =>
  rule.rule === "window" && rule.kernel === 1 && rule.stride === 1 && !rule.padding && rule.division === 1;
const readsAll = (rule) => rule.rule === "span" && rule.scale === 0;

// For each input index the outputs that read it; kept, since networks repeat themselves.
const readerTables = new WeakMap();
function readersOf(rule, outputs, inputs) {
  if (!readerTables.has(rule)) readerTables.set(rule, new Map());
  const tables = readerTables.get(rule);
  const key = outputs * 65536 + inputs;
  if (!tables.has(key)) {
    const readers = Array.from({ length: inputs }, () => /** @type {number[]} */ ([]));
    for (let o = 0; o < outputs; o++) for (const index of tapsOf(rule, o, inputs)) readers[index].push(o);
    tables.set(key, readers);
  }
  return tables.get(key);
}

// Rows of marks, each different one kept once under a number; 0 is the empty row.
class Patterns {
  constructor(length) {
    this.rows = [new Uint8Array(length)];
    this.numbers = new Map([[this.rows[0].join(""), 0]]);
    this.unions = new Map();
  }

  number(row) {
    const key = row.join("");
    if (!this.numbers.has(key)) this.numbers.set(key, this.rows.push(row) - 1);
    return this.numbers.get(key);
  }

  union(a, b) {
    if (a === b || !b) return a;
    if (!a) return b;
    const key = a < b ? a * 65536 + b : b * 65536 + a;
    if (!this.unions.has(key)) {
      const other = this.rows[b];
      this.unions.set(key, this.number(this.rows[a].map((mark, i) => mark | other[i])));
    }
    return this.unions.get(key);
  }
}

// All support of one operator is found in one walk; the widths that occur have patterns each.
class Walk {
  constructor(trace) {
    this.trace = trace;
    this.widths = new Map();
  }

  patterns(width) {
    if (!this.widths.has(width)) this.widths.set(width, new Patterns(width));
    return this.widths.get(width);
  }

  feedRows(rule, mask, width, inputs) {
    if (isSame(rule)) return mask;
    const patterns = this.patterns(width);
    const any = (readers) => {
      let all = 0;
      for (const o of readers) all = patterns.union(all, mask[o]);
      return all;
    };
    const fed = new Array(inputs).fill(0);
    if (readsAll(rule)) {
      const all = any(mask.keys());
      for (const index of tapsOf(rule, 0, inputs)) fed[index] = all;
      return fed;
    }
    const readers = readersOf(rule, mask.length, inputs);
    for (let index = 0; index < inputs; index++) fed[index] = any(readers[index]);
    return fed;
  }

  feedColumns(rule, mask, width, inputs) {
    if (isSame(rule)) return mask;
    const [from, to] = [this.patterns(width), this.patterns(inputs)];
    const done = new Map();
    return mask.map((number) => {
      if (!done.has(number)) {
        const row = new Uint8Array(inputs);
        const marks = from.rows[number];
        marks.forEach((mark, o) => {
          if (mark) for (const index of tapsOf(rule, o, inputs)) row[index] = 1;
        });
        done.set(number, to.number(row));
      }
      return done.get(number);
    });
  }
}

// The mask of the image, height × width, 1 where `[row, column]` of the operator at `position`
// sees. An operator whose links are not known ends it: { hidden: its path and why }.
/** @param {import("../kit/types").Cell} pixel */
export function support(trace, position, pixel) {
  const [row, column] = pixel;
  const { operators, rules } = trace;
  const walk = new Walk(trace);
  const [rows, columns] = operators[position].grid;
  const start = new Uint8Array(columns);
  start[Math.min(column, columns - 1)] = 1;
  const first = new Array(rows).fill(0);
  first[Math.min(row, rows - 1)] = walk.patterns(columns).number(start);
  const masks = new Map([[position, first]]);
  for (let at = position; at > 0; at--) {
    const mask = masks.get(at);
    if (!mask) continue;
    masks.delete(at);
    const operator = operators[at];
    if (!operator.links) return { hidden: `${operator.path} (${operator.aten}): ${operator.unknown}` };
    operator.inputs.forEach((source, i) => {
      const [byRow, byColumn] = operator.links[i].map((number) => rules[number]);
      const [height, width] = operators[source].grid;
      const down = walk.feedRows(byRow, mask, operator.grid[1], height);
      const fed = walk.feedColumns(byColumn, down, operator.grid[1], width);
      const before = masks.get(source);
      const patterns = walk.patterns(width);
      masks.set(source, before ? before.map((one, j) => patterns.union(one, fed[j])) : fed);
    });
  }
  const [height, width] = operators[0].grid;
  const mask = new Uint8Array(height * width);
  const patterns = walk.patterns(width);
  masks.get(0)?.forEach((number, y) => mask.set(patterns.rows[number], y * width));
  return { mask, height, width, ...boxOf(mask, height, width) };
}

// First and last row and column that are marked, and how many pixels are.
export function boxOf(mask, height, width) {
  let [top, bottom, left, right, count] = [height, -1, width, -1, 0];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (mask[y * width + x]) {
        count += 1;
        top = Math.min(top, y);
        bottom = y;
        left = Math.min(left, x);
        right = Math.max(right, x);
      }
  return { top, bottom, left, right, count };
}
