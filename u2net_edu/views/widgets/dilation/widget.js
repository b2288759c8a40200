// What one cell reads through a stack of convolutions: the maps from above, the taps lit, and the
// same stack from the side. taps.js does the arithmetic; nothing here needs the kernel.

import { SETTINGS, dialRow, exampleButtons } from "./dials.js";
import { drawGrid, light, markChosen } from "./maps.js";
import { drawSide } from "./side.js";
import { describe, nameOf, reachInWords } from "./words.js";
import { element, keepKeys, mount, taken } from "../kit/dom.js";
import { follow, geometry } from "./taps.js";

function render({ model, el }) {
  const tie = mount(model, el, "dilation", { alone: true });
  const view = drawExplorer(tie);
  tie.listen([...SETTINGS, "explain", "plain"], view.showSettings);
  tie.listen(["cell"], view.showCell);
  tie.listen(["message"], view.showMessage);
  view.showSettings();
  return tie.leave;
}

function drawExplorer(tie) {
  let found = null; // the geometry of these settings
  let grids = [];
  let hovered = null; // the cell under the mouse: { map, row, column }

  const examples = exampleButtons(tie);
  const dials = dialRow(tie);
  const alert = element("p", { class: "message", role: "alert" });
  const maps = element("div", { class: "maps" });
  const legend = drawLegend();
  const words = element("p", { class: "words", "aria-live": "polite" });
  const fold = drawFold(() => showCell());
  const side = element("div", { class: "section" });
  const numbers = element("div", { class: "numbers" });
  tie.root.append(
    element("div", { class: "head" }, element("b", {}, "What one cell reads"), examples.group),
    dials.node, alert, maps, legend, words, fold.node,
    element("div", { class: "lower" }, side, element("div", { class: "right" }, numbers, drawNote())),
  );

  const chosen = () => {
    const map = found.rows.length;
    const [row, column] = tie.get("cell").map((at) => clampTo(at, found.sizes[map]));
    return { map, row, column };
  };
  const showCell = () => {
    if (found.problem) return;
    const shown = hovered ?? chosen();
    const [down, across] = [shown.row, shown.column].map((at) => follow(found.rows, shown.map, at));
    grids.forEach((grid, map) => {
      const axes = [down, across].map(({ maps: read, padded }) => ({ read: read[map], padded: padded[map] }));
      if (map > shown.map) grid.lit.replaceChildren();
      else if (map === shown.map) markChosen(grid, shown.row, shown.column);
      else light(grid, axes[0], axes[1], map ? null : found.touched);
    });
    side.replaceChildren(drawSide(found.rows, found.sizes, shown));
    showWords(shown, { down, across });
  };
  const showWords = (shown, reads) => {
    const explain = tie.get("explain");
    const { told, counted } = describe(settingsOf(tie), found, shown, reads, tie.get("plain"));
    words.textContent = explain
      ? [told, reachInWords(found), counted].join(" ")
      : `${told} ${nameOf(found, shown)} is lit: count what it reads.`;
    fold.show(explain ? null : counted);
    grids.at(-1).svg.setAttribute("aria-label", words.textContent);
  };

  const showSettings = () => {
    hovered = null;
    found = geometry(settingsOf(tie), tie.get("limits"));
    const { rows, sizes, problem } = found;
    examples.show();
    dials.show(Boolean(problem));
    tie.root.classList.toggle("unexplained", !tie.get("explain"));
    tie.root.classList.toggle("plain", tie.get("plain"));
    tie.root.classList.toggle("impossible", Boolean(problem));
    showMessage();
    legend.hidden = words.hidden = Boolean(problem);
    fold.show(null);
    numbers.replaceChildren(drawTable(rows));
    grids = sizes.map((size, map) => drawGrid(size, rows[map]?.before ?? 0, rows[map]?.after ?? 0));
    maps.replaceChildren(...grids.flatMap((grid, map) => figureOf(found, grid, map)));
    grids.forEach((grid, map) => map > 0 && grid.size && followMouse(grid, map));
    if (!problem) walkable(grids.at(-1));
    side.replaceChildren();
    showCell();
  };
  const showMessage = () => {
    const { problem } = found;
    const said = tie.get("explain") ? problem : problem.replace(/spans \d+ pixels, but/, "does not fit:");
    alert.textContent = said || tie.get("message");
  };

  const followMouse = (grid, map) => {
    grid.svg.addEventListener("pointermove", (event) => {
      const at = grid.cellAt(event);
      if (!at || (hovered?.map === map && hovered.row === at[0] && hovered.column === at[1])) return;
      hovered = { map, row: at[0], column: at[1] };
      showCell();
    });
    grid.svg.addEventListener("pointerleave", () => {
      hovered = null;
      showCell();
    });
  };
  // On the output a cell is chosen, by a click or by arrow keys.
  const walkable = (grid) => {
    const { svg, size } = grid;
    svg.classList.add("output");
    svg.setAttribute("tabindex", "0");
    svg.setAttribute("role", "application");
    svg.setAttribute("aria-roledescription", "output map, arrow keys move the cell");
    keepKeys(svg);
    svg.addEventListener("click", (event) => {
      const at = grid.cellAt(event);
      if (at) tie.set({ cell: at });
    });
    svg.addEventListener("keydown", (event) => {
      const { row, column } = chosen();
      const to = {
        ArrowRight: [row, column + 1], ArrowLeft: [row, column - 1],
        ArrowUp: [row - 1, column], ArrowDown: [row + 1, column],
        Home: [0, 0], End: [size - 1, size - 1],
      }[event.key];
      if (!to) return;
      taken(event);
      hovered = null;
      tie.set({ cell: to.map((at) => clampTo(at, size)) });
    });
  };
  return { showCell, showSettings, showMessage };
}

const settingsOf = (tie) => Object.fromEntries(SETTINGS.map((name) => [name, tie.get(name)]));
const clampTo = (at, size) => Math.min(Math.max(at, 0), size - 1);

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

function drawLegend() {
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

// What an exercise asks for, in words: there for anyone who opens it, and not in the page before.
function drawFold(onOpen) {
  const summary = element("summary", {}, "Counted? Compare: what this cell reads, in words");
  const text = element("p", { class: "counted" });
  const node = element("details", { class: "fold" }, summary, text);
  node.addEventListener("toggle", onOpen);
  const show = (words) => {
    node.hidden = words === null;
    text.textContent = node.open && words ? words : "";
  };
  return { node, show };
}

function drawTable(rows) {
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

function drawNote() {
  return element(
    "p", { class: "note" },
    "Two sizes that are often confused: ",
    element("b", { class: "span" }, "one kernel alone"), " spans dilation × (kernel − 1) + 1 cells, 2d + 1 for 3×3; ",
    element("b", { class: "field" }, "a stack"), " adds up what its kernels span beyond one cell. ",
    "Dilations 1, 2, 4 stacked see 3, 7, 15; a single kernel of dilation 4 spans 9.",
  );
}

export default { render };
