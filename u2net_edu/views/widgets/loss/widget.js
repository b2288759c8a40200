// The loss explorer. Python runs the network and sends the sides' logits once; what follows the
// mouse is computed here. Only the gradients for another fusion are asked for, after a pause.

import { element, mount } from "../kit/dom.js";
import { fusionOf } from "./fusion.js";
import { onePlace } from "./place.js";
import { sevenMaps } from "./seven.js";
import { gradientShares } from "./shares.js";
import { lossState } from "./state.js";
import { weightedLoss } from "./sum.js";

function render({ model, el }) {
  const tie = mount(model, el, "loss");
  let view = null;
  const build = () => {
    view?.stop();
    tie.root.replaceChildren();
    const message = tie.get("message");
    view = tie.get("network").terms ? drawExplorer(tie) : null;
    if (view) tie.root.append(...view.parts);
    if (message) tie.root.prepend(element("p", { class: "message", role: "alert" }, message));
    view?.load();
  };
  build();
  tie.listen(["network", "message"], build);
  tie.listen(["sides"], () => view?.load());
  tie.listen(["fuse_weights", "fuse_bias", "sigmoid"], () => view?.fuse());
  tie.listen(["weights", "on"], () => view?.showSum());
  tie.listen(["selected", "pixel"], () => view?.showPlace());
  tie.listen(["products"], () => view?.showShares());
  tie.listen(["scene"], () => view?.showScene());
  tie.onLeave(() => view?.stop());
  return tie.leave;
}

// The whole page: { parts, stop }, and what draws anew when a trait changes.
function drawExplorer(tie) {
  const state = lossState(tie);
  const head = drawHead(tie);
  const seven = sevenMaps(tie, state);
  const sum = weightedLoss(tie, state);
  const place = onePlace(tie, state);
  const fusion = fusionOf(tie, state);
  const shares = gradientShares(tie, state);
  const showSum = () => {
    sum.show();
    seven.show();
    shares.show();
  };
  const showPlace = () => {
    place.show();
    seven.show();
  };
  const fuse = () => {
    state.fuse();
    fusion.show();
    seven.showFused();
    showSum();
    place.show();
  };
  const load = () => {
    head.show();
    state.load();
    seven.load();
    place.load();
    fuse();
  };
  const stop = () => {
    seven.stop();
    shares.stop();
  };
  const parts = [
    head.node, seven.node, ...sum.nodes,
    element("div", { class: "lower" }, place.node, fusion.node), ...shares.nodes,
  ];
  return { parts, load, fuse, showSum, showPlace, showShares: shares.show, showScene: head.show, stop };
}

// The title, and where there are several scenes, which one it is: { node, show }.
function drawHead(tie) {
  const { name, provenance, size, scenes } = tie.get("network");
  const about = [name, provenance, `${size[0]}×${size[1]} pixels`].filter(Boolean).join(" · ");
  const picker = scenes ? scenePicker(tie, scenes) : { nodes: [], show: () => {} };
  const title = element("b", {}, "Seven outputs, one loss");
  const node = element("div", { class: "head" }, title, element("span", { class: "muted" }, about), ...picker.nodes);
  return { node, show: picker.show };
}

function scenePicker(tie, count) {
  const box = element("input", { type: "number", min: 0, max: count - 1, "aria-label": "scene" });
  const go = (to) => tie.set({ scene: Math.min(Math.max(Math.round(to) || 0, 0), count - 1) });
  const step = (by, sign, label) => {
    const button = element("button", { "aria-label": label }, sign);
    button.addEventListener("click", () => go(tie.get("scene") + by));
    return button;
  };
  box.addEventListener("change", () => go(Number(box.value)));
  const [back, on] = [step(-1, "‹", "previous scene"), step(1, "›", "next scene")];
  const node = element("span", { class: "scene" }, "scene ", back, box, on, ` of ${count}`);
  return { nodes: [node], show: () => (box.value = tie.get("scene")) };
}

export default { render };
