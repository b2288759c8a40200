// The loss explorer. Python runs the network and sends the sides' logits once; what follows the
// mouse is computed here. Only the gradients for another fusion are asked for, after a pause.

import { dial } from "../kit/dial.js";
import { element, mount } from "../kit/dom.js";
import { digits, shareBars, shareTable, sharesInWords, totalBar } from "./bars.js";
import { mapCanvas, pickable } from "./canvas.js";
import { extremes, fuseLogits, fuseProbabilities, judge, reachOf, sharesOf } from "./math.js";
import { inHundredths, orderChoice, pixelInWords, pixelTable, termCard } from "./parts.js";

const PAUSE = 250; // milliseconds without a change before Python is asked for gradients
const MOST_WEIGHT = 3;

function render({ model, el }) {
  const tie = mount(model, el, "loss");
  let view = null;
  const build = () => {
    view?.stop();
    tie.root.replaceChildren();
    const message = tie.get("message");
    view = tie.get("network").terms ? drawExplorer(tie) : null;
    if (view) tie.root.append(...view.parts);
    if (message) tie.root.prepend(element("p", { class: "message", role: "alert" }, message));
    view?.load();
  };
  build();
  tie.listen(["network", "message"], build);
  tie.listen(["sides"], () => view?.load());
  tie.listen(["fuse_weights", "fuse_bias", "sigmoid"], () => view?.fuse());
  tie.listen(["weights", "on"], () => view?.showSum());
  tie.listen(["selected", "pixel"], () => view?.showPlace());
  tie.listen(["products"], () => view?.showShares());
  tie.onLeave(() => view?.stop());
  return tie.leave;
}

const numbers = (bytes) =>
  new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
const tableOf = (bytes) => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const replaced = (list, index, value) => list.map((old, i) => (i === index ? value : old));

