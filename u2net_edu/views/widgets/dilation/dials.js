// What can be set in the dilation explorer: dials for the kernel and the stack, and examples.

import { element, radios, slider } from "../kit/dom.js";
import { paddingOf } from "./taps.js";

export const SETTINGS = ["kernel", "stride", "padding", "layers", "size"];
const SQUARE = (n) => `${n}×${n}`;
/** @type {[string, Record<string, any>][]} */
const EXAMPLES = [
  ["3×3", { kernel: 3, stride: 1, padding: "same", layers: [1], size: 17 }],
  ["dilation 2", { kernel: 3, stride: 1, padding: "same", layers: [2], size: 17 }],
  ["stack of 1, 2, 4", { kernel: 3, stride: 1, padding: "same", layers: [1, 2, 4], size: 17 }],
  ["stack of 2, 2, 2", { kernel: 3, stride: 1, padding: "same", layers: [2, 2, 2], size: 17 }],
  ["pixels nobody reads", { kernel: 3, stride: 2, padding: "same", layers: [2], size: 17 }],
  ["dilation 8 on 10×10", { kernel: 3, stride: 1, padding: "same", layers: [8], size: 10 }],
];

/** Buttons that set everything at once. */
export function exampleButtons(tie) {
  const matches = ([, preset]) =>
    SETTINGS.every((name) => JSON.stringify(preset[name]) === JSON.stringify(tie.get(name)));
  return radios(
    "examples",
    EXAMPLES.map(([name]) => [name, name]),
    () => EXAMPLES.find(matches)?.[0],
    (name) => tie.set(Object.fromEntries(EXAMPLES)[name]),
  );
}

/** All dials in a row, the dilations first: { node, show(impossible) }. */
export function dialRow(tie) {
  const dilations = dilationDials(tie);
  const kernel = simple(tie, "kernel", "kernel", SQUARE);
  const stride = simple(tie, "stride", "stride", String);
  const size = simple(tie, "size", "input", SQUARE);
  const padding = paddingDial(tie);
  const layers = layerDial(tie);
  const every = [dilations, kernel, stride, padding, size, layers];
  const show = (impossible) => {
    for (const dial of every) dial.show();
    for (const dial of [dilations, kernel, padding]) dial.node.classList.toggle("wrong", impossible);
  };
  return { node: element("div", { class: "dials" }, ...every.map((dial) => dial.node)), show };
}

function simple(tie, name, label, word) {
  const [min, max] = tie.get("limits")[name];
  const change = (value) => tie.set({ [name]: value });
  const dial = slider(label, { min, max, value: tie.get(name), word, change });
  return { node: dial.node, show: () => dial.show(tie.get(name)) };
}

// One for each layer. They stay where they are while their number does: one of them may be dragged.
function dilationDials(tie) {
  const node = element("span", { class: "dilations" });
  let dials = [];
  const change = (i, value) =>
    tie.set({ layers: tie.get("layers").map((dilation, j) => (j === i ? value : dilation)) });
  const show = () => {
    const layers = tie.get("layers");
    if (dials.length !== layers.length) {
      const [min, max] = tie.get("limits").dilation;
      dials = layers.map((value, i) =>
        slider(`dilation of layer ${i + 1}`, { min, max, value, change: (to) => change(i, to) }),
      );
      if (dials.length === 1) dials[0].node.firstChild.textContent = "dilation";
      node.replaceChildren(...dials.map((dial) => dial.node));
    }
    dials.forEach((dial, i) => dial.show(layers[i]));
  };
  return { node, show };
}

function paddingDial(tie) {
  const pads = () => tie.get("layers").map((d) => paddingOf("same", tie.get("kernel"), d)[0]);
  const [min, max] = tie.get("limits").padding;
  const usual = () => Math.min(pads()[0], max);
  const isSame = () => tie.get("padding") === "same";
  const dial = slider("padding", {
    min, max, value: 0,
    word: (n) => (isSame() ? pads().join(", ") : String(n)),
    change: (value) => tie.set({ padding: value }),
  });
  const same = element("button", { "aria-pressed": "false" }, "same");
  same.addEventListener("click", () => tie.set({ padding: isSame() ? usual() : "same" }));
  const show = () => {
    dial.show(isSame() ? usual() : tie.get("padding"));
    same.setAttribute("aria-pressed", String(isSame()));
  };
  return { node: element("span", { class: "pair" }, dial.node, same), show };
}

function layerDial(tie) {
  const limits = tie.get("limits");
  const change = (count) => {
    const layers = tie.get("layers").slice(0, count);
    while (layers.length < count) layers.push(Math.min(2 * layers.at(-1), limits.dilation[1]));
    tie.set({ layers });
  };
  const [min, max] = limits.layers;
  const dial = slider("layers", { min, max, value: tie.get("layers").length, change });
  return {
    node: element("span", { class: "stacked" }, dial.node),
    show: () => dial.show(tie.get("layers").length),
  };
}
