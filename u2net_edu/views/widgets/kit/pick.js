// Choosing a cell of a grid that fills an element: by click, by dragging, by the arrow keys.

import { taken } from "./dom.js";

// `grid()` gives rows and columns, `pixel()` the chosen cell; a choice calls `pick([row, column])`.
export function picks(node, { grid, pixel, pick }) {
  const inside = (place) =>
    pick(place.map((at, axis) => Math.min(Math.max(at, 0), grid()[axis] - 1)));
  const at = (event) => {
    const box = node.getBoundingClientRect();
    const [rows, columns] = grid();
    inside([
      Math.floor(((event.clientY - box.top) / box.height) * rows),
      Math.floor(((event.clientX - box.left) / box.width) * columns),
    ]);
  };
  node.addEventListener("pointerdown", (event) => {
    node.setPointerCapture(event.pointerId);
    at(event);
  });
  node.addEventListener("pointermove", (event) => {
    if (node.hasPointerCapture(event.pointerId)) at(event);
  });
  node.addEventListener("keydown", (event) => {
    const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!step) return;
    taken(event);
    inside(step.map((by, axis) => pixel()[axis] + by));
  });
}
