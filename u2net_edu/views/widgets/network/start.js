// How a widget of a network starts: drawn when the network comes, drawn anew with another, a
// message in its place where there is none.

import { element, mount } from "../kit/dom.js";

// `draw(tie, picture)` gives a view: { parts, showAll, stop }; `picture(png)` an address for bytes.
// Returns the tie, `view()`, the view at hand or null, and `leave`.
export function startNetwork({ model, el }, name, draw) {
  const tie = mount(model, el, name, { alone: true });
  const urls = [];
  tie.onLeave(() => urls.splice(0).forEach((url) => URL.revokeObjectURL(url)));
  const picture = (png) => {
    urls.push(URL.createObjectURL(new Blob([png], { type: "image/png" })));
    return urls.at(-1);
  };
  let view = null;
  const build = () => {
    view?.stop();
    tie.root.replaceChildren();
    view = tie.get("network").operators ? draw(tie, picture) : null;
    const message = tie.get("message");
    if (message) tie.root.append(element("p", { class: "message", role: "alert" }, message));
    if (!view) return;
    tie.root.append(...view.parts);
    view.showAll();
    if (!tie.get("ready")) requestAnimationFrame(() => tie.set({ ready: true }));
  };
  build();
  tie.listen(["network", "message"], build);
  tie.onLeave(() => view?.stop());
  tie.onKernel(() => view?.showAll());
  return { tie, view: () => view, leave: tie.leave };
}
