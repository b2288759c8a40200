// A photograph and a brush: what stands out to you. The network's answer comes once you are done.

import { element, mount, radios, slider } from "../kit/dom.js";
import { strokesOn } from "../kit/strokes.js";
import { percent } from "../kit/words.js";

const TOOLS = [["1", "paint"], ["0", "rub out"]];

/** @param {import("../kit/types").Page} page */
function render({ model, el }) {
  const tie = mount(model, el, "paint");
  const [height, width] = tie.get("size");
  const urls = [];
  const picture = (png) => (urls.push(URL.createObjectURL(new Blob([png], { type: "image/png" }))), urls.at(-1));
  tie.onLeave(() => urls.forEach((url) => URL.revokeObjectURL(url)));

  let [tool, radius] = ["1", Math.max(2, Math.round(Math.max(height, width) / 30))];
  const layer = element("canvas", { width, height });
  const marks = element("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none" });
  const surface = element(
    "div", { class: "photo surface", tabindex: "0", role: "application", style: `aspect-ratio: ${width} / ${height}` },
    element("img", { src: picture(tie.get("photo")), alt: "", draggable: "false" }), layer, marks,
  );
  const send = () => tie.set({ strokes: new DataView(painting.mask.slice().buffer) });
  const painting = strokesOn(surface, [height, width], {
    active: () => !tie.get("done"), radius: () => radius, value: () => Number(tool), touched: () => show(), moved: () => show(), ended: send,
  });
  const choice = radios("the brush", TOOLS, () => tool, (next) => ((tool = next), choice.show()));
  const thick = slider("brush", { min: 2, max: 60, value: radius, word: (n) => `${n} px`, change: (n) => (radius = n) });
  const wipe = button("Wipe", painting.wipe);
  const done = button("I am done", () => tie.set({ done: true }));
  const again = button("Paint on", () => tie.set({ done: false }));
  const name = element("input", { type: "text", placeholder: "your name", "aria-label": "your name, for the file" });
  name.addEventListener("change", () => tie.set({ name: name.value }));
  const save = button("Save", () => tie.set({ name: name.value, wish: tie.get("wish") + 1 }));
  const saving = element("span", { class: "saving", hidden: tie.get("saves") ? null : "" }, name, save);
  const said = element("span", { role: "status" });
  const words = element("p", { class: "sentence", "aria-live": "polite" });
  const image = element("img", { alt: "what you and the network marked" });
  const answer = element("figure", { class: "answer" }, image, legend());
  const show = () => {
    const closed = tie.get("done");
    const { png, sentence, problem } = tie.get("result");
    paintLayer(layer, painting.mask);
    const [row, column] = painting.cursor();
    marks.replaceChildren(...(closed ? [] : [element("circle", { class: "cursor", cx: column + 0.5, cy: row + 0.5, r: radius })]));
    const share = painting.mask.reduce((sum, on) => sum + on, 0) / painting.mask.length;
    surface.setAttribute("aria-label", `The picture: paint what stands out, with the mouse, or with arrows and space. Brush at row ${row}, column ${column}; ${percent(share)} painted`);
    wipe.disabled = closed;
    [done.hidden, again.hidden] = [closed, !closed];
    answer.hidden = !png;
    words.textContent = problem ?? sentence ?? (closed ? "The network looks …" : "Paint all that stands out to you. Then say that you are done, and see what the network marks.");
    const { text, problem: unsaved } = tie.get("saved");
    said.textContent = unsaved ?? text ?? "";
  };
  let shown = null;
  const load = () => {
    const { png } = tie.get("result");
    if (png && png !== shown) image.src = picture((shown = png));
    show();
  };
  const fetch = () => {
    const sent = tie.get("strokes");
    const values = new Uint8Array(sent.buffer, sent.byteOffset, sent.byteLength);
    if (values.length === painting.mask.length) painting.mask.set(values);
    show();
  };
  tie.root.append(
    element("div", { class: "head" }, element("b", {}, "What stands out?"), element("span", { class: "muted" }, tie.get("provenance"))),
    element("div", { class: "tools" }, choice.group, thick.node, wipe, done, again, saving, said),
    words, element("div", { class: "views" }, element("figure", {}, surface), answer),
  );
  name.value = tie.get("name");
  fetch();
  load();
  tie.listen(["strokes"], fetch);
  tie.listen(["done", "result", "saved"], load);
  return tie.leave;
}

function button(text, action) {
  const node = element("button", {}, text);
  node.addEventListener("click", action);
  return node;
}

const legend = () =>
  element(
    "figcaption", {},
    ...[["both", "both"], ["you", "you alone"], ["network", "the network alone"]].map(([kind, text]) =>
      element("span", { class: "key" }, element("i", { class: kind }), text)),
  );

function paintLayer(canvas, mask) {
  const pen = canvas.getContext("2d");
  const strokes = pen.createImageData(canvas.width, canvas.height);
  const colour = getComputedStyle(canvas).getPropertyValue("--u2-yours").match(/[\da-f]{2}/gi) ?? ["e6", "9f", "00"];
  const [red, green, blue] = colour.map((pair) => parseInt(pair, 16));
  mask.forEach((on, i) => on && strokes.data.set([red, green, blue, 165], 4 * i));
  pen.putImageData(strokes, 0, 0);
}

export default { render };
