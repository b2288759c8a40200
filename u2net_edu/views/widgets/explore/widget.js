// The nested map: fall into a stage, look at a layer, see the window of one of its pixels.
// Shapes, costs and supports come from the trace; Python adds fields, feature maps and times.

import { element, radios } from "../kit/dom.js";
import { find, neighbours, numbersOf, stageAround } from "../network/graph.js";
import { drawMap, paintBy } from "./map.js";
import { drawPhoto } from "../network/photo.js";
import { drawSearch } from "../network/search.js";
import { startNetwork } from "../network/start.js";
import { support } from "../network/supports.js";
import { drawTiles } from "../network/tiles.js";
import { fieldInShort, pixelOf, windowInWords } from "../network/windows.js";
import { exactly, milliseconds, percent, seesInWords, short, times, whatItIs } from "../kit/words.js";

const LENSES = [
  ["role", "role in the U"], ["parameters", "parameters"], ["macs", "MACs"],
  ["bytes", "activation bytes"], ["time", "measured time"], ["field", "field"],
];
const WORD = { parameters: short, macs: short, bytes: (n) => `${short(n)}B`, time: milliseconds, field: (n) => (Number.isFinite(n) ? `${n} px` : "∞") };

function render(page) {
  const { tie, view, leave } = startNetwork(page, "explore", drawExplorer);
  tie.listen(["selected", "opened", "pixel"], () => view()?.showAll());
  tie.listen(["hovered", "lens", "fields", "times"], () => view()?.showMap());
  tie.listen(["lens", "times"], () => view()?.showLens());
  tie.listen(["fields", "times"], () => view()?.showPanel());
  tie.listen(["maps"], () => view()?.showMaps());
  return leave;
}

