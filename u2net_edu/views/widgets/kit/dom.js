// What every widget needs of a page: elements, buttons, and a tie to the model that leaves nothing
// behind. Text is inserted as text, never as HTML.

import { ASLEEP, watchKernel } from "./kernel.js";

const SVG_TAGS = new Set(
  "svg g rect circle line path text tspan title image defs pattern clipPath".split(" "),
);

const FOCUSABLE = new Set(["button", "input", "select", "textarea", "summary"]);

export function element(tag, attributes = {}, ...children) {
  const node = SVG_TAGS.has(tag)
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== null && value !== undefined) node.setAttribute(name, value);
  if ("tabindex" in attributes || FOCUSABLE.has(tag)) keepKeys(node);
  if (tag === "input") entersByKey(node);
  node.append(...children); // strings become text
  return node;
}

// A row of buttons of which one is chosen. `options`: [value, text]; `current()`: the value now.
export function radios(label, options, current, choose) {
  const group = element("span", { role: "radiogroup", "aria-label": label, class: "radios" });
  for (const [value, text] of options) {
    const button = element("button", { role: "radio", "data-value": value }, text);
    button.addEventListener("click", () => choose(value));
    group.append(button);
  }
  group.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    taken(event);
    const at = options.findIndex(([value]) => value === current());
    const next = (at + step + options.length) % options.length;
    choose(options[next][0]);
    group.children[next].focus();
  });
  const show = () => {
    for (const button of group.children) {
      const chosen = button.dataset.value === String(current());
      button.setAttribute("aria-checked", String(chosen));
      button.setAttribute("tabindex", chosen ? "0" : "-1");
    }
  };
  show();
  return { group, show };
}

// A labelled slider for whole numbers; `word(value)` says what stands beside it.
/** @param {{ min: number, max: number, value: number, word?: (n: number) => string,
 *   change: (n: number) => void }} settings */
export function slider(label, settings) {
  const { min, max, value, word = String, change } = settings;
  const input = element("input", { type: "range", min, max, step: 1, "aria-label": label });
  const output = element("output", {});
  const show = (next) => {
    input.value = next;
    output.textContent = word(next);
    input.setAttribute("aria-valuetext", word(next));
  };
  show(value);
  input.addEventListener("input", () => {
    show(Number(input.value));
    change(Number(input.value));
  });
  const node = element("label", { class: "slider" }, element("span", {}, label), input, output);
  return { node, input, show };
}

// A drawing of `units` across whose letters stay readable in a narrow page: `write(least, small)` is
// told the size of letters, in units, that is 11 pixels on the screen, and whether there are fewer
// than `limit` pixels for a unit; the class "small" says the same. Returns what ends the watch.
export function watchScale(svg, units, limit, write) {
  const observer = new ResizeObserver(([{ contentRect }]) => {
    const scale = contentRect.width / units;
    if (!scale) return; // hidden
    const small = scale < limit;
    svg.classList.toggle("small", small);
    write(11.1 / scale, small);
  });
  observer.observe(svg);
  return () => observer.disconnect();
}

// JupyterLab hears keys before any widget, arrows among them. It leaves those alone that go to an
// element with this mark; on an element around it the mark comes too late.
export function keepKeys(node) {
  node.setAttribute("data-lm-suppress-shortcuts", "true");
}

// Enter in a field is a change of it. In a cell of JupyterLab the browser does not say so by itself.
function entersByKey(input) {
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || ["checkbox", "radio", "button", "file"].includes(input.type)) return;
    taken(event);
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

// A key that a widget has used is not the notebook's as well.
export function taken(event) {
  event.preventDefault();
  event.stopPropagation();
}

// The widget's root in the page, and the model with a memory of who listens. `alone`: it works
// without Python; any other widget takes no more clicks once its kernel is gone.
export function mount(model, el, name, { alone = false } = {}) {
  const leaving = [];
  const root = element("div", { class: `u2 u2-${name}` });
  const asleep = element("p", { class: "u2-asleep", role: "status", hidden: "" }, ASLEEP);
  const rescale = () => root.style.setProperty("zoom", model.get("scale") ?? 1);
  const wakings = [];
  let [live, gone] = [true, false];
  const tie = {
    root,
    live: () => live,
    get: (trait) => model.get(trait),
    set: (changes) => {
      for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
      model.save_changes();
    },
    // Several changes that come together are one reason to draw. What is drawn from several traits
    // listens to all of them: one that comes with an equal value is not heard of.
    listen: (traits, action) => {
      let waiting = false;
      const later = () => {
        if (waiting) return;
        waiting = true;
        queueMicrotask(() => {
          waiting = false;
          if (!gone) action();
        });
      };
      for (const trait of traits) {
        model.on(`change:${trait}`, later);
        leaving.push(() => model.off(`change:${trait}`, later));
      }
    },
    onKernel: (action) => wakings.push(action),
    onLeave: (action) => leaving.push(action),
    leave: () => {
      gone = true;
      leaving.splice(0).forEach((action) => action());
    },
  };
  rescale();
  tie.listen(["scale"], rescale);
  el.append(asleep, root, hideStill(model.get("still_id")));
  leaving.push(() => el.replaceChildren());
  leaving.push(
    watchKernel(model, el, (now) => {
      live = now;
      asleep.hidden = live;
      root.inert = !live && !alone;
      wakings.forEach((action) => action());
    }),
  );
  return tie;
}

// The still picture that stands beside the widget in its cell is for pages where this never runs.
function hideStill(id) {
  const style = document.createElement("style");
  if (/^[0-9a-f]+$/.test(id ?? "")) style.textContent = `[data-u2-still="${id}"] { display: none !important; }`;
  return style;
}
