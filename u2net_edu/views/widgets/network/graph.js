// The trace's operators gathered into what one points at: stages, and the layers inside them.

// One node for each stage and layer: { path, name, kind, operators, output, children, parent }.
// The root's children are the image and the stages.
export function buildGraph(trace) {
  /** @type {any} */
  const root = { path: "", name: trace.network, kind: "", operators: [], children: [], parent: null };
  const nodes = new Map([["", root]]);
  const add = (part, parent) => {
    const name = parent === root ? part.path : part.path.slice(parent.path.length + 1) || part.path;
    const node = { ...part, name, parent, children: [] };
    parent.children.push(node);
    if (!nodes.has(part.path)) nodes.set(part.path, node);
    return node;
  };
  add({ path: trace.operators[0].path, kind: "input", operators: [0], output: 0 }, root);
  const stageOf = new Map();
  for (const stage of trace.stages) {
    const node = add(stage, root);
    for (const i of stage.operators) stageOf.set(i, node);
  }
  for (const layer of trace.layers) {
    const stage = stageOf.get(layer.operators[0]);
    if (layer.path !== stage.path) add(layer, stage);
  }
  for (const stage of root.children) if (!stage.opens) stage.children = [];
  const positions = new Map(trace.operators.map((operator, i) => [operator.path, i]));
  for (const level of nodes.values()) level.edges = edgesAmong(level.children, trace);
  return { trace, root, nodes, positions };
}

// Who feeds whom among nodes of one level: [from, to] as positions in the list, each once.
function edgesAmong(nodes, trace) {
  const owner = new Map();
  nodes.forEach((node, n) => node.operators.forEach((i) => owner.set(i, n)));
  const edges = new Map();
  nodes.forEach((node, to) => {
    for (const i of node.operators)
      for (const source of trace.operators[i].inputs) {
        const from = owner.get(source);
        if (from !== undefined && from !== to) edges.set(`${from} ${to}`, [from, to]);
      }
  });
  return [...edges.values()];
}

// The node or single operator of a path: its node, and the operator's position if it is one.
export function find(graph, path) {
  const position = graph.positions.get(path);
  if (graph.nodes.has(path)) return { node: graph.nodes.get(path), output: outputOf(graph, path) };
  if (position === undefined) return null;
  for (const node of graph.nodes.values())
    if (!node.children.length && node.operators.includes(position))
      return { node, operator: position, output: position };
  return null;
}

const outputOf = (graph, path) => graph.nodes.get(path).output ?? 0;

// Which stage is open when `path` is chosen while `opened` is: a layer opens its stage, a stage stays
// as it is. Which stages have an inside to open, Python says.
export function levelOf(trace, path, opened) {
  const inside = (stage) => stage.opens && (path === stage.path || path.startsWith(`${stage.path}.`));
  const stage = trace.stages.find(inside)?.path ?? "";
  return path === stage && opened !== path ? "" : stage;
}

// The stage in which a path lies, itself included; null for the image and the root.
export function stageAround(graph, path) {
  let node = find(graph, path)?.node;
  while (node?.parent && node.parent !== graph.root) node = node.parent;
  return node && node !== graph.root && node.children.length ? node : null;
}

// The parts, of the same level or outside of it, that feed a node and that it feeds.
export function neighbours(graph, node) {
  const { operators } = graph.trace;
  const own = new Set(node.operators);
  const named = (i) => {
    const level = node.parent ?? graph.root;
    const beside = level.children.find((one) => one.operators.includes(i));
    return (beside ?? graph.root.children.find((one) => one.operators.includes(i)))?.path;
  };
  const sources = new Set();
  const targets = new Set();
  for (const i of own) for (const s of operators[i].inputs) if (!own.has(s)) sources.add(named(s));
  operators.forEach((operator, i) => {
    if (!own.has(i) && operator.inputs.some((s) => own.has(s))) targets.add(named(i));
  });
  return { sources: [...sources], targets: [...targets] };
}

// Sums and sizes of a node, or of a single operator.
export function numbersOf(graph, { node, operator = undefined, output }) {
  const { operators, totals } = graph.trace;
  const members = (operator === undefined ? node.operators : [operator]).map((i) => operators[i]);
  const sum = (name) => members.reduce((total, one) => total + one[name], 0);
  const own = new Set(operator === undefined ? node.operators : [operator]);
  const inputs = new Map();
  for (const i of own)
    operators[i].inputs.forEach((s, n) => own.has(s) || inputs.set(s, operators[i].input_shapes[n]));
  return {
    parameters: sum("parameters"),
    macs: sum("macs"),
    share: sum("macs") / Math.max(totals.macs, 1),
    bytes: sum("output_bytes"),
    counted: members.every((one) => one.counted),
    inputs: [...inputs.values()].map((shape) => shape.slice(1)),
    shape: operators[output].output_shape.slice(1),
    conv: members.find((one) => one.kind === "conv" && !one.settings.transposed),
    resolution: operators[output].grid[0],
  };
}
