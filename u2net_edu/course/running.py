"""Run a student's function on many cases, whatever it does, and say within a time what happened.

It runs in a thread of its own. When the time is up, an exception is raised inside that thread
(`PyThreadState_SetAsyncExc`, which works alike on Linux, macOS and Windows, and from any thread, as
in a notebook's kernel; signals do not). That ends any loop written in Python, even one that catches
every exception, unless it catches them for ever. It cannot end a single call into C that does not
come back, such as `time.sleep(1000)`: such a thread is left behind, and the student is told
to restart the kernel. A call that also holds the interpreter's lock, such as `sum(range(10**15))`,
stops the whole kernel, and nothing inside it can help.
"""

import contextlib
import copy
import ctypes
import linecache
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

LIMIT = 1.5  # seconds for all cases together
GRACE = 0.3  # seconds in which a function that was told to stop may still stop
PRINTED = 2000  # characters kept of what it prints


class TimeUp(SystemExit):
    """Raised inside the student's thread. A SystemExit, since a thread ends silently on those."""


@dataclass
class Outcome:
    """What came of one case: a value or an error, and what the function did besides."""

    args: tuple
    value: Any = None
    error: BaseException | None = None
    changed: bool = False  # it wrote into its own arguments
    printed: str = ""


@dataclass
class Run:
    """The outcomes so far; `finished` if all cases were reached, `stuck` if it still runs."""

    outcomes: list[Outcome] = field(default_factory=list)
    finished: bool = False
    stuck: bool = False


def run_cases(call: Callable, cases: list[tuple], limit: float = LIMIT) -> Run:
    """Call `call(*args)` for each case in a thread, for at most `limit` + GRACE seconds."""
    run = Run()
    done = threading.Event()

    def work() -> None:
        try:
            for args in cases:
                _run_case(call, args, run.outcomes)
                if isinstance(run.outcomes[-1].error, TimeUp):
                    return
            run.finished = True
        finally:
            done.set()

    worker = threading.Thread(target=work, daemon=True)
    with _printing_of(worker, run):
        try:
            worker.start()
            done.wait(limit)
        finally:  # it is done, or the time is up, or the student pressed "stop"
            _stop(worker, done)
    run.stuck = not done.is_set()
    # A thread that was left behind keeps its own Run; what we judge must not change any more.
    return Run(list(run.outcomes), run.finished and not run.stuck, run.stuck)


def _run_case(call: Callable, args: tuple, outcomes: list[Outcome]) -> None:
    outcome = Outcome(args)
    outcomes.append(outcome)
    given = copy.deepcopy(args)
    try:
        outcome.value = call(*given)
    except BaseException as error:  # SystemExit and the like must not end the check either
        outcome.error = error
    outcome.changed = not same(given, args)


def _stop(worker: threading.Thread, done: threading.Event) -> None:
    """Raise TimeUp in the worker, again and again: a bare `except:` may have swallowed it."""
    end = time.monotonic() + GRACE
    while not done.is_set() and time.monotonic() < end:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(worker.ident), ctypes.py_object(TimeUp)
        )
        done.wait(0.02)
    if done.is_set():
        worker.join()


@contextlib.contextmanager
def _printing_of(worker: threading.Thread, run: Run) -> Iterator[None]:
    """Keep what this thread prints with the case it belongs to; let all others print."""

    class Listener:
        def __init__(self, stream):
            self._stream = stream

        def __getattr__(self, name):
            return getattr(self._stream, name)

        def write(self, text: str) -> int:
            if threading.get_ident() != worker.ident or not run.outcomes:
                return self._stream.write(text)
            outcome = run.outcomes[-1]
            outcome.printed += text[: PRINTED - len(outcome.printed)]
            return len(text)

    with contextlib.redirect_stdout(Listener(sys.stdout)):
        yield


def same(a: Any, b: Any) -> bool:
    """Equal in shape and, to rounding, in value, whatever the type of number; NaN equals nothing.

    Whole numbers must be equal exactly; others to one part in a million.
    """
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    try:
        a, b = (np.asarray(x.detach() if hasattr(x, "detach") else x) for x in (a, b))
        if a.shape != b.shape:
            return False
        if a.dtype.kind in "fc" or b.dtype.kind in "fc":
            return bool(np.allclose(a, b, rtol=1e-6, atol=1e-9))
        return bool((a == b).all())
    except Exception:  # a foreign object that NumPy cannot compare is none of our right answers
        return False


def where(error: BaseException, answer: Any) -> str:
    """The line of the student's own function or class that raised: 'line 3: `x = 1 / 0`'."""
    code = _code_of(answer)
    frames = traceback.extract_tb(error.__traceback__) if code else []
    own = [frame for frame in frames if frame.filename == code.co_filename]
    if not own:
        return ""
    line = linecache.getline(code.co_filename, own[-1].lineno).strip()
    return f"line {own[-1].lineno}: `{line}`" if line else f"line {own[-1].lineno}"


def _code_of(answer: Callable):
    """The code of a function, or of the first method that a class defines."""
    if not isinstance(answer, type):
        return getattr(answer, "__code__", None)
    methods = (getattr(value, "__code__", None) for value in vars(answer).values())
    return next(filter(None, methods), None)
