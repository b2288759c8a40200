"""`explore_stages`: walk through the eleven stages of U²-Net and look at their feature maps."""

import io
from functools import cached_property

import numpy as np
import torch
import traitlets
from PIL import Image
from torch import Tensor

from ... import images
from ...analysis.activations import capture
from ...analysis.paths import module_paths
from ...architecture.u2net import U2Net
from ..style import SCALES, Scale
from .common import BrowserWidget, script, shows_errors, stylesheet

MAPS_SHOWN = 32
TILE_SIDE = 160  # pixels; larger maps are shrunk to this, smaller ones sent as they are


def explore_stages(
    model: U2Net, image, *, size: int = 320, preprocessing: str = "auto"
) -> "StageExplorer":
    """Step through the stages of a network on a photograph: shapes, who feeds whom, feature maps.

    Click a stage, or use the arrow keys; `.selected` is its path and can be set from Python.

    Args:
        model: a `U2Net`.
        image: any picture that `preprocess` takes, or a tensor (1, C, H, W) ready for the network.
        size: side in pixels to which a picture is resized.
        preprocessing: by name, as `preprocess` knows them; `auto` is what the model was trained
            with, `upstream` where it was not.

    Raises: what `preprocess` raises for a picture that it cannot read.
    """
    return StageExplorer(model, image, size=size, preprocessing=preprocessing)


class StageExplorer(BrowserWidget):
    """The widget that `explore_stages` makes."""

    _esm = script("stages")
    _css = stylesheet("stages")

    network = traitlets.Dict().tag(sync=True)
    photo = traitlets.Bytes().tag(sync=True)
    selected = traitlets.Unicode().tag(sync=True)
    scope = traitlets.Enum(["map", "stage", "network"], "stage").tag(sync=True)
    order = traitlets.Enum(["channel", "energy"], "channel").tag(sync=True)
    tiles = traitlets.List().tag(sync=True)
    legend = traitlets.Dict().tag(sync=True)

    def __init__(self, model: U2Net, image, *, size: int = 320, preprocessing: str = "auto"):
        preprocessing = images.preprocessing_of(model, preprocessing)
        tensor = (
            image if isinstance(image, Tensor) else images.preprocess(image, preprocessing, size)
        )
        device = next(model.parameters()).device
        self._stages = [row.name for row in model.spec.stages]
        self._sides = [f"side{i}" for i in range(len(model.spec.encoder), 0, -1)]
        paths = set(module_paths(model).values())
        parts = [f"{s}.{part}" for s in self._stages for part in ("pool", "resize", "concat")]
        wanted = [*self._stages, *(f"{side}.conv" for side in self._sides), "fuse.concat", "fuse"]
        outputs = capture(model, tensor.to(device), [*wanted, *(p for p in parts if p in paths)])
        self._maps = {path: output[0].float().cpu() for path, output in outputs.items()}
        photo = shown_picture(image, tensor)
        super().__init__(
            network=self._describe(model, tensor),
            photo=png_bytes(photo),
            selected=self._stages[0],
        )
        self._photo = photo
        self._show()
        self.observe(self._show, ["selected", "scope", "order"])

    @property
    def stops(self) -> list[str]:
        """The paths that can be selected, in the order in which data flows."""
        return [*self._stages, *self._sides, "fuse"]

    @traitlets.validate("selected")
    def _known(self, proposal):
        if proposal["value"] not in self.stops:
            raise traitlets.TraitError(
                f"selected must be one of {', '.join(self.stops)}; got {proposal['value']!r}."
            )
        return proposal["value"]

    # What the network is, for the drawing and in words

    def _describe(self, model: U2Net, tensor: Tensor) -> dict:
        spec = model.spec
        return {
            "name": spec.name,
            "provenance": model.provenance,
            "size": f"{tensor.shape[-2]}×{tensor.shape[-1]} pixels",
            "stops": [
                *(self._stage(row.name, row.block, tensor) for row in spec.stages),
                *(self._side(side) for side in self._sides),
                self._fuse(),
            ],
        }

    def _stage(self, path: str, block: str, tensor: Tensor) -> dict:
        maps, level = self._maps, int(path[2:])
        encoder = path.startswith("en")
        position = self._stages.index(path)
        below = self._stages[position - 1] if position else None
        if below is None:
            sources, receives = [], f"Receives the photograph itself: {_shape(tensor[0])}."
        elif encoder:
            sources = [below]
            receives = (
                f"Receives {_shape(maps[below])} from {below}; {path}.pool keeps the largest of "
                f"every 2×2 pixels: {_shape(maps[f'{path}.pool'])}."
            )
        else:
            skip = f"en{level}"
            sources = [below, skip]
            receives = (
                f"Receives {_shape(maps[below])} from {below}, resized to "
                f"{_size(maps[f'{path}.resize'])}, and {_shape(maps[skip])} from {skip} across "
                f"the U; concatenated: {_shape(maps[f'{path}.concat'])}."
            )
        output = maps[path]
        gives = f"Gives {output.shape[0]} maps of {_size(output)}, shape {_shape(output)}."
        return _stop(path, "encoder" if encoder else "decoder", level, output, sources,
                     f"{path} · {block}", [receives, gives])  # fmt: skip

    def _side(self, side: str) -> dict:
        level = int(side[4:])
        source = f"de{level}" if f"de{level}" in self._stages else f"en{level}"
        output = self._maps[f"{side}.conv"]
        lines = [
            f"Receives {_shape(self._maps[source])} from {source}.",
            f"A 3×3 convolution answers with {output.shape[0]} map of logits at this stage's own "
            f"resolution, {_size(output)}. Shown after the sigmoid: black 0, white 1.",
        ]
        return _stop(side, "side", level, output, [source], f"{side} · side map", lines)

    def _fuse(self) -> dict:
        joined, output = self._maps["fuse.concat"], self._maps["fuse"]
        lines = [
            f"Receives all side maps, resized to {_size(output)}: {_shape(joined)}.",
            "A 1×1 convolution weighs them, pixel by pixel, into one map: the network's answer.",
        ]
        return _stop("fuse", "fuse", 0, output, self._sides, "fuse · the answer", lines)

    # The maps of the selected stop

    @shows_errors
    def _show(self, change=None) -> None:
        maps, scale, limits = self._selection()
        low, high = limits if limits else (None, None)
        tiles = []
        for label, values in maps:
            bounds = limits or scale.limits(values)
            tiles.append(
                {
                    "label": label,
                    "size": f"{values.shape[0]}×{values.shape[1]}",
                    "low": f"{values.min():.3g}",
                    "high": f"{values.max():.3g}",
                    "png": png_bytes(_fit(scale.paint(values, *bounds))),
                }
            )
        own = "each map from its own least to its own most"
        above = " and above" if scale.clip else ""
        legend = {
            "gradient": scale.gradient(),
            "limits": own if limits is None else f"{low:.3g} to {high:.3g}{above}",
            "shown": self._caption(len(tiles)),
            "first": self._first(maps),
        }
        with self.hold_sync():
            self.legend = legend
            self.tiles = tiles

    def _selection(self):
        """[(label, values (H, W))], their scale, and common limits or None for each map its own."""
        if self.selected in self._stages:
            output = self._maps[self.selected].numpy()
            maps = [(f"channel {c}", output[c]) for c in self._channels(output)]
            common = {"map": lambda: None, "stage": lambda: self._scale.limits(output)}
            return maps, self._scale, common.get(self.scope, lambda: self._network_limits)()
        scale = SCALES["saliency"]
        logits = {side: self._maps[f"{side}.conv"] for side in self._sides}
        logits["fuse"] = self._maps["fuse"]
        maps = [(path, torch.sigmoid(value)[0].numpy()) for path, value in logits.items()]
        stage = np.concatenate([values.ravel() for _, values in maps])
        limits = {"map": None, "stage": scale.limits(stage), "network": (0.0, 1.0)}[self.scope]
        return maps, scale, limits

    @cached_property
    def _scale(self) -> Scale:
        """The scale of all stages: signed where any of them goes below zero."""
        below = any(bool((self._maps[stage] < 0).any()) for stage in self._stages)
        return SCALES["signed" if below else "activation"]

    @cached_property
    def _network_limits(self) -> tuple[float, float]:
        values = np.concatenate([self._maps[stage].numpy().ravel() for stage in self._stages])
        return self._scale.limits(values)

    def _channels(self, output: np.ndarray) -> np.ndarray:
        numbers = np.arange(len(output))
        if self.order == "energy":
            numbers = np.argsort(-np.square(output).mean((1, 2)), kind="stable")
        return numbers[:MAPS_SHOWN]

    def _first(self, maps) -> int:
        labels = [label for label, _ in maps]
        return labels.index(self.selected) if self.selected in labels else 0

    def _caption(self, shown: int) -> str:
        if self.selected not in self._stages:
            return "The side maps at their native resolution, and the fused answer."
        total = self._maps[self.selected].shape[0]
        which = f"{shown} of {total}" if shown < total else f"All {total}"
        return f"{which} feature maps of {self.selected}. Click one to enlarge it."

    def still(self) -> bytes:
        """One row a stop: its title and its first maps, as PNG."""
        from .. import figures

        return figures.stage_sheet(self._photo, {path: self._maps[path] for path in self._stages})


