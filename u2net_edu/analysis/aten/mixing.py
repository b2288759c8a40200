"""Operators that join maps, sum over dimensions, or give them another shape."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from torch import Tensor

from ..axes import Table
from .calls import Call
from .costs import is_training_norm
from .layout import Geometry, Sources, Unknown, clash, dotted, linked, on_grid, overlay, without
from .names import BATCH_NORMS

# --- Element by element, and maps joined -------------------------------------------------------


def elementwise(call: Call, sources: Sources) -> Geometry:
    layers = [(source.labels, source.grid) for _, source in sources]
    labels, grid = overlay(layers, call.outputs[0].dim())
    return linked(labels, grid, sources)


def glu(call: Call, sources: Sources) -> Geometry:
    (tensor, source), *_ = sources
    if source.labels[call["dim"] % tensor.dim()] != ".":
        raise Unknown("it gates one half of the map with the other")
    return linked(source.labels, source.grid, sources)


def join(call: Call, sources: Sources) -> Geometry:
    output = call.outputs[0]
    position = call.get("dim", 0) % output.dim()
    if call.name == "stack":  # as if each had that dimension already
        widened = [s.labels[:position] + "." + s.labels[position:] for _, s in sources]
        sources = [(t[None], replace(s, labels=w)) for (t, s), w in zip(sources, widened)]
    layers = [(source.labels, source.grid) for _, source in sources]
    rows_or_columns = {source.labels[position] for _, source in sources} & set("rc")
    if rows_or_columns:
        return _side_by_side(call, sources, position, rows_or_columns.pop())
    labels, grid = overlay(layers, output.dim())
    if labels[position] == ".":
        several = len({source.index for _, source in sources}) > 1
        mixed = several or len(call.reads) > len(sources) or any(s.mixed for _, s in sources)
        return linked(labels, grid, sources, mixed=mixed)
    labels = labels[:position] + "*" + labels[position + 1 :]
    kept = [dotted(source.labels, [position]) for _, source in sources]
    folded = "it joins the pixels with other tokens into one list"
    return linked(labels, on_grid(labels, grid), sources, kept, folded=folded)


def _side_by_side(call: Call, sources: Sources, position: int, label: str) -> Geometry:
    """Maps laid next to one another along rows or columns, each read at its own place."""
    outputs, axis = call.outputs[0].shape[position], "rc".index(label)
    layers = [(dotted(source.labels, [position]), source.grid) for _, source in sources]
    labels, grid = overlay(layers, call.outputs[0].dim())
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
            link = linked(labels, grid, [pair], [labels], {label: Table(tuple(inside))})
            links += link.links
        start += size
    return linked(labels, grid, sources, [""] * len(sources))._replace(links=tuple(links))


# --- Sums over dimensions ----------------------------------------------------------------------


def reduction(call: Call, sources: Sources) -> Geometry:
    tensor, source = sources[0]
    dimensions = dimensions_of(call.get("dim"), tensor)
    kept = dotted(source.labels, dimensions)
    labels = kept if call.get("keepdim") else without(source.labels, dimensions)
    channels = [i for i, label in enumerate(kept) if label == "." and i not in dimensions]
    one = all(tensor.shape[i] == 1 for i in channels)
    return linked(
        labels,
        on_grid(kept, source.grid),
        sources,
        [kept],
        mixed=False if one else None,
        unfolds=["*" not in kept],
    )


def dimensions_of(value: int | Sequence[int] | None, tensor: Tensor) -> list[int]:
    """The dimensions that an argument names; all of them where it names none."""
    if value is None or value == []:
        return list(range(tensor.dim()))
    values = [value] if isinstance(value, int) else value
    return [dimension % max(tensor.dim(), 1) for dimension in values]


def spread(dimensions: Callable[[Call, Tensor], Sequence[int]]) -> Callable[..., Geometry]:
    """Softmax and norms: the output keeps its shape, yet reads all of some dimensions."""

    def found(call: Call, sources: Sources) -> Geometry:
        tensor, source = sources[0]
        if tensor is not call.reads[0]:
            return elementwise(call, sources)
        over = dimensions(call, tensor)
        kept = [dotted(source.labels, over), *[s.labels for _, s in sources[1:]]]
        unfolds = ["*" not in kept[0]]
        return linked(source.labels, source.grid, sources, kept, unfolds=unfolds)

    return found


def normalized(call: Call, tensor: Tensor) -> Sequence[int]:
    if call.name in BATCH_NORMS:  # its statistics are fixed, unless it takes them from here
        return range(tensor.dim()) if is_training_norm(call) else ()
    if "group" in call.name:
        return range(1, tensor.dim())
    return range(tensor.dim() - len(call["normalized_shape"]), tensor.dim())


def matrix_product(first: str, second: str, transposed: bool = False):
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
        batch, _ = overlay([(a[:-2], sizes[0]), (b[:-2], sizes[1])], outer)
        if clash(batch + row + column) or column == "*":
            column = "."  # pairs of pixels stay with the first factor; the second is read whole
        labels = batch + row + column
        kept_by = {id(factors[1]): b[:-2] + column, id(factors[0]): a[:-2] + row}
        kept = [kept_by.get(id(tensor), source.labels) for tensor, source in sources]
        summed = {id(factors[0]): shared_a == "*", id(factors[1]): shared_b == "*"}
        rows, columns = (max(axis) for axis in zip(*(source.grid for _, source in sources)))
        # all channels come together where they are all in the dimension that is summed over
        others = (n for n, label in zip(factors[0].shape, a[:-1]) if label == ".")
        mixes = shared_a == shared_b == "." and all(n == 1 for n in others)
        return linked(
            labels,
            on_grid(labels, (rows, columns)),
            sources,
            kept,
            mixed=False if mixes else None,
            unfolds=[summed.get(id(tensor), False) for tensor, _ in sources],
        )

    return found


def attention(call: Call, sources: Sources) -> Geometry:
    """Each query reads every key and value."""
    query = call.reads[0]
    labels = next((s.labels for t, s in sources if t is query), "." * query.dim())[:-1] + "."
    grid = next((s.grid for t, s in sources if t is query), (1, 1))
    kept = [labels if tensor is query else "" for tensor, _ in sources]
    unfolds = [tensor is not query for tensor, _ in sources]
    return linked(labels, on_grid(labels, grid), sources, kept, unfolds=unfolds)


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
    return linked(labels, tuple(grid), sources)


def reshape(call: Call, sources: Sources) -> Geometry:
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
    return linked(labels, on_grid(labels, source.grid), sources, [kept], folded=folded)


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
