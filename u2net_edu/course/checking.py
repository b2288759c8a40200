"""`check` and `hint`: judge an answer, remember what came of it, say it."""

from collections.abc import Callable

from . import record
from .asking import as_asked
from .card import Card
from .exercise import Exercise, Misconception
from .exercises import find_exercise
from .judging import Verdict, examine

HINT_NAMES = ("the idea", "the shape of it", "nearly code")
LOOKS = {  # a verdict's state → colour and sign
    "passed": ("good", "✓"),
    "untried": ("muted", "○"),
    "misconception": ("accent", "≠"),
    "fault": ("accent", "!"),
    "wrong": ("accent", "≠"),
}
OURS_BELOW = "Until yours passes, the cells below use our version, so that you can read on."


def check(name: str, answer: Callable) -> Callable:
    """Try a student's function on many cases and say what its answers show.

    The card says one of: passed; the misconception that gives exactly these answers; why it could
    not be compared (an error, no end, a wrong type); or the first case that goes wrong, with the
    next of three hints (the last one again where the answers are those of the last try). The
    function runs in a process of its own where there is such a thing, for some seconds of its own
    processor time: see `u2net_edu.course.running`.

    Returns: `answer` when it passes, and our own solution when it does not. An answer whose
    parameters are not those of the stub comes back in a function that can be called like the stub.
    Raises: ExerciseError (a KeyError) for a name that no exercise has.
    """
    exercise = find_exercise(name)
    if answer is exercise.solution:
        verdict = Verdict("untried", "This is our version.", (_RUN_YOURS,))
    else:
        verdict = examine(exercise, answer)
    notes = _remember(exercise, verdict)
    Card(
        *LOOKS[verdict.state],
        f"{name}: {verdict.heading}",
        (*verdict.paragraphs, *notes),
        verdict.printed,
    ).show()
    return as_asked(answer, exercise.solution) if verdict.state == "passed" else exercise.solution


_SAME_ANSWERS = (
    "These are the answers of your last try, so there is no new hint. For the next one: "
)
_RUN_YOURS = (
    "An earlier check gave it to the cells below. Run the cell with your own version once more."
)


def hint(name: str) -> None:
    """Show the next of an exercise's three hints, below those that were given already."""
    exercise = find_exercise(name)
    given = 0

    def count(entry: dict) -> dict:
        nonlocal given
        given = min(_number(entry, "hints") + 1, len(exercise.hints))
        return {"hints": given}

    problem = record.change("exercises", name, count)
    texts = [_hint(exercise, number) for number in range(1, given + 1)]
    if given == len(exercise.hints):
        texts.append("There are no more hints. Talk it over with someone, with pencil and paper.")
    Card("muted", "→", f"{name}: hints", (*texts, *([problem] if problem else []))).show()


def _remember(exercise: Exercise, verdict: Verdict) -> list[str]:
    """Write down what came of a check; what else there is to say to the student."""
    if verdict.state == "untried":
        return [exercise.label, f"If you want a hint: {_ask(exercise.name)}", OURS_BELOW]
    name, notes = exercise.name, [OURS_BELOW]

    def count(entry: dict) -> dict:
        changes: dict = {"attempts": _number(entry, "attempts") + 1}
        if verdict.misconception:
            changes["ideas"] = _with_ideas(entry, verdict.misconception)
        if verdict.state == "passed":
            notes.clear()
            return {**changes, "passed": True}
        if verdict.state != "wrong":
            notes.insert(0, f"If you want a hint: {_ask(name)}")
            return changes
        # The same answers once more are no new attempt at the idea: they open no further hint.
        again = _number(entry, "hints") > 0 and _number(entry, "answers") == verdict.answers
        hints = min(_number(entry, "hints") + (not again), len(exercise.hints))
        notes[:0] = [_hint(exercise, hints), *([_SAME_ANSWERS + _ask(name)] if again else [])]
        return {**changes, "hints": hints, "answers": verdict.answers}

    problem = record.change("exercises", name, count)
    return [*notes, problem] if problem else notes


def _with_ideas(entry: dict, found: Misconception) -> list[str]:
    """The ideas that were named so far, as their messages; those named just now come last."""
    named = [idea.message for idea in found.both or (found,)]
    before = entry.get("ideas")
    return [idea for idea in before if idea not in named] + named if before else named


def _ask(name: str) -> str:
    return f'`u2.hint("{name}")`.'


def _hint(exercise: Exercise, number: int) -> str:
    return f"Hint {number} of 3, {HINT_NAMES[number - 1]}: {exercise.hints[number - 1]}"


def _number(entry: dict, what: str) -> int:
    """A number of the record; 0 where there is none, or none that makes sense."""
    found = entry.get(what, 0)
    return found if type(found) is int and found >= 0 else 0
