"""Which pixels of its inputs a pixel of an operator's output reads.

Each dimension of a traced tensor carries a label: `r` runs over rows, `c` over columns, `p` over
all pixels row by row (a flattened map), `.` over anything else, and `*` over pixels in an order
that is no longer known. Labels follow permutes and reshapes, so that attention on tokens or a
LayerNorm on channels-last maps is understood as what it does to the map.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from torch import Tensor

from . import operators as ops
from .axes import SAME, Rule, Span, Table, Window, whole
from .operators import Call

AXES = ("rp", "cp")
"""The labels that run over rows, and those that run over columns."""

Grid = tuple[int, int]


class Unknown(Exception):
    """Which pixels an operator reads is not known; the message says why."""


@dataclass(frozen=True)
class Source:
    """What is known of a tensor: which operator made it, and how it lies on the map."""

    index: int
    """Of the operator."""
    labels: str
    """One for each dimension."""
    grid: Grid
    """Rows and columns of the map; 1 where no dimension runs over them."""
    mixed: bool = False
    """Its channels may see different pixels."""
    bound: str = ""
    """Why what it is said to see is an upper bound; empty where it is exact."""
    folded: str = ""
    """The same, for a reason that ends when the dimensions labelled `*` are summed over."""


class Geometry(NamedTuple):
    """How an output lies on the map, and the (row, column) rule by which it reads each input."""

    labels: str
    grid: Grid
    links: tuple[tuple[Rule, Rule], ...]
    mixed: bool = False
    bound: str = ""
    folded: str = ""


Sources = Sequence[tuple[Tensor, Source]]
"""The tensors that an operator reads and that depend on other operators, in the schema's order."""


def geometry(call: Call, sources: Sources) -> Geometry:
    """How the output of a call lies on what it reads.

    Raises: Unknown.
    """
    if not sources:  # nothing of the image comes in
        return Geometry("." * (call.outputs[0].dim() if call.outputs else 0), (1, 1), ())
    if call.name in _RULES:
        return _RULES[call.name](call, sources)
    if call.signature.is_pointwise:
        return _elementwise(call, sources)
    raise Unknown("u2net_edu.analysis.geometry has no rule for it")


def _linked(
    labels: str,
    grid: Grid,
    sources: Sources,
    kept: Sequence[str] | None = None,
    rules: dict[str, Rule] | None = None,
    *,
    mixed: bool | None = None,
    bound: str = "",
    folded: str = "",
    unfolds: Sequence[bool] = (),
) -> Geometry:
    """The geometry of an output that carries on some labels of each source.

    Args:
        kept: for each source the labels carried on, by default all; other axes are read whole.
        rules: for `r` or `c`, how the output reads it where that is not one to one.
        unfolds: for each source, whether all its `*` dimensions were summed over.
    """
    kept = [source.labels for _, source in sources] if kept is None else kept
    links = []
    for (_, source), labels_kept in zip(sources, kept):
        link = []
        for axis, label in enumerate("rc"):
            size = source.grid[axis]
            carried = any(k in labels_kept for k in AXES[axis])
            if carried and rules and label in rules:
                link.append(rules[label])
            elif carried and size == grid[axis]:
                link.append(SAME)
            elif not carried or size == 1:
                link.append(whole(size))
            else:
                axis_name = ("rows", "columns")[axis]
                raise Unknown(f"it joins maps of {size} and {grid[axis]} {axis_name}")
        links.append(tuple(link))
    found = [source for _, source in sources]
    mixed = any(source.mixed for source in found) if mixed is None else mixed
    bound = bound or next((source.bound for source in found if source.bound), "")
    ended = [*unfolds, *[False] * len(found)]
    still = (source.folded for source, over in zip(found, ended) if source.folded and not over)
    folded = folded or next(still, "")
    if "*" not in labels:  # no later sum can end it
        bound, folded = bound or folded, ""
    return Geometry(labels, grid, tuple(links), mixed, bound, folded)


def _on(labels: str, grid: Grid) -> Grid:
    """The grid without the axes that no label runs over."""
    rows, columns = (any(k in labels for k in axis) for axis in AXES)
    return grid[0] if rows else 1, grid[1] if columns else 1


