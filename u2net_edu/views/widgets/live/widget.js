// The live view of a training: two charts, and the maps of a few scenes at the step that a slider
// chooses. Python computes all of it; every saved step is here, so that the slider needs no kernel.

import { element, mount, slider } from "../kit/dom.js";
import { drawChart } from "./chart.js";
import { drawMaps, pictureStore } from "./maps.js";
import { watchWidth } from "../kit/width.js";

function render({ model, el }) {
  const tie = mount(model, el, "live", { alone: true });
  const state = drawState(tie);
  const charts = drawCharts(tie);
  const maps = drawSavedSteps(tie, charts.show);
  tie.root.append(...state.above, ...charts.parts, ...maps.parts);
  tie.listen(["now", "controls", "learning_rate", "message"], state.show);
  tie.onKernel(state.show);
  tie.listen(["frames", "at", "about"], maps.show);
  tie.listen(["curves", "frames", "at", "about"], charts.show);
  for (const part of [state, maps, charts]) part.show();
  return tie.leave;
}

// Which saved step is shown: the newest, unless another one is chosen.
function shownIndex(tie) {
  const [at, last] = [tie.get("at"), tie.get("frames").length - 1];
  return at < 0 || at > last ? last : at;
}

// Where the training stands, and the buttons that steer it.
function drawState(tie) {
  const status = element("span", { class: "status", role: "status" });
  const wordsNow = element("span", { class: "muted" });
  const message = element("p", { class: "message", role: "alert" });
  const bar = element("div", { class: "progress", role: "progressbar", "aria-label": "steps done" }, element("i"));
  let presses = 0;
  const press = (what) => tie.set({ command: `${what} ${++presses}-${Date.now()}` });
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
    pause, stop, element("span", { class: "rate" }, "peak learning rate ", rate), slower, faster,
  );
  const show = () => {
    const { step, steps, status: said, words } = tie.get("now");
    const lost = !tie.live() && ["running", "paused", "stopping"].includes(said);
    const state = lost ? "lost with its kernel" : said;
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
  const head = element("div", { class: "head" }, element("b", {}, tie.get("title")), status, wordsNow);
  return { above: [head, bar, controls, message], show };
}

// Loss and IoU over the steps, and what the scores are of.
function drawCharts(tie) {
  const node = element("div", { class: "charts" });
  const note = element("p", {});
  const why = element("p", {});
  const fold = element("details", {}, element("summary", {}, "Why can dots and maps score lower than the batches?"), why);
  let width = 520; // units across a chart
  const show = () => {
    const { loss = [], iou = [], held_out = [] } = tie.get("curves");
    const { evaluated, note: which, why: reason } = tie.get("about");
    const axes = { steps: tie.get("now").steps, chosen: tie.get("frames")[shownIndex(tie)]?.step ?? null, width };
    const most = Math.max(1, ...loss.map(([, value]) => value));
    const batches = "of training batches";
    node.replaceChildren(
      drawChart("loss", [{ points: loss, label: batches, kind: "train" }], { ...axes, high: most * 1.02 }),
      drawChart("IoU", [
        { points: iou, label: batches, kind: "train" },
        { points: held_out, label: evaluated, kind: "held" },
      ], { ...axes, high: 1 }),
    );
    note.textContent = which;
    why.textContent = reason;
    fold.hidden = !reason;
  };
  tie.onLeave(
    watchWidth(node, [260, 1180], (wide) => {
      width = Math.min(520, wide >= 700 ? (wide - 20) / 2 : wide); // two beside one another, or one
      show();
    }),
  );
  return { parts: [node, element("div", { class: "note muted" }, note, fold)], show };
}

// A slider over the saved steps, and the maps of the one that it chooses.
function drawSavedSteps(tie, onChange) {
  const frames = () => tie.get("frames");
  const pictures = pictureStore();
  const { count, ratio, png } = tie.get("scenes");
  const scenes = { count, ratio, url: URL.createObjectURL(new Blob([png], { type: "image/png" })) };
  const chosen = slider("saved step", {
    min: 0, max: 0, value: 0,
    word: (index) => (frames()[index] ? `step ${frames()[index].step}` : "none yet"),
    change: (index) => {
      tie.set({ at: index >= frames().length - 1 ? -1 : index });
      show();
      onChange();
    },
  });
  const table = element("div", { class: "maps", role: "table" });
  const show = () => {
    const index = shownIndex(tie);
    const frame = frames()[index];
    chosen.input.max = Math.max(frames().length - 1, 0);
    chosen.input.disabled = frames().length < 2;
    chosen.show(Math.max(index, 0));
    table.setAttribute("aria-label", `${tie.get("about").scenes} and what the network says`);
    table.replaceChildren(...drawMaps(scenes, frame, frame && pictures.url(frame.step, frame.png)));
    table.style.setProperty("--columns", (frame?.names.length ?? 0) + 2);
    pictures.keepOnly(new Set(frames().map((each) => each.step)));
  };
  tie.onLeave(() => {
    pictures.dropAll();
    URL.revokeObjectURL(scenes.url);
  });
  return { parts: [element("div", { class: "scrub" }, chosen.node), table], show };
}

export default { render };
