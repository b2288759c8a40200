// How the field grows from layer to layer, on all ways to the one that is chosen.

import { element } from "../kit/dom.js";

// The layers from which data reaches the operator at `output`, in the order in which they run.
export function layersUpTo(trace, output) {
  const reached = new Set([output]);
  for (let i = output; i > 0; i--) if (reached.has(i)) trace.operators[i].inputs.forEach((s) => reached.add(s));
  return trace.layers.filter((layer) => layer.operators.some((i) => reached.has(i)));
}

// `fieldOf(path)`; a click on a bar chooses its layer.
export function drawStrip(trace, output, selected, fieldOf, choose) {
  const layers = layersUpTo(trace, output).filter((layer) => Number.isFinite(fieldOf(layer.path)?.size));
  const [width, height, left, top, foot] = [1000, 150, 64, 12, 22];
  const svg = element("svg", { class: "strip", viewBox: `0 0 ${width} ${height}`, role: "img" });
  if (!layers.length) return svg;
  const sizes = layers.map((layer) => fieldOf(layer.path).size);
  const side = trace.input.width;
  const most = Math.max(...sizes, side);
  const y = (size) => height - foot - ((height - foot - top) * size) / most;
  const step = (width - left) / layers.length;
  const stageOf = (path) => path.split(".")[0];
  layers.forEach((layer, i) => {
    const bar = element(
      "rect",
      {
        class: `bar${layer.path === selected ? " chosen" : ""}${layers.findIndex((l) => stageOf(l.path) === stageOf(layer.path)) === i ? " first" : ""}`,
        "data-path": layer.path,
        x: left + i * step, y: y(sizes[i]), width: Math.max(step - (step > 6 ? 1.5 : 0.3), 0.8), height: height - foot - y(sizes[i]),
        opacity: stageIndex(layers, i) % 2 ? 0.62 : 1, // neighbouring stages apart
      },
      element("title", {}, `${layer.path}: ${sizes[i]} px`),
    );
    bar.addEventListener("click", () => choose(layer.path));
    svg.append(bar);
  });
  svg.append(
    element("path", { class: "image-size", d: `M${left} ${y(side)}H${width}` }),
    element("text", { x: left - 6, y: Math.min(y(side) + 4, height - foot), "text-anchor": "end" }, `${side} px`),
    ...(y(side) - y(most) > 16 ? [element("text", { x: left - 6, y: y(most) + 4, "text-anchor": "end" }, `${most} px`)] : []),
    ...stageLabels(layers, left, step, height - 8, stageOf),
  );
  svg.setAttribute(
    "aria-label",
    `The field grows through ${layers.length} layers: ` +
      layers.map((layer, i) => `${layer.path} ${sizes[i]}`).join(", ") + " pixels",
  );
  return svg;
}

function stageIndex(layers, at) {
  let index = 0;
  for (let i = 1; i <= at; i++) if (layers[i].path.split(".")[0] !== layers[i - 1].path.split(".")[0]) index += 1;
  return index;
}

// A name under each run of bars, as long as it has room.
function stageLabels(layers, left, step, y, stageOf) {
  const labels = [];
  let end = -Infinity;
  layers.forEach((layer, i) => {
    const name = stageOf(layer.path);
    if (i && stageOf(layers[i - 1].path) === name) return;
    let last = i;
    while (last + 1 < layers.length && stageOf(layers[last + 1].path) === name) last += 1;
    const [x, need] = [left + ((i + last + 1) / 2) * step, name.length * 7.5];
    if (x - need / 2 < end + 6 || x + need / 2 > 1000) return;
    end = x + need / 2;
    labels.push(element("text", { x, y, "text-anchor": "middle" }, name));
  });
  return labels;
}
