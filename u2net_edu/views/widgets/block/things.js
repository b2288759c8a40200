// What can be pointed at, clicked, and reached by keys; and what is lit with it.

import { keepKeys, taken } from "../kit/dom.js";

const GROUPS = ["row", "box", "line"];

/** The things of one state: { thing, light, clear }.
 * @param {import("../kit/types.d.ts").Tie} tie
 * @param {(item: object | undefined, id: string) => void} onLight  told what is lit now */
export function thingsOf(tie, onLight) {
  let hovered = "";
  let things = new Map(); // id → its node in the page
  const members = (group) => [...things].filter(([, node]) => node.dataset.group === group).map(([id]) => id);
  const select = (id) => {
    hovered = "";
    tie.set({ selected: id });
  };
  const hover = (id) => {
    hovered = id;
    light();
  };
  // The arrows walk within a group.
  const walk = (event, id, group) => {
    const all = members(group);
    const at = all.indexOf(id);
    const to = {
      ArrowRight: all[at + 1], ArrowDown: all[at + 1], ArrowLeft: all[at - 1], ArrowUp: all[at - 1],
      Home: all[0], End: all.at(-1), Enter: id, " ": id, Escape: "",
    };
    if (!(event.key in to)) return;
    taken(event);
    const next = to[event.key];
    if (next === undefined) return;
    select(next);
    if (next) things.get(next).focus();
  };
  const thing = (node, id, group) => {
    node.dataset.id = id;
    node.dataset.group = group;
    node.setAttribute("role", "button");
    node.setAttribute("tabindex", "-1");
    keepKeys(node);
    node.addEventListener("pointerenter", () => hover(id));
    node.addEventListener("pointerleave", () => hover(""));
    node.addEventListener("click", () => select(tie.get("selected") === id ? "" : id));
    node.addEventListener("keydown", (event) => walk(event, id, group));
    things.set(id, node);
    return node;
  };
  const light = () => {
    const { items } = tie.get("shown");
    const selected = tie.get("selected");
    const id = hovered in items ? hovered : selected;
    const item = items[id];
    const lit = new Set(item ? [id, ...item.lights] : []);
    for (const [one, node] of things) {
      node.classList.toggle("lit", lit.has(one));
      node.classList.toggle("chosen", one === id);
      node.setAttribute("aria-pressed", String(one === selected));
      node.setAttribute("aria-label", nameOf(node, items[one]));
    }
    for (const group of GROUPS) {
      const all = members(group);
      const stop = all.includes(selected) ? selected : all[0];
      for (const one of all) things.get(one).setAttribute("tabindex", one === stop ? "0" : "-1");
    }
    onLight(item, id);
  };
  const clear = () => {
    things = new Map();
    hovered = "";
  };
  return { thing, light, clear };
}

// What a screen reader calls a thing: what stands there, and what it is.
function nameOf(node, item) {
  if (node.dataset.group !== "line") return item.words;
  const number = node.querySelector(".number").textContent;
  return `${node.textContent.slice(number.length).trim()}. ${item.words}`;
}
