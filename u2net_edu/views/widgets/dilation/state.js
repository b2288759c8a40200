// The settings, what follows from them, and which cell is looked at.

import { SETTINGS } from "./dials.js";
import { geometry } from "./taps.js";

export const clampTo = (at, size) => Math.min(Math.max(at, 0), size - 1);

/** @param {import("../kit/types").Tie} tie */
export function stateOf(tie) {
  let found = null; // the geometry of these settings
  let hovered = null; // the cell under the mouse: { map, row, column }

  const settings = () => Object.fromEntries(SETTINGS.map((name) => [name, tie.get(name)]));
  const chosen = () => {
    const map = found.rows.length;
    const [row, column] = tie.get("cell").map((at) => clampTo(at, found.sizes[map]));
    return { map, row, column };
  };
  const renew = () => {
    hovered = null;
    found = geometry(settings(), tie.get("limits"));
  };
  // Says whether another cell is looked at than before.
  const hover = (cell) => {
    const same = (name) => hovered?.[name] === cell?.[name];
    if (["map", "row", "column"].every(same)) return false;
    hovered = cell;
    return true;
  };
  return { settings, chosen, renew, hover, found: () => found, shown: () => hovered ?? chosen() };
}
