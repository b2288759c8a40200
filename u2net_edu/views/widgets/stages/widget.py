"""`explore_stages`: walk through the eleven stages of U²-Net and look at their feature maps."""

import os
from typing import Any

import traitlets

from .... import images
from ....architecture.u2net import U2Net
from ....inference import channels_of
from ...style import SCALES, Scale
from ..kit.bundle import bundle
from ..kit.pictures import one_image, painted_png, png_bytes, shown_picture, shrunk
from ..kit.widget import BrowserWidget, shows_errors, stylesheet
from .stage_maps import Limits, StageMaps, shape
from .uploads import LONGEST, opened

SCOPES = {"map": "each map", "stage": "this stage", "network": "whole network"}
ORDERS = {"channel": "by number", "energy": "strongest first"}
MAPS_SHOWN = 32
MOST_PINNED = 12
TILE_SIDE = 160  # pixels; larger maps are shrunk to this, smaller ones sent as they are


def explore_stages(
    model: U2Net, image, *, size: images.Size = "auto", preprocessing: str = "auto"
) -> "StageExplorer":
    """Step through the stages of a network on a photograph: shapes, who feeds whom, feature maps.

    Click a stage, or use the arrow keys; `.selected` is its path and can be set from Python. Pin
    maps of any stages to see them side by side; `.pinned` is a list of (path, channel). Take a
    picture of your own by the button below the photograph, or set `.picture` to any picture.

    Args:
        model: a `U2Net`.
        image: any picture that `preprocess` takes, or a tensor (1, C, H, W) ready for the network.
        size: side in pixels to which a picture is resized; `auto` is what the model was trained at,
            as in `predict`, 320 where it does not say.
        preprocessing: by name, as `preprocess` knows them; `auto` is what the model was trained
            with, `upstream` where it was not.

    Raises: ValueError for a tensor of another shape; what `preprocess` raises for a picture that it
    cannot read.
    """
    return StageExplorer(model, image, size=size, preprocessing=preprocessing)


