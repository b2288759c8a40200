// The maps of a stage: a grid to choose from, the chosen one enlarged, a pin in each corner.

import { element, taken } from "../kit/dom.js";
import { pinIcon } from "./pins.js";

// `tiles()`: the maps; `picture(bytes)`: an address for a PNG; `choose(at)`: one was clicked;
// `isPinned(tile)`, `pin(tile)`: whether it is, and the other way round from now on.
export function drawGrid({ tiles, picture, choose, isPinned, pin }) {
  const big = element("img", { class: "pixels", alt: "" });
  const caption = element("figcaption", { "aria-live": "polite" });
  const enlarged = element("figure", {}, big, caption);
  const node = element("div", { class: "maps", role: "group", "aria-label": "feature maps" });
  const buttons = () => [...node.querySelectorAll(".map")];

  const enlarge = (at) => {
    const tile = tiles()[at];
    if (!tile) return; // of a channel that is not among those shown
    buttons().forEach((button, i) => {
      button.setAttribute("aria-pressed", String(i === at));
      button.setAttribute("tabindex", i === at ? "0" : "-1"); // one stop for the Tab key
      if (i === at) big.src = button.querySelector("img").src;
    });
    big.alt = `${tile.label === tile.path ? tile.path : `${tile.label} of ${tile.path}`}, enlarged`;
    caption.textContent = `${tile.label}, ${tile.size}, from ${tile.low} to ${tile.high}`;
  };
  const walk = (event, at) => {
    const all = buttons();
    const columns = all.filter((button) => button.offsetTop === all[0].offsetTop).length;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
    if (event.key === "p") pin(tiles()[at]);
    else if (step) {
      const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
      next.focus();
      next.click();
    } else return;
    taken(event);
  };
  const draw = (tile, at) => {
    const button = element(
      "button",
      { class: "map", "aria-label": `${tile.label}, ${tile.low} to ${tile.high}. p: pin or unpin.` },
      element("img", { src: picture(tile.png), alt: "" }),
      tile.label,
    );
    button.addEventListener("click", () => choose(at));
    button.addEventListener("keydown", (event) => walk(event, at));
    const stick = element("button", { class: "pin", tabindex: "-1" }, pinIcon());
    stick.addEventListener("click", () => pin(tiles()[at]));
    return element("figure", { class: "tile" }, button, stick);
  };
  const showPinned = () =>
    tiles().forEach((tile, i) => {
      const stick = node.children[i]?.querySelector(".pin");
      const stuck = isPinned(tile);
      stick?.setAttribute("aria-pressed", String(stuck));
      stick?.setAttribute("aria-label", `${stuck ? "unpin" : "pin"} ${tile.label}`);
    });
  const show = (first) => {
    const at = buttons().indexOf(document.activeElement);
    node.replaceChildren(...tiles().map(draw));
    if (tiles().length) enlarge(first);
    buttons()[Math.min(at, tiles().length - 1)]?.focus(); // a redrawn map keeps the keyboard
    showPinned();
  };
  const position = (path, channel) =>
    tiles().findIndex((tile) => tile.path === path && tile.channel === channel);
  return { node, enlarged, show, showPinned, enlarge, position };
}
