// Find a part of the network by its path, or by a piece of it.

import { element, taken } from "../kit/dom.js";

let lists = 0; // a datalist is found by its id, so each needs its own

export function drawSearch(graph, choose) {
  const known = new Set([...graph.nodes.keys(), ...graph.positions.keys()].filter(Boolean));
  const id = `u2-paths-${(lists += 1)}-${Date.now()}`;
  const input = element("input", { type: "search", list: id, placeholder: "find a path: en3.enc2", "aria-label": "find a path" });
  const options = [...known].map((path) => element("option", { value: path }));
  const go = () => {
    const text = input.value.trim();
    const hit = known.has(text) ? text : [...known].find((path) => path.includes(text));
    input.setAttribute("aria-invalid", String(Boolean(text) && !hit));
    if (text && hit) choose(hit);
  };
  input.addEventListener("change", go);
  input.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") {
      taken(event);
      input.value = "";
    }
  });
  return element("span", { class: "search" }, input, element("datalist", { id }, ...options));
}
