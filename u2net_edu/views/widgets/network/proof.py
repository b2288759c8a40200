"""The proof by painting on a photograph: paints as people name them, painted pictures as pixels."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from matplotlib.colors import to_rgb
from numpy.typing import NDArray
from torch import Tensor

from ....analysis.repainting import Repainting, repainted
from ..kit.pictures import one_image
from .network import NetworkOnImage


def proved(
    shown: NetworkOnImage, path: str, pixel: tuple[int, int], paint: Any = "noise", seed: int = 0
) -> Repainting:
    """Do what `repaint` does, for a network on a photograph.

    Args:
        paint: `"noise"`; another picture, as `preprocess` takes it; or (mask, "#rrggbb").

    Raises: as `repaint` and `preprocess`.
    """
    given = paint_of(shown, paint)
    return repainted(shown.trace, shown.on_device, path, pixel, paint=given, seed=seed)


def paint_of(shown: NetworkOnImage, paint: Any) -> Any:
    """Translate a paint into what `repaint` takes. Raises: as `preprocess`."""
    if isinstance(paint, str) and paint == "noise":
        return paint
    if isinstance(paint, tuple) and len(paint) == 2:
        mask, colour = paint
        return (mask, _as_seen(shown, colour)) if isinstance(colour, str) else paint
    _, channels, height, width = shown.tensor.shape
    return one_image(paint, shown.preprocessing, (height, width), channels)


def picture_of(shown: NetworkOnImage, painted: Tensor) -> NDArray[np.uint8]:
    """What a painted picture looks like, uint8 (H, W, 3): the photograph where nothing changed."""
    painted = painted.to(shown.tensor)
    values = _colours(painted)
    (low, high), (dark, bright) = _ends(shown)
    pixels = dark + (values - low) / (high - low) * (bright - dark)
    changed = (painted != shown.tensor)[0].any(0).numpy()
    looks = np.where(changed[..., None], pixels.clip(0, 255), shown.photo)
    return looks.round().astype(np.uint8)


@dataclass(frozen=True)
class Line:
    """One of three lines of the proof: what was done, the value, and what that says."""

    done: str
    value: str
    says: str
    as_claimed: bool


def channel_of(found: Repainting) -> int:
    """The channel to show: the one that moves most, of the pixel inside or of a wrong claim."""
    shift = found.inside.shift
    moved = found.shift if shift is None or not found.stays else shift
    return int(np.abs(moved.after - moved.before).argmax())


def lines_of(found: Repainting) -> list[Line]:
    """Say the proof in three lines: before, painted over, and one pixel inside."""
    at, inside = channel_of(found), found.inside
    painted = f"painted with {found.paint}"
    lines = [
        Line("the picture", f"{found.before[at]:.7g}", "before", True),
        Line(painted, f"{found.after[at]:.7g}", _stays(found), found.holds),
    ]
    if inside.shift is None:
        return [*lines, Line("inside", "–", "it sees no pixel of the picture", False)]
    moved = abs(inside.shift.after[at] - inside.shift.before[at])
    says = f"moves by {moved:.3g}" if inside.moves else "does not move"
    done = f"pixel {inside.pixel} inside painted" if inside.pixel else "all inside painted"
    return [*lines, Line(done, f"{inside.shift.after[at]:.7g}", says, inside.moves)]


def _stays(found: Repainting) -> str:
    shift = found.shift
    if not found.stays:
        return f"moves by {shift.largest:.3g}"
    if not found.covered.any():
        return "nothing was painted"
    if not shift.largest:
        return f"stays, to the last bit: all {shift.all_digits} digits"
    return (
        f"stays: {shift.digits} of {shift.all_digits} digits, {shift.units:.2g} units of rounding"
    )


def _as_seen(shown: NetworkOnImage, colour: str) -> Tensor:
    """Which numbers the network gets for a colour of this photograph."""
    (low, high), (dark, bright) = _ends(shown)
    values = low + (np.array(to_rgb(colour)) * 255 - dark) / (bright - dark) * (high - low)
    channels = shown.tensor.shape[1]
    return torch.tensor([values.mean()] if channels not in (3,) else values)


def _ends(shown: NetworkOnImage) -> tuple[tuple[NDArray, NDArray], tuple[NDArray, NDArray]]:
    """The least and the largest of each colour: as the network gets it, and in the photograph.

    Every preprocessing is a line between the two.
    """
    values, photo = _colours(shown.tensor), shown.photo.astype(float)
    low, high = values.min((0, 1)), values.max((0, 1))
    dark, bright = photo.min((0, 1)), photo.max((0, 1))
    return (low, np.where(high > low, high, low + 1)), (dark, np.maximum(bright, dark + 1))


def _colours(tensor: Tensor) -> NDArray[np.float64]:
    """(H, W, 3): the first three channels, or the first one three times."""
    values = tensor[0, :3].detach().double().cpu().numpy().transpose(1, 2, 0)
    return values if values.shape[2] == 3 else np.repeat(values[..., :1], 3, 2)
