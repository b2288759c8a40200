// The stage explorer: a U to choose a stage from, and the feature maps of the chosen one.
// Python computes every number and colours every map; this file lays them out.

import { element, mount, radios, watchScale } from "../kit/dom.js";
import { drawGrid } from "./grid.js";
import { drawOwnPicture } from "./own_picture.js";
import { drawPins } from "./pins.js";

const WIDE = 620; // units of the drawing

// Where each stop stands in the drawing: height by resolution, width by channels.
function layout(stops) {
  const depth = stops.filter((stop) => stop.role === "encoder").length;
  const tallest = Math.max(...stops.map((stop) => stop.shape[1]));
  const boxes = {};
  let y = 4;
  for (let level = 1; level <= depth; level++) {
    const row = stops.filter((stop) => stop.level === level);
    const size = Math.max(...row.map((stop) => stop.shape[1]));
    const h = 19 + 31 * Math.sqrt(size / tallest);
    for (const stop of row) {
      const bottom = stop.role === "encoder" && level === depth;
      const centre = { encoder: bottom ? 225 : 105, decoder: 345, side: 486 }[stop.role];
      const w = stop.role === "side" ? 74 : 72 + 12 * Math.log2(Math.max(1, stop.shape[0]));
      boxes[stop.path] = { x: centre - w / 2, y, w, h };
    }
    y += h + 16;
  }
  const fuse = stops.find((stop) => stop.role === "fuse");
  if (fuse) boxes[fuse.path] = { x: 558, y: 4, w: 60, h: 50 };
  return { boxes, height: y - 12 };
}

// The line from what gives to what receives: straight along a column or a row, an elbow around
// the bottom of the U, a curve into the fusion.
function link(from, to, curved) {
  const [a, b] = [from.x + from.w / 2, to.x + to.w / 2];
  const [y1, y2] = [from.y + from.h / 2, to.y + to.h / 2];
  if (curved) {
    const [x1, x2] = [from.x + from.w, to.x];
    return `M${x1} ${y1}C${(x1 + x2) / 2} ${y1} ${(x1 + x2) / 2} ${y2} ${x2} ${y2}`;
  }
  if (Math.abs(y1 - y2) < 1) return `M${a} ${y1}H${b}`;
  return y1 < y2 ? `M${a} ${y1}V${y2}H${b}` : `M${a} ${y1}H${b}V${y2}`;
}

function drawMap(network, choose) {
  const { boxes, height } = layout(network.stops);
  const svg = element("svg", {
    class: "map",
    viewBox: `0 0 ${WIDE} ${height}`,
    role: "group",
    "aria-label": `${network.name}: stages in a U. Arrow keys move along the data.`,
  });
  const flows = [];
  for (const stop of network.stops)
    for (const source of stop.sources)
      if (boxes[source]) {
        const path = element("path", { class: "flow", d: link(boxes[source], boxes[stop.path], stop.role === "fuse") });
        flows.push({ path, source, target: stop.path });
        svg.append(path);
      }
  const groups = {};
  const write = [];
  for (const stop of network.stops) {
    const { x, y, w, h } = boxes[stop.path];
    const group = element(
      "g",
      { class: "stop", "data-path": stop.path, role: "button", tabindex: "-1", "aria-label": stop.sentence },
      element("rect", { x, y, width: w, height: h, rx: 5, fill: `var(--u2-${stop.role})` }),
    );
    const size = stop.role === "encoder" || stop.role === "decoder" ? stop.shape.join("×") : "";
    group.append(
      element(
        "text",
        { x: x + w / 2, y: y + h / 2 + 4, "text-anchor": "middle" },
        stop.path,
        element("tspan", { class: "size", dx: size ? 5 : 0 }, size),
      ),
    );
    write.push((least) => {
      const text = group.querySelector("text");
      const letters = least ? Math.min(least, (w - 4) / (0.61 * stop.path.length), h) : 12;
      text.style.fontSize = `${letters}px`;
      text.setAttribute("y", y + h / 2 + letters / 3);
    });
    group.addEventListener("click", () => choose(stop.path));
    groups[stop.path] = group;
    svg.append(group);
  }
  const stop = watchScale(svg, WIDE, 0.8, (least) => write.forEach((each) => each(least)));
  return { svg, groups, flows, stop };
}

