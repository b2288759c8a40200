"""Receptive fields where the image's border cuts nothing off.

The network runs again on a virtual image, large enough that some pixels of every phase see no
border, and a multiple of the total stride, so that every resize is by an exact ratio.
"""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from ..operators import Operator
from .axes import NOTHING, Rule, Span, Table, Window
from .receptive_field import FreeField, Product, Seen, projected, see_all, seen_by

SMALL, LARGEST = 128, 50_000
"""Sides of images: below, strides cannot be told; above, fields are not followed."""

Size = tuple[int, int]


class Run(NamedTuple):
    """The operators of a pass; all of them, or those before `error`."""

    operators: Sequence[Operator]
    size: Size
    error: Exception | None = None


Again = Callable[[Size], Run]
"""Runs the same network on an image of another size."""


class Unclipped:
    """The passes at virtual sizes, and what they say about the operators of the first."""

    def __init__(self, here: Run, again: Again):
        self._here = here
        self._large = virtual_run(here, again)
        self.size = self._large.size
        self._positions = _positions(self._large)
        self._seen = see_all(self._large.operators, self.size)
        self._larger: _Compared | None = None
        if any(map(_may_depend_on_size, _rules(self._large))):
            # twice as large: a few pixels more would round to the same half of a pooled map
            self._larger = _Compared(again((2 * self.size[0], 2 * self.size[1])))
        self._causes = self._growing()
        # the size of the image matters to the stride of what grows with it
        self._strides_here, self._strides_there = (
            [_strides(run.operators, axis) for axis in (0, 1)] for run in (here, self._large)
        )

    def field(self, position: int, path: str) -> FreeField:
        """Find the field of an operator of the first pass, which gives the output of a path.

        Raises: ValueError if the network does not run at the size that this takes.
        """
        operators = self._large.operators
        there = self._positions.get(self._here.operators[position].path)
        if there is None:
            raise ValueError(self._why_not(path))
        products = seen_by(operators, self._seen, there)
        if cause := self._causes[there]:
            grows = f"it grows with the image, from {cause} on: that reads from end to end"
            rows, columns = (axis[position] or Fraction(0) for axis in self._strides_here)
            return FreeField(((math.inf,),) * 2, (rows, columns), None, grows)
        rows, columns = (axis[there] or Fraction(0) for axis in self._strides_there)
        strides = rows, columns
        sizes, offsets = zip(*(_extents(products, axis, strides[axis]) for axis in (0, 1)))
        if not all(sizes):
            raise ValueError(self._why_not(path))
        reach = (min(map(min, offsets)), max(map(max, offsets)))
        if self._larger and not self._larger.agrees(operators[there].path, strides, reach):
            return FreeField(sizes, strides, None, "")
        return FreeField(sizes, strides, reach, "")

    def _why_not(self, path: str) -> str:
        side, error = self.size[0], self._large.error
        return (
            f"the field of {path} without a border would need a pass at {side}×{side}, and the "
            f"network gives no pixel of it there{f': {error}' if error else ''}. "
            ".rows, .columns and .size_here hold at this size."
        )

    def _growing(self) -> list[str]:
        """For each operator the path of what first makes its field grow, or "".

        Reading a whole axis does, and so does a pool or resize to a size that is the same for all
        images. If maps are turned, rolled, cropped or laid side by side, it depends on how they are
        put together again, which a pass at a still larger size tells.
        """
        grids = {operator.path: operator.grid for operator in self._here.operators}
        causes = [""]
        for i, operator in enumerate(self._large.operators[1:], start=1):
            cause = next((causes[source] for source in operator.inputs if causes[source]), "")
            sees = self._seen[i]
            if not cause and isinstance(sees, list) and sees and all(operator.grid):
                before = grids.get(operator.path, (0, 0))
                rules = ((axis, r) for link in operator.links or () for axis, r in enumerate(link))
                if any(_reads_across(r, before[a] == operator.grid[a]) for a, r in rules) or (
                    self._larger and self._larger.grew(operator.path, sees)
                ):
                    cause = operator.path
            causes.append(cause)
        return causes


class _Compared:
    """A pass on a still larger image, which shows what changes with the image's size."""

    def __init__(self, run: Run):
        self._run = run
        self._positions = _positions(run)
        self._seen = see_all(run.operators, run.size)

    def grew(self, path: str, products: Sequence[Product]) -> bool:
        """Whether an operator sees farther than it did, where its products were these."""
        mine = self._products(path)
        if mine is None:
            return False
        return any(_extents(mine, a)[0][-1:] > _extents(products, a)[0][-1:] for a in (0, 1))

    def agrees(self, path: str, strides: Sequence[Fraction], reach: Sequence[Fraction]) -> bool:
        """Whether the offsets of an operator are the same here."""
        mine = self._products(path)
        if mine is None:
            return True
        offsets = [_extents(mine, axis, strides[axis])[1] for axis in (0, 1)]
        return (min(map(min, offsets)), max(map(max, offsets))) == tuple(reach)

    def _products(self, path: str) -> Sequence[Product] | None:
        found: Seen = self._seen[self._positions[path]] if path in self._positions else 0
        return None if isinstance(found, int) else found


def _positions(run: Run) -> dict[str, int]:
    return {operator.path: i for i, operator in enumerate(run.operators)}


