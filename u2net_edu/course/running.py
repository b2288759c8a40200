"""Run a student's function on many cases, whatever it does, and say what happened.

What it may spend is counted in *its own* processor time, so that a busy machine changes nothing,
and what we compute for the judgement is not counted at all. Where the system can fork it runs in a
process of its own (`forked`), which can be ended in the middle of anything; elsewhere in a thread
(`threaded`), which can be ended in the middle of anything written in Python.
"""

from collections.abc import Callable
from typing import Any

from . import forked, threaded
from .outcome import Run

LIMIT = 4.0  # seconds of processor time, for all cases together


def run_cases(
    call: Callable,
    cases: list[tuple],
    *,
    answer: Any = None,
    trusted: Callable | None = None,
    limit: float = LIMIT,
) -> Run:
    """Call `call(*args)` for each case, for `limit` seconds of its own processor time.

    Args:
        answer: the student's function itself, whose lines are named in errors.
        trusted: our solution, called in the same way. It tells whether it is the student or the
            machine that cannot do this in another process.
    """
    if not forked.possible():
        return threaded.run(call, cases, answer, limit)
    try:
        run = forked.run(call, cases, answer, limit)
    except OSError:  # no more processes, no more memory
        return threaded.run(call, cases, answer, limit)
    if trusted and _suspicious(run) and not _clean(forked.run(trusted, cases[:1], None, limit)):
        return threaded.run(call, cases, answer, limit)
    return run


def _suspicious(run: Run) -> bool:
    """Might the fork be to blame? CUDA, for one, does not work on both sides of one."""
    return run.end not in ("finished", "time", "threads", "exit", "unread") or any(
        outcome.error and "fork" in outcome.error.words for outcome in run.outcomes
    )


def _clean(run: Run) -> bool:
    return run.finished and not any(outcome.error for outcome in run.outcomes)
