// What one cell reads through a stack of convolutions: the maps from above, the taps lit, and the
// same stack from the side. taps.js does the arithmetic; nothing here needs the kernel.

import { element, keepKeys, mount, radios, slider, taken } from "./dom.js";
import { LIMITS, geometry, paddingOf, positions, support } from "./taps.js";

const SETTINGS = ["kernel", "stride", "padding", "layers", "size"];
const EXAMPLES = [
  ["3×3", { kernel: 3, stride: 1, padding: "same", layers: [1], size: 17 }],
  ["dilation 2", { kernel: 3, stride: 1, padding: "same", layers: [2], size: 17 }],
  ["stack of 1, 2, 4", { kernel: 3, stride: 1, padding: "same", layers: [1, 2, 4], size: 17 }],
  ["stack of 2, 2, 2", { kernel: 3, stride: 1, padding: "same", layers: [2, 2, 2], size: 17 }],
  ["pixels nobody reads", { kernel: 3, stride: 2, padding: "same", layers: [2], size: 17 }],
  ["dilation 8 on 10×10", { kernel: 3, stride: 1, padding: "same", layers: [8], size: 10 }],
];

// The maps, from above

function gridPath(from, to) {
  let d = "";
  for (let i = from; i <= to; i++) d += `M${i} ${from}V${to}M${from} ${i}H${to}`;
  return d;
}

// One map as a grid of unit cells with its padding around it.
function drawGrid(size, before, after) {
  const [low, high] = [-before, size + after];
  const lit = element("g", { class: "lit" });
  const svg = element(
    "svg",
    { viewBox: `${low - 0.1} ${low - 0.1} ${high - low + 0.2} ${high - low + 0.2}`, role: "img" },
    element("path", { class: "padding", d: gridPath(low, high) }),
    element("rect", { class: "paper", x: 0, y: 0, width: size, height: size }),
    lit,
    element("path", { class: "lines", d: gridPath(0, size) }),
  );
  const cellAt = (event) => {
    const box = svg.getBoundingClientRect();
    const place = (at, from, extent) =>
      Math.floor(((at - from) / extent) * (high - low + 0.2) + low - 0.1);
    const row = place(event.clientY, box.top, box.height);
    const column = place(event.clientX, box.left, box.width);
    const inside = row >= 0 && column >= 0 && row < size && column < size;
    return inside ? [row, column] : null;
  };
  return { svg, lit, size, cellAt };
}

function square(row, column, kind, strength = 1) {
  const inset = kind === "chosen" ? 0.06 : 0;
  return element("rect", {
    class: kind,
    x: column + inset,
    y: row + inset,
    width: 1 - 2 * inset,
    height: 1 - 2 * inset,
    opacity: strength,
  });
}

function cross(row, column) {
  const [x, y] = [column + 0.28, row + 0.28];
  return `M${x} ${y}l.44 .44M${x + 0.44} ${y}l-.44 .44`;
}

