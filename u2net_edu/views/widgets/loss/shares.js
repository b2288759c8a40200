// Which term moves which stage: shares of each stage's gradient, for which Python is asked.

import { element } from "../kit/dom.js";
import { shareBars, shareTable, sharesInWords } from "./bars.js";
import { sharesOf } from "./math.js";

const PAUSE = 250; // milliseconds without a change before Python is asked for gradients
const WHAT =
  "The gradient of the loss is the sum of its terms' gradients, each times its weight. A share says how much of " +
  "that sum a term gives: its own gradient, projected on the sum. The shares of a stage add up to 1; one that " +
  "points left of the line pulls against the rest. They hold for this one image, with batch norm as at inference; " +
  "the side heads and the fusion are not stages.";

/** { nodes, show, stop } */
export function gradientShares(tie, state) {
  const { stages, waits } = tie.get("network");
  const { terms } = state;
  const bars = shareBars(terms);
  const words = element("p", { class: "words", "aria-live": "polite" });
  const asTable = element("div", { class: "scroll" });
  const compute = element("button", { hidden: "" }, `compute the gradients, about ${Math.ceil(waits)} s`);
  let pause = 0;
  const wanted = () => [...tie.get("fuse_weights"), tie.get("fuse_bias"), tie.get("sigmoid"), tie.get("scene")];
  const ask = () => tie.set({ asked: wanted() });
  compute.addEventListener("click", ask);
  const stop = () => clearTimeout(pause);
  const show = () => {
    const { asked, stages: products } = tie.get("products");
    const fresh = JSON.stringify(asked) === JSON.stringify(wanted());
    stop();
    if (!fresh && !waits) pause = setTimeout(ask, PAUSE);
    compute.hidden = fresh || !waits;
    bars.node.classList.toggle("stale", !fresh);
    if (products) showProducts(products, fresh);
    else {
      words.textContent = waits ? "" : "Asking the network for its gradients …";
      bars.show(Object.fromEntries(stages.map((stage) => [stage, terms.map(() => 0)])));
    }
  };
  const showProducts = (products, fresh) => {
    const weights = state.counted();
    const shares = Object.fromEntries(Object.entries(products).map(([stage, p]) => [stage, sharesOf(p, weights)]));
    bars.show(shares);
    asTable.replaceChildren(shareTable(terms, shares));
    const shown = Object.keys(shares);
    const [first, last] = [shown[0], shown[shown.length - 1]];
    words.textContent = fresh
      ? `${sharesInWords(first, terms, shares[first])}; ${sharesInWords(last, terms, shares[last])}.`
      : "These are of the fusion as it was; asking for the new ones …";
  };
  const table = element("details", {}, element("summary", {}, "the shares as a table"), asTable);
  const beside = element("div", {}, compute, words, element("p", { class: "muted" }, WHAT), table);
  return {
    nodes: [
      element("h4", {}, "Which term moves which stage: shares of each stage's gradient"),
      element("div", { class: "gradients" }, bars.node, beside),
    ],
    show, stop,
  };
}
