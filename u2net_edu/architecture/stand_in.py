"""Running a network without touching it: what runs is a stand-in.

Everything that asks a network a question (predict, evaluate, capture, trace, fields, latency, the
widgets) runs `stand_in(model)`. The caller's model keeps its modes, device, buffers, hooks and
attributes, even while another thread trains it or asks it something else.
"""

import torch
from torch import Tensor, nn

from .twins import Swap, Twins
from .wrappers import unwrapped


def stand_in(
    model: nn.Module,
    swap: Swap | None = None,
    *,
    device: torch.device | str | None = None,
    dtype: torch.dtype | None = None,
    compiled: bool = False,
    pairs: dict[nn.Module, nn.Module] | None = None,
) -> nn.Module:
    """Make a twin of the network in eval mode, which may be run, moved and hooked freely.

    The twin's modules are copies. Its parameters need no gradient and share the memory of the
    model's own, unless they move to another device or dtype. Buffers and all other tensors are
    copies, so neither the model nor the twin sees what the other writes. Modules and tensors are
    found wherever a forward can reach them: in containers and objects, in closures, partials and
    bound methods, in weak references, and among the globals that a function uses. Hooks that
    compute are kept and hooks that only watch are left out (`hooks.py` tells them apart). What
    torch.compile and DataParallel put around a network is left out too.

    Args:
        swap: a function that gives the twin's tensor for each tensor of the model, in place of
            `device` and `dtype`.
        device, dtype: where to put the twin, and the dtype of its floating-point tensors.
        compiled: keep what torch.compile put around the network, or around a part of it.
        pairs: a dictionary to fill with {module: its twin}.

    Raises: TypeError if the model is not a module, has lazy layers without weights, is TorchScript
    (with `swap`), or reaches a module in a way that cannot be followed; ValueError if its weights
    are on the meta device and have no values (without `swap`).
    """
    twins = Twins(swap or _placing(device, dtype), compiled, scripts=swap is None)
    try:
        twin = twins.of(model if compiled else unwrapped(model))
        if twins.held_weakly:
            twin.__dict__["_keeps_alive"] = twins.held_weakly
        if pairs is not None:
            pairs.update((a, b) for a, b in twins.made.values() if isinstance(a, nn.Module))
        return twin
    finally:
        twins.made.clear()


def _placing(device: torch.device | str | None, dtype: torch.dtype | None) -> Swap:
    """The swap that puts tensors on a device, in a dtype."""

    def place(tensor: Tensor) -> Tensor:
        if tensor.is_meta:
            raise ValueError(
                "the model's weights are on the meta device, where they have no values: "
                "load weights into it first (model.to_empty(device='cpu') makes room for them)."
            )
        # `.data`, unlike detach(), counts writes of its own: a training step in another thread
        # is no error in the middle of a backward pass here.
        data = tensor.data
        placed = data.to(device=device, dtype=dtype if data.is_floating_point() else None)
        if type(tensor) is nn.Parameter:
            return nn.Parameter(placed, requires_grad=False)
        shared = placed is data and not isinstance(tensor, nn.Parameter)
        return placed.clone() if shared else placed

    return place
