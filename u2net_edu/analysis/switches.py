"""torch's global switches while operators are watched: what a network is does not depend on them.

`torch.use_deterministic_algorithms(True)`, which every guide to reproducibility recommends, has
torch's Python functions take other ways, off the CPU: a resize becomes forty operators. So the
thread that watches is told that the switch is off; other threads, such as a training, keep what
they asked for. Autocast would add conversions, inference mode would show whole functions in place
of their operators, and gradients would keep memory alive: torch itself holds these per thread.
"""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch

_lock = threading.Lock()
_watching: dict[int, int] = {}
"""Threads that watch operators → how many watches they have begun."""
_asked = torch.are_deterministic_algorithms_enabled


def _are_enabled() -> bool:
    return _asked() and threading.get_ident() not in _watching


@contextmanager
def not_deterministic() -> Iterator[None]:
    """Inside, `torch.are_deterministic_algorithms_enabled()` is False in this thread."""
    if not _asked():
        yield
        return
    me = threading.get_ident()
    with _lock:
        _watching[me] = _watching.get(me, 0) + 1
        torch.are_deterministic_algorithms_enabled = _are_enabled
    try:
        yield
    finally:
        with _lock:
            _watching[me] -= 1
            if not _watching[me]:
                del _watching[me]
            if not _watching:
                torch.are_deterministic_algorithms_enabled = _asked


@contextmanager
def plain(device: str | torch.device) -> Iterator[None]:
    """Inside, gradients, inference mode, autocast and deterministic algorithms are off."""
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.no_grad())
        for kind in {"cpu", torch.device(device).type} - {"meta"}:
            stack.enter_context(torch.autocast(kind, enabled=False))
        stack.enter_context(not_deterministic())
        yield
