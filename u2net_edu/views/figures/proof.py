"""The proof by painting: a picture, painted over, and with one pixel inside painted."""

from functools import cache
from typing import Any

from ...analysis.repainting import Repainting
from ...images import Size
from ..style import Theme, themed
from ..widgets.network.network import NetworkOnImage
from ..widgets.network.proof import channel_of, lines_of, picture_of, proved
from .canvas import BODY, MARGIN, Canvas, Drawing
from .sheets import Sheet, png
from .subject import PHOTOGRAPH, figure_model
from .triptych import GAP, PLACE, SIDE, TOP, draw_frame, draw_picture, draw_ring, whose


def show_proof(
    model,
    image,
    path: str,
    pixel: tuple[int, int],
    *,
    paint: Any = "noise",
    seed: int = 0,
    size: Size = "auto",
    preprocessing: str = "auto",
) -> Sheet:
    """Show the proof by painting in a notebook: the picture, painted over, and one pixel inside.

    Args:
        model, image, size, preprocessing: as for `explore`.
        path, pixel, seed: as for `repaint`.
        paint: `"noise"`; another picture, as `preprocess` takes it; or (mask, "#rrggbb").

    Raises: as `repaint` and `preprocess`.
    """
    shown = NetworkOnImage(model, image, size=size, preprocessing=preprocessing)
    found = proved(shown, path, pixel, paint, seed)
    alt = proof_drawing(shown, found, "light").alt
    return Sheet.drawn(lambda theme: png(proof_drawing(shown, found, theme).figure), alt)


def painted_proof(colours: Theme) -> Drawing:
    """Draw the proof for a pixel of the classroom network, which every machine has."""
    return _proof(colours, *_classroom_proof())


@cache
def _classroom_proof() -> tuple[NetworkOnImage, Repainting]:
    shown = NetworkOnImage(figure_model(), PHOTOGRAPH)
    return shown, proved(shown, *PLACE)


def proof_drawing(shown: NetworkOnImage, found: Repainting, theme: str) -> Drawing:
    with themed(theme) as colours:
        return _proof(colours, shown, found)


def _proof(colours: Theme, shown: NetworkOnImage, found: Repainting) -> Drawing:
    canvas = Canvas(
        colours,
        TOP + SIDE + 128,
        _verdict(found),
        f"{found.path}, pixel {found.pixel}, can see what is in the frame, "
        f"{int(found.support.sum()):,} of {found.support.size:,} pixels.\n{_painting(found)}",
    )
    inside = (
        shown.photo if found.inside.painted is None else picture_of(shown, found.inside.painted)
    )
    pictures = [shown.photo, picture_of(shown, found.painted), inside]
    for column, (line, pixels) in enumerate(zip(lines_of(found), pictures)):
        x = MARGIN + column * (SIDE + GAP)
        canvas.text(x, TOP - 12, line.done, BODY + 1, weight="bold")
        place = draw_picture(canvas, pixels, x)
        draw_frame(canvas, place, found.support)
        if column == 2 and found.inside.pixel:
            draw_ring(canvas, place, found.inside.pixel)
        canvas.text(x, TOP + SIDE + 34, line.value, BODY + 5, weight="bold")
        verdict = colours.good if line.as_claimed else colours.bad
        canvas.text(x, TOP + SIDE + 60, line.says, BODY, verdict if column else colours.muted)
    canvas.foot(
        f"{shown.trace.name}{whose(shown)}; the value is that of channel {channel_of(found)}, one "
        f"of {len(found.before)}."
    )
    spoken = str(found).replace("\n", " ")
    return canvas.drawing(
        f"Three pictures with the window of one pixel framed: the picture, the picture with all "
        f"outside of the frame painted over with {found.paint}, and the picture with one pixel "
        f"inside painted. {spoken}"
    )


def _verdict(found: Repainting) -> str:
    if not found.holds:
        return "Something outside moves it: the claim is wrong"
    if not found.covered.any():
        return "It can see all of the picture: nothing is left to paint"
    if found.painted_inside:
        return "Painted inside, too: its value moves" if not found.stays else "Its value stays"
    return "All that it cannot see is painted over: its value stays"


def _painting(found: Repainting) -> str:
    if not found.covered.any():
        return "Nothing was painted."
    count = int(found.covered.sum())
    return f"Now {count:,} pixels are painted over, and the network is asked again."
