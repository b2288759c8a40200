// What can be set in the cost explorer.

import { change } from "./state.js";
import { looksOf } from "./curves.js";
import { dial } from "../kit/dial.js";
import { element, radios } from "../kit/dom.js";

const REACH = { width: 128, resolution: [8, 640] }; // of the sliders; the fields beside them go on

/** All of it in parts: { first, rest, show }. `first` are the dials that stand nearest to the plot,
 * `rest` what chooses blocks, axes, and what is held equal. */
export function drawDials(tie, redraw) {
  const limits = tie.get("limits");
  const kinds = Object.keys(tie.get("axes"));
  const width = dial("inner width M", {
    min: 1, max: REACH.width, exact: limits.width, change: (value) => change(tie, { width: value }),
  });
  const [min, max] = REACH.resolution;
  const resolution = dial("map, pixels a side", {
    min, max, exact: limits.resolution, change: (value) => change(tie, { resolution: value }),
  });
  const upright = choice(tie, "vertical axis", "y", kinds.filter((kind) => kind !== "width"));
  const across = choice(tie, "horizontal axis", "x", kinds);
  const match = choice(tie, "compare at the same", "match", ["width", ...Object.keys(tie.get("budgets"))]);
  const log = element("button", { "aria-pressed": "false" }, "log axes");
  log.addEventListener("click", () => change(tie, { log: !tie.get("log") }));
  const budget = budgetField(tie, redraw);
  const chips = blockChips(tie);
  const show = (now) => {
    width.show(now.width);
    resolution.show(now.resolution);
    for (const group of [upright, across, match]) group.show();
    log.setAttribute("aria-pressed", String(now.log));
    budget.show(now);
    chips.show(now);
  };
  return {
    first: element("div", { class: "dials" }, width.node, resolution.node, upright.node),
    rest: [chips.node, element("div", { class: "dials" }, across.node, log, match.node, budget.node)],
    show,
  };
}

function choice(tie, label, trait, kinds) {
  const axes = tie.get("axes");
  const options = kinds.map((kind) => [kind, axes[kind].name]);
  const { group, show } = radios(label, options, () => tie.get(trait), (value) => change(tie, { [trait]: value }));
  const name = element("span", { class: "muted", "aria-hidden": "true" }, label);
  return { node: element("span", { class: "choice" }, name, group), show };
}

// A button for each block on offer, which is the legend as well.
function blockChips(tie) {
  const names = Object.keys(tie.get("offered"));
  const looks = looksOf(names);
  const toggle = (name) => {
    const chosen = tie.get("blocks");
    const next = chosen.includes(name) ? chosen.filter((other) => other !== name) : [...chosen, name];
    if (!next.length) return;
    change(tie, { blocks: next, ...(next.includes(tie.get("focus")) ? {} : { focus: next[0] }) });
  };
  const chips = names.map((name) => {
    const { hue, dash } = looks[name];
    const line = element("path", { class: `line ${hue}`, d: "M1 4H25", "stroke-dasharray": dash || null });
    const swatch = element("svg", { viewBox: "0 0 26 8", width: 26, height: 8, "aria-hidden": "true" }, line);
    const chip = element("button", { class: "chip", "data-block": name }, swatch, name);
    chip.addEventListener("click", () => toggle(name));
    return chip;
  });
  const show = (now) => {
    for (const chip of chips) chip.setAttribute("aria-pressed", String(now.blocks.includes(chip.dataset.block)));
  };
  return { node: element("div", { class: "chips", role: "group", "aria-label": "blocks" }, ...chips), show };
}

function budgetField(tie, redraw) {
  const field = element("input", { type: "number", min: 1, step: "any", "aria-label": "the budget" });
  const word = element("span", { class: "muted" });
  const node = element("label", { class: "slider budget" }, element("span", {}, "budget"), field, word);
  const measure = () => tie.get("budgets")[tie.get("match")] ?? { unit: 1, word: "" };
  field.addEventListener("change", () => {
    const value = Math.floor(Number(field.value) * measure().unit);
    if (value === tie.get("budget")) return; // said by Enter, and once more when the field is left
    if (value >= 1 && value <= Number.MAX_SAFE_INTEGER) change(tie, { budget: value });
    else redraw();
  });
  const show = (now) => {
    node.hidden = now.match === "width";
    word.textContent = measure().word;
    const typing = document.activeElement === field && field.value;
    if (!typing) field.value = Number((now.budget / measure().unit).toPrecision(7));
  };
  return { node, show };
}
