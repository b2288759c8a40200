"""A pass over a network with eyes open: who runs, under which path, and with what.

While a model runs, forward hooks keep the stack of modules that are at work and a dispatch mode
sees every ATen operator, functional ones included. The module at the top of the stack is the
operator's home. What runs is a stand-in, so that the caller's model is never touched.
"""

import copy
from collections import OrderedDict
from collections.abc import Callable
from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from .paths import module_paths


class OperatorStream(TorchDispatchMode):
    """While active, calls `see(module_path, operator, args, kwargs, result)` for every operator.

    `leave(module_path, output)` is called when a module's forward returns. The hooks are taken off
    again on exit, whatever happened in between.
    """

    def __init__(
        self,
        model: nn.Module,
        see: Callable[[str, torch._ops.OpOverload, tuple, dict, Any], None],
        leave: Callable[[str, Any], None] | None = None,
    ):
        super().__init__()
        self.paths = module_paths(model)
        self._see = see
        self._leave = leave
        self._stack = [""]
        self._hooks: list = []

    @property
    def home(self) -> str:
        """The path of the module that is at work."""
        return self._stack[-1]

    def __enter__(self):
        first = {path: module for module, path in reversed(self.paths.items())}
        for path, module in first.items():  # a wrapper and its block share a path: once is enough
            self._hooks.append(module.register_forward_pre_hook(self._enter_module(path)))
            self._hooks.append(module.register_forward_hook(self._leave_module(path)))
        return super().__enter__()

    def __exit__(self, *exception):
        for hook in self._hooks:
            hook.remove()
        self._hooks.clear()
        self._stack[1:] = []
        return super().__exit__(*exception)

    def _enter_module(self, path: str):
        def hook(module, args):
            self._stack.append(path)

        return hook

    def _leave_module(self, path: str):
        def hook(module, args, output):
            self._stack.pop()
            if self._leave is not None:
                self._leave(path, output)

        return hook

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # torch would import its whole compiler, a second or two, to keep it out of this class
        return False

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        result = self.run(operator, args, kwargs)
        self._see(self._stack[-1], operator, args, kwargs, result)
        return result

    def run(self, operator: torch._ops.OpOverload, args: tuple, kwargs: dict) -> Any:
        return operator(*args, **kwargs)


def stand_in(model: nn.Module, swap: Callable[[Tensor], Tensor] = lambda tensor: tensor):
    """A copy of the module tree in eval mode, for one pass; its tensors are `swap(tensor)`.

    Modules are copied without their tensors, so it takes milliseconds and no memory, and hooks,
    modes and swapped tensors never reach the model itself, not even one that is being trained in
    another thread. Modules and tensors in lists, dicts and bound methods are replaced too.

    Raises: TypeError for what is no Python module (TorchScript), or has no weights yet (lazy).
    """
    if not isinstance(model, nn.Module) or isinstance(model, torch.jit.ScriptModule):
        raise TypeError(
            f"expected a torch.nn.Module written in Python, got {type(model).__name__}"
            + (": use the model that it was scripted from." if callable(model) else ".")
        )
    copies: dict[int, Any] = {}

    def twin_of(value: Any) -> Any:
        if value is None or isinstance(value, (bool, int, str)):
            return value
        if id(value) in copies:
            return copies[id(value)]
        if isinstance(value, nn.Module):
            twin = copies[id(value)] = object.__new__(type(value))
            twin.__dict__.update({name: twin_of(item) for name, item in vars(value).items()})
            twin.__dict__["training"] = False
        elif isinstance(value, Tensor):
            if isinstance(value, nn.parameter.UninitializedTensorMixin):
                raise TypeError(
                    "the model has lazy layers without weights yet: run it once on an image first."
                )
            twin = copies[id(value)] = swap(value)
        elif isinstance(value, dict):
            quick = type(value) in (dict, OrderedDict)  # a module has a dozen of these
            twin = copies[id(value)] = value.copy() if quick else copy.copy(value)
            for key, item in value.items():
                twin[key] = twin_of(item)
        elif isinstance(value, list):
            twin = copies[id(value)] = copy.copy(value)
            twin[:] = map(twin_of, value)
        elif type(value) is tuple:
            twin = tuple(map(twin_of, value))
        elif isinstance(value, MethodType) and isinstance(value.__self__, nn.Module):
            twin = MethodType(value.__func__, twin_of(value.__self__))
        else:
            twin = value
        return twin

    twin = twin_of(unwrapped(model))
    copies.clear()  # `twin_of` refers to itself, and would keep them until the next collection
    return twin


def unwrapped(model: nn.Module) -> nn.Module:
    """The network itself, without what torch.compile or DataParallel put around it."""
    while True:
        if isinstance(model, nn.DataParallel | nn.parallel.DistributedDataParallel):
            model = model.module
        elif isinstance(getattr(model, "_orig_mod", None), nn.Module):
            model = model._orig_mod
        else:
            return model
