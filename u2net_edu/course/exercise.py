"""What an exercise is made of: plain data and small functions; nothing here runs or shows it."""

import itertools
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from random import Random
from typing import Any


@dataclass(frozen=True)
class Misconception:
    """A way to be wrong: a function that answers as this mistake would, and what to say to it.

    It is recognised by behaviour: where a student's answers equal this one's on every case. The
    message speaks of the idea that went wrong and never contains the solution.
    """

    message: str
    answer: Callable | None = None
    knobs: Mapping[str, Any] = field(default_factory=dict)
    """What is turned in `Exercise.turned` to get this answer, where it is not given itself."""
    both: tuple["Misconception", ...] = ()
    """The two ideas of which this one is made."""


@dataclass(frozen=True)
class Exercise:
    """Something to write, and how to tell whether it is right.

    Args:
        name: what `check` is called with, `topic.word`.
        task: one line for the list of progress.
        difficulty, importance: 1 to 5.
        minutes: how long most need.
        ours: where our solution is, `lessonNN.name`, in `course/solutions`; its name, parameters
            and docstring are those of the student's stub.
        oracle: the right answer, by another road than the solution's.
        cases: makes the arguments of every call from a seeded generator, plain cases first:
            the first that goes wrong is shown.
        misconceptions: the first that fits is named, so the particular come before the general.
        hints: idea, shape, nearly code.
        ask: how an answer is asked for one case, where that is more than a plain call. It is part
            of the student's run: it costs the student's time and ends with the student's errors.
        weigh: what of the answer is compared, `weigh(answer, *args)`; this costs the student
            nothing. May raise a ValueError that says what was expected.
        turned: makes a wrong answer of knobs, so that two ideas at once are recognised as well.
        within: how far a fraction may be from ours, where a road through float32 is a fair one.
    """

    name: str
    task: str
    difficulty: int
    importance: int
    minutes: int
    ours: str
    oracle: Callable
    cases: Callable[[Random], list[tuple]]
    misconceptions: tuple[Misconception, ...]
    hints: tuple[str, str, str]
    ask: Callable[..., Any] = lambda answer, *args: answer(*args)
    weigh: Callable[..., Any] = lambda value, *args: value
    within: float = 1e-9
    turned: Callable[..., Callable] | None = None

    def __post_init__(self) -> None:
        made = (
            idea if idea.answer else replace(idea, answer=self._made(idea.knobs))
            for idea in self.misconceptions
        )
        object.__setattr__(self, "misconceptions", tuple(made))

    def _made(self, knobs: Mapping[str, Any]) -> Callable:
        assert self.turned is not None, f"{self.name} has an idea without an answer"
        return partial(_turned, self.turned, dict(knobs))

    @property
    def solution(self) -> Callable:
        """Ours. It is imported here, and torch with it, where it needs that."""
        lesson, _, name = self.ours.partition(".")
        return getattr(import_module(f"{__package__}.solutions.{lesson}"), name)

    def two_at_once(self) -> Iterator[Misconception]:
        """Every two ideas that are made of knobs, as one; those that turn one knob exclude."""
        if self.turned is None:
            return
        made = [idea for idea in self.misconceptions if idea.knobs]
        for one, other in itertools.combinations(made, 2):
            if not one.knobs.keys() & other.knobs.keys():
                message = f"Two things at once. One: {one.message} And the other: {other.message}"
                knobs = {**one.knobs, **other.knobs}
                yield Misconception(message, self._made(knobs), knobs, (one, other))

    @property
    def label(self) -> str:
        """Difficulty, importance and minutes, as the notebook prints them above the exercise."""
        return (
            f"difficulty {_dots(self.difficulty)} · importance {_dots(self.importance)} · "
            f"{self.minutes} minutes"
        )

    def drawn_cases(self) -> list[tuple]:
        """The cases, the same on every machine and in every run."""
        return self.cases(Random(zlib.crc32(self.name.encode())))


@dataclass(frozen=True)
class Option:
    """One answer to tick, and why it is right or what makes it tempting."""

    text: str
    reason: str
    right: bool = False


@dataclass(frozen=True)
class Question:
    """A guess before running: tick one option, then read the reasons for all of them."""

    name: str
    text: str
    options: tuple[Option, ...]

    @property
    def right(self) -> Option:
        return next(option for option in self.options if option.right)


def later(package: str, path: str) -> Callable:
    """A function, `module.name` in a package, whose module is imported when it is called."""
    module, _, name = path.partition(".")

    def call(*args: Any, **named: Any) -> Any:
        return getattr(import_module(f"{package}.{module}"), name)(*args, **named)

    return call


def _turned(turned: Callable[..., Callable], knobs: dict[str, Any], *args: Any) -> Any:
    return turned(**knobs)(*args)


def _dots(level: int) -> str:
    return "●" * level + "○" * (5 - level)
