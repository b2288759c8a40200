// What blocks cost: lines over the inner width with a marker that is dragged, the closed form with
// its numbers, a table of all of it. Python is asked for one thing only: to measure a time.

import { element, keepKeys, mount, radios, taken } from "../kit/dom.js";
import { costOf, widestWithin, writtenOut } from "./laws.js";
import { WIDE, plotFor } from "./plot.js";
import { drawPlot, looksOf, shownAt, timesOf, topFor } from "./curves.js";
import { watchWidth } from "../kit/width.js";
import { exactly, milliseconds, short } from "../kit/words.js";

const WIDTH = [1, 512];
const RESOLUTION = [1, 1024];
const NAMES = {
  width: "width", macs: "MACs", parameters: "parameters", memory: "memory", field: "field", latency: "time",
};
const SETTINGS = [
  "blocks", "focus", "width", "resolution", "x", "y", "log", "match", "budget", "formulas", "measured",
];

const clamp = (value, [low, high]) => Math.min(Math.max(Math.round(value), low), high);

// A slider and a field for the same whole number: the field takes what the slider is too coarse for.
function dial(label, { limits, reach, change }) {
  const range = element("input", { type: "range", min: reach[0], max: reach[1], step: 1, "aria-label": label });
  const number = element("input", { type: "number", min: limits[0], max: limits[1], step: 1, "aria-label": `${label}, exactly` });
  range.addEventListener("input", () => change(Number(range.value)));
  number.addEventListener("change", () => {
    const value = Number(number.value);
    if (number.value !== "" && Number.isFinite(value)) change(clamp(value, limits));
    else show(Number(range.value));
  });
  const show = (value) => {
    range.value = value;
    number.value = value;
  };
  return { node: element("span", { class: "slider" }, element("span", { "aria-hidden": "true" }, label), range, number), show };
}

