"""What a student's function does, compared with what the right one and each wrong one would do."""

import inspect
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from .asking import as_asked, can_be_called
from .exercise import Exercise, Misconception
from .outcome import Outcome, Run
from .plain import Failure, Opaque, described, failure_of, plain, same
from .running import LIMIT, run_cases


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
    """Run the answer on the exercise's cases and judge it. Raises nothing, whatever it is."""
    fault = _not_a_function(exercise, answer)
    if fault:
        return fault
    cases = exercise.drawn_cases()
    # Before the answer runs, so that an import of torch is not on the student's account.
    expected = [plain(exercise.oracle(*args)) for args in cases]
    run = run_cases(
        partial(exercise.ask, as_asked(answer, exercise.solution)),
        cases,
        answer=answer,
        trusted=partial(exercise.ask, exercise.solution),
    )
    run = replace(run, outcomes=[_weighed(exercise, outcome) for outcome in run.outcomes])
    verdict = (
        _known_error(exercise, run)
        or _did_not_run(exercise, run)
        or _wrong_values(exercise, run.outcomes, expected)
        or _wrong_manners(exercise, answer, run.outcomes, expected)
        or Verdict("passed", f"Right, in all {len(cases)} cases.")
    )
    printed = next((outcome.printed for outcome in run.outcomes if outcome.printed), "")
    return verdict if verdict.printed else replace(verdict, printed=printed)


def _not_a_function(exercise: Exercise, answer: Any) -> Verdict | None:
    solution = exercise.solution
    wanted = inspect.signature(solution)
    if not callable(answer):
        text = (
            f"The check needs the function itself, `{solution.__name__}` without "
            f"parentheses, so that it can call it. It was given {described(plain(answer))}."
        )
        return Verdict("fault", "This is not a function.", (text,))
    if can_be_called(answer, wanted):
        return None
    text = f"It is called with {_listed([f'`{name}`' for name in wanted.parameters])}."
    return Verdict("fault", "Your function does not take these arguments.", (text,))


def _weighed(exercise: Exercise, outcome: Outcome) -> Outcome:
    """Replace an answer by what is compared of it."""
    if outcome.error:
        return outcome
    try:
        return replace(outcome, value=plain(exercise.weigh(outcome.value, *outcome.args)))
    except Exception as error:
        return replace(outcome, error=failure_of(error))


# --- It did not come to an answer ----------------------------------------------------------------


def _known_error(exercise: Exercise, run: Run) -> Verdict | None:
    """The verdict on an idea that shows itself in an error: maps that do not fit, and the like."""
    failed = next((outcome for outcome in run.outcomes if outcome.error), None)
    if failed is None or not run.finished or _is_stub(failed):
        return None
    found = _first_that_fits(exercise, run.outcomes)
    if found is None:
        return None
    heading = "Not yet, but this error comes from an idea that we know."
    return Verdict(
        "misconception", heading, (found.message, _what_it_raised(exercise, failed)),
        misconception=found,
    )  # fmt: skip


def _is_stub(outcome: Outcome) -> bool:
    return outcome.error is not None and outcome.error.is_a(NotImplementedError)


def _what_it_raised(exercise: Exercise, failed: Outcome) -> str:
    error = failed.error
    assert error is not None
    message = f"{error.kind}: {error.words[:300]}".replace("`", "'").removesuffix(": ")
    text = f"`{_call(exercise, failed.args)}` raised `{message}`"
    return text + (f" in {error.place}." if error.place else ".")


def _did_not_run(exercise: Exercise, run: Run) -> Verdict | None:
    """The verdict on a stub, on a function that does not end, and on one that raises."""
    failed = next((outcome for outcome in run.outcomes if outcome.error), None)
    if failed and _is_stub(failed):
        text = "Replace the `raise` line with your own code, and run the cell again."
        return Verdict("untried", "Not written yet.", (text,))
    if not run.finished:
        return _no_end(exercise, run)
    if failed is None:
        return None
    texts = [_what_it_raised(exercise, failed)]
    for kind, more in _AFTER_AN_ERROR.items():
        if failed.error is not None and failed.error.is_a(kind):
            texts.append(more)
    return Verdict("fault", "Your function raises an error.", tuple(texts), failed.printed)


