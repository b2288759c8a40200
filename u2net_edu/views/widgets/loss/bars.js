// Bars of the seven terms: the sum that training minimises, and their shares of each gradient.

import { element } from "../kit/dom.js";

// The end of a scale: 1, 2 or 5 times a power of ten, so that a bar moves and its scale does not.
export function roundEnd(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5].find((step) => step * power >= value) ?? 10);
}

export const digits = (value, count = 4) => value.toFixed(count).replace("-", "−");
export const inHundredths = (value) => digits(value, 2);

function piece(name, number, left, width, words) {
  const style = `left: ${left}%; width: ${width}%`;
  const short = name === "fused" ? "fused" : name.slice(4);
  const label = element("span", { class: short.length > 2 ? "word" : "digit" }, short);
  return element("i", { class: `piece t${number % 7}`, style, title: words }, label);
}

// One bar: `parts` are what the terms add; `undecided` is the sum for maps that say ½ everywhere.
export function totalBar() {
  const track = element("div", { class: "track", role: "img" });
  const ticks = element("div", { class: "ticks", "aria-hidden": "true" });
  const show = (names, parts, undecided) => {
    const total = parts.reduce((a, b) => a + b, 0);
    const end = roundEnd(Math.max(total, undecided, 0.01) * 1.02);
    let at = 0;
    const pieces = parts.map((part, i) => {
      const left = at;
      at += part;
      return piece(names[i], i, (100 * left) / end, (100 * part) / end, `${names[i]} adds ${digits(part)}`);
    });
    const mark = element("b", { class: "mark", style: `left: ${(100 * undecided) / end}%` });
    track.replaceChildren(...pieces, mark);
    const said = names.map((name, i) => `${name} ${digits(parts[i])}`).join(", ");
    track.setAttribute("aria-label", `total ${digits(total)}: ${said}`);
    const place = (value, text) =>
      element("span", { style: `left: ${(100 * value) / end}%` }, text);
    const label = place(undecided, `${digits(undecided, 2)}: every map says ½`);
    if (undecided > end / 2) label.classList.add("before");
    ticks.replaceChildren(place(0, "0"), label);
    return total;
  };
  return { node: element("div", { class: "bar" }, track, ticks), show };
}

// A bar for each stage; `shares`: {stage: [a share a term] or null}.
export function shareBars(names) {
  const node = element("div", { class: "shares" });
  const show = (shares) => {
    const rows = Object.entries(shares);
    const sums = (sign) => rows.map(([, s]) => (s ?? []).filter((v) => v * sign > 0).reduce((a, b) => a + b, 0));
    const low = Math.floor(20 * Math.min(0, ...sums(-1)) + 1e-9) / 20;
    const high = Math.ceil(20 * Math.max(1, ...sums(1)) - 1e-9) / 20;
    const place = (value) => (100 * (value - low)) / (high - low);
    node.replaceChildren(
      ...rows.map(([stage, row]) => {
        const track = element("div", { class: "track", role: "img", "aria-label": sharesInWords(stage, names, row) });
        let [left, right] = [0, 0];
        (row ?? []).forEach((share, i) => {
          const from = share < 0 ? (left += share) : (right += share) - share;
          const words = `${names[i]}: ${digits(share, 3)} of ${stage}'s gradient`;
          if (share) track.append(piece(names[i], i, place(from), place(low + Math.abs(share)), words));
        });
        if (!row) track.append(element("span", { class: "none" }, "no gradient"));
        if (low < 0) track.append(element("b", { class: "mark", style: `left: ${place(0)}%` }));
        return element("div", { class: "row" }, element("code", {}, stage), track);
      }),
      element(
        "div", { class: "row ticks", "aria-hidden": "true" },
        element("code", {}),
        element("div", { class: "scale" }, ...[0, 1].map((v) =>
          element("span", { style: `left: ${place(v)}%` }, v === 1 ? "all of it" : "0"))),
      ),
    );
  };
  return { node, show };
}

export function sharesInWords(stage, names, row) {
  if (!row) return `${stage}: no gradient`;
  const said = names.map((name, i) => [name, row[i]]).filter(([, share]) => Math.abs(share) >= 0.0005);
  return `${stage}: ${said.map(([name, share]) => `${name} ${digits(share, 3)}`).join(", ")}`;
}

// The same as a table, to read or to copy.
export function shareTable(names, shares) {
  const cell = (tag, text) => element(tag, {}, text);
  const head = element("tr", {}, ...["stage", ...names].map((name) => cell("th", name)));
  const rows = Object.entries(shares).map(([stage, row]) =>
    element("tr", {}, cell("th", stage), ...names.map((_, i) => cell("td", row ? digits(row[i], 3) : "–"))));
  return element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows));
}
