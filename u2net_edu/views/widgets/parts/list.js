// What is changed, as a list in which each line can be taken back; undo, redo, reset.

import { element, taken } from "../kit/dom.js";
import { changeInShort } from "./cuts.js";
import { button } from "./panel.js";

/** @param {import("../kit/types").Tie} tie */
export function drawList(tie, { cuts, choose, words }) {
  const undo = button("undo", cuts.undo);
  const redo = button("redo", cuts.redo);
  const reset = button("reset", cuts.reset);
  const lines = element("ul", { "aria-label": "what is changed" });
  const state = element("p", { class: "muted state", role: "status" });
  const problem = element("p", { class: "message", role: "alert" });
  tie.root.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || !["z", "y"].includes(key)) return;
    taken(event);
    (key === "y" || event.shiftKey ? cuts.redo : cuts.undo)();
  });
  const line = ([part, how]) => {
    const name = button(words(part), () => choose(part));
    const remove = button("×", () => cuts.set([part], null));
    remove.setAttribute("aria-label", `put ${words(part)} back`);
    return element("li", {}, name, element("b", {}, changeInShort(how)), remove);
  };
  let drawn = "";
  // Whoever took a line back with the keyboard stands on the next one.
  const draw = (current) => {
    if (drawn === JSON.stringify(current)) return;
    drawn = JSON.stringify(current);
    const at = Array.from(lines.children).findIndex((one) => one.querySelector(":focus"));
    lines.replaceChildren(...current.map(line));
    if (at >= 0) (lines.children[Math.min(at, current.length - 1)]?.querySelector("button:last-child") ?? reset).focus();
  };
  const show = () => {
    const current = cuts.current();
    draw(current);
    undo.disabled = !cuts.canUndo();
    redo.disabled = !cuts.canRedo();
    reset.disabled = current.length === 0;
    state.textContent = cuts.busy() ? "The network runs …" : current.length ? "" : "Nothing is changed.";
    problem.textContent = tie.get("answer").problem ?? "";
  };
  const node = element(
    "div", { class: "list" },
    element("p", { class: "acts" }, element("b", {}, "changed"), undo, redo, reset), state, problem, lines,
  );
  return { node, show };
}
