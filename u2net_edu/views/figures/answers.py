"""Three answers to what a pixel looks at: what it sees, what it listens to, what covering does."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ...analysis.fields.effective_field import effective_field, effective_size
from ...analysis.occlusion import Occlusion, occlusion
from ...images import Size
from ..style import SCALES, Theme, themed
from ..widgets.network.network import NetworkOnImage
from .canvas import BODY, MARGIN, Canvas, Drawing
from .sheets import Sheet, png
from .subject import PHOTOGRAPH, figure_model
from .triptych import GAP, PLACE, SIDE, TOP, draw_frame, draw_picture, whose


@dataclass(frozen=True)
class Answers:
    """What a pixel can see, what it listens to, and what a large change does to it."""

    path: str
    pixel: tuple[int, int]
    support: NDArray[np.bool_]
    effective: NDArray[np.float64] | None
    """None where no gradient reaches the picture."""
    covered: Occlusion

    @classmethod
    def of(cls, shown: NetworkOnImage, path: str, pixel: tuple[int, int], **settings) -> "Answers":
        covered = occlusion(shown.model, shown.on_device, path, pixel, **settings)
        try:
            effective = effective_field(shown.model, shown.on_device, path, pixel)
        except ValueError:
            effective = None
        at = int(pixel[0]), int(pixel[1])
        return cls(path, at, covered.support, effective, covered)

    @property
    def outside(self) -> float:
        """The largest change by a patch that covers nothing that the pixel can see."""
        return float(self.covered.map[~self.covered.sees].max(initial=0))


def show_three_answers(
    model,
    image,
    path: str,
    pixel: tuple[int, int],
    *,
    patch: int | None = None,
    stride: int | None = None,
    size: Size = "auto",
    preprocessing: str = "auto",
    progress: bool = True,
) -> Sheet:
    """Show what a pixel can see, what it listens to, and what covering does, side by side.

    Args:
        model, image, size, preprocessing: as for `explore`.
        path, pixel: as for `effective_field`.
        patch, stride, progress: as for `occlusion`.

    Raises: as `occlusion` and `preprocess`.
    """
    shown = NetworkOnImage(model, image, size=size, preprocessing=preprocessing)
    found = Answers.of(shown, path, pixel, patch=patch, stride=stride, progress=progress)
    alt = answers_drawing(shown, found, "light").alt
    return Sheet.drawn(lambda theme: png(answers_drawing(shown, found, theme).figure), alt)


def three_answers(colours: Theme) -> Drawing:
    """Draw the three answers for a pixel of the classroom network, which every machine has."""
    return _answers(colours, *_classroom_answers())


@cache
def _classroom_answers() -> tuple[NetworkOnImage, Answers]:
    shown = NetworkOnImage(figure_model(), PHOTOGRAPH)
    return shown, Answers.of(shown, *PLACE, patch=6, stride=3, progress=False)


def answers_drawing(shown: NetworkOnImage, found: Answers, theme: str) -> Drawing:
    with themed(theme) as colours:
        return _answers(colours, shown, found)


def _answers(colours: Theme, shown: NetworkOnImage, found: Answers) -> Drawing:
    rows, columns = found.covered.patch
    canvas = Canvas(
        colours,
        TOP + SIDE + 158,
        "Three answers to: what does this pixel look at?",
        f"{found.path}, pixel {found.pixel}, on one picture. The frame holds all that it can see. "
        "What happens outside of it,\nsmall or large, does not move its value.",
    )
    seen, heard = int(found.support.sum()), found.effective
    listens = "no gradient reaches the picture" if heard is None else _listens(heard)
    largest = f"a patch moves it by {found.covered.map.max():.3g} at most"
    panels = [
        (
            "can see", "exact, from the layers alone",
            _dimmed(shown, found.support), f"{seen:,} pixels",
        ),
        ("listens to", "a small change: the gradient", _heat(shown, heard), listens),
        (
            "is moved by a cover", f"a large change: {rows}×{columns} pixels covered",
            _heat(shown, found.covered.per_pixel), largest,
        ),
    ]  # fmt: skip
    for column, (title, how, pixels, says) in enumerate(panels):
        x = MARGIN + column * (SIDE + GAP)
        canvas.text(x, TOP - 12, title, BODY + 1, weight="bold")
        draw_frame(canvas, draw_picture(canvas, pixels, x), found.support)
        canvas.text(x, TOP + SIDE + 30, says, BODY, weight="bold")
        canvas.text(x, TOP + SIDE + 54, how, BODY, colours.muted)
    blind = int((~found.covered.sees).sum())
    past = (
        f" Covers reach past the frame; the {blind:,} wholly outside move it by "
        f"{found.outside:.2g} at most." if blind else ""
    )  # fmt: skip
    canvas.foot(
        f"{shown.trace.name}{whose(shown)}. Bright is strong, by square roots; for covers "
        f"the mean of all on a pixel.\n{past.strip()}"
    )
    return canvas.drawing(
        f"Three times the same picture with the window of {found.path}, pixel {found.pixel}, "
        f"framed. What it can see: {seen:,} of {found.support.size:,} pixels. What it listens to: "
        f"{listens}, bright spots inside the frame. What covering with a patch of {rows}×{columns} "
        f"does: {_at_most(found)}. The first holds the second, and no patch outside of the frame "
        f"moves the value by more than {found.outside:.2g}."
    )


def _listens(effective: NDArray) -> str:
    side = round(effective_size(effective))
    return f"about {side}×{side} pixels strongly"


def _at_most(found: Answers) -> str:
    moved = found.covered.map
    row, column = np.unravel_index(int(moved.argmax()), moved.shape)
    top, left = int(row) * found.covered.stride, int(column) * found.covered.stride
    return f"it moves the value by up to {moved.max():.3g}, most at row {top}, column {left}"


def _dimmed(shown: NetworkOnImage, support: NDArray) -> NDArray:
    return (shown.photo * (0.25 + 0.75 * support[..., None])).round().astype(np.uint8)


def _heat(shown: NetworkOnImage, field: NDArray | None) -> NDArray:
    """The picture in grey and dark, and on it the field in the colours of its scale."""
    grey = 0.35 * shown.photo.mean(-1, keepdims=True).repeat(3, -1)
    if field is None or not field.max() > 0:
        return grey.round().astype(np.uint8)
    strength = np.sqrt(field / field.max())
    painted = SCALES["field"].paint(0.2 + 0.8 * strength, 0, 1)
    share = np.where(strength > 0.02, np.clip(0.45 + strength, 0, 1), 0)[..., None]
    return (grey * (1 - share) + painted * share).round().astype(np.uint8)
