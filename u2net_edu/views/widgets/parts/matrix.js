// The knock-out matrix: a cell makes its cut and shows its map. A column's name sorts by it.

import { element, taken } from "../kit/dom.js";
import { button } from "./panel.js";

const STEPS = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** @param {import("../kit/types").Tie} tie */
export function drawMatrix(tie, { cuts, choose, words }) {
  const { columns = [], rows = [], words: about = "" } = tie.get("matrix");
  let [sorted, falling] = [-1, true];
  const body = element("tbody", {});
  const heads = columns.map((name, at) => {
    const head = element("th", { scope: "col" }, button(name, () => sort(at)));
    return head;
  });
  const table = element(
    "table", { class: "matrix" },
    element("caption", {}, `Each part silenced, each map measured: ${about}. Click a cell to make that cut.`),
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "part"), ...heads)), body,
  );
  const take = (part, name) => {
    cuts.propose([[part, "zero"]]);
    choose(part);
    tie.set({ shown_map: name });
  };
  const cellOf = (part, { text, fill, ink }, at) => {
    const cell = button(text, () => take(part, columns[at]));
    cell.style.cssText = `background: ${fill}; color: ${ink}`;
    cell.setAttribute("aria-label", `${words(part)}, ${columns[at]}: ${text}`);
    return element("td", {}, cell);
  };
  const lines = rows.map(({ part, cells }) => {
    const name = element("th", { scope: "row" }, words(part));
    return { part, cells, node: element("tr", {}, name, ...cells.map((cell, at) => cellOf(part, cell, at))) };
  });
  // A second click on a column turns its order round; the parts that are missed most come first.
  const sort = (at) => {
    falling = sorted === at ? !falling : false;
    sorted = at;
    const order = [...lines].sort((a, b) => a.cells[at].value - b.cells[at].value);
    body.replaceChildren(...(falling ? order.reverse() : order).map(({ node }) => node));
    heads.forEach((head, i) => head.setAttribute("aria-sort", i !== at ? "none" : falling ? "descending" : "ascending"));
    show();
  };
  body.append(...lines.map(({ node }) => node));
  body.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    const cell = event.target instanceof HTMLElement ? event.target.closest("td") : null;
    if (!step || !cell) return;
    taken(event);
    const row = Array.from(body.children).indexOf(/** @type {any} */ (cell.parentNode));
    const to = body.children[row + step[0]]?.children[cell.cellIndex + step[1]]?.querySelector("button");
    to?.focus();
    show(to);
  });
  // One cell alone is reached by the tabulator key; the arrows lead to the others.
  const show = (focus = null) => {
    const all = Array.from(body.querySelectorAll("button"));
    const current = cuts.current();
    for (const { part, node } of lines) {
      const cut = current.length === 1 && current[0][0] === part && current[0][1] === "zero";
      columns.forEach((name, at) => {
        const cell = node.children[at + 1].querySelector("button");
        cell?.setAttribute("aria-pressed", String(cut && tie.get("shown_map") === name));
      });
    }
    const stop = focus ?? all.find((cell) => cell.getAttribute("aria-pressed") === "true") ?? all[0];
    for (const cell of all) cell.setAttribute("tabindex", cell === stop ? "0" : "-1");
  };
  return { node: element("div", { class: "scrolls", hidden: rows.length ? null : "" }, table), show };
}
