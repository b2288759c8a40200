// The map's mouse and keys: a click or Enter falls in, Escape goes up, arrows walk along the data.

import { taken } from "../kit/dom.js";

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity };

// `boxes`: path → { group, node }; `act`: see drawMap.
export function steer(svg, boxes, act) {
  const under = (event) => event.target.closest?.(".node.here")?.dataset.path ?? "";
  const go = (path) => (boxes.get(path).node.children.length ? act.open(path) : act.choose(path));
  svg.addEventListener("click", (event) => (under(event) ? go(under(event)) : act.up()));
  svg.addEventListener("pointerover", (event) => act.hover(under(event)));
  svg.addEventListener("pointerleave", () => act.hover(""));
  svg.addEventListener("keydown", (event) => {
    const action = actionOf(event, boxes, act, go);
    if (!action) return;
    taken(event);
    action();
  });
}

function actionOf(event, boxes, act, go) {
  const path = event.target.closest?.(".node")?.dataset.path;
  if (event.key === "Escape") return act.up;
  if (!path) return null;
  if (event.key === "Enter" || event.key === " ") return () => go(path);
  const by = STEPS[event.key];
  return by ? () => walk(boxes, path, by, act) : null;
}

function walk(boxes, path, by, act) {
  const { node } = boxes.get(path);
  const all = node.parent.children;
  const to = all[Math.min(Math.max(all.indexOf(node) + by, 0), all.length - 1)].path;
  act.choose(to);
  boxes.get(to).group.focus();
}
