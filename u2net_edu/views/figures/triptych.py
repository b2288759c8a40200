"""Three pictures in a row, and on each the window of one output pixel."""

import numpy as np
from numpy.typing import NDArray

from ..widgets.network.network import NetworkOnImage
from .canvas import Canvas

SIDE, GAP, TOP = 336, 44, 190  # of the three pictures
PLACE = ("en1.enc3", (7, 9))  # of the committed figures: the rim of the cup

Place = tuple[float, float, float, float]


def draw_picture(canvas: Canvas, pixels: NDArray, x: float) -> tuple[Place, float]:
    """Draw a picture into its square; return its place, and how long a pixel's side is."""
    height, width = pixels.shape[:2]
    unit = SIDE / max(height, width)
    place = x, float(TOP), width * unit, height * unit
    canvas.picture(pixels, *place)
    return place, unit


def draw_frame(canvas: Canvas, drawn: tuple[Place, float], support: NDArray) -> None:
    """Frame what the pixel can see."""
    (x, y, _, _), unit = drawn
    rows, columns = np.nonzero(support.any(1))[0], np.nonzero(support.any(0))[0]
    if len(rows):
        left, top = x + columns[0] * unit, y + rows[0] * unit
        wide, high = (columns[-1] + 1 - columns[0]) * unit, (rows[-1] + 1 - rows[0]) * unit
        for colour, line in ((canvas.colours.background, 5), (canvas.colours.accent, 2.6)):
            canvas.box(left, top, wide, high, None, colour, radius=0, line=line, zorder=3)


def draw_ring(canvas: Canvas, drawn: tuple[Place, float], pixel: tuple[int, int]) -> None:
    """Mark one pixel."""
    (x, y, _, _), unit = drawn
    at = x + (pixel[1] + 0.5) * unit, y + (pixel[0] + 0.5) * unit
    for colour, line in ((canvas.colours.background, 5), (canvas.colours.accent, 2.6)):
        canvas.disc(*at, 11, "none", colour, line).set_zorder(4)


def whose(shown: NetworkOnImage) -> str:
    return f", {shown.provenance}" if shown.provenance else ""
