"""What one cell reads through a stack of dilated convolutions, on its map and on its padding.

Along one axis: rows and columns are alike and independent, so what a cell reads is the product of
its rows and its columns. All layers share kernel, stride and padding; each has its own dilation.
taps.js computes the same in the browser; a test holds the two together.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral

Padding = int | str
"""Pixels on each side, or "same"."""


@dataclass(frozen=True)
class Stretch:
    """One layer of a stack along one axis, in cells of its own input."""

    span: int  # from its first tap to its last, both counted
    field: int  # what the stack up to it sees, in input pixels, away from the border
    before: int  # cells of padding
    after: int
    input: int  # cells of the map that it reads
    output: int  # and of the one that it gives; 0 if its kernel does not fit

    @property
    def room(self) -> int:
        """Cells of its input with the padding."""
        return self.before + self.input + self.after


def padding_of(padding: Padding, kernel: int, dilation: int) -> tuple[int, int]:
    """(before, after). "same" pads half of dilation·(kernel-1), the odd one after."""
    if isinstance(padding, Integral):
        return padding, padding
    total = dilation * (kernel - 1)
    return total // 2, total - total // 2


def stretches(
    kernel: int, stride: int, padding: Padding, layers: Sequence[int], size: int
) -> list[Stretch]:
    """The layers of a stack with these dilations on `size` pixels, up to the first that does not
    fit."""
    found: list[Stretch] = []
    field, jump, cells = 1, 1, size  # jump: input pixels from one cell of the map to the next
    for dilation in layers:
        span = dilation * (kernel - 1) + 1
        before, after = padding_of(padding, kernel, dilation)
        room = cells + before + after
        output = 0 if room < span else (room - span) // stride + 1
        field += (span - 1) * jump
        jump *= stride
        found.append(Stretch(span, field, before, after, cells, output))
        if not output:
            break
        cells = output
    return found


def untouched(kernel: int, stride: int, padding: Padding, layers: Sequence[int], size: int) -> int:
    """How many of size² input pixels no output cell reads; all of them if the stack cannot be."""
    rows = stretches(kernel, stride, padding, layers, size)
    read = set(range(rows[-1].output))
    for row, dilation in zip(reversed(rows), reversed(layers[: len(rows)])):
        read = {
            place
            for cell in read
            for place in taps(kernel, stride, dilation, row.before, row.input, cell)
        }
    return size**2 - len(read) ** 2


def tap_places(kernel: int, stride: int, dilation: int, before: int, cell: int) -> range:
    """Where the taps of an output cell land, in indices of its input; outside it on padding."""
    first = cell * stride - before
    return range(first, first + kernel * dilation, dilation)


def taps(kernel: int, stride: int, dilation: int, before: int, size: int, cell: int) -> list[int]:
    """The indices of its input that an output cell reads; taps on padding are left out."""
    return [i for i in tap_places(kernel, stride, dilation, before, cell) if 0 <= i < size]


def axis_support(
    kernel: int, stride: int, padding: Padding, layers: Sequence[int], size: int, index: int
) -> Counter[int]:
    """What output cell `index` of a possible stack reads along an axis: input index → ways."""
    return axis_reads(kernel, stride, padding, layers, size, index)[0][0]


def axis_reads(
    kernel: int, stride: int, padding: Padding, layers: Sequence[int], size: int, index: int
) -> tuple[list[Counter[int]], list[Counter[int]]]:
    """What output cell `index` reads of the input and of each map up to the output, index → ways;
    and where its taps land on the padding of each."""
    rows = stretches(kernel, stride, padding, layers, size)
    read, padded = [Counter({index: 1})], [Counter[int]()]
    for row, dilation in zip(reversed(rows), reversed(layers)):
        inside, outside = Counter[int](), Counter[int]()
        for cell, ways in read[0].items():
            for place in tap_places(kernel, stride, dilation, row.before, cell):
                (inside if 0 <= place < row.input else outside)[place] += ways
        read, padded = [inside, *read], [outside, *padded]
    return read, padded


def taps_on_padding(
    kernel: int,
    stride: int,
    padding: Padding,
    layers: Sequence[int],
    size: int,
    cell: Sequence[int],
) -> list[tuple[int, int]]:
    """For each layer, of the taps that serve output cell (row, column): (on padding, all)."""
    rows = stretches(kernel, stride, padding, layers, size)
    down, across = (axis_reads(kernel, stride, padding, layers, size, i)[0] for i in cell)
    found = []
    for number, (row, dilation) in enumerate(zip(rows, layers), start=1):
        landed = 1
        for cells in (down[number], across[number]):
            landed *= sum(
                len(taps(kernel, stride, dilation, row.before, row.input, at)) for at in cells
            )
        every = len(down[number]) * len(across[number]) * kernel**2
        found.append((every - landed, every))
    return found
