// The masks before and after, and what changed: one large, all of them small, and in numbers.

import { element } from "../kit/dom.js";
import { percent } from "../kit/words.js";

/** @param {import("../kit/types").Tie} tie */
export function drawMasks(tie, picture, photo) {
  const sentence = element("p", { class: "sentence", "aria-live": "polite" });
  const large = ["the picture", "before", "after", "what changed"].map(largeFigure);
  large[0].image.src = photo;
  const bar = element("i", { class: "bar", style: `background: ${tie.get("legend").gradient}` });
  large[3].caption.append(": −1 ", bar, " +1");
  const cards = element("div", { class: "cards", role: "group", "aria-label": "the masks" });
  const table = element("table", {});
  const node = element(
    "section", { class: "masks" }, sentence,
    element("div", { class: "large" }, ...large.map((one) => one.figure)), cards,
    element("details", {}, element("summary", {}, "the numbers"), table),
  );
  /** @type {any} */
  let [before, loaded] = [[], null];
  let addresses = [];
  const load = (masks) => {
    if (before.length !== tie.get("before").length) before = tie.get("before").map(picture);
    for (const { after, change } of addresses) [after, change].forEach((url) => URL.revokeObjectURL(url));
    addresses = masks.map(({ png, change_png }) => ({ after: url(png), change: url(change_png) }));
    cards.replaceChildren(...masks.map((mask, i) => card(mask, addresses[i], () => tie.set({ shown_map: mask.name }))));
    table.replaceChildren(...rowsOf(masks));
  };
  const show = () => {
    const { masks, sentence: said } = tie.get("answer");
    sentence.textContent = said ?? "The network runs …";
    if (!masks) return;
    if (loaded !== masks) load((loaded = masks));
    const at = Math.max(masks.findIndex(({ name }) => name === tie.get("shown_map")), 0);
    const name = masks[at].name;
    [before[at], addresses[at].after, addresses[at].change].forEach((url, i) => (large[i + 1].image.src = url));
    large.forEach(({ image }, i) => (image.alt = i ? `${name}, ${["", "before", "after", "what changed"][i]}` : "the picture"));
    large[1].text.textContent = `${name} before`;
    large[2].text.textContent = `${name} after`;
    Array.from(cards.children, (one, i) => one.setAttribute("aria-pressed", String(i === at)));
  };
  const stop = () => addresses.forEach(({ after, change }) => [after, change].forEach((url) => URL.revokeObjectURL(url)));
  return { node, show, stop };
}

const url = (png) => URL.createObjectURL(new Blob([png], { type: "image/png" }));

function largeFigure(words) {
  const image = element("img", { alt: words });
  const text = element("span", {}, words);
  const caption = element("figcaption", {}, text);
  return { image, text, caption, figure: element("figure", {}, image, caption) };
}

function card(mask, { after, change }, choose) {
  const node = element(
    "button", { class: "card", "data-map": mask.name, "aria-label": `${mask.name}: ${inWords(mask)}` },
    element("b", {}, mask.name),
    element("span", {}, element("img", { src: after, alt: "" }), element("img", { src: change, alt: "" })),
    element("small", {}, `moves ${mask.mean.toFixed(3)}`), element("small", {}, `IoU ${mask.iou.toFixed(3)}`),
  );
  node.addEventListener("click", choose);
  return node;
}

const inWords = (mask) =>
  `moves by ${mask.mean.toFixed(3)} on average, ${percent(mask.crossed)} of the pixels cross one half, IoU ${mask.iou.toFixed(3)}`;

function rowsOf(masks) {
  const head = ["map", "a pixel moves", "cross ½", "IoU before/after", "marked before", "marked after"];
  const line = (tag, texts) => element("tr", {}, ...texts.map((text, i) => element(i ? tag : "th", {}, text)));
  const numbers = (m) => [m.name, m.mean.toFixed(4), percent(m.crossed), m.iou.toFixed(3), percent(m.before), percent(m.after)];
  return [
    element("thead", {}, line("th", head)),
    element("tbody", {}, ...masks.map((mask) => line("td", numbers(mask)))),
  ];
}