def _without(labels: str, dimensions: Sequence[int]) -> str:
    return "".join(label for i, label in enumerate(labels) if i not in dimensions)


def _dotted(labels: str, dimensions: Sequence[int]) -> str:
    return "".join("." if i in dimensions else label for i, label in enumerate(labels))


# --- One pixel from one pixel ------------------------------------------------------------------


def _elementwise(call: Call, sources: Sources) -> Geometry:
    layers = [(source.labels, source.grid) for _, source in sources]
    labels, grid = _overlay(layers, call.outputs[0].dim())
    return _linked(labels, grid, sources)


def _overlay(layers: Sequence[tuple[str, Grid]], dimensions: int) -> tuple[str, Grid]:
    """Labels and grid of tensors laid on one another, last dimensions aligned, as broadcasting."""
    labels = ""
    for column in zip(*(layer.rjust(dimensions, ".") for layer, _ in layers)):
        found = {*column} - {"."}
        if len(found) > 1:
            raise Unknown("it joins dimensions that run over different parts of the map")
        labels += found.pop() if found else "."
    if _clash(labels):
        raise Unknown("its output pairs pixels with pixels")
    rows, columns = (max(sizes) for sizes in zip(*(grid for _, grid in layers)))
    return labels, _on(labels, (rows, columns))


def _clash(labels: str) -> bool:
    """Whether two dimensions run over the same axis of the map."""
    return any(sum(labels.count(k) for k in axis) > 1 for axis in AXES)


def _glu(call: Call, sources: Sources) -> Geometry:
    (tensor, source), *_ = sources
    if source.labels[call["dim"] % tensor.dim()] != ".":
        raise Unknown("it gates one half of the map with the other")
    return _linked(source.labels, source.grid, sources)


# --- Along rows and columns --------------------------------------------------------------------


def _along(
    call: Call, sources: Sources, rules: dict[int, Rule], *, mixed: bool | None = None
) -> Geometry:
    """Each dimension read by a rule of its own; further sources, such as weights, read whole."""
    tensor, source = sources[0]
    if tensor is not call.reads[0]:
        return _linked("." * call.outputs[0].dim(), (1, 1), sources, [""] * len(sources))
    shape, size = call.outputs[0].shape, list(source.grid)
    source = replace(source, labels=_with_short_axes(source.labels, tensor.shape))
    by_label: dict[str, Rule] = {}
    for dimension, rule in rules.items():
        label = source.labels[dimension]
        if label == "p" and rule != SAME:
            raise Unknown("it slides along a flattened map")
        if label in "rc":
            by_label[label] = rule
            size["rc".index(label)] = shape[dimension]
    kept = [source.labels, *[""] * (len(sources) - 1)]
    return _linked(source.labels, tuple(size), sources, kept, by_label, mixed=mixed)


def _with_short_axes(labels: str, shape: Sequence[int]) -> str:
    """Names the last two dimensions rows and columns where they have length 1, as after a mean."""
    for dimension, axis in zip((len(labels) - 2, len(labels) - 1), AXES):
        nameless = labels[dimension] == "." and shape[dimension] == 1
        if nameless and not {*axis} & {*labels}:
            labels = labels[:dimension] + axis[0] + labels[dimension + 1 :]
    return labels


def _pairs(call: Call, argument: str, count: int, default: Sequence[int] = ()) -> list[int]:
    """An argument with one number, or one for each of `count` dimensions."""
    value = list(call.get(argument) or default)
    return value * count if len(value) == 1 else value


def _convolution(call: Call, sources: Sources) -> Geometry:
    weight = call["weight"]
    count, rules = weight.dim() - 2, {}
    settings = [_pairs(call, name, count) for name in ("stride", "padding", "dilation")]
    for i, (stride, padding, dilation) in enumerate(zip(*settings)):
        kernel = weight.shape[2 + i]
        rule = Window(kernel, stride, padding, dilation)
        if call.get("transposed"):
            rule = Window(kernel, 1, (kernel - 1) * dilation - padding, dilation, stride)
        rules[call["input"].dim() - count + i] = rule
    return _along(call, sources, rules, mixed=False if call["groups"] == 1 else None)


