"""What a student's function does, compared with what the right one and each wrong one would do."""

import inspect
import math
import re
import zlib
from dataclasses import dataclass
from functools import partial
from numbers import Integral, Number
from typing import Any

from .exercise import Exercise, Misconception
from .running import LIMIT, Outcome, Run, run_cases, same, where


@dataclass(frozen=True)
class Verdict:
    """What a check found, in words.

    `state` is one of: passed; untried (still the stub); misconception (one that we know, in
    `misconception`); fault (it could not be compared: an error, no end, a wrong type); wrong (none
    of these, so a hint is due). `answers` tells one set of wrong values from another.
    """

    state: str
    heading: str
    paragraphs: tuple[str, ...] = ()
    printed: str = ""
    misconception: Misconception | None = None
    answers: int = 0


def examine(exercise: Exercise, answer: Any) -> Verdict:
    """Run the answer on the exercise's cases and judge it. Takes LIMIT + GRACE seconds at most."""
    fault = _not_a_function(exercise, answer)
    if fault:
        return fault
    cases = exercise.drawn_cases()
    # Before the answer's thread: an import of torch must not be stopped there half-way.
    expected = [exercise.oracle(*args) for args in cases]
    run = run_cases(partial(exercise.ask, answer), cases)
    return (
        _known_error(exercise, answer, run)
        or _did_not_run(exercise, answer, run)
        or _wrong_values(exercise, run.outcomes, expected)
        or _wrong_manners(exercise, run.outcomes, expected)
        or Verdict("passed", f"Right, in all {len(cases)} cases.")
    )


def _not_a_function(exercise: Exercise, answer: Any) -> Verdict | None:
    wanted = inspect.signature(exercise.solution)
    if not callable(answer):
        text = (
            f"The check wants the function itself, `{exercise.solution.__name__}` without "
            f"parentheses, so that it can call it. It was given {described(answer)}."
        )
        return Verdict("fault", "This is not a function.", (text,))
    try:
        inspect.signature(answer).bind(*wanted.parameters)
    except TypeError:
        text = f"It is called with {_listed([f'`{name}`' for name in wanted.parameters])}."
        return Verdict("fault", "Your function does not take these arguments.", (text,))
    except ValueError:  # a built-in that does not tell
        pass
    return None


def _known_error(exercise: Exercise, answer: Any, run: Run) -> Verdict | None:
    """The verdict on an idea that shows itself in an error: maps that do not fit, and the like."""
    failed = next((outcome for outcome in run.outcomes if outcome.error), None)
    if failed is None or not run.finished or isinstance(failed.error, NotImplementedError):
        return None
    found = next((m for m in exercise.misconceptions if _fits(exercise, m, run.outcomes)), None)
    if found is None:
        return None
    heading = "Not yet, but this error comes from an idea that we know."
    return Verdict(
        "misconception", heading, (found.message, _what_it_raised(exercise, answer, failed)),
        misconception=found,
    )  # fmt: skip


def _what_it_raised(exercise: Exercise, answer: Any, failed: Outcome) -> str:
    place = where(failed.error, answer)
    message = f"{type(failed.error).__name__}: {str(failed.error)[:300]}"
    text = f"`{_call(exercise, failed.args)}` raised `{message}`"
    return text + (f" in {place}." if place else ".")


def _did_not_run(exercise: Exercise, answer: Any, run: Run) -> Verdict | None:
    """The verdict on a stub, on a function that does not end, and on one that raises."""
    failed = next((outcome for outcome in run.outcomes if outcome.error), None)
    if failed and isinstance(failed.error, NotImplementedError):
        text = "Replace the line `raise NotImplementedError` by your own, and run the cell again."
        return Verdict("untried", "Not written yet.", (text,))
    if not run.finished:
        return _no_end(exercise, answer, run)
    if failed is None:
        return None
    texts = [_what_it_raised(exercise, answer, failed)]
    if isinstance(failed.error, RecursionError):
        texts.append("It calls itself, and nothing ends that.")
    return Verdict("fault", "Your function raises an error.", tuple(texts), failed.printed)


def _no_end(exercise: Exercise, answer: Any, run: Run) -> Verdict:
    last = run.outcomes[-1]
    place = where(last.error, answer) if last.error else ""
    text = f"`{_call(exercise, last.args)}` had no answer after {LIMIT:g} seconds and was stopped"
    text += f" in {place}." if place else "."
    after = "What would end the loop? Print what changes in it, and look at the first few lines."
    if run.stuck:
        after = (
            "It could not be stopped and still runs behind this notebook, which makes everything "
            "slower. Mend the function, then restart the kernel (menu Kernel → Restart)."
        )
    return Verdict("fault", "Your function does not come to an end.", (text, after), last.printed)


def _wrong_values(exercise: Exercise, outcomes: list[Outcome], expected: list) -> Verdict | None:
    right = [same(outcome.value, value) for outcome, value in zip(outcomes, expected)]
    if all(right):
        return None
    first = right.index(False)
    outcome, call = outcomes[first], _call(exercise, outcomes[first].args)
    found = next((m for m in exercise.misconceptions if _fits(exercise, m, outcomes)), None)
    if found:
        heading = "Not yet, but these answers come from an idea that we know."
        # The case without its right number: to find that one is the exercise.
        case = f"Look at one case: for `{call}` yours gives {described(outcome.value)}."
        case += _beside(outcome.value, expected[first])
        return Verdict("misconception", heading, (found.message, case), misconception=found)
    digits = _digits_kept(outcomes, expected)
    if digits:
        text = (
            f"All are right to {digits} digits behind the point, and no further: `{call}` gave "
            f"{described(outcome.value)}. Give the number back whole; round where you print it."
        )
        return Verdict("fault", "Right, but rounded.", (text,), outcome.printed)
    strange = _wrong_type(outcome.value, expected[first])
    if strange:
        text = f"`{call}` gave {described(outcome.value)}. {strange}"
        return Verdict(
            "fault", "Your function gives the wrong kind of thing.", (text,), outcome.printed
        )
    text = (
        f"Right in {sum(right)} of {len(right)} cases. `{call}` gave {described(outcome.value)}; "
        f"it is {described(expected[first])}."
    ) + _beside(outcome.value, expected[first])
    answers = zlib.crc32(repr([outcome.value for outcome in outcomes]).encode())
    return Verdict("wrong", "Not yet.", (text,), outcome.printed, answers=answers)