def _rules(run: Run) -> set[Rule]:
    return {r for operator in run.operators for link in operator.links or () for r in link}


def _may_depend_on_size(rule: Rule) -> bool:
    """Whether a rule can bring together what is farther apart in a larger image."""
    if isinstance(rule, Window):
        return rule.kernel == 1 and rule.padding != 0  # a crop, or a pad
    return isinstance(rule, Table) or rule.scale < 0


def _extents(
    products: Sequence[Product], axis: int, stride: Fraction = Fraction(1)
) -> tuple[tuple[int, ...], tuple[Fraction, ...]]:
    """All extents along an axis of pixels that no border cuts, and the ends of their offsets."""
    array = projected(products, axis)
    if array is None or not array.shape[1]:
        return (0,), (Fraction(0),)
    index = np.flatnonzero((array[2] == 1) & (array[0] != NOTHING))
    if not len(index):
        return (), ()
    first, last = array[0, index].astype(np.int64), -array[1, index].astype(np.int64)
    sizes = tuple(int(n) for n in np.unique(last - first + 1))
    # centre (first + last + 1) / 2 less place (index + ½)·stride, in units of 1 / (2·denominator)
    p, q = stride.numerator, stride.denominator
    distance = (first + last + 1) * q - (2 * index + 1) * p
    ends = int(distance.min()), int(distance.max())
    return sizes, tuple(Fraction(n, 2 * q) for n in ends)


def virtual_run(here: Run, again: Again) -> Run:
    """The same network on a square image that is large enough, or as far as it runs there."""
    # on a small image, maps of different strides have the same size and cannot be told apart
    telling = max(here.size) >= SMALL
    first = here if telling else again((2 * SMALL, 2 * SMALL))
    extent, step = _needed(first)
    for _ in range(4):
        side = step * math.ceil((min(extent, LARGEST) + 2 * step + 64) / step)
        side += step * (side in first.size)
        large = again((side, side))
        extent, step = _needed(large, first)
        if side % step == 0 and side >= min(extent, LARGEST) + 2 * step:
            break
    return large


def _needed(run: Run, other: Run | None = None) -> tuple[int, int]:
    """An upper bound of every extent, and the total stride, judged by the sizes of maps.

    A map that is as large in a pass at an `other` size has no stride: pooled to 6×6, say, whatever
    the image.
    """
    extent, step = 1, 1
    grids = {operator.path: operator.grid for operator in other.operators} if other else {}
    for axis in (0, 1):
        if run.size[axis] < SMALL <= max(run.size):
            continue
        strides = _strides(run.operators, axis, nominal=True)
        reach = [1] * len(strides)
        for i, operator in enumerate(run.operators):
            if operator.grid == grids.get(operator.path):
                strides[i] = None
                continue
            for source, link in zip(operator.inputs, operator.links or ()):
                more = _width(link[axis]) * (strides[source] or 1)
                reach[i] = max(reach[i], reach[source] + math.ceil(more))
        extent = max(extent, *reach)
        numerators = {stride.numerator for stride in strides if stride}
        step = math.lcm(step, *(n for n in numerators if n <= 1024))
    return extent, step if step <= 4096 else 1


def _width(rule: Rule) -> Fraction | int:
    """Input pixels from the first to the last tap, at most; 0 where that depends on the size."""
    if isinstance(rule, Window):
        return Fraction((rule.kernel - 1) * rule.dilation, rule.division)
    if isinstance(rule, Table):
        rows = ([i for i in row if i >= 0] for row in rule.rows if -1 not in row)
        return min(max((max(row) - min(row) for row in rows if row), default=0), 8)
    return 1 if rule.scale and rule.stop <= rule.start else 0


def _strides(
    operators: Sequence[Operator], axis: int, nominal: bool = False
) -> list[Fraction | None]:
    """Image pixels from one output pixel to the next, for each operator; None where all see alike.

    Resizes to odd sizes have odd ratios. `nominal` takes the stride of an earlier map of the same
    size in their place: what the ratio is meant to be.
    """
    strides: list[Fraction | None] = [Fraction(1)]
    of_size = {operators[0].grid[axis]: Fraction(1)}
    for operator in operators[1:]:
        found = None
        for source, link in zip(operator.inputs, operator.links or ()):
            rule, before = link[axis], strides[source]
            if before is None or found is not None or (isinstance(rule, Span) and not rule.scale):
                continue
            found = before * _ratio(rule)
            sizes = operators[source].grid[axis], operator.grid[axis]
            if nominal and all(sizes) and _resizes(rule):
                meant = before * Fraction(*sizes).limit_denominator(32)
                found = of_size.get(sizes[1], meant)
        strides.append(found)
        if found:
            of_size.setdefault(operator.grid[axis], found)
    return strides


def _ratio(rule: Rule) -> Fraction:
    if isinstance(rule, Window):
        return Fraction(rule.stride, rule.division)
    return rule.ratio if isinstance(rule, Table) else Fraction(abs(rule.scale), rule.divisor)


def _resizes(rule: Rule) -> bool:
    return isinstance(rule, Span) or (isinstance(rule, Table) and rule.ratio != 1)


def _reads_across(rule: Rule, fixed_size: bool) -> bool:
    if isinstance(rule, Span) and not rule.scale:
        return rule.stop > 0  # a whole axis; one of length 1 is only broadcast
    return fixed_size and _resizes(rule)
