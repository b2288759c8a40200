// What is cut: what the network was asked for last, what is wished since, and the way back.
//
// While the network runs, a newer wish takes the place of an older one that waits.

/** A change of a part: [part, "zero" | "mean" | a gain | { as: a picture's name }].
 * @typedef {[string, any]} Cut */

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** @param {import("../kit/types").Tie} tie @param {() => void} changed  called on every change */
export function cutsOf(tie, changed) {
  /** @type {Cut[] | null} */
  let wanted = null; // not answered yet
  let asked = 0; // which wish the kernel is busy with; 0 for none
  /** @type {{ cuts: Cut[], about: string }[]} */
  const past = [];
  /** @type {{ cuts: Cut[], about: string }[]} */
  const future = [];
  const current = () => wanted ?? tie.get("answer").cuts ?? [];

  const ask = () => {
    if (!wanted || asked || !tie.live()) return;
    asked = (tie.get("answer").count ?? 0) + 1;
    tie.set({ asked: { count: asked, cuts: wanted } });
  };
  const want = (cuts) => {
    wanted = cuts;
    ask();
    changed();
  };
  // `about`: several changes in a row of one gain are one step back.
  const propose = (cuts, about = "") => {
    if (same(cuts, current())) return;
    if (!about || past.at(-1)?.about !== about) past.push({ cuts: current(), about });
    future.length = 0;
    want(cuts);
  };
  const go = (from, to) => {
    const step = from.pop();
    if (!step) return;
    to.push({ cuts: current(), about: "" });
    want(step.cuts);
  };
  const answered = () => {
    const { count = 0, cuts } = tie.get("answer");
    if (asked && count >= asked) {
      if (same(wanted, tie.get("asked").cuts)) wanted = null;
      asked = 0;
      ask();
    } else if (!asked && wanted && same(wanted, cuts)) wanted = null;
    changed();
  };
  const changeOf = (part) => current().find(([name]) => name === part)?.[1];
  const without = (parts) => current().filter(([name]) => !parts.includes(name));
  return {
    current, changeOf, answered,
    busy: () => asked > 0,
    canUndo: () => past.length > 0,
    canRedo: () => future.length > 0,
    undo: () => go(past, future),
    redo: () => go(future, past),
    reset: () => propose([]),
    /** Changes these parts alike, or puts them back where `how` is null. */
    set: (parts, how, about = "") =>
      propose(how === null ? without(parts) : replacedIn(current(), parts, how), about),
    /** Cuts these parts, or puts them back if all of them are changed. */
    toggle: (parts) => {
      const back = parts.every((part) => changeOf(part) !== undefined);
      propose(back ? without(parts) : replacedIn(current(), parts, "zero"));
    },
    /** Takes other cuts as they are. */
    propose,
  };
}

// What is there already keeps its place in the list.
function replacedIn(cuts, parts, how) {
  const kept = cuts.map(([name, old]) => [name, parts.includes(name) ? how : old]);
  const added = parts.filter((part) => !cuts.some(([name]) => name === part));
  return [...kept, ...added.map((part) => [part, how])];
}

/** A change in short, as it stands on the map: ×0, ×0.5, mean, coffee. */
export function changeInShort(how) {
  if (how === "zero") return "×0";
  if (how === "mean") return "mean";
  return typeof how === "number" ? `×${Number(how.toFixed(2))}` : how.as;
}

/** { path, channels, reader } of a part as it is written; `channels` null for all. */
export function splitPart(part) {
  const [given, reader = ""] = part.split(/\s*->\s*/);
  const found = /^(.*?)\s*\[([^\]]*)\]$/.exec(given.trim());
  const channels = found ? found[2].split(",").map(Number) : null;
  return { path: found ? found[1] : given.trim(), channels, reader: reader.trim() };
}

/** The part that these channels of another part are. */
export function joinPart(path, channels, reader) {
  const given = channels ? `${path}[${channels.join(", ")}]` : path;
  return reader ? `${given} -> ${reader}` : given;
}
