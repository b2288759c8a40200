// The maps of the live view: a row for each scene, a column for each map, at one saved step.

import { element } from "../kit/dom.js";

/** Pictures from bytes, each made once and let go when it is no longer kept. */
export function pictureStore() {
  const urls = new Map();
  const drop = (key) => {
    URL.revokeObjectURL(urls.get(key));
    urls.delete(key);
  };
  return {
    url: (key, bytes) => {
      if (!urls.has(key)) urls.set(key, URL.createObjectURL(new Blob([bytes], { type: "image/png" })));
      return urls.get(key);
    },
    /** @param {Set<unknown>} keys */
    keepOnly: (keys) => [...urls.keys()].filter((key) => !keys.has(key)).forEach(drop),
    dropAll: () => [...urls.keys()].forEach(drop),
  };
}

/** The rows of the table. `scenes`: { url, count, ratio } of pictures and masks; `frame`: a saved
 * step with its maps' names and scores, undefined before there is one; `url`: its picture. */
export function drawMaps(scenes, frame, url) {
  const names = frame?.names ?? [];
  const heads = [
    head("picture"), head("mask"),
    ...names.map((name, i) => head(name, `IoU ${frame.iou[i].toFixed(2)}`)),
  ];
  const tile = (from, column, columns, scene, label) =>
    element("span", { role: "cell" }, element("i", {
      role: "img", "aria-label": label,
      style: `${cutOut(from, [column, columns], [scene, scenes.count])}; aspect-ratio: ${scenes.ratio}`,
    }));
  const rows = Array.from({ length: scenes.count }, (_, scene) => [
    ...["picture", "mask"].map((name, i) => tile(scenes.url, i, 2, scene, `scene ${scene + 1}, ${name}`)),
    ...names.map((name, i) =>
      tile(url, i, names.length, scene, `scene ${scene + 1}, ${name} after step ${frame.step}`)),
  ]);
  return [heads, ...rows].map((cells) => element("div", { role: "row", class: "row" }, ...cells));
}

const head = (text, more) =>
  element("span", { role: "columnheader" }, text, more ? element("small", {}, more) : "");

// One tile of a picture that holds many.
function cutOut(url, [column, columns], [row, rows]) {
  const part = (at, count) => (count > 1 ? (100 * at) / (count - 1) : 0);
  return (
    `background-image: url(${url}); background-size: ${100 * columns}% ${100 * rows}%; ` +
    `background-position: ${part(column, columns)}% ${part(row, rows)}%`
  );
}