def _pool(call: Call, sources: Sources) -> Geometry:
    count = 1 if "1d" in call.name else 3 if "3d" in call.name else 2
    kernel = _pairs(call, "kernel_size", count)
    stride = _pairs(call, "stride", count, kernel)
    padding, dilation = _pairs(call, "padding", count, [0]), _pairs(call, "dilation", count, [1])
    windows = (Window(*numbers) for numbers in zip(kernel, stride, padding, dilation))
    return _along(call, sources, dict(enumerate(windows, call["self"].dim() - count)))


def _resized(
    rule: Callable[[Call, int, int, float | None], Rule],
) -> Callable[[Call, Sources], Geometry]:
    """A resize or adaptive pool of the last dimensions: `rule(call, outputs, inputs, scale)`."""

    def found(call: Call, sources: Sources) -> Geometry:
        before, after = call.reads[0].shape, call.outputs[0].shape
        count = len(before) - 2
        names = ("scales",) if count == 1 else ("scales_d", "scales_h", "scales_w")[-count:]
        scales = call.get("scale_factors") or [call.get(name) for name in names]
        rules: dict[int, Rule] = {}
        for i, scale in enumerate(scales, start=2):
            # torch copies what already has the size, except here
            copied = after[i] == before[i] and not (scale and "exact" in call.name)
            rules[i] = SAME if copied else rule(call, after[i], before[i], scale)
        return _along(call, sources, rules)

    return found


def _ratio(outputs: int, inputs: int, scale: float | None) -> Fraction:
    """Input pixels a step of one output pixel; a given scale counts as the decimal it was meant."""
    if scale:
        return 1 / Fraction(scale).limit_denominator(100_000)
    return Fraction(inputs, outputs)


def _linear(call: Call, outputs: int, inputs: int, scale: float | None) -> Rule:
    if call["align_corners"]:
        return Span(inputs - 1, 0, 0, outputs - 1) if outputs > 1 else whole(1)
    step = _ratio(outputs, inputs, scale)  # pixel centres: (o + ½)·step − ½
    p, q = step.numerator, step.denominator
    return Span(2 * p, p - q, p - q, 2 * q)


def _nearest(call: Call, outputs: int, inputs: int, scale: float | None) -> Rule:
    exact = "exact" in call.name
    if outputs == 2 * inputs and not exact:
        scale = 2  # whatever was given: torch has a shortcut here
    step = _ratio(outputs, inputs, scale)
    p, q = step.numerator, step.denominator
    rule = Span(2 * p, p, p - 2 * q + 1, 2 * q) if exact else Span(p, 0, 1 - q, q)
    # torch multiplies in float32, which now and then falls short of a whole number
    ratio = np.float32(1 / scale if scale else np.float32(inputs) / np.float32(outputs))
    position = np.arange(outputs, dtype=np.float32) + np.float32(0.5 if exact else 0)
    rounded = np.minimum(np.floor(position * ratio).astype(int), inputs - 1)
    if np.array_equal(rule.taps(outputs, inputs)[0], rounded):
        return rule
    return Table(tuple((int(i),) for i in rounded))


def _adaptive(call: Call, outputs: int, inputs: int, scale: float | None) -> Rule:
    return Span(inputs, 0, inputs - outputs, outputs)


def _pad(call: Call, sources: Sources) -> Geometry:
    tensor, source = sources[0]
    rules: dict[int, Rule] = {}
    pad = call.get("pad") or call.get("padding")
    for i, (before, after) in enumerate(zip(pad[::2], pad[1::2])):
        dimension, size = tensor.dim() - 1 - i, tensor.shape[tensor.dim() - 1 - i]
        if before or after:
            rules[dimension] = _border(call.name, before, before + size + after, size)
    more = any(source.labels[dimension] == "." for dimension in rules)
    return _along(call, sources, rules, mixed=True if more else None)


