"""The proof by painting: what a pixel cannot see may be anything, and its value stays.

`Trace.support` says which pixels of the picture an output pixel can see. That is derived from what
operators read, and whoever does not believe it can paint: all that lies outside, at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..architecture.checks import whole
from .fields.effective_field import effective_fields
from .painting import limits, over, painted
from .tracing import Trace
from .watching import Shift, Watched, traced_at

TRIES = 8  # pixels inside that are painted, one at a time, until one moves the value


@dataclass(frozen=True)
class Inside:
    """The counterpart: pixels inside are painted, one at a time, until one moves the value."""

    pixel: tuple[int, int] | None
    """(row, column) of the one that was painted last; None if there is none, or all were."""
    tried: int
    painted: Tensor | None
    """The picture with that pixel painted, or with all."""
    shift: Shift | None
    why: str
    """Why nothing moved; empty where something did."""

    @property
    def moves(self) -> bool:
        return self.shift is not None and self.shift.real


@dataclass(frozen=True)
class Repainting:
    """What `repaint` found; prints as the proof in words."""

    path: str
    pixel: tuple[int, int]
    support: NDArray[np.bool_]
    """(H, W): what the pixel can see."""
    covered: NDArray[np.bool_]
    """(H, W): what was painted."""
    paint: str
    """What with, in words."""
    painted: Tensor
    """The painted picture, (1, C, H, W)."""
    shift: Shift
    inside: Inside

    @property
    def before(self) -> NDArray[np.float64]:
        return self.shift.before

    @property
    def after(self) -> NDArray[np.float64]:
        return self.shift.after

    @property
    def digits(self) -> int:
        """How many decimal digits of the value stay."""
        return self.shift.digits

    @property
    def stays(self) -> bool:
        """Whether the value is the same, to rounding."""
        return not self.shift.real

    @property
    def painted_inside(self) -> int:
        """How many of the painted pixels it can see: only a brush paints there."""
        return int((self.covered & self.support).sum())

    @property
    def holds(self) -> bool:
        """Whether the claim stood the test: nothing outside moves the value."""
        return self.stays or self.painted_inside > 0

    @property
    def why(self) -> str:
        """Why the value is not the same to the last bit; empty where it is, or where it moved."""
        if self.shift.real or not self.shift.largest:
            return ""
        again = ""
        if self.shift.in_float64 is not None:
            again = f" In float64 the difference is {self.shift.in_float64:.1g}."
        return (
            "Not to the last bit: that is rounding. A machine may compute a convolution in tiles "
            "of several pixels at once; what only a neighbour in the tile sees is then added and "
            f"taken off again, and leaves its rounding behind.{again}"
        )

    def __str__(self) -> str:
        return "\n".join(filter(None, [self._what(), self._outside(), self.why, self._inside()]))

    __repr__ = __str__

    def _what(self) -> str:
        seen, total = int(self.support.sum()), self.support.size
        sees = f"{self.path} at {self.pixel} can see {seen:,} of {total:,} pixels of this picture."
        if seen == total:
            sees += " That is all of it: nothing lies outside, so there is nothing to prove."
        return sees

    def _outside(self) -> str:
        count = int(self.covered.sum())
        if not count:
            return "" if self.support.all() else "Nothing was painted."
        inside = f"{self.painted_inside:,} of them inside" if self.painted_inside else "all outside"
        said = f"{count:,} pixels painted over with {self.paint}, {inside}: "
        shift, channels = self.shift, _channels(len(self.before))
        if not shift.largest:
            return f"{said}{channels} stays, to the last bit ({_number(shift)})."
        moved = f"by {shift.largest:.3g} at most"
        if self.stays:
            kept = f"{shift.digits} of {shift.all_digits} digits stay"
            return f"{said}{channels} stays: {moved}, {shift.units:.2g} units of rounding; {kept}."
        said += f"{channels} moves, {moved} ({_number(shift)})."
        return said if self.painted_inside else f"{said} So the claim is wrong: it sees more."

    def _inside(self) -> str:
        inside = self.inside
        if not inside.moves or inside.shift is None:
            return inside.why
        where = f"One pixel inside, {inside.pixel}," if inside.pixel else "All pixels inside"
        first = f" ({inside.why})" if inside.why else ""
        return f"{where} painted{first}: the value {_moves(inside.shift)}."


def repaint(
    model: nn.Module,
    image: Tensor,
    path: str,
    pixel: tuple[int, int],
    *,
    paint: Any = "noise",
    seed: int = 0,
    support: Any = None,
) -> Repainting:
    """Paint over everything that an output pixel cannot see: its value stays, to rounding.

    Then one pixel that it can see is painted, and the value moves, or the result says why not.
    The network runs in eval mode, as often as it takes, and stays as it was.

    Args:
        model: ours, or any network that can be traced and takes one tensor.
        image: (1, C, H, W), as the network takes it.
        path: of a stage, a layer or an operator.
        pixel: (row, column) of its output.
        paint: `"noise"`; another picture, in the image's shape; or a brush, (mask, colour): a
            boolean (H, W), and a number or one a channel. A brush paints its mask and nothing else,
            inside too.
        seed: of the noise.
        support: the claim to test, boolean (H, W), in place of `Trace.support`, such as a field
            that you worked out by hand. Painting finds what a claim has left out, not what it has
            too much.

    Returns: a `Repainting`. Where the pixel sees the whole picture, nothing lies outside of it and
    nothing is painted; the result says so.
    Raises: PathError; IndexError for a pixel that the output does not have; ValueError for what is
    no image, no paint, no support or no map; TypeError; TraceError; UnknownOperatorError.
    """
    traced = traced_at(model, image, "repaint")
    return repainted(traced, image, path, pixel, paint=paint, seed=seed, support=support)


def repainted(
    traced: Trace, image: Tensor, path: str, pixel: tuple[int, int], *, paint, seed=0, support=None
) -> Repainting:
    """Do what `repaint` does, for a network that is traced at the size of this image already."""
    watched = Watched(traced, image, path, pixel, "repaint")
    seed = whole("seed", seed, 0)
    seen = watched.support if support is None else _claim(support, watched.support.shape)
    covered, picture, said = painted(watched.image, ~seen, paint, seed)
    at = int(pixel[0]), int(pixel[1])
    shift, inside = watched.shift(picture), _inside(watched, at, seen, seed)
    return Repainting(watched.path, at, seen, covered, said, picture, shift, inside)


def _claim(support: Any, size: tuple[int, ...]) -> NDArray:
    found = support.cpu().numpy() if isinstance(support, Tensor) else np.asarray(support)
    if found.shape != size or found.dtype != bool:
        raise ValueError(f"support is boolean, {size}; got {found.dtype}, {found.shape}.")
    return found


def _inside(watched: Watched, pixel: tuple[int, int], seen: NDArray, seed: int) -> Inside:
    """Paint pixels inside, one at a time, and then all of them, until the value moves."""
    if not seen.any():
        return Inside(None, 0, None, None, "It sees no pixel of the picture, so none can move it.")
    low, high = limits(watched.image)
    far = torch.where(watched.image - low > high - watched.image, low, high)
    strength, tried = _strength(watched, pixel), 0
    for tried, place in enumerate(_candidates(seen, strength, seed), 1):
        one = np.zeros_like(seen)
        one[place] = True
        picture = over(watched.image, one, far)
        shift = watched.shift(picture, closely=True)
        if shift.real:
            return Inside(place, tried, picture, shift, "")
    why = _why_not(watched, shift, strength)
    picture = over(watched.image, seen, far)
    shift = watched.shift(picture, closely=True)
    if shift.real:
        return Inside(
            None, tried, picture, shift, f"no single one of {tried} tried moves it: {why}"
        )
    told = f"No pixel inside moves it, of {tried} tried, nor do all of them at once: {why}."
    return Inside(None, tried, picture, shift, told)


def _strength(watched: Watched, pixel: tuple[int, int]) -> NDArray | None:
    """How strongly each pixel moves the value for now; None where no gradient says so."""
    try:
        return effective_fields(watched.model, watched.image, watched.path, [pixel])[0]
    except (RuntimeError, ValueError, IndexError):  # without a gradient there, paint by lot
        return None


def _candidates(seen: NDArray, strength: NDArray | None, seed: int) -> Iterator[tuple[int, int]]:
    """Pixels inside to paint: the strongest first, then some by lot."""
    columns = seen.shape[1]
    strong = []
    if strength is not None:
        inside = np.where(seen, strength, 0).ravel()
        order = np.argsort(-inside, kind="stable")[: TRIES // 2]
        strong = [at for at in order if inside[at] > 0]
    lot = np.random.default_rng(seed).permutation(np.flatnonzero(seen))[:TRIES]
    for at in list(dict.fromkeys(int(at) for at in (*strong, *lot)))[:TRIES]:
        yield at // columns, at % columns


def _why_not(watched: Watched, shift: Shift, strength: NDArray | None) -> str:
    if watched.kind == "relu" and not shift.before.any():
        return "its ReLU is shut in every channel"
    if strength is None:
        return "every way back to the picture passes a ReLU that is shut or a weight of 0"
    return "what they change is below rounding, even in float64"


def _moves(shift: Shift) -> str:
    hidden = shift.in_float64 if shift.in_float64 and shift.units < 2 else None
    if hidden is None:
        return f"moves by {shift.largest:.3g} ({_number(shift)})"
    return f"moves by {hidden:.2g}, which only float64 shows: rounding hides it here"


def _channels(count: int) -> str:
    return "its value" if count == 1 else f"the value in all {count} channels"


def _number(shift: Shift) -> str:
    moved = np.abs(shift.after - shift.before)
    at = int((moved if moved.any() else np.abs(shift.before)).argmax())
    where = f"channel {at}: " if len(shift.before) > 1 else ""
    before, after = shift.before[at], shift.after[at]
    return f"{where}{before:.7g}" if before == after else f"{where}{before:.7g} → {after:.7g}"
