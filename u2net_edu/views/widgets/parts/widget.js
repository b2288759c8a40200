// The map with scissors: cut arrows, silence boxes, and watch the masks. Python runs the network.

import { element, radios } from "../kit/dom.js";
import { times, whatItIs } from "../kit/words.js";
import { drawCrumbs } from "../explore/crumbs.js";
import { drawMap } from "../explore/map.js";
import { find, levelOf } from "../network/graph.js";
import { drawSearch } from "../network/search.js";
import { startNetwork } from "../network/start.js";
import { drawChannels } from "./channels.js";
import { cutsOf, joinPart, splitPart } from "./cuts.js";
import { drawList } from "./list.js";
import { markChanges } from "./marks.js";
import { drawMasks } from "./masks.js";
import { drawMatrix } from "./matrix.js";
import { drawPanel } from "./panel.js";

const CLICKS = [["cut", "cuts"], ["open", "opens"]];

/** @param {import("../kit/types").Page} page */
function render(page) {
  const { tie, view, leave } = startNetwork(page, "parts", drawParts);
  tie.listen(["selected", "opened", "hovered", "click", "pictures"], () => view()?.showAll());
  tie.listen(["answer"], () => view()?.answered());
  tie.listen(["shown_map"], () => view()?.showMasks());
  tie.listen(["maps", "channels"], () => view()?.showChannels());
  return leave;
}

/** @param {import("../kit/types").Tie} tie */
function drawParts(tie, picture) {
  const trace = tie.get("network");
  const photo = picture(tie.get("photo"));
  const arrows = arrowsOf(tie.get("arrows"));
  const cuts = cutsOf(tie, () => showCuts());
  const choose = (part) => {
    const path = placeOf(part);
    tie.set({ selected: path, opened: arrows.byPart.has(path) ? arrows.levelOf(path, tie.get("opened")) : levelOf(trace, path, tie.get("opened")) });
  };
  const open = (path) => (find(map.graph, path)?.node.children.length ? tie.set({ selected: path, opened: path }) : choose(path));
  const cut = (path) => {
    tie.set({ selected: path });
    cuts.toggle(partOf(path).parts);
  };
  const map = drawMap(trace, photo, describe, {
    choose, open,
    up: () => tie.get("opened") && tie.set({ selected: tie.get("opened"), opened: "" }),
    hover: (path) => tie.get("hovered") !== path && tie.set({ hovered: path }),
    press: (path) => (tie.get("click") === "cut" ? cut(path) : open(path)),
    enter: (path) => (find(map.graph, path)?.node.children.length ? open(path) : cut(path)),
    keys: { x: cut, delete: cut, backspace: cut },
  }, arrows.between);
  const partOf = (path) =>
    arrows.byPart.get(path) ?? { parts: [path], words: path, arrow: false };
  const tools = { graph: map.graph, cuts, partOf, open, choose, words: (part) => wordsOf(part, partOf) };
  const click = radios("a click", CLICKS, () => tie.get("click"), (to) => tie.set({ click: to }));
  const state = { graph: map.graph, trace, chosen: () => find(map.graph, splitPart(tie.get("selected")).path) ?? find(map.graph, trace.operators[0].path) };
  const [crumbs, panel, list] = [drawCrumbs(tie, state), drawPanel(tie, tools), drawList(tie, tools)];
  const [masks, channels] = [drawMasks(tie, picture, photo), drawChannels(tie, picture, tools)];
  const matrix = drawMatrix(tie, tools);
  const showMap = () =>
    map.show({
      selected: tie.get("selected"), hovered: tie.get("hovered"), opened: tie.get("opened"),
      paint: (boxes, lines) => markChanges(boxes, lines, cuts.current()),
    });
  const showCuts = () => {
    showMap();
    for (const part of [panel, list, channels, matrix]) part.show();
  };
  const showAll = () => {
    click.show();
    crumbs.show();
    showCuts();
    masks.show();
  };
  const parts = [
    element(
      "div", { class: "head" },
      element("b", {}, trace.network), element("span", { class: "muted" }, tie.get("provenance")),
      drawSearch(map.graph, choose),
    ),
    element("div", { class: "tools" }, crumbs.node, element("span", { class: "lens" }, "a click ", click.group, element("span", { class: "muted" }, "keys: X cuts, Enter opens, Esc goes up"))),
    element(
      "div", { class: "upper" }, element("div", { class: "frame" }, map.svg),
      element("div", { class: "side" }, panel.node, list.node),
    ),
    masks.node, matrix.node, channels.node,
  ];
  const answered = () => {
    cuts.answered();
    masks.show();
  };
  const showMasks = () => {
    masks.show();
    matrix.show();
  };
  const stop = () => {
    map.stop();
    masks.stop();
  };
  return { parts, showAll, showMasks, showChannels: channels.show, answered, stop };
}

// The connections between operators, as the arrows of the map are: `between(from, to)` nodes.
function arrowsOf(list) {
  const byPart = new Map();
  const levels = new Map(); // part → path of the level in which it is drawn
  const between = (from, to) => {
    const [givers, readers] = [new Set(from.operators), new Set(to.operators)];
    const found = list.filter((one) => givers.has(one.from) && readers.has(one.to));
    if (!found.length) return null;
    const path = found[0].part;
    const part = { path, words: found[0].words, parts: found.map((one) => one.part), arrow: true };
    for (const one of part.parts) if (!byPart.has(one)) byPart.set(one, part);
    levels.set(path, from.parent.path);
    return part;
  };
  return { between, byPart, levelOf: (part, opened) => levels.get(byPart.get(part).path) ?? opened };
}

// Where on the map a part lies: without its channels.
const placeOf = (part) => {
  const { path, reader } = splitPart(part);
  return joinPart(path, null, reader);
};

function wordsOf(part, partOf) {
  const { channels } = splitPart(part);
  const { words } = partOf(placeOf(part));
  return channels ? `${words}, channel${channels.length > 1 ? "s" : ""} ${channels.join(", ")}` : words;
}

const describe = (node, numbers) => `${node.path}: ${whatItIs(numbers, node)}, output ${times(numbers.shape)}`;

export default { render };