def _border(name: str, before: int, outputs: int, inputs: int) -> Rule:
    if name in ops.CONSTANT_PADS:
        return Window(padding=before)
    if name in ops.EDGE_PADS:
        return Span(1, -before, -before, 1)
    rows = []
    for index in range(-before, outputs - before):
        mirrored = abs(index) if index < inputs else 2 * (inputs - 1) - index
        rows.append((index,) if index == mirrored else (mirrored, -1))
    return Table(tuple(rows))


def _slice(call: Call, sources: Sources) -> Geometry:
    tensor, source = sources[0]
    dimension, size = call["dim"] % tensor.dim(), tensor.shape[call["dim"]]
    start = min(max((call["start"] or 0) + (size if (call["start"] or 0) < 0 else 0), 0), size)
    if call.outputs[0].shape[dimension] == size:
        return _linked(source.labels, source.grid, sources)
    if source.labels[dimension] in ".p*":
        return _picked(call, sources, dimension)
    return _along(call, sources, {dimension: Window(stride=call["step"], padding=-start)})


def _picked(call: Call, sources: Sources, dimension: int) -> Geometry:
    """Some entries of a dimension that is neither rows nor columns, or some pixels of a list."""
    _, source = sources[0]
    label, labels = source.labels[dimension], source.labels
    if label == ".":
        bound = "it takes some channels of a map whose channels see different pixels"
        return _linked(labels, source.grid, sources, bound=bound if source.mixed else "")
    labels = labels.replace("p", "*")
    folded = "it takes some pixels of a flattened map"
    return _linked(labels, _on(labels, source.grid), sources, [labels], folded=folded)


def _select(call: Call, sources: Sources) -> Geometry:
    tensor, source = sources[0]
    dimension = call["dim"] % tensor.dim()
    label, index = source.labels[dimension], call["index"] % tensor.shape[dimension]
    labels = _without(source.labels, [dimension])
    grid = _on(labels, source.grid)
    if label in "rc":
        return _linked(labels, grid, sources, [source.labels], {label: Window(padding=-index)})
    picked = _picked(call, sources, dimension)
    return _linked(labels, grid, sources, [labels], bound=picked.bound or picked.folded)


def _split(call: Call, sources: Sources) -> Geometry:
    tensor, source = sources[0]
    dimension = call.get("dim", 0) % tensor.dim()
    if source.labels[dimension] in "rc":
        raise Unknown("it splits the map into pieces: slice it instead")
    picked = _picked(call, sources, dimension)
    if call.name != "unbind":
        return picked
    labels = _without(source.labels, [dimension])
    grid = _on(labels, source.grid)
    return _linked(labels, grid, sources, [labels], bound=picked.bound or picked.folded)


def _flip(call: Call, sources: Sources) -> Geometry:
    tensor, _ = sources[0]
    turned = {dimension % tensor.dim() for dimension in call["dims"]}
    ends = {dimension: tensor.shape[dimension] - 1 for dimension in turned}
    return _along(call, sources, {d: Span(-1, end, end, 1) for d, end in ends.items()})


def _roll(call: Call, sources: Sources) -> Geometry:
    tensor, _ = sources[0]
    if not call["dims"]:
        raise Unknown("it rolls the flattened map")
    rules: dict[int, Rule] = {}
    for shift, dimension in zip(call["shifts"], call["dims"]):
        size = tensor.shape[dimension]
        rules[dimension % tensor.dim()] = Table(tuple(((o - shift) % size,) for o in range(size)))
    return _along(call, sources, rules)


def _pixel_shuffle(call: Call, sources: Sources) -> Geometry:
    tensor, source = sources[0]
    factor, last = call["upscale_factor"], tensor.dim() - 1
    rule = Span(1, 0, 1 - factor, factor)
    found = _along(call, sources, {last - 1: rule, last: rule})
    bound = "it places channels that see different pixels side by side"
    return found._replace(bound=found.bound or bound) if source.mixed else found


def _pixel_unshuffle(call: Call, sources: Sources) -> Geometry:
    tensor, _ = sources[0]
    rule, last = Window(call["downscale_factor"], call["downscale_factor"]), tensor.dim() - 1
    return _along(call, sources, {last - 1: rule, last: rule}, mixed=True)


