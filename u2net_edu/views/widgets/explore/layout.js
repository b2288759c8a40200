// Where the parts of a level stand: a U wherever the data makes one.
//
// A part lies as deep as there are skips that jump over it: en6 lies under the five skips en1→de1
// … en5→de5. Names play no role, so that anybody's U-Net, or a chain, or a dense block is drawn
// by the same rule.

export const CANVAS = { width: 800, height: 600 };
const GAP = { x: 26, y: 22 };
const MARGIN = 14;

// [{ x, y, w, h, role, depth }] for each node, inside CANVAS. `shapes`: { channels, resolution }.
export function layout(nodes, edges, shapes, least = 34) {
  const sources = nodes.map((_, to) => edges.filter((edge) => edge[1] === to).map(([from]) => from));
  const depths = depthsOf(nodes.length, sources);
  const deepest = Math.max(...depths);
  const places = deepest ? placeU(depths, sources) : placeChain(nodes.length);
  const rows = group(places, "row");
  const columns = group(places, "column");
  const widths = shapes.map(({ channels }) => 88 + 5.5 * Math.log2(Math.max(1, channels)));
  const columnWidths = columns.map((members) => Math.max(0, ...members.map((i) => widths[i])));
  const most = Math.max(...shapes.map((shape) => shape.resolution));
  const share = (i) => Math.sqrt(shapes[i].resolution / most);
  const rowShares = rows.map((members) => Math.max(0, ...members.map(share)));
  const total = rowShares.reduce((sum, value) => sum + value, 0);

  // Wider or taller than the canvas: everything shrinks together. Else the gaps and rows grow.
  const gaps = Math.max(columns.length - 1, 1);
  const natural = columnWidths.reduce((sum, w) => sum + w, 0) + (columns.length - 1) * GAP.x;
  const needed = rows.length * least + (rows.length - 1) * GAP.y + 6 * total;
  const [roomX, roomY] = [CANVAS.width - 2 * MARGIN, CANVAS.height - 2 * MARGIN];
  const scale = Math.min(1, roomX / natural, roomY / needed);
  const spare = roomX / scale - natural;
  const funnel = deepest ? Math.min(9, spare / 2 / deepest) : 0;
  const gap = GAP.x + Math.min((spare - funnel * deepest) / gaps, 170);
  const extra = Math.min((roomY / scale - needed) / total + 6, 110);
  const used = needed + (extra - 6) * total;
  const across = natural + (gap - GAP.x) * (columns.length - 1);

  const tops = [];
  rowShares.reduce((y, value, row) => ((tops[row] = y), y + least + extra * value + GAP.y), 0);
  const lefts = [];
  columnWidths.reduce((x, w, column) => ((lefts[column] = x), x + w + gap), 0);
  const [dx, dy] = [(CANVAS.width / scale - across) / 2, (CANVAS.height / scale - used) / 2];
  return places.map(({ row, column, role }, i) => {
    const w = widths[i];
    const h = least + extra * share(i);
    const lean = { encoder: funnel, decoder: -funnel }[role] ?? 0;
    const x = dx + lefts[column] + (columnWidths[column] - w) / 2 + lean * (row - deepest / 2);
    const y = dy + tops[row] + (least + extra * rowShares[row] - h) / 2;
    return { x: x * scale, y: y * scale, w: w * scale, h: h * scale, role, scale };
  });
}

function group(places, name) {
  const groups = [];
  places.forEach((place, i) => (groups[place[name]] ??= []).push(i));
  return Array.from(groups, (members) => members ?? []);
}

// How many skips jump over each node, as ranks 0, 1, 2, … A skip ends where several paths join.
function depthsOf(count, sources) {
  const over = new Array(count).fill(0);
  sources.forEach((from, to) => {
    if (from.length > 1) for (const s of from) for (let i = s + 1; i < to; i++) over[i] += 1;
  });
  const ranks = [...new Set(over)].sort((a, b) => a - b);
  return over.map((value) => ranks.indexOf(value));
}

