"""One call of a student's function: what came of it, as plain data, and what it may not do."""

import builtins
import contextlib
import copy
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .plain import Failure, failure_of, plain, same

GRACE = 2.0  # the same, in which a function that was told to stop may still stop
PRINTED = 2000  # characters kept of what it prints in one case


class TimeUp(SystemExit):
    """Raised inside the student's function. A SystemExit, since a thread ends silently on those."""


@dataclass
class Outcome:
    """What came of one case: plain data or a failure, and what the function did besides."""

    args: tuple
    value: Any = None
    error: Failure | None = None
    changed: bool = False  # it wrote into its own arguments
    printed: str = ""


@dataclass
class Run:
    """The outcomes so far, and how it ended.

    `end` is one of: finished; time (too much of it); threads (the same, while threads that it
    started ran); asleep (it waits, and nothing comes); exit (it ended Python); unread (what it did
    kept its answer from being read); a signal's name, such as SIGSEGV. `stuck` if it could not be
    stopped.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    end: str = "time"
    stuck: bool = False

    @property
    def finished(self) -> bool:
        return self.end == "finished"


def observe(call: Callable, args: tuple, answer: Any, outcome: Outcome) -> None:
    """Call it once and write down, as plain data, what came of it."""
    given = copy.deepcopy(args)
    # It may have given `len` or `print` another meaning, and what reads its answer needs them.
    restore, before = vars(builtins).update, dict(vars(builtins))
    try:
        try:
            try:
                answered = call(*given)
            finally:
                restore(before)
            outcome.value = plain(answered)
        except BaseException as error:  # SystemExit and the like must not end the check either
            outcome.error = failure_of(error, answer)
            with contextlib.suppress(Exception):  # its frames hold what filled the memory, perhaps
                error.__traceback__ = error.__context__ = error.__cause__ = None
        outcome.changed = not same(given, args)
    except BaseException as error:  # what it raised fails, or does not end, when it is read
        outcome.error = failure_of(error, answer)


class Printed:
    """A stream that keeps what is printed, up to `PRINTED` characters a case."""

    encoding = "utf-8"

    def __init__(self, keep: Callable[[str], None]):
        self._keep = keep

    def write(self, text: str) -> int:
        self._keep(text)
        return len(text)

    def writelines(self, lines) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    def isatty(self) -> bool:
        return False


@contextlib.contextmanager
def nobody_answers() -> Iterator[None]:
    """Inside, `input()` says that nobody is there, and `exit()` ends the call and no kernel."""
    kept = [(builtins, "input", builtins.input)]
    for module, name in (
        ("IPython.core.autocall", "ExitAutocall"), ("ipykernel.zmqshell", "ZMQExitAutocall"),
    ):  # fmt: skip
        kind = getattr(sys.modules.get(module), name, None)
        if kind is not None and "__call__" in vars(kind):
            kept.append((kind, "__call__", vars(kind)["__call__"]))
    for place, name, _ in kept:
        setattr(place, name, _no_input if name == "input" else _no_exit)
    try:
        yield
    finally:
        for place, name, old in kept:
            setattr(place, name, old)


def _no_input(*args) -> str:
    raise EOFError("nobody is there to answer `input()`: all that it needs comes as arguments")


def _no_exit(*args) -> None:
    raise SystemExit("exit")
