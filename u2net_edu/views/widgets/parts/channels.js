// Single channels of the chosen part: each tile is a switch.

import { element } from "../kit/dom.js";
import { drawTiles } from "../network/tiles.js";
import { joinPart, splitPart } from "./cuts.js";

/** @param {import("../kit/types").Tie} tie */
export function drawChannels(tie, picture, { cuts, partOf }) {
  const about = element("p", { class: "muted" });
  const tiles = element("div", { class: "maps" });
  const title = element("summary", {});
  const node = element("details", { class: "features" }, title, about, tiles);
  node.addEventListener("toggle", () => tie.get("channels") !== node.open && tie.set({ channels: node.open }));

  const chosen = () => splitPart(partOf(tie.get("selected")).parts[0]);
  // The cut of channels of this part that is there, if there is one.
  const present = () => {
    const { path, reader } = chosen();
    return cuts.current().find(([part, how]) => {
      const one = splitPart(part);
      return how === "zero" && one.channels && one.path === path && one.reader === reader;
    })?.[0];
  };
  const toggle = (channel) => {
    const { path, reader } = chosen();
    const [old, rest] = [present(), cuts.current().filter(([part]) => part !== present())];
    const off = (old && splitPart(old).channels) || [];
    const now = off.includes(channel) ? off.filter((one) => one !== channel) : [...off, channel];
    const part = joinPart(path, now.sort((a, b) => a - b), reader);
    cuts.propose(now.length ? [...rest, [part, "zero"]] : rest);
  };
  const tileButton = (figure, channel) => {
    const node = element("button", { "data-channel": channel, "aria-label": `channel ${channel}` }, figure);
    node.addEventListener("click", () => toggle(channel));
    return node;
  };
  let drawn = null;
  const show = () => {
    const { path } = chosen();
    title.textContent = `single channels of ${path}`;
    node.open = tie.get("channels");
    if (!node.open) return;
    const found = tie.get("maps");
    const here = found.path === path && !found.error;
    if (!here) {
      const waiting = tie.live() ? "…" : "are not here: only Python can compute them.";
      about.textContent = (found.path === path && found.error) || `Channels of ${path} ${waiting}`;
      tiles.replaceChildren();
      return (drawn = null);
    }
    if (drawn !== found) {
      const figures = drawTiles(found, picture(found.png));
      const numbers = found.labels.map((label) => Number(label.split(" ")[1]));
      tiles.replaceChildren(...figures.map((figure, i) => tileButton(figure, numbers[i])));
      about.textContent = `${found.shown} Click one to switch it off.`;
      drawn = found;
    }
    const old = present();
    const off = (old && splitPart(old).channels) || [];
    for (const tile of tiles.children) tile.setAttribute("aria-pressed", String(off.includes(Number(tile.dataset.channel))));
  };
  return { node, show };
}
