// What a pixel sees: its exact window with holes, its neighbour's, and what it listens to.

import { element, radios } from "../kit/dom.js";
import { watchWidth } from "../kit/width.js";
import { buildGraph, find } from "../network/graph.js";
import { drawPhoto } from "../network/photo.js";
import { drawSearch } from "../network/search.js";
import { startNetwork } from "../network/start.js";
import { support } from "../network/supports.js";
import { neighbourInWords, pixelOf, windowInWords } from "../network/windows.js";
import { drawFacts } from "./facts.js";
import { drawHeat } from "./heat.js";
import { drawOutput } from "./output.js";
import { drawProof } from "./proof.js";
import { WIDTHS, drawStrip } from "./strip.js";

/** @param {import("../kit/types").Page} page */
function render(page) {
  const { tie, view, leave } = startNetwork(page, "field", drawExplorer);
  tie.listen(["selected"], () => view()?.showAll());
  tie.listen(["pixel", "show"], () => view()?.showPixel());
  tie.listen(["fields"], () => view()?.showFields());
  tie.listen(["heat"], () => view()?.showHeat());
  tie.listen(["maps"], () => view()?.showMap());
  tie.listen(["paint"], () => view()?.showProof());
  tie.listen(["proof"], () => view()?.answerProof());
  return leave;
}

// The chosen layer and pixel, and how both are chosen.
function stateOf(tie) {
  const trace = tie.get("network");
  const graph = buildGraph(trace);
  const path = () => tie.get("selected");
  const outputOf = (one) => find(graph, one)?.output ?? 0;
  const output = () => outputOf(path());
  const grid = () => trace.operators[output()].grid;
  const pixel = () => pixelOf(tie, trace, output());
  // The same place of the image in another layer.
  const scaled = (to) => {
    const [from, next] = [grid(), trace.operators[outputOf(to)].grid];
    const place = (at, axis) => Math.floor(((at + 0.5) * next[axis]) / from[axis]);
    return pixel().map((at, axis) => Math.min(place(at, axis), next[axis] - 1));
  };
  return {
    trace, graph, path, output, grid, pixel,
    size: trace.operators[0].grid,
    effective: () => tie.get("show") === "effective",
    fieldOf: (one) => tie.get("fields")[one],
    pick: (at) => tie.set({ pixel: at }),
    choose: (to) => tie.set({ selected: to, pixel: scaled(to) }),
    seen: (at) => support(trace, output(), at),
  };
}

/** @param {import("../kit/types").Tie} tie */
function drawExplorer(tie, picture) {
  const state = stateOf(tie);
  const { trace, graph, size, grid, pixel, pick, choose } = state;
  const layers = element("select", { "aria-label": "layer" }, ...layerOptions(graph));
  layers.addEventListener("change", () => choose(layers.value));
  const shows = radios("show", tie.get("shows"), () => tie.get("show"), (show) => tie.set({ show }));
  const photo = drawPhoto(picture(tie.get("photo")), size, {
    grid, pixel, pick, label: "The image: click or drag to choose an output pixel",
  });
  const key = drawKey();
  const facts = drawFacts(tie, state);
  const heat = drawHeat(tie, state, photo.heat, picture);
  const output = drawOutput(tie, state, picture);
  const words = element("p", { class: "words", "aria-live": "polite" });
  const proof = drawProof(tie, state, picture);
  const strip = element("div", { class: "growth" });
  const stripTitle = element("h4", {});
  const parts = [
    element(
      "div", { class: "head" },
      element("b", {}, "What a pixel sees"),
      element("span", { class: "muted" }, [trace.network, tie.get("provenance")].filter(Boolean).join(" · ")),
    ),
    element(
      "div", { class: "tools" },
      element("label", { class: "layer" }, "layer ", layers), drawSearch(graph, choose), shows.group,
    ),
    element(
      "div", { class: "views" },
      element("figure", { class: "big" }, photo.node, key),
      element(
        "div", { class: "beside" },
        output.node, element("div", { class: "numbers" }, facts.node, words, heat.node),
      ),
    ),
    proof.node, stripTitle, strip,
  ];

  const showHeat = () => {
    heat.show();
    facts.show(state.seen(pixel()));
  };
  const showPixel = () => {
    shows.show();
    const seen = state.seen(pixel());
    const beside = neighbourOf(pixel(), grid());
    const neighbour = beside && state.seen(beside);
    const all = { mask: new Uint8Array(size[0] * size[1]).fill(1), count: 0 };
    photo.show(seen.hidden ? all : seen, state.effective() ? null : neighbour);
    photo.shade.hidden = key.hidden = state.effective();
    output.mark();
    const window = windowInWords(state.path(), pixel(), seen, size[0] * size[1]);
    words.textContent = `${window} ${neighbourInWords(seen, neighbour, beside)}`;
    heat.show();
    facts.show(seen);
    proof.show();
    heat.ask();
  };
  let across = WIDTHS[1];
  const showStrip = () =>
    strip.replaceChildren(drawStrip(trace, state.output(), state.path(), state.fieldOf, choose, across));
  const unwatch = watchWidth(strip, WIDTHS, (width) => {
    across = width;
    showStrip();
  });
  const stop = () => {
    unwatch();
    heat.stop();
  };
  const showFields = () => {
    stripTitle.textContent = `How the field grows on the way to ${state.path()}`;
    showStrip();
    facts.show(state.seen(pixel()));
  };
  const showAll = () => {
    layers.value = state.path();
    showPixel();
    showFields();
    output.show();
  };
  return {
    parts, showAll, showPixel, showFields, showHeat, stop,
    showMap: output.show, showProof: proof.show, answerProof: proof.answer,
  };
}

// The pixel to the right, or to the left at the border; none where a row is one pixel wide.
/** @returns {import("../kit/types").Cell | null} */
function neighbourOf(pixel, grid) {
  const [row, column] = pixel;
  if (column + 1 < grid[1]) return [row, column + 1];
  return column > 0 ? [row, column - 1] : null;
}

function drawKey() {
  const entry = (kind, text) => element("span", {}, element("i", { class: kind }), text);
  return element(
    "figcaption", { class: "keys" },
    entry("k-window", "the window of this pixel"),
    entry("k-neighbour", "of its neighbour"),
    entry("k-dim", "not seen"),
  );
}

function layerOptions(graph) {
  const option = (node) => element("option", { value: node.path }, node.path);
  const group = (stage) => {
    const others = stage.children.filter((layer) => layer.path !== stage.path);
    return element("optgroup", { label: stage.path }, option(stage), ...others.map(option));
  };
  return graph.root.children
    .filter((stage) => stage.kind !== "input")
    .map((stage) => (stage.children.length ? group(stage) : option(stage)));
}

export default { render };
