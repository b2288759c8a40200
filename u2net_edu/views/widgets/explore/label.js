// What a box says: its name and, beside or below it, its size.

import { element } from "../kit/dom.js";
import { times } from "../kit/words.js";

// Returns the nodes for the box; `say(words)`, with which a lens puts its number in the place of
// `about`; `fits`, how large the letters are as a share of their full size; and
// `write(least, tiny)`, which sets them for a drawing in which letters of `least` units can just be
// read.
export function drawLabel(node, numbers, place) {
  const { w, h, scale } = place;
  const card = node.children.length > 0;
  const about = aboutOf(numbers, card);
  const oneLine = card || h < 34;
  // A letter is some .65 of its height wide; what is too long for the box is set smaller.
  const [nameWide, aboutWide] = [node.name.length * 10, about.length * 7.9];
  const wide = oneLine ? nameWide + aboutWide + 8 : Math.max(nameWide, aboutWide);
  const fits = Math.min(1, 0.25 + scale, (w - 10) / wide, (h - 4) / 16);
  const size = element("tspan", { class: "size", style: `font-size: ${12 * fits}px` }, about);
  if (node.kind === "input") return { nodes: [], about, fits, say: () => {}, write: () => {} };
  const name = element("tspan", { class: "name" }, node.name);
  const text = element("text", { x: place.x + w / 2 }, name, size);
  size.setAttribute(oneLine ? "dx" : "x", oneLine ? 6 : place.x + w / 2);
  const set = writer({ text, name, size }, { node, card, oneLine, fits }, place);
  let drawing = [0, false];
  const write = (...now) => set(...(drawing = now));
  const say = (words) => {
    if (words === size.textContent) return;
    size.textContent = words;
    write(...drawing); // a shorter text may have room where a longer one had none
  };
  write(0, false);
  return { nodes: [text], about, fits, say, write };
}

function aboutOf(numbers, card) {
  const dilation = numbers.conv?.settings.dilation?.[0] ?? 1;
  return times(numbers.shape) + (!card && dilation > 1 ? `, d = ${dilation}` : "");
}

// Letters are as large as they are readable; what then has no room beside the name goes. Where
// the whole is drawn small, the name stands alone in the middle.
function writer({ text, name, size }, { node, card, oneLine, fits }, { y, w, h }) {
  const [big, small] = [15 * fits, 12 * fits];
  const largest = Math.min((w - 3) / (0.6 * node.name.length), 0.8 * h);
  return (least, tiny) => {
    const most = least > small ? least : big; // a label that has grown leaves the name less room
    const high = Math.min(tiny ? Math.max(big, least) : most, largest);
    const beside = Math.max(small, least);
    const [one, two] = [0.7 * high * node.name.length, beside * widthOf(size.textContent)];
    const across = oneLine ? one + two + 8 : Math.max(one, two);
    const room = !tiny && across <= w - 2 && (oneLine || high + 1.25 * beside <= h - 4);
    name.style.fontSize = `${high}px`;
    size.style.fontSize = `${beside}px`;
    size.style.display = room ? "" : "none";
    if (!oneLine) size.setAttribute("dy", String(1.25 * beside));
    const centre = y + h / 2 + 0.36 * high;
    const above = oneLine ? centre : y + h / 2 - 0.1 * high;
    text.setAttribute("y", String(tiny ? centre : card ? y + 17 * fits : room ? above : centre));
  };
}

// How wide a label is, in heights of its letters: digits .64, and × is wider.
function widthOf(label) {
  return [...label].reduce((sum, letter) => sum + (letter === "×" ? 0.84 : 0.64), 0);
}
