// The chosen part, and what can be done to it: cut, mean, a gain, what another picture gave.

import { dial } from "../kit/dial.js";
import { element } from "../kit/dom.js";
import { times, whatItIs } from "../kit/words.js";
import { find, numbersOf } from "../network/graph.js";

const MOST_GAIN = 2;

/** @param {import("../kit/types").Tie} tie
 * `partOf(path)`: { parts, words } of what is chosen, `open(path)` falls in. */
export function drawPanel(tie, { graph, cuts, partOf, open }) {
  const chosen = () => partOf(tie.get("selected"));
  const change = (how, about) => cuts.set(chosen().parts, how, about);
  const title = element("h3", {});
  const cut = button("", () => cuts.toggle(chosen().parts));
  const mean = button("mean", () => change("mean"));
  mean.title = "each channel levelled to its mean over the map";
  const back = button("put back", () => change(null));
  const enter = button("", () => open(tie.get("selected")));
  const gain = dial("gain", {
    min: 0, max: MOST_GAIN, step: 0.05, word: (value) => `×${value.toFixed(2)}`,
    change: (value) => (gain.show(value), change(value, `gain ${tie.get("selected")}`)),
  });
  const other = element("select", { "aria-label": "as for another picture" });
  other.addEventListener("change", () => other.value && change({ as: other.value }));
  const node = element(
    "div", { class: "panel" },
    title,
    element("p", { class: "acts" }, cut, mean, back, enter),
    element("p", { class: "acts" }, gain.node),
    element("label", { class: "acts" }, "as for ", other),
  );
  const show = () => {
    const { parts, words, arrow } = chosen();
    const how = cuts.changeOf(parts[0]);
    const found = arrow ? null : find(graph, parts[0]);
    const what = found ? `${whatItIs(numbersOf(graph, found), found.node)}, ${times(numbersOf(graph, found).shape)}` : parts.join(", ");
    title.replaceChildren(words, element("small", {}, what));
    cut.textContent = arrow ? "cut" : "silence";
    cut.setAttribute("aria-pressed", String(how === "zero"));
    mean.setAttribute("aria-pressed", String(how === "mean"));
    back.disabled = how === undefined;
    enter.hidden = !found?.node.children.length;
    enter.textContent = `open ${parts[0]}`;
    gain.show(typeof how === "number" ? how : how === "zero" ? 0 : 1);
    const names = tie.get("pictures");
    other.replaceChildren(
      element("option", { value: "" }, "another picture …"),
      ...names.map((name) => element("option", { value: name }, name)),
    );
    other.value = names.includes(how?.as) ? how.as : "";
  };
  return { node, show };
}

export function button(text, action) {
  const node = element("button", {}, text);
  node.addEventListener("click", action);
  return node;
}
