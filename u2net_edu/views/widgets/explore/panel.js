// What the chosen part is: its shapes and costs, what it sees, who feeds it and whom it feeds.

import { element } from "../kit/dom.js";
import { exactly, milliseconds, percent, seesInWords, short, times, whatItIs } from "../kit/words.js";
import { neighbours, numbersOf } from "../network/graph.js";
import { fieldInShort } from "../network/windows.js";

const MOST_STEPS = 24; // operators of a layer that are listed

/** @param {import("../kit/types").Tie} tie */
export function drawPanel(tie, { graph, trace, chosen, fieldOf, secondsOf }, choose) {
  const panel = element("div", { class: "panel", "aria-live": "polite" });

  const chip = (path, text, current = false) => {
    const button = element("button", { "data-to": path, "aria-pressed": String(current) }, text);
    button.addEventListener("click", () => choose(path));
    button.addEventListener("pointerenter", () => tie.set({ hovered: path }));
    button.addEventListener("pointerleave", () => tie.set({ hovered: "" }));
    return button;
  };
  const chips = (word, kind, paths) =>
    element(
      "p", { class: "chips" },
      element("span", { class: `muted ${paths.length ? kind : ""}` }, paths.length ? word : ""),
      ...paths.map((path) => chip(path, path)),
    );
  // The operators of a layer, in the order in which they run.
  const steps = (node, single) =>
    element(
      "p", { class: "chips steps" },
      ...node.operators.slice(0, MOST_STEPS).map((i) => {
        const { path, kind } = trace.operators[i];
        const inside = path.startsWith(`${node.path}.`);
        return chip(path, inside ? path.slice(node.path.length + 1) : kind, single?.path === path);
      }),
    );

  const show = () => {
    const found = chosen();
    const { node, operator } = found;
    const path = tie.get("selected");
    const numbers = numbersOf(graph, found);
    const single = operator === undefined ? undefined : trace.operators[operator];
    const title = whatItIs(numbers, node, single);
    const links = operator === undefined ? neighbours(graph, node) : operatorNeighbours(trace, operator);
    const seconds = secondsOf(operator === undefined ? node.operators : [operator]);
    const facts = [
      ["in", numbers.inputs.map(times).join(" and ") || "–"],
      ["out", times(numbers.shape)],
      ["parameters", exactly(numbers.parameters)],
      ["MACs", `${short(numbers.macs)} (${percent(numbers.share)} of all)`],
      ["activations", `${short(numbers.bytes)}B`],
      ["field", fieldInShort(fieldOf(path), tie.live())],
      ...(seconds === null ? [] : [["time", milliseconds(seconds)]]),
    ];
    panel.replaceChildren(
      element("h3", {}, path, element("small", {}, title)),
      element("dl", {}, ...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)])),
      ...(node.children.length ? [] : [steps(node, single)]),
      chips("fed by", "feeds", links.sources),
      chips("feeds", "fed", links.targets),
      element("p", { class: "words" }, sentence(path, title, numbers, fieldOf(path))),
    );
  };
  return { node: panel, show };
}

function sentence(path, title, numbers, field) {
  const into = numbers.inputs.map(times).join(" and ");
  return (
    `${path}: ${title}${into ? `, ${into} to ${times(numbers.shape)}` : `, ${times(numbers.shape)}`}; ` +
    `${exactly(numbers.parameters)} parameters, ${exactly(numbers.macs)} MACs. ${seesInWords(field)}`
  );
}

function operatorNeighbours(trace, position) {
  const { operators } = trace;
  const targets = operators.filter((operator) => operator.inputs.includes(position));
  return {
    sources: operators[position].inputs.map((i) => operators[i].path),
    targets: targets.map((operator) => operator.path),
  };
}
