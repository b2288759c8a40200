// The cost explorer in numbers: a sentence, the closed form, a table, the clock.

import { element } from "../kit/dom.js";
import { shownAt, timesOf } from "./curves.js";
import { writtenOut } from "./polynomials.js";
import { exactly, milliseconds, short } from "../kit/words.js";

const sum = (now, name, kind) => shownAt(now, name, kind, now.widths[name]);
const mebibytes = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
const seenBy = (now, name) => {
  const { field } = now.offered[name];
  return field === null ? "the whole map" : `${field} pixels`;
};
const tooExpensive = (name) => `${name} exceeds this budget at every width.`;

/** The plot as a sentence: what the block in focus costs, and the others beside it. */
export function costsInWords(now) {
  const { focus, match, widths, axes } = now;
  const at = widths[focus];
  if (!at) return tooExpensive(focus);
  const own =
    `${focus} at M = ${at} on ${now.size.join("×")}: ${short(sum(now, focus, "macs"))} MACs, ` +
    `${short(sum(now, focus, "parameters"))} parameters, ${mebibytes(sum(now, focus, "memory"))} at the peak; ` +
    `a pixel of it sees ${seenBy(now, focus)}.`;
  const others = now.blocks.filter((name) => name !== focus);
  if (!others.length) return own;
  if (match === "width")
    return `${own} At the same width: ${others.map((name) => `${name} ${short(sum(now, name, "macs"))}`).join(", ")} MACs.`;
  const within = others.map((name) => `${name} ${widths[name] ? `M = ${widths[name]}` : "at no width"}`);
  return `${own} Within the same ${axes[match].name}: ${within.join(", ")}.`;
}

/** The closed form of the block in focus, with its letters and with the numbers at hand. */
export function formOf(tie) {
  const node = element("div", { class: "form" });
  const [into, out] = tie.get("channels");
  const show = (now) => {
    const { form } = now.offered[now.focus];
    const numbers = { I: into, M: now.widths[now.focus], O: out, H: now.size[0], W: now.size[1] };
    node.hidden = !now.formulas;
    const said = (text) => element("p", { class: "muted" }, text);
    if (!numbers.M) node.replaceChildren(said(tooExpensive(now.focus)));
    else if (!form) node.replaceChildren(said(`${now.focus} has no short closed form: its numbers are counted.`));
    else
      node.replaceChildren(
        said(`${now.focus} on paper: I, M and O channels in, inside and out; H×W the map. ${whenItHolds(form, now)}`),
        ...["macs", "parameters"].map((kind) => equation(kind, form[kind], numbers, now)),
      );
  };
  return { node, show };
}

function whenItHolds({ divisor, condition }, { resolution }) {
  if (divisor === 1) return "It holds at any size: nothing is pooled.";
  return resolution % divisor === 0
    ? `It holds where ${condition}, as here: every pool halves exactly.`
    : `It holds where ${condition}. Here pools round up, so there is a little more to compute.`;
}

function equation(kind, formula, numbers, now) {
  const [counted, onPaper] = [sum(now, now.focus, kind), workedOut(formula, numbers)];
  return element(
    "div", { class: `equation ${kind}` },
    element("b", {}, now.axes[kind].name),
    element("span", {}, `= ${formula}`),
    element("span", { class: "written" }, `= ${writtenOut(formula, numbers)}`),
    element("span", { class: "result" }, `= ${exactly(onPaper)}`),
    counted === onPaper ? "" : element("span", { class: "differs" }, `but counted: ${exactly(counted)}`),
  );
}

// A closed form worked out: products of whole numbers and squares, and sums of them in brackets.
function workedOut(formula, numbers) {
  const plain = formula.replace(/(\d+|[IMOHW])²/g, "$1·$1");
  const factor = (text) => (text in numbers ? numbers[text] : Number(text));
  const product = (text) => text.split("·").reduce((all, each) => all * factor(each), 1);
  const sums = (text) => text.split(" + ").reduce((total, part) => total + product(part), 0);
  return plain.split(/ \+ (?=\d+·\()/).reduce((total, part) => {
    const [, outside, inside] = part.match(/^(.*)·\((.*)\)$/);
    return total + sums(outside) * sums(inside);
  }, 0);
}

const HEADS = ["block", "M", "MACs", "parameters", "memory", "a pixel of it sees", "time, median (quartiles)"];

/** A row for each chosen block; its name is a button that puts it in focus. */
export function tableOf(onFocus) {
  const node = element("div", { class: "numbers" });
  node.addEventListener("click", (event) => {
    const name = event.target.closest("button[data-block]")?.dataset.block;
    if (name) onFocus(name);
  });
  const show = (now) => {
    const heads = HEADS.map((head) => element("th", { scope: "col" }, head));
    const rows = now.blocks.map((name) => rowOf(now, name));
    const active = document.activeElement;
    const focused = active && node.contains(active) ? active.getAttribute("data-block") : null;
    node.replaceChildren(
      element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows)),
    );
    if (focused) node.querySelector(`button[data-block="${focused}"]`)?.focus();
  };
  return { node, show };
}

function rowOf(now, name) {
  const main = name === now.focus;
  const button = element("button", { "data-block": name, "aria-pressed": String(main) }, name);
  const cells = now.widths[name] ? cellsOf(now, name) : [["", "exceeds it at every width"], ...Array(5).fill(["", "–"])];
  return element(
    "tr", { "data-block": name, class: main ? "main" : null },
    element("th", { scope: "row" }, button),
    ...cells.map(([value, text]) => element("td", { "data-value": value }, text)),
  );
}

// [value, text] of each cell.
function cellsOf(now, name) {
  const at = now.widths[name];
  const [macs, parameters, memory] = ["macs", "parameters", "memory"].map((kind) => sum(now, name, kind));
  const time = timesOf(now, name).find((each) => each.width === at);
  const timed = time && `${milliseconds(time.seconds)} (${milliseconds(time.low)} – ${milliseconds(time.high)})`;
  return [
    [at, String(at)], [macs, exactly(macs)], [parameters, exactly(parameters)], [memory, mebibytes(memory)],
    [now.offered[name].field ?? "", seenBy(now, name)], [time?.seconds ?? "", timed ?? "not measured"],
  ];
}

/** The button that measures, and how far it is. */
export function clockOf(tie) {
  const button = element("button", { class: "measure" }, "measure here");
  const said = element("span", { class: "muted", role: "status" });
  button.addEventListener("click", () => {
    const running = tie.get("progress").state === "running";
    tie.set({ asked: [running ? "stop" : "measure", (tie.get("asked")[1] ?? 0) + 1] });
  });
  const show = () => {
    const doing = tie.live() ? tie.get("progress").state : ""; // without Python nothing is measured
    button.textContent = doing === "running" ? "stop" : "measure here";
    button.disabled = doing === "stopping" || !tie.live();
    said.textContent = measuringInWords(tie, doing);
  };
  return { node: element("div", { class: "dials clock" }, button, said), show };
}

function measuringInWords(tie, doing) {
  const { done, of, text } = tie.get("progress");
  const side = tie.get("resolution");
  const here = tie.get("measured").filter((time) => time.size === side);
  if (doing === "running") return `${done} of ${of} measured; now ${text}`;
  if (doing === "stopping") return "stopping after this run";
  return here.length
    ? `${here.length} measured at ${side}×${side}, one image, on ${here.at(-1).machine}. Dots are medians; nothing is known between them.`
    : "The time of the chosen blocks on this machine: some seconds, and longer for a large map.";
}
