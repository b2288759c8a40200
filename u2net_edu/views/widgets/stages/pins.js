// Maps of any stages side by side: pinned by click or key, compared, and taken down again.

import { element, radios, taken } from "../kit/dom.js";

// A drawing pin, upright where it is stuck in.
export function pinIcon() {
  return element(
    "svg", { viewBox: "0 0 16 16", width: 14, height: 14, "aria-hidden": "true" },
    element("path", { d: "M5 1h6l-1 5 3 3v1H8.6v5h-1.2v-5H3V9l3-3z", fill: "currentColor" }),
  );
}

// `pins`: the trait of the same name. `unpin(path, channel)`, `visit(path, channel)`, `clear()`.
export function drawPins({ pins, scope, setScope, picture, unpin, visit, clear }) {
  const strip = element("div", { class: "strip", role: "group", "aria-label": "pinned maps" });
  const choose = radios(
    "colour scale of pinned maps",
    [["map", "each its own"], ["pinned", "one for all pinned"]],
    scope,
    setScope,
  );
  const hint = element(
    "p", { class: "muted" },
    "Pin maps of any stages to see them side by side: click the pin in a map's corner, or press p on a map.",
  );
  const all = element("button", {}, "Unpin all");
  all.addEventListener("click", clear);
  const tools = element("span", { class: "tools" }, element("span", {}, "Colour scale ", choose.group), all);
  const said = element("span", { class: "said", role: "status" });
  const node = element(
    "section", { class: "pins", "aria-label": "maps to compare" },
    element("div", { class: "head" }, element("b", {}, "Pinned"), tools),
    hint, strip, said,
  );

  const card = (pin) => {
    const name = pin.label === pin.path ? pin.path : `${pin.path} · ${pin.label}`;
    const look = element(
      "button",
      { class: "look", "aria-label": `${name}, ${pin.size}, from ${pin.low} to ${pin.high}. Enter: go there. Delete: unpin.` },
      element("img", { src: picture(pin.png), alt: "" }),
    );
    look.addEventListener("click", () => visit(pin.path, pin.channel));
    look.addEventListener("keydown", (event) => {
      if (!["Delete", "Backspace", "p"].includes(event.key)) return;
      taken(event);
      unpin(pin.path, pin.channel);
    });
    const off = element("button", { class: "off", tabindex: "-1", "aria-label": `unpin ${name}` }, "×");
    off.addEventListener("click", () => unpin(pin.path, pin.channel));
    return element(
      "figure", {}, look, off,
      element("figcaption", {}, element("b", {}, name), element("br"), pin.size, element("br"), `${pin.low} to ${pin.high}`),
    );
  };
  const show = () => {
    const before = [...strip.children].findIndex((child) => child.contains(document.activeElement));
    const shown = pins();
    strip.replaceChildren(...shown.map(card));
    hint.hidden = shown.length > 0;
    tools.hidden = shown.length === 0;
    choose.show();
    const word = shown.length === 1 ? "map" : "maps";
    said.textContent = shown.length ? `${shown.length} ${word} pinned.` : "";
    if (before >= 0) strip.children[Math.min(before, shown.length - 1)]?.querySelector("button").focus();
  };
  show();
  return { node, show, choose };
}
