"""`guess`: a question before the cell that answers it."""

import zlib
from random import Random

from ..views.widgets.guess import Guess
from . import record
from .exercise import Option, Question
from .exercises import find_question


def guess(name: str) -> Guess:
    """Ask a question with answers to tick; after the tick, show the reason for each of them.

    Nothing waits for an answer. The first tick counts and is kept with the student's progress; when
    the notebook is opened again it is still there. A guess can be asked again; what was ticked
    first is kept beside it. The options stand in an order of their own for each question and each
    student, the same every time.

    Raises: ExerciseError (a KeyError) for a name that no guess has.
    """
    question = find_question(name)
    options = shuffled(question, record.seed())
    texts = [option.text for option in options]

    def keep(index: int) -> str:
        option = options[index]

        def ticked(entry: dict) -> dict:
            first = {"first": first_of(entry)} if "chosen" in entry else {}
            return {**first, "chosen": option.text, "right": option.right}

        return record.change("guesses", name, ticked)

    before = record.load()["guesses"].get(name, {}).get("chosen")
    return Guess(
        name,
        question.text,
        texts,
        [(option.right, option.reason) for option in options],
        chosen=texts.index(before) if before in texts else -1,
        on_tick=keep,
    )


def first_of(entry: dict) -> dict:
    """What was ticked first, if the guess was asked again; else what was ticked."""
    first = entry.get("first")
    return (
        first
        if isinstance(first, dict)
        else {"chosen": entry.get("chosen"), "right": entry.get("right")}
    )


def shuffled(question: Question, seed: int) -> list[Option]:
    """The options in the order in which this student sees them."""
    options = list(question.options)
    Random(zlib.crc32(f"{seed} {question.name}".encode())).shuffle(options)
    return options
