"""Every operator of a forward pass, under the learner's own path.

One mechanism serves all: while a model runs, forward hooks keep the stack of modules that are at
work and a dispatch mode sees every ATen operator, functional ones included. The module at the top
of the stack is the operator's home.
"""

import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from ..architecture.modes import evaluating

KINDS = {
    "_native_batch_norm_legit_no_training": "norm",
    "_native_batch_norm_legit": "norm",
    "adaptive_avg_pool2d": "pool",
    "addmm": "linear",
    "avg_pool2d": "pool",
    "batch_norm": "norm",
    "cat": "concat",
    "convolution": "conv",
    "cudnn_batch_norm": "norm",
    "max_pool2d_with_indices": "pool",
    "native_batch_norm": "norm",
    "upsample_bilinear2d": "resize",
    "upsample_nearest2d": "resize",
}
"""The learner's word for an ATen operator; the others keep the name that torch gives them."""


def operator_kind(operator: torch._ops.OpOverload) -> str:
    """`aten.relu_.default` → `relu`, `aten.cat.default` → `concat`."""
    name = operator._schema.name.split("::")[-1].rstrip("_")
    return KINDS.get(name, name)


def module_paths(model: nn.Module) -> dict[nn.Module, str]:
    """The path of every module; the model's own is "".

    A path is the chain of names in the module tree, with the names that a class lists in
    `path_names` replaced: `en2.block.input` is `en2.in`.
    """
    paths: dict[nn.Module, str] = {}

    def visit(module: nn.Module, path: str) -> None:
        if module in paths:  # one module in two places keeps its first path
            return
        paths[module] = path
        words = getattr(type(module), "path_names", {})
        for name, child in module.named_children():
            word = words.get(name, name)
            visit(child, f"{path}.{word}" if path and word else path or word)

    visit(model, "")
    return paths


def operator_paths(
    calls: Sequence[tuple[str, str]], leaves: Iterable[str], taken: Iterable[str]
) -> list[str]:
    """A path for each operator of a pass, each one different.

    A leaf module that ran a single operator lends it its own path (`en1.in.conv`). Elsewhere the
    operator's kind follows the module's path, and a counter where that module ran several of the
    same kind (`down1.concat`, `attention.matmul_1`, `attention.matmul_2`).

    Args:
        calls: (path of the module, kind of the operator) in execution order.
        leaves: paths of modules without children.
        taken: paths of all modules; an operator never gets the path of another module.
    """
    per_module = Counter(path for path, _ in calls)
    per_kind = Counter(calls)
    leaves, used = set(leaves), set(taken)
    seen: Counter[tuple[str, str]] = Counter()
    paths = []
    for call in calls:
        module, kind = call
        if module in leaves and per_module[module] == 1:
            paths.append(module)
            continue
        stem = f"{module}.{kind}" if module else kind
        path = stem
        if per_kind[call] > 1 or path in used:
            seen[call] += 1
            while (path := f"{stem}_{seen[call]}") in used:
                seen[call] += 1
        used.add(path)
        paths.append(path)
    return paths


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

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        result = operator(*args, **kwargs)
        self._see(self._stack[-1], operator, args, kwargs, result)
        return result


class PathError(KeyError):
    """A path that the network does not have."""

    def __str__(self) -> str:  # KeyError would print the quotes of repr
        return str(self.args[0])


def unknown_path(path: str, known: Iterable[str]) -> PathError:
    """The error for a path that does not exist, with the nearest that do."""
    known = [name for name in known if name]
    near = difflib.get_close_matches(path, known, n=4, cutoff=0.5)
    near += [name for name in known if name.startswith(f"{path}.")][: 4 - len(near)]
    examples = near or known[:4]
    return PathError(
        f"this network has no path {path!r}. "
        f"{'Did you mean' if near else 'Its paths begin with'} {', '.join(examples)}?"
    )


def capture(model: nn.Module, images: Tensor, paths: Iterable[str] | str) -> dict[str, Tensor]:
    """What layers, stages and single operators give for these images: {path: tensor}.

    One forward in eval mode without gradients; the model's own modes are restored. The tensors are
    clones, which a later in-place ReLU cannot overwrite.

    Args:
        model: ours, or any module that takes one tensor.
        images: (B, C, H, W).
        paths: of modules (`en3`, `en3.enc2`) or operators (`en3.enc2.conv`). A module that runs
            more than once gives its last output.

    Raises: PathError (a KeyError) for a path the network does not have, with the nearest names;
    ValueError for a module that did not run or whose output is not one tensor.
    """
    wanted = [paths] if isinstance(paths, str) else list(paths)
    calls: list[tuple[str, str]] = []
    of_operators: list[Tensor | None] = []
    of_modules: dict[str, Any] = {}

    def see(module: str, operator, args, kwargs, result) -> None:
        kind = operator_kind(operator)
        stem = f"{module}.{kind}" if module else kind
        calls.append((module, kind))
        # Final names need the whole pass (a counter where several share a kind), so whatever may
        # turn out to be wanted is cloned here.
        candidate = any(path.startswith(stem) for path in wanted if path not in known)
        of_operators.append(result.clone() if candidate and isinstance(result, Tensor) else None)

    def leave(module: str, output: Any) -> None:
        if module in wanted:
            of_modules[module] = output.clone() if isinstance(output, Tensor) else output

    stream = OperatorStream(model, see, leave)
    known = set(stream.paths.values())
    with evaluating(model), stream:
        model(images)
    leaves = [path for module, path in stream.paths.items() if not module._modules]
    by_operator = dict(zip(operator_paths(calls, leaves, known), of_operators))
    captured = {}
    for path in wanted:
        output = of_modules.get(path, by_operator.get(path))
        if path not in known and path not in by_operator:
            raise unknown_path(path, [*known, *by_operator])
        if not isinstance(output, Tensor):
            reason = "did not run" if output is None else f"gives {type(output).__name__}"
            raise ValueError(f"{path or 'the model'} {reason}: capture takes single tensors.")
        captured[path] = output
    return captured
