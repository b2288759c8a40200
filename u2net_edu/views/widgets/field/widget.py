"""`explore_field`: what a pixel of a layer sees of the photograph, and what it listens to."""

from typing import Any

import numpy as np
import traitlets
from PIL import Image

from .... import images
from ....analysis.fields.effective_field import LEAST, effective_size
from ...style import SCALES
from ..explore.widget import NetworkWidget
from ..kit.bundle import bundle
from ..kit.pictures import indexed_png
from ..kit.widget import shows_errors, stylesheet
from .proof import PAINTS, proof_of

SHOWS = {"window": "what it can see", "effective": "what it listens to"}


def explore_field(
    model,
    image,
    path: str | None = None,
    *,
    size: images.Size = "auto",
    preprocessing: str = "auto",
    scale: float = 1.0,
) -> "FieldExplorer":
    """Choose a layer and drag over the photograph: the window of each output pixel, exactly.

    *Prove it* paints over all that the pixel cannot see, with noise, another photograph or your own
    brush, and compares its value.

    `.selected`, `.pixel` and `.show` ("window" or "effective") are traits. As with `explore`,
    the widget shows what is wrong with a model or an image that does not work.

    Args:
        model, image, size, preprocessing, scale: as for `explore`.
        path: the layer to begin with; without it one whose window fits into the image.
    """
    return FieldExplorer(model, image, path, size=size, preprocessing=preprocessing, scale=scale)


class FieldExplorer(NetworkWidget):
    """The widget that `explore_field` makes.

    `pixel` is (row, column) of the selected layer's output; (-1, -1) stands for its middle.
    """

    alt = "The photograph with the window that one output pixel sees."

    _esm = bundle("field/widget")
    _css = stylesheet("network/network", "field/widget", "field/proof")

    show = traitlets.Enum(list(SHOWS), "window").tag(sync=True)
    shows = traitlets.List(list(SHOWS.items()), read_only=True).tag(sync=True)
    # path, row, column: whose gradient the page wants
    asked: "traitlets.List[Any]" = traitlets.List().tag(sync=True)
    heat = traitlets.Dict().tag(sync=True)
    maps = traitlets.Dict().tag(sync=True)

    paints = traitlets.List(list(PAINTS.items()), read_only=True).tag(sync=True)
    paint = traitlets.Enum(list(PAINTS), "noise").tag(sync=True)
    others = traitlets.List(list(images.PHOTOGRAPHS), read_only=True).tag(sync=True)
    prove = traitlets.Dict().tag(sync=True)  # what the page asks to be proved; see `proof_of`
    proof = traitlets.Dict().tag(sync=True)

    def __init__(self, model, image, path=None, **settings):
        self._first = path
        super().__init__(model, image, **settings)

    def _begin(self) -> None:
        super()._begin()
        self.selected = self._first or self._fitting()
        self.observe(self._follow, ["selected", "ready"])
        self.observe(self._listen, "asked")
        self.observe(self._repaint, "prove")

    def _fitting(self) -> str:
        """The last layer whose window leaves most of the image outside; else the first."""
        trace = self.shown.trace
        paths = [part["path"] for part in self.shown.data["layers"]]
        for path in paths[:12][::-1]:
            field = self.shown.field_here(path)
            if field and 0 < max(field) <= min(trace.size) // 2:
                return path
        return paths[0]

    @shows_errors
    def _follow(self, change=None) -> None:
        if not self.ready:
            return
        position = self.shown.trace.position(self.selected)
        before = [
            part["path"] for part in self.shown.data["layers"] if part["operators"][0] <= position
        ]
        try:
            self.maps = self.shown.maps(self.selected, count=1, side=160)
        except ValueError as error:
            self.maps = {"error": str(error)}
        self.learn([*before, self.selected])

    @shows_errors
    def _listen(self, change=None) -> None:
        if self.asked:
            path, row, column = self.asked
            (self.heat,) = heats_of(self.shown, path, [(row, column)])

    @shows_errors
    def _repaint(self, change=None) -> None:
        if self.prove:
            self.proof = proof_of(self.shown, self.prove)

    def still(self) -> bytes:
        """The window of the chosen pixel on the photograph, as PNG."""
        from ...figures.sheets import message_sheet
        from .still import window_sheet

        if not self._works:
            return message_sheet(self.message)
        row, column = self.pixel
        return window_sheet(self.shown, self.selected, (row, column))


def heats_of(shown, path: str, pixels, side: int | None = None) -> list[dict]:
    """For each pixel its effective field as a picture to lay over the photograph, with words."""
    fields = shown.effective(path, pixels)
    return [_heat(path, pixel, field, side) for pixel, field in zip(pixels, fields)]


def _heat(path: str, pixel, field: np.ndarray | None, side: int | None) -> dict:
    where = f"Pixel ({pixel[0]}, {pixel[1]}) of {path}"
    if field is None:
        shut = f"{where} listens to nothing here: every way back passes a ReLU that is shut."
        return {"path": path, "pixel": list(pixel), "error": shut}
    size = round(effective_size(field))
    return {
        "path": path,
        "pixel": list(pixel),
        "key": f"{path} {pixel[0]} {pixel[1]}",
        "png": heat_png(field, side),
        "size": size,
        "words": (
            f"{where} listens to about {size}×{size} pixels: so many move it by at least "
            f"{100 * LEAST:.2f} % of what the strongest one does. Brightness is the square root of "
            "the gradient."
        ),
    }


def heat_png(field: np.ndarray, side: int | None = None) -> bytes:
    """An effective field in the colours of its scale, clear where it is next to nothing.

    `side` shrinks it to that many pixels, by averaging.
    """
    if side and max(field.shape) > side:
        shape = [max(1, round(n * side / max(field.shape))) for n in field.shape[::-1]]
        small = Image.fromarray(field.astype(np.float32)).resize(shape, Image.Resampling.BOX)
        field = np.asarray(small)
    strength = np.sqrt(field / field.max())  # or all but a few pixels would be black
    alpha = (255 * np.clip(0.55 + np.linspace(0, 1, 256), 0, 1)).astype(np.uint8)
    return indexed_png((255 * strength).round().astype(np.uint8), SCALES["field"], alpha)
