// A colour for each box of a level by one of its numbers, and that number written in it.

export function paintBy(lens, drawn, numberOf, palette) {
  const values = new Map();
  const most = new Map();
  for (const [path, { node }] of drawn) {
    const value = lens === "role" || node.kind === "input" ? null : numberOf(node);
    values.set(path, value);
    const finite = Number.isFinite(value) ? value : 0;
    most.set(node.parent, Math.max(most.get(node.parent) ?? 0, finite));
  }
  for (const [path, { group, box, say, about, node }] of drawn) {
    const value = values.get(path);
    const known = value !== null && value !== undefined;
    group.classList.toggle("painted", known);
    say(lens === "role" || !known ? about : lens.word(value));
    if (!known) {
      box.style.fill = "";
      group.style.setProperty("--text", "");
      continue;
    }
    const share = Number.isFinite(value) ? value / Math.max(most.get(node.parent), 1e-30) : 1;
    const colour = palette[Math.round(share * (palette.length - 1))];
    box.style.fill = colour;
    group.style.setProperty("--text", isDark(colour) ? "#ffffff" : "#10161c");
  }
}

function isDark(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255);
  return 0.2126 * r ** 2.2 + 0.7152 * g ** 2.2 + 0.0722 * b ** 2.2 < 0.2;
}
