// How the field grows from layer to layer, on all ways to the one that is chosen.

import { element } from "../kit/dom.js";

// The layers from which data reaches the operator at `output`, in the order in which they run.
export function layersUpTo(trace, output) {
  const reached = new Set([output]);
  for (let i = output; i > 0; i--) if (reached.has(i)) trace.operators[i].inputs.forEach((s) => reached.add(s));
  return trace.layers.filter((layer) => layer.operators.some((i) => reached.has(i)));
}

const [HEIGHT, LEFT, TOP, FOOT] = [150, 64, 12, 22];
/** @type {[number, number]} */
export const WIDTHS = [260, 1400]; // pixels for which it is drawn

// `fieldOf(path)`; a click on a bar chooses its layer; `width`: that of the drawing, in pixels.
export function drawStrip(trace, output, selected, fieldOf, choose, width) {
  const layers = layersUpTo(trace, output).filter((layer) => Number.isFinite(fieldOf(layer.path)?.size));
  const svg = element("svg", { class: "strip", viewBox: `0 0 ${width} ${HEIGHT}`, role: "img" });
  if (!layers.length) return svg;
  const sizes = layers.map((layer) => fieldOf(layer.path).size);
  const runs = runsOf(layers);
  const step = (width - LEFT) / layers.length;
  const y = heightOf(Math.max(...sizes, trace.input.width));
  runs.forEach(({ first, last }, run) => {
    for (let i = first; i <= last; i++) {
      const kinds = ["bar", layers[i].path === selected && "chosen", i === first && "first"];
      const bar = element(
        "rect",
        {
          class: kinds.filter(Boolean).join(" "), "data-path": layers[i].path,
          x: LEFT + i * step, y: y(sizes[i]), height: HEIGHT - FOOT - y(sizes[i]),
          width: Math.max(step - (step > 6 ? 1.5 : 0.3), 0.8),
          opacity: run % 2 ? 0.62 : 1, // neighbouring stages apart
        },
        element("title", {}, `${layers[i].path}: ${sizes[i]} px`),
      );
      bar.addEventListener("click", () => choose(layers[i].path));
      svg.append(bar);
    }
  });
  svg.append(...scaleMarks(trace.input.width, Math.max(...sizes), y, width), ...runLabels(runs, step, width));
  const told = layers.map((layer, i) => `${layer.path} ${sizes[i]}`).join(", ");
  svg.setAttribute("aria-label", `The field grows through ${layers.length} layers: ${told} pixels`);
  return svg;
}

const heightOf = (most) => (size) => HEIGHT - FOOT - ((HEIGHT - FOOT - TOP) * size) / most;

// Layers that follow one another in the same stage: { stage, first, last } as positions.
function runsOf(layers) {
  const runs = [];
  layers.forEach((layer, i) => {
    const stage = layer.path.split(".")[0];
    if (runs.at(-1)?.stage === stage) runs.at(-1).last = i;
    else runs.push({ stage, first: i, last: i });
  });
  return runs;
}

// The line at the image's own size, and how large the largest field is.
function scaleMarks(side, largest, y, width) {
  const label = (size, at) => element("text", { x: LEFT - 6, y: at, "text-anchor": "end" }, `${size} px`);
  const most = Math.max(largest, side);
  return [
    element("path", { class: "image-size", d: `M${LEFT} ${y(side)}H${width}` }),
    label(side, Math.min(y(side) + 4, HEIGHT - FOOT)),
    ...(y(side) - y(most) > 16 ? [label(most, y(most) + 4)] : []),
  ];
}

// A name under each run of bars, as long as it has room.
function runLabels(runs, step, width) {
  const labels = [];
  let end = -Infinity;
  for (const { stage, first, last } of runs) {
    const [x, need] = [LEFT + ((first + last + 1) / 2) * step, stage.length * 8];
    if (x - need / 2 < end + 6 || x + need / 2 > width) continue;
    end = x + need / 2;
    labels.push(element("text", { x, y: HEIGHT - 8, "text-anchor": "middle" }, stage));
  }
  return labels;
}
