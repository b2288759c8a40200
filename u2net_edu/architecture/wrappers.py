"""What others put around a network: torch.compile, data parallelism, averaged weights, Fabric."""

from typing import Any

from torch import nn
from torch.optim.swa_utils import AveragedModel


def unwrapped(model: nn.Module) -> nn.Module:
    """Take off whatever was put around a network.

    Wrappers are those of torch.compile, DataParallel, DistributedDataParallel, AveragedModel and
    Lightning Fabric's `setup`, in any order.

    Raises: TypeError if the model is not a module.
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"expected a torch.nn.Module, got {type(model).__name__}.")
    inner = inside(model)
    while inner is not None:
        model, inner = inner, inside(inner)
    return model


def inside(model: nn.Module) -> nn.Module | None:
    """The module in a wrapper; None if this is no wrapper."""
    inner: Any = None
    if isinstance(model, _WRAPPERS):
        inner = model.module
    elif type(model).__name__ == "_FabricModule":  # it may be around another wrapper
        inner = model._modules.get("_original_module")
    elif "_orig_mod" in model._modules:  # torch.compile's, whose class takes seconds to import
        inner = model._modules["_orig_mod"]
    return inner if isinstance(inner, nn.Module) else None


_WRAPPERS = (nn.DataParallel, nn.parallel.DistributedDataParallel, AveragedModel)
