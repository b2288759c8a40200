"""Operators that join maps, sum over dimensions, or give them another shape."""

from collections.abc import Sequence
from dataclasses import replace

from torch import Tensor

from ..fields.axes import Rule, Table, whole
from .calls import Call
from .costs import is_training_norm
from .layout import (
    Geometry,
    Source,
    Sources,
    Unknown,
    carried_grid,
    clash,
    dotted,
    from_weights,
    linked,
    on_grid,
    overlay,
    whole_of_others,
    without,
)
from .names import BATCH_NORMS

# --- Element by element, and maps joined -------------------------------------------------------


def elementwise(call: Call, sources: Sources) -> Geometry:
    layers = [(source.labels, source.grid) for _, source in sources]
    labels, grid, bound = overlay(layers, call.outputs[0].dim())
    return linked(labels, grid, sources, bound=bound)


def glu(call: Call, sources: Sources) -> Geometry:
    (tensor, source), *_ = sources
    if source.labels[call["dim"] % tensor.dim()] not in ".-":
        raise Unknown("it gates one half of the map with the other")
    return linked(source.labels, source.grid, sources)


def join(call: Call, sources: Sources) -> Geometry:
    output = call.outputs[0]
    position = call.get("dim", 0) % output.dim()
    if call.name == "stack":  # as if each had that dimension already
        widened = [s.labels[:position] + "." + s.labels[position:] for _, s in sources]
        sources = [(t[None], replace(s, labels=w)) for (t, s), w in zip(sources, widened)]
    joined = {source.labels[position] for _, source in sources}
    if joined & {*"rc"}:
        return _side_by_side(call, sources, position)
    layers = [(dotted(source.labels, [position]), source.grid) for _, source in sources]
    labels, grid, bound = overlay(layers, output.dim())
    several = len({source.index for _, source in sources}) > 1 or len(call.reads) > len(sources)
    entry = "*" if joined & {*"p*"} else "-" if several or "-" in joined else "."
    kept = [dotted(source.labels, [position]) for _, source in sources]
    labels = labels[:position] + entry + labels[position + 1 :]
    folded = "it joins the pixels with other tokens into one list" if entry == "*" else ""
    return linked(labels, on_grid(labels, grid), sources, kept, bound=bound, folded=folded)


def _side_by_side(call: Call, sources: Sources, position: int) -> Geometry:
    """Maps laid next to one another along rows or columns, each read at its own place."""
    joined = {source.labels[position] for _, source in sources}
    (label, *more) = sorted(joined - {*".-"})
    if more:
        raise Unknown("it joins dimensions that run over different parts of the map")
    outputs, axis = call.outputs[0].shape[position], "rc".index(label)
    layers = [(dotted(source.labels, [position]), source.grid) for _, source in sources]
    labels, grid, bound = overlay(layers, call.outputs[0].dim())
    labels = labels[:position] + label + labels[position + 1 :]
    if clash(labels):
        raise Unknown("its output pairs pixels with pixels")
    if "-" in joined:
        bound = bound or "each pixel reads one of several channels that see different pixels"
    grid = (outputs, grid[1]) if axis == 0 else (grid[0], outputs)
    links: list[tuple[Rule, Rule]] = []
    start = 0
    waiting = list(sources)
    for tensor in call.reads:
        size = tensor.shape[position]
        if waiting and waiting[0][0] is tensor:
            pair = waiting.pop(0)
            on_map = pair[1].labels[position] == label
            inside = [
                (o - start if on_map else 0,) if start <= o < start + size else ()
                for o in range(outputs)
            ]
            link = linked(labels, grid, [pair], [labels], {label: Table(tuple(inside))})
            links += link.links
        start += size
    found = linked(labels, grid, sources, [""] * len(sources), bound=bound)
    return found._replace(links=tuple(links))


# --- Sums over dimensions ----------------------------------------------------------------------


def reduction(call: Call, sources: Sources) -> Geometry:
    tensor, source = sources[0]
    dimensions = dimensions_of(call.get("dim"), tensor)
    kept = dotted(source.labels, dimensions)
    labels = kept if call.get("keepdim") else without(source.labels, dimensions)
    return linked(labels, on_grid(kept, source.grid), sources, [kept])


