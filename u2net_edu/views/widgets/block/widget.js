// A row of the table, a drawing, a program: what belongs together is lit together. Python says what
// lights what; here it is drawn, pointed at, and walked through by keys.

import { element, keepKeys, mount, taken } from "../kit/dom.js";

const KEYWORDS = /\b(class|def|return|self|super)\b/g;

function render({ model, el }) {
  const tie = mount(model, el, "block");
  let hovered = "";
  let things = new Map(); // id → its node in the page
  let wires = [];

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

  const ids = (group) => [...things].filter(([, node]) => node.dataset.group === group).map(([id]) => id);
  const select = (id) => {
    hovered = "";
    tie.set({ selected: id });
  };
  // A thing that can be pointed at, clicked, and reached by keys; the arrows walk within its group.
  const thing = (node, id, group) => {
    node.dataset.id = id;
    node.dataset.group = group;
    node.setAttribute("role", "button");
    node.setAttribute("tabindex", "-1");
    keepKeys(node);
    node.addEventListener("pointerenter", () => ((hovered = id), light()));
    node.addEventListener("pointerleave", () => ((hovered = ""), light()));
    node.addEventListener("click", () => select(tie.get("selected") === id ? "" : id));
    node.addEventListener("keydown", (event) => walk(event, id, group));
    things.set(id, node);
    return node;
  };
  const walk = (event, id, group) => {
    const members = ids(group);
    const at = members.indexOf(id);
    const to = {
      ArrowRight: members[at + 1], ArrowDown: members[at + 1],
      ArrowLeft: members[at - 1], ArrowUp: members[at - 1],
      Home: members[0], End: members.at(-1), Enter: id, " ": id, Escape: "",
    };
    if (!(event.key in to)) return;
    taken(event);
    const next = to[event.key];
    if (next === undefined) return;
    select(next);
    if (next) things.get(next).focus();
  };

  const drawRow = (shown) => {
    const heads = shown.row.map((cell) => element("th", { scope: "col" }, cell.head));
    const cells = shown.row.map((cell) =>
      element("td", {}, cell.id ? thing(element("span", { class: "cell" }, cell.text), cell.id, "row") : element("b", {}, cell.text)),
    );
    table.replaceChildren(
      element("table", { "aria-label": "the row of the table" },
        element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, element("tr", {}, ...cells))),
    );
  };
  const drawBlock = (shown) => {
    const { width, height, box, places } = shown.plan;
    const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": `Drawing of ${tie.get("block")}` });
    wires = shown.plan.wires.map((wire) => [wire, element("path", { class: "wire", d: wire.d })]);
    svg.append(...shown.rows.map((row) => element("text", { class: "size", x: 4, y: row.y + 4 }, row.text)));
    svg.append(...wires.map(([, node]) => node));
    const heads = shown.plan.wires.map((wire) => head(wire.d));
    wires.forEach((wire, i) => wire.push(heads[i]));
    svg.append(...heads);
    for (const one of shown.boxes) svg.append(thing(drawBox(one, places[one.id], box), one.id, "box"));
    drawing.replaceChildren(svg);
  };
  const drawProgram = (shown) => {
    const split = shown.lines.findIndex((line) => line.text === "");
    const column = (lines) => element("div", { class: "code" }, ...lines.map(drawLine));
    program.replaceChildren(column(shown.lines.slice(0, split)), column(shown.lines.slice(split + 1)));
    program.hidden = !tie.get("code");
  };
  const drawLine = ({ id, text }) => {
    const node = element("div", { class: "line" }, element("span", { class: "number" }, id.slice(5)), ...coloured(text));
    return id in tie.get("shown").items ? thing(node, id, "line") : node;
  };

  const light = () => {
    const { items } = tie.get("shown");
    const selected = tie.get("selected");
    const id = hovered in items ? hovered : selected;
    const item = items[id];
    const lit = new Set(item ? [id, ...item.lights] : []);
    tie.root.classList.toggle("lighting", Boolean(item));
    for (const [one, node] of things) {
      node.classList.toggle("lit", lit.has(one));
      node.classList.toggle("chosen", one === id);
      node.setAttribute("aria-pressed", String(one === selected));
      node.setAttribute("aria-label", nameOf(node, items[one]));
    }
    for (const [wire, ...nodes] of wires)
      for (const node of nodes) node.classList.toggle("lit", Boolean(item?.into) && wire.to === item.into);
    for (const group of ["row", "box", "line"]) {
      const members = ids(group);
      const stop = members.includes(selected) ? selected : members[0];
      for (const one of members) things.get(one).setAttribute("tabindex", one === stop ? "0" : "-1");
    }
    words.textContent = item
      ? item.words
      : `Point at a number of the row, at a box${tie.get("code") ? ", or at a line of the program" : ""}. A click keeps it lit; the arrow keys walk on, Esc lets go.`;
  };
  const show = () => {
    const shown = tie.get("shown");
    things = new Map();
    hovered = "";
    title.textContent = tie.get("code")
      ? `${tie.get("block")}: one row, one drawing, one program`
      : `${tie.get("block")}: one row, one drawing`;
    choice.replaceChildren(...tie.get("choices").map((name) => element("option", { value: name }, name)));
    choice.value = tie.get("block");
    drawRow(shown);
    drawBlock(shown);
    drawProgram(shown);
    light();
  };
  tie.listen(["shown", "code", "choices"], () => show());
  tie.listen(["selected"], light);
  tie.listen(["message"], () => (alert.textContent = tie.get("message")));
  show();
  return tie.leave;
}

// What a screen reader calls a thing: what stands there, and what it is.
function nameOf(node, item) {
  return node.dataset.group === "line" ? `${node.textContent.slice(node.querySelector(".number").textContent.length).trim()}. ${item.words}` : item.words;
}

function drawBox({ id, role, channels, dilation }, [x, y], [w, h]) {
  const node = element("g", { class: `box ${role}` });
  if (role === "add") {
    const r = h / 2 - 2;
    node.append(
      element("circle", { cx: x, cy: y, r }),
      element("path", { class: "plus", d: `M${x - r / 2} ${y}h${r}M${x} ${y - r / 2}v${r}` }),
    );
    return node;
  }
  node.append(
    element("rect", { x: x - w / 2, y: y - h / 2, width: w, height: h, rx: 6 }),
    element("text", { class: "name", x, y: y - 2 }, id),
    element("text", { class: "channels", x, y: y + 13 }, dilation ? `${channels}, ${dilation}` : channels),
  );
  return node;
}

// The tip of an arrow at the end of a path of straight lines.
function head(d) {
  const points = d.slice(1).split("L").map((point) => point.split(" ").map(Number));
  const [[x0, y0], [x, y]] = points.slice(-2);
  const length = Math.hypot(x - x0, y - y0) || 1;
  const [dx, dy] = [((x - x0) / length) * 8, ((y - y0) / length) * 8];
  return element("path", {
    class: "tip",
    d: `M${x} ${y}L${x - dx - dy / 2} ${y - dy + dx / 2}L${x - dx + dy / 2} ${y - dy - dx / 2}Z`,
  });
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

export default { render };