// Lights in one map what the shown cell reads there: `rows` and `columns` are index → ways.
function light(grid, rows, columns, touched) {
  const most = Math.max(...rows.values()) * Math.max(...columns.values());
  const marks = [];
  const [top, bottom] = [Math.min(...rows.keys()), Math.max(...rows.keys())];
  const [left, right] = [Math.min(...columns.keys()), Math.max(...columns.keys())];
  for (const [row, down] of rows)
    for (const [column, across] of columns)
      marks.push(square(row, column, "tap", 0.35 + (0.65 * down * across) / most));
  const window = { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
  if (rows.size) marks.push(element("rect", { class: "window", ...window }));
  let crosses = "";
  if (touched)
    for (let row = 0; row < grid.size; row++)
      for (let column = 0; column < grid.size; column++)
        if (!touched.has(row) || !touched.has(column)) crosses += cross(row, column);
  if (crosses) marks.push(element("path", { class: "untouched", d: crosses }));
  grid.lit.replaceChildren(...marks);
}

// The stack, from the side: one row of every map, the output on top

function drawSide(rows, sizes, shown) {
  const places = positions(rows);
  const lowest = Math.min(...rows.map((row, i) => places[i][1] - row.before * places[i][0]));
  const highest = Math.max(
    ...rows.map((row, i) => places[i][1] + (row.input - 1 + row.after) * places[i][0]),
  );
  const [left, right, step] = [62, 402, 54];
  const unit = (right - left) / (highest - lowest + 1);
  const x = (map, index) => left + (places[map][1] + index * places[map][0] - lowest + 0.5) * unit;
  const y = (map) => 16 + (rows.length - map) * step;
  const reads = support(rows, shown.map, shown.column);
  const height = y(0) + 26 + rows.length * 22;
  const svg = element("svg", {
    class: "side",
    viewBox: `0 0 540 ${height}`,
    role: "img",
    "aria-label": "The stack from the side: one row of each map, and the taps between them.",
  });
  const spine = [];
  spine[shown.map] = shown.column;
  for (let map = shown.map; map > 0; map--) {
    const { kernel, stride, dilation, before, input } = rows[map - 1];
    const middle = Math.floor((kernel - 1) / 2) * dilation;
    spine[map - 1] = Math.min(Math.max(spine[map] * stride - before + middle, 0), input - 1);
  }
  for (let map = shown.map; map > 0; map--) drawTaps(map);
  for (let map = 0; map <= rows.length; map++) drawCells(map);
  for (let map = 1; map <= shown.map; map++) drawNumbers(map);
  return svg;

  function drawTaps(map) {
    const { kernel, stride, dilation, before, input } = rows[map - 1];
    for (const cell of reads[map].keys())
      for (let tap = 0; tap < kernel; tap++) {
        const at = cell * stride - before + tap * dilation;
        const kind = cell === spine[map] ? "alone" : "wire";
        const outside = at < 0 || at >= input;
        if (outside && kind === "wire") continue;
        const d = `M${x(map, cell)} ${y(map)}L${x(map - 1, at)} ${y(map - 1)}`;
        svg.append(element("path", { class: outside ? `${kind} outside` : kind, d }));
        if (outside)
          svg.append(
            element("circle", { class: "outside", cx: x(map - 1, at), cy: y(map - 1), r: 3.5 }),
          );
      }
  }

  function drawCells(map) {
    const radius = Math.min(6, Math.max(2.2, unit * 0.34));
    const name = map === 0 ? "input" : map === rows.length ? "output" : `layer ${map}`;
    svg.append(element("text", { class: "name", x: 52, y: y(map) + 4, "text-anchor": "end" }, name));
    for (let index = 0; index < sizes[map]; index++) {
      const kind = !reads[map]?.has(index) ? "cell" : map === shown.map ? "cell chosen" : "cell read";
      svg.append(element("circle", { class: kind, cx: x(map, index), cy: y(map), r: radius }));
    }
  }

  // The kernel alone, beside its taps; what the stack sees, as a bar below the input.
  function drawNumbers(map) {
    const { span, field } = rows[map - 1];
    const between = (y(map) + y(map - 1)) / 2 + 4;
    const sees = map === 1 ? "1 layer sees" : `stack of ${map} sees`;
    svg.append(element("text", { class: "span", x: 412, y: between }, `1 kernel alone: ${span}`));
    const top = y(0) + 14 + (map - 1) * 22;
    const centre = x(map, spine[map]);
    svg.append(
      element("rect", {
        class: "field",
        x: centre - (field * unit) / 2,
        y: top,
        width: field * unit,
        height: 13,
        rx: 3,
        opacity: 0.4 + (0.6 * map) / rows.length,
      }),
      element("text", { class: "field", x: 412, y: top + 11 }, `${sees} ${field}`),
    );
  }
}

// In words

const list = (word, numbers) => {
  const all = [...numbers].sort((a, b) => a - b);
  return `${word}${all.length === 1 ? "" : "s"} ${enumerate(all)}`;
};

const enumerate = (all) => {
  if (!all.length) return "none";
  const step = all[1] - all[0];
  const regular = all.every((n, i) => !i || n - all[i - 1] === step);
  if (all.length > 4 && regular)
    return step === 1 ? `${all[0]}–${all.at(-1)}` : `${all[0]}, ${all[1]}, … ${all.at(-1)}`;
  return all.join(", ");
};

function describe(settings, found, shown, { explain, plain }) {
  const { kernel, stride, layers, size } = settings;
  const stack = layers.length > 1;
  const { rows, sizes, untouched } = found;
  const what = stack
    ? `A stack of ${layers.length} ${kernel}×${kernel} kernels with dilations ${layers.join(", ")}`
    : `One ${kernel}×${kernel} kernel${plain ? "" : ` with dilation ${layers[0]}`}`;
  const strides = stride > 1 ? `, stride ${stride}${stack ? " each" : ""}` : "";
  const output = `${what}${strides} turns ${size}×${size} into ${sizes.at(-1)}×${sizes.at(-1)}.`;
  const down = support(rows, shown.map, shown.row)[0];
  const across = support(rows, shown.map, shown.column)[0];
  const name = shown.map === rows.length ? "Output cell" : `Cell of layer ${shown.map}`;
  const count = down.size * across.size;
  const reads =
    `${name} (${shown.row}, ${shown.column}) reads ${count} input ` +
    `${count === 1 ? "pixel" : "pixels"}: ${list("row", down.keys())}; ${list("column", across.keys())}.`;
  const field = stack
    ? `The stack sees ${rows.at(-1).field} pixels across; its kernels alone span ${rows.map((row) => row.span).join(", ")}.`
    : `The kernel spans ${rows[0].span} pixels.`;
  const never = untouched
    ? `${untouched} of ${size * size} input pixels are read by no output cell.`
    : "Every input pixel is read by some output cell.";
  return [output, ...(explain ? [field] : []), reads, never].join(" ");
}

function drawTable(rows, problem, onDilation) {
  const words = ["layer", "dilation", "this kernel alone spans", "the stack so far sees", "gives"];
  const kinds = ["", "", "span", "field", ""];
  const heads = words.map((word, i) => element("th", { scope: "col", class: kinds[i] }, word));
  const body = rows.map((row, i) => {
    const failed = !row.output;
    const dial = slider(`dilation of layer ${i + 1}`, {
      min: LIMITS.dilation[0],
      max: LIMITS.dilation[1],
      value: row.dilation,
      change: (value) => onDilation(i, value),
    });
    return element(
      "tr", { class: failed ? "impossible" : "" },
      element("th", { scope: "row" }, String(i + 1)),
      element("td", {}, dial.node),
      element("td", { class: "span" }, String(row.span)),
      element("td", { class: "field" }, failed ? "–" : String(row.field)),
      element("td", {}, failed ? "nothing" : `${row.output}×${row.output}`),
    );
  });
  return element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...body));
}

