"""A network with a student's own block in it, weights and all."""

import copy
import re
from collections.abc import Callable, Collection

import torch
from torch import nn

from ..architecture.layers import Down, Up
from ..architecture.spec import StageSpec
from ..architecture.stand_in import unwrapped
from ..architecture.u2net import U2Net
from .tensors import as_they_run


def rebuild(
    model: U2Net, build: Callable[..., nn.Module], stages: Collection[str] | None = None
) -> U2Net:
    """Build the same network with its RSU-<depth> stages made by `build`; `model` stays as it is.

    Weights are copied layer by layer, in the order in which the layers run, so that names and the
    order in which they were made play no role. What has no weights (pools, resizes, dilation, the
    sum) is the new block's own: whether the answers are equal is left to see.

    Args:
        build: called with (depth, in_channels, mid_channels, out_channels), as a class is.
        stages: names of stages; without them, all whose block is an RSU-<depth>.

    Raises: ValueError for a stage that is no RSU-<depth>, and for a block whose layers do not have
    the shapes of those whose weights they are to take; TypeError where `build` makes no module.
    """
    network = unwrapped(model)
    if not isinstance(network, U2Net):
        raise TypeError(f"rebuild takes a U2Net; got {type(network).__name__}, which has no table.")
    if not callable(build):
        raise TypeError(f"build is a class or a function that makes a block; got {build!r}.")
    rows = {row.name: row for row in network.spec.stages if _depth(row)}
    stages = (stages,) if isinstance(stages, str) else stages
    unknown = [name for name in stages or () if name not in rows]
    if unknown:
        raise ValueError(
            f"{unknown[0]!r} is no stage with an RSU-<depth>; there are {', '.join(rows)}."
        )
    rebuilt = copy.deepcopy(network)
    for name, row in rows.items():
        if stages is None or name in stages:
            widths = (row.in_channels, row.mid_channels, row.out_channels)
            block = build(_depth(row), *widths)
            if not isinstance(block, nn.Module):
                raise TypeError(f"build must make a torch.nn.Module, it made {block!r}.")
            place = getattr(rebuilt, name)
            around = place if isinstance(place, (Down, Up)) else None
            _copy_weights(name, around.block if around else place, block, row.in_channels)
            setattr(around or rebuilt, "block" if around else name, block)
    return rebuilt


def _depth(row: StageSpec) -> int:
    found = re.fullmatch(r"RSU-(\d+)", row.block)
    return int(found[1]) if found else 0


def _copy_weights(stage: str, old: nn.Module, new: nn.Module, channels: int) -> None:
    like = next(old.parameters())
    old_mode = old.training
    new.to(like.device, like.dtype)
    images = torch.zeros(1, channels, 16, 16, device=like.device, dtype=like.dtype)
    theirs, mine = _layers(old, images), _layers(new, images)
    new.train(old_mode)
    if len(theirs) != len(mine):
        raise ValueError(
            f"{stage}: your block runs {len(mine)} layers with weights (convolutions and norms), "
            f"ours {len(theirs)}: count the layers on the way down and on the way up."
        )
    for number, (source, target) in enumerate(zip(theirs, mine), start=1):
        if type(source) is not type(target) or _shapes(source) != _shapes(target):
            raise ValueError(
                f"{stage}: layer {number} of your block, in the order in which they run, is a "
                f"{type(target).__name__} with {_in_words(target)}; ours a "
                f"{type(source).__name__} with {_in_words(source)}."
            )
        target.load_state_dict(source.state_dict())


def _shapes(layer: nn.Module) -> dict[str, tuple[int, ...]]:
    """Of all that a layer learns or measures; a norm's count of batches has none."""
    return {name: tuple(value.shape) for name, value in layer.state_dict().items() if value.dim()}


def _in_words(layer: nn.Module) -> str:
    return ", ".join(f"{name} {shape}" for name, shape in _shapes(layer).items()) or "no weights"


def _layers(block: nn.Module, images: torch.Tensor) -> list[nn.Module]:
    """The layers with weights, in the order in which they run."""
    with torch.no_grad(), as_they_run(lambda layer, number: None) as met:
        block.eval()(images)
    return met
