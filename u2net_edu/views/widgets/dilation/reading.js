// What the shown cell reads, in words; while an exercise asks for them, behind a fold.

import { describe, nameOf, reachInWords } from "./words.js";
import { element } from "../kit/dom.js";

// `onOpen`: what is called when the reader opens the fold.
export function drawReading(tie, state, onOpen) {
  const words = element("p", { class: "words", "aria-live": "polite" });
  const fold = drawFold(onOpen);

  const hide = (impossible) => {
    words.hidden = impossible;
    fold.show(null);
  };
  const showCell = (shown, reads) => {
    const [down, across] = reads;
    const [found, explain] = [state.found(), tie.get("explain")];
    const { told, counted } = describe(state.settings(), found, shown, { down, across }, tie.get("plain"));
    words.textContent = explain
      ? [told, reachInWords(found), counted].join(" ")
      : `${told} ${nameOf(found, shown)} is lit: count what it reads.`;
    fold.show(explain ? null : counted);
    return words.textContent;
  };
  return { nodes: [words, fold.node], hide, showCell };
}

// What an exercise asks for, in words: there for anyone who opens it, and not in the page before.
function drawFold(onOpen) {
  const summary = element("summary", {}, "Counted? Compare: what this cell reads, in words");
  const text = element("p", { class: "counted" });
  const node = element("details", { class: "fold" }, summary, text);
  node.addEventListener("toggle", onOpen);
  const show = (words) => {
    node.hidden = words === null;
    text.textContent = node.open && words ? words : "";
  };
  return { node, show };
}