def dimensions_of(value: int | Sequence[int] | None, tensor: Tensor) -> list[int]:
    """The dimensions that an argument names; all of them where it names none."""
    if value is None or value == []:
        return list(range(tensor.dim()))
    values = [value] if isinstance(value, int) else value
    return [dimension % max(tensor.dim(), 1) for dimension in values]


def softmax(call: Call, sources: Sources) -> Geometry:
    """Keep the shape, and read all of one dimension for each entry."""
    return _spread(sources, [call["dim"] % sources[0][0].dim()])


def norm(call: Call, sources: Sources) -> Geometry:
    """Keep the shape, and read all of the dimensions that the statistics run over, if any."""
    tensor, source = sources[0]
    if tensor is not call.reads[0]:  # only its scale or shift comes from the image
        return from_weights(call, sources)
    dimensions = range(tensor.dim())
    groups = call.get("group") or call.get("num_groups") or 1
    if call.name in BATCH_NORMS:
        over = [d for d in dimensions if d != 1] if is_training_norm(call) else []
    elif "group" not in call.name:
        over = list(dimensions[tensor.dim() - len(call["normalized_shape"]) :])
    else:
        over = list(dimensions[1 if groups == 1 else 2 :])
    found = _spread(sources, over)
    if "group" in call.name and groups > 1 and source.labels[1] in "rcp":
        found = found._replace(bound=found.bound or "it normalises the map in groups of pixels")
        axes = {"r": [0], "c": [1], "p": [0, 1]}[source.labels[1]]
        return found._replace(links=(_read_whole(found.links[0], source, axes), *found.links[1:]))
    return found


def _read_whole(link: tuple[Rule, Rule], source: Source, axes: Sequence[int]) -> tuple[Rule, Rule]:
    rows, columns = (whole(n) if i in axes else link[i] for i, n in enumerate(source.grid))
    return rows, columns


def _spread(sources: Sources, over: Sequence[int]) -> Geometry:
    """An output shaped like its first source, of which each entry reads all of some dimensions."""
    source = sources[0][1]
    kept = [dotted(source.labels, over), *[""] * (len(sources) - 1)]
    # whatever the entries along these dimensions saw: now each sees all of it
    labels = "".join("." if i in over and k in "-*" else k for i, k in enumerate(source.labels))
    bound = whole_of_others([other for _, other in sources[1:]])
    return linked(labels, source.grid, sources, kept, bound=bound)


def matrix_product(first: str, second: str, transposed: bool = False, added: str = ""):
    """Multiply rows of one factor by columns of the other, summed over the shared dimension."""

    def found(call: Call, sources: Sources) -> Geometry:
        factors = [call[first], call[second]]
        known = {id(tensor): source for tensor, source in sources}
        nothing = Source(-1, "", (1, 1), constant=True)
        one, other = (known.get(id(tensor), nothing) for tensor in factors)
        a, b = (
            source.labels or "." * tensor.dim() for source, tensor in zip((one, other), factors)
        )
        if transposed:
            b = b[::-1]
        row = a[-2:-1]
        column, batch_b = (b[-1:], b[:-2]) if len(b) > 1 else ("", "")
        outer = max(len(a), len(b), 2) - 2
        batch, _, bound = overlay([(a[:-2], one.grid), (batch_b, other.grid)], outer)
        if clash(batch + row + column):  # pairs of pixels stay with the first factor
            column = "-"
        labels = batch + row + column
        kept_by = {id(factors[1]): batch_b + column, id(factors[0]): a[:-2] + row}
        kept = [kept_by.get(id(tensor), source.labels) for tensor, source in sources]
        grid = carried_grid(labels, sources, kept)
        if id(call.get(added)) in known:  # what the product is added to, element by element
            summand = known[id(call[added])]
            layers = [(labels, grid), (summand.labels, summand.grid)]
            labels, grid, more = overlay(layers, len(labels))
            bound = bound or more
        return linked(labels, grid, sources, kept, bound=bound)

    return found


