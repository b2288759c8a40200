"""Memory that a network reserves and then fills part by part.

`torch.zeros` and then `y[:, :, 1:] = x[:, :, :-1]`, or torch's own circular padding: what is
written into a slice lies on the map at the slice's place, and the rest stays what it was.
"""

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor

from ..fields.axes import SAME, Rule, Table, whole
from .layout import AXES, Geometry, Grid, Source, Sources, Unknown, on_grid, overlay


class _Part(NamedTuple):
    """Which entries of a dimension a slice takes, and as which dimension of its own."""

    start: int
    step: int
    length: int
    dimension: int | None

    def entries(self) -> range:
        return range(self.start, self.start + self.step * self.length, self.step)


def filled(
    written: Tensor, base: Tensor, found: Geometry, sources: Sources, before: Source | None
) -> Geometry:
    """Say how all of `base` lies on what it reads, after a part of it was written.

    Args:
        found: how the part lies on `sources`.
        before: what the whole was until then; None where nothing was written yet.

    Returns: a geometry with a link for each of `sources`, and one more for `before` if anything of
    it is left.
    Raises: Unknown if the part is not a slice.
    """
    parts = _parts(written, base)
    partial = [d for d, part in enumerate(parts) if part.length < base.shape[d]]
    if found.constant and (before is None or before.constant):
        nothing = ((whole(1), whole(1)),) * (len(sources) + (before is not None))
        return Geometry("." * base.dim(), (1, 1), nothing, constant=True)
    labels, grid = _lifted(found, parts, partial, base)
    before = before if partial else None
    links: tuple[tuple[Rule, Rule], ...]
    links = tuple(
        _placed(link, source, labels, parts, partial, base.shape, _wraps(tensor, written, base))
        for link, (tensor, source) in zip(found.links, sources)
    )
    bound = found.bound
    if before is not None:
        rest = overlay([(labels, grid), (before.labels, before.grid)], base.dim())
        links += (_kept(before, rest.labels, rest.grid, parts, partial),)
        bound = bound or before.bound or rest.bound or _lost(before, rest.labels, partial)
        labels, grid = rest.labels, rest.grid
    folded = found.folded or (before.folded if before else "")
    return Geometry(labels, grid, links, bound, folded if "*" in labels else "")


def _parts(written: Tensor, base: Tensor) -> list[_Part]:
    """Which entries of each dimension of `base` its view `written` takes.

    Raises: Unknown.
    """
    rest = int(written.storage_offset()) - int(base.storage_offset())
    starts = [0] * base.dim()
    for d in sorted(range(base.dim()), key=base.stride, reverse=True):
        if base.shape[d] > 1:
            starts[d], rest = divmod(rest, base.stride(d))
    taken: dict[int, int] = {}
    for own in range(written.dim()):
        if written.dim() == base.dim():
            taken[own] = own
        elif written.shape[own] > 1:
            fits = (d for d in range(base.dim()) if base.stride(d) == written.stride(own))
            taken[next((d for d in fits if d not in taken and base.shape[d] > 1), -1)] = own
    parts = []
    for d, start in enumerate(starts):
        i = taken.get(d)
        count = 1 if i is None else written.shape[i]
        step, odd = (1, 0) if i is None or count == 1 else divmod(written.stride(i), base.stride(d))
        if odd or step < 1 or start + step * (count - 1) >= base.shape[d]:
            raise Unknown("it writes into a part of a tensor that is not a slice of it")
        parts.append(_Part(start, step, count, i))
    if rest or -1 in taken:
        raise Unknown("it writes into a part of a tensor that is not a slice of it")
    return parts


def _lifted(
    found: Geometry, parts: Sequence[_Part], partial: Sequence[int], base: Tensor
) -> tuple[str, Grid]:
    """Labels and grid of the whole, from those of the part."""
    labels = ""
    for d, part in enumerate(parts):
        label = "." if part.dimension is None else found.labels[part.dimension]
        if d in partial and label not in "rc":
            label = "*" if label in "p*" else "-"
        labels += label
    rows, columns = (
        base.shape[labels.index(k)] if k in labels else found.grid[i] for i, k in enumerate("rc")
    )
    return labels, on_grid(labels, (rows, columns))


def _placed(
    link: tuple[Rule, Rule],
    source: Source,
    labels: str,
    parts: Sequence[_Part],
    partial: Sequence[int],
    lengths: Sequence[int],
    wraps: bool,
) -> tuple[Rule, Rule]:
    """Turn a link of the part into one of the whole, which reads nothing outside the part."""
    placed = [
        rule if {*labels} & {*AXES[axis]} else whole(source.grid[axis])
        for axis, rule in enumerate(link)
    ]
    for d in partial:
        if labels[d] not in "rc":
            continue
        axis, part = "rc".index(labels[d]), parts[d]
        inputs = source.grid[axis]
        taps = link[axis].taps(part.length, inputs).T.tolist()
        taps = taps * part.length if len(taps) < part.length else taps
        rows: list[tuple[int, ...]] = [()] * lengths[d]
        for o, indices in zip(part.entries(), taps):
            off = wraps or inputs in indices  # what comes from the other end is a border, too
            rows[o] = (*sorted({i for i in indices if i < inputs}), *([-1] if off else []))
        placed[axis] = Table(tuple(rows))
    return placed[0], placed[1]


def _wraps(tensor: Tensor, written: Tensor, base: Tensor) -> bool:
    """Whether a part is filled from another part of the same memory."""
    same = tensor.untyped_storage()._cdata == base.untyped_storage()._cdata
    return same and tensor is not written


def _kept(
    before: Source, labels: str, grid: Grid, parts: Sequence[_Part], partial: Sequence[int]
) -> tuple[Rule, Rule]:
    """How the whole reads its former content: everywhere except in the part that is overwritten."""
    rules: list[Rule] = []
    for axis, label in enumerate("rc"):
        carried = bool({*before.labels} & {*AXES[axis]})
        if not carried or before.grid[axis] == 1:
            rules.append(whole(before.grid[axis]))
        elif before.grid[axis] != grid[axis]:
            raise Unknown("it fills memory with maps of several sizes")
        elif len(partial) == 1 and labels[partial[0]] == label == before.labels[partial[0]]:
            over = {*parts[partial[0]].entries()}
            rules.append(Table(tuple(() if o in over else (o,) for o in range(grid[axis]))))
        else:
            rules.append(SAME)
    return rules[0], rules[1]


def _lost(before: Source, labels: str, partial: Sequence[int]) -> str:
    """Why what is left of the old content is an upper bound, if it is one."""
    if before.constant:
        return ""
    if len(partial) == 1:
        old, new = before.labels[partial[0]], labels[partial[0]]
        if (old in "rc" and old == new) or (old == "." and new in ".-"):
            return ""
    return "a part of what it reads is overwritten"
