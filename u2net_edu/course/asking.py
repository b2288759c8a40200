"""How an answer can be called: by position and by name, as the cells of a notebook call it."""

import functools
import inspect
from collections.abc import Callable
from typing import Any


def signature_of(answer: Any) -> inspect.Signature | None:
    """The signature of a function or class; None where Python does not know it."""
    try:
        return inspect.signature(answer)
    except Exception:  # a built-in that does not tell, or an object that lies
        return None


def can_be_called(answer: Any, wanted: inspect.Signature) -> bool:
    """Whether it takes as many arguments as are wanted, by position or by their names."""
    has = signature_of(answer)
    return has is None or _binds(has, *wanted.parameters) or _binds_names(has, wanted)


def keeps_names(answer: Any, wanted: inspect.Signature) -> bool:
    """Whether it can be called in every way that the stub could: by position, by name, in part."""
    has = signature_of(answer)
    if has is None:
        return False
    return _binds(has, *wanted.parameters) and _binds_names(has, wanted) and _defaults_agree(
        has, wanted
    )  # fmt: skip


def as_asked(answer: Callable, solution: Callable) -> Callable:
    """The answer, if it can be called in every way that the solution can; else a function around it
    that can: one with other names, without a default, or with `*` before its parameters.

    A class stays itself, since the cells below may derive from it.
    """
    wanted = inspect.signature(solution)
    if isinstance(answer, type) or keeps_names(answer, wanted):
        return answer
    has = signature_of(answer)
    by_position = has is None or _binds(has, *wanted.parameters)

    @functools.wraps(answer, updated=())
    def adapted(*args, **named):
        bound = wanted.bind(*args, **named)
        bound.apply_defaults()
        if by_position:
            return answer(*bound.arguments.values())
        return answer(**bound.arguments)

    adapted.__signature__ = wanted  # type: ignore[attr-defined]
    return adapted


def _binds(signature: inspect.Signature, *args: Any, **named: Any) -> bool:
    try:
        signature.bind(*args, **named)
    except TypeError:
        return False
    return True


def _binds_names(has: inspect.Signature, wanted: inspect.Signature) -> bool:
    """All of them, in the stub's order or not; and each on its own place."""
    names = list(wanted.parameters)
    if not _binds(has, **dict.fromkeys(names)):
        return False
    own = [p.name for p in has.parameters.values() if p.kind in _PLACED]
    return not _binds(has, *names) or own[: len(names)] == names[: len(own)]


def _defaults_agree(has: inspect.Signature, wanted: inspect.Signature) -> bool:
    """Every default of the stub is there, and the same."""
    for name, parameter in wanted.parameters.items():
        if parameter.default is not inspect.Parameter.empty:
            own = has.parameters.get(name)
            if own is None or type(own.default) is not type(parameter.default):
                return False
            if own.default != parameter.default:
                return False
    return True


_PLACED = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
