// What one cell reads through a stack of convolutions: the maps from above, the taps lit, and the
// same stack from the side. taps.js does the arithmetic; nothing here needs the kernel.

import { SETTINGS, dialRow, exampleButtons } from "./dials.js";
import { drawLegend, drawNote, drawTable } from "./numbers.js";
import { drawMapRow } from "./row.js";
import { drawReading } from "./reading.js";
import { drawSide } from "./side.js";
import { element, mount } from "../kit/dom.js";
import { follow } from "./taps.js";
import { stateOf } from "./state.js";

function render({ model, el }) {
  const tie = mount(model, el, "dilation", { alone: true });
  const view = drawExplorer(tie);
  tie.listen([...SETTINGS, "explain", "plain"], view.showSettings);
  tie.listen(["cell"], view.showCell);
  tie.listen(["message"], view.showMessage);
  view.showSettings();
  return tie.leave;
}

function drawExplorer(tie) {
  const state = stateOf(tie);
  const [examples, dials, alert] = [exampleButtons(tie), dialRow(tie), drawAlert(tie, state)];
  const maps = drawMapRow(tie, state, () => showCell());
  const [legend, reading] = [drawLegend(), drawReading(tie, state, () => showCell())];
  const side = element("div", { class: "section" });
  const numbers = element("div", { class: "numbers" });
  tie.root.append(
    element("div", { class: "head" }, element("b", {}, "What one cell reads"), examples.group),
    dials.node, alert.node, maps.node, legend, ...reading.nodes,
    element("div", { class: "lower" }, side, element("div", { class: "right" }, numbers, drawNote())),
  );

  const showCell = () => {
    const { rows, sizes, problem } = state.found();
    if (problem) return;
    const shown = state.shown();
    const reads = [shown.row, shown.column].map((at) => follow(rows, shown.map, at));
    maps.showCell(shown, reads);
    side.replaceChildren(drawSide(rows, sizes, shown));
    maps.nameOutput(reading.showCell(shown, reads));
  };
  const showSettings = () => {
    state.renew();
    const impossible = Boolean(state.found().problem);
    examples.show();
    dials.show(impossible);
    markRoot(tie, impossible);
    alert.show();
    legend.hidden = impossible;
    reading.hide(impossible);
    numbers.replaceChildren(drawTable(state.found().rows));
    maps.renew();
    side.replaceChildren();
    showCell();
  };
  return { showCell, showSettings, showMessage: alert.show };
}

function markRoot(tie, impossible) {
  tie.root.classList.toggle("unexplained", !tie.get("explain"));
  tie.root.classList.toggle("plain", tie.get("plain"));
  tie.root.classList.toggle("impossible", impossible);
}

// Why these settings are impossible, else what Python has to say.
function drawAlert(tie, state) {
  const node = element("p", { class: "message", role: "alert" });
  const show = () => {
    const { problem } = state.found();
    const said = tie.get("explain") ? problem : problem.replace(/spans \d+ pixels, but/, "does not fit:");
    node.textContent = said || tie.get("message");
  };
  return { node, show };
}

export default { render };
