"""What a forward can reach: which objects lead to a module or a tensor of the model."""

import functools
import gc
import logging
import sys
import threading
import weakref
from contextvars import ContextVar
from enum import Enum
from types import CodeType, FunctionType, ModuleType
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader, Dataset

PLAIN_KINDS = {
    *(type(None), bool, int, float, complex, str, bytes, range, slice, type(...)),
    *(torch.Size, torch.device, torch.dtype, torch.layout, torch.memory_format),
}
"""Kinds of values that cannot change and lead to nothing else."""

SHARED_KINDS = (
    *(type, ModuleType, CodeType, Enum, logging.Logger, threading.Thread),
    *(Dataset, DataLoader, Optimizer, LRScheduler),
)
"""Kinds of objects that may refer to a network, but that no forward computes with."""

SHARED_PACKAGES = {
    *("torch", "numpy", "pandas", "PIL", "lightning", "lightning_fabric", "pytorch_lightning"),
    *("logging", "threading", "multiprocessing", "concurrent", "asyncio", "tqdm"),
}
"""Packages whose objects, other than modules and tensors, are shared: trainers, locks, …."""

CLEAN_PACKAGES = SHARED_PACKAGES | {"builtins", "abc", "typing", "functools", "collections"}
"""Packages whose classes and functions use no module of the caller's by a global name."""

REACHING = (
    *(nn.Module, Tensor, FunctionType, staticmethod, classmethod, property),
    *(functools.cached_property, functools.partial, list, tuple, dict, set),
)

NOT_IN_A_FORWARD = {
    *("__init__", "__new__", "__post_init__", "__init_subclass__", "__class_getitem__"),
    *("__dict__", "__weakref__", "__doc__", "__repr__", "__str__", "__reduce__", "__del__"),
    *("__annotations__", "__dataclass_fields__", "__dataclass_params__", "__match_args__"),
    *("__slots__", "__setstate__", "__getstate__", "__eq__", "__hash__"),
}
"""Names in a class that no forward uses."""


def package_of(kind: Any) -> str:
    return (getattr(kind, "__module__", None) or "").partition(".")[0]


def globals_of(function: FunctionType) -> dict[str, Any]:
    """List the globals that a function names, without plain values, classes and torch's own."""
    named: dict[str, Any] = {}
    if package_of(function) in CLEAN_PACKAGES:
        return named
    scope, codes = function.__globals__, [function.__code__]
    for code in codes:  # functions inside it too
        codes += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
        for name in code.co_names:
            item = scope.get(name)
            if type(item) is ModuleType:
                if members_of(item, function):
                    named[name] = item
            elif type(item) in PLAIN_KINDS or isinstance(item, SHARED_KINDS):
                continue
            elif not isinstance(item, FunctionType) or package_of(item) not in CLEAN_PACKAGES:
                named[name] = item
    return named


def members_of(imported: ModuleType, function: FunctionType) -> list[tuple[str, Any]]:
    """List what a function may use of a Python module that it imported."""
    if imported.__name__.partition(".")[0] in (*CLEAN_PACKAGES, *sys.stdlib_module_names):
        return []
    names, members = function.__code__.co_names, vars(imported)
    found = ((name, members[name]) for name in names if name in members)
    return [(name, part) for name, part in found if isinstance(part, REACHING)]


def reaches_a_module(value: Any) -> bool:
    """Say whether a module or a tensor can be reached from an object, through any others."""
    waiting, seen, parts = [value], {id(value)}, list[Any]()
    for item in waiting:
        if isinstance(item, (nn.Module, Tensor)):
            return True
        if isinstance(item, FunctionType):
            parts = [item.__closure__, item.__defaults__, item.__kwdefaults__, vars(item)]
            for named in globals_of(item).values():
                imported = type(named) is ModuleType
                parts += [p for _, p in members_of(named, item)] if imported else [named]
        elif isinstance(item, weakref.ref):
            parts = [item()]
        elif isinstance(item, ContextVar):
            parts = [item.get(None)]
        else:
            parts = gc.get_referents(item)
        for part in parts:
            ends = type(part) in PLAIN_KINDS or isinstance(part, SHARED_KINDS)
            if not ends and id(part) not in seen and len(seen) < _FAR:
                seen.add(id(part))
                waiting.append(part)
    return False


_FAR = 10_000  # objects; no forward goes through more of them to reach a module
