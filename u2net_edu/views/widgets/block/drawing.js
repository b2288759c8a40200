// The drawing of a block: its layers as boxes, with an arrow for each way from one to another.

import { element } from "../kit/dom.js";

/** An arrow: what it leads into, and its nodes.
 * @typedef {{ to: string, nodes: SVGElement[] }} Wire */

/** The drawing as Python planned it: { node, wires }. `thing(node, id, group)` makes a box that can
 * be pointed at. */
export function drawBlock({ plan, rows, boxes }, name, thing) {
  const wires = plan.wires.map(({ to, d }) => ({ to, nodes: [element("path", { class: "wire", d }), arrowTip(d)] }));
  const node = element(
    "svg",
    { viewBox: `0 0 ${plan.width} ${plan.height}`, role: "group", "aria-label": `Drawing of ${name}` },
    ...rows.map((row) => element("text", { class: "size", x: 4, y: row.y + 4 }, row.text)),
    ...[0, 1].flatMap((part) => wires.map(({ nodes }) => nodes[part])), // the tips on top of all lines
    ...boxes.map((one) => thing(drawBox(one, plan.places[one.id], plan.box), one.id, "box")),
  );
  return { node, wires };
}

function drawBox({ id, role, channels, dilation }, [x, y], [w, h]) {
  const node = element("g", { class: `box ${role}` });
  if (role === "add") {
    const r = h / 2 - 2;
    node.append(
      element("circle", { cx: x, cy: y, r }),
      element("path", { class: "plus", d: `M${x - r / 2} ${y}h${r}M${x} ${y - r / 2}v${r}` }),
    );
    return node;
  }
  node.append(
    element("rect", { x: x - w / 2, y: y - h / 2, width: w, height: h, rx: 6 }),
    element("text", { class: "name", x, y: y - 2 }, id),
    element("text", { class: "channels", x, y: y + 13 }, dilation ? `${channels}, ${dilation}` : channels),
  );
  return node;
}

// The tip of an arrow at the end of a path of straight lines.
function arrowTip(d) {
  const points = d.slice(1).split("L").map((point) => point.split(" ").map(Number));
  const [[x0, y0], [x, y]] = points.slice(-2);
  const length = Math.hypot(x - x0, y - y0) || 1;
  const [dx, dy] = [((x - x0) / length) * 8, ((y - y0) / length) * 8];
  return element("path", {
    class: "tip",
    d: `M${x} ${y}L${x - dx - dy / 2} ${y - dy + dx / 2}L${x - dx + dy / 2} ${y - dy - dx / 2}Z`,
  });
}