# --- Maps joined -------------------------------------------------------------------------------


def _join(call: Call, sources: Sources) -> Geometry:
    output = call.outputs[0]
    position = call.get("dim", 0) % output.dim()
    if call.name == "stack":  # as if each had that dimension already
        widened = [s.labels[:position] + "." + s.labels[position:] for _, s in sources]
        sources = [(t[None], replace(s, labels=w)) for (t, s), w in zip(sources, widened)]
    layers = [(source.labels, source.grid) for _, source in sources]
    rows_or_columns = {source.labels[position] for _, source in sources} & set("rc")
    if rows_or_columns:
        return _side_by_side(call, sources, position, rows_or_columns.pop())
    labels, grid = _overlay(layers, output.dim())
    if labels[position] == ".":
        several = len({source.index for _, source in sources}) > 1
        mixed = several or len(call.reads) > len(sources) or any(s.mixed for _, s in sources)
        return _linked(labels, grid, sources, mixed=mixed)
    labels = labels[:position] + "*" + labels[position + 1 :]
    kept = [_dotted(source.labels, [position]) for _, source in sources]
    folded = "it joins the pixels with other tokens into one list"
    return _linked(labels, _on(labels, grid), sources, kept, folded=folded)


def _side_by_side(call: Call, sources: Sources, position: int, label: str) -> Geometry:
    """Maps laid next to one another along rows or columns, each read at its own place."""
    outputs, axis = call.outputs[0].shape[position], "rc".index(label)
    layers = [(_dotted(source.labels, [position]), source.grid) for _, source in sources]
    labels, grid = _overlay(layers, call.outputs[0].dim())
    labels = labels[:position] + label + labels[position + 1 :]
    grid = tuple(outputs if i == axis else size for i, size in enumerate(grid))
    links, start = [], 0
    waiting = list(sources)
    for tensor in call.reads:
        size = tensor.shape[position]
        if waiting and waiting[0][0] is tensor:
            pair = waiting.pop(0)
            on_map = pair[1].grid[axis] == size
            inside = [
                (o - start if on_map else 0,) if start <= o < start + size else ()
                for o in range(outputs)
            ]
            link = _linked(labels, grid, [pair], [labels], {label: Table(tuple(inside))})
            links += link.links
        start += size
    return _linked(labels, grid, sources, [""] * len(sources))._replace(links=tuple(links))


# --- Sums over dimensions ----------------------------------------------------------------------


def _reduction(call: Call, sources: Sources) -> Geometry:
    tensor, source = sources[0]
    dimensions = _dimensions(call.get("dim"), tensor)
    kept = _dotted(source.labels, dimensions)
    labels = kept if call.get("keepdim") else _without(source.labels, dimensions)
    channels = [i for i, label in enumerate(kept) if label == "." and i not in dimensions]
    one = all(tensor.shape[i] == 1 for i in channels)
    return _linked(
        labels,
        _on(kept, source.grid),
        sources,
        [kept],
        mixed=False if one else None,
        unfolds=["*" not in kept],
    )


def _dimensions(value: int | Sequence[int] | None, tensor: Tensor) -> list[int]:
    """The dimensions that an argument names; all of them where it names none."""
    if value is None or value == []:
        return list(range(tensor.dim()))
    values = [value] if isinstance(value, int) else value
    return [dimension % max(tensor.dim(), 1) for dimension in values]


def _spread(dimensions: Callable[[Call, Tensor], Sequence[int]]) -> Callable[..., Geometry]:
    """Softmax and norms: the output keeps its shape, yet reads all of some dimensions."""

    def found(call: Call, sources: Sources) -> Geometry:
        tensor, source = sources[0]
        if tensor is not call.reads[0]:
            return _elementwise(call, sources)
        over = dimensions(call, tensor)
        kept = [_dotted(source.labels, over), *[s.labels for _, s in sources[1:]]]
        unfolds = ["*" not in kept[0]]
        return _linked(source.labels, source.grid, sources, kept, unfolds=unfolds)

    return found


