// The seven maps beside the image and the mask by which they are judged.

import { dial } from "../kit/dial.js";
import { element } from "../kit/dom.js";
import { digits, inHundredths } from "./bars.js";
import { mapCanvas } from "./canvas.js";
import { replaced } from "./state.js";

/** { node, load, showFused, show, stop }: the cards of the seven; `load` for a new image. */
export function sevenMaps(tie, state) {
  const image = element("img", { class: "pixels", alt: "the image" });
  const truth = mapCanvas(state.size, state.grey, { class: "pixels", role: "img", "aria-label": "the mask" });
  const maskWords = element("span", {});
  const cards = state.terms.map((term, i) =>
    termCard(term, i, state.size, state.grey, tie.get("most_weight"), {
      choose: () => tie.set({ selected: term }),
      turn: (on) => tie.set({ on: replaced(tie.get("on"), i, on) }),
      weigh: (weight) => tie.set({ weights: replaced(tie.get("weights"), i, weight) }),
    }),
  );
  let photo = "";
  const stop = () => URL.revokeObjectURL(photo);
  const load = () => {
    stop();
    photo = URL.createObjectURL(new Blob([tie.get("photo")], { type: "image/png" }));
    image.src = photo;
    truth.paint(state.mask, 0, 1);
    const share = state.mask.reduce((a, b) => a + b, 0) / state.pixels;
    maskWords.textContent = share ? `${(100 * share).toFixed(0)} % salient` : "nothing is salient";
    state.sides.forEach((side, k) => cards[k + 1].paint(side));
  };
  const show = () =>
    state.results().forEach((map, i) =>
      cards[i].show(map, tie.get("on")[i], tie.get("weights")[i], i === state.chosen()));
  const node = element(
    "div", { class: "seven" },
    given(image, "image", "what goes in"), given(truth.node, "mask", maskWords), ...cards.map((card) => card.node),
  );
  return { node, load, showFused: () => cards[0].paint(state.results()[0]), show, stop };
}

const given = (node, text, words) =>
  element("div", { class: "card given" }, node, element("b", {}, text), element("span", { class: "muted" }, words));

// A map with its loss, its switch and its weight.
function termCard(name, number, size, table, most, { choose, turn, weigh }) {
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
