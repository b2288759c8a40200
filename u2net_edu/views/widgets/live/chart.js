// A chart of the live view: lines over the steps of a training.

import { element } from "../kit/dom.js";

const [HIGH, LEFT, RIGHT, TOP, BOTTOM] = [190, 44, 12, 12, 28];

/** @typedef {{ points: [number, number][], label: string, kind: string }} Line */

/** Round numbers from nothing to at least `most`, three to six of them.
 * @param {number} most @returns {number[]} */
export function ticksTo(most) {
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5].find((n) => n * power >= rough * 0.999) ?? 10);
  const ticks = [];
  for (let tick = 0; ticks.length < 2 || ticks[ticks.length - 1] < most * 0.999; tick += step) ticks.push(Number(tick.toPrecision(6)));
  return ticks;
}

/** A figure of lines over steps, `width` units across.
 * @param {string} title @param {Line[]} lines
 * @param {{ steps: number | null, high: number, chosen: number | null, width: number }} axes
 *   `high`: where the upright axis ends; `chosen`: a step that is marked */
export function drawChart(title, lines, { steps, high, chosen, width }) {
  const last = Math.max(steps ?? 0, ...lines.flatMap(({ points }) => points.map(([step]) => step)), 1);
  const ticks = high === 1 ? [0, 0.25, 0.5, 0.75, 1] : ticksTo(high);
  const top = ticks[ticks.length - 1];
  const x = (step) => LEFT + ((width - LEFT - RIGHT) * step) / last;
  const y = (value) => HIGH - BOTTOM - ((HIGH - TOP - BOTTOM) * Math.min(value, top)) / top;
  const svg = element(
    "svg",
    { class: "chart", viewBox: `0 0 ${width} ${HIGH}`, role: "img", "aria-label": inWords(title, lines, last) },
    ...ticks.flatMap((tick) => [
      element("line", { class: "rule", x1: LEFT, x2: width - RIGHT, y1: y(tick), y2: y(tick) }),
      element("text", { x: LEFT - 7, y: y(tick) + 4, "text-anchor": "end" }, String(tick)),
    ]),
    ...ticksTo(last)
      .filter((tick) => tick <= last && Number.isInteger(tick))
      .map((tick) => element("text", { x: x(tick), y: HIGH - 9, "text-anchor": "middle" }, String(tick))),
    chosen === null ? "" : element("line", { class: "chosen", x1: x(chosen), x2: x(chosen), y1: TOP, y2: HIGH - BOTTOM }),
    ...lines.flatMap((line) => drawCurve(line, x, y)),
  );
  const keys = lines.map(({ label, kind }) => element("span", { class: `key ${kind}` }, label));
  return element("figure", {}, element("figcaption", {}, element("b", {}, title), ...keys), svg);
}

function drawCurve({ points, kind }, x, y) {
  const place = ([step, value], i) => `${i ? "L" : "M"}${x(step).toFixed(1)} ${y(value).toFixed(1)}`;
  const path = element("path", { class: `curve ${kind}`, d: points.map(place).join("") });
  if (kind !== "held") return [path];
  return [path, ...points.map(([step, value]) => element("circle", { class: "held", cx: x(step), cy: y(value), r: 3.2 }))];
}

function inWords(title, lines, last) {
  const said = lines
    .filter(({ points }) => points.length)
    .map(({ points, label }) => `${label} from ${points[0][1]} to ${points.at(-1)[1]}`);
  return `${title} over ${last} steps: ${said.join("; ") || "nothing yet"}`;
}
