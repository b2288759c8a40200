"""What each pixel of each layer can see of the image, exactly.

Rows and columns never mix, so the first and last row that an output pixel sees depend on its row
alone, and likewise for columns: small integer arrays for each axis, carried from operator to
operator, give the box of every pixel. The set inside the box can have holes and need not be a
product of rows and columns; for one chosen pixel it is found by walking the same operators
backwards with a mask.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..operators import Operator
from .axes import NOTHING, feed, pixels, see

Box = tuple[tuple[int, int], tuple[int, int]]
"""((first row, last row), (first column, last column)), all of them included."""

Product = tuple[NDArray, NDArray]
"""Axis arrays of rows and of columns: output pixel (r, c) sees rows[r] × columns[c]."""

Seen = list[Product] | int
"""What an output sees, the union of products; or the position of the operator that hides it."""


@dataclass(frozen=True)
class FreeField:
    """A field where no border cuts it."""

    sizes: tuple[tuple[int | float, ...], tuple[int | float, ...]]
    """Extents of rows, and of columns."""
    strides: tuple[Fraction, Fraction]
    offset: tuple[Fraction, Fraction] | None
    grows: str
    """What makes it grow with the image; empty where nothing does."""


class UnknownOperatorError(NotImplementedError):
    """It is not known which pixels an operator reads; the message names it and says why."""


class ReceptiveField:
    """The theoretical receptive field of a layer: what each of its pixels can see of the image.

    `.size`, `.sizes`, `.stride` and `.offset` hold where the image's border cuts nothing off, on
    images whose sides are multiples of the total stride. They come from a second pass over the
    network, on an image as large as that takes, which runs when one of them is first asked for, and
    never again for this trace. On images of other sizes a map is resized from 149 to 297 pixels,
    say, and there a pixel can see a little farther: `.size_here` may be larger than `.size`.
    """

    path: str
    rows: tuple[NDArray, NDArray]
    """(lo, hi): first and last image row that each output row sees, at this input size. Where it
    sees nothing, as in a padded border, hi < lo.
    """
    columns: tuple[NDArray, NDArray]
    """(lo, hi) for each output column."""
    size_here: tuple[int, int]
    """Height and width of the largest box at this input size, borders and odd sizes included."""
    exact: bool
    """False where only an upper bound is known: `.why` says why."""

    def __init__(
        self,
        path: str,
        position: int,
        operators: Sequence[Operator],
        seen: Sequence[Seen],
        size: tuple[int, int],
        free: Callable[[int, str], FreeField],
    ):
        """Made by `Trace.field`.

        Args:
            position: in `operators` of what gives the output of `path`.
            seen: what each operator sees, as `see_all` gives it.
            size: of the image.
            free: finds the field at a position where no border cuts it.
        """
        self.path, self._position = path, position
        self._operator, self._image, self._free = operators[position], size, free
        self._products = seen_by(operators, seen, position)
        lengths = self._operator.map_size
        self.rows, self.columns = (_ends(self._products, axis, lengths[axis]) for axis in (0, 1))
        height, width = (int((hi - lo).max(initial=-1)) + 1 for lo, hi in (self.rows, self.columns))
        self.size_here = height, width
        self.exact = not self._operator.bound

    @property
    def size(self) -> int | float:
        """The largest extent in input pixels where no border cuts it; infinite if it grows with
        the image.
        """
        return self.sizes[-1]

    @property
    def sizes(self) -> tuple[int | float, ...]:
        """All extents, ascending: next to a pooled layer, neighbours differ in what they see."""
        return tuple(sorted({*self._unclipped.sizes[0], *self._unclipped.sizes[1]}))

    @property
    def stride(self) -> Fraction:
        """Input pixels from one output pixel to the next (of rows; `.strides` has both)."""
        return self.strides[0]

    @property
    def strides(self) -> tuple[Fraction, Fraction]:
        """`.stride` along rows and along columns."""
        return self._unclipped.strides

    @property
    def offset(self) -> tuple[Fraction, Fraction] | None:
        """(smallest, largest) distance from the centre of what a pixel sees to its own place.

        In input pixels, over both axes; (0, 0) where all is symmetric. Output pixel o has its place
        at (o + ½)·stride. None where it depends on the image's size: the field grows with that,
        or the map is turned round.
        """
        return self._unclipped.offset

    @property
    def everything(self) -> bool:
        """Whether each pixel sees the whole image, whatever its size."""
        height, width = self._image
        ends = ((self.rows, height), (self.columns, width))
        whole = all((lo == 0).all() and (hi == size - 1).all() for (lo, hi), size in ends)
        return whole and self.size == math.inf

    @property
    def why(self) -> str:
        """Why it is only an upper bound, or what makes it grow with the image; else empty."""
        return self._operator.bound or self._unclipped.grows

    @cached_property
    def _unclipped(self) -> FreeField:
        return self._free(self._position, self.path)

    def box(self, row: int, column: int) -> Box | None:
        """The rows and columns between which one output pixel sees; None where it sees nothing.

        It is `.rows` × `.columns` at that pixel, except beside a padded border: there one of the
        maps that were joined may see nothing, and the box is the smaller, true one.
        """
        check_pixel(self.path, (row, column), self._operator.map_size)
        seen = []
        for rows, columns in self._products:
            r, c = min(row, rows.shape[1] - 3), min(column, columns.shape[1] - 3)
            if NOTHING not in (rows[0, r], columns[0, c]):
                seen.append((*rows[:2, r], *columns[:2, c]))
        if not seen:
            return None
        top, bottom, left, right = (int(n) for n in np.min(seen, axis=0))
        return (top, -bottom), (left, -right)

    def __repr__(self) -> str:
        height, width = self.size_here
        return f"<ReceptiveField of {self.path}: up to {height}×{width} pixels at this input size>"


def seen_by(
    operators: Sequence[Operator], seen: Sequence[Seen], position: int
) -> Sequence[Product]:
    """What the output of an operator sees.

    Raises: UnknownOperatorError.
    """
    found = seen[position]
    if isinstance(found, int):
        raise _not_known(operators[found], operators[position])
    return found


def _not_known(operator: Operator, wanted: Operator) -> UnknownOperatorError:
    return UnknownOperatorError(
        f"what {wanted.path} sees is not known: {operator.path} is {operator.aten}, and "
        f"{operator.unknown}."
    )


def see_all(operators: Sequence[Operator], size: tuple[int, int]) -> list[Seen]:
    """What the output of each operator sees.

    That is nearly always one product. If padding is joined with a map, some of its pixels see
    nothing of one source. Products with different blind pixels are kept apart, because the hull of
    their union is the union of their hulls only where both see something.
    """
    rows = pixels(size[0])
    seen: list[Seen] = [[(rows, rows if size[0] == size[1] else pixels(size[1]))]]
    for position, operator in enumerate(operators[1:], start=1):
        hidden = [s for i in operator.inputs if isinstance(s := seen[i], int)]
        if operator.links is None or hidden:
            seen.append(hidden[0] if hidden else position)
            continue
        products = []
        square = operator.grid[0] == operator.grid[1]
        for source, (by_row, by_column) in zip(operator.inputs, operator.links):
            for rows, columns in seen_by(operators, seen, source):
                # in a square image both axes are often one and the same array
                same = square and rows is columns and by_row == by_column
                new_rows = see(by_row, rows, operator.grid[0])
                new = new_rows if same else see(by_column, columns, operator.grid[1])
                products.append((new_rows, new))
        seen.append(_united(products) if len(products) > 1 else products)
    return seen


def _united(products: list[Product]) -> list[Product]:
    """Merge products that are blind at the same output pixels."""
    united: dict[tuple, Product] = {}
    for rows, columns in products:
        blind = tuple(
            (axis[0, :-2] == NOTHING).tobytes() if NOTHING in axis[0, :-2] else b""
            for axis in ((rows,) if rows is columns else (rows, columns))
        )
        blind = blind * 2 if rows is columns else blind
        if any(axis[0, :-2].min(initial=NOTHING) == NOTHING for axis in (rows, columns)):
            continue  # sees nothing anywhere
        if blind in united:
            old_rows, old_columns = united[blind]
            new_rows = np.minimum(old_rows, rows)
            same = old_rows is old_columns and rows is columns
            united[blind] = new_rows, new_rows if same else np.minimum(old_columns, columns)
        else:
            united[blind] = rows, columns
    return list(united.values())


def projected(products: Sequence[Product], axis: int) -> NDArray | None:
    """The axis array of all products together: what any pixel of each row, or column, sees."""
    others = (product for product in products if (product[1 - axis][0] != NOTHING).any())
    arrays = [product[axis][:, :-2] for product in others]
    return np.min(arrays, axis=0) if arrays else None


def _ends(products: Sequence[Product], axis: int, length: int) -> tuple[NDArray, NDArray]:
    array = projected(products, axis)
    if array is None:
        return np.zeros(length, np.int64), np.full(length, -1)
    first, last, _ = np.broadcast_to(array, (3, length)).astype(np.int64)
    blind = first == NOTHING
    return np.where(blind, 0, first), np.where(blind, -1, -last)


def _is_whole(number: Any) -> bool:
    return isinstance(number, Integral) and not isinstance(number, bool)


def check_pixel(path: str, pixel: tuple[int, int], size: tuple[int, int]) -> None:
    """Refuse a pixel that a map of that size does not have.

    Raises: IndexError.
    """
    if not all(size):
        raise IndexError(f"{path} has no pixels here: it has {size[0]} rows, {size[1]} columns.")
    pair = isinstance(pixel, (Sequence, np.ndarray)) and len(pixel) == 2
    if not pair or not all(_is_whole(i) and 0 <= i < n for i, n in zip(pixel, size)):
        raise IndexError(
            f"{path} has {size[0]} rows and {size[1]} columns here: expected (row, column) from "
            f"(0, 0) to ({size[0] - 1}, {size[1] - 1}), got {pixel!r}."
        )


def support(
    operators: Sequence[Operator],
    size: tuple[int, int],
    position: int,
    path: str,
    pixel: tuple[int, int],
) -> NDArray:
    """Find exactly the pixels of the image that one output pixel can see: bool (H, W).

    Args:
        size: of the image.
        position: in `operators` of what gives the output of `path`.

    Raises: IndexError, UnknownOperatorError.
    """
    operator = operators[position]
    check_pixel(path, pixel, operator.map_size)
    start = np.zeros(operator.grid, bool)
    start[tuple(min(i, n - 1) for i, n in zip(pixel, operator.grid))] = True
    return support_of(operators, size, position, start)


def support_of(
    operators: Sequence[Operator], size: tuple[int, int], position: int, start: NDArray
) -> NDArray:
    """Find what the output pixels marked in `start` see together. Raises: UnknownOperatorError."""
    operator, masks = operators[position], {position: start}
    for i in range(position, 0, -1):
        mask, current = masks.pop(i, None), operators[i]
        if mask is None:
            continue
        if current.links is None:
            raise _not_known(current, operator)
        for source, (by_row, by_column) in zip(current.inputs, current.links):
            rows, columns = operators[source].grid
            fed = feed(by_column, feed(by_row, mask, rows).T, columns).T
            masks[source] = masks[source] | fed if source in masks else fed
    return masks.get(0, np.zeros(size, bool))
