// The stage explorer: a U to choose a stage from, and the feature maps of the chosen one.
// Python computes every number and colours every map; this file lays them out.

import { element, mount } from "../kit/dom.js";
import { drawGrid } from "./grid.js";
import { drawMap } from "./map.js";
import { drawOwnPicture } from "./own_picture.js";
import { drawPins } from "./pins.js";
import { drawTools } from "./tools.js";
import { pictureUrls } from "./urls.js";

/** @param {import("../kit/types").Page} page */
function render({ model, el }) {
  const tie = mount(model, el, "stages");
  const urls = pictureUrls();
  let view = null;
  const build = () => {
    view?.stop();
    urls.forgetAll();
    const message = tie.get("message");
    view = message ? null : drawExplorer(tie, urls);
    tie.root.replaceChildren(
      ...(view?.parts ?? [element("p", { class: "message", role: "alert" }, message)]),
    );
    view?.showAll();
  };
  build();
  tie.listen(["network", "message"], build);
  tie.listen(["selected"], () => view?.showSelected());
  tie.listen(["selected", "tiles", "legend"], () => view?.showTiles());
  tie.listen(["scope"], () => view?.showScope());
  tie.listen(["order"], () => view?.showOrder());
  tie.listen(["pinned"], () => view?.showPinned());
  tie.listen(["pins", "pin_scope"], () => view?.showPins());
  tie.listen(["photo"], () => view?.showPhoto());
  tie.listen(["picture_name"], () => view?.showName());
  tie.listen(["problem", "answered"], () => view?.showAnswer());
  tie.onLeave(() => view?.stop());
  tie.onLeave(urls.leave);
  return tie.leave;
}

// Which maps are pinned, and how that is changed. `full(count)` when there is no room for one more.
function pinning(tie, full) {
  const pinned = () => tie.get("pinned");
  const same = ([path, channel], map) => path === map.path && channel === map.channel;
  const isPinned = (map) => pinned().some((pin) => same(pin, map));
  const unpin = (path, channel) =>
    tie.set({ pinned: pinned().filter((pin) => !same(pin, { path, channel })) });
  const toggle = (map) => {
    if (isPinned(map)) unpin(map.path, map.channel);
    else if (pinned().length < tie.get("most_pinned")) tie.set({ pinned: [...pinned(), [map.path, map.channel]] });
    else full(pinned().length);
  };
  return { isPinned, unpin, toggle, clear: () => tie.set({ pinned: [] }) };
}

/** @param {import("../kit/types").Tie} tie */
function drawExplorer(tie, { picture, forget }) {
  const network = tie.get("network");
  const tiles = () => tie.get("tiles");
  const selected = () => tie.get("selected");
  const select = (path) => tie.set({ selected: path });
  let wanted = -1; // the channel to enlarge when the maps of its stage are there

  // To a map of any stop: its stop is chosen, and it is enlarged.
  const go = ({ path, channel }) => {
    if (path === selected()) return grid.enlarge(grid.position(path, channel));
    wanted = channel;
    select(path);
  };
  const shown = element("span", { class: "muted" });
  const about = element("div", { class: "about", "aria-live": "polite" });
  const map = drawMap(network, { choose: select, selected });
  const tools = drawTools(tie);
  const own = drawOwnPicture({
    get: tie.get,
    set: (name, value) => tie.set({ [name]: value }),
    picture: (bytes) => picture(bytes, "photo"),
    size: network.size,
  });
  const { isPinned, unpin, toggle, clear } = pinning(tie, (count) => {
    shown.textContent = `${count} maps are pinned: unpin one to make room.`;
  });
  const grid = drawGrid({
    tiles, isPinned, pin: toggle,
    picture: (bytes) => picture(bytes, "tiles"),
    choose: (at) => go(tiles()[at]),
  });
  const pins = drawPins({
    pins: () => tie.get("pins"),
    scope: () => tie.get("pin_scope"),
    setScope: (value) => tie.set({ pin_scope: value }),
    picture: (bytes) => picture(bytes, "pins"),
    unpin, clear,
    visit: (path, channel) => go({ path, channel }),
  });
  const parts = [
    element(
      "div", { class: "head" },
      element("b", {}, network.name), element("span", { class: "muted" }, network.provenance),
    ),
    element("div", { class: "upper" }, map.svg, about),
    tools.node,
    element(
      "div", { class: "lower" },
      element("div", { class: "pictures" }, element("div", {}, own.figure, own.own), grid.enlarged),
      element("div", { class: "grid" }, shown, grid.node),
    ),
    pins.node,
  ];

  const showSelected = () => {
    map.show();
    const stop = network.stops.find(({ path }) => path === selected());
    about.replaceChildren(element("h3", {}, stop.title), ...stop.lines.map((line) => element("p", {}, line)));
  };
  // What is enlarged follows from the selected stop and the maps at hand: the seven answers come
  // once, and walking from one to the next changes the stop alone.
  const showTiles = () => {
    const [path, legend] = [selected(), tie.get("legend")];
    const come = tiles()[legend.first]?.path === path;
    grid.node.classList.toggle("stale", !come); // Python is on its way with the maps of this stop
    if (!come) return;
    const at = grid.position(path, wanted);
    wanted = -1;
    forget("tiles");
    grid.show(at >= 0 ? at : legend.first);
    shown.textContent = legend.shown;
    tools.showLegend(legend);
  };
  const showPinned = () => {
    grid.showPinned();
    shown.textContent = tie.get("legend").shown;
  };
  const showPins = () => {
    forget("pins");
    pins.show();
  };
  const showPhoto = () => {
    forget("photo");
    own.show();
  };
  return {
    parts, showSelected, showTiles, showPinned, showPins, showPhoto,
    showAll: () => (showSelected(), showTiles()),
    showScope: tools.showScope, showOrder: tools.showOrder,
    showName: own.name, showAnswer: own.answer, stop: map.stop,
  };
}

export default { render };
