// The address's hash keeps what is chosen, so that a view can be sent.

const whole = (n, [low, high]) => Number.isInteger(n) && n >= low && n <= high;
const pair = (value) => Array.isArray(value) && value.length === 2 && value.every(Number.isInteger);

// What the hash may hold, and what it must look like to be taken: anybody may write an address.
/** @type {Record<string, (value: any, store: any) => boolean>} */
const KEPT = {
  selected: (path, store) => Object.hasOwn(store.fields, path),
  opened: (path, store) => path === "" || store.explore.network.stages.some((stage) => stage.path === path),
  pixel: pair,
  lens: (name, { explore }) => explore.lenses.some(([lens]) => lens === name),
  show: (name, { field }) => field.shows.some(([show]) => show === name),
  kernel: (n, { dilation }) => whole(n, dilation.limits.kernel),
  stride: (n, { dilation }) => whole(n, dilation.limits.stride),
  padding: (n, { dilation }) => n === "same" || whole(n, dilation.limits.padding),
  layers: (all, { dilation: { limits } }) =>
    Array.isArray(all) && whole(all.length, limits.layers) && all.every((n) => whole(n, limits.dilation)),
  size: (n, { dilation }) => whole(n, dilation.limits.size),
  cell: pair,
};

export function readHash() {
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

// Of what an address asks for, what may be taken: [trait, value] where it differs from the model's.
export function acceptable(wanted, model, store) {
  return Object.entries(KEPT).flatMap(([name, accepts]) => {
    const [old, value] = [model.get(name), wanted[name]];
    const changed = old !== undefined && value !== undefined && JSON.stringify(old) !== JSON.stringify(value);
    return changed && accepts(value, store) ? [[name, value]] : [];
  });
}

// The hash for a view: of its model all that an address keeps and that says something.
export function hashOf(view, model) {
  const hash = new URLSearchParams({ view });
  for (const name of Object.keys(KEPT)) {
    const value = model.get(name);
    if (value === undefined || value === "" || String(value) === "-1,-1") continue;
    hash.set(name, typeof value === "string" ? value : JSON.stringify(value));
  }
  return `#${hash}`;
}