function drawExplorer(tie) {
  const { name, provenance, terms, size, scenes, waits } = tie.get("network");
  const [grey, heat] = ["saliency", "loss"].map((scale) => tableOf(tie.get("palettes")[scale]));
  const learned = tie.get("learned");
  const pixels = size[0] * size[1];
  /** @type {any[]} */
  let [mask, sides, fused, photo, pause] = [[], [], [], "", 0];
  const counted = () => tie.get("weights").map((weight, i) => (tie.get("on")[i] ? weight : 0));
  const before = () => tie.get("sigmoid") === "before";
  const results = () => [fused[before() ? 1 : 0], ...sides];
  const chosen = () => Math.max(terms.indexOf(tie.get("selected")), 0);

  // 1: the seven, beside what they are judged by
  const image = element("img", { class: "pixels", alt: "the image" });
  const truth = mapCanvas(size, grey, { class: "pixels", role: "img", "aria-label": "the mask" });
  const cards = terms.map((term, i) =>
    termCard(term, i, size, grey, MOST_WEIGHT, {
      choose: () => tie.set({ selected: term }),
      turn: (on) => tie.set({ on: replaced(tie.get("on"), i, on) }),
      weigh: (weight) => tie.set({ weights: replaced(tie.get("weights"), i, weight) }),
    }),
  );
  const plain = element("button", {}, "all on, weight 1");
  plain.addEventListener("click", () => tie.set({ weights: terms.map(() => 1), on: terms.map(() => true) }));
  const given = (node, text, words) =>
    element("div", { class: "card given" }, node, element("b", {}, text), element("span", { class: "muted" }, words));
  const maskWords = element("span", {});

  // 2: their sum
  const bar = totalBar();
  const total = element("output", { class: "total" });
  const sumWords = element("p", { class: "words", "aria-live": "polite" });

  // 3: one map, one pixel
  const pick = { pixel: () => tie.get("pixel"), pick: (pixel) => tie.set({ pixel }) };
  const [says, costs] = [mapCanvas(size, grey), mapCanvas(size, heat)];
  const map = pickable(says, size, "What the map says", pick);
  const cost = pickable(costs, size, "What each pixel costs", pick);
  const mapCaption = element("figcaption", {});
  const scaleEnd = element("span", {});
  const scaleBar = element("span", { class: "scalebar", "aria-hidden": "true" });
  scaleBar.style.background = `linear-gradient(to right, ${[0, 64, 128, 192, 255].map((at) => `rgb(${heat.slice(3 * at, 3 * at + 3).join(",")})`).join(", ")})`;
  const worst = element("button", {}, "its most expensive pixel");
  worst.addEventListener("click", () => {
    const { losses } = results()[chosen()];
    const at = losses.indexOf(extremes(losses)[1]);
    tie.set({ pixel: [Math.floor(at / size[1]), at % size[1]] });
  });
  const table = element("div", {});
  const pixelWords = element("p", { class: "words", "aria-live": "polite" });
  const placeTitle = element("h4", {});

  // 4: the fusion
  const low = Math.min(-1, Math.floor(Math.min(...learned)));
  const high = Math.max(2, Math.ceil(Math.max(...learned)));
  const dials = learned.map((value, i) => {
    const bias = i === learned.length - 1;
    const text = bias ? "bias" : terms[i + 1];
    return dial(bias ? "bias of the fusion" : `weight of ${text} in the fusion`, {
      min: low, max: high, step: 0.01, word: inHundredths, mark: value, text,
      change: (to) => tie.set(bias ? { fuse_bias: to } : { fuse_weights: replaced(tie.get("fuse_weights"), i, to) }),
    });
  });
  const back = element("button", {}, "back to the learned weights");
  back.addEventListener("click", () => tie.set({ fuse_weights: learned.slice(0, -1), fuse_bias: learned.at(-1) }));
  const orders = orderChoice(size, grey, () => tie.get("sigmoid"), (sigmoid) => tie.set({ sigmoid }));
  const orderWords = element("p", { class: "words", "aria-live": "polite" });

  // 5: whose gradient
  const bars = shareBars(terms);
  const shareWords = element("p", { class: "words", "aria-live": "polite" });
  const asTable = element("div", { class: "scroll" });
  const compute = element("button", { hidden: "" }, `compute the gradients, about ${Math.ceil(waits)} s`);
  compute.addEventListener("click", () => askNow());

  const parts = [
    element(
      "div", { class: "head" }, element("b", {}, "Seven outputs, one loss"),
      element("span", { class: "muted" }, [name, provenance, `${size[0]}×${size[1]} pixels`].filter(Boolean).join(" · ")),
      ...(scenes ? [scenePicker(tie, scenes)] : []),
    ),
    element(
      "div", { class: "seven" },
      given(image, "image", "what goes in"), given(truth.node, "mask", maskWords), ...cards.map((card) => card.node),
    ),
    element("div", { class: "sum" }, element("h4", {}, "Their weighted sum, the loss: ", total), plain),
    bar.node, sumWords,
    element(
      "div", { class: "lower" },
      element(
        "section", {}, placeTitle,
        element(
          "div", { class: "place" },
          element("figure", {}, map.node, mapCaption),
          element("figure", {}, cost.node, element("figcaption", {}, "loss: 0 ", scaleBar, " ", scaleEnd)),
          table,
        ),
        pixelWords, worst,
      ),
      element(
        "section", {}, element("h4", {}, "The fusion: how the sides become one map"),
        element("div", { class: "fusion" }, element("div", { class: "dials" }, ...dials.map((each) => each.node)), orders.group),
        orderWords, element("div", { class: "sum" }, back, element("span", { class: "muted" }, element("i", { class: "learned key" }), " learned in training")),
      ),
    ),
    element("h4", {}, "Which term moves which stage: shares of each stage's gradient"),
    element(
      "div", { class: "gradients" },
      bars.node,
      element(
        "div", {}, compute, shareWords,
        element("p", { class: "muted" }, "The gradient of the loss is the sum of its terms' gradients, each times its weight. A share says how much of that sum a term gives: its own gradient, projected on the sum. The shares of a stage add up to 1; one that points left of the line pulls against the rest. For this one image, batch norm as at inference; the heads and the fusion are no stages."),
        element("details", {}, element("summary", {}, "the shares as a table"), asTable),
      ),
    ),
  ];

  const load = () => {
    URL.revokeObjectURL(photo);
    photo = URL.createObjectURL(new Blob([tie.get("photo")], { type: "image/png" }));
    image.src = photo;
    mask = numbers(tie.get("mask"));
    const all = numbers(tie.get("sides"));
    sides = terms.slice(1).map((_, k) => judge(all.subarray(k * pixels, (k + 1) * pixels), mask));
    truth.paint(mask, 0, 1);
    const share = mask.reduce((a, b) => a + b, 0) / pixels;
    maskWords.textContent = share ? `${(100 * share).toFixed(0)} % salient` : "nothing is salient";
    scaleEnd.textContent = `${digits(tie.get("limit"), 1)} and more`;
    sides.forEach((side, k) => cards[k + 1].paint(side));
    fuse();
  };
  const fuse = () => {
    const [weights, bias] = [tie.get("fuse_weights"), tie.get("fuse_bias")];
    fused = [fuseLogits, fuseProbabilities].map((way) => way(sides, weights, bias, mask));
    dials.forEach((each, i) => each.show([...weights, bias][i]));
    back.disabled = [...weights, bias].every((value, i) => value === learned[i]);
    const spans = fused.map(({ values, probabilities }, i) => extremes(i ? values : probabilities).map((v) => digits(v, 3)).join(" to "));
    orders.show(fused, spans);
    const [least, most] = reachOf(weights, bias).map((value) => digits(value, 3));
    const { outside } = fused[1];
    orderWords.textContent = before()
      ? `A weighted sum of probabilities lies between ${least} and ${most}, whatever the sides say. Here ${outside} of ${pixels} pixels leave 0 … 1; they are cut for the loss. These weights were learned for logits: a network trained this way round would have others.`
      : "A weighted sum of logits may be any number: evidence for and against, added up. The sigmoid then makes it a probability. This is how U²-Net does it.";
    cards[0].paint(fused[before() ? 1 : 0]);
    showSum();
    showPlace();
  };
  const showSum = () => {
    const found = results();
    const weights = counted();
    const added = found.map((each, i) => weights[i] * each.loss);
    const sum = bar.show(terms, added, Math.LN2 * weights.reduce((a, b) => a + b, 0));
    total.textContent = digits(sum);
    cards.forEach((card, i) => card.show(found[i], tie.get("on")[i], tie.get("weights")[i], i === chosen()));
    const largest = added.indexOf(Math.max(...added));
    sumWords.textContent = sum
      ? `${weights.filter(Boolean).length} terms add up to ${digits(sum)}. The most comes from ${terms[largest]}: ${digits(added[largest])}, ${((100 * added[largest]) / sum).toFixed(0)} %. A map that says ½ everywhere has the loss ln 2 = ${digits(Math.LN2)}; the mark is where the sum would then be.`
      : "No term is on: a loss of 0, and nothing to learn from.";
    showShares();
  };
  const showPlace = () => {
    const [found, i] = [results(), chosen()];
    const [row, column] = tie.get("pixel");
    const at = row * size[1] + column;
    says.paint(found[i].probabilities, 0, 1);
    costs.paint(found[i].losses, 0, tie.get("limit"));
    for (const picture of [map, cost]) picture.show();
    placeTitle.textContent = `${terms[i]}, pixel by pixel: row ${row}, column ${column}`;
    mapCaption.textContent = "probability: 0 to 1";
    table.replaceChildren(pixelTable(terms, found, at, terms[i], before()));
    pixelWords.textContent = pixelInWords(terms[i], found[i], at, mask[at], before() && i === 0);
    cards.forEach((card, k) => card.show(found[k], tie.get("on")[k], tie.get("weights")[k], k === i));
  };

  const wanted = () => [...tie.get("fuse_weights"), tie.get("fuse_bias"), tie.get("sigmoid"), tie.get("scene")];
  const askNow = () => tie.set({ asked: wanted() });
  const stop = () => {
    clearTimeout(pause);
    URL.revokeObjectURL(photo);
  };
  const showShares = () => {
    const { asked, stages } = tie.get("products");
    const fresh = JSON.stringify(asked) === JSON.stringify(wanted());
    clearTimeout(pause);
    if (!fresh && !waits) pause = setTimeout(askNow, PAUSE);
    compute.hidden = fresh || !waits;
    bars.node.classList.toggle("stale", !fresh);
    if (!stages) {
      shareWords.textContent = waits ? "" : "Asking the network for its gradients …";
      bars.show(Object.fromEntries(tie.get("network").stages.map((stage) => [stage, terms.map(() => 0)])));
      return;
    }
    const weights = counted();
    const shares = Object.fromEntries(Object.entries(stages).map(([stage, p]) => [stage, sharesOf(p, weights)]));
    bars.show(shares);
    asTable.replaceChildren(shareTable(terms, shares));
    const [first, last] = [Object.keys(shares)[0], Object.keys(shares).at(-1)];
    shareWords.textContent = fresh
      ? `${sharesInWords(first, terms, shares[first])}; ${sharesInWords(last, terms, shares[last])}.`
      : "These are of the fusion as it was; asking for the new ones …";
  };
  return { parts, load, fuse, showSum, showPlace, showShares, stop };
}

function scenePicker(tie, count) {
  const box = element("input", { type: "number", min: 0, max: count - 1, "aria-label": "scene" });
  const go = (to) => tie.set({ scene: Math.min(Math.max(Math.round(to) || 0, 0), count - 1) });
  const step = (by, sign, label) => {
    const button = element("button", { "aria-label": label }, sign);
    button.addEventListener("click", () => go(tie.get("scene") + by));
    return button;
  };
  const show = () => (box.value = tie.get("scene"));
  box.addEventListener("change", () => go(Number(box.value)));
  tie.listen(["scene"], show);
  show();
  return element("span", { class: "scene" }, "scene ", step(-1, "‹", "previous scene"), box, step(1, "›", "next scene"), ` of ${count}`);
}

export default { render };
