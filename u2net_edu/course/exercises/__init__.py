"""A folder a lesson, with one file for each exercise and one for the lesson's guesses.

Nothing here imports torch before an exercise is asked: a list of exercises is there at once.
"""

import difflib
from collections.abc import Iterable

from ..exercise import Exercise, Question
from ..plain import described, plain
from . import (
    lesson01,
    lesson02,
    lesson03,
    lesson04,
    lesson05,
    lesson06,
    lesson07,
    lesson08,
    lesson09,
    lesson10,
    myths,
)

LESSONS = {
    lesson.TITLE: lesson
    for lesson in (
        lesson01, lesson02, lesson03, lesson04, lesson05, lesson06, lesson07, lesson08, lesson09,
        lesson10, myths,
    )
}  # fmt: skip
"""Title → package, in the order of the course."""


class ExerciseError(KeyError):
    """A name that no exercise or guess has."""

    def __str__(self) -> str:  # KeyError would print the quotes of repr
        return str(self.args[0])


def find_exercise(name: str) -> Exercise:
    """The exercise of this name. Raises: ExerciseError with the names that are near."""
    return _find(name, (e for lesson in LESSONS.values() for e in lesson.EXERCISES), "exercise")


def find_question(name: str) -> Question:
    """The guess of this name. Raises: ExerciseError with the names that are near."""
    return _find(name, (q for lesson in LESSONS.values() for q in lesson.QUESTIONS), "guess")


def _find(name: str, things: Iterable, kind: str):
    by_name = {thing.name: thing for thing in things}
    if type(name) is not str:
        raise ExerciseError(
            f"the name of {_A[kind]} is a text such as {next(iter(by_name))!r}, and stands first; "
            f"got {described(plain(name))}."
        )
    if name in by_name:
        return by_name[name]
    near = difflib.get_close_matches(name[:60], by_name, n=3, cutoff=0.5)
    which = f"Did you mean {', '.join(near)}?" if near else f"There are {', '.join(by_name)}."
    raise ExerciseError(f"no {kind} is called {name[:60]!r}. {which}")


_A = {"exercise": "an exercise", "guess": "a guess"}
