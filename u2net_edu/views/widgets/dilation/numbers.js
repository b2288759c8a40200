// The table of the layers, and what is said beside it and below the maps.

import { element } from "../kit/dom.js";

export function drawLegend() {
  const key = (kind, text) => element("span", {}, element("i", { class: kind }), text);
  return element(
    "p", { class: "legend", "aria-hidden": "true" },
    key("tap", "read by the cell; stronger: in more ways"),
    key("zero", "tap on padding: reads a zero"),
    key("hole", "in its window, not read"),
    key("untouched", "read by no output cell"),
    key("pad", "padding, not image"),
  );
}

export function drawTable(rows) {
  const words = ["layer", "dilation", "this kernel alone spans", "the stack so far sees", "gives"];
  const kinds = ["", "", "span", "field", ""];
  const heads = words.map((word, i) => element("th", { scope: "col", class: kinds[i] }, word));
  const body = rows.map((row, i) => {
    const cells = [row.dilation, row.span, row.output ? row.field : "–"].map(String);
    const gives = row.output ? `${row.output}×${row.output}` : "nothing";
    return element(
      "tr", { class: row.output ? "" : "impossible" },
      element("th", { scope: "row" }, String(i + 1)),
      ...[...cells, gives].map((text, n) => element("td", { class: kinds[n + 1] }, text)),
    );
  });
  return element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...body));
}

export function drawNote() {
  return element(
    "p", { class: "note" },
    "Two sizes that are often confused: ",
    element("b", { class: "span" }, "one kernel alone"), " spans dilation × (kernel − 1) + 1 cells, 2d + 1 for 3×3; ",
    element("b", { class: "field" }, "a stack"), " adds up what its kernels span beyond one cell. ",
    "Dilations 1, 2, 4 stacked see 3, 7, 15; a single kernel of dilation 4 spans 9.",
  );
}
