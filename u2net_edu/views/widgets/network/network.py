"""A network on an image, as the nested map, the field explorer and the stand-alone page ask of it.

Each answer is plain data that a browser can draw. What takes long is found when it is asked for,
and kept.
"""

import math
from functools import cached_property

import numpy as np
from PIL import Image
from torch import Tensor, nn

from .... import images
from ....analysis.activations import capture
from ....analysis.fields.effective_field import effective_fields
from ....analysis.fields.receptive_field import UnknownOperatorError
from ....analysis.roofline import OperatorTimes, time_operators
from ....analysis.tracing import trace
from ....architecture.about import about
from ....inference import channels_of
from ...style import SCALES
from ..kit.pictures import indexed_png, one_image, shown_picture

COLUMNS = 8  # of tiles in one picture


class NetworkOnImage:
    """A traced model and the image that it is shown.

    Args: as `explore`.
    Raises: TraceError, PictureError and whatever else the model or the image is not fit for.
    """

    def __init__(self, model: nn.Module, image, *, size="auto", preprocessing="auto"):
        name, side = images.preprocessing_of(model, preprocessing), images.size_of(model, size)
        self.preprocessing = name
        self.tensor = one_image(image, name, side, channels_of(model))
        self.model = model
        _, channels, height, width = self.tensor.shape
        self.trace = trace(model, (height, width), channels)
        self.photo = shown_picture(image, self.tensor)
        self.provenance = about(model).provenance
        self._fields: dict[int, dict] = {}
        self._maps: dict[str, dict] = {}
        first = next((t for t in [*model.parameters(), *model.buffers()]), self.tensor)
        self.on_device = self.tensor.to(first.device, first.dtype)

    @cached_property
    def data(self) -> dict:
        """The trace as JSON, with two more words on each stage.

        "block" is what the table of a `U2NetSpec` calls it; "opens" is whether there is an inside
        to look at, two layers or more.
        """
        data = self.trace.to_dict()
        spec = about(self.model).spec
        blocks = {row.name: row.block for row in (spec.stages if spec else ())}
        for stage in data["stages"]:
            members = set(stage["operators"])
            inside = [
                layer
                for layer in data["layers"]
                if layer["operators"][0] in members and layer["path"] != stage["path"]
            ]
            stage["block"] = blocks.get(stage["path"], stage["kind"])
            stage["opens"] = len(inside) > 1
        return data

    def level_of(self, path: str, opened: str) -> str:
        """Which stage is open when `path` is chosen while `opened` is; "" for none.

        A layer opens its stage; a stage stays as it is. graph.js has the same rule.
        """
        stage = self.stage_of(path)
        opens = any(each["opens"] for each in self.data["stages"] if each["path"] == stage)
        return stage if opens and (path != stage or opened == stage) else ""

    def stage_of(self, path: str) -> str:
        """The stage in which a path lies, itself included; "" for the image."""
        stages = (stage["path"] for stage in self.data["stages"])
        return next((s for s in stages if path == s or path.startswith(f"{s}.")), "")

    def layers_of(self, stage: str) -> list[str]:
        return [
            part["path"] for part in self.data["layers"] if self.stage_of(part["path"]) == stage
        ]

    # What it sees

    def field(self, path: str) -> dict:
        """{"size" (null: grows with the image), "sizes", "here", "stride", "exact", "why"}, or
        {"hidden": why it is not known}.
        """
        position = self.trace.position(path)
        if position not in self._fields:
            self._fields[position] = self._field(path)
        return self._fields[position]

    def _field(self, path: str) -> dict:
        try:
            field = self.trace.field(path)
            here = list(field.size_here)
            try:
                sizes, stride, why = field.sizes, str(field.stride), field.why
            except ValueError as error:  # the network does not run at the size that this takes
                return {"hidden": str(error), "here": here}
        except UnknownOperatorError as error:
            return {"hidden": str(error)}
        endless = math.isinf(sizes[-1])
        return {
            "size": None if endless else int(sizes[-1]),
            "sizes": [] if endless else [int(n) for n in sizes],
            "here": here,
            "stride": stride,
            "exact": field.exact,
            "why": why,
        }

    def field_here(self, path: str) -> tuple[int, int] | None:
        """Height and width of the largest window at this input size; None where not known."""
        try:
            return self.trace.field(path).size_here
        except (UnknownOperatorError, ValueError):
            return None

    def fields(self, paths) -> dict[str, dict]:
        return {path: self.field(path) for path in paths if path in self._known}

    @cached_property
    def _known(self) -> set[str]:
        known = set()
        for path in self.trace.paths:
            try:
                self.trace.position(path)
                known.add(path)
            except ValueError:  # it gives several tensors
                continue
        return known

    # What it answers

    def maps(self, path: str, count: int = 24, side: int = 96) -> dict:
        """The strongest feature maps of a path, as one picture of tiles; see tiles.js.

        The maps of a whole stage are found in one pass, so that its other layers are at hand.
        """
        if path not in self._maps:
            wanted = {path, *self.layers_of(self.stage_of(path))} & self._known
            wanted -= set(self._maps)
            outputs = capture(self.model, self.on_device, sorted(wanted))
            for name, output in outputs.items():
                self._maps[name] = _tiles(name, output, count, side)
        return self._maps[path]

    def forget_maps(self) -> None:
        self._maps.clear()

    @cached_property
    def timed(self) -> OperatorTimes:
        """Seconds that each operator of the trace takes on this machine, the image left out."""
        height, width = self.tensor.shape[-2:]
        timed = time_operators(self.model, (height, width), channels=self.tensor.shape[1])
        if len(timed.operators) != len(self.trace.operators) - 1:
            raise RuntimeError("the network ran other operators than when it was traced.")
        return timed

    @property
    def times(self) -> dict:
        """What the time lens shows: seconds by the operator's position, and the machine."""
        seconds = {str(i): o.seconds for i, o in enumerate(self.timed.operators, start=1)}
        return {"seconds": seconds, "machine": str(self.timed.machine)}

    def effective(self, path: str, pixels) -> list[np.ndarray | None]:
        """For each pixel float64 (H, W), sums to 1; None where no gradient reaches the image."""
        return effective_fields(self.model, self.on_device, path, [tuple(p) for p in pixels])


