// The weighted sum of the seven losses: the number that training minimises.

import { element } from "../kit/dom.js";
import { digits, totalBar } from "./bars.js";

/** { nodes, show } */
export function weightedLoss(tie, state) {
  const bar = totalBar();
  const total = element("output", { class: "total" });
  const words = element("p", { class: "words", "aria-live": "polite" });
  const plain = element("button", {}, "all on, weight 1");
  plain.addEventListener("click", () => tie.set({ weights: state.terms.map(() => 1), on: state.terms.map(() => true) }));
  const show = () => {
    const weights = state.counted();
    const added = state.results().map((map, i) => weights[i] * map.loss);
    const sum = bar.show(state.terms, added, Math.LN2 * weights.reduce((a, b) => a + b, 0));
    total.textContent = digits(sum);
    words.textContent = sumInWords(state.terms, added, weights.filter(Boolean).length, sum);
  };
  const head = element("div", { class: "sum" }, element("h4", {}, "Their weighted sum, the loss: ", total), plain);
  return { nodes: [head, bar.node, words], show };
}

function sumInWords(terms, added, count, sum) {
  if (!sum) return "No term is on: a loss of 0, and nothing to learn from.";
  const largest = added.indexOf(Math.max(...added));
  const share = ((100 * added[largest]) / sum).toFixed(0);
  return (
    `${count} terms add up to ${digits(sum)}. ${terms[largest]} adds the most: ${digits(added[largest])}, ${share} %. ` +
    `A map that says ½ everywhere has the loss ln 2 = ${digits(Math.LN2)}; the mark shows the sum if all maps did.`
  );
}
