// Feature maps: one picture holds them all, side by side, and each tile shows its part.

import { element } from "../kit/dom.js";

// `maps`: { path, url, columns, count, labels, size, legend, gradient, shown }.
export function drawTiles(maps, url) {
  const rows = Math.ceil(maps.count / maps.columns);
  const tile = (i) => {
    const [column, row] = [i % maps.columns, Math.floor(i / maps.columns)];
    const part = (at, count) => (count > 1 ? (100 * at) / (count - 1) : 0);
    return element("i", {
      role: "img",
      "aria-label": `${maps.labels[i]} of ${maps.path}`,
      style:
        `background-image: url(${url}); background-size: ${100 * maps.columns}% ${100 * rows}%; ` +
        `background-position: ${part(column, maps.columns)}% ${part(row, rows)}%; ` +
        `aspect-ratio: ${maps.size[1]} / ${maps.size[0]}`,
    });
  };
  return maps.labels.map((label, i) =>
    element("figure", {}, tile(i), element("figcaption", {}, label)),
  );
}
