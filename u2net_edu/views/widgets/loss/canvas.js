// Maps as pictures of their own pixels, coloured by a table from Python.

import { element } from "../kit/dom.js";
import { picks } from "../kit/pick.js";

// A canvas of `size` [rows, columns]; `paint(values, low, high)` colours it.
export function mapCanvas([height, width], table, attributes = {}) {
  const node = element("canvas", { width, height, ...attributes });
  const pen = node.getContext("2d");
  const image = pen.createImageData(width, height);
  const paint = (values, low, high) => {
    for (let i = 0; i < values.length; i++) {
      const at = Math.round(255 * Math.min(Math.max((values[i] - low) / (high - low), 0), 1));
      for (let c = 0; c < 3; c++) image.data[4 * i + c] = table[3 * at + c];
      image.data[4 * i + 3] = 255;
    }
    pen.putImageData(image, 0, 0);
  };
  return { node, paint };
}

// A map on which a pixel is chosen, by mouse or by arrow keys.
export function pickable(canvas, [height, width], label, { pixel, pick }) {
  const mark = element("i", { class: "chosen" });
  const node = element(
    "div", { class: "picture", tabindex: "0", role: "application", "aria-label": label, style: `aspect-ratio: ${width} / ${height}` },
    canvas.node, mark,
  );
  picks(node, { grid: () => [height, width], pixel, pick });
  const show = () => {
    const [row, column] = pixel();
    mark.style.cssText = `left: ${(100 * column) / width}%; top: ${(100 * row) / height}%; width: ${100 / width}%; height: ${100 / height}%`;
    node.setAttribute("aria-label", `${label}. Row ${row}, column ${column}`);
  };
  return { node, show };
}
