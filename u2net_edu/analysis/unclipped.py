"""Receptive fields where the image's border cuts nothing off.

The network runs again on a virtual image, large enough that some pixels of every phase see no
border, and a multiple of the total stride, so that every resize is by an exact ratio.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from .aten.names import TURNS
from .axes import NOTHING, Rule, Span, Window
from .receptive_field import Product, products_of, projected

if TYPE_CHECKING:
    from .tracing import Operator, Trace


SMALL, LARGEST = 128, 50_000
"""Sides of images: below, strides cannot be told; above, fields are not followed."""


@dataclass(frozen=True)
class FreeField:
    """A field where no border cuts it."""

    sizes: tuple[tuple[int | float, ...], tuple[int | float, ...]]
    """Extents of rows, and of columns."""
    strides: tuple[Fraction, Fraction]
    offset: tuple[Fraction, Fraction] | None
    grows: str
    """What makes it grow with the image; empty where nothing does."""


class Unclipped:
    """The second pass, and what it says about the paths of the first."""

    def __init__(self, trace: "Trace"):
        self._trace = trace
        self._large = virtual_trace(trace)
        self.size = self._large.size
        self._causes = _growing(trace, self._large)
        # the size of the image matters to the stride of what grows with it
        self._strides = {
            t: [_strides(t.operators, i) for i in (0, 1)] for t in (trace, self._large)
        }

    def field(self, path: str) -> FreeField:
        """Raises: ValueError where the network does not run at the size that this takes."""
        try:
            position = self._large.position(path)
        except (KeyError, ValueError):
            raise ValueError(self._why_not(path)) from None
        products = products_of(self._large, position)
        if cause := self._causes[position]:
            grows = f"it grows with the image: {cause} reads across the whole of it"
            strides = self._strides_of(self._trace, self._trace.position(path))
            return FreeField(((math.inf,),) * 2, strides, None, grows)
        strides = self._strides_of(self._large, position)
        sizes, offsets = zip(*(_extents(products, axis, strides[axis]) for axis in (0, 1)))
        if not all(sizes):
            raise ValueError(self._why_not(path))
        reach = [offset for pair in offsets for offset in pair]
        return FreeField(sizes, strides, (min(reach), max(reach)), "")

    def _strides_of(self, trace: "Trace", position: int) -> tuple[Fraction, Fraction]:
        return tuple(axis[position] or Fraction(0) for axis in self._strides[trace])

    def _why_not(self, path: str) -> str:
        side, error = self.size[0], self._large.error
        return (
            f"the field of {path} without a border would need a pass at {side}×{side}, and the "
            f"network gives no pixel of it there{f': {error}' if error else ''}. "
            ".rows, .columns and .size_here hold at this size."
        )


def _extents(
    products: Sequence[Product], axis: int, stride: Fraction
) -> tuple[tuple[int, ...], tuple[Fraction, ...]]:
    """All extents along an axis of pixels that no border cuts, and the ends of their offsets."""
    array = projected(products, axis)
    if array is None:
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


def virtual_trace(trace: "Trace") -> "Trace":
    """The same network on a square image that is large enough, or as far as it runs there."""
    # on a small image, maps of different strides have the same size and cannot be told apart
    telling = max(trace.size) >= SMALL
    first = trace if telling else trace.at((2 * SMALL, 2 * SMALL))
    extent, step = _needed(first)
    for _ in range(4):
        side = step * math.ceil((min(extent, LARGEST) + 2 * step + 64) / step)
        side += step * (side in first.size)
        large = trace.at((side, side))
        extent, step = _needed(large, first)
        if side % step == 0 and side >= min(extent, LARGEST) + 2 * step:
            break
    return large


def _needed(trace: "Trace", other: "Trace | None" = None) -> tuple[int, int]:
    """An upper bound of every extent, and the total stride, judged by the sizes in a trace.

    A map that is as large in a trace of `other` size has no stride: pooled to 6×6, say, whatever
    the image.
    """
    extent, step = 1, 1
    grids = {operator.path: operator.grid for operator in other.operators} if other else {}
    for axis in (0, 1):
        if trace.size[axis] < SMALL <= max(trace.size):
            continue
        strides = _strides(trace.operators, axis, nominal=True)
        reach = [1] * len(strides)
        for i, operator in enumerate(trace.operators):
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
    return 1 if isinstance(rule, Span) and rule.scale and rule.stop <= rule.start else 0


def _strides(
    operators: Sequence["Operator"], axis: int, nominal: bool = False
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
            if nominal and isinstance(rule, Span):
                sizes = operators[source].grid[axis], operator.grid[axis]
                meant = before * Fraction(*sizes).limit_denominator(32)
                found = of_size.get(sizes[1], meant)
        strides.append(found)
        if found:
            of_size.setdefault(operator.grid[axis], found)
    return strides


def _ratio(rule: Rule) -> Fraction:
    if isinstance(rule, Window):
        return Fraction(rule.stride, rule.division)
    return Fraction(abs(rule.scale), rule.divisor) if isinstance(rule, Span) else Fraction(1)


def _growing(trace: "Trace", large: "Trace") -> list[str]:
    """For each operator of the large trace the path of what first makes its field grow, or "".

    Reading a whole axis does, and turning it round; so does a pool or resize to a size that is the
    same for all images.
    """
    grids = {operator.path: operator.grid for operator in trace.operators}
    causes = [""]
    for i, operator in enumerate(large.operators[1:], start=1):
        cause = next((causes[source] for source in operator.inputs if causes[source]), "")
        sees = large.seen[i]
        if not cause and isinstance(sees, list) and sees:
            before = grids.get(operator.path, (0, 0))
            rules = ((axis, rule) for link in operator.links for axis, rule in enumerate(link))
            if operator.kind in TURNS or any(
                _reads_across(rule, before[axis] == operator.grid[axis]) for axis, rule in rules
            ):
                cause = operator.path
        causes.append(cause)
    return causes


def _reads_across(rule: Rule, fixed_size: bool) -> bool:
    if isinstance(rule, Span) and not rule.scale:
        return rule.stop > 0  # a whole axis; one of length 1 is only broadcast
    return fixed_size and not isinstance(rule, Window)