def palette(scale: str, steps: int = 64) -> list[str]:
    """A colour scale as #rrggbb, low to high."""
    colours = SCALES[scale].paint(np.linspace(0, 1, steps), 0, 1)
    return ["#" + bytes(colour).hex() for colour in colours]


def _tiles(path: str, output: Tensor, count: int, side: int) -> dict:
    values = output[0].detach().float().cpu().numpy()
    values = (
        values.reshape(-1, *values.shape[-2:]) if values.ndim >= 3 else values.reshape(-1, 1, 1)
    )
    scale = SCALES["signed" if values.min() < 0 else "activation"]
    order = np.argsort(-np.square(values).mean((1, 2)), kind="stable")[:count]
    low, high = scale.limits(values)
    rows, columns = values.shape[1:]
    shrink = max(1.0, max(rows, columns) / side)
    height, width = max(1, round(rows / shrink)), max(1, round(columns / shrink))
    across = min(COLUMNS, len(order))
    sheet = np.zeros((-(-len(order) // across) * height, across * width), np.uint8)
    span = (high - low) or 1.0
    for n, channel in enumerate(order):
        indices = ((values[channel] - low) / span).clip(0, 1) * 255
        indices = np.asarray(
            Image.fromarray(indices.astype(np.float32)).resize(
                (width, height), Image.Resampling.BOX
            )
        )
        top, left = n // across * height, n % across * width
        sheet[top : top + height, left : left + width] = indices.round().astype(np.uint8)
    total = len(values)
    which = f"The strongest {len(order)} of {total}" if len(order) < total else f"All {total}"
    return {
        "path": path,
        "png": indexed_png(sheet, scale),
        "columns": across,
        "count": len(order),
        "size": [height, width],
        "labels": [f"channel {channel}" for channel in order],
        "shown": f"{which} feature {'map' if total == 1 else 'maps'} of {path}, {rows}×{columns}.",
        "gradient": scale.gradient(),
        "legend": f"{low:.3g} to {high:.3g}, one scale for all",
    }
