// Dials: a slider with what it is set to beside it, as text or as a field to type in.

import { element } from "./dom.js";

/** @typedef {{ node: HTMLElement, input: HTMLInputElement, show: (value: number) => void }} Dial */

/** A labelled slider.
 * @param {string} label  what a screen reader calls it
 * @param {object} how
 * @param {number} how.min @param {number} how.max @param {number} [how.step]
 * @param {(value: number) => void} how.change
 * @param {string} [how.text]  what stands before it; the label, if it is left out
 * @param {(value: number) => string} [how.word]  what stands beside it for a value
 * @param {number} [how.mark]  a value to be found again, such as one that was learned
 * @param {[number, number]} [how.exact]  limits of a field beside it, which takes what the slider is
 *   too coarse or too short for
 * @returns {Dial} */
export function dial(label, { min, max, step = 1, change, text = label, word = String, mark, exact }) {
  const input = element("input", { type: "range", min, max, step, "aria-label": label });
  const rail = element("span", { class: "rail" }, input);
  if (mark !== undefined) rail.append(markAt((mark - min) / (max - min)));
  let shown = NaN;
  const beside = exact ? exactField(label, exact, change, () => shown) : element("output", {});
  input.addEventListener("input", () => change(Number(input.value)));
  const show = (value) => {
    shown = value;
    input.value = value;
    if (exact) return (beside.value = value);
    beside.textContent = word(value);
    input.setAttribute("aria-valuetext", word(value));
  };
  // Two fields cannot share a <label>.
  const node = exact
    ? element("span", { class: "slider dial" }, element("span", { "aria-hidden": "true" }, text), rail, beside)
    : element("label", { class: "slider dial" }, element("span", {}, text), rail, beside);
  return { node, input, show };
}

// The thumb is 16 px wide and stays inside of its rail.
const markAt = (part) =>
  element("i", { class: "learned", style: `left: calc(8px + ${part} * (100% - 16px))` });

function exactField(label, [least, most], change, current) {
  const field = element("input", {
    type: "number", min: least, max: most, step: 1, "aria-label": `${label}, exactly`,
  });
  field.addEventListener("change", () => {
    const value = Number(field.value);
    const right = field.value !== "" && Number.isFinite(value);
    const wanted = right ? clampWhole(value, [least, most]) : current();
    field.value = wanted;
    if (wanted !== current()) change(wanted);
  });
  return field;
}

/** The nearest whole number within limits.
 * @param {number} value @param {[number, number]} limits */
export const clampWhole = (value, [least, most]) => Math.min(Math.max(Math.round(value), least), most);
