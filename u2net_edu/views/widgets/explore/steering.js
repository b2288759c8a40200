// The map's mouse and keys: a click or Enter falls in, Escape goes up, arrows walk along the data.

import { taken } from "../kit/dom.js";

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity };

// `stops()`: what one can stand on in the open level, in order; `act`: see drawMap.
export function steer(svg, stops, act) {
  const under = (event) => event.target.closest?.(".node.here, .arrow.here")?.dataset.path ?? "";
  svg.addEventListener("click", (event) => (under(event) ? act.press(under(event)) : act.up()));
  svg.addEventListener("pointerover", (event) => act.hover(under(event)));
  svg.addEventListener("pointerleave", () => act.hover(""));
  svg.addEventListener("keydown", (event) => {
    const action = actionOf(event, stops, act);
    if (!action) return;
    taken(event);
    action();
  });
}

function actionOf(event, stops, act) {
  const path = event.target.closest?.(".node, .arrow")?.dataset.path;
  if (event.key === "Escape") return act.up;
  if (!path || event.ctrlKey || event.metaKey || event.altKey) return null;
  if (event.key === "Enter" || event.key === " ") return () => act.enter(path);
  const by = STEPS[event.key];
  if (by) return () => walk(stops(), path, by, act);
  const own = act.keys?.[event.key.toLowerCase()];
  return own ? () => own(path) : null;
}

function walk(stops, path, by, act) {
  const at = stops.findIndex((stop) => stop.dataset.path === path);
  const to = stops[Math.min(Math.max(at + by, 0), stops.length - 1)];
  act.choose(to.dataset.path);
  to.focus();
}
