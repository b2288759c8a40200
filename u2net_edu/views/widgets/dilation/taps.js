// The arithmetic of a stack of convolutions along one axis. Rows and columns are alike and
// independent, so what one cell reads is the product of its rows and its columns.

/** A layer: what is set, [before, after] of padding, and what follows from it.
 * @typedef {{ dilation: number, kernel: number, stride: number, span: number, field: number,
 *   before: number, after: number, input: number, output: number }} Row */

/** The least and largest value of each setting, from Python.
 * @typedef {Record<string, [number, number]>} Limits */

// [before, after]: "same" pads half of what the kernel spans beyond one cell, the odd one after.
export function paddingOf(padding, kernel, dilation) {
  if (padding !== "same") return [padding, padding];
  const total = dilation * (kernel - 1);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

// What each layer spans and the stack sees, the sizes of all maps, and which input rows are read.
// `limits`: between which to look for a way out of impossible settings; null: look for none.
export function geometry(settings, limits) {
  const { kernel, stride, padding, layers, size } = settings;
  const rows = [];
  let input = size;
  let jump = 1; // input pixels between neighbouring cells of the present map
  let field = 1;
  let problem = "";
  for (const dilation of layers) {
    const span = dilation * (kernel - 1) + 1;
    const [before, after] = paddingOf(padding, kernel, dilation);
    const room = input + before + after;
    field += (span - 1) * jump;
    jump *= stride;
    const output = room < span ? 0 : Math.floor((room - span) / stride) + 1;
    const row = { dilation, kernel, stride, span, field, before, after, input, output };
    rows.push(row);
    if (!output) {
      problem = limits ? whyNot(rows.length, row, settings, limits) : "impossible";
      break;
    }
    input = output;
  }
  const sizes = [size, ...rows.map((row) => row.output)];
  const touched = new Set();
  if (!problem)
    for (let i = 0; i < input; i++)
      for (const j of support(rows, rows.length, i)[0].keys()) touched.add(j);
  return { rows, sizes, touched, untouched: size * size - touched.size ** 2, problem };
}

function whyNot(number, { span, input, before, after }, settings, limits) {
  const which = settings.layers.length > 1 ? `Layer ${number}: its kernel` : "The kernel";
  const padded = before + after ? `${input + before + after} with its padding` : "no padding";
  return (
    `${which} spans ${span} pixels, but its input has only ${input} (${padded}). ` +
    `What fits: ${whatFits(number, settings, limits).join(", or ")}.`
  );
}

// For each setting on its own, the nearest value with which the whole stack is possible.
function whatFits(number, settings, limits) {
  const { kernel, padding, layers, size } = settings;
  const redilated = (dilation) => ({ layers: layers.with(number - 1, dilation) });
  const nearest = (from, to, change, say) => {
    const step = Math.sign(to - from);
    for (let value = from + step; step && value !== to + step; value += step)
      if (!geometry({ ...settings, ...change(value) }, null).problem) return [say(value)];
    return [];
  };
  return [
    ...nearest(padding, limits.padding[1], (n) => ({ padding: n }), (n) => `a padding of ${n}`),
    ...nearest(layers[number - 1], limits.dilation[0], redilated, (n) => `a dilation of ${n}`),
    ...nearest(kernel, limits.kernel[0], (n) => ({ kernel: n }), (n) => `a kernel of ${n}×${n}`),
    ...nearest(size, limits.size[1], (n) => ({ size: n }), (n) => `an input of ${n}×${n}`),
  ];
}

// What cell `index` of map `from` reads in every map above it: for each map an index → ways map.
// Taps on padding read nothing of a map and are left out.
export function support(rows, from, index) {
  return follow(rows, from, index).maps;
}

// The same with its taps on padding: { maps, padded }, each for each map an index → ways map. An
// index in `padded` lies outside its map: below 0, or beyond its last cell.
export function follow(rows, from, index) {
  const [maps, padded] = [0, 1].map(() => Array.from({ length: from + 1 }, () => new Map()));
  maps[from].set(index, 1);
  for (let map = from; map > 0; map--) {
    const { kernel, stride, dilation, before, input } = rows[map - 1];
    for (const [cell, ways] of maps[map])
      for (let tap = 0; tap < kernel; tap++) {
        const at = cell * stride - before + tap * dilation;
        const into = (at >= 0 && at < input ? maps : padded)[map - 1];
        into.set(at, (into.get(at) ?? 0) + ways);
      }
  }
  return { maps, padded };
}

// Of the taps through which a cell reads each map: [on its padding, all], from what `follow` gave
// for its row and its column. Taps of different cells that meet count as often as they meet.
export function tapsOnPadding(rows, from, down, across) {
  return rows.slice(0, from).map(({ kernel, stride, dilation, before, input }, map) => {
    const landed = (cells) =>
      [...cells.keys()].reduce((sum, cell) => {
        for (let tap = 0; tap < kernel; tap++) {
          const at = cell * stride - before + tap * dilation;
          if (at >= 0 && at < input) sum++;
        }
        return sum;
      }, 0);
    const [rowsAbove, columnsAbove] = [down.maps[map + 1], across.maps[map + 1]];
    const all = rowsAbove.size * columnsAbove.size * kernel ** 2;
    return [all - landed(rowsAbove) * landed(columnsAbove), all];
  });
}

// Where the cells of each map stand over the input: [stride, offset of cell 0], in input pixels.
export function positions(rows) {
  let place = [1, 0];
  const places = [place];
  for (const { stride, before, span } of rows) {
    const [jump, offset] = place;
    place = [jump * stride, offset + jump * ((span - 1) / 2 - before)];
    places.push(place);
  }
  return places;
}
