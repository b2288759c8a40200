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
    the notebook is opened again it is still there. The options stand in an order of their own for
    each question and each student, the same every time.

    Raises: ExerciseError (a KeyError) for a name that no guess has.
    """
    question = find_question(name)
    options = shuffled(question, record.seed())
    texts = [option.text for option in options]

    def keep(index: int) -> str:
        option = options[index]
        return record.update("guesses", name, chosen=option.text, right=option.right)

    before = record.load()["guesses"].get(name, {}).get("chosen")
    return Guess(
        name,
        question.text,
        texts,
        [(option.right, option.reason) for option in options],
        chosen=texts.index(before) if before in texts else -1,
        on_tick=keep,
    )


def shuffled(question: Question, seed: int) -> list[Option]:
    """The options in the order in which this student sees them."""
    options = list(question.options)
    Random(zlib.crc32(f"{seed} {question.name}".encode())).shuffle(options)
    return options