function drawExplorer(tie, picture) {
  const trace = tie.get("network");
  const photoUrl = picture(tie.get("photo"));
  const fieldOf = (path) => tie.get("fields")[path];
  const secondsOf = (operator) => tie.get("times").seconds?.[operator];

  const choose = (path) => tie.set({ selected: path, opened: openedFor(path) });
  const openedFor = (path) => {
    const stage = stageAround(graph, path);
    if (!stage) return "";
    return stage.path === path && tie.get("opened") !== path ? "" : stage.path;
  };
  const map = drawMap(trace, photoUrl, describeNode, {
    choose,
    open: (path) => tie.set({ selected: path, opened: path }),
    up: () => tie.get("opened") && tie.set({ selected: tie.get("opened"), opened: "" }),
    hover: (path) => tie.get("hovered") !== path && tie.set({ hovered: path }),
  });
  const graph = map.graph;

  function describeNode(node, numbers) {
    return `${node.path}: ${whatItIs(numbers, node)}, output ${times(numbers.shape)}`;
  }

  const crumbs = element("nav", { class: "crumbs", "aria-label": "where you are" });
  const lens = radios("colour by", LENSES, () => tie.get("lens"), (value) => tie.set({ lens: value }));
  const scale = element("span", { class: "scale" });
  const search = drawSearch(graph, choose);
  const panel = element("div", { class: "panel", "aria-live": "polite" });
  const photo = drawPhoto(photoUrl, trace.operators[0].grid, {
    label: "The image: click or drag to choose an output pixel",
    grid: () => trace.operators[chosen().output].grid,
    pixel: () => pixelOf(tie, trace, chosen().output),
    pick: (pixel) => tie.set({ pixel }),
  });
  const sees = element("figcaption", { "aria-live": "polite" });
  const maps = element("div", { class: "maps" });
  const about = element("p", { class: "muted" });
  const parts = [
    element(
      "div", { class: "head" },
      element("b", {}, trace.network), element("span", { class: "muted" }, tie.get("provenance")), search,
    ),
    element("div", { class: "tools" }, crumbs, element("span", { class: "lens" }, "colour by ", lens.group, scale)),
    element("div", { class: "upper" }, element("div", { class: "frame" }, map.svg), panel),
    element(
      "div", { class: "lower" },
      element("figure", { class: "window" }, photo.node, sees),
      element("div", { class: "features" }, about, maps),
    ),
  ];

  const chosen = () => find(graph, tie.get("selected")) ?? find(graph, trace.operators[0].path);
  const valueOf = (node) => {
    const kind = tie.get("lens");
    if (kind === "time") {
      const measured = node.operators.map(secondsOf);
      return measured.every((one) => one === undefined) ? null : measured.reduce((a, b) => a + (b ?? 0), 0);
    }
    if (kind === "field") {
      const field = fieldOf(node.path);
      return !field || field.hidden ? null : (field.size ?? Infinity);
    }
    return numbersOf(graph, { node, output: node.output })[kind];
  };

  const showMap = () =>
    map.show({
      selected: tie.get("selected"), hovered: tie.get("hovered"), opened: tie.get("opened"),
      paint: (drawn) => {
        const kind = tie.get("lens");
        const shades = tie.get("palettes")[kind === "field" ? "field" : "cost"];
        paintBy(kind === "role" ? "role" : { word: WORD[kind] }, drawn, valueOf, shades);
      },
    });
  const showLens = () => {
    lens.show();
    const kind = tie.get("lens");
    const shades = tie.get("palettes")[kind === "field" ? "field" : "cost"];
    scale.hidden = kind === "role";
    const unmeasured = kind === "time" && !tie.get("times").machine && !tie.live();
    const machine = unmeasured ? "no times were measured" : kind === "time" ? tie.get("times").machine : "";
    scale.replaceChildren("none ", element("i", { style: `background: linear-gradient(to right, ${shades.join(",")})` }), " most on this level", machine ? ` · ${machine}` : "");
  };

  const showPanel = () => {
    const found = chosen();
    const { node, operator, output } = found;
    const numbers = numbersOf(graph, found);
    const path = tie.get("selected");
    const single = operator === undefined ? undefined : trace.operators[operator];
    const title = whatItIs(numbers, node, single);
    const links = operator === undefined ? neighbours(graph, node) : operatorNeighbours(trace, operator);
    const field = fieldOf(path);
    const measured = (operator === undefined ? node.operators : [operator]).map(secondsOf);
    const time = measured.some((one) => one !== undefined) ? measured.reduce((a, b) => a + (b ?? 0), 0) : null;
    const facts = [
      ["in", numbers.inputs.map(times).join(" and ") || "–"],
      ["out", times(numbers.shape)],
      ["parameters", exactly(numbers.parameters)],
      ["MACs", `${short(numbers.macs)} (${percent(numbers.share)} of all)`],
      ["activations", `${short(numbers.bytes)}B`],
      ["field", fieldInShort(field, tie.live())],
      ...(time === null ? [] : [["time", milliseconds(time)]]),
    ];
    panel.replaceChildren(
      element("h3", {}, path, element("small", {}, title)),
      element("dl", {}, ...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)])),
      ...(node.children.length ? [] : [drawSteps(node, single)]),
      chips("fed by", "feeds", links.sources), chips("feeds", "fed", links.targets),
      element("p", { class: "words" }, sentence(path, title, numbers, field)),
    );
  };
  const chips = (word, kind, paths) =>
    element("p", { class: "chips" }, element("span", { class: `muted ${paths.length ? kind : ""}` }, paths.length ? word : ""), ...paths.map((path) => chip(path, path)));
  const chip = (path, text, current = false) => {
    const button = element("button", { "data-to": path, "aria-pressed": String(current) }, text);
    button.addEventListener("click", () => choose(path));
    button.addEventListener("pointerenter", () => tie.set({ hovered: path }));
    button.addEventListener("pointerleave", () => tie.set({ hovered: "" }));
    return button;
  };
  // The operators of a layer, in the order in which they run.
  const drawSteps = (node, single) =>
    element(
      "p", { class: "chips steps" },
      ...node.operators.slice(0, 24).map((i) => {
        const { path, kind } = trace.operators[i];
        return chip(path, path.startsWith(`${node.path}.`) ? path.slice(node.path.length + 1) : kind, single?.path === path);
      }),
    );

  const showCrumbs = () => {
    const path = tie.get("selected");
    const trail = [["", trace.network]];
    const stage = stageAround(graph, path);
    const { node, operator } = chosen();
    if (stage) trail.push([stage.path, stage.path]);
    if (node !== stage && node !== graph.root) trail.push([node.path, node.name]);
    if (operator !== undefined && path !== node.path) trail.push([path, path.split(".").at(-1)]);
    crumbs.replaceChildren(
      ...trail.flatMap(([to, text], i) => {
        const button = element("button", { "aria-current": i === trail.length - 1 ? "location" : null }, text);
        button.addEventListener("click", () =>
          to ? tie.set({ selected: to, opened: stage?.path ?? "" }) : tie.set({ opened: "", selected: stage?.path ?? path }),
        );
        return i ? [element("span", { "aria-hidden": "true" }, "›"), button] : [button];
      }),
    );
  };

  const showWindow = () => {
    const { output } = chosen();
    const pixel = pixelOf(tie, trace, output);
    const seen = support(trace, output, pixel);
    const [height, width] = trace.operators[0].grid;
    const shown = seen.hidden ? { mask: new Uint8Array(height * width).fill(1), count: 0 } : seen;
    photo.show(shown);
    sees.textContent = windowInWords(tie.get("selected"), pixel, seen, height * width);
  };
  const showMaps = () => {
    const found = tie.get("maps");
    if (!found.path || found.path !== tie.get("selected")) {
      const waiting = tie.live() ? "…" : "are not here: only Python can compute them.";
      about.textContent = found.error ?? `Feature maps of ${tie.get("selected")} ${waiting}`;
      maps.replaceChildren();
      return;
    }
    about.replaceChildren(found.shown, " ", element("i", { class: "bar", style: `background: ${found.gradient}` }), ` ${found.legend}`);
    maps.replaceChildren(...drawTiles(found, picture(found.png)));
  };
  const showAll = () => {
    showMap();
    showLens();
    showCrumbs();
    showPanel();
    showWindow();
    showMaps();
  };
  return { parts, showAll, showMap, showLens, showPanel, showMaps, stop: map.stop };
}

function sentence(path, title, numbers, field) {
  const into = numbers.inputs.map(times).join(" and ");
  return (
    `${path}: ${title}${into ? `, ${into} to ${times(numbers.shape)}` : `, ${times(numbers.shape)}`}; ` +
    `${exactly(numbers.parameters)} parameters, ${exactly(numbers.macs)} MACs. ${seesInWords(field)}`
  );
}

function operatorNeighbours(trace, position) {
  const { operators } = trace;
  const targets = operators.filter((operator) => operator.inputs.includes(position));
  return {
    sources: operators[position].inputs.map((i) => operators[i].path),
    targets: targets.map((operator) => operator.path),
  };
}

export default { render };
