// What an output pixel sees, in words.

import { exactly } from "../kit/words.js";

// `live`: whether a field that is not there may still come.
export function fieldInShort(field, live) {
  if (!field) return live ? "…" : "not computed";
  if (field.hidden) return "not known";
  if (field.size === null) return "the whole image";
  const sizes = field.sizes.length > 1 ? `${field.sizes[0]}–${field.sizes.at(-1)}` : String(field.size);
  return `${field.exact ? "" : "≤ "}${sizes} px, stride ${field.stride}`;
}

/** @param {import("../kit/types").Cell} pixel */
export function windowInWords(path, pixel, seen, all) {
  const [row, column] = pixel;
  if (seen.hidden) return `What ${path} sees is not known: ${seen.hidden}.`;
  if (!seen.count) return `Pixel (${row}, ${column}) of ${path} sees nothing of the image, only padding.`;
  const { top, bottom, left, right, count } = seen;
  const [height, width] = [bottom - top + 1, right - left + 1];
  const holes = height * width - count;
  const whole = count === all ? ": all of the image" : "";
  return (
    `Pixel (${row}, ${column}) of ${path} can see ${exactly(count)} pixels of the image${whole}, in a window of ` +
    `${height}×${width}, rows ${top}–${bottom}, columns ${left}–${right}${holes ? `; ${exactly(holes)} inside it are holes` : ""}.`
  );
}

// The chosen output pixel; the middle where none was chosen, or where the map is smaller.
export function pixelOf(tie, trace, output) {
  const [rows, columns] = trace.operators[output].grid;
  const [row, column] = tie.get("pixel");
  const inside = row >= 0 && column >= 0 && row < rows && column < columns;
  return inside ? [row, column] : [Math.floor(rows / 2), Math.floor(columns / 2)];
}

// How the neighbour's window differs: by how much it has moved, and in size. Pools take pixels in
// pairs, so neighbours of different phase see differently much.
/** @param {import("../kit/types").Cell | null} pixel */
export function neighbourInWords(seen, neighbour, pixel) {
  const { width } = seen;
  if (!pixel || !neighbour?.count || !seen.count) return "";
  const [row, column] = pixel;
  const wide = (one) => one.right - one.left + 1;
  const moved = neighbour.left + neighbour.right - seen.left - seen.right;
  const by = Math.abs(moved) / 2;
  const where = !moved ? "in the same place" : `${by} ${by === 1 ? "pixel" : "pixels"} further ${moved > 0 ? "right" : "left"}`;
  const size =
    wide(neighbour) === wide(seen)
      ? `is as wide, ${wide(seen)}`
      : `is ${wide(neighbour)} wide instead of ${wide(seen)}`;
  const cut = (one) => one.left === 0 || one.right === width - 1;
  const why = wide(neighbour) === wide(seen) ? "" : cut(seen) || cut(neighbour) ? " (the border cuts)" : " (its phase)";
  return `Its neighbour (${row}, ${column}) has a window that ${size}${why}, ${where}.`;
}
