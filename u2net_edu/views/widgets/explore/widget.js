// The nested map: fall into a stage, look at a layer, see the window of one of its pixels.
// Shapes, costs and supports come from the trace; Python adds fields, feature maps and times.

import { element } from "../kit/dom.js";
import { times, whatItIs } from "../kit/words.js";
import { levelOf } from "../network/graph.js";
import { drawSearch } from "../network/search.js";
import { startNetwork } from "../network/start.js";
import { drawFeatures } from "./features.js";
import { drawLens } from "./lens.js";
import { drawMap } from "./map.js";
import { paintBy } from "./paint.js";
import { drawPanel } from "./panel.js";
import { stateOf } from "./state.js";
import { drawCrumbs } from "./crumbs.js";
import { drawWindow } from "./window.js";

/** @param {import("../kit/types").Page} page */
function render(page) {
  const { tie, view, leave } = startNetwork(page, "explore", drawExplorer);
  tie.listen(["selected", "opened", "pixel"], () => view()?.showAll());
  tie.listen(["hovered", "lens", "fields", "times"], () => view()?.showMap());
  tie.listen(["lens", "times"], () => view()?.showLens());
  tie.listen(["fields", "times"], () => view()?.showPanel());
  tie.listen(["maps"], () => view()?.showMaps());
  return leave;
}

/** @param {import("../kit/types").Tie} tie */
function drawExplorer(tie, picture) {
  const trace = tie.get("network");
  const photo = picture(tie.get("photo"));
  const choose = (path) => tie.set({ selected: path, opened: levelOf(trace, path, tie.get("opened")) });
  const map = drawMap(trace, photo, describe, {
    choose,
    open: (path) => tie.set({ selected: path, opened: path }),
    up: () => tie.get("opened") && tie.set({ selected: tie.get("opened"), opened: "" }),
    hover: (path) => tie.get("hovered") !== path && tie.set({ hovered: path }),
  });
  const state = stateOf(tie, map.graph);
  const [lens, panel] = [drawLens(tie, state), drawPanel(tie, state, choose)];
  const [crumbs, window] = [drawCrumbs(tie, state), drawWindow(tie, state, photo)];
  const features = drawFeatures(tie, picture);
  const showMap = () =>
    map.show({
      selected: tie.get("selected"), hovered: tie.get("hovered"), opened: tie.get("opened"),
      paint: (drawn) => paintBy(state.lens(), drawn, state.numberOf, state.shades()),
    });
  const showAll = () => {
    showMap();
    for (const part of [lens, crumbs, panel, window, features]) part.show();
  };
  const parts = [
    element(
      "div", { class: "head" },
      element("b", {}, trace.network), element("span", { class: "muted" }, tie.get("provenance")),
      drawSearch(map.graph, choose),
    ),
    element("div", { class: "tools" }, crumbs.node, lens.node),
    element("div", { class: "upper" }, element("div", { class: "frame" }, map.svg), panel.node),
    element("div", { class: "lower" }, window.node, features.node),
  ];
  return {
    parts, showAll, showMap, stop: map.stop,
    showLens: lens.show, showPanel: panel.show, showMaps: features.show,
  };
}

const describe = (node, numbers) => `${node.path}: ${whatItIs(numbers, node)}, output ${times(numbers.shape)}`;

export default { render };
