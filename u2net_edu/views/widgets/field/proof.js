// Prove it: all that the pixel cannot see is painted over, and the network is asked again.

import { element, radios } from "../kit/dom.js";
import { exactly } from "../kit/words.js";
import { drawBrush } from "./brush.js";

const MISSING = "To prove it, the network must run: open this in a notebook, with explore_field.";

/** @param {import("../kit/types").Tie} tie */
export function drawProof(tie, { size, path, pixel, seen }, picture) {
  const paints = tie.get("paints");
  if (!paints) {
    // our own page, which has no network
    const node = element("p", { class: "muted prove" }, MISSING);
    return { node, show: () => {}, answer: () => {} };
  }
  let asking = false;
  let strokes = 0; // of the brush, when Python was last asked
  const paint = () => tie.get("paint");
  const brush = drawBrush(tie.get("photo"), size, picture, () => show());
  const choice = radios("paint over with", paints, paint, (next) => tie.set({ paint: next }));
  const other = element("select", { "aria-label": "another photograph" },
    ...tie.get("others").map((name) => element("option", { value: name }, name)));
  const button = element("button", { class: "prove" }, "Prove it");
  const busy = element("span", { class: "muted", role: "status" });
  const words = element("p", { class: "words", "aria-live": "polite" });
  const lines = element("dl", {});
  const how = element("p", { class: "muted" });
  const figure = element("figure", { class: "canvas" }, brush.node);
  button.addEventListener("click", () => {
    asking = true;
    strokes = brush.strokes();
    const count = (tie.get("prove").count ?? 0) + 1;
    const more = paint() === "brush" ? brush.asked() : paint() === "picture" ? { other: other.value } : {};
    tie.set({ prove: { path: path(), pixel: pixel(), paint: paint(), count, ...more } });
    show();
  });

  // The answer, as long as it is one to what is chosen now.
  const proof = () => {
    const found = tie.get("proof");
    const chosen = found.path === path() && found.paint === paint();
    const same = paint() !== "brush" || strokes === brush.strokes();
    return chosen && same && found.pixel.every((at, axis) => at === pixel()[axis]) ? found : null;
  };
  const show = () => {
    const support = seen(pixel());
    const found = proof();
    const outside = size[0] * size[1] - (support.count ?? 0);
    choice.show();
    other.hidden = paint() !== "picture";
    brush.tools.hidden = paint() !== "brush";
    button.disabled = asking || !tie.live() || Boolean(support.hidden);
    busy.textContent = !tie.live() ? "Only Python can run the network." : asking ? "The network runs …" : "";
    figure.hidden = paint() !== "brush" && !found?.png; // the photograph is there already, above
    brush.show(support, {
      own: paint() === "brush",
      painted: found?.png ? [`${found.count}`, found.png] : null,
      ring: found?.inside?.length ? found.inside : null,
    });
    how.textContent = support.hidden
      ? `What ${path()} sees is not known, so there is no claim to prove.`
      : paint() === "brush"
        ? brush.told(support)
        : outside
          ? `${exactly(outside)} pixels lie outside of the frame.`
          : "This pixel can see all of the picture: nothing lies outside of its window. Choose a layer that sees less.";
    lines.replaceChildren(...(found?.lines ?? []).flatMap(([done, value, says, good], at) => [
      element("dt", {}, done),
      element("dd", {}, value, " ", element("span", { class: at ? (good ? "good" : "bad") : "muted" }, says)),
    ]));
    words.textContent = found ? (found.error ?? `${found.words} (The values above: ${found.channel}.)`) : "";
  };
  const answer = () => {
    asking = false;
    show();
  };
  const node = element(
    "section", { class: "prove", "aria-label": "Prove it" },
    element("h4", {}, "Prove it: paint over all that it cannot see"),
    element("div", { class: "tools" }, element("span", { class: "paints" }, choice.group, other, brush.tools), element("span", {}, busy, " ", button)),
    element(
      "div", { class: "views" },
      figure,
      element("div", { class: "told" }, how, lines, words),
    ),
  );
  return { node, show, answer };
}
