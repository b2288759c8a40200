// What every widget needs of a page: elements, buttons, and a tie to the model that leaves nothing
// behind. Text is inserted as text, never as HTML.

const SVG_TAGS = new Set(
  "svg g rect circle line path text tspan title image defs pattern clipPath".split(" "),
);

export function element(tag, attributes = {}, ...children) {
  const node = SVG_TAGS.has(tag)
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== null && value !== undefined) node.setAttribute(name, value);
  if ("tabindex" in attributes || ["button", "input", "select"].includes(tag)) keepKeys(node);
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
export function slider(label, { min, max, value, word = String, change }) {
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

// JupyterLab hears keys before any widget, arrows among them. It leaves those alone that go to an
// element with this mark; on an element around it the mark comes too late.
export function keepKeys(node) {
  node.setAttribute("data-lm-suppress-shortcuts", "true");
}

// A key that a widget has used is not the notebook's as well.
export function taken(event) {
  event.preventDefault();
  event.stopPropagation();
}

// The widget's root in the page, and the model with a memory of who listens.
export function mount(model, el, name) {
  const leaving = [];
  const root = element("div", { class: `u2 u2-${name}` });
  const rescale = () => root.style.setProperty("zoom", model.get("scale") ?? 1);
  const tie = {
    root,
    get: (trait) => model.get(trait),
    set: (changes) => {
      for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
      model.save_changes();
    },
    listen: (traits, action) => {
      for (const trait of traits) {
        model.on(`change:${trait}`, action);
        leaving.push(() => model.off(`change:${trait}`, action));
      }
    },
    onLeave: (action) => leaving.push(action),
    leave: () => leaving.splice(0).forEach((action) => action()),
  };
  rescale();
  tie.listen(["scale"], rescale);
  el.append(root);
  tie.onLeave(() => root.remove());
  return tie;
}
