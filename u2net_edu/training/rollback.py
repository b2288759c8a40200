"""What a forward pass writes into a network, kept so that a step not taken leaves nothing."""

from torch import Tensor, nn


class Rollback:
    """The state of a network beside its trained weights, before a step.

    Batch norms keep running statistics, other modules counters, queues or averages; a forward in
    train mode changes them long before the optimiser changes a weight. Kept are the buffers of
    every module, whether or not they are saved with it, and tensors that are plain attributes.
    """

    def __init__(self, model: nn.Module):
        self._modules = list(model.modules())
        self._plain = [
            (module, name)
            for module in self._modules
            for name, value in vars(module).items()
            if isinstance(value, Tensor)
        ]
        self._kept: list[tuple[dict, dict[str, tuple]]] = []

    def keep(self) -> None:
        """Remember everything as it is now."""
        self._kept = [
            (module._buffers, {name: _copied(b) for name, b in module._buffers.items()})
            for module in self._modules
            if module._buffers
        ]
        self._kept += [
            (vars(module), {name: _copied(vars(module)[name])})
            for module, name in self._plain
            if name in vars(module)
        ]

    def forget(self) -> None:
        """Let go of it: the step was taken, and there is nothing to put back."""
        self._kept = []

    def restore(self) -> None:
        """Put back what `keep` remembered: the values, and the tensors that held them."""
        for holder, entries in self._kept:
            for name, (tensor, values) in entries.items():
                if tensor is not None:
                    tensor.detach().copy_(values)
                holder[name] = tensor


def _copied(tensor: Tensor | None) -> tuple[Tensor | None, Tensor | None]:
    return tensor, None if tensor is None else tensor.detach().clone()
