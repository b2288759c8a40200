// What a block costs at any width and size, from the polynomials that Python found in its
// traces (analysis/polynomials.py says what they are). Whole numbers far below 2^53: nothing is rounded.

export function pixelsAt(level, [rows, columns]) {
  return level < 0 ? 1 : Math.ceil(rows / 2 ** level) * Math.ceil(columns / 2 ** level);
}

function costFrom(levels, width, size) {
  let total = 0;
  for (const [level, polynomials] of levels) {
    const period = polynomials.length;
    const [c0, c1, c2] = polynomials[width % period];
    const k = Math.floor(width / period);
    total += pixelsAt(level, size) * (c0 + c1 * k + c2 * k * k);
  }
  return total;
}

// What `kind` is for a block: macs, parameters, memory (bytes), field (pixels, null: the whole map).
export function costOf(block, kind, width, size) {
  if (kind === "width") return width;
  if (kind === "field") return block.field ?? Math.max(...size);
  if (kind !== "memory") return costFrom(block.polynomials[kind], width, size);
  return Math.max(...block.polynomials.memory.map((moment) => costFrom(moment, width, size)));
}

// The largest width within a budget, 0 where there is none. What a block costs need not depend on
// its inner width, so `widest` is where one stops to look.
export function widestWithin(block, kind, budget, size) {
  let high = 1;
  while (high <= block.widest && costOf(block, kind, high, size) <= budget) high *= 2;
  let low = Math.floor(high / 2);
  while (low < block.widest && high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (costOf(block, kind, middle, size) <= budget) low = middle;
    else high = middle;
  }
  return low;
}

// A closed form with its numbers, "9·320·320·(3·64 + 3·32·64 + 32²)".
export function writtenOut(formula, numbers) {
  return formula.replace(/[IMOHW]/g, (symbol) => String(numbers[symbol]));
}
