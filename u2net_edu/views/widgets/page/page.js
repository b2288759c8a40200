// The stand-alone page: all widgets on one photograph, with stored answers in place of a kernel.
// The address's hash keeps what is chosen, so that a view can be sent.

const whole = (n, [low, high]) => Number.isInteger(n) && n >= low && n <= high;
const pair = (value) => Array.isArray(value) && value.length === 2 && value.every(Number.isInteger);

// What the hash may hold, and what it must look like to be taken: anybody may write an address.
const KEPT = {
  selected: (path, store) => Object.hasOwn(store.fields, path),
  opened: (path, store) => path === "" || store.explore.network.stages.some((stage) => stage.path === path),
  pixel: pair,
  lens: (name) => ["role", "parameters", "macs", "bytes", "time", "field"].includes(name),
  show: (name) => ["window", "effective"].includes(name),
  kernel: (n, { dilation }) => whole(n, dilation.limits.kernel),
  stride: (n, { dilation }) => whole(n, dilation.limits.stride),
  padding: (n, { dilation }) => n === "same" || whole(n, dilation.limits.padding),
  layers: (all, { dilation: { limits } }) =>
    Array.isArray(all) && whole(all.length, limits.layers) && all.every((n) => whole(n, limits.dilation)),
  size: (n, { dilation }) => whole(n, dilation.limits.size),
  cell: pair,
};

// Bytes come as { "__bytes__": base64 }.
export function revive(value) {
  if (Array.isArray(value)) return value.map(revive);
  if (!value || typeof value !== "object") return value;
  if ("__bytes__" in value) return Uint8Array.from(atob(value.__bytes__), (c) => c.charCodeAt(0));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revive(item)]));
}

// What anywidget gives a widget, without Python: traits that are known, and answers that were
// stored when the page was written.
class StoredModel {
  constructor(traits, answers, changed) {
    Object.assign(this, { traits, answers, changed, listeners: {} });
  }

  get(name) {
    return this.traits[name];
  }

  set(name, value) {
    this.traits[name] = value;
    for (const [trait, answer] of Object.entries(this.answers[name]?.(this.traits) ?? {})) {
      this.traits[trait] = answer;
      this.tell(trait);
    }
    this.tell(name);
  }

  save_changes() {
    this.changed();
  }

  tell(name) {
    for (const action of this.listeners[`change:${name}`] ?? []) action();
  }

  on(name, action) {
    (this.listeners[name] ??= []).push(action);
  }

  off(name, action) {
    this.listeners[name] = (this.listeners[name] ?? []).filter((one) => one !== action);
  }
}

function answersFrom(store) {
  const { stages, layers } = store.explore.network;
  const inside = (path, stage) => path.startsWith(`${stage}.`);
  // As Python does: a layer opens its stage, another stage than the open one closes that.
  const levelOf = (path, opened) => {
    const stage = stages.find((one) => inside(path, one.path))?.path;
    if (stage && layers.filter((layer) => inside(layer.path, stage)).length > 1) return stage;
    return path === opened ? opened : "";
  };
  const follow = ({ selected, opened }) => ({
    opened: levelOf(selected, opened),
    maps: store.maps[selected] ?? { error: `The maps of ${selected} are not stored in this page: choose its layer.` },
  });
  const nearest = (traits) => {
    const [path, row, column] = traits.asked;
    const stored = store.heats[path];
    if (!stored) return { heat: { path, error: `This page has gradients for ${Object.keys(store.heats).join(", ")}. In a notebook, explore_field asks the network for any pixel of any layer.` } };
    const away = ({ pixel }) => (pixel[0] - row) ** 2 + (pixel[1] - column) ** 2;
    const heat = stored.reduce((best, one) => (away(one) < away(best) ? one : best));
    return { heat: { ...heat, stored: true, words: `${heat.words} It is the pixel nearest to the chosen one for which this page has a gradient.` } };
  };
  return { selected: follow, asked: nearest };
}

function readHash() {
  const found = Object.create(null); // an address may hold any name, "constructor" too
  for (const [name, text] of new URLSearchParams(location.hash.slice(1))) {
    try {
      found[name] = JSON.parse(text);
    } catch {
      found[name] = text;
    }
  }
  return found;
}

// Starts the page in `main`: `store` as explorer.py wrote it, `widgets` by name.
export function startPage(main, store, widgets) {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  let view = "explore";
  let writing = 0;
  const models = {};
  const write = () => {
    clearTimeout(writing);
    writing = setTimeout(() => {
      const hash = new URLSearchParams({ view });
      const { traits } = models[view];
      for (const name of Object.keys(KEPT))
        if (traits[name] !== undefined && traits[name] !== "" && String(traits[name]) !== "-1,-1")
          hash.set(name, typeof traits[name] === "string" ? traits[name] : JSON.stringify(traits[name]));
      history.replaceState(null, "", `#${hash}`);
    }, 120);
  };
  const apply = () => {
    const wanted = readHash();
    for (const model of Object.values(models))
      for (const [name, accepts] of Object.entries(KEPT)) {
        const [old, value] = [model.get(name), wanted[name]];
        const changed = old !== undefined && value !== undefined && JSON.stringify(old) !== JSON.stringify(value);
        if (changed && accepts(value, store)) model.set(name, value);
      }
    choose(Object.hasOwn(widgets, wanted.view) ? wanted.view : view);
  };
  const choose = (name) => {
    view = name;
    for (const tab of tabs) {
      const chosen = tab.dataset.view === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.setAttribute("tabindex", chosen ? "0" : "-1");
      document.getElementById(`view-${tab.dataset.view}`).hidden = !chosen;
    }
  };
  // The map and the fields show the same layer and pixel.
  const follow = (from, to) => () => {
    for (const name of ["selected", "pixel"])
      if (models[to].get(name) !== models[from].get(name)) models[to].set(name, models[from].get(name));
    write();
  };
  const common = { fields: store.fields, ready: true, message: "", scale: 1 };
  const answers = answersFrom(store);
  models.explore = new StoredModel({ ...common, ...store.explore }, answers, follow("explore", "field"));
  models.field = new StoredModel({ ...common, ...store.explore, ...store.field }, answers, follow("field", "explore"));
  models.dilation = new StoredModel({ message: "", scale: 1, ...store.dilation }, {}, write);
  for (const name of ["explore", "field"]) models[name].set("selected", models[name].get("selected"));
  apply();
  for (const [name, widget] of Object.entries(widgets))
    widget.render({ model: models[name], el: document.getElementById(`view-${name}`) });
  for (const tab of tabs)
    tab.addEventListener("click", () => {
      choose(tab.dataset.view);
      write();
    });
  document.querySelector("[role=tablist]").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = tabs.findIndex((tab) => tab.dataset.view === view);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    next.click();
    next.focus();
  });
  addEventListener("hashchange", apply);
  main.dataset.started = "true";
}
