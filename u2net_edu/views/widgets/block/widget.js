// A row of the table, a drawing, a program: what belongs together is lit together. Python says what
// lights what; here it is drawn, pointed at, and walked through by keys.

import { element, mount } from "../kit/dom.js";
import { drawBlock } from "./drawing.js";
import { drawProgram } from "./program.js";
import { thingsOf } from "./things.js";

function render({ model, el }) {
  const tie = mount(model, el, "block");
  const title = element("b", {});
  const choice = element("select", { "aria-label": "block" });
  choice.addEventListener("change", () => tie.set({ block: choice.value }));
  const table = element("div", { class: "row" });
  const drawing = element("div", { class: "drawing" });
  const program = element("div", { class: "program" });
  const words = element("p", { class: "words", "aria-live": "polite" });
  const alert = element("p", { class: "message", role: "alert" });
  tie.root.append(
    element("div", { class: "head" }, title, element("label", {}, "another block ", choice)),
    alert, table, drawing, words, program,
  );
  let wires = [];
  const things = thingsOf(tie, (item) => {
    tie.root.classList.toggle("lighting", Boolean(item));
    for (const { to, nodes } of wires)
      for (const node of nodes) node.classList.toggle("lit", Boolean(item?.into) && to === item.into);
    words.textContent = item?.words ?? howTo(tie.get("code"));
  });
  const show = () => {
    const [shown, name, code] = ["shown", "block", "code"].map((trait) => tie.get(trait));
    things.clear();
    title.textContent = `${name}: one row, one drawing${code ? ", one program" : ""}`;
    choice.replaceChildren(...tie.get("choices").map((each) => element("option", { value: each }, each)));
    choice.value = name;
    table.replaceChildren(drawRow(shown.row, things.thing));
    const block = drawBlock(shown, name, things.thing);
    wires = block.wires;
    drawing.replaceChildren(block.node);
    program.replaceChildren(...drawProgram(shown, things.thing));
    program.hidden = !code;
    things.light();
  };
  tie.listen(["shown", "code", "choices"], show);
  tie.listen(["selected"], things.light);
  tie.listen(["message"], () => (alert.textContent = tie.get("message")));
  show();
  return tie.leave;
}

const howTo = (code) =>
  `Point at a number of the row${code ? ", at a box, or at a line of the program" : " or at a box"}. ` +
  "A click keeps it lit; the arrow keys walk on, Esc lets go.";

function drawRow(row, thing) {
  const heads = row.map((cell) => element("th", { scope: "col" }, cell.head));
  const cells = row.map(({ id, text }) =>
    element("td", {}, id ? thing(element("span", { class: "cell" }, text), id, "row") : element("b", {}, text)));
  return element(
    "table", { "aria-label": "the row of the table" },
    element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, element("tr", {}, ...cells)),
  );
}

export default { render };
