// What stands in for a kernel: the traits and answers that were stored when the page was written.

import { levelOf } from "../network/graph.js";

// Bytes come as { "__bytes__": base64 }.
export function revive(value) {
  if (Array.isArray(value)) return value.map(revive);
  if (!value || typeof value !== "object") return value;
  if ("__bytes__" in value) return Uint8Array.from(atob(value.__bytes__), (c) => c.charCodeAt(0));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revive(item)]));
}

// What anywidget gives a widget, without Python: traits that are known, and answers that were
// stored when the page was written.
export class StoredModel {
  constructor(traits, answers, changed) {
    this.traits = traits;
    this.answers = answers;
    this.changed = changed;
    this.listeners = {};
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

export function answersFrom(store) {
  const follow = ({ selected, opened }) => ({
    opened: levelOf(store.explore.network, selected, opened),
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