function render({ model, el }) {
  const tie = mount(model, el, "dilation");
  const settings = () => Object.fromEntries(SETTINGS.map((name) => [name, tie.get(name)]));
  let hovered = null;
  let found = null;
  let grids = [];

  const change = (changes) => tie.set(changes);
  const dials = Object.fromEntries(
    [["kernel", (n) => `${n}×${n}`], ["stride", String], ["size", (n) => `${n}×${n}`]].map(
      ([name, word]) => [
        name,
        slider(name === "size" ? "input" : name, {
          min: LIMITS[name][0], max: LIMITS[name][1], value: tie.get(name), word,
          change: (value) => change({ [name]: value }),
        }),
      ],
    ),
  );
  const pads = () => tie.get("layers").map((d) => paddingOf("same", tie.get("kernel"), d)[0]);
  const usual = () => Math.min(pads()[0], LIMITS.padding[1]);
  dials.padding = slider("padding", {
    min: LIMITS.padding[0], max: LIMITS.padding[1], value: 0,
    word: (n) => (tie.get("padding") === "same" ? pads().join(", ") : String(n)),
    change: (value) => change({ padding: value }),
  });
  dials.layers = slider("layers", {
    min: LIMITS.layers[0], max: LIMITS.layers[1], value: tie.get("layers").length,
    change: (count) => {
      const layers = tie.get("layers").slice(0, count);
      while (layers.length < count) layers.push(Math.min(2 * layers.at(-1), LIMITS.dilation[1]));
      change({ layers });
    },
  });
  const same = element("button", { "aria-pressed": "false" }, "same");
  same.addEventListener("click", () =>
    change({ padding: tie.get("padding") === "same" ? usual() : "same" }),
  );
  const matches = ([, preset]) =>
    SETTINGS.every((name) => JSON.stringify(preset[name]) === JSON.stringify(tie.get(name)));
  const examples = radios(
    "examples",
    EXAMPLES.map(([name]) => [name, name]),
    () => EXAMPLES.find(matches)?.[0],
    (name) => change(EXAMPLES.find(([candidate]) => candidate === name)[1]),
  );
  const alert = element("p", { class: "message", role: "alert" });
  const words = element("p", { class: "words", "aria-live": "polite" });
  const maps = element("div", { class: "maps" });
  const legend = element(
    "p", { class: "legend", "aria-hidden": "true" },
    key("tap", "read by the cell; stronger: in more ways"),
    key("hole", "in its window, not read"),
    key("untouched", "read by no output cell"),
    key("pad", "padding, not image"),
  );
  const side = element("div", { class: "section" });
  const numbers = element("div", { class: "numbers" });
  const note = element(
    "p", { class: "note" },
    "Two sizes that are often confused: ",
    element("b", { class: "span" }, "one kernel alone"), " spans dilation × (kernel − 1) + 1 cells, 2d + 1 for 3×3; ",
    element("b", { class: "field" }, "a stack"), " adds up what its kernels span beyond one cell. ",
    "Dilations 1, 2, 4 stacked see 3, 7, 15; a single kernel of dilation 4 spans 9.",
  );
  const manner = () => ({ explain: tie.get("explain"), plain: tie.get("plain") });
  tie.root.append(
    element("div", { class: "head" }, element("b", {}, "What one cell reads"), examples.group),
    element(
      "div", { class: "dials" },
      element("span", { class: "stacked" }, dials.layers.node), dials.kernel.node, dials.stride.node,
      element("span", { class: "pair" }, dials.padding.node, same), dials.size.node,
    ),
    alert, maps, legend, words,
    element("div", { class: "lower" }, side, element("div", { class: "right" }, numbers, note)),
  );

  const current = () => {
    const last = found.rows.length;
    const [row, column] = tie.get("cell").map((at) => Math.min(Math.max(at, 0), found.sizes[last] - 1));
    return { map: last, row, column };
  };
  const showCell = () => {
    if (found.problem) return;
    const shown = hovered ?? current();
    const down = support(found.rows, shown.map, shown.row);
    const across = support(found.rows, shown.map, shown.column);
    grids.forEach((grid, map) => {
      if (map > shown.map) grid.lit.replaceChildren();
      else if (map === shown.map) grid.lit.replaceChildren(square(shown.row, shown.column, "chosen"));
      else light(grid, down[map], across[map], map ? null : found.touched);
    });
    side.replaceChildren(drawSide(found.rows, found.sizes, shown));
    words.textContent = describe(settings(), found, shown, manner());
    const output = grids.at(-1).svg;
    output.setAttribute("aria-label", words.textContent);
  };
  const showSettings = () => {
    hovered = null;
    const now = settings();
    found = geometry(now);
    const { rows, sizes, problem } = found;
    for (const name of ["kernel", "stride", "size"]) dials[name].show(now[name]);
    dials.layers.show(now.layers.length);
    dials.padding.show(now.padding === "same" ? usual() : now.padding);
    same.setAttribute("aria-pressed", String(now.padding === "same"));
    examples.show();
    const { explain, plain } = manner();
    alert.textContent = explain ? problem : problem.replace(/spans \d+ pixels, but/, "does not fit:");
    tie.root.classList.toggle("unexplained", !explain);
    tie.root.classList.toggle("plain", plain);
    tie.root.classList.toggle("impossible", Boolean(problem));
    for (const name of ["kernel", "padding"]) dials[name].node.classList.toggle("wrong", Boolean(problem));
    legend.hidden = words.hidden = Boolean(problem);
    const held = numbers.contains(document.activeElement)
      ? [...numbers.querySelectorAll("input")].indexOf(document.activeElement)
      : -1;
    numbers.replaceChildren(
      drawTable(rows, problem, (i, value) =>
        change({ layers: tie.get("layers").map((dilation, j) => (j === i ? value : dilation)) }),
      ),
    );
    numbers.querySelectorAll("input")[held]?.focus();
    grids = sizes.map((size, map) => drawGrid(size, rows[map]?.before ?? 0, rows[map]?.after ?? 0));
    maps.replaceChildren(...grids.flatMap((grid, map) => figure(grid, map)));
    side.replaceChildren();
    showCell();
  };
  const figure = (grid, map) => {
    const { rows, sizes } = found;
    const [size, row] = [sizes[map], rows[map]];
    const cells = size + (row ? row.before + row.after : 0);
    const name = map === 0 ? "input" : map === rows.length ? "output" : `after layer ${map}`;
    const caption = element("figcaption", {}, element("b", {}, name), " ", size ? element("span", {}, `${size}×${size}`) : "");
    const node = element(
      "figure", { style: `flex: ${cells} 1 ${cells * 5}px; max-width: ${cells * 19}px` },
      size ? grid.svg : element("div", { class: "nothing" }, "no room for a single cell"),
      caption,
    );
    if (map > 0 && size) wire(grid, map);
    if (!row) return [node];
    const arrow = element(
      "div", { class: `arrow${row.output ? "" : " wrong"}`, "aria-hidden": "true" },
      element("span", {}, `${row.kernel}×${row.kernel}`),
      element("span", { class: "tip" }, "⟶"),
      element("span", { class: "dilated" }, `dilation ${row.dilation}`),
      row.stride > 1 ? element("span", {}, `stride ${row.stride}`) : "",
    );
    return [node, arrow];
  };
  const wire = (grid, map) => {
    const last = map === found.rows.length;
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
    if (!last) return;
    grid.svg.classList.add("output");
    grid.svg.setAttribute("tabindex", "0");
    keepKeys(grid.svg);
    grid.svg.setAttribute("role", "application");
    grid.svg.setAttribute("aria-roledescription", "output map, arrow keys move the cell");
    grid.svg.addEventListener("click", (event) => {
      const at = grid.cellAt(event);
      if (at) change({ cell: at });
    });
    grid.svg.addEventListener("keydown", (event) => {
      const { row, column } = current();
      const to = {
        ArrowRight: [row, column + 1], ArrowLeft: [row, column - 1],
        ArrowUp: [row - 1, column], ArrowDown: [row + 1, column],
        Home: [0, 0], End: [grid.size - 1, grid.size - 1],
      }[event.key];
      if (!to) return;
      taken(event);
      hovered = null;
      change({ cell: to.map((at) => Math.min(Math.max(at, 0), grid.size - 1)) });
    });
  };

  let waiting = false; // several settings that change together are drawn once
  const later = () => {
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => {
      waiting = false;
      showSettings();
    });
  };
  tie.listen([...SETTINGS, "explain", "plain"], later);
  tie.listen(["cell"], () => found && showCell());
  tie.listen(["message"], () => (alert.textContent = tie.get("message")));
  showSettings();
  return tie.leave;

  function key(kind, text) {
    return element("span", {}, element("i", { class: kind }), text);
  }
}

export default { render };
