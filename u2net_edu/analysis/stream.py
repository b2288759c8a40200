"""Watch a network run: which operators, in which module, with which arguments.

While a model runs, forward hooks keep the stack of modules at work, and a dispatch mode sees every
ATen operator, functional ones included. The module at the top of the stack is the
operator's home. What runs is a stand-in, so that the caller's model is never touched.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from .paths import module_paths
from .switches import not_deterministic


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
        self._switches = not_deterministic()
        self._switches.__enter__()
        return super().__enter__()

    def __exit__(self, *exception):
        self._switches.__exit__(None, None, None)
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
