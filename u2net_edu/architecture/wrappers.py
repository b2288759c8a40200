"""What others put around a network: torch.compile, data parallelism, averaged weights, Fabric."""

from typing import Any

from torch import nn


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
    kind = type(model).__name__
    inner: Any = None
    if isinstance(model, _WRAPPERS):
        inner = model.module
    elif kind == "AveragedModel":  # of torch.optim.swa_utils, whose import takes a while
        inner = model._modules.get("module")
    elif kind == "_FabricModule":  # Fabric itself may be around a compiled or distributed module
        inner = model._modules.get("_original_module")
    elif "_orig_mod" in model._modules:
        inner = model._modules["_orig_mod"]
    return inner if isinstance(inner, nn.Module) else None


_WRAPPERS = (nn.DataParallel, nn.parallel.DistributedDataParallel)