class StageExplorer(BrowserWidget):
    """The widget that `explore_stages` makes."""

    alt = "The photograph, and a row for each stage with its first feature maps."

    _esm = bundle("stages/widget")
    _css = stylesheet("stages/widget", "stages/pins")

    network = traitlets.Dict().tag(sync=True)
    photo = traitlets.Bytes().tag(sync=True)
    selected = traitlets.Unicode().tag(sync=True)
    scope = traitlets.Enum(list(SCOPES), "stage").tag(sync=True)
    scopes = traitlets.List(list(SCOPES.items()), read_only=True).tag(sync=True)
    order = traitlets.Enum(list(ORDERS), "channel").tag(sync=True)
    orders = traitlets.List(list(ORDERS.items()), read_only=True).tag(sync=True)
    tiles: "traitlets.List[Any]" = traitlets.List().tag(sync=True)
    legend = traitlets.Dict().tag(sync=True)
    # [(path, channel), …], in the order of pinning
    pinned: "traitlets.List[Any]" = traitlets.List().tag(sync=True)
    pin_scope = traitlets.Enum(["map", "pinned"], "map").tag(sync=True)
    pins: "traitlets.List[Any]" = traitlets.List().tag(sync=True)  # what is drawn of them
    most_pinned = traitlets.Int(MOST_PINNED).tag(sync=True)
    uploaded = traitlets.Dict().tag(sync=True)  # {"name", "data", "count"}: what the page sent
    longest = traitlets.Int(LONGEST).tag(sync=True)
    picture_name = traitlets.Unicode().tag(sync=True)
    problem = traitlets.Unicode().tag(sync=True)  # why the last picture was not taken
    answered = traitlets.Int().tag(sync=True)  # which upload was the last to be dealt with

    def __init__(
        self, model: U2Net, image, *, size: images.Size = "auto", preprocessing: str = "auto"
    ):
        self._model, self._size = model, images.size_of(model, size)
        self._preprocessing = images.preprocessing_of(model, preprocessing)
        self._look_at(image)
        super().__init__(
            network=self._maps.describe(model),
            photo=png_bytes(self._photo),
            selected=self.stops[0],
            picture_name=_name_of(image),
        )
        self._show()
        self.observe(self._show, ["selected", "scope", "order"])
        self.observe(self._show_pins, ["pinned", "pin_scope"])
        self.observe(self._take, "uploaded")

    @property
    def stops(self) -> list[str]:
        """The paths that can be selected, in the order in which data flows."""
        return self._maps.stops

    @traitlets.validate("selected")
    def _known(self, proposal):
        if proposal["value"] not in self.stops:
            raise traitlets.TraitError(
                f"selected must be one of {', '.join(self.stops)}; got {proposal['value']!r}."
            )
        return proposal["value"]

    # The picture

    @property
    def picture(self):
        """What the network looks at, as it was given; an uploaded one is a PIL image.

        Set it to any picture, and the network runs on it; pins and selection stay.
        """
        return self._picture

    @picture.setter
    def picture(self, picture) -> None:
        self._change_picture(picture, _name_of(picture))

    def _take(self, change) -> None:
        """A file came from the page; if something is wrong with it, all stays as it was."""
        try:
            self._change_picture(opened(change["new"]), str(change["new"].get("name", "")))
        except Exception as error:
            self.problem = str(error) or type(error).__name__
        self.answered = int(change["new"].get("count", 0))

    def _change_picture(self, picture, name: str) -> None:
        self._look_at(picture)
        network = self._maps.describe(self._model)
        with self.hold_sync():
            if network != self.network:  # else the page would draw its U anew for nothing
                self.network = network
            self.picture_name = name
            self.photo = png_bytes(self._photo)
            self.problem = ""
            self._show()
            self._show_pins()

    def _look_at(self, picture) -> None:
        """Run the network; nothing of this widget changes where that fails."""
        tensor = one_image(picture, self._preprocessing, self._size, channels_of(self._model))
        maps, photo = StageMaps(self._model, tensor), shown_picture(picture, tensor)
        self._picture, self._maps, self._photo = picture, maps, photo

    # The maps of the selected stop

    @shows_errors
    def _show(self, change=None) -> None:
        stop, maps = self.selected, self._maps
        scale, limits = maps.scale_of(stop), maps.limits(stop, self.scope)
        shown = self._selection()
        above = " and above" if scale.clip else ""
        legend = {
            "gradient": scale.gradient(),
            "limits": "each map from its own least to its own most"
            if limits is None
            else f"{_number(limits[0], scale)} to {_number(limits[1], scale)}{above}",
            "shown": self._caption(len(shown)),
            "first": next((i for i, (path, _) in enumerate(shown) if path == stop), 0),
        }
        with self.hold_sync():
            self.legend = legend
            self.tiles = [self._tile(path, channel, limits) for path, channel in shown]

    def _selection(self) -> list[tuple[str, int]]:
        """(path, channel) of each map to show: a stage's channels, or all answers together."""
        maps, stop = self._maps, self.selected
        if stop not in maps.stages:
            return [(answer, 0) for answer in (*maps.sides, "fuse")]
        channels = maps.strongest(stop) if self.order == "energy" else range(maps.count(stop))
        return [(stop, int(channel)) for channel in channels[:MAPS_SHOWN]]

    def _tile(self, path: str, channel: int, limits: Limits | None) -> dict:
        values, scale = self._maps.of(path)[channel], self._maps.scale_of(path)
        return {
            "path": path,
            "channel": channel,
            "label": f"channel {channel}" if path in self._maps.stages else path,
            "size": shape(values),
            "low": _number(values.min(), scale),
            "high": _number(values.max(), scale),
            "png": painted_png(shrunk(values, TILE_SIDE), scale, limits or scale.limits(values)),
        }

    def _caption(self, shown: int) -> str:
        if self.selected not in self._maps.stages:
            return "The side maps at their native resolution, and the fused answer."
        total = self._maps.count(self.selected)
        which = f"{shown} of {total}" if shown < total else f"All {total}"
        return f"{which} feature maps of {self.selected}. Click one to enlarge it."

    # The maps that are pinned

    @traitlets.validate("pinned")
    def _can_be_pinned(self, proposal):
        try:
            pairs = [(str(path), int(channel)) for path, channel in proposal["value"]]
        except (TypeError, ValueError):
            raise traitlets.TraitError(
                'pinned is a list of (path, channel), such as [("en3", 5), ("side2", 0)]; '
                f"got {proposal['value']!r}."
            ) from None
        for path, channel in pairs:
            if path not in self.stops:
                raise traitlets.TraitError(
                    f"pinned: a path is one of {', '.join(self.stops)}; got {path!r}."
                )
            last = self._maps.count(path) - 1
            if not 0 <= channel <= last:
                raise traitlets.TraitError(
                    f"pinned: {path} has channels 0 to {last}; got {channel}."
                )
        pairs = list(dict.fromkeys(pairs))
        if len(pairs) > MOST_PINNED:
            raise traitlets.TraitError(
                f"at most {MOST_PINNED} maps are pinned at a time; got {len(pairs)}."
            )
        return [list(pair) for pair in pairs]

    @shows_errors
    def _show_pins(self, change=None) -> None:
        pairs = [(path, channel) for path, channel in self.pinned]
        shared = self._maps.common_limits(pairs) if self.pin_scope == "pinned" else {}
        self.pins = [self._tile(path, channel, shared.get(path)) for path, channel in pairs]

    def still(self) -> bytes:
        """One row a stop: its title and its first maps, as PNG."""
        from ... import figures

        return figures.stage_sheet(self._photo, self._maps.outputs())


def _number(value: float, scale: Scale) -> str:
    """A value in few digits: a probability of 2e-21 is 0.00 to everybody."""
    return f"{value:.2f}" if scale is SCALES["saliency"] else f"{value:.3g}"


def _name_of(picture) -> str:
    """What to call a picture in a caption."""
    if isinstance(picture, (str, os.PathLike)):
        return os.path.basename(picture)
    return "a picture of yours"
