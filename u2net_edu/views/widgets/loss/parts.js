// The parts of the loss explorer that stand for themselves: a slider for any number, a term's card,
// the two ways to fuse, the table of one pixel.

import { dial } from "../kit/dial.js";
import { element } from "../kit/dom.js";
import { digits } from "./bars.js";
import { mapCanvas } from "./canvas.js";
import { sigmoid } from "./math.js";

export const inHundredths = (value) => digits(value, 2);

// A map with its loss, its switch and its weight.
export function termCard(name, number, size, table, most, { choose, turn, weigh }) {
  const canvas = mapCanvas(size, table, { class: "pixels" });
  const button = element(
    "button", { class: "map", "aria-pressed": "false" },
    canvas.node, element("i", { class: `piece swatch t${number % 7}` }), element("b", {}, name),
  );
  const loss = element("span", { class: "loss" });
  const box = element("input", { type: "checkbox", "aria-label": `${name} is in the sum` });
  const weight = dial(`weight of ${name} in the loss`, { min: 0, max: most, step: 0.01, word: inHundredths, text: "×", change: weigh });
  button.addEventListener("click", choose);
  box.addEventListener("change", () => turn(box.checked));
  const node = element(
    "div", { class: "card", role: "group", "aria-label": name },
    button, loss, element("label", { class: "switch" }, box, "in the sum"), weight.node,
  );
  const show = (map, on, value, selected) => {
    loss.textContent = `BCE ${digits(map.loss)}`;
    box.checked = on;
    weight.show(value);
    node.classList.toggle("off", !on || value === 0);
    button.setAttribute("aria-pressed", String(selected));
    button.setAttribute("aria-label", `${name}, loss ${digits(map.loss)}: look at it below`);
  };
  return { node, show, paint: (map) => canvas.paint(map.probabilities, 0, 1) };
}

export const ORDERS = [
  ["after", "sigmoid after the fusion", "σ(Σ w·logit + b)"],
  ["before", "sigmoid before the fusion", "Σ w·σ(logit) + b"],
];

// Both ways to fuse, as pictures of which one is chosen.
export function orderChoice(size, table, current, choose) {
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
    event.preventDefault();
    event.stopPropagation();
    const other = parts.find((part) => part.order !== current());
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

// What each map says of one pixel.
export function pixelTable(names, results, at, selected, before) {
  const line = (tag, texts, attributes = {}) =>
    element("tr", attributes, ...texts.map((text, i) => element(i ? tag : "th", {}, text)));
  const rows = names.map((name, i) => {
    const { values, probabilities, losses } = results[i];
    const summed = before && i === 0; // a sum of probabilities: no logit
    const logit = summed ? "–" : digits(values[at], 2);
    const p = summed ? digits(values[at], 4) : inShort(probabilities[at]);
    return line("td", [name, logit, p, digits(losses[at])], { "aria-current": String(name === selected) });
  });
  const head = line("th", ["map", "logit", "probability", "loss"]);
  return element("table", { class: "pixel" }, element("thead", {}, head), element("tbody", {}, ...rows));
}

// The loss of one pixel as a sentence: -ln of the probability that the truth was given.
export function pixelInWords(name, result, at, truth, before) {
  if (truth > 0 && truth < 1) return `The mask says ${digits(truth, 2)}: partly salient, so both answers count.`;
  const x = result.values[at];
  const given = before ? (truth ? result.probabilities[at] : 1 - result.probabilities[at]) : sigmoid(truth ? x : -x);
  return `The mask says ${truth ? "1, salient" : "0, background"}. To that answer ${name} gives the probability ${inShort(given)}; the loss is −ln of it: ${digits(result.losses[at])}${given ? "" : ", where torch stops, for −ln 0 has no end"}.`;
}

function inShort(p) {
  return p === 0 || p >= 0.001 ? digits(p) : p.toExponential(1).replace("-", "−");
}
