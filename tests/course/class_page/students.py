"""Synthetic students: files made by the course itself from real runs of right and wrong answers."""

import functools
import json
from pathlib import Path
from random import Random
from types import FunctionType

import pytest

import u2net_edu as u2
from u2net_edu.course import checking
from u2net_edu.course.exercises import find_exercise, find_question
from u2net_edu.course.judging import examine
from u2net_edu.files import HOME_VARIABLE

from ..wrong_answers import WRONG

EXERCISES = ("conv.output_size", "conv.dilated_span", "conv.stack_field")
GUESSES = ("conv.how_many", "conv.three_layers")


@functools.cache
def judged(name: str, answer):
    """Every answer is judged once; thirty students give the same few."""
    return examine(find_exercise(name), answer)


@functools.cache
def right(name: str):
    """A right answer that is not the solution itself, which a check takes for our own version."""
    ours = find_exercise(name).solution
    return FunctionType(ours.__code__, ours.__globals__, ours.__name__, ours.__defaults__)


def make_class(folder: Path, count: int, patch: pytest.MonkeyPatch) -> list[Path]:
    """A file a student, exported as a student would; the folder of their files."""
    patch.setattr(checking, "examine", lambda exercise, answer: judged(exercise.name, answer))
    folder.mkdir()
    files = []
    for number in range(count):
        patch.setenv(HOME_VARIABLE, str(folder.parent / f"home{number}"))
        live(Random(number))
        name = f"Student {number}" if number % 3 == 0 else ""
        files.append(u2.progress().export(folder / f"{number}.json", name=name))
    return files


def live(random: Random) -> None:
    """A student's hour: some wrong answers, then perhaps the right one; guesses, some again."""
    for name in EXERCISES:
        for answer, _ in random.sample(WRONG[name], random.randrange(4)):
            u2.check(name, answer)
        if random.random() < 0.6:
            u2.check(name, right(name))
    for name in GUESSES:
        if random.random() < 0.8:
            guess = u2.guess(name)
            guess.chosen = random.randrange(len(guess.options))
            if random.random() < 0.5:
                guess.ask_again()
                guess.chosen = random.randrange(len(guess.options))


def plain_counts(files: list[Path]) -> dict:
    """The numbers of the page by another road: straight from the JSON, nothing of ours."""
    found = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    exercises, guesses = {}, {}
    for name in EXERCISES:
        tries = [one["exercises"][name] for one in found if name in one["exercises"]]
        held: dict[str, int] = {}
        for one in tries:
            if not one.get("passed") and one.get("ideas"):
                held[one["ideas"][-1]] = held.get(one["ideas"][-1], 0) + 1
        passed = sum(bool(one.get("passed")) for one in tries)
        exercises[name] = passed, len(tries) - passed, held
    for name in GUESSES:
        made = [one["guesses"][name] for one in found if name in one["guesses"]]
        guesses[name] = {
            option.text: tuple(
                sum(answer == option.text for answer in answers)
                for answers in (
                    [one["first"]["chosen"] for one in made], [one["chosen"] for one in made],
                )
            )
            for option in find_question(name).options
        }  # fmt: skip
    return {"exercises": exercises, "guesses": guesses}