_AFTER_AN_ERROR: dict[type[BaseException], str] = {
    RecursionError: "It calls itself, and nothing ends that.",
    SystemExit: "`exit()` and `quit()` end all of Python. A function ends with `return`.",
    MemoryError: "It asks for more memory than a check has. How long does a list of yours grow?",
}

_SAFE = "Your notebook is unharmed: a check runs your function in a process of its own."


def _no_end(exercise: Exercise, run: Run) -> Verdict:
    if not run.outcomes:
        return Verdict("fault", "Your function could not be run.", (_SAFE,))
    last = run.outcomes[-1]
    call = f"`{_call(exercise, last.args)}`"
    if run.end in ("time", "threads", "asleep"):
        return _too_long(call, run, last)
    if run.end == "exit":
        text = f"{call} ended Python itself, without an answer. A function ends with `return`."
        return Verdict("fault", "Your function ends Python.", (text, _SAFE), last.printed)
    if run.end == "unread":
        text = (
            f"After {call} the answer could not be read: the function closes a file, or replaces "
            "a part of Python, that is not its own. Work only with what it is given."
        )
        return Verdict("fault", "Your function breaks what others need.", (text, _SAFE))
    text = f"{call} was ended by the system, with {run.end}, before it had an answer."
    if run.end in ("SIGSEGV", "SIGBUS", "SIGABRT"):
        text += (
            " A function that calls itself without end does this if the limit on such calls has "
            "been raised."
        )
    return Verdict("fault", "Your function brings Python down.", (text, _SAFE), last.printed)


def _too_long(call: str, run: Run, last: Outcome) -> Verdict:
    place = last.error.place if last.error else ""
    if run.end == "asleep":
        heading = "Your function waits for something that does not come."
        text = f"{call} had no answer, was no longer doing anything, and was stopped"
        after = "Does it sleep, or wait for a lock, a file or an answer that never comes?"
    elif run.end == "threads":
        heading = "Your function starts threads that do not come to an end."
        text = f"At {call} the {LIMIT:g} seconds of computing were over, and it was stopped"
        after = (
            "Threads that it started still ran, and their time counts too. Let each of them end "
            "before the function returns."
        )
    else:
        heading = "Your function does not come to an end."
        text = f"{call} had no answer after {LIMIT:g} seconds of computing and was stopped"
        after = (
            "What would end the loop? Print what changes in it, and look at the first few lines."
        )
    text += f" in {place}." if place else "."
    if run.stuck:
        after = (
            "It could not be stopped and still runs behind this notebook, which makes everything "
            "slower. Mend the function, then restart the kernel (menu Kernel → Restart)."
        )
    return Verdict("fault", heading, (text, after), last.printed)


# --- Its answers are wrong -----------------------------------------------------------------------


def _wrong_values(exercise: Exercise, outcomes: list[Outcome], expected: list) -> Verdict | None:
    right = [same(o.value, value, exercise.within) for o, value in zip(outcomes, expected)]
    if all(right):
        return None
    first = right.index(False)
    outcome, call = outcomes[first], _call(exercise, outcomes[first].args)
    found = _first_that_fits(exercise, outcomes)
    if found:
        heading = "Not yet, but these answers come from an idea that we know."
        return _named(exercise, heading, (found.message,), found, outcome, expected[first])
    digits = _digits_kept(outcomes, expected)
    if digits:
        text = (
            f"Every answer is right to {digits} decimal places only: `{call}` gave "
            f"{described(outcome.value)}. Return the number unrounded; round it when you print it."
        )
        return Verdict("fault", "Right, but rounded.", (text,), outcome.printed)
    strange = _wrong_type(outcome.value, expected[first])
    if strange:
        text = f"`{call}` gave {described(outcome.value)}. {strange}"
        return Verdict(
            "fault", "Your function gives the wrong kind of thing.", (text,), outcome.printed
        )
    partly = _explains_most(exercise, outcomes, expected)
    if partly:
        found, first, count = partly
        wrong = right.count(False)
        texts: tuple[str, ...] = (found.message,)
        if count == wrong:
            heading = "Not yet, but your wrong answers come from an idea that we know."
        else:
            heading = (
                "Not yet. There is an idea that we know in these answers, and something else "
                "besides."
            )
            texts += (
                f"That explains {count} of your {wrong} wrong answers. Put it right, and look at "
                "what is left.",
            )
        return _named(exercise, heading, texts, found, outcomes[first], expected[first])
    text = (
        f"Right in {sum(right)} of {len(right)} cases. `{call}` gave {described(outcome.value)}; "
        f"it is {described(expected[first])}."
    ) + _beside(outcome.value, expected[first])
    answers = zlib.crc32(repr([described(outcome.value) for outcome in outcomes]).encode())
    return Verdict("wrong", "Not yet.", (text,), outcome.printed, answers=answers)


