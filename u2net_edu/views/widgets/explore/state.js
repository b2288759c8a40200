// What the parts of the nested map ask of the model and the trace: the chosen part, and its numbers.

import { milliseconds, short } from "../kit/words.js";
import { find, numbersOf } from "../network/graph.js";

const WORD = {
  parameters: short,
  macs: short,
  bytes: (n) => `${short(n)}B`,
  time: milliseconds,
  field: (n) => (Number.isFinite(n) ? `${n} px` : "∞"),
};

/** @param {import("../kit/types").Tie} tie */
export function stateOf(tie, graph) {
  const { trace } = graph;
  const lensName = () => tie.get("lens");
  const fieldOf = (path) => tie.get("fields")[path];
  const chosen = () => find(graph, tie.get("selected")) ?? find(graph, trace.operators[0].path);
  // Seconds of operators together; null where none of them was measured.
  const secondsOf = (operators) => {
    const measured = operators.map((operator) => tie.get("times").seconds?.[operator]);
    return measured.every((one) => one === undefined) ? null : measured.reduce((a, b) => a + (b ?? 0), 0);
  };
  const numberOf = (node) => {
    if (lensName() === "time") return secondsOf(node.operators);
    if (lensName() === "field") {
      const field = fieldOf(node.path);
      return !field || field.hidden ? null : (field.size ?? Infinity);
    }
    return numbersOf(graph, { node, output: node.output })[lensName()];
  };
  return {
    graph, trace, chosen, fieldOf, secondsOf, numberOf,
    lens: () => (lensName() === "role" ? "role" : { word: WORD[lensName()] }),
    shades: () => tie.get("palettes")[lensName() === "field" ? "field" : "cost"],
  };
}
