// The fusion: the weights with which the sides become one map, and where the sigmoid stands.

import { dial } from "../kit/dial.js";
import { element, taken } from "../kit/dom.js";
import { digits, inHundredths } from "./bars.js";
import { mapCanvas } from "./canvas.js";
import { extremes, reachOf } from "./math.js";
import { replaced } from "./state.js";

/** { node, show } */
export function fusionOf(tie, state) {
  const { learned } = state;
  const settings = () => [...tie.get("fuse_weights"), tie.get("fuse_bias")];
  const dials = weightDials(tie, state);
  const back = element("button", {}, "back to the learned weights");
  back.addEventListener("click", () => tie.set({ fuse_weights: learned.slice(0, -1), fuse_bias: learned.at(-1) }));
  const orders = orderChoice(state.size, state.grey, () => tie.get("sigmoid"), (sigmoid) => tie.set({ sigmoid }));
  const words = element("p", { class: "words", "aria-live": "polite" });
  const show = () => {
    dials.forEach((each, i) => each.show(settings()[i]));
    back.disabled = settings().every((value, i) => value === learned[i]);
    const spans = state.fused.map(({ values, probabilities }, i) =>
      extremes(i ? values : probabilities).map((value) => digits(value, 3)).join(" to "));
    orders.show(state.fused, spans);
    words.textContent = state.before() ? beforeInWords(tie, state) : AFTER;
  };
  const node = element(
    "section", {}, element("h4", {}, "The fusion: how the sides become one map"),
    element("div", { class: "fusion" }, element("div", { class: "dials" }, ...dials.map((each) => each.node)), orders.group),
    words,
    element("div", { class: "sum" }, back, element("span", { class: "muted" }, element("i", { class: "learned key" }), " learned in training")),
  );
  return { node, show };
}

const AFTER =
  "A weighted sum of logits may be any number: evidence for and against, added up. The sigmoid then makes it " +
  "a probability. This is how U²-Net does it.";

function beforeInWords(tie, { fused, pixels }) {
  const [least, most] = reachOf(tie.get("fuse_weights"), tie.get("fuse_bias")).map((value) => digits(value, 3));
  return (
    `A weighted sum of probabilities lies between ${least} and ${most}, whatever the sides say. Here ` +
    `${fused[1].outside} of ${pixels} pixels leave 0 … 1; they are cut for the loss. These weights were learned ` +
    "for logits: a network trained this way round would have others."
  );
}

function weightDials(tie, { learned, terms }) {
  const min = Math.min(-1, Math.floor(Math.min(...learned)));
  const max = Math.max(2, Math.ceil(Math.max(...learned)));
  return learned.map((mark, i) => {
    const bias = i === learned.length - 1;
    const text = bias ? "bias" : terms[i + 1];
    const change = (to) =>
      tie.set(bias ? { fuse_bias: to } : { fuse_weights: replaced(tie.get("fuse_weights"), i, to) });
    const label = bias ? "bias of the fusion" : `weight of ${text} in the fusion`;
    return dial(label, { min, max, step: 0.01, word: inHundredths, mark, text, change });
  });
}

const ORDERS = [
  ["after", "sigmoid after the fusion", "σ(Σ w·logit + b)"],
  ["before", "sigmoid before the fusion", "Σ w·σ(logit) + b"],
];

// Both ways to fuse, as pictures of which one is chosen.
function orderChoice(size, table, current, choose) {
  const group = element("div", { role: "radiogroup", "aria-label": "where the sigmoid stands", class: "orders" });
  const parts = ORDERS.map(([order, text, formula]) => {
    const canvas = mapCanvas(size, table, { class: "pixels" });
    const said = element("span", {});
    const button = element(
      "button", { role: "radio", "data-value": order },
      canvas.node, element("span", { class: "about" }, element("b", {}, text), element("span", { class: "formula" }, formula), said),
    );
    button.addEventListener("click", () => choose(order));
    group.append(button);
    return { order, button, canvas, said };
  });
  group.addEventListener("keydown", (event) => {
    if (!/^Arrow/.test(event.key)) return;
    taken(event);
    const other = parts.find((part) => part.order !== current());
    if (!other) return;
    choose(other.order);
    other.button.focus();
  });
  const show = (maps, spans) =>
    parts.forEach(({ order, button, canvas, said }, i) => {
      const chosen = order === current();
      button.setAttribute("aria-checked", String(chosen));
      button.setAttribute("tabindex", chosen ? "0" : "-1");
      canvas.paint(maps[i].probabilities, 0, 1);
      said.textContent = `${spans[i]}. BCE ${digits(maps[i].loss)}`;
    });
  return { group, show };
}
