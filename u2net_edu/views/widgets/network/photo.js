// The photograph and, on it, what one output pixel sees.

import { element } from "../kit/dom.js";
import { picks } from "../kit/pick.js";

// `pick([row, column])` when an output pixel is clicked, dragged to, or reached by arrow keys;
// `grid()` gives rows and columns of the output, `pixel()` the one that is chosen.
export function drawPhoto(url, [height, width], { grid, pixel, pick, label }) {
  const image = element("img", { src: url, alt: "", draggable: "false" });
  const shade = element("canvas", { width, height });
  const heat = element("img", { class: "heat", alt: "", hidden: "", draggable: "false" });
  const marks = element("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none" });
  const node = element(
    "div",
    { class: "photo", tabindex: "0", role: "application", "aria-label": label, style: `aspect-ratio: ${width} / ${height}` },
    image, shade, heat, marks,
  );
  picks(node, { grid, pixel, pick });

  // Dims what is not seen; frames the window, and the neighbour's if there is one. Without a
  // support the picture is the output itself, and the chosen pixel is framed.
  /** @param {any} support @param {any} [neighbour] */
  const show = (support, neighbour) => {
    const [rows, columns] = grid();
    const [row, column] = pixel();
    if (support) {
      const pen = shade.getContext("2d");
      const dim = pen.createImageData(width, height);
      for (let i = 0; i < support.mask.length; i++) dim.data[4 * i + 3] = support.mask[i] ? 0 : 175;
      pen.putImageData(dim, 0, 0);
    }
    const [cw, ch] = [width / columns, height / rows];
    const cell = { left: column * cw, right: (column + 1) * cw - 1, top: row * ch, bottom: (row + 1) * ch - 1 };
    const place = { cx: (column + 0.5) * cw, cy: (row + 0.5) * ch };
    marks.replaceChildren(
      ...(neighbour?.count ? [frame("neighbour", neighbour)] : []),
      ...(support?.count ? [frame("window", support)] : []),
      ...(support ? [] : [frame("cell", cell)]),
      ...(support || cw * 60 < width ? [element("circle", { class: "place", ...place, r: width / 70 })] : []),
    );
    node.setAttribute("aria-label", `${label}. Output pixel row ${row}, column ${column}`);
  };
  return { node, image, shade, heat, show };
}

const frame = (kind, { left, right, top, bottom }) =>
  element("rect", { class: kind, x: left, y: top, width: right - left + 1, height: bottom - top + 1 });
