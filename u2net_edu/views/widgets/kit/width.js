// Drawings whose letters keep their size: a drawing of many units, squeezed into a narrow column,
// has letters too small to read, so it is drawn anew for the width that it has.

/** Calls `draw(width)` whenever the width of a node changes, in the node's own pixels, which count
 * before the widget is enlarged for a projector.
 * @param {Element} node
 * @param {[number, number]} limits  the least and the largest width to draw for
 * @param {(width: number) => void} draw
 * @returns {() => void} ends it */
export function watchWidth(node, [least, most], draw) {
  let last = 0;
  const watcher = new ResizeObserver(([entry]) => {
    const width = Math.round(Math.min(Math.max(entry.contentRect.width, least), most));
    if (!entry.contentRect.width || width === last) return;
    last = width;
    draw(width);
  });
  watcher.observe(node);
  return () => watcher.disconnect();
}
