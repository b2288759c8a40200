// The maps in a row, from the input to the output: the mouse shows what any cell reads, and on the
// output a cell is chosen.

import { drawGrid, light, markChosen } from "./maps.js";
import { clampTo } from "./state.js";
import { element, keepKeys, taken } from "../kit/dom.js";

// `onCell`: what is called when another cell is looked at.
export function drawMapRow(tie, state, onCell) {
  const node = element("div", { class: "maps" });
  let grids = [];

  const renew = () => {
    const found = state.found();
    grids = found.sizes.map((size, map) => drawGrid(size, found.rows[map]?.before ?? 0, found.rows[map]?.after ?? 0));
    node.replaceChildren(...grids.flatMap((grid, map) => figureOf(found, grid, map)));
    grids.forEach((grid, map) => map > 0 && grid.size && followMouse(grid, map, state, onCell));
    if (!found.problem) chooseOn(grids.at(-1), tie, state);
  };
  // `reads`: along each axis, what the cell reads on every map and on its padding.
  const showCell = (shown, reads) =>
    grids.forEach((grid, map) => {
      const [down, across] = reads.map(({ maps, padded }) => ({ read: maps[map], padded: padded[map] }));
      if (map > shown.map) grid.lit.replaceChildren();
      else if (map === shown.map) markChosen(grid, shown.row, shown.column);
      else light(grid, down, across, map ? null : state.found().touched);
    });
  const nameOutput = (words) => grids.at(-1).svg.setAttribute("aria-label", words);
  return { node, renew, showCell, nameOutput };
}

function followMouse(grid, map, state, onCell) {
  grid.svg.addEventListener("pointermove", (event) => {
    const at = grid.cellAt(event);
    if (at && state.hover({ map, row: at[0], column: at[1] })) onCell();
  });
  grid.svg.addEventListener("pointerleave", () => state.hover(null) && onCell());
}

// On the output a cell is chosen, by a click or by arrow keys.
function chooseOn({ svg, size, cellAt }, tie, state) {
  svg.classList.add("output");
  svg.setAttribute("tabindex", "0");
  svg.setAttribute("role", "application");
  svg.setAttribute("aria-roledescription", "output map, arrow keys move the cell");
  keepKeys(svg);
  svg.addEventListener("click", (event) => {
    const at = cellAt(event);
    if (at) tie.set({ cell: at });
  });
  svg.addEventListener("keydown", (event) => {
    const to = walk(event.key, state.chosen(), size);
    if (!to) return;
    taken(event);
    state.hover(null);
    tie.set({ cell: to.map((at) => clampTo(at, size)) });
  });
}

const walk = (key, { row, column }, size) =>
  ({
    ArrowRight: [row, column + 1], ArrowLeft: [row, column - 1],
    ArrowUp: [row - 1, column], ArrowDown: [row + 1, column],
    Home: [0, 0], End: [size - 1, size - 1],
  })[key];

// A map with its name, and the layer that leads from it to the next.
function figureOf({ rows, sizes }, grid, map) {
  const [size, row] = [sizes[map], rows[map]];
  const cells = size + (row ? row.before + row.after : 0);
  const name = map === 0 ? "input" : map === rows.length ? "output" : `after layer ${map}`;
  const by = size ? element("span", {}, `${size}×${size}`) : "";
  const node = element(
    "figure", { style: `flex: ${cells} 1 ${cells * 5}px; max-width: ${cells * 19}px` },
    size ? grid.svg : element("div", { class: "nothing" }, "no room for a single cell"),
    element("figcaption", {}, element("b", {}, name), " ", by),
  );
  if (!row) return [node];
  const arrow = element(
    "div", { class: `arrow${row.output ? "" : " wrong"}`, "aria-hidden": "true" },
    element("span", {}, `${row.kernel}×${row.kernel}`),
    element("span", { class: "tip" }, "⟶"),
    element("span", { class: "dilated" }, `dilation ${row.dilation}`),
    row.stride > 1 ? element("span", {}, `stride ${row.stride}`) : "",
  );
  return [node, arrow];
}
