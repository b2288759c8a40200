// How the maps are shown: what shares a colour scale, in which order, and what the colours mean.

import { element, radios } from "../kit/dom.js";

/** @param {import("../kit/types").Tie} tie */
export function drawTools(tie) {
  const scope = radios("colour scale", tie.get("scopes"), () => tie.get("scope"), (value) => tie.set({ scope: value }));
  const order = radios("order", tie.get("orders"), () => tie.get("order"), (value) => tie.set({ order: value }));
  const bar = element("span", { class: "bar", role: "img" });
  const limits = element("span", { class: "muted" });
  const node = element(
    "div", { class: "tools" },
    element("span", {}, "One colour scale for ", scope.group),
    element("span", {}, "Order ", order.group),
    element("span", {}, limits, " ", bar),
  );
  const showLegend = ({ limits: words, gradient }) => {
    limits.textContent = words;
    bar.style.background = gradient;
    bar.setAttribute("aria-label", words);
  };
  return { node, showLegend, showScope: scope.show, showOrder: order.show };
}
