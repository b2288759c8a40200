"""Which hooks take part in the computation, and which only watch it.

A hook computes if it can change the output: torch's own do (weight norm, spectral norm, pruning),
and so does any hook that returns something or writes into its arguments. A hook that only stores
its arguments (`lambda module, args, output: kept.append(output)`) watches. A stand-in leaves it
out, so that nobody's list fills up with maps from a run that was not theirs, or with tensors that
have no values.

The difference is read from the hook's code. A hook that might compute is treated as one that does.
"""

import dis
import functools
from collections.abc import Callable
from types import CodeType, FunctionType, MethodType
from typing import Any, NamedTuple

from torch import nn

KEEPERS = {
    *("append", "appendleft", "extend", "update", "insert", "setdefault", "__setitem__"),
    *("print", "write", "debug", "info", "warning", "setattr", "add_scalar", "add_histogram"),
}
"""Methods and functions that are called for what they store, not for what they return."""


def watches_only(hook: Callable) -> bool:
    """Say whether a hook before or after a forward certainly changes nothing."""
    function, handed = hook, 0
    while isinstance(function, functools.partial):
        function = function.func
    if not isinstance(function, (FunctionType, MethodType)):
        function = vars(type(function)).get("__call__")
        handed = 1  # after self
    elif isinstance(function, MethodType):
        function, handed = function.__func__, 1
    if not isinstance(function, FunctionType) or function.__module__.startswith("torch."):
        return False
    return _only_watches(function, handed)


def _only_watches(function: FunctionType, handed: int) -> bool:
    code = function.__code__
    itself = set(code.co_varnames[:handed])
    steps = _steps(code)
    return not any(
        _gives_something(function, steps, i) or _writes_into_local(steps, i, itself)
        for i in range(len(steps))
    )


class _Step(NamedTuple):
    """An instruction of the interpreter."""

    name: str
    value: Any
    effect: int
    """How many values it adds to the stack."""


def _steps(code: CodeType) -> list[_Step]:
    steps = []
    for one in dis.get_instructions(code):
        pair = one.opname.split("_FAST_") if "_FAST_" in one.opname else []
        if len(pair) == 2 and isinstance(one.argval, tuple):  # two in one, from Python 3.13 on
            kinds = [pair[0], pair[1].removesuffix("_FAST")]
            for kind, name in zip(kinds, one.argval):
                steps.append(_Step(f"{kind}_FAST", name, 1 if kind == "LOAD" else -1))
            continue
        effect = dis.stack_effect(one.opcode, one.arg, jump=False)
        value = one.argrepr if one.opname == "BINARY_OP" else one.argval
        steps.append(_Step(one.opname, value, effect))
    return steps


def _start(steps: list[_Step], end: int) -> int:
    """Find where the expression begins whose last instruction is at `end`."""
    height, at = 0, end + 1
    while height < 1 and at > 0:
        at -= 1
        height += steps[at].effect
    return at


def _gives_something(function: FunctionType, steps: list[_Step], at: int) -> bool:
    step = steps[at]
    if step.name == "RETURN_CONST":
        return step.value is not None
    if step.name != "RETURN_VALUE":
        return False
    if at and steps[at - 1].name == "LOAD_CONST":
        return steps[at - 1].value is not None
    if at and steps[at - 1].name.startswith("CALL"):
        names = [s.value for s in steps[_start(steps, at - 1) : at] if isinstance(s.value, str)]
        if KEEPERS.intersection(names):
            return False
        called = _named(function, names[0]) if names else None
        if isinstance(called, FunctionType) and called is not function:
            return not _only_watches(called, 0)
    return True


def _named(function: FunctionType, name: str) -> Any:
    """Look up what a name stands for outside of a function."""
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
    try:
        return cells[name].cell_contents if name in cells else function.__globals__.get(name)
    except ValueError:  # a cell that is still empty
        return None


def _writes_into_local(steps: list[_Step], at: int, others: set[str]) -> bool:
    """Say whether an instruction changes an argument or a local variable in place."""
    step = steps[at]
    if step.name in ("LOAD_METHOD", "LOAD_ATTR", "LOAD_GLOBAL") and isinstance(step.value, str):
        if step.value in ("setattr", "delattr"):
            return _is_own(next((s for s in steps[at + 1 :] if "LOAD" in s.name), step), others)
        in_place = step.value.endswith("_") and not step.value.endswith("__")
        return in_place and step.value != "requires_grad_"
    if step.name == "STORE_ATTR":
        last = at - 1
    elif step.name == "STORE_SUBSCR":
        last = _start(steps, at - 1) - 1
    elif step.name == "STORE_SLICE":
        last = _start(steps, _start(steps, at - 1) - 1) - 1
    elif step.name.startswith("INPLACE_") or (step.name == "BINARY_OP" and "=" in step.value):
        last = _start(steps, at - 1) - 1
    else:
        return False
    return _is_own(steps[_start(steps, last)], others)


def _is_own(step: _Step, others: set[str]) -> bool:
    """Say whether an instruction loads an argument or a local variable, other than these."""
    return step.name.startswith("LOAD_FAST") and step.value not in others


def call_with_own_hooks(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
    """Call `module(*args, **kwargs)` without the hooks that are registered for all modules.

    Such a hook watches the modules of whoever registered it, and no stand-in.
    """
    for key, hook in [*module._forward_pre_hooks.items()]:
        if key in module._forward_pre_hooks_with_kwargs:
            changed = hook(module, args, kwargs)
            args, kwargs = (args, kwargs) if changed is None else changed
        else:
            changed = hook(module, args)
            if changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
    output = module.forward(*args, **kwargs)
    for key, hook in [*module._forward_hooks.items()]:
        words = (kwargs,) if key in module._forward_hooks_with_kwargs else ()
        changed = hook(module, args, *words, output)
        output = output if changed is None else changed
    return output
