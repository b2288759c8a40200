// The stand-alone page: all widgets on one photograph, a tab for each.

import { acceptable, hashOf, readHash } from "./address.js";
import { StoredModel, answersFrom } from "./stored.js";

const PAUSE = 120; // milliseconds without a change before the address is written

// Starts the page in `main`: `store` as explorer.py wrote it, `widgets` by name.
export function startPage(main, store, widgets) {
  let writing = 0;
  const tabs = drawTabs(() => write());
  const write = () => {
    clearTimeout(writing);
    writing = setTimeout(() => history.replaceState(null, "", hashOf(tabs.view(), models[tabs.view()])), PAUSE);
  };
  const models = modelsOf(store, write);
  const apply = () => {
    const wanted = readHash();
    for (const model of Object.values(models))
      for (const [name, value] of acceptable(wanted, model, store)) model.set(name, value);
    if (Object.hasOwn(widgets, wanted.view)) tabs.choose(wanted.view);
  };
  tabs.choose("explore");
  apply();
  for (const [name, widget] of Object.entries(widgets))
    widget.render({ model: models[name], el: document.getElementById(`view-${name}`) });
  addEventListener("hashchange", apply);
  main.dataset.started = "true";
}

// The models of the widgets; the map and the fields show the same layer and pixel.
function modelsOf(store, write) {
  const models = {};
  const follow = (from, to) => () => {
    for (const name of ["selected", "pixel"])
      if (models[to].get(name) !== models[from].get(name)) models[to].set(name, models[from].get(name));
    write();
  };
  const common = { fields: store.fields, ready: true, message: "", scale: 1 };
  const answers = answersFrom(store);
  models.explore = new StoredModel({ ...common, ...store.explore }, answers, follow("explore", "field"));
  models.field = new StoredModel({ ...common, ...store.explore, ...store.field }, answers, follow("field", "explore"));
  models.dilation = new StoredModel(store.dilation, {}, write);
  for (const name of ["explore", "field"]) models[name].set("selected", models[name].get("selected"));
  return models;
}

// The tabs that the page's HTML holds; `told()` when the reader has chosen one.
function drawTabs(told) {
  const found = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[role=tab]"));
  const tabs = [...found];
  let view = "";
  const choose = (name) => {
    view = name;
    for (const tab of tabs) {
      const chosen = tab.dataset.view === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.setAttribute("tabindex", chosen ? "0" : "-1");
      /** @type {HTMLElement} */ (document.getElementById(`view-${tab.dataset.view}`)).hidden = !chosen;
    }
  };
  for (const tab of tabs)
    tab.addEventListener("click", () => {
      choose(tab.dataset.view);
      told();
    });
  const list = /** @type {HTMLElement} */ (document.querySelector("[role=tablist]"));
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = tabs.findIndex((tab) => tab.dataset.view === view);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    next.click();
    next.focus();
  });
  return { choose, view: () => view };
}
