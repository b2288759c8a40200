"""`guess`: a question before the cell that answers it."""

from ..views.widgets.guess import Guess
from . import record
from .exercises import find_question


def guess(name: str) -> Guess:
    """A question with answers to tick; after the tick, the reason for each of them.

    Nothing waits for an answer. The first tick counts and is kept with the student's progress; when
    the notebook is opened again it is still there.

    Raises: ExerciseError (a KeyError) for a name that no guess has.
    """
    question = find_question(name)
    texts = [option.text for option in question.options]

    def keep(index: int) -> str:
        option = question.options[index]
        return record.update("guesses", name, chosen=option.text, right=option.right)

    before = record.load()["guesses"].get(name, {}).get("chosen")
    return Guess(
        name,
        question.text,
        texts,
        [(option.right, option.reason) for option in question.options],
        chosen=texts.index(before) if before in texts else -1,
        on_tick=keep,
    )