def _normalized(call: Call, tensor: Tensor) -> Sequence[int]:
    if call.name in ops.BATCH_NORMS:  # its statistics are fixed, unless it takes them from here
        return range(tensor.dim()) if ops.is_training_norm(call) else ()
    if "group" in call.name:
        return range(1, tensor.dim())
    return range(tensor.dim() - len(call["normalized_shape"]), tensor.dim())


def _matrix_product(first: str, second: str, transposed: bool = False):
    """Rows of one factor times columns of the other, summed over the dimension they share."""

    def found(call: Call, sources: Sources) -> Geometry:
        factors = [call[first], call[second]]
        labels_of = {id(tensor): source.labels for tensor, source in sources}
        a, b = (labels_of.get(id(tensor), "." * tensor.dim()) for tensor in factors)
        if transposed:
            b = b[::-1]
        row, shared_a = a[-2:-1], a[-1:]
        column, shared_b = (b[-1:], b[-2:-1]) if len(b) > 1 else ("", b)
        grids = {id(tensor): source.grid for tensor, source in sources}
        sizes = [grids.get(id(tensor), (1, 1)) for tensor in factors]
        outer = max(len(a), len(b), 2) - 2
        batch, _ = _overlay([(a[:-2], sizes[0]), (b[:-2], sizes[1])], outer)
        if _clash(batch + row + column) or column == "*":
            column = "."  # pairs of pixels stay with the first factor; the second is read whole
        labels = batch + row + column
        kept_by = {id(factors[1]): b[:-2] + column, id(factors[0]): a[:-2] + row}
        kept = [kept_by.get(id(tensor), source.labels) for tensor, source in sources]
        summed = {id(factors[0]): shared_a == "*", id(factors[1]): shared_b == "*"}
        rows, columns = (max(axis) for axis in zip(*(source.grid for _, source in sources)))
        return _linked(
            labels,
            _on(labels, (rows, columns)),
            sources,
            kept,
            mixed=False if shared_a == shared_b == "." else None,
            unfolds=[summed.get(id(tensor), False) for tensor, _ in sources],
        )

    return found


def _attention(call: Call, sources: Sources) -> Geometry:
    """Each query reads every key and value."""
    query = call.reads[0]
    labels = next((s.labels for t, s in sources if t is query), "." * query.dim())[:-1] + "."
    grid = next((s.grid for t, s in sources if t is query), (1, 1))
    kept = [labels if tensor is query else "" for tensor, _ in sources]
    unfolds = [tensor is not query for tensor, _ in sources]
    return _linked(labels, _on(labels, grid), sources, kept, unfolds=unfolds)


# --- The same values in other dimensions -------------------------------------------------------


def _permute(call: Call, sources: Sources) -> Geometry:
    tensor, source = sources[0]
    order = list(range(tensor.dim()))
    if call.name == "permute":
        order = [dimension % tensor.dim() for dimension in call["dims"]]
    elif call.name == "transpose":
        one, other = call["dim0"] % tensor.dim(), call["dim1"] % tensor.dim()
        order[one], order[other] = other, one
    else:
        order.reverse()
    return _linked("".join(source.labels[i] for i in order), source.grid, sources)


def _unsqueeze(call: Call, sources: Sources) -> Geometry:
    _, source = sources[0]
    position = call["dim"] % call.outputs[0].dim()
    labels = source.labels[:position] + "." + source.labels[position:]
    return _linked(labels, source.grid, sources)


def _squeeze(call: Call, sources: Sources) -> Geometry:
    tensor, source = sources[0]
    gone = [i for i in _dimensions(call.get("dim"), tensor) if tensor.shape[i] == 1]
    labels = _without(source.labels, gone)
    return _linked(labels, _on(labels, source.grid), sources)


def _expand(call: Call, sources: Sources) -> Geometry:
    _, source = sources[0]
    shape = call.outputs[0].shape
    labels, grid = source.labels.rjust(len(shape), "."), list(source.grid)
    for axis, label in enumerate("rc"):
        if label in labels:
            grid[axis] = shape[labels.index(label)]
    return _linked(labels, tuple(grid), sources)