def _stop(path, role, level, output, sources, title, lines) -> dict:
    return {
        "path": path,
        "role": role,
        "level": level,
        "shape": list(output.shape),
        "sources": sources,
        "title": title,
        "lines": lines,
        "sentence": f"{title}. {' '.join(lines)}",
    }


def _shape(output: Tensor) -> str:
    return "×".join(str(n) for n in output.shape)


def _size(output: Tensor) -> str:
    return f"{output.shape[-2]}×{output.shape[-1]}"


def shown_picture(image, tensor: Tensor) -> np.ndarray:
    """The picture as uint8 (H, W, 3), squashed to the size at which the network sees it."""
    height, width = tensor.shape[-2:]
    if isinstance(image, Tensor):
        values = tensor[0, :3].float().cpu().numpy().transpose(1, 2, 0)
        values = (values - values.min()) / max(float(np.ptp(values)), 1e-12)
        values = (
            np.broadcast_to(values[..., :1], (height, width, 3)) if values.shape[2] < 3 else values
        )
    else:
        values = images.as_array(image)
    picture = Image.fromarray((values * 255).round().astype(np.uint8))
    return np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR))


def _fit(pixels: np.ndarray) -> np.ndarray:
    longest = max(pixels.shape[:2])
    if longest <= TILE_SIDE:
        return pixels
    width, height = (max(1, round(n * TILE_SIDE / longest)) for n in pixels.shape[1::-1])
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BOX))


def png_bytes(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
