"""Run a student's function in a thread, where the system cannot fork.

When the time is up, an exception is raised inside that thread (`PyThreadState_SetAsyncExc`, which
works from any thread, as in a notebook's kernel; signals do not). That ends any loop written in
Python, even one that catches every exception, unless it catches them for ever. It cannot end a
single call into C that does not come back: such a thread is left behind, and the student is told
to restart the kernel.
"""

import contextlib
import ctypes
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from .outcome import GRACE, PRINTED, Outcome, Run, TimeUp, nobody_answers, observe

LOOK = 0.05  # seconds
QUIET = 200  # looks in a row at which it had done nothing since the last: then it waits


def run(call: Callable, cases: list[tuple], answer: Any, limit: float) -> Run:
    """As `running.run_cases`."""
    run, done = Run(), threading.Event()
    clocks: list[Callable[[], float]] = []

    def work() -> None:
        clocks.append(_own_clock())
        try:
            for args in cases:
                outcome = Outcome(args)
                run.outcomes.append(outcome)
                observe(call, args, answer, outcome)
                if outcome.error and outcome.error.is_a(TimeUp):
                    return
            run.end = "finished"
        finally:
            done.set()

    worker = threading.Thread(target=work, daemon=True)
    with _printing_of(worker, run), nobody_answers():
        try:
            worker.start()
            asleep = _wait(clocks, done, limit)
        finally:  # it is done, or the time is up, or the student pressed "stop"
            _stop(worker, done)
    stuck = not done.is_set()
    # A thread that was left behind keeps its own Run; what we judge must not change any more.
    return Run(list(run.outcomes), "asleep" if asleep else "time" if stuck else run.end, stuck)


def _wait(clocks: list[Callable[[], float]], done: threading.Event, limit: float) -> bool:
    """Until it is done or has spent its time. Gives whether it was asleep all the while."""
    start, spent, quiet = 0.0, -1.0, 0
    while not done.wait(LOOK):
        if not clocks:  # it has not begun
            continue
        now = clocks[0]()
        if spent < 0:
            start = now
        quiet = quiet + 1 if now - spent < 1e-6 else 0
        spent = now
        if quiet >= QUIET:
            return True
        if spent - start >= limit:
            return False
    return False


def _own_clock() -> Callable[[], float]:
    """The processor time of this thread where the system tells it, else that of all threads."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return time.process_time
    number = time.pthread_getcpuclockid(threading.get_ident())

    def clock() -> float:
        try:
            return time.clock_gettime(number)
        except OSError:  # it has ended
            return 0.0

    return clock


def _stop(worker: threading.Thread, done: threading.Event) -> None:
    """Raise TimeUp in the worker, again and again: a bare `except:` may have swallowed it."""
    for _ in range(round(GRACE / 0.02)):
        if done.is_set():
            break
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(worker.ident or 0), ctypes.py_object(TimeUp)
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
