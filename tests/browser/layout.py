"""What must hold for the text of every widget, at any width: nothing runs out, nothing overlaps."""

SMALLEST = 11  # CSS pixels of a letter's height that still can be read

FAULTS = """(smallest) => {
  const root = document.querySelector(".u2");
  const found = new Set();
  const visible = (node) =>
    node.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const scrolls = (style) => /auto|scroll/.test(style.overflowX);
  const clips = (style) => /hidden|clip/.test(style.overflowX);
  const isCard = (node, style) =>
    node.matches("button, td, th, [class*=card]") || parseFloat(style.borderRightWidth) > 0;

  // Every run of text that can be seen, with its boxes, one for each line.
  const runs = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { currentNode: text } = walker;
    const owner = text.parentElement;
    if (!text.data.trim() || !visible(owner) || owner.closest("option, title, style")) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const seen = [...range.getClientRects()].filter((box) => box.width > 0.5 && box.height > 0.5);
    if (seen.length) runs.push({ owner, words: text.data.trim().slice(0, 40), boxes: seen });
  }

  // What a run may not leave: the cards around it, its drawing, and at last the widget. Where
  // something scrolls sideways, what lies outside of it can be reached.
  for (const run of runs) {
    const out = (edges, name) => {
      if (run.boxes.some((box) => box.left < edges.left - 1 || box.right > edges.right + 1))
        found.add(`"${run.words}" runs out of ${name}`);
      if (run.boxes.some((box) => box.top < edges.top - 3 || box.bottom > edges.bottom + 3))
        found.add(`"${run.words}" runs out of ${name}, above or below`);
    };
    for (let node = run.owner; root.contains(node); node = node.parentElement) {
      const style = getComputedStyle(node);
      const name = `${node.tagName.toLowerCase()}.${node.getAttribute("class") ?? ""}`;
      const box = node.getBoundingClientRect();
      const holds = node instanceof SVGSVGElement || isCard(node, style) || clips(style);
      if (holds || node === root) out(box, name);
      if (scrolls(style)) {
        run.within = box;
        break;
      }
    }
  }

  // No run lies on another one; of what is scrolled away nothing is seen.
  const seenBoxes = ({ boxes, within: frame }) =>
    boxes.filter((box) => !frame || (box.right <= frame.right + 1 && box.left >= frame.left - 1));
  runs.forEach((run, i) => runs.slice(0, i).forEach((other) => {
    for (const a of seenBoxes(run)) for (const b of seenBoxes(other)) {
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 1.5 && high > 3) found.add(`"${run.words}" lies on "${other.words}"`);
    }
  }));

  for (const { owner, words } of runs) {
    const size = parseFloat(getComputedStyle(owner).fontSize);
    const drawn = owner.ownerSVGElement ? owner.getScreenCTM().a : owner.currentCSSZoom;
    const letters = size * drawn;
    if (letters < smallest - 0.05) found.add(`"${words}" is ${letters.toFixed(1)} px high`);
  }
  return [...found];
}"""


def faults(page, smallest: float = SMALLEST) -> list[str]:
    """What is wrong with the text of the widget that the page shows, in words."""
    page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    return page.evaluate(FAULTS, smallest)
