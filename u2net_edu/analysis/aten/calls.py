"""One call of an operator, read through its schema."""

import math
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import torch
from torch import Tensor

from .names import ALLOCATIONS, CONSTANTS, KINDS, POINTWISE, SILENT


@dataclass(frozen=True)
class Signature:
    """What an operator's schema says, read once."""

    name: str
    arguments: tuple[str, ...]
    defaults: dict[str, Any]
    writes: tuple[str, ...]
    """Arguments that it changes in place."""
    is_view: bool
    is_pure: bool
    """Neither a view nor in place: its outputs are new tensors."""
    is_pointwise: bool


@cache
def signature(operator: torch._ops.OpOverload) -> Signature:
    """`aten.relu_.default` has the name `relu` and writes its first argument."""
    schema = operator._schema
    aliases = [(a.name, a.alias_info) for a in schema.arguments if a.alias_info is not None]
    writes = tuple(name for name, alias in aliases if alias.is_write)
    name = schema.name.split("::")[-1]
    name = name.rstrip("_") if writes else name
    return Signature(
        name,
        tuple(a.name for a in schema.arguments),
        {a.name: a.default_value for a in schema.arguments if a.has_default_value()},
        writes,
        bool(aliases) and not writes,
        not aliases,
        torch.Tag.pointwise in operator.tags or name in POINTWISE,
    )


class Call:
    """One operator call: its name, and all its arguments by name, defaults included."""

    def __init__(self, operator: torch._ops.OpOverload, args: tuple, kwargs: dict, result: Any):
        self.operator = operator
        self.signature = signature(operator)
        self.name = self.signature.name
        named = zip(self.signature.arguments, args)
        self.arguments = {**self.signature.defaults, **dict(named), **kwargs}
        self.result = result

    def __getitem__(self, argument: str) -> Any:
        return self.arguments[argument]

    def get(self, argument: str, default: Any = None) -> Any:
        return self.arguments.get(argument, default)

    @cached_property
    def tensors(self) -> list[Tensor]:
        """The tensors among its arguments, in order; those in lists too."""
        return tensors_in(self.arguments.values())

    @cached_property
    def reads(self) -> list[Tensor]:
        """The tensors whose values it uses: not those that it overwrites or takes only a
        shape from.
        """
        if self.name in CONSTANTS:
            return []
        return tensors_in([self["src"]]) if self.name == "copy" else self.tensors

    @cached_property
    def outputs(self) -> list[Tensor]:
        return tensors_in([self.result])

    @property
    def settings(self) -> dict[str, Any]:
        """The arguments that are not tensors, as plain JSON: stride, padding, groups, mode, …"""
        return {
            name: _plain(value)
            for name, value in self.arguments.items()
            if not isinstance(value, Tensor) and not tensors_in([value])
        }


def tensors_in(values: Any) -> list[Tensor]:
    found = []
    for value in values:
        if isinstance(value, Tensor):
            found.append(value)
        elif isinstance(value, (list, tuple)):
            found += tensors_in(value)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    return str(value)


def operator_kind(operator: torch._ops.OpOverload) -> str:
    """`aten.relu_.default` → `relu`, `aten.cat.default` → `concat`."""
    name = signature(operator).name
    return KINDS.get(name, name)


def is_step(operator: torch._ops.OpOverload) -> bool:
    """Whether an operator does something, rather than reserve memory or pass a tensor on."""
    return signature(operator).name not in ALLOCATIONS | SILENT