function render({ model, el }) {
  const tie = mount(model, el, "stages");
  const { root } = tie;
  // Pictures that are shown together are forgotten together, but a round later: the page may still
  // be loading one of them when the next come.
  const urls = { photo: [], tiles: [], pins: [] };
  const old = { photo: [], tiles: [], pins: [] };
  const picture = (bytes, group) => {
    const url = URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
    urls[group].push(url);
    return url;
  };
  const forget = (group) => {
    old[group].forEach((url) => URL.revokeObjectURL(url));
    [old[group], urls[group]] = [urls[group], []];
  };
  const forgetAll = () => Object.keys(urls).forEach(forget);
  const set = (name, value) => tie.set({ [name]: value });

  const build = () => {
    root.replaceChildren();
    forgetAll();
    const network = model.get("network");
    if (model.get("message")) {
      root.append(element("p", { class: "message", role: "alert" }, model.get("message")));
      return;
    }
    const map = drawMap(network, (path) => set("selected", path));
    const about = element("div", { class: "about", "aria-live": "polite" });
    const scope = radios(
      "colour scale",
      [["map", "each map"], ["stage", "this stage"], ["network", "whole network"]],
      () => model.get("scope"),
      (value) => set("scope", value),
    );
    const order = radios(
      "order",
      [["channel", "by number"], ["energy", "strongest first"]],
      () => model.get("order"),
      (value) => set("order", value),
    );
    const bar = element("span", { class: "bar", role: "img" });
    const limits = element("span", { class: "muted" });
    const shown = element("span", { class: "muted" });
    const tools = element(
      "div", { class: "tools" },
      element("span", {}, "One colour scale for ", scope.group),
      element("span", {}, "Order ", order.group),
      element("span", {}, limits, " ", bar),
    );
    const own = drawOwnPicture({
      get: (name) => model.get(name),
      set,
      picture: (bytes) => picture(bytes, "photo"),
      size: network.size,
    });
    const isPinned = ({ path, channel }) =>
      model.get("pinned").some(([p, c]) => p === path && c === channel);
    const unpin = (path, channel) =>
      set("pinned", model.get("pinned").filter(([p, c]) => p !== path || c !== channel));
    const togglePin = (tile) => {
      const pinned = model.get("pinned");
      if (isPinned(tile)) unpin(tile.path, tile.channel);
      else if (pinned.length < model.get("most_pinned"))
        set("pinned", [...pinned, [tile.path, tile.channel]]);
      else shown.textContent = `${pinned.length} maps are pinned: unpin one to make room.`;
    };
    const grid = drawGrid({
      tiles: () => model.get("tiles"),
      picture: (bytes) => picture(bytes, "tiles"),
      choose: (at) => go(model.get("tiles")[at]),
      isPinned,
      pin: togglePin,
    });
    let wanted = -1; // the channel to enlarge when the maps of its stage are there
    // To a map of any stop: its stop is chosen, and it is enlarged.
    const go = ({ path, channel }) => {
      if (path === model.get("selected")) return grid.enlarge(grid.position(path, channel));
      wanted = channel;
      set("selected", path);
    };
    const pins = drawPins({
      pins: () => model.get("pins"),
      scope: () => model.get("pin_scope"),
      setScope: (value) => set("pin_scope", value),
      picture: (bytes) => picture(bytes, "pins"),
      unpin,
      visit: (path, channel) => go({ path, channel }),
      clear: () => set("pinned", []),
    });
    const pictures = element(
      "div", { class: "pictures" },
      element("div", {}, own.figure, own.own),
      grid.enlarged,
    );
    root.append(
      element(
        "div", { class: "head" },
        element("b", {}, network.name),
        element("span", { class: "muted" }, network.provenance),
      ),
      element("div", { class: "upper" }, map.svg, about),
      tools,
      element("div", { class: "lower" }, pictures, element("div", { style: "flex:1 1 420px" }, shown, grid.node)),
      pins.node,
    );

    // What is enlarged follows from the selected stop and the maps at hand: the seven answers come
    // once, and walking from one to the next changes the stop alone.
    const showTiles = () => {
      const [path, legend] = [model.get("selected"), model.get("legend")];
      const first = legend.first;
      const come = model.get("tiles")[first]?.path === path;
      grid.node.classList.toggle("stale", !come); // Python is on its way with the maps of this stop
      if (!come) return;
      const at = grid.position(path, wanted);
      wanted = -1;
      forget("tiles");
      grid.show(at >= 0 ? at : first);
      shown.textContent = legend.shown;
      limits.textContent = legend.limits;
      bar.style.background = legend.gradient;
      bar.setAttribute("aria-label", legend.limits);
    };
    const showPinned = () => {
      grid.showPinned();
      shown.textContent = model.get("legend").shown;
    };
    const showPins = () => {
      forget("pins");
      pins.show();
    };
    const showPhoto = () => {
      forget("photo");
      own.show();
    };
    const showSelected = () => {
      const path = model.get("selected");
      const stop = network.stops.find((candidate) => candidate.path === path);
      if (!stop) return;
      for (const [name, group] of Object.entries(map.groups)) {
        group.setAttribute("aria-current", String(name === path));
        group.setAttribute("tabindex", name === path ? "0" : "-1");
      }
      for (const flow of map.flows) flow.path.classList.toggle("feeds", flow.target === path);
      about.replaceChildren(
        element("h3", {}, stop.title),
        ...stop.lines.map((line) => element("p", {}, line)),
      );
    };
    map.svg.addEventListener("keydown", (event) => {
      const paths = network.stops.map((stop) => stop.path);
      const at = paths.indexOf(model.get("selected"));
      const to = {
        ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1,
        Home: 0, End: paths.length - 1,
      }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      event.stopPropagation(); // the notebook would move to another cell
      const path = paths[Math.min(Math.max(to, 0), paths.length - 1)];
      set("selected", path);
      map.groups[path].focus();
    });
    showSelected();
    showTiles();
    return { stop: map.stop, showSelected, showTiles, showPinned, showPins, showPhoto, own, pins, scope, order };
  };

  let view = build();
  const rebuild = () => {
    view?.stop();
    view = build();
  };
  tie.listen(["network", "message"], rebuild);
  tie.listen(["selected"], () => view?.showSelected());
  tie.listen(["scope"], () => view?.scope.show());
  tie.listen(["order"], () => view?.order.show());
  tie.listen(["selected", "tiles", "legend"], () => view?.showTiles());
  tie.listen(["pinned"], () => view?.showPinned());
  tie.listen(["pins"], () => view?.showPins());
  tie.listen(["pin_scope"], () => view?.pins.choose.show());
  tie.listen(["photo"], () => view?.showPhoto());
  tie.listen(["picture_name"], () => view?.own.name());
  tie.listen(["problem", "answered"], () => view?.own.answer());
  tie.onLeave(() => view?.stop());
  tie.onLeave(forgetAll);
  tie.onLeave(forgetAll); // the round before, too
  return tie.leave;
}

export default { render };
