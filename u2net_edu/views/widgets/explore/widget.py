"""`explore`: the nested map of a network on an image."""

import traitlets

from .... import images
from ..kit.bundle import bundle
from ..kit.pictures import png_bytes
from ..kit.widget import BrowserWidget, error_in_words, shows_errors, stylesheet
from ..network.network import NetworkOnImage, palette

LENSES = {
    "role": "role in the U",
    "parameters": "parameters",
    "macs": "MACs",
    "bytes": "activation bytes",
    "time": "measured time",
    "field": "field",
}


def explore(
    model, image, *, size: images.Size = "auto", preprocessing: str = "auto", scale: float = 1.0
) -> "Explorer":
    """Fall into a network: the whole, a stage, a layer, one pixel and the window that it sees.

    Click a stage to fall into it, a layer to see what it is, the photograph to choose one of its
    pixels; Esc or a click on empty space goes up. `.selected`, `.hovered`, `.opened`, `.pixel` and
    `.lens` are traits: set them, or observe what the reader does.

    A model that cannot be traced or an image that cannot be read is no error here: the widget
    shows what is wrong.

    Args:
        model: a `U2Net`, or any module that takes one image and that `trace` understands.
        image: any picture that `preprocess` takes, or a tensor (1, C, H, W) ready for the network.
        size: side in pixels to which a picture is resized; `auto` is what the model was trained at,
            as in `predict`, 320 where it does not say.
        preprocessing: by name, as `preprocess` knows them; `auto` is what the model was trained
            with, `upstream` where it was not.
        scale: enlarges everything, for a projector.
    """
    return Explorer(model, image, size=size, preprocessing=preprocessing, scale=scale)


class NetworkWidget(BrowserWidget):
    """What the nested map and the field explorer share: a network, an image, a chosen pixel."""

    network = traitlets.Dict().tag(sync=True)
    provenance = traitlets.Unicode().tag(sync=True)
    photo = traitlets.Bytes().tag(sync=True)
    palettes = traitlets.Dict().tag(sync=True)
    selected = traitlets.Unicode().tag(sync=True)
    pixel = traitlets.List(traitlets.Int(), [-1, -1], minlen=2, maxlen=2).tag(sync=True)
    fields = traitlets.Dict().tag(sync=True)
    shown: NetworkOnImage  # where the model and the image are fit for one

    ready = traitlets.Bool(False).tag(sync=True)  # the map is drawn; what takes long may begin

    def __init__(self, model, image, *, size, preprocessing, **traits):
        self._works = False
        super().__init__(**traits)
        try:
            self.shown = NetworkOnImage(model, image, size=size, preprocessing=preprocessing)
            self._works = True
            self._begin()
        except Exception as error:  # whatever a student's own model or picture may raise
            self._works = False  # so that a still image says it, too
            self.message = error_in_words(error)

    def _begin(self) -> None:
        with self.hold_sync():
            self.palettes = {name: palette(name) for name in ("cost", "field")}
            self.provenance = self.shown.provenance
            self.photo = png_bytes(self.shown.photo)
            self.network = self.shown.data

    @traitlets.validate("selected")
    def _a_path(self, proposal):
        path = proposal["value"]
        if self._works and path:
            try:
                self.shown.trace.position(path)
            except (KeyError, ValueError) as error:
                raise traitlets.TraitError(f"selected: {error}") from None
        return path

    def learn(self, paths) -> None:
        """Add the fields of these paths to what the browser knows."""
        new = [path for path in paths if path not in self.fields]
        if new:
            self.fields = {**self.fields, **self.shown.fields(new)}


class Explorer(NetworkWidget):
    """The widget that `explore` makes.

    `pixel` is (row, column) of the selected layer's output; (-1, -1) stands for its middle.
    """

    alt = "The photograph, and a bar for each stage: how many multiply-accumulates it costs."

    _esm = bundle("explore/widget")
    _css = stylesheet("network/network")

    hovered = traitlets.Unicode().tag(sync=True)
    opened = traitlets.Unicode().tag(sync=True)
    lens = traitlets.Enum(list(LENSES), "role").tag(sync=True)
    lenses = traitlets.List(list(LENSES.items()), read_only=True).tag(sync=True)
    times = traitlets.Dict().tag(sync=True)
    maps = traitlets.Dict().tag(sync=True)

    def _begin(self) -> None:
        super()._begin()
        self.selected = self.shown.data["stages"][0]["path"]
        self.observe(self._follow, ["selected", "ready"])
        self.observe(self._learn_level, ["opened", "ready"])
        self.observe(self._measure, ["lens", "ready"])

    @shows_errors
    def _follow(self, change=None) -> None:
        """Open the stage in which the chosen layer lies, close any other one, send the maps."""
        self.opened = self.shown.level_of(self.selected, self.opened)
        if not self.ready:
            return
        self.learn([self.selected])
        try:
            self.maps = self.shown.maps(self.selected)
        except ValueError as error:  # it gives no tensor of maps
            self.maps = {"error": str(error)}

    @shows_errors
    def _learn_level(self, change=None) -> None:
        if self.ready:
            self.learn(stage["path"] for stage in self.shown.data["stages"])
            self.learn(self.shown.layers_of(self.opened))

    @shows_errors
    def _measure(self, change=None) -> None:
        if self.ready and self.lens == "time" and not self.times:
            self.times = self.shown.times

    def still(self) -> bytes:
        """The photograph, the stages and their cost, as PNG."""
        from ...figures.sheets import message_sheet
        from ..network.still import network_sheet

        return network_sheet(self.shown) if self._works else message_sheet(self.message)