def _reshape(call: Call, sources: Sources) -> Geometry:
    """Rows and columns stay recognisable where they are merged with each other and parted again."""
    tensor, source = sources[0]
    labels, lost = "", ""
    for old, new in _groups(tensor.shape, call.outputs[0].shape):
        before = "".join(source.labels[i] for i in old)
        sizes = [call.outputs[0].shape[i] for i in new]
        wide = [i for i in new if call.outputs[0].shape[i] != 1]
        meant = "".join(label for i, label in zip(old, before) if tensor.shape[i] != 1)
        if not set(meant) - {"."}:
            after = "." * len(wide)
        elif len(meant) == 1 and len(wide) == 1:
            after = meant
        elif meant == "rc" and len(wide) == 1:
            after = "p"
        elif meant == "p" and tuple(sizes[new.index(i)] for i in wide) == source.grid:
            after = "rc"
        else:
            after, lost = "*" * len(wide), lost + meant
        labels += "".join(after[wide.index(i)] if i in wide else "." for i in new)
    kept = "".join(label for label in source.labels if label not in lost)
    folded = "it folds the pixels into other dimensions" if set(lost) & set("rcp") else ""
    return _linked(labels, _on(labels, source.grid), sources, [kept], folded=folded)


def _groups(before: Sequence[int], after: Sequence[int]) -> list[tuple[list[int], list[int]]]:
    """The smallest groups of neighbouring dimensions that a reshape turns into one another."""
    groups, old, new = [], [], []
    i = j = 0
    size_old = size_new = 1
    while i < len(before) or j < len(after):
        if j == len(after) or (i < len(before) and (not old or (new and size_old < size_new))):
            size_old *= before[i]
            old.append(i)
            i += 1
        else:
            size_new *= after[j]
            new.append(j)
            j += 1
        if size_old == size_new and old and new:
            groups.append((old, new))
            old, new, size_old, size_new = [], [], 1, 1
    if old or new:  # only dimensions of size 1 are left
        groups.append((old, new))
    return groups


_RULES: dict[str, Callable[[Call, Sources], Geometry]] = {
    **dict.fromkeys(ops.COPIES, _elementwise),
    **dict.fromkeys(ops.CONVOLUTIONS, _convolution),
    **dict.fromkeys(ops.MAX_POOLS | ops.AVERAGE_POOLS, _pool),
    **dict.fromkeys(ops.ADAPTIVE_POOLS, _resized(_adaptive)),
    **dict.fromkeys(ops.LINEAR_RESIZES, _resized(_linear)),
    **dict.fromkeys(ops.NEAREST_RESIZES, _resized(_nearest)),
    **dict.fromkeys(ops.PADS, _pad),
    **dict.fromkeys(ops.REDUCTIONS, _reduction),
    **dict.fromkeys(ops.BATCH_NORMS | ops.OTHER_NORMS, _spread(_normalized)),
    **dict.fromkeys(ops.SOFTMAXES, _spread(lambda call, tensor: [call["dim"] % tensor.dim()])),
    **dict.fromkeys(ops.ATTENTIONS, _attention),
    **dict.fromkeys(ops.RESHAPES, _reshape),
    **dict.fromkeys(("permute", "transpose", "t", "numpy_T"), _permute),
    **dict.fromkeys(("split", "split_with_sizes", "chunk", "unbind"), _split),
    **dict.fromkeys(ops.JOINS, _join),
    **dict.fromkeys(("channel_shuffle", "native_channel_shuffle"), _elementwise),
    "mm": _matrix_product("self", "mat2"),
    "addmm": _matrix_product("mat1", "mat2"),
    "mv": _matrix_product("self", "vec"),
    "bmm": _matrix_product("self", "mat2"),
    "baddbmm": _matrix_product("batch1", "batch2"),
    "matmul": _matrix_product("self", "other"),
    "linear": _matrix_product("input", "weight", transposed=True),
    "glu": _glu,
    "slice": _slice,
    "select": _select,
    "flip": _flip,
    "roll": _roll,
    "pixel_shuffle": _pixel_shuffle,
    "pixel_unshuffle": _pixel_unshuffle,
    "unsqueeze": _unsqueeze,
    "squeeze": _squeeze,
    "expand": _expand,
}
