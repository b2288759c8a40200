// A plot of lines: scales, ticks, and labels that stand at their lines and never on one another.

export const WIDE = 1100; // units across, as long as the page is wide enough for as many pixels

// The plot's own measures for a width.
export function plotFor(width) {
  const narrow = width < 760;
  const [height, left, right] = narrow ? [380, 60, 104] : [450, 74, 168];
  return { width, height, left, right, top: 34, bottom: 52 };
}

/** What an axis can show, from Python: its name and title, the unit in which it is numbered, that
 * unit's name, whether in thousands.
 * @typedef {{ name: string, title: string, unit: number, unit_name: string, thousands: boolean }} Axis */

// "memory: bytes of activations at the peak, MiB"
export const titleOf = ({ title, unit_name: unit }) => (unit ? `${title}, ${unit}` : title);

// Value → place between `from` and `to`, and back; linear from zero, or logarithmic.
export function scaleFor(least, most, from, to, log) {
  const [low, high] = log ? [Math.log(least), Math.log(most)] : [0, most];
  const span = high - low || 1;
  const at = (value) => from + (((log ? Math.log(value) : value) - low) / span) * (to - from);
  const back = (place) => {
    const value = low + ((place - from) / (to - from)) * span;
    return log ? Math.exp(value) : value;
  };
  return { at, back, least: log ? least : 0, most, log };
}

// Round numbers on an axis, in its own unit, so few that their texts have room.
export function ticksOf(scale, unit, count = 6) {
  const [least, most] = [scale.least / unit, scale.most / unit];
  if (!(most > least)) return [];
  if (!scale.log) {
    const rough = most / count;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = ([1, 2, 2.5, 5].find((n) => n * power >= rough) ?? 10) * power;
    return Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, i) => i * step * unit);
  }
  const found = [];
  const decades = Math.log10(most / least);
  const within = decades > 4 ? [1] : decades > 2.2 ? [1, 3] : [1, 2, 5];
  for (let power = Math.floor(Math.log10(least)); power <= Math.log10(most); power++)
    for (const n of within) {
      const value = n * 10 ** power;
      if (value >= least * 0.999 && value <= most * 1.001) found.push(value * unit);
    }
  return found;
}

// 20000000000 → "20 G"; MiB and ms have their own unit already.
export function tickText(value, { unit, thousands }) {
  /** @type {[number, string][]} */
  const sizes = thousands ? [[1e12, " T"], [1e9, " G"], [1e6, " M"], [1e3, " k"]] : [];
  const [size, letter] = sizes.find(([least]) => value >= least * 0.9999) ?? [1, ""];
  return `${Number((value / unit / size).toPrecision(3))}${letter}`;
}

// Where labels go: each as near as possible to where it wants to be, none on another.
// `labels`: [{ x, y, wide, high, end }], x where the text begins, or ends where `end` is true.
export function placeLabels(labels, { left, right, top, bottom }, taken = []) {
  const boxes = [...taken];
  return labels.map((label) => {
    const x = label.end ? label.x - label.wide : Math.min(label.x, right - label.wide);
    for (let step = 0; step < 80; step++) {
      const shift = Math.ceil(step / 2) * 6 * (step % 2 ? 1 : -1);
      const y = label.y + shift;
      const box = { x: Math.max(x, left), y: y - label.high / 2, wide: label.wide, high: label.high };
      if (box.y < top || box.y + box.high > bottom || boxes.some((other) => meets(box, other))) continue;
      boxes.push(box);
      return { ...label, x: box.x, y, shift };
    }
    return { ...label, hidden: true };
  });
}

function meets(a, b) {
  return a.x < b.x + b.wide && b.x < a.x + a.wide && a.y < b.y + b.high && b.y < a.y + a.high;
}

// About how wide a text will be, in the plot's own pixels.
export const textWidth = (text, size = 13) => text.length * size * 0.6 + 4;
