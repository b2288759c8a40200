"""Which input rows an output row reads: three rules that hold for every operator.

Rows and columns never mix in a convolution, a pool or a resize, so each axis is followed on its
own. A rule gives, for each index of the output axis, its *taps* on the input axis. Receptive fields
ask two questions of the taps: what do these outputs see (`see`, forwards), and which inputs do they
read (`feed`, backwards). The rules are plain numbers, so that a browser can use them too.
"""

from dataclasses import asdict, dataclass, field
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Window:
    """Output o reads (o·stride − padding + k·dilation) / division for k = 0 … kernel − 1.

    A tap that is not a whole number does not exist; a tap off the axis is padding, not image.
    A convolution or pool has division 1. A transposed convolution has stride 1 and its own stride
    as division. Kernel 1 is a shift: a crop has negative padding, a pad positive.
    """

    kernel: int = 1
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    division: int = 1

    def taps(self, outputs: int, inputs: int) -> NDArray:
        steps = np.arange(self.kernel)[:, None] * self.dilation - self.padding
        index, rest = np.divmod(np.arange(outputs) * self.stride + steps, self.division)
        inside = (index >= 0) & (index < inputs)
        return np.where(rest == 0, np.where(inside, index, inputs), inputs + 1)


@dataclass(frozen=True)
class Span:
    """Output o reads all from ⌊(scale·o + start) / divisor⌋ to ⌈(scale·o + stop) / divisor⌉.

    An end that leaves the axis is moved onto it. Used for: bilinear resize (start = stop: a whole
    number reads one pixel, any other position two), nearest, adaptive pools, the whole axis.
    """

    scale: int
    start: int
    stop: int
    divisor: int

    def taps(self, outputs: int, inputs: int) -> NDArray:
        if not inputs:
            return np.ones((1, outputs), int)  # nothing to read
        position = np.arange(outputs) * self.scale
        first = (position + self.start) // self.divisor
        last = -((-position - self.stop) // self.divisor)
        low, high = np.clip(first, 0, inputs - 1), np.clip(last, 0, inputs - 1)
        taps = np.minimum(low + np.arange((high - low).max(initial=0) + 1)[:, None], high)
        cut = (first < 0) | (last >= inputs)
        return np.vstack([taps, np.where(cut, inputs, taps[0])]) if cut.any() else taps


@dataclass(frozen=True)
class Table:
    """Output o reads the indices listed; −1 is the border: padding, or the opposite end.

    Used where there is no formula: reflected borders, rolls, maps joined side by side.
    """

    rows: tuple[tuple[int, ...], ...]
    ratio: Fraction = field(default=Fraction(1), compare=False)
    """Inputs from one output to the next, on the whole."""

    def taps(self, outputs: int, inputs: int) -> NDArray:
        taps = np.full((max([1, *map(len, self.rows)]), outputs), inputs + 1)
        for output, row in enumerate(self.rows):
            taps[: len(row), output] = [inputs if index < 0 else index for index in row]
        return taps


Rule = Window | Span | Table

SAME = Window()
"""Output o reads input o: every index, where both axes have the same length."""


def whole(size: int) -> Span:
    """Every output reads the whole axis; if that has one index, this is broadcasting."""
    return Span(0, 0, size - 1, 1)


def to_dict(rule: Rule) -> dict:
    """{"rule": "window" | "span" | "table", and its numbers}: plain JSON."""
    name = type(rule).__name__.lower()
    if isinstance(rule, Table):
        return {"rule": name, "rows": [list(row) for row in rule.rows]}
    return {"rule": name, **asdict(rule)}


# Taps as an index table (taps, outputs). Index `inputs` stands for padding, `inputs + 1` for no
# tap at all: an axis array carries these two cells at its end, so that no tap needs a condition.


@lru_cache(maxsize=512)
def _taps(rule: Rule, outputs: int, inputs: int) -> NDArray:
    # where all outputs read the same, one column stands for all
    same = isinstance(rule, Span) and rule.scale == 0
    return np.ascontiguousarray(rule.taps(1 if same else outputs, inputs))


@lru_cache(maxsize=512)
def _readers(rule: Rule, outputs: int, inputs: int) -> NDArray:
    """Turn the taps round: for each input the outputs that read it, (readers, inputs).

    The number `outputs` stands for no reader.
    """
    taps = _taps(rule, outputs, inputs)
    if taps.shape[1] < outputs:
        taps = np.broadcast_to(taps, (len(taps), outputs))
    output = np.broadcast_to(np.arange(outputs), taps.shape)
    inside = taps < inputs
    source, output = np.divmod(np.unique(taps[inside] * outputs + output[inside]), max(outputs, 1))
    counts = np.bincount(source, minlength=inputs)
    slot = np.arange(len(source)) - (np.cumsum(counts) - counts)[source]
    readers = np.full((counts.max(initial=1), inputs), outputs)
    readers[slot, source] = output
    return readers


NOTHING = np.iinfo(np.int32).max
"""First index seen by an output that sees nothing."""


def pixels(size: int) -> NDArray:
    """The axis of the image itself: each index sees itself."""
    index = np.arange(size)
    return _with_end_cells(np.stack([index, -index, np.ones_like(index)]).astype(np.int32))


def see(rule: Rule, axis: NDArray, outputs: int) -> NDArray:
    """Find what the outputs of one operator see, from what its inputs see.

    An axis array is (3, size + 2), int32: first index of the image seen, last index seen with its
    sign turned (so that the union of two is the minimum throughout), and 1 where the image's
    border cuts nothing off; the last two cells are padding and no tap.
    """
    if rule == SAME and axis.shape[1] == outputs + 2:
        return axis
    seen = axis[:, _taps(rule, outputs, axis.shape[1] - 2)].min(axis=1)
    return _with_end_cells(np.broadcast_to(seen, (3, outputs)))


def _with_end_cells(axis: NDArray) -> NDArray:
    ends = [[NOTHING, NOTHING], [NOTHING, NOTHING], [0, 1]]
    return np.concatenate([axis, np.array(ends, np.int32)], axis=1)


def feed(rule: Rule, mask: NDArray, inputs: int) -> NDArray:
    """Mark the inputs that the marked outputs read, along the first axis.

    mask: bool (outputs, n) → bool (inputs, n).
    """
    if rule == SAME and len(mask) == inputs:
        return mask
    if isinstance(rule, Span) and rule.scale == 0:
        read = np.zeros((inputs, 1), bool)
        taps = _taps(rule, len(mask), inputs)
        read[taps[taps < inputs]] = True
        return read & mask.any(axis=0)
    mask = np.concatenate([mask, np.zeros((1, mask.shape[1]), bool)])
    readers = _readers(rule, len(mask) - 1, inputs)
    fed = mask[readers[0]]
    for more in readers[1:]:
        fed |= mask[more]
    return fed
