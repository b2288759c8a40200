"""Bytes that activations take, from one operator to the next."""

from torch import Tensor, nn
from torch.multiprocessing.reductions import StorageWeakRef


class Memory:
    """Counts the bytes of storages that are alive; a storage dies with its last tensor."""

    def __init__(self, model: nn.Module):
        fixed = [*model.parameters(), *model.buffers()]
        self._fixed = {tensor.untyped_storage()._cdata for tensor in fixed}
        self._alive: dict[int, tuple[StorageWeakRef, int]] = {}
        self._writes: dict[int, list[tuple[int, int, int]]] = {}

    def add(self, tensors: list[Tensor]) -> int:
        """Bytes of new memory that these tensors took: none for views and in-place results."""
        taken = 0
        for tensor in tensors:
            storage = tensor.untyped_storage()
            key = storage._cdata
            if key not in self._alive and key not in self._fixed:
                self._alive[key] = StorageWeakRef(storage), storage.nbytes()
                taken += storage.nbytes()
        return taken

    def live(self) -> int:
        """Bytes alive at this moment."""
        for key in [key for key, (storage, _) in self._alive.items() if storage.expired()]:
            del self._alive[key]
            self._writes.pop(key, None)
        return sum(taken for _, taken in self._alive.values())

    def note_writes(self, tensors: list[Tensor], step: int) -> None:
        """Remember that a step changed these tensors in place."""
        for tensor in tensors:
            writes = self._writes.setdefault(tensor.untyped_storage()._cdata, [])
            writes.append((step, *_extent(tensor)))

    def is_stale(self, tensor: Tensor, step: int = -1) -> bool:
        """Whether a tensor's memory was changed through another view after a step made it."""
        writes = self._writes and self._writes.get(tensor.untyped_storage()._cdata)
        first, last = _extent(tensor) if writes else (0, 0)
        return any(s > step and first <= end and start <= last for s, start, end in writes or ())


def _extent(tensor: Tensor) -> tuple[int, int]:
    """The first and last element of its storage that a tensor can reach."""
    first = int(tensor.storage_offset())
    return first, first + sum((n - 1) * step for n, step in zip(tensor.shape, tensor.stride()))
