"""How a tensor lies on the map, and how an output is linked to what it reads.

Each dimension of a traced tensor carries a label, which follows it through permutes and reshapes:

    r  it runs over rows
    c  it runs over columns
    p  it runs over all pixels, row by row (a flattened map)
    .  over entries that all see the same, such as the channels of a convolution
    -  over entries that may see different pixels, such as the channels of two maps joined
    *  over pixels in an order that is no longer known

What a pixel sees is the union over its entries. So an operator that leaves out some entries of `-`
or `*` makes an upper bound of it, and one that sums over all of them ends the difference.

An example: attention over all pixels of a 4×6 map, with the result joined to the map.

    x = image                        (1, 8, 4, 6)   ..rc
    tokens = x.flatten(2).mT         (1, 24, 8)     .p.
    scores = tokens @ tokens.mT      (1, 24, 24)    .p-
    weights = scores.softmax(2)      (1, 24, 24)    .p.
    answers = weights @ tokens       (1, 24, 8)     .p.
    back = answers.mT.view(x.shape)  (1, 8, 4, 6)   ..rc
    both = torch.cat([x, back], 1)   (1, 16, 4, 6)  .-rc
    some = both[:, :8]               (1, 8, 4, 6)   .-rc  a bound
    mixed = conv(both)               (1, 2, 4, 6)   ..rc

`tokens` runs over all pixels in order. In `scores`, entry j of pixel i has read the pixels i and j,
so entries differ; the softmax reads all of them for each one, so they differ no more. `view` parts
24 into 4×6, the size of the map, which gives rows and columns back. In `both`, the first eight
channels see one pixel and the others see all: a pixel of it sees all, and so does one of `some` as
far as its label tells, though the channels that remain see one. The convolution sums over the
channels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from ..fields.axes import SAME, Rule, whole
from .calls import Call

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
    bound: str = ""
    """Why what it is said to see is an upper bound; empty where it is exact."""
    folded: str = ""
    """What brought the pixels out of order, as long as a dimension is labelled `*`."""
    constant: bool = False
    """It owes nothing to the image."""


class Geometry(NamedTuple):
    """How an output lies on the map, and the (row, column) rule by which it reads each input."""

    labels: str
    grid: Grid
    links: tuple[tuple[Rule, Rule], ...]
    bound: str = ""
    folded: str = ""
    constant: bool = False


Sources = Sequence[tuple[Tensor, Source]]
"""The tensors that an operator reads and that depend on other operators, in the schema's order."""


def linked(
    labels: str,
    grid: Grid,
    sources: Sources,
    kept: Sequence[str] | None = None,
    rules: dict[str, Rule] | None = None,
    *,
    bound: str = "",
    folded: str = "",
) -> Geometry:
    """Build the geometry of an output that keeps some labels of each source.

    Args:
        kept: the labels kept of each source, by default all; other axes are read whole.
        rules: for `r` or `c`, how the output reads that axis if it is not one to one.

    Raises: Unknown if a source has another number of rows or columns and no rule says why.
    """
    kept = [source.labels for _, source in sources] if kept is None else kept
    links = []
    for (_, source), labels_kept in zip(sources, kept):
        link: list[Rule] = []
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
        links.append((link[0], link[1]))
    bound = bound or next((source.bound for _, source in sources if source.bound), "")
    folded = folded or next((source.folded for _, source in sources if source.folded), "")
    return Geometry(labels, grid, tuple(links), bound, folded if "*" in labels else "")


def carried_grid(labels: str, sources: Sources, kept: Sequence[str]) -> Grid:
    """The grid of an output, from the sources that carry an axis on to it."""
    rows, columns = (
        max((s.grid[i] for (_, s), k in zip(sources, kept) if {*k} & {*AXES[i]}), default=1)
        for i in (0, 1)
    )
    return on_grid(labels, (rows, columns))


def whole_of_others(sources: Sequence[Source]) -> str:
    """Why reading all of these sources everywhere is an upper bound; "" if it is exact.

    They are weights or masks that the network computes from the image. Each output reads only some
    of their entries, which does not matter if all entries see the same.
    """
    same = all(not source.labels.strip(".") for source in sources)
    return "" if same else "it reads some of the weights that come from the image, not all"


def from_weights(call: Call, sources: Sources) -> Geometry:
    """The geometry of an output that depends on the image through its weights alone."""
    bound = whole_of_others([source for _, source in sources])
    labels = "." * call.outputs[0].dim()
    return linked(labels, (1, 1), sources, [""] * len(sources), bound=bound)


def on_grid(labels: str, grid: Grid) -> Grid:
    """The grid without the axes that no label runs over."""
    rows, columns = (any(k in labels for k in axis) for axis in AXES)
    return grid[0] if rows else 1, grid[1] if columns else 1


def without(labels: str, dimensions: Sequence[int]) -> str:
    return "".join(label for i, label in enumerate(labels) if i not in dimensions)


def dotted(labels: str, dimensions: Sequence[int]) -> str:
    return "".join("." if i in dimensions else label for i, label in enumerate(labels))


class Overlay(NamedTuple):
    labels: str
    grid: Grid
    bound: str


def overlay(layers: Sequence[tuple[str, Grid]], dimensions: int) -> Overlay:
    """Lay tensors on one another with their last dimensions aligned, as broadcasting does.

    Raises: Unknown if different parts of the map meet.
    """
    labels, bound = "", ""
    for column in zip(*(layer.rjust(dimensions, ".") for layer, _ in layers)):
        on_map, others = {*column} & {*"rcp"}, {*column} & {*"-*"}
        if len(on_map) > 1:
            raise Unknown("it joins dimensions that run over different parts of the map")
        if on_map and others:
            bound = (
                "it combines the map with pixels whose order is not known"
                if "*" in others
                else "each pixel reads one of several channels that see different pixels"
            )
        labels += min(on_map, default="*" if "*" in others else min(others, default="."))
    if clash(labels):
        raise Unknown("its output pairs pixels with pixels")
    rows, columns = (max(sizes) for sizes in zip(*(grid for _, grid in layers)))
    return Overlay(labels, on_grid(labels, (rows, columns)), bound)


def clash(labels: str) -> bool:
    """Whether two dimensions run over the same axis of the map."""
    return any(sum(labels.count(k) for k in axis) > 1 for axis in AXES)


def tidy(labels: str, shape: Sequence[int]) -> str:
    """Replace `-` and `*` by `.` for dimensions of a single entry: no entries can differ there."""
    if len(labels) != len(shape) or not {*labels} & {*"-*"}:
        return labels
    return "".join("." if n == 1 and k in "-*" else k for k, n in zip(labels, shape))


def chosen_from(labels: str, grid: Grid, shape: Sequence[int]) -> tuple[Grid, str]:
    """Say from which rows and columns a pixel of an output is chosen, and why that is ambiguous.

    A map may have lost its rows, because a linear layer mixed them, say, and still have a dimension
    in their place. If the entries of that dimension see different pixels, what is known is the
    union over all of them, which is an upper bound for a single row. "" if nothing is ambiguous.
    """
    if len(shape) != 4:
        return grid, ""
    free = [d for d in (2, 3) if labels[d] not in "rcp"]
    size, vague = list(grid), False
    for axis in (0, 1):
        if not any(k in labels for k in AXES[axis]) and free:
            dimension = free.pop(0 if axis == 0 or len(free) == 1 else 1)
            size[axis] = shape[dimension]
            vague |= labels[dimension] in "-*" and shape[dimension] > 1
    why = "its rows or columns were mixed, and each may see different pixels" if vague else ""
    return (size[0], size[1]), why
