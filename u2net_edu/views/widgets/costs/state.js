// What the cost explorer shows, worked out from its traits; and how one setting moves another.

import { clampWhole } from "../kit/dial.js";
import { costOf, widestWithin } from "./polynomials.js";
import { looksOf, topFor } from "./curves.js";

export const SETTINGS = [
  "blocks", "focus", "width", "resolution", "x", "y", "log", "match", "budget", "formulas", "measured",
];

const settingsIn = (tie) => Object.fromEntries(SETTINGS.map((name) => [name, tie.get(name)]));

/** One state of the explorer.
 * @param {object} tie @param {object} plot  the measures of the plot
 * @param {number | null} frozen  where the axis of widths ends while one drags */
export function stateOf(tie, plot, frozen) {
  const found = settingsIn(tie);
  const offered = tie.get("offered");
  const size = [found.resolution, found.resolution];
  const widths = Object.fromEntries(found.blocks.map((name) => [name, widthOf(name, found, offered, size)]));
  return {
    ...found, offered, size, widths, plot,
    axes: tie.get("axes"),
    looks: looksOf(Object.keys(offered)),
    top: frozen ?? topFor(Object.values(widths)),
  };
}

// Where a block stands: at the width that is set, or at the largest within the budget; 0: nowhere.
/** @param {Record<string, any>} settings */
function widthOf(name, settings, offered, size) {
  const { match, focus, width, budget } = settings;
  if (match === "width") return width;
  if (name !== focus) return widestWithin(offered[name], match, budget, size);
  return costOf(offered[name], match, 1, size) > budget ? 0 : width;
}

/** Sets traits. A new width brings the budget along, and the other way round, as in Python. */
export function change(tie, changes) {
  const now = { ...settingsIn(tie), ...changes };
  const size = [now.resolution, now.resolution];
  const block = tie.get("offered")[now.focus];
  if (now.match === "width") now.budget = 0;
  else if ("budget" in changes || "focus" in changes)
    now.width = clampWhole(widestWithin(block, now.match, now.budget, size), tie.get("limits").width);
  else now.budget = costOf(block, now.match, now.width, size);
  const names = new Set([...Object.keys(changes), "budget", "width"]);
  const different = [...names].filter((name) => name in changes || now[name] !== tie.get(name));
  tie.set(Object.fromEntries(different.map((name) => [name, now[name]])));
}
