// A photograph to paint on: with the mouse, or with arrow keys and the space bar.

import { element, slider } from "../kit/dom.js";
import { strokesOn } from "../kit/strokes.js";
import { exactly } from "../kit/words.js";

const COLOUR = "#00b894"; // of the brush, until another one is chosen: hardly any photograph has it
const WIDEST = 24;

// `picture(png)`: an address for bytes; `changed()` after each stroke. What lies inside the window is shown as a chequer of the colour.
export function drawBrush(photo, [height, width], picture, changed) {
  const url = picture(photo);
  const image = element("img", { src: url, alt: "", draggable: "false" });
  const layer = element("canvas", { width, height });
  const marks = element("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none" });
  const node = element(
    "div",
    { class: "photo surface", tabindex: "0", role: "application", style: `aspect-ratio: ${width} / ${height}` },
    image, layer, marks,
  );
  const colour = element("input", { type: "color", value: COLOUR, "aria-label": "colour of the brush" });
  let radius = Math.max(1, Math.round(Math.max(height, width) / 24));
  const thick = slider("brush", { min: 1, max: WIDEST, value: radius, word: (n) => `${n} px`, change: (n) => (radius = n) });
  const wipe = element("button", {}, "Wipe");
  const tools = element("span", { class: "brush" }, colour, thick.node, wipe);
  let own = false; // whether strokes are taken
  let strokes = 0;
  const touched = () => {
    strokes++;
    changed();
  };
  const painting = strokesOn(node, [height, width], { active: () => own, radius: () => radius, touched, moved: changed });
  const { mask } = painting;
  colour.addEventListener("input", touched);
  wipe.addEventListener("click", painting.wipe);

  const drawn = { key: "" };
  const show = (support, { own: mine, painted, ring }) => {
    own = mine;
    const key = !own && painted ? painted[0] : "";
    if (drawn.key !== key) image.src = key ? picture(painted[1]) : url;
    drawn.key = key;
    node.classList.toggle("own", own);
    paintLayer(layer, own ? mask : null, support.mask, colour.value);
    marks.replaceChildren(
      ...(support.count ? [frameOf(support)] : []),
      ...(ring ? ["halo", "ring"].map((kind) => circle(kind, ring, width / 45)) : []),
      ...(own ? [circle("cursor", painting.cursor(), radius)] : []),
    );
    const [row, column] = painting.cursor();
    const place = `row ${row}, column ${column}`;
    const hint = `Paint with the mouse, or with arrows and space. Brush at ${place}. ${told(support)}`;
    node.setAttribute("aria-label", own ? hint : "The painted picture");
  };
  const told = (support) => {
    let [all, inside] = [0, 0];
    for (let i = 0; i < mask.length; i++) if (mask[i]) (all++, support.mask?.[i] && inside++);
    if (!all) return "Paint on the picture: outside of the frame to see the value stay, inside to see it move.";
    const where = inside ? `${exactly(inside)} of them inside: they are chequered, and may move the value` : "all outside";
    return `${exactly(all)} pixels painted, ${where}.`;
  };
  const asked = () => ({ mask: new DataView(mask.slice().buffer), colour: colour.value });
  return { node, tools, show, told, asked, strokes: () => strokes };
}

const circle = (kind, /** @type {import("../kit/types").Cell} */ [row, column], r) => element("circle", { class: kind, cx: column + 0.5, cy: row + 0.5, r });
const frameOf = ({ left, right, top, bottom }) =>
  element("rect", { class: "window", x: left, y: top, width: right - left + 1, height: bottom - top + 1 });

// The strokes in their colour; every second pixel of what lies inside the window stays clear.
function paintLayer(canvas, mask, seen, colour) {
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, canvas.width, canvas.height);
  if (!mask) return;
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const strokes = pen.createImageData(canvas.width, canvas.height);
  mask.forEach((on, i) => {
    if (!on || (seen?.[i] && (i + Math.floor(i / canvas.width)) % 2)) return;
    strokes.data.set([red, green, blue, 255], 4 * i);
  });
  pen.putImageData(strokes, 0, 0);
}
