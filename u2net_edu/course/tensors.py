"""Answers that are tensors, or networks that give tensors: how they are asked and described.

All in double precision, so that two roads to one answer agree to more digits than a check compares.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

LAYERS = (nn.modules.conv._ConvNd, nn.modules.batchnorm._BatchNorm)
"""What has weights in a block; everything else is made of these."""


class Made(NamedTuple):
    """A tensor that a student's function gave, compared by its values and told in few words."""

    values: np.ndarray

    def __repr__(self) -> str:
        return f"maps {self.values.shape}, {self.values.mean():.3f} on average"

    def beside(self, right: "Made") -> str:
        """Where these values differ from the right ones, without telling those; "" for shapes."""
        if self.values.shape != right.values.shape:
            return f"Its shape should be {right.values.shape}."
        off = np.abs(self.values - right.values).max(axis=(0, 2, 3))
        told = [
            f"in {c} off by up to {much:.2g}" if much > 1e-6 else f"{c} is right"
            for c, much in enumerate(off)
        ]
        return f"Channel by channel: {'; '.join(told)}."


class Ran(NamedTuple):
    """What a student's block has and gives."""

    parameters: int
    """In the layers that ran, and in those that PyTorch finds."""
    hidden: bool
    """Whether layers ran that PyTorch does not find in the block."""
    values: np.ndarray

    def __repr__(self) -> str:
        size = "×".join(map(str, self.values.shape[1:]))
        return f"{self.parameters} parameters, {size}, {self.values.mean():.3f} on average"


def made(value: Any) -> Any:
    """A tensor as `Made`; anything else, such as the None of a forgotten return, as it is."""
    return Made(value.detach().numpy()) if isinstance(value, Tensor) else value


def drawn(shape: Sequence[int], seed: int) -> Tensor:
    """Numbers around zero in float64, the same on every machine."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(tuple(shape), generator=generator, dtype=torch.float64)


def run_block(build: Callable[..., nn.Module], channels: Sequence[int], size) -> Any:
    """Build a student's block, give it known weights, run it on a known picture.

    The weights come in the order in which the layers *run*: how they are named, and in which order
    they are made, is the student's own affair.

    Args:
        build: called with `channels`; the picture has as many as the third from the end.
    """
    with torch.random.fork_rng(devices=[]):
        block = build(*channels)
        if not isinstance(block, nn.Module):
            return block
        with as_they_run(fill) as met, torch.no_grad():
            output = block.double().eval()(drawn((1, channels[-3], *size), seed=0))
    if not isinstance(output, Tensor):
        return output
    found = {id(p): p.numel() for p in block.parameters()}
    ran = {id(p): p.numel() for layer in met for p in layer.parameters()}
    return Ran(sum({**found, **ran}.values()), not ran.keys() <= found.keys(), output.numpy())


@contextmanager
def as_they_run(action: Callable[[nn.Module, int], None]) -> Iterator[list[nn.Module]]:
    """Inside, `action(layer, number)` happens to each layer with weights before it first runs.

    Every layer that this thread calls is met, also one that its block does not know to be its own.
    Gives the list of those met so far, in the order in which they ran.
    """
    met: list[nn.Module] = []
    here = threading.get_ident()

    def meet(module: nn.Module, inputs: tuple) -> None:
        known = any(module is one for one in met)
        if isinstance(module, LAYERS) and not known and threading.get_ident() == here:
            met.append(module)
            action(module, len(met) - 1)

    hook = nn.modules.module.register_module_forward_pre_hook(meet)
    try:
        yield met
    finally:
        hook.remove()


def fill(layer: nn.Module, number: int) -> None:
    """Weights that depend on the layer's place alone, in double precision; norms that do something.

    `weights_of` tells the same to an oracle.
    """
    layer.double().eval()
    weight = layer.get_parameter("weight")
    wanted = weights_of(number, weight.shape, isinstance(layer, LAYERS[1]))
    with torch.no_grad():
        for name, value in wanted.items():
            own = getattr(layer, name, None)
            if own is not None:
                own.copy_(value)


def weights_of(number: int, shape: Sequence[int], is_norm: bool) -> dict[str, Tensor]:
    """The numbers of the layer that runs as the `number`th."""
    count = shape[:1]
    if is_norm:
        return {
            "weight": 1 + 0.3 * drawn(count, 1000 + number),
            "bias": 0.3 * drawn(count, 2000 + number),
            "running_mean": 0.3 * drawn(count, 3000 + number),
            "running_var": 0.5 + drawn(count, 4000 + number).abs(),
        }
    fan_in = int(np.prod(shape[1:]))
    weight = drawn(shape, 5000 + number) * (2 / fan_in) ** 0.5
    return {"weight": weight, "bias": 0.1 * drawn(count, 6000 + number)}
