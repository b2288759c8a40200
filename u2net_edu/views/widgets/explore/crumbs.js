// Where one is: the network, the open stage, the chosen layer, and in it the chosen operator.

import { element } from "../kit/dom.js";
import { stageAround } from "../network/graph.js";

/** @param {import("../kit/types").Tie} tie */
export function drawCrumbs(tie, { graph, trace, chosen }) {
  const crumbs = element("nav", { class: "crumbs", "aria-label": "where you are" });
  const show = () => {
    const path = tie.get("selected");
    const stage = stageAround(graph, path);
    const { node, operator } = chosen();
    const trail = [["", trace.network]];
    if (stage) trail.push([stage.path, stage.path]);
    if (node !== stage && node !== graph.root) trail.push([node.path, node.name]);
    if (operator !== undefined && path !== node.path) trail.push([path, path.split(".").at(-1)]);
    const crumb = (/** @type {string[]} */ [to, text], i) => {
      const button = element("button", { "aria-current": i === trail.length - 1 ? "location" : null }, text);
      button.addEventListener("click", () =>
        to
          ? tie.set({ selected: to, opened: stage?.path ?? "" })
          : tie.set({ opened: "", selected: stage?.path ?? path }),
      );
      return i ? [element("span", { "aria-hidden": "true" }, "›"), button] : [button];
    };
    crumbs.replaceChildren(...trail.flatMap(crumb));
  };
  return { node: crumbs, show };
}
