"""What the stages of a network answer to one image: their maps, their colours, who feeds whom.

Plain numbers and words; `stages.py` shows them.
"""

from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn

from ....analysis.paths import module_paths
from ....architecture.about import about
from ....architecture.spec import U2NetSpec
from ....architecture.stand_in import stand_in
from ....architecture.u2net import U2Net
from ...style import SCALES, Scale

Limits = tuple[float, float]


class StageMaps:
    """The answers of all stages, side heads and the fusion to one image.

    Args:
        tensor: (1, C, H, W), ready for the network.
    """

    def __init__(self, model: U2Net, tensor: Tensor):
        self.image = tensor
        spec = _table_of(model)
        self.stages = [row.name for row in spec.stages]
        self.sides = [f"side{i}" for i in range(len(spec.encoder), 0, -1)]
        parts = [f"{s}.{part}" for s in self.stages for part in ("pool", "resize", "concat")]
        wanted = [*self.stages, *(f"{side}.conv" for side in self.sides), "fuse.concat", "fuse"]
        like = next(model.parameters())
        outputs = _answers(model, tensor.to(like.device, like.dtype), {*wanted, *parts})
        self._outputs = {path: output[0].float().cpu() for path, output in outputs.items()}

    @property
    def stops(self) -> list[str]:
        """The paths that have maps to look at, in the order in which data flows."""
        return [*self.stages, *self.sides, "fuse"]

    # Numbers

    def count(self, path: str) -> int:
        """How many maps a stop has."""
        return len(self.of(path))

    def of(self, path: str) -> np.ndarray:
        """The maps of a stop, (C, H, W); those of sides and fusion after the sigmoid."""
        if path in self.stages:
            return self._outputs[path].numpy()
        return torch.sigmoid(self._outputs[f"{path}.conv" if path in self.sides else path]).numpy()

    def outputs(self) -> dict[str, Tensor]:
        """{stage: (C, H, W)}."""
        return {path: self._outputs[path] for path in self.stages}

    def strongest(self, path: str) -> np.ndarray:
        """The numbers of a stage's channels, from the largest mean square to the smallest."""
        return np.argsort(-np.square(self.of(path)).mean((1, 2)), kind="stable")

    # Colours

    def scale_of(self, path: str) -> Scale:
        return self._scale if path in self.stages else SCALES["saliency"]

    @cached_property
    def _scale(self) -> Scale:
        """The scale of all stages: signed where any of them goes below zero."""
        below = any(bool((self._outputs[stage] < 0).any()) for stage in self.stages)
        return SCALES["signed" if below else "activation"]

    def limits(self, path: str, scope: str) -> Limits | None:
        """The colour limits that a stop's maps share; None where each map has its own.

        A side map is a probability: its stage are all the answers, its network is 0 to 1.
        """
        if scope == "map":
            return None
        if path in self.stages:
            return self._scale.limits(self.of(path)) if scope == "stage" else self._network_limits
        if scope == "network":
            return 0.0, 1.0
        return self.common_limits([(answer, 0) for answer in (*self.sides, "fuse")])[path]

    @cached_property
    def _network_limits(self) -> Limits:
        return self._scale.limits(np.concatenate([self.of(s).ravel() for s in self.stages]))

    def common_limits(self, maps: list[tuple[str, int]]) -> dict[str, Limits]:
        """{path: limits} that single maps (path, channel) share with those of their own scale."""
        alike: dict[str, list] = {}
        for path, channel in maps:
            alike.setdefault(self.scale_of(path).name, []).append(self.of(path)[channel].ravel())
        shared = {name: SCALES[name].limits(np.concatenate(v)) for name, v in alike.items()}
        return {path: shared[self.scale_of(path).name] for path, _ in maps}

    # Words

    def describe(self, model: U2Net) -> dict:
        """The network for the drawing, and in words: who feeds whom, with which shapes."""
        known, tensor = about(model), self.image
        spec = _table_of(model)
        return {
            "name": spec.name,
            "provenance": known.provenance,
            "size": f"{tensor.shape[-2]}×{tensor.shape[-1]} pixels",
            "stops": [
                *(self._stage(row.name, row.block) for row in spec.stages),
                *(self._side(side) for side in self.sides),
                self._fuse(),
            ],
        }

    def _stage(self, path: str, block: str) -> dict:
        maps, level = self._outputs, int(path[2:])
        encoder = path.startswith("en")
        position = self.stages.index(path)
        below = self.stages[position - 1] if position else None
        if below is None:
            sources, receives = [], f"Receives the photograph itself: {shape(self.image[0])}."
        elif encoder:
            sources = [below]
            receives = (
                f"Receives {shape(maps[below])} from {below}; {path}.pool keeps the largest of "
                f"every 2×2 pixels: {shape(maps[f'{path}.pool'])}."
            )
        else:
            skip = f"en{level}"
            sources = [below, skip]
            receives = (
                f"Receives {shape(maps[below])} from {below}, resized to "
                f"{_size(maps[f'{path}.resize'])}, and {shape(maps[skip])} from {skip} across "
                f"the U; concatenated: {shape(maps[f'{path}.concat'])}."
            )
        output = maps[path]
        gives = f"Gives {output.shape[0]} maps of {_size(output)}, shape {shape(output)}."
        return _stop(path, "encoder" if encoder else "decoder", level, output, sources,
                     f"{path} · {block}", [receives, gives])  # fmt: skip

    def _side(self, side: str) -> dict:
        level = int(side[4:])
        source = f"de{level}" if f"de{level}" in self.stages else f"en{level}"
        output = self._outputs[f"{side}.conv"]
        lines = [
            f"Receives {shape(self._outputs[source])} from {source}.",
            f"A 3×3 convolution answers with {output.shape[0]} map of logits at this stage's own "
            f"resolution, {_size(output)}. Shown after the sigmoid: black 0, white 1.",
        ]
        return _stop(side, "side", level, output, [source], f"{side} · side map", lines)

    def _fuse(self) -> dict:
        joined, output = self._outputs["fuse.concat"], self._outputs["fuse"]
        lines = [
            f"Receives all side maps, resized to {_size(output)}: {shape(joined)}.",
            "A 1×1 convolution weighs them, pixel by pixel, into one map: the network's answer.",
        ]
        return _stop("fuse", "fuse", 0, output, self.sides, "fuse · the answer", lines)


def _table_of(model: nn.Module) -> U2NetSpec:
    spec = about(model).spec
    if spec is None:
        raise TypeError(
            f"explore_stages draws the stages of a U2Net's table; {type(model).__name__} has none. "
            "explore(model, image) takes any network."
        )
    return spec


def _answers(model: U2Net, tensor: Tensor, paths: set[str]) -> dict[str, Tensor]:
    """What these modules answer: as `capture`, which knows operators too and takes longer."""
    answers: dict[str, Tensor] = {}

    def keep(path: str, output: Tensor) -> None:
        answers[path] = output.clone()

    twin = stand_in(model)
    for module, path in module_paths(twin).items():
        if path in paths:
            module.register_forward_hook(lambda module, args, output, path=path: keep(path, output))
    with torch.no_grad():
        twin(tensor)
    return answers


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


def shape(output) -> str:
    return "×".join(str(n) for n in output.shape)


def _size(output: Tensor) -> str:
    return f"{output.shape[-2]}×{output.shape[-1]}"
