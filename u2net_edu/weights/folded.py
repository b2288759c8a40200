"""Networks whose batch norms were folded into their convolutions, as exporters do.

In eval mode a norm multiplies and adds, channel by channel, and the convolution before it can do
that too. In our module the folded norm stays, as the identity: mean 0, bias 0, weight 1, variance
1 - eps, whose root with eps is 1 to the bit.
"""

from typing import TypeGuard

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ..architecture.u2net import U2Net
from .names import REFERENCE_SPECS, reference_key
from .onnx import Graph, OnnxError


def state_of(graph: Graph) -> dict[str, Tensor]:
    """The weights of one of the authors' networks under their names, from its ONNX graph.

    Its 119 convolutions run in the order in which `U2Net` holds them.

    Raises: OnnxError for a graph of another network.
    """
    convolutions = [node for node in graph.nodes if node.kind == "Conv"]
    given = [[graph.constants.get(name) for name in node.inputs[1:]] for node in convolutions]
    for spec in REFERENCE_SPECS.values():
        with torch.device("meta"):
            model = U2Net(spec)
        layers = {n: m for n, m in model.named_modules() if isinstance(m, nn.Conv2d)}
        wanted = [[layer.weight, layer.bias] for layer in layers.values()]
        if _shapes(given) != _shapes(wanted):
            continue
        state = {
            f"{layer}.{kind}": tensor
            for layer, tensors in zip(layers, given)
            for kind, tensor in zip(("weight", "bias"), tensors)
            if tensor is not None  # their shapes say that there is one where one is wanted
        }
        for name, norm in model.named_modules():
            if isinstance(norm, _BatchNorm):
                state |= {f"{name}.{kind}": value for kind, value in _identity(norm).items()}
        return {reference_key(name): state[name] for name in model.state_dict()}
    known = " and ".join(REFERENCE_SPECS)
    raise OnnxError(
        f"an ONNX file of {len(convolutions)} convolutions, which are not those of {known}"
    )


def _shapes(layers: list[list[Tensor | None]]) -> list[list[tuple[int, ...] | None]]:
    return [[None if tensor is None else tuple(tensor.shape) for tensor in row] for row in layers]


def _identity(norm: _BatchNorm) -> dict[str, Tensor]:
    channels = norm.num_features
    return {
        "weight": torch.ones(channels),
        "bias": torch.zeros(channels),
        "running_mean": torch.zeros(channels),
        "running_var": torch.full((channels,), 1 - norm.eps),
        "num_batches_tracked": torch.zeros((), dtype=torch.long),
    }


def is_folded(norm: nn.Module) -> TypeGuard[_BatchNorm]:
    """Whether a norm is the identity that a folded one has become."""
    if not isinstance(norm, _BatchNorm) or norm.running_mean is None or norm.weight is None:
        return False
    if norm.weight.is_meta:
        return False
    # In single precision: in half of it, 1 - eps is 1, which an untrained norm has.
    return all(
        bool((getattr(norm, kind).float() == value.to(norm.weight.device)).all())
        for kind, value in _identity(norm).items()
        if kind != "num_batches_tracked"
    )


def folded_norms(model: nn.Module) -> list[_BatchNorm]:
    """The norms of a network that are the identity: it must not be trained as it stands.

    In train mode they would divide by the statistics of the batch, and it would be another network.
    `calibrate_norms` gives them statistics and keeps what the network computes.
    """
    return [module for module in model.modules() if is_folded(module)]