def attention(call: Call, sources: Sources) -> Geometry:
    """Each query reads every key and value."""
    tensors = call.tensors[:3]
    known = {id(tensor): source for tensor, source in sources}
    nothing = Source(-1, "", (1, 1), constant=True)
    query, key, value = (known.get(id(tensor), nothing) for tensor in tensors)
    q, k, v = (s.labels or "." * t.dim() for s, t in zip((query, key, value), tensors))
    layers = [(labels[:-2], s.grid) for labels, s in zip((q, k, v), (query, key, value))]
    batch, _, bound = overlay(layers, len(q) - 2)
    row, last = q[-2], v[-1]
    if clash(batch + row + last):
        last = "-"
    labels = batch + row + last
    kept_by = {id(tensors[2]): v[:-2] + last, id(tensors[1]): k[:-2], id(tensors[0]): q[:-1]}
    kept = [kept_by.get(id(tensor), "") for tensor, _ in sources]
    others = [source for tensor, source in sources if id(tensor) not in kept_by]
    bound = bound or whole_of_others(others)
    if call.get("is_causal"):
        bound = bound or "each token looks at earlier ones alone"
    return linked(labels, carried_grid(labels, sources, kept), sources, kept, bound=bound)


# --- The same values in other dimensions -------------------------------------------------------


def permute(call: Call, sources: Sources) -> Geometry:
    tensor, source = sources[0]
    order = list(range(tensor.dim()))
    if call.name == "permute":
        order = [dimension % tensor.dim() for dimension in call["dims"]]
    elif call.name == "transpose":
        one, other = call["dim0"] % tensor.dim(), call["dim1"] % tensor.dim()
        order[one], order[other] = other, one
    else:
        order.reverse()
    return linked("".join(source.labels[i] for i in order), source.grid, sources)


def unsqueeze(call: Call, sources: Sources) -> Geometry:
    _, source = sources[0]
    position = call["dim"] % call.outputs[0].dim()
    labels = source.labels[:position] + "." + source.labels[position:]
    return linked(labels, source.grid, sources)


def squeeze(call: Call, sources: Sources) -> Geometry:
    tensor, source = sources[0]
    gone = [i for i in dimensions_of(call.get("dim"), tensor) if tensor.shape[i] == 1]
    labels = without(source.labels, gone)
    return linked(labels, on_grid(labels, source.grid), sources)


def expand(call: Call, sources: Sources) -> Geometry:
    _, source = sources[0]
    shape = call.outputs[0].shape
    labels, grid = source.labels.rjust(len(shape), "."), list(source.grid)
    for axis, label in enumerate("rc"):
        if label in labels:
            grid[axis] = shape[labels.index(label)]
    return linked(labels, (grid[0], grid[1]), sources)


def restride(call: Call, sources: Sources) -> Geometry:
    """`as_strided`, if it changes nothing but the strides of dimensions of a single entry."""
    tensor, source = sources[0]
    output = call.outputs[0]
    before, after = (
        [(n, step) for n, step in zip(t.shape, t.stride()) if n != 1] for t in (tensor, output)
    )
    offset = call.get("storage_offset")
    moved = offset is not None and offset != tensor.storage_offset()
    if tensor.shape != output.shape or before != after or moved:
        raise Unknown("it reads memory in an order of its own")
    return linked(source.labels, source.grid, sources)


def reshape(call: Call, sources: Sources) -> Geometry:
    """Recognise rows and columns that are merged with each other, and that are split again."""
    tensor, source = sources[0]
    labels, lost = "", ""
    for old, new in _groups(tensor.shape, call.outputs[0].shape):
        before = "".join(source.labels[i] for i in old)
        sizes = [call.outputs[0].shape[i] for i in new]
        wide = [i for i in new if call.outputs[0].shape[i] != 1]
        meant = "".join(label for i, label in zip(old, before) if tensor.shape[i] != 1)
        if not {*meant} - {*".-"}:
            after = ("-" if "-" in meant else ".") * len(wide)
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
    folded = "it folds the pixels into other dimensions" if {*lost} & {*"rcp"} else ""
    return linked(labels, on_grid(labels, source.grid), sources, [kept], folded=folded)


def _groups(before: Sequence[int], after: Sequence[int]) -> list[tuple[list[int], list[int]]]:
    """The smallest groups of neighbouring dimensions that a reshape turns into one another."""
    groups: list[tuple[list[int], list[int]]] = []
    old: list[int] = []
    new: list[int] = []
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
