// The live view of a training: two charts, and the maps of a few scenes at the step that a slider
// chooses. Python computes all of it; every saved step is here, so that the slider needs no kernel.

import { element, mount, slider } from "./dom.js";

const WIDE = 520, HIGH = 190, LEFT = 44, RIGHT = 12, TOP = 12, BOTTOM = 28;

// Round numbers from nothing to at least `most`, three to six of them.
function ticksTo(most) {
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 2.5, 5, 10].find((n) => n * power >= rough * 0.999);
  const ticks = [];
  for (let tick = 0; ticks.length < 2 || ticks.at(-1) < most * 0.999; tick += step) ticks.push(Number(tick.toPrecision(6)));
  return ticks;
}

// A chart of lines over steps. `lines`: { points, label, kind }; `high`: the axis ends there.
function drawChart(title, lines, steps, high, chosen) {
  const last = Math.max(steps ?? 0, ...lines.flatMap(({ points }) => points.map(([step]) => step)), 1);
  const vertical = high === 1 ? [0, 0.25, 0.5, 0.75, 1] : ticksTo(high);
  const top = vertical.at(-1);
  const x = (step) => LEFT + ((WIDE - LEFT - RIGHT) * step) / last;
  const y = (value) => HIGH - BOTTOM - ((HIGH - TOP - BOTTOM) * Math.min(value, top)) / top;
  const said = lines
    .filter(({ points }) => points.length)
    .map(({ points, label }) => `${label} from ${points[0][1]} to ${points.at(-1)[1]}`);
  const svg = element("svg", {
    class: "chart",
    viewBox: `0 0 ${WIDE} ${HIGH}`,
    role: "img",
    "aria-label": `${title} over ${last} steps: ${said.join("; ") || "nothing yet"}`,
  });
  for (const tick of vertical) {
    svg.append(element("line", { class: "rule", x1: LEFT, x2: WIDE - RIGHT, y1: y(tick), y2: y(tick) }));
    svg.append(element("text", { x: LEFT - 7, y: y(tick) + 4, "text-anchor": "end" }, String(tick)));
  }
  const across = ticksTo(last).filter((tick) => tick <= last && Number.isInteger(tick));
  for (const tick of across)
    svg.append(element("text", { x: x(tick), y: HIGH - 9, "text-anchor": "middle" }, String(tick)));
  if (chosen !== null)
    svg.append(element("line", { class: "chosen", x1: x(chosen), x2: x(chosen), y1: TOP, y2: HIGH - BOTTOM }));
  for (const { points, kind } of lines) {
    const path = points.map(([step, value], i) => `${i ? "L" : "M"}${x(step).toFixed(1)} ${y(value).toFixed(1)}`);
    svg.append(element("path", { class: `curve ${kind}`, d: path.join("") }));
    if (kind === "held")
      for (const [step, value] of points) svg.append(element("circle", { class: "held", cx: x(step), cy: y(value), r: 3.2 }));
  }
  const keys = lines.map(({ label, kind }) => element("span", { class: `key ${kind}` }, label));
  return element("figure", {}, element("figcaption", {}, element("b", {}, title), ...keys), svg);
}

