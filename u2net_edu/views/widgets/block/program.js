// The program of a block, in two halves: what makes its layers, and what runs them.

import { element } from "../kit/dom.js";

const KEYWORDS = /\b(class|def|return|self|super)\b/g;

/** Both halves. `thing(node, id, group)` makes a line that can be pointed at; those in `items` can. */
export function drawProgram({ lines, items }, thing) {
  const split = lines.findIndex((line) => line.text === "");
  const drawLine = ({ id, text }) => {
    const number = element("span", { class: "number" }, id.slice(5));
    const node = element("div", { class: "line" }, number, ...coloured(text));
    return id in items ? thing(node, id, "line") : node;
  };
  return [lines.slice(0, split), lines.slice(split + 1)].map((half) =>
    element("div", { class: "code" }, ...half.map(drawLine)));
}

// A line of Python with its keywords marked, indented by half, which leaves room; the style sheet
// keeps the blanks.
function coloured(line) {
  const text = line.replace(/^ +/, (blanks) => blanks.slice(blanks.length / 2));
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(KEYWORDS)) {
    parts.push(text.slice(from, match.index), element("span", { class: "keyword" }, match[0]));
    from = match.index + match[0].length;
  }
  return [...parts, text.slice(from)];
}
