// The plot of the cost explorer: a width is dragged or walked in it, a click chooses a block.

import { change, stateOf } from "./state.js";
import { drawPlot } from "./curves.js";
import { clampWhole } from "../kit/dial.js";
import { element, keepKeys, taken } from "../kit/dom.js";
import { WIDE, plotFor } from "./plot.js";
import { watchWidth } from "../kit/width.js";

/** { node, state(), show(state, words) }. The plot is as wide as the page lets it be, and calls
 * `redraw` when that changes. */
export function plotOf(tie, redraw) {
  let plot = plotFor(WIDE);
  let frozen = null; // while one drags, the axes stand still
  let scales = null;
  const limits = tie.get("limits").width;
  const layer = element("g", {});
  const node = element(
    "svg",
    {
      class: "plot", viewBox: `0 0 ${plot.width} ${plot.height}`, tabindex: 0, role: "slider",
      "aria-label": "inner width M of the block in focus; up and down choose the block",
      "aria-valuemin": limits[0], "aria-valuemax": limits[1],
    },
    layer,
  );
  keepKeys(node);
  const state = () => stateOf(tie, plot, frozen);
  const widthAt = (event) => {
    const box = node.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * plot.width;
    const y = ((event.clientY - box.top) / box.height) * plot.height;
    if (tie.get("x") === "width") return clampWhole(scales.across.back(x), limits);
    return nearestWidth(scales, x, y) ?? tie.get("width");
  };
  node.addEventListener("pointerdown", (event) => {
    const name = event.target.closest("text[data-block], path.line[data-block]")?.dataset.block;
    if (name && name !== tie.get("focus")) {
      change(tie, { focus: name });
      return;
    }
    frozen = state().top;
    node.setPointerCapture(event.pointerId);
    change(tie, { width: widthAt(event) });
  });
  node.addEventListener("pointermove", (event) => {
    if (frozen === null) return;
    const to = widthAt(event);
    if (to !== tie.get("width")) change(tie, { width: to });
  });
  for (const end of ["pointerup", "pointercancel"])
    node.addEventListener(end, () => {
      frozen = null;
      redraw();
    });
  node.addEventListener("keydown", (event) => walk(tie, event));
  tie.onLeave(
    watchWidth(node, [300, WIDE], (width) => {
      plot = plotFor(width);
      node.setAttribute("viewBox", `0 0 ${plot.width} ${plot.height}`);
      redraw();
    }),
  );
  const show = (now, words) => {
    scales = drawPlot(layer, now);
    node.setAttribute("aria-valuenow", now.width);
    node.setAttribute("aria-valuetext", words);
  };
  return { node, state, show };
}

// Where width is no axis: that of the point on the line of the block in focus that is nearest.
function nearestWidth({ across, up, points }, x, y) {
  const far = ([, a, b]) => Math.hypot(across.at(a) - x, up.at(b) - y);
  const near = points.reduce((best, point) => (!best || far(point) < far(best) ? point : best), null);
  return near?.[0];
}

function walk(tie, event) {
  const [at, limits] = [tie.get("width"), tie.get("limits").width];
  const to = {
    ArrowRight: at + 1, ArrowLeft: at - 1, PageUp: at + 16, PageDown: at - 16, Home: limits[0], End: 128,
  }[event.key];
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (to === undefined && !step) return;
  taken(event);
  if (!step) return change(tie, { width: clampWhole(to, limits) });
  const names = tie.get("blocks");
  change(tie, { focus: names[(names.indexOf(tie.get("focus")) + step + names.length) % names.length] });
}
