// Falls into a level, or rises out of it: the view box glides, unless motion is unwanted.

import { CANVAS } from "./layout.js";

const FALL = 420; // milliseconds from one level to the next

/** Returns `to(place)`, which glides to a place { x, y, k }, and `stop`. */
export function travelOver(svg) {
  let frame = 0; // of the animation under way
  let view = { x: 0, y: 0, k: 1 };

  const stop = () => cancelAnimationFrame(frame);
  const to = (goal) => {
    stop();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches || !svg.isConnected;
    const [from, start] = [view, performance.now()];
    const step = () => {
      const part = still ? 1 : Math.min(1, (performance.now() - start) / FALL);
      view = between(from, goal, part);
      svg.setAttribute("viewBox", `${view.x} ${view.y} ${CANVAS.width * view.k} ${CANVAS.height * view.k}`);
      if (part < 1) frame = requestAnimationFrame(step);
    };
    step();
  };
  return { to, stop };
}

function between(from, goal, part) {
  if (part === 1) return goal;
  const ease = part * part * (3 - 2 * part);
  const k = from.k * (goal.k / from.k) ** ease; // even zoom
  // While the scale changes, the corner moves in step with it, so that the target stays in sight.
  const along = goal.k === from.k ? ease : (k - from.k) / (goal.k - from.k);
  const mix = (name) => from[name] + (goal[name] - from[name]) * along;
  return { x: mix("x"), y: mix("y"), k };
}