// Down on the left, the bottom in the middle, up on the right; heads beyond, in one column.
function placeU(depths, sources) {
  const deepest = Math.max(...depths);
  const first = depths.indexOf(deepest);
  let last = first;
  while (depths[last + 1] === deepest) last += 1;
  const heads = new Set();
  const joins = new Set();
  sources.forEach((from, to) => {
    if (from.length > 2 && from.every((s) => s > last && sources[s].length === 1)) {
      from.forEach((s) => heads.add(s));
      joins.add(to);
    }
  });
  const inRow = (row, from, to) => depths.map((_, i) => i).filter((i) => depths[i] === row && i >= from && i < to);
  const rowNumbers = [...new Set(depths)];
  const left = Math.max(...rowNumbers.map((row) => inRow(row, 0, first).length));
  const bottoms = last - first + 1;
  const places = [];
  let right = 0;
  for (const row of rowNumbers) {
    const before = inRow(row, 0, first);
    before.forEach((i, n) => (places[i] = { row, column: left - before.length + n, role: "encoder" }));
    inRow(row, last + 1, depths.length).filter((i) => !heads.has(i) && !joins.has(i)).forEach((i, n) => {
      places[i] = { row, column: left + bottoms + n, role: "decoder" };
      right = Math.max(right, n + 1);
    });
  }
  for (let i = first; i <= last; i++) places[i] = { row: deepest, column: left + i - first, role: "bottom" };
  for (const i of heads) places[i] = { row: depths[i], column: left + bottoms + right, role: "side" };
  for (const i of joins)
    places[i] = { row: depths[i], column: left + bottoms + right + 1, role: "fuse" };
  return places;
}

// No skips: rows of a chain, read like text.
function placeChain(count) {
  const across = count <= 6 ? count : Math.ceil(Math.sqrt(count * 1.6));
  return Array.from({ length: count }, (_, i) => ({
    row: Math.floor(i / across),
    column: i % across,
    role: "encoder",
  }));
}

// A line from one box to another: straight along a row, else a curve from edge to edge.
export function wire(a, b) {
  const [ax, bx] = [a.x + a.w / 2, b.x + b.w / 2];
  const [ay, by] = [a.y + a.h / 2, b.y + b.h / 2];
  const top = Math.max(a.y, b.y) < Math.min(a.y + a.h, b.y + b.h);
  if (top && a.x + a.w < b.x) {
    const y = Math.max(Math.min(ay, by), Math.max(a.y, b.y) + 4);
    const mid = (a.x + a.w + b.x) / 2;
    return `M${a.x + a.w} ${y}L${mid} ${y}L${b.x} ${y}`;
  }
  const beside = Math.abs(ax - bx) > (a.w + b.w) / 2;
  const between = b.y - a.y - a.h;
  if (!beside && between > Math.min(a.h, b.h)) {
    // Past whatever stands between them: a bow along their left edges, wider for a longer way.
    const x = Math.min(a.x, b.x) - 12 - 0.1 * between;
    return `M${a.x} ${ay}C${x} ${ay} ${x} ${by} ${b.x} ${by}`;
  }
  if (ay < by && !beside) return `M${ax} ${a.y + a.h}C${ax} ${(a.y + a.h + b.y) / 2} ${bx} ${(a.y + a.h + b.y) / 2} ${bx} ${b.y}`;
  if (ay > by && !beside) return `M${ax} ${a.y}C${ax} ${(a.y + b.y + b.h) / 2} ${bx} ${(a.y + b.y + b.h) / 2} ${bx} ${b.y + b.h}`;
  if (ax < bx && ay < by) {
    const x = between > Math.min(a.h, b.h) ? a.x + 4 : ax; // rows between: past their left edges
    return `M${x} ${a.y + a.h}C${x} ${by} ${x} ${by} ${b.x} ${by}`;
  }
  if (ax < bx) return `M${a.x + a.w} ${ay}C${bx} ${ay} ${bx} ${ay} ${bx} ${b.y + b.h}`;
  return `M${ax} ${a.y + a.h}C${ax} ${(ay + by) / 2} ${bx} ${(ay + by) / 2} ${bx} ${b.y}`;
}