function render({ model, el }) {
  const tie = mount(model, el, "costs", { alone: true });
  const offered = tie.get("offered");
  const looks = looksOf(Object.keys(offered));
  const [into, out] = tie.get("channels");
  let frozen = null; // while one drags, the axes stand still
  let scales = null;
  let plot = plotFor(WIDE);

  const state = () => {
    const found = Object.fromEntries(SETTINGS.map((name) => [name, tie.get(name)]));
    found.offered = offered;
    found.looks = looks;
    found.plot = plot;
    found.size = [found.resolution, found.resolution];
    found.widths = Object.fromEntries(
      found.blocks.map((name) => [
        name,
        found.match === "width" || name === found.focus
          ? found.width
          : widestWithin(offered[name], found.match, found.budget, found.size),
      ]),
    );
    if (found.match !== "width" && costOf(offered[found.focus], found.match, 1, found.size) > found.budget)
      found.widths[found.focus] = 0;
    found.top = frozen ?? topFor(Object.values(found.widths));
    return found;
  };

  // A new width brings the budget along, and the other way round, as in Python.
  const changed = (changes) => {
    const now = { ...Object.fromEntries(SETTINGS.map((name) => [name, tie.get(name)])), ...changes };
    const side = [now.resolution, now.resolution];
    const block = offered[now.focus];
    if (now.match === "width") now.budget = 0;
    else if ("budget" in changes || "focus" in changes) now.width = clamp(widestWithin(block, now.match, now.budget, side), WIDTH);
    else now.budget = costOf(block, now.match, now.width, side);
    const different = (name) => name in changes || now[name] !== tie.get(name);
    tie.set(Object.fromEntries([...new Set([...Object.keys(changes), "budget", "width"])].filter(different).map((name) => [name, now[name]])));
  };

  // What is set

  const width = dial("inner width M", { limits: WIDTH, reach: [1, 128], change: (value) => changed({ width: value }) });
  const resolution = dial("map, pixels a side", { limits: RESOLUTION, reach: [8, 640], change: (value) => changed({ resolution: value }) });
  const chips = Object.keys(offered).map((name) => {
    const { hue, dash } = looks[name];
    const swatch = element(
      "svg", { viewBox: "0 0 26 8", width: 26, height: 8, "aria-hidden": "true" },
      element("path", { class: `line ${hue}`, d: "M1 4H25", "stroke-dasharray": dash || null }),
    );
    const chip = element("button", { class: "chip", "data-block": name }, swatch, name);
    chip.addEventListener("click", () => {
      const chosen = tie.get("blocks");
      const next = chosen.includes(name) ? chosen.filter((other) => other !== name) : [...chosen, name];
      if (!next.length) return;
      changed({ blocks: next, ...(next.includes(tie.get("focus")) ? {} : { focus: next[0] }) });
    });
    return chip;
  });
  const choice = (label, trait, kinds) => {
    const group = radios(label, kinds.map((kind) => [kind, NAMES[kind]]), () => tie.get(trait), (value) => changed({ [trait]: value }));
    return { ...group, node: element("span", { class: "choice" }, element("span", { class: "muted", "aria-hidden": "true" }, label), group.group) };
  };
  const kinds = ["macs", "parameters", "memory", "field", "latency"];
  const upwards = choice("upwards", "y", kinds);
  const across = choice("to the right", "x", ["width", ...kinds]);
  const match = choice("compare at the same", "match", ["width", "macs", "parameters", "memory"]);
  const log = element("button", { "aria-pressed": "false" }, "log axes");
  log.addEventListener("click", () => changed({ log: !tie.get("log") }));
  const budget = element("input", { type: "number", min: 1, step: "any", "aria-label": "the budget" });
  budget.addEventListener("change", () => {
    const value = Math.floor(Number(budget.value) * unit());
    if (value >= 1 && value <= Number.MAX_SAFE_INTEGER) changed({ budget: value });
    else later();
  });
  const unit = () => ({ macs: 1e6, parameters: 1, memory: 2 ** 20 })[tie.get("match")] ?? 1;
  const unitWord = element("span", { class: "muted" });
  const budgetDial = element("label", { class: "slider budget" }, element("span", {}, "budget"), budget, unitWord);

  // The plot

  const layer = element("g", {});
  const svg = element(
    "svg",
    {
      class: "plot", viewBox: `0 0 ${plot.width} ${plot.height}`, tabindex: 0, role: "slider",
      "aria-label": "inner width M of the block in focus; up and down choose the block",
      "aria-valuemin": WIDTH[0], "aria-valuemax": WIDTH[1],
    },
    layer,
  );
  keepKeys(svg);
  const widthAt = (event) => {
    const box = svg.getBoundingClientRect();
    const [x, y] = [
      ((event.clientX - box.left) / box.width) * plot.width,
      ((event.clientY - box.top) / box.height) * plot.height,
    ];
    if (tie.get("x") === "width") return clamp(scales.across.back(x), WIDTH);
    const far = ([, a, b]) => Math.hypot(scales.across.at(a) - x, scales.up.at(b) - y);
    const near = scales.points.reduce((best, point) => (!best || far(point) < far(best) ? point : best), null);
    return near ? near[0] : tie.get("width");
  };
  svg.addEventListener("pointerdown", (event) => {
    const name = event.target.closest("text[data-block], path.line[data-block]")?.dataset.block;
    if (name && name !== tie.get("focus")) {
      changed({ focus: name });
      return;
    }
    frozen = state().top;
    svg.setPointerCapture(event.pointerId);
    changed({ width: widthAt(event) });
  });
  svg.addEventListener("pointermove", (event) => {
    if (frozen === null) return;
    const to = widthAt(event);
    if (to !== tie.get("width")) changed({ width: to });
  });
  for (const end of ["pointerup", "pointercancel"])
    svg.addEventListener(end, () => {
      frozen = null;
      later();
    });
  svg.addEventListener("keydown", (event) => {
    const at = tie.get("width");
    const to = {
      ArrowRight: at + 1, ArrowLeft: at - 1, PageUp: at + 16, PageDown: at - 16, Home: WIDTH[0], End: 128,
    }[event.key];
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (to === undefined && !step) return;
    taken(event);
    if (!step) return changed({ width: clamp(to, WIDTH) });
    const names = tie.get("blocks");
    changed({ focus: names[(names.indexOf(tie.get("focus")) + step + names.length) % names.length] });
  });

  // The formula, the table, the clock

  const form = element("div", { class: "form" });
  const table = element("div", { class: "numbers" });
  const words = element("p", { class: "words", "aria-live": "polite" });
  const alert = element("p", { class: "message", role: "alert" });
  const measure = element("button", { class: "measure" }, "measure here");
  measure.addEventListener("click", () => {
    const running = tie.get("progress").state === "running";
    tie.set({ asked: [running ? "stop" : "measure", (tie.get("asked")[1] ?? 0) + 1] });
  });
  const clock = element("span", { class: "muted", role: "status" });
  table.addEventListener("click", (event) => {
    const name = event.target.closest("button[data-block]")?.dataset.block;
    if (name) changed({ focus: name });
  });

  tie.root.append(
    element("div", { class: "head" }, element("b", {}, "What a block costs"), element("span", { class: "muted" }, `${into} channels in, M inside, ${out} out`)),
    alert, svg,
    element("div", { class: "dials" }, width.node, resolution.node, upwards.node),
    words,
    element("div", { class: "chips", role: "group", "aria-label": "blocks" }, ...chips),
    element("div", { class: "dials" }, across.node, log, match.node, budgetDial),
    form, table,
    element("div", { class: "dials clock" }, measure, clock),
  );

  const sum = (name, kind, now) => shownAt(now, name, kind, now.widths[name]);
  const mebibytes = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  const sees = (name, now) =>
    offered[name].field === null ? "the whole map" : `${offered[name].field} pixels`;

  const showForm = (now) => {
    const { form: known } = offered[now.focus];
    form.hidden = !now.formulas;
    const at = { I: into, M: now.widths[now.focus], O: out, H: now.size[0], W: now.size[1] };
    if (!known || !at.M) {
      form.replaceChildren(element("p", { class: "muted" }, at.M
        ? `${now.focus} has no short closed form: its numbers are counted.`
        : `${now.focus} is too dear for this budget at any width.`));
      return;
    }
    const row = (kind) => {
      const counted = sum(now.focus, kind, now);
      return element(
        "div", { class: `equation ${kind}` },
        element("b", {}, NAMES[kind]),
        element("span", {}, `= ${known[kind]}`),
        element("span", { class: "written" }, `= ${writtenOut(known[kind], at)}`),
        element("span", { class: "result" }, `= ${exactly(onPaper(known[kind], at))}`),
        counted === onPaper(known[kind], at)
          ? ""
          : element("span", { class: "differs" }, `but counted: ${exactly(counted)}`),
      );
    };
    const fits = now.resolution % known.divisor === 0;
    const why = known.divisor === 1
      ? "It holds at any size: nothing is pooled."
      : fits
        ? `It holds where ${known.condition}, as here: every pool halves exactly.`
        : `The formula wants a size where ${known.condition}. Here pools round up, so there is a little more to do.`;
    form.replaceChildren(
      element("p", { class: "muted" }, `${now.focus} on paper: I, M and O channels in, inside and out; H×W the map. ${why}`),
      row("macs"), row("parameters"),
    );
  };

  const HEADS = ["block", "M", "MACs", "parameters", "memory", "a pixel of it sees", "time, median (quartiles)"];
  const showTable = (now) => {
    const rows = now.blocks.map((name) => {
      const at = now.widths[name];
      const button = element("button", { "data-block": name, "aria-pressed": String(name === now.focus) }, name);
      const time = timesOf(now, name).find((each) => each.width === at);
      const cells = at
        ? [
            [at, String(at)],
            ...["macs", "parameters"].map((kind) => [sum(name, kind, now), exactly(sum(name, kind, now))]),
            [sum(name, "memory", now), mebibytes(sum(name, "memory", now))],
            [offered[name].field ?? "", sees(name, now)],
            [time?.seconds ?? "", time ? `${milliseconds(time.seconds)} (${milliseconds(time.low)} – ${milliseconds(time.high)})` : "not measured"],
          ]
        : [["", "too dear at any width"], ...Array(5).fill(["", "–"])];
      return element(
        "tr", { "data-block": name, class: name === now.focus ? "main" : null },
        element("th", { scope: "row" }, button),
        ...cells.map(([value, text]) => element("td", { "data-value": value }, text)),
      );
    });
    const heads = HEADS.map((head) => element("th", { scope: "col" }, head));
    const focused = table.contains(document.activeElement) ? document.activeElement.dataset.block : null;
    table.replaceChildren(element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows)));
    if (focused) table.querySelector(`button[data-block="${focused}"]`)?.focus();
  };

  const describe = (now) => {
    const at = now.widths[now.focus];
    const side = now.size.join("×");
    if (!at) return `${now.focus} is too dear for this budget at any width.`;
    const own = `${now.focus} at M = ${at} on ${side}: ${short(sum(now.focus, "macs", now))} MACs, ${short(sum(now.focus, "parameters", now))} parameters, ${mebibytes(sum(now.focus, "memory", now))} at the peak; a pixel of it sees ${sees(now.focus, now)}.`;
    const others = now.blocks.filter((name) => name !== now.focus);
    if (!others.length) return own;
    if (now.match === "width") return `${own} At the same width: ${others.map((name) => `${name} ${short(sum(name, "macs", now))}`).join(", ")} MACs.`;
    return `${own} Within the same ${NAMES[now.match]}: ${others.map((name) => `${name} ${now.widths[name] ? `M = ${now.widths[name]}` : "never"}`).join(", ")}.`;
  };

  const showClock = () => {
    const { state: said, done, of, text } = tie.get("progress");
    const doing = tie.live() ? said : ""; // without Python nothing is measured any more
    measure.textContent = doing === "running" ? "stop" : "measure here";
    measure.disabled = doing === "stopping" || !tie.live();
    const here = tie.get("measured").filter((time) => time.size === tie.get("resolution"));
    clock.textContent = doing === "running"
      ? `${done} of ${of} measured; now ${text}`
      : doing === "stopping"
        ? "stopping after this run"
        : here.length
          ? `${here.length} measured at ${tie.get("resolution")}×${tie.get("resolution")}, one image, on ${here.at(-1).machine}. Dots are medians; nothing is known between them.`
          : "The time of the chosen blocks on this machine: some seconds, and longer for a large map.";
  };

  const show = () => {
    const now = state();
    for (const chip of chips) chip.setAttribute("aria-pressed", String(now.blocks.includes(chip.dataset.block)));
    for (const group of [upwards, across, match]) group.show();
    log.setAttribute("aria-pressed", String(now.log));
    width.show(now.width);
    resolution.show(now.resolution);
    budgetDial.hidden = now.match === "width";
    if (document.activeElement !== budget || !budget.value) budget.value = Number((now.budget / unit()).toPrecision(7));
    unitWord.textContent = { macs: "million MACs", parameters: "parameters", memory: "MiB" }[now.match] ?? "";
    scales = drawPlot(layer, now);
    words.textContent = describe(now);
    svg.setAttribute("aria-valuenow", now.width);
    svg.setAttribute("aria-valuetext", words.textContent);
    showForm(now);
    showTable(now);
    showClock();
  };
  let waiting = false; // several settings that change together are drawn once
  const later = () => {
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => {
      waiting = false;
      show();
    });
  };
  tie.listen(SETTINGS, later);
  tie.listen(["progress"], showClock);
  tie.onKernel(showClock);
  tie.listen(["message"], () => (alert.textContent = tie.get("message")));
  alert.textContent = tie.get("message");
  tie.onLeave(
    watchWidth(svg, [300, WIDE], (width) => {
      plot = plotFor(width);
      svg.setAttribute("viewBox", `0 0 ${plot.width} ${plot.height}`);
      show();
    }),
  );
  show();
  return tie.leave;
}

// A closed form worked out: products of whole numbers and squares, and sums of them in brackets.
function onPaper(formula, numbers) {
  const plain = formula.replace(/(\d+|[IMOHW])²/g, "$1·$1");
  const factor = (text) => (text in numbers ? numbers[text] : Number(text));
  const sums = (text) => text.split(" + ").reduce((total, part) => total + part.split("·").reduce((all, each) => all * factor(each), 1), 0);
  return plain.split(/ \+ (?=\d+·\()/).reduce((total, part) => {
    const [, outside, inside] = part.match(/^(.*)·\((.*)\)$/);
    return total + sums(outside) * sums(inside);
  }, 0);
}

export default { render };