def _beside(value: Any, expected: Any) -> str:
    """Where maps differ from the right ones: one number for all of them says too little."""
    told = (
        value.beside(expected)
        if isinstance(value, type(expected)) and hasattr(value, "beside")
        else ""
    )
    return told and f" {told}"


def _digits_kept(outcomes: list[Outcome], expected: list) -> int:
    """How many digits behind the point the answers were rounded to; 0 if that is not what it is."""
    values = [outcome.value for outcome in outcomes]
    if not all(isinstance(number, (int, float)) for number in [*values, *expected]):
        return 0
    for digits in range(2, 6):
        if all(value == round(right, digits) for value, right in zip(values, expected)):
            return digits
    return 0


def _wrong_manners(exercise: Exercise, outcomes: list[Outcome], expected: list) -> Verdict | None:
    """All values are right: are they of the right type, and are the arguments as they were?"""
    for outcome, value in zip(outcomes, expected):
        strange = _wrong_type(outcome.value, value)
        if strange:
            text = f"`{_call(exercise, outcome.args)}` gave {described(outcome.value)}. {strange}"
            return Verdict("fault", "The right numbers, of the wrong kind.", (text,))
    changed = next((outcome for outcome in outcomes if outcome.changed), None)
    if changed is None:
        return None
    text = (
        f"After `{_call(exercise, changed.args)}` its argument was no longer what it had been. "
        "Whoever calls it may still need it: work on a copy, or only read."
    )
    return Verdict("fault", "Right, but it changes what it was given.", (text,))


def _fits(exercise: Exercise, misconception: Misconception, outcomes: list[Outcome]) -> bool:
    """Does this way of being wrong give the same in every case, the same errors included?"""
    return all(_alike(exercise, misconception, outcome) for outcome in outcomes)


def _alike(exercise: Exercise, misconception: Misconception, outcome: Outcome) -> bool:
    try:
        value = exercise.ask(misconception.answer, *outcome.args)
    except Exception as error:  # it has no answer for this case, as theirs may have none
        return _kind_of(error) == _kind_of(outcome.error)
    return outcome.error is None and same(outcome.value, value)


def _kind_of(error: BaseException | None) -> tuple:
    """An error's type, words and numbers; `a + b` and `b + a` name their sizes in another order."""
    words, numbers = re.sub(r"\d+", "", str(error)), sorted(re.findall(r"\d+", str(error)))
    return type(error), words, numbers


def _wrong_type(value: Any, expected: Any) -> str:
    """What to say where a value is of another kind than the right one; "" where it is not."""
    if value is None:
        return "Does it end in `return`? (`print` shows a value, only `return` hands it over.)"
    if isinstance(value, Number) and not isinstance(value, complex) and math.isnan(value):
        return (
            "NaN is what 0/0, 0 · ln 0 and the like give: look for a division, a logarithm of 0, "
            "or a root of a negative."
        )
    if isinstance(expected, Integral) and not isinstance(expected, bool) and not _is_whole(value):
        more = ""
        if isinstance(value, float):
            more = (
                " In Python `/` always gives a float, and so does a float such as `1.0` in a sum."
            )
        return f"Pixels are counted in whole numbers: an `int` was expected.{more}"
    if isinstance(expected, (list, tuple)):
        if not isinstance(value, (list, tuple)):
            return f"Expected was {described(expected)}."
        return next(filter(None, map(_wrong_type, value, expected)), "")
    if hasattr(expected, "shape") and getattr(value, "shape", None) != expected.shape:
        return f"Expected was {described(expected)}."
    return ""


def _is_whole(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    try:
        value.__index__()  # int, NumPy's integers, tensors of one integer
    except Exception:
        return False
    return True


def described(value: Any) -> str:
    """A value in a few words, for a message."""
    if value is None:
        return "nothing (`None`)"
    if hasattr(value, "shape") and tuple(value.shape):
        return f"{type(value).__name__} of shape {tuple(value.shape)}"
    if callable(value) and hasattr(value, "__name__"):
        return f"the function `{value.__name__}`"
    text = repr(value)
    longest = 400 if _is_table(value) else 60  # of a table the row that fails may be the last
    return f"`{text if len(text) <= longest else text[:57] + '…'}`"


def _is_table(value: Any) -> bool:
    rows = isinstance(value, (list, tuple)) and len(value) > 0
    return rows and all(isinstance(row, (list, tuple)) for row in value)


def _call(exercise: Exercise, args: tuple) -> str:
    """The call as the student would write it: `span(kernel=3, dilation=2)`."""
    names = inspect.signature(exercise.solution).parameters
    given = ", ".join(f"{n}={described(a).strip('`')}" for n, a in zip(names, args))
    return f"{exercise.solution.__name__}({given})"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
