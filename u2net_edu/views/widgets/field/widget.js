// What a pixel sees: its exact window with holes, its neighbour's, and what it listens to.

import { element, radios } from "../kit/dom.js";
import { buildGraph, find } from "../network/graph.js";
import { drawSearch } from "../network/search.js";
import { drawPhoto } from "../network/photo.js";
import { startNetwork } from "../network/start.js";
import { drawStrip } from "./strip.js";
import { support } from "../network/supports.js";
import { fieldInShort, neighbourInWords, pixelOf, windowInWords } from "../network/windows.js";

const SHOWS = [["window", "what it can see"], ["effective", "what it listens to"]];
const PAUSE = 250; // milliseconds without a move before Python is asked for a gradient

function render(page) {
  const { tie, view, leave } = startNetwork(page, "field", drawExplorer);
  tie.listen(["selected"], () => view()?.showAll());
  tie.listen(["pixel", "show"], () => view()?.showPixel());
  tie.listen(["fields"], () => view()?.showFields());
  tie.listen(["heat"], () => view()?.showHeat());
  tie.listen(["maps"], () => view()?.showMap());
  return leave;
}

function drawExplorer(tie, picture) {
  const trace = tie.get("network");
  const graph = buildGraph(trace);
  const size = trace.operators[0].grid;
  const photoUrl = picture(tie.get("photo"));
  const output = () => find(graph, tie.get("selected"))?.output ?? 0;
  const grid = () => trace.operators[output()].grid;
  const pixel = () => pixelOf(tie, trace, output());
  const pick = (at) => tie.set({ pixel: at });
  const choose = (path) => tie.set({ selected: path, pixel: scaled(path) });
  // The same place of the image in another layer.
  const scaled = (path) => {
    const next = trace.operators[find(graph, path).output].grid;
    return pixel().map((at, axis) => Math.min(Math.floor(((at + 0.5) * next[axis]) / grid()[axis]), next[axis] - 1));
  };

  const layers = element("select", { "aria-label": "layer" }, ...layerOptions(graph));
  layers.addEventListener("change", () => choose(layers.value));
  const shows = radios("show", SHOWS, () => tie.get("show"), (show) => tie.set({ show }));
  const photo = drawPhoto(photoUrl, size, { grid, pixel, pick, label: "The image: click or drag to choose an output pixel" });
  const map = drawPhoto("", size, { grid, pixel, pick, label: "The output: click or drag to choose a pixel" });
  const mapCaption = element("figcaption", {});
  const facts = element("dl", {});
  const words = element("p", { class: "words", "aria-live": "polite" });
  const heatWords = element("p", { class: "words", "aria-live": "polite" });
  const strip = element("div", { class: "growth" });
  const stripTitle = element("h4", {});
  const key = element(
    "figcaption", { class: "keys" },
    element("span", {}, element("i", { class: "k-window" }), "the window of this pixel"),
    element("span", {}, element("i", { class: "k-neighbour" }), "of its neighbour"),
    element("span", {}, element("i", { class: "k-dim" }), "not seen"),
  );
  const parts = [
    element(
      "div", { class: "head" },
      element("b", {}, "What a pixel sees"),
      element("span", { class: "muted" }, [trace.network, tie.get("provenance")].filter(Boolean).join(" · ")),
    ),
    element("div", { class: "tools" }, element("label", { class: "layer" }, "layer ", layers), drawSearch(graph, choose), shows.group),
    element(
      "div", { class: "views" },
      element("figure", { class: "big" }, photo.node, key),
      element(
        "div", { class: "beside" },
        element("figure", { class: "output" }, map.node, mapCaption),
        element("div", { class: "numbers" }, facts, words, heatWords),
      ),
    ),
    stripTitle, strip,
  ];

  let pause = 0;
  const stop = () => clearTimeout(pause);
  const ask = () => {
    stop();
    if (tie.get("show") !== "effective") return;
    pause = setTimeout(() => tie.set({ asked: [tie.get("selected"), ...pixel()] }), PAUSE);
  };

  const showPixel = () => {
    shows.show();
    const [row, column] = pixel();
    const seen = support(trace, output(), [row, column]);
    const beside = [row, column + 1 < grid()[1] ? column + 1 : column - 1];
    const neighbour = beside[1] < 0 ? null : support(trace, output(), beside);
    const all = { mask: new Uint8Array(size[0] * size[1]).fill(1), count: 0 };
    const effective = tie.get("show") === "effective";
    photo.show(seen.hidden ? all : seen, effective ? null : neighbour);
    photo.shade.hidden = effective;
    map.show(null);
    showFacts(seen);
    const path = tie.get("selected");
    words.textContent = `${windowInWords(path, [row, column], seen, size[0] * size[1])} ${neighbourInWords(seen, neighbour, beside)}`;
    showHeat();
    ask();
  };
  const showFacts = (seen) => {
    const field = tie.get("fields")[tie.get("selected")];
    const heat = heatNow();
    const here = seen?.count ? `${seen.bottom - seen.top + 1}×${seen.right - seen.left + 1} px` : "–";
    const rows = [
      ["can see", fieldInShort(field, tie.live())],
      ["this pixel, here", here],
      ["pixels in it", seen?.count ? seen.count.toLocaleString("en-US") : "–"],
      ...(tie.get("show") === "effective" ? [["listens to", heat ? `about ${heat.size} px across` : tie.live() ? "…" : "not computed"]] : []),
    ];
    facts.replaceChildren(...rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
  };
  const heatNow = () => {
    const heat = tie.get("heat");
    return tie.get("show") === "effective" && heat.path === tie.get("selected") ? heat : null;
  };
  const showHeat = () => {
    const heat = heatNow();
    const fresh = heat && (heat.stored || heat.error || heat.pixel.every((at, axis) => at === pixel()[axis]));
    photo.heat.hidden = !fresh || Boolean(heat.error);
    key.hidden = tie.get("show") === "effective";
    if (tie.get("show") !== "effective") heatWords.textContent = "";
    else if (!fresh)
      heatWords.textContent = tie.live()
        ? "Asking the network for a gradient …"
        : "The gradient of this pixel was not computed: only Python can do it.";
    else if (heat.error) heatWords.textContent = heat.error;
    else {
      if (photo.heat.dataset.key !== heat.key) photo.heat.src = picture(heat.png);
      photo.heat.dataset.key = heat.key;
      heatWords.textContent = heat.words;
    }
    if (fresh && !heat.error) showFacts(support(trace, output(), pixel()));
  };
  const showMap = () => {
    const maps = tie.get("maps");
    const known = maps.path === tie.get("selected") && maps.png;
    map.image.hidden = !known;
    if (!known) return (mapCaption.textContent = maps.error ?? "");
    const url = picture(maps.png);
    map.image.src = url; // a sheet of tiles, of which the first is in sight
    map.image.style.width = `${100 * maps.columns}%`;
    map.image.style.height = `${100 * Math.ceil(maps.count / maps.columns)}%`;
    mapCaption.textContent = `${tie.get("selected")}, ${maps.labels[0]}, the strongest of ${trace.operators[output()].output_shape[1]}: ${grid().join("×")}`;
  };
  const showFields = () => {
    const path = tie.get("selected");
    const fieldOf = (one) => tie.get("fields")[one];
    stripTitle.textContent = `How the field grows on the way to ${path}`;
    strip.replaceChildren(drawStrip(trace, output(), path, fieldOf, choose));
    const seen = support(trace, output(), pixel());
    showFacts(seen);
  };
  const showAll = () => {
    layers.value = tie.get("selected");
    showPixel();
    showFields();
    showMap();
  };
  return { parts, showAll, showPixel, showFields, showHeat, showMap, stop };
}

function layerOptions(graph) {
  const option = (node) => element("option", { value: node.path }, node.path);
  return graph.root.children
    .filter((stage) => stage.kind !== "input")
    .map((stage) =>
      stage.children.length
        ? element("optgroup", { label: stage.path }, option(stage), ...stage.children.filter((layer) => layer.path !== stage.path).map(option))
        : option(stage),
    );
}

export default { render };