def _named(
    exercise: Exercise, heading: str, texts: tuple, found: Misconception, outcome: Outcome, right
) -> Verdict:
    """A misconception, and a case without its right number: to find that one is the exercise."""
    call = _call(exercise, outcome.args)
    case = f"Look at one case: for `{call}` yours gives {described(outcome.value)}."
    case += _beside(outcome.value, right)
    return Verdict("misconception", heading, (texts[0], case, *texts[1:]), misconception=found)


def _beside(value: Any, expected: Any) -> str:
    """Where maps differ from the right ones: one number for all of them says too little."""
    told = (
        value.beside(expected)
        if isinstance(value, type(expected)) and hasattr(value, "beside")
        else ""
    )
    return told and f" {told}"


def _digits_kept(outcomes: list[Outcome], expected: list) -> int:
    """Count the decimal places that all answers were rounded to; 0 if they were not rounded."""
    values, rights = (
        list(_numbers(answers)) for answers in ([o.value for o in outcomes], expected)
    )
    shapes_agree = all(_shape(o.value) == _shape(right) for o, right in zip(outcomes, expected))
    if not shapes_agree or not all(map(_is_moderate, [*values, *rights])):
        return 0
    for digits in range(1, 7):
        rounded = (
            abs(value - right) <= 0.51 * 10**-digits and same(value, round(value, digits))
            for value, right in zip(values, rights)
        )
        if all(rounded):
            return digits
    return 0


def _is_moderate(number: Any) -> bool:
    return isinstance(number, (int, float)) and -1e15 < number < 1e15


