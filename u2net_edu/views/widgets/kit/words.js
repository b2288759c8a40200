// Numbers and parts of a network in words.

/** @type {[number, string][]} */
const UNITS = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];

// 58598246400 → "58.6 G"
export function short(value) {
  if (value === null || value === undefined) return "–";
  if (!Number.isFinite(value)) return "∞";
  const [size, unit] = UNITS.find(([least]) => value >= least) ?? [1, ""];
  const scaled = value / size;
  return `${unit ? scaled.toPrecision(3) : String(Math.round(value))}${unit ? ` ${unit}` : ""}`;
}

export const exactly = (value) => value.toLocaleString("en-US");
export const times = (shape) => shape.join("×");
export const percent = (share) => (share >= 0.0995 ? `${Math.round(100 * share)} %` : `${(100 * share).toPrecision(2)} %`);
export const milliseconds = (seconds) => `${(1000 * seconds).toPrecision(3)} ms`;

// "3×3 convolution, dilation 2" for what a layer is.
export function whatItIs(numbers, node, operator) {
  if (node.children.length) return node.block ?? node.kind;
  if (numbers.conv && (!operator || operator.kind === "conv")) {
    const { dilation, stride, groups } = numbers.conv.settings;
    const kernel = kernelOf(numbers.conv);
    const more = [`dilation ${one(dilation)}`];
    if (one(stride) !== 1) more.push(`stride ${one(stride)}`);
    if (groups > 1) more.push(`${groups} groups`);
    return `${kernel}convolution, ${more.join(", ")}`;
  }
  return { pool: "pooling", concat: "concatenation", resize: "resize", add: "sum", norm: "normalisation", relu: "ReLU", input: "the image" }[operator?.kind ?? node.kind] ?? operator?.kind ?? node.kind;
}

const one = (pair) => (pair?.every?.((n) => n === pair[0]) ? pair[0] : pair?.join("×"));

// The kernel is not among the settings: weights = out × in / groups × kernel.
function kernelOf(conv) {
  const [into, out] = [conv.input_shapes[0][1], conv.output_shape[1]];
  const area = (conv.macs / (conv.output_shape.slice(1).reduce((a, b) => a * b, 1) || 1) / into) * conv.settings.groups;
  const side = Math.sqrt(area);
  return Number.isInteger(side) && out ? `${side}×${side} ` : "";
}

export function seesInWords(field) {
  if (!field) return "";
  if (field.hidden) return `What it sees is not known: ${field.hidden}.`;
  const bound = field.exact ? "" : "at most ";
  if (field.size === null) return `A pixel of it sees the whole image (${field.why}).`;
  const sizes = field.sizes.length > 1 ? `${field.sizes[0]} to ${field.sizes.at(-1)}` : `${field.size}`;
  const here = times(field.here);
  const cut = field.here[0] < field.size ? `, here cut to ${here} by the border` : "";
  return `A pixel of it sees ${bound}${sizes} pixels across${cut}.`;
}
