// One map, pixel by pixel: what it says, what that costs, and one pixel in all maps.

import { element } from "../kit/dom.js";
import { digits } from "./bars.js";
import { mapCanvas, pickable } from "./canvas.js";
import { extremes, sigmoid } from "./math.js";

/** { node, load, show } */
export function onePlace(tie, state) {
  const { size, terms } = state;
  const pick = { pixel: () => tie.get("pixel"), pick: (pixel) => tie.set({ pixel }) };
  const [says, costs] = [mapCanvas(size, state.grey), mapCanvas(size, state.heat)];
  const map = pickable(says, size, "What the map says", pick);
  const cost = pickable(costs, size, "What each pixel costs", pick);
  const scaleEnd = element("span", {});
  const worst = element("button", {}, "its most expensive pixel");
  worst.addEventListener("click", () => {
    const { losses } = state.results()[state.chosen()];
    const at = losses.indexOf(extremes(losses)[1]);
    tie.set({ pixel: [Math.floor(at / size[1]), at % size[1]] });
  });
  const title = element("h4", {});
  const table = element("div", {});
  const words = element("p", { class: "words", "aria-live": "polite" });
  const show = () => {
    const [found, i] = [state.results(), state.chosen()];
    const [row, column] = tie.get("pixel");
    const at = row * size[1] + column;
    const summed = state.before() && i === 0;
    says.paint(found[i].probabilities, 0, 1);
    costs.paint(found[i].losses, 0, tie.get("limit"));
    for (const picture of [map, cost]) picture.show();
    title.textContent = `${terms[i]}, pixel by pixel: row ${row}, column ${column}`;
    table.replaceChildren(pixelTable(terms, found, at, terms[i], state.before()));
    words.textContent = pixelInWords(terms[i], found[i], at, state.mask[at], summed);
  };
  const node = element(
    "section", {}, title,
    element(
      "div", { class: "place" },
      element("figure", {}, map.node, element("figcaption", {}, "probability: 0 to 1")),
      element("figure", {}, cost.node, element("figcaption", {}, "loss: 0 ", scaleBar(state.heat), " ", scaleEnd)),
      table,
    ),
    words, worst,
  );
  return { node, load: () => (scaleEnd.textContent = `${digits(tie.get("limit"), 1)} and more`), show };
}

function scaleBar(heat) {
  const bar = element("span", { class: "scalebar", "aria-hidden": "true" });
  const colours = [0, 64, 128, 192, 255].map((at) => `rgb(${heat.slice(3 * at, 3 * at + 3).join(",")})`);
  bar.style.background = `linear-gradient(to right, ${colours.join(", ")})`;
  return bar;
}

// What each map says of one pixel.
function pixelTable(names, results, at, selected, before) {
  const line = (tag, texts, attributes = {}) =>
    element("tr", attributes, ...texts.map((text, i) => element(i ? tag : "th", {}, text)));
  const rows = names.map((name, i) => {
    const { values, probabilities, losses } = results[i];
    const summed = before && i === 0; // a sum of probabilities: no logit
    const logit = summed ? "–" : digits(values[at], 2);
    const p = summed ? digits(values[at], 4) : inShort(probabilities[at]);
    return line("td", [name, logit, p, digits(losses[at])], { "aria-current": String(name === selected) });
  });
  const head = line("th", ["map", "logit", "probability", "loss"]);
  return element("table", { class: "pixel" }, element("thead", {}, head), element("tbody", {}, ...rows));
}

// The loss of one pixel as a sentence: -ln of the probability that the truth was given.
function pixelInWords(name, result, at, truth, before) {
  if (truth > 0 && truth < 1) return `The mask says ${digits(truth, 2)}: partly salient, so both answers count.`;
  const x = result.values[at];
  const given = before ? (truth ? result.probabilities[at] : 1 - result.probabilities[at]) : sigmoid(truth ? x : -x);
  return `The mask says ${truth ? "1, salient" : "0, background"}. To that answer ${name} gives the probability ${inShort(given)}; the loss is −ln of it: ${digits(result.losses[at])}${given ? "" : ", where torch stops, for −ln 0 has no end"}.`;
}

function inShort(p) {
  return p === 0 || p >= 0.001 ? digits(p) : p.toExponential(1).replace("-", "−");
}