def _numbers(value: Any) -> Iterable:
    """All that stands in a list of lists, one after the other."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not isinstance(value, (list, tuple)):
        return [value]
    return [number for item in value for number in _numbers(item)]


def _shape(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return [_shape(item) for item in value] if isinstance(value, (list, tuple)) else None


# --- Its answers are right -----------------------------------------------------------------------


def _wrong_manners(
    exercise: Exercise, answer: Any, outcomes: list[Outcome], expected: list
) -> Verdict | None:
    """All values are right: are they of the right type, and are the arguments as they were?"""
    for outcome, value in zip(outcomes, expected):
        strange = _wrong_type(outcome.value, value)
        if strange:
            text = f"`{_call(exercise, outcome.args)}` gave {described(outcome.value)}. {strange}"
            return Verdict("fault", "The right numbers, of the wrong kind.", (text,))
    if isinstance(exercise.solution, type) and not isinstance(answer, type):
        text = "The cells below build on the class itself: write `class`, with `__init__`."
        return Verdict("fault", "Right, but a class was asked for.", (text,))
    changed = next((outcome for outcome in outcomes if outcome.changed), None)
    if changed is None:
        return None
    text = (
        "` its argument was no longer what it had been. The caller may still need it: work on a "
        "copy, or only read."
    )
    return Verdict("fault", "Right, but it changes what it was given.", (text,))


def _wrong_type(value: Any, expected: Any) -> str:
    """Say what is wrong with the kind of a value; "" if it is of the right kind."""
    if value is None:
        return "Does it end with `return`? (`print` shows a value; only `return` hands it over.)"
    if isinstance(value, (float, complex)) and value != value:
        return (
            "NaN is what 0/0, 0 · ln 0 and the like give: look for a division, a logarithm of 0, "
            "or a root of a negative."
        )
    if type(expected) is int and type(value) is not int:
        more = ""
        if isinstance(value, float):
            more = (
                " In Python `/` always gives a float, and so does a float such as `1.0` in a sum."
            )
        return f"Pixels are counted in whole numbers: an `int` was expected.{more}"
    if isinstance(expected, (list, tuple)):
        return _wrong_sequence(value, expected)
    if isinstance(expected, float) and not isinstance(value, (int, float)):
        return "A single number was expected."
    if isinstance(expected, str) and not isinstance(value, str):
        return "A text was expected."
    return ""


def _wrong_sequence(value: Any, expected: list | tuple) -> str:
    """The same for several things: how many there are, and of what kind each is."""
    if hasattr(expected, "beside") or hasattr(expected, "hidden"):  # maps, and networks that ran
        wanted = "A tensor" if hasattr(expected, "beside") else "A block that gives a tensor"
        return "" if type(value) is type(expected) else f"{wanted} was expected."
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not isinstance(value, (list, tuple)):
        return f"{_sort_of(expected)} was expected, in one `{type(expected).__name__}`."
    if isinstance(expected, tuple) and len(value) != len(expected):
        return f"{_sort_of(expected)} was expected; these are {len(value)}."
    return next(filter(None, map(_wrong_type, value, expected)), "")


def _sort_of(expected: list | tuple) -> str:
    """ "A pair of whole numbers", without saying which."""
    if isinstance(expected, list):
        return "A list"
    count = {2: "A pair", 3: "A triple"}.get(len(expected), f"A tuple of {len(expected)}")
    if all(type(item) is int for item in expected):
        return f"{count} of whole numbers"
    if all(isinstance(item, tuple) for item in expected):
        return f"{count} of pairs"
    return count


# --- Misconceptions ------------------------------------------------------------------------------


def _first_that_fits(exercise: Exercise, outcomes: list[Outcome]) -> Misconception | None:
    """The first way of being wrong that gives the same in every case, the same errors included."""
    ideas = (*exercise.misconceptions, *exercise.two_at_once())
    return next((m for m in ideas if all(_alike(exercise, m, o) for o in outcomes)), None)


def _explains_most(
    exercise: Exercise, outcomes: list[Outcome], expected: list
) -> tuple[Misconception, int, int] | None:
    """The idea that explains the most of the wrong answers, the first such case, and how many.

    Two mistakes at once: where one of them does not show (no padding, a stride of 1), the other is
    alone, and is recognised there. Half of the wrong answers, and four, must be explained.
    """
    best: tuple[int, Misconception, int] | None = None
    wrong = [i for i, right in enumerate(expected) if not _agrees(exercise, outcomes[i], right)]
    for idea in exercise.misconceptions:
        hits = [i for i in wrong if _alike(exercise, idea, outcomes[i])]
        if len(hits) >= max(4, len(wrong) / 2) and (best is None or len(hits) > best[0]):
            best = len(hits), idea, hits[0]
    return (best[1], best[2], best[0]) if best else None


def _agrees(exercise: Exercise, outcome: Outcome, right: Any) -> bool:
    return outcome.error is None and same(outcome.value, right, exercise.within)


def _alike(exercise: Exercise, misconception: Misconception, outcome: Outcome) -> bool:
    args = outcome.args
    try:
        value = exercise.weigh(plain(exercise.ask(misconception.answer, *args)), *args)
    except Exception as error:  # it has no answer for this case, as theirs may have none
        return _kind_of(failure_of(error)) == _kind_of(outcome.error)
    return outcome.error is None and same(outcome.value, plain(value), exercise.within)


def _kind_of(error: Failure | None) -> tuple:
    """An error's type, words and numbers; `a + b` and `b + a` name their sizes in another order."""
    if error is None:
        return ()
    words, numbers = re.sub(r"\d+", "", error.words), sorted(re.findall(r"\d+", error.words))
    return error.kind, words, numbers


# --- In words ------------------------------------------------------------------------------------


def _call(exercise: Exercise, args: tuple) -> str:
    """The call as the student would write it: `span(kernel=3, dilation=2)`."""
    names = inspect.signature(exercise.solution).parameters
    given = ", ".join(f"{n}={_argument(a)}" for n, a in zip(names, args))
    return f"{exercise.solution.__name__}({given})"


def _argument(value: Any) -> str:
    found = plain(value)
    return (repr(value) if isinstance(found, Opaque) else described(found)).strip("`")


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
