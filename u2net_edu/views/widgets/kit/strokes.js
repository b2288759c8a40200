// Painting on an element: with the mouse or a finger, or with arrow keys and the space bar.

import { taken } from "./dom.js";

const STEPS = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** A mask of `size` [rows, columns] that strokes on `node` fill.
 * @param {HTMLElement} node @param {import("./types").Cell} size
 * @param {object} how
 * @param {() => boolean} how.active  whether strokes are taken
 * @param {() => number} how.radius  of the brush, in pixels of the mask
 * @param {() => number} [how.value]  what a stroke leaves: 1, or 0 to rub out
 * @param {() => void} how.touched  after each change of the mask
 * @param {() => void} how.moved  after each move of the brush by a key
 * @param {() => void} [how.ended]  at the end of a stroke */
export function strokesOn(node, [height, width], { active, radius, value = () => 1, touched, moved, ended = () => {} }) {
  const mask = new Uint8Array(height * width);
  let cursor = [Math.floor(height / 2), Math.floor(width / 2)];
  const dab = (/** @type {import("./types").Cell} */ [row, column]) => {
    cursor = [row, column];
    const r = radius();
    for (let y = Math.max(0, row - r); y <= Math.min(height - 1, row + r); y++)
      for (let x = Math.max(0, column - r); x <= Math.min(width - 1, column + r); x++)
        if ((y - row) ** 2 + (x - column) ** 2 <= r * r) mask[y * width + x] = value();
    touched();
  };
  const stroke = (/** @type {import("./types").Cell} */ [row, column]) => {
    const [fromRow, fromColumn] = cursor;
    const steps = Math.max(1, Math.ceil(Math.hypot(row - fromRow, column - fromColumn) / radius()));
    for (let i = 1; i <= steps; i++)
      dab([Math.round(fromRow + ((row - fromRow) * i) / steps), Math.round(fromColumn + ((column - fromColumn) * i) / steps)]);
  };
  const at = (event) => {
    const box = node.getBoundingClientRect();
    const place = [((event.clientY - box.top) / box.height) * height, ((event.clientX - box.left) / box.width) * width];
    return place.map((n, axis) => Math.min(Math.max(Math.floor(n), 0), [height, width][axis] - 1));
  };
  node.addEventListener("pointerdown", (event) => {
    if (!active()) return;
    node.setPointerCapture(event.pointerId);
    dab(at(event));
  });
  node.addEventListener("pointermove", (event) => {
    if (active() && node.hasPointerCapture(event.pointerId)) stroke(at(event));
  });
  node.addEventListener("pointerup", () => active() && ended());
  node.addEventListener("keydown", (event) => {
    if (!active()) return;
    const step = STEPS[event.key];
    if (!step && event.key !== " " && event.key !== "Enter") return;
    taken(event);
    if (!step) {
      dab(cursor);
      return ended();
    }
    cursor = cursor.map((n, axis) => Math.min(Math.max(n + step[axis] * radius(), 0), [height, width][axis] - 1));
    moved();
  });
  const wipe = () => {
    mask.fill(0);
    touched();
    ended();
  };
  return { mask, cursor: () => cursor, wipe };
}
