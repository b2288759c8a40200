// Addresses of pictures that came as bytes, in groups that are shown together.

// `picture(bytes, group)` gives an address; `forget(group)` is called before a group is drawn anew.
// A group is forgotten a round later: the page may still be loading a picture when the next come.
export function pictureUrls() {
  const groups = new Map(); // name → [those in use, those of the round before]
  const of = (group) => {
    if (!groups.has(group)) groups.set(group, [[], []]);
    return groups.get(group);
  };
  const picture = (bytes, group) => {
    const url = URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
    of(group)[0].push(url);
    return url;
  };
  const forget = (group) => {
    const [now, before] = of(group);
    before.forEach((url) => URL.revokeObjectURL(url));
    groups.set(group, [[], now]);
  };
  const forgetAll = () => [...groups.keys()].forEach(forget);
  const leave = () => {
    forgetAll();
    forgetAll(); // the round before, too
  };
  return { picture, forget, forgetAll, leave };
}
