"""How a tensor lies on the map, and how an output is linked to what it reads.

Each dimension of a traced tensor carries a label: `r` runs over rows, `c` over columns, `p` over
all pixels row by row (a flattened map), `.` over anything else, and `*` over pixels in an order
that is no longer known. Labels follow permutes and reshapes, so that attention on tokens or a
LayerNorm on channels-last maps is understood as what it does to the map.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from ..axes import SAME, Rule, whole

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
    constant: bool = False
    """It owes nothing to the image."""


class Geometry(NamedTuple):
    """How an output lies on the map, and the (row, column) rule by which it reads each input."""

    labels: str
    grid: Grid
    links: tuple[tuple[Rule, Rule], ...]
    mixed: bool = False
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


def on_grid(labels: str, grid: Grid) -> Grid:
    """The grid without the axes that no label runs over."""
    rows, columns = (any(k in labels for k in axis) for axis in AXES)
    return grid[0] if rows else 1, grid[1] if columns else 1


def without(labels: str, dimensions: Sequence[int]) -> str:
    return "".join(label for i, label in enumerate(labels) if i not in dimensions)


def dotted(labels: str, dimensions: Sequence[int]) -> str:
    return "".join("." if i in dimensions else label for i, label in enumerate(labels))


def overlay(layers: Sequence[tuple[str, Grid]], dimensions: int) -> tuple[str, Grid]:
    """Labels and grid of tensors laid on one another, last dimensions aligned, as broadcasting."""
    labels = ""
    for column in zip(*(layer.rjust(dimensions, ".") for layer, _ in layers)):
        found = {*column} - {"."}
        if len(found) > 1:
            raise Unknown("it joins dimensions that run over different parts of the map")
        labels += found.pop() if found else "."
    if clash(labels):
        raise Unknown("its output pairs pixels with pixels")
    rows, columns = (max(sizes) for sizes in zip(*(grid for _, grid in layers)))
    return labels, on_grid(labels, (rows, columns))


def clash(labels: str) -> bool:
    """Whether two dimensions run over the same axis of the map."""
    return any(sum(labels.count(k) for k in axis) > 1 for axis in AXES)