function render({ model, el }) {
  const tie = mount(model, el, "live");
  const urls = new Map(); // of saved steps
  const picture = (bytes) => URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
  const scenesUrl = picture(tie.get("scenes").png);
  const frames = () => tie.get("frames");
  const index = () => {
    const [at, last] = [tie.get("at"), frames().length - 1];
    return at < 0 || at > last ? last : at;
  };
  let presses = 0;
  const press = (what) => tie.set({ command: `${what} ${++presses}-${Date.now()}` });

  const status = element("span", { class: "status", role: "status" });
  const wordsNow = element("span", { class: "muted" });
  const message = element("p", { class: "message", role: "alert" });
  const bar = element("div", { class: "progress", role: "progressbar", "aria-label": "steps done" }, element("i"));
  const button = (what, text, label) => {
    const node = element("button", { "data-do": what, "aria-label": label ?? text }, text);
    node.addEventListener("click", () => press(node.dataset.do));
    return node;
  };
  const pause = button("pause", "Pause");
  const stop = button("stop", "Stop");
  const rate = element("output", {});
  const slower = button("halve", "÷ 2", "halve the learning rate");
  const faster = button("double", "× 2", "double the learning rate");
  const controls = element(
    "div", { class: "controls", role: "group", "aria-label": "training" },
    pause, stop, element("span", { class: "rate" }, "learning rate, its peak ", rate), slower, faster,
  );
  const charts = element("div", { class: "charts" });
  const chosenStep = slider("saved step", {
    min: 0, max: 0, value: 0,
    word: (index) => (frames()[index] ? `step ${frames()[index].step}` : "none yet"),
    change: (index) => {
      tie.set({ at: index >= frames().length - 1 ? -1 : index });
      showFrame();
      showCharts();
    },
  });
  const table = element("div", { class: "maps", role: "table", "aria-label": "held-out scenes and what the network says" });
  tie.root.append(
    element("div", { class: "head" }, element("b", {}, tie.get("title")), status, wordsNow),
    bar, controls, message, charts,
    element("div", { class: "scrub" }, chosenStep.node), table,
  );

  const urlOf = (frame) => {
    if (!urls.has(frame.step)) urls.set(frame.step, picture(frame.png));
    return urls.get(frame.step);
  };
  const cell = (url, column, columns, row, rows, label) => {
    const part = (at, count) => (count > 1 ? (100 * at) / (count - 1) : 0);
    return element("i", {
      role: "img",
      "aria-label": label,
      style:
        `background-image: url(${url}); background-size: ${100 * columns}% ${100 * rows}%; ` +
        `background-position: ${part(column, columns)}% ${part(row, rows)}%; aspect-ratio: ${tie.get("scenes").ratio}`,
    });
  };

  const showFrame = () => {
    const { count } = tie.get("scenes");
    const frame = frames()[index()];
    chosenStep.input.max = Math.max(frames().length - 1, 0);
    chosenStep.input.disabled = frames().length < 2;
    chosenStep.show(Math.max(index(), 0));
    const names = frame?.names ?? [];
    const row = (...cells) => element("div", { role: "row", class: "row" }, ...cells);
    const head = (text, more) =>
      element("span", { role: "columnheader" }, text, more ? element("small", {}, more) : "");
    const rows = [row(head("picture"), head("mask"), ...names.map((name, i) => head(name, `IoU ${frame.iou[i].toFixed(2)}`)))];
    for (let scene = 0; scene < count; scene++) {
      const pictures = ["picture", "mask"].map((name, i) => cell(scenesUrl, i, 2, scene, count, `scene ${scene + 1}, ${name}`));
      const maps = names.map((name, i) =>
        cell(urlOf(frame), i, names.length, scene, count, `scene ${scene + 1}, ${name} after step ${frame.step}`));
      rows.push(row(...[...pictures, ...maps].map((node) => element("span", { role: "cell" }, node))));
    }
    table.replaceChildren(...rows);
    table.style.setProperty("--columns", names.length + 2);
    const kept = new Set(frames().map((each) => each.step));
    for (const [step, url] of urls)
      if (!kept.has(step)) {
        URL.revokeObjectURL(url);
        urls.delete(step);
      }
  };

  const showCharts = () => {
    const { loss = [], iou = [], held_out = [] } = tie.get("curves");
    const { steps } = tie.get("now");
    const chosen = frames()[index()]?.step ?? null;
    const most = Math.max(1, ...loss.map(([, value]) => value));
    charts.replaceChildren(
      drawChart("loss", [{ points: loss, label: "of training batches", kind: "train" }], steps, most * 1.02, chosen),
      drawChart("IoU", [
        { points: iou, label: "of training batches", kind: "train" },
        { points: held_out, label: "of held-out scenes", kind: "held" },
      ], steps, 1, chosen),
    );
  };

  const showNow = () => {
    const { step, steps, status: state, words } = tie.get("now");
    const of = steps ? ` of ${steps}` : "";
    status.textContent = state;
    status.dataset.state = state;
    status.hidden = !state;
    wordsNow.textContent = `step ${step}${of} · ${words}`;
    bar.hidden = !steps || !state;
    bar.firstChild.style.width = steps ? `${(100 * step) / steps}%` : "0";
    bar.setAttribute("aria-valuenow", steps ? Math.round((100 * step) / steps) : 0);
    const over = !["running", "paused"].includes(state);
    controls.hidden = !tie.get("controls");
    for (const node of [pause, stop, slower, faster]) node.disabled = over;
    const paused = state === "paused";
    pause.textContent = paused ? "Resume" : "Pause";
    pause.setAttribute("aria-label", pause.textContent);
    pause.dataset.do = paused ? "resume" : "pause";
    rate.textContent = Number(tie.get("learning_rate").toPrecision(3));
    message.textContent = tie.get("message");
    message.hidden = !tie.get("message");
  };

  tie.listen(["now", "controls", "learning_rate", "message"], showNow);
  tie.listen(["frames", "at"], showFrame);
  tie.listen(["curves", "frames", "at"], showCharts);
  tie.onLeave(() => [scenesUrl, ...urls.values()].forEach((url) => URL.revokeObjectURL(url)));
  showNow();
  showFrame();
  showCharts();
  return tie.leave;
}

export default { render };
