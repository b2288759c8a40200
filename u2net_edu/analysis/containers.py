"""The tensors in whatever a forward gives."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from torch import Tensor, nn
from torch.utils._pytree import tree_leaves


def tensors_of(output: Any) -> list[Tensor]:
    """The tensors in an output, in order: alone, or in containers of any kind within one another.

    Lists, tuples, named tuples, sets, dicts and what behaves as one (`ModelOutput`), dataclasses,
    objects that hold them as attributes, and what is registered as a node of torch's trees. A
    tensor that is in there twice counts once.
    """
    found = {id(tensor): tensor for tensor in _walk(output, set())}
    return list(found.values())


_PLAIN = (type(None), bool, int, float, complex, str, bytes, type, nn.Module)


def _walk(value: Any, seen: set[int]) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif not isinstance(value, _PLAIN) and id(value) not in seen:
        seen.add(id(value))
        for item in _items(value):
            yield from _walk(item, seen)


def _items(value: Any) -> list[Any]:
    """What a container holds; nothing for what is none."""
    if isinstance(value, Mapping):
        return list(value.values())
    if isinstance(value, Collection) and not hasattr(value, "__array__"):
        return list(value)
    leaves = tree_leaves(value)
    if len(leaves) != 1 or leaves[0] is not value:
        return leaves
    named = (getattr(value, name, None) for name in _slots(type(value)))
    return [*named, *getattr(value, "__dict__", {}).values()]


def _slots(kind: type) -> list[str]:
    slots = (getattr(base, "__slots__", ()) for base in kind.__mro__)
    return [n for names in slots for n in ([names] if isinstance(names, str) else names)]
