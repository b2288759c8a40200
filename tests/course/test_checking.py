"""`check`, `hint`, `guess` and `progress` as a notebook calls them."""

import builtins
import functools
import inspect
import json
import multiprocessing
import os
import pickle
import re
import threading

import pytest

import u2net_edu as u2
from u2net_edu.course import forked, judging, record
from u2net_edu.course.card import Card, inline
from u2net_edu.course.exercises import LESSONS, find_exercise, find_question
from u2net_edu.course.guessing import shuffled
from u2net_edu.course.judging import examine
from u2net_edu.course.running import run_cases

NAME = "conv.dilated_span"
OURS = find_exercise(NAME).solution
QUESTIONS = [question for lesson in LESSONS.values() for question in lesson.QUESTIONS]


def counted() -> dict:
    """What the record says of this exercise, without the mark that its last answers left."""
    kept = record.load()["exercises"].get(NAME, {})
    return {key: value for key, value in kept.items() if key != "answers"}


def right(kernel, dilation):
    return (kernel - 1) * dilation + 1


def odd(kernel, dilation):
    return 12345


def stub(kernel, dilation):
    raise NotImplementedError


@pytest.fixture
def shown(monkeypatch):
    """The cards that were shown, as text."""
    cards = []
    monkeypatch.setattr(Card, "show", lambda self: cards.append(self))
    return cards


def test_gives_the_students_function_back_when_it_passes_and_ours_when_not(shown):
    assert u2.check(NAME, right) is right
    assert u2.check(NAME, odd) is OURS
    assert u2.check(NAME, stub) is OURS
    assert u2.check(NAME, None) is OURS
    assert [card.sign for card in shown] == ["✓", "≠", "○", "!"]


def test_ours_handed_back_is_not_the_students_success(shown):
    span = u2.check(NAME, stub)
    assert u2.check(NAME, span) is OURS
    assert shown[-1].sign == "○"
    assert record.load()["exercises"] == {}


def test_each_wrong_answer_brings_the_next_hint_and_the_third_stays(shown):
    hints = find_exercise(NAME).hints
    for expected in (1, 2, 3, 3):
        tries = counted().get("attempts", 0)
        u2.check(NAME, lambda kernel, dilation, tries=tries: 1000 + tries)
        assert f"Hint {expected} of 3" in str(shown[-1])
        assert hints[expected - 1] in str(shown[-1])
        assert "no new hint" not in str(shown[-1])
    assert counted() == {"attempts": 4, "hints": 3}


def test_the_same_answers_once_more_open_no_further_hint(shown):
    for _ in range(3):
        u2.check(NAME, odd)
        assert "Hint 1 of 3" in str(shown[-1])
    assert "no new hint" in str(shown[-1])
    u2.hint(NAME)
    u2.check(NAME, odd)
    assert "Hint 2 of 3" in str(shown[-1])
    assert counted() == {"attempts": 4, "hints": 2}


def test_a_stub_costs_nothing(shown):
    u2.check(NAME, stub)
    assert "difficulty ●●○○○" in str(shown[-1])
    assert record.load()["exercises"] == {}


def test_hints_can_be_asked_for(shown):
    for expected in (1, 2, 3, 3):
        u2.hint(NAME)
        assert str(shown[-1]).count("Hint ") == expected
    assert "no more" in str(shown[-1])


def test_passing_once_counts_for_good(shown):
    u2.check(NAME, right)
    u2.check(NAME, odd)
    assert counted() == {"attempts": 2, "passed": True, "hints": 1}


def test_what_makes_no_sense_in_the_record_is_begun_anew(shown):
    record.update("exercises", NAME, attempts="many", hints=-3)
    u2.check(NAME, odd)
    assert counted() == {"attempts": 1, "hints": 1}


def test_a_folder_that_cannot_be_written_stops_nobody(shown, home):
    home.write_text("in the way")
    assert u2.check(NAME, right) is right
    assert "could not be saved" in str(shown[-1])


def test_unknown_names_say_which_are_near():
    with pytest.raises(u2.ExerciseError, match=r"Did you mean .*conv\.dilated_span"):
        u2.check("conv.span", right)
    with pytest.raises(u2.ExerciseError, match=r"conv\.claim"):
        u2.guess("conv.clam")
    with pytest.raises(u2.ExerciseError, match="stands first; got the function `right`"):
        u2.check(right, NAME)
    with pytest.raises(u2.ExerciseError, match="a text such as"):
        u2.guess([])


def test_a_guess_holds_its_reasons_back_and_counts_once():
    question = find_question("conv.how_many")
    guess = u2.guess(question.name)
    assert guess.reasons == []
    assert not any(
        option.reason in json.dumps(guess.get_state(["options"])) for option in question.options
    )
    four, three = guess.options.index("4"), guess.options.index("3")
    guess.set_state({"chosen": four})  # as it arrives from a browser
    assert [reason["right"] for reason in guess.reasons] == [n == three for n in range(4)]
    assert record.load()["guesses"] == {question.name: {"chosen": "4", "right": False}}
    guess.set_state({"chosen": three})
    assert guess.chosen == four
    assert record.load()["guesses"][question.name]["right"] is False


def test_a_guess_is_still_there_when_the_notebook_is_opened_again():
    guess = u2.guess("conv.how_many")
    three = guess.chosen = guess.options.index("3")
    again = u2.guess("conv.how_many")
    assert again.options == guess.options
    assert again.chosen == three
    assert again.reasons[three]["right"] is True
    record.update("guesses", "conv.how_many", chosen="an option of an older edition")
    assert u2.guess("conv.how_many").chosen == -1


@pytest.mark.parametrize("student", range(4))
def test_the_right_answer_is_found_by_thinking_not_by_its_place(student):
    """No place is the right one too often, in all guesses together."""
    places: dict[int, int] = {}
    for question in QUESTIONS:
        options = shuffled(question, student)
        assert sorted(options, key=question.options.index) == list(question.options)
        assert options == shuffled(question, student)
        place = next(n for n, option in enumerate(options) if option.right)
        places[place] = places.get(place, 0) + 1
    assert len(places) >= 4
    assert max(places.values()) < len(QUESTIONS) / 2


def test_each_student_and_each_question_has_an_order_of_its_own():
    four = [question for question in QUESTIONS if len(question.options) == 4]
    orders = {
        tuple(q.options.index(o) for o in shuffled(q, student))
        for q in four
        for student in range(9)
    }
    assert len(orders) == 24


def test_the_answer_that_is_kept_is_the_option_whatever_its_place(home, monkeypatch):
    before = u2.guess("conv.how_many")
    before.chosen = before.options.index("4")
    options = list(reversed(before.options))
    monkeypatch.setattr(
        "u2net_edu.course.guessing.shuffled",
        lambda question, seed: sorted(question.options, key=lambda o: options.index(o.text)),
    )
    again = u2.guess("conv.how_many")
    assert again.options == options
    assert again.options[again.chosen] == "4"


def test_a_guess_that_cannot_be_saved_says_so(home):
    home.write_text("in the way")
    guess = u2.guess("conv.how_many")
    guess.chosen = 0
    assert guess.reasons
    assert "could not be saved" in guess.note


@pytest.mark.parametrize("chosen", [4, -2])
def test_only_what_is_offered_can_be_ticked(chosen):
    with pytest.raises(Exception, match="chosen must be 0 to 3"):
        u2.guess("conv.how_many").chosen = chosen


def test_a_guess_can_be_read_where_no_script_runs():
    guess = u2.guess("conv.how_many")
    bundle, _ = guess._repr_mimebundle_()
    assert bundle["text/html"].count("<details>") == 4
    assert "○ 6" in bundle["text/plain"]
    assert "begins at 0, 2 and 4" not in bundle["text/plain"]


def test_progress_tells_what_is_done(shown):
    total = len(u2.progress())
    assert f"0 of {total} right" in str(u2.progress())
    u2.check(NAME, odd)
    u2.check(NAME, right)
    claim = u2.guess("conv.claim")
    claim.chosen = claim.options.index("All of it.")
    said = str(u2.progress())
    assert f"1 of {total} right" in said
    assert "✓ conv.dilated_span" in said
    assert "(passed, 2 tries, 1 hint)" in said
    assert "≠ conv.claim" in said
    assert "progress-old-1.json" in str(u2.progress().forget())
    assert f"0 of {total} right" in str(u2.progress())


def test_cards_are_themed_labelled_and_safe():
    card = Card("good", "✓", "fine `<b>`", ("use `a*b` or *not*",), "<script>")
    html = card._repr_html_()
    assert 'aria-label="✓ fine `&lt;b&gt;`"' in html
    assert "--u2-ink" in html
    assert "<script>" not in html
    assert inline("use `a*b*c` or *not* <i>") == (
        "use <code>a*b*c</code> or <em>not</em> &lt;i&gt;"
    )


def test_progress_unfolds_what_is_begun():
    u2.check(NAME, odd)
    shown = u2.progress()._repr_html_()
    assert shown.count("<details open>") == 1
    assert "<details open><summary>01 · One convolution: 0 of 8</summary>" in shown


# --- How a function is called below --------------------------------------------------------------


def renamed(k, d):
    return (k - 1) * d + 1


def by_name_alone(*, dilation, kernel):
    return (kernel - 1) * dilation + 1


class Callable:
    def __call__(self, kernel, dilation):
        return right(kernel, dilation)


@pytest.mark.parametrize(
    "answer",
    [
        right, renamed, by_name_alone, Callable(), Callable().__call__, functools.partial(right),
        lambda *both: right(*both), lambda **both: right(**both),
        lambda kernel, d: right(kernel, d),
        lambda kernel, dilation, more=0: right(kernel, dilation),
    ],
)  # fmt: skip
def test_what_passes_can_be_called_in_every_way_that_the_stub_can(answer, shown):
    found = u2.check(NAME, answer)
    assert shown[-1].sign == "✓", shown[-1]
    assert found is not OURS
    assert found(5, 3) == found(5, dilation=3) == found(dilation=3, kernel=5) == 13


def test_a_default_that_was_left_out_is_there_again(shown):
    def output_size(n, k, s, p):
        return (n + 2 * p - k) // s + 1

    found = u2.check("conv.output_size", output_size)
    assert shown[-1].sign == "✓"
    assert found(8, 3) == found(8, kernel=3) == 6
    assert found(320, 5, padding=2) == 320

    def other_default(size, kernel, stride=2, padding=0):
        return output_size(size, kernel, stride, padding)

    assert u2.check("conv.output_size", other_default)(8, 3) == 6


def test_the_order_of_the_parameters_is_part_of_what_is_asked(shown):
    def swapped(dilation, kernel):
        return right(kernel, dilation)

    assert u2.check(NAME, swapped) is OURS
    assert shown[-1].sign == "≠"


# --- Whatever it is given ------------------------------------------------------------------------


def evil(**methods):
    return type("Evil", (), methods)()


def fails(*args):
    raise RuntimeError("do not look")


ODD = [
    None, 10**10**5, "x" * 10**6, float("nan"), b"x", [], {}, object(), 1j, ..., NotImplemented,
    evil(__str__=fails, __repr__=fails, __eq__=fails, __len__=fails, __bool__=fails),
    evil(__iter__=fails, __index__=fails, __float__=fails),
    evil(__getattr__=fails, __hash__=None), evil(__array__=fails, __format__=fails),
    evil(__call__=fails, __repr__=fails, __signature__=property(fails)),
    type("Evil", (type,), {}),
]  # fmt: skip


@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize(
    "name", [NAME, "field.stack", "loss.pixel", "stages.narrow", "cost.design"]
)
def test_nothing_that_is_given_or_returned_makes_a_check_fail(value, name, shown):
    ours = find_exercise(name).solution
    assert u2.check(name, value) is ours
    assert u2.check(name, lambda *args: value) is ours
    assert u2.check(name, lambda *args: (value, value)) is ours
    for card in shown:
        assert card.sign in "≠!○"
        assert len(str(card)) < 4000
        card._repr_html_()


def test_a_function_that_ends_python_ends_no_notebook(shown):
    if not forked.possible():
        pytest.skip("this system does not fork")
    for leave, words in [
        (lambda kernel, dilation: os._exit(1), "ended Python itself"),
        (lambda kernel, dilation: os.kill(os.getpid(), 9), "SIGKILL"),
        (lambda kernel, dilation: exit(), "end all of Python"),
        (lambda kernel, dilation: input(), "nobody is there"),
        (lambda kernel, dilation: [0] * 10**13, "MemoryError"),
    ]:
        assert u2.check(NAME, leave) is OURS
        assert words in str(shown[-1])


async def promised():
    return 9


def endless():
    found = []
    found.append(found)
    return found


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: (i for i in [9]), "a `generator`, which only promises its values"),
        (promised, "a `coroutine`, which only promises its values"),
        (lambda: {"span": 9}, "a dictionary with 1 entry."),
        (lambda: {1: 2, 3: 4}, "a dictionary with 2 entries."),
        (endless, "a list of lists in lists without end"),
        (lambda: b"9", "a `bytes`"),
        (lambda: slice(9), "a `slice`"),
        (lambda: "9" * 20_000, "a text of 20,000 letters"),
        (lambda: [object()], "`[‹an object›]`"),
        (lambda: {object()}, "`{‹an object›}`"),
        (lambda: ({}, object()), "`(‹a dictionary with 0 entries›, ‹an object›)`"),
    ],
)
@pytest.mark.parametrize(
    "name", [NAME, "field.stack", "loss.pixel", "stages.misfits", "cost.design", "rsu.plain"]
)
@pytest.mark.filterwarnings("ignore:coroutine")
def test_what_is_no_answer_is_told_by_its_own_name_and_none_of_ours(make, words, name):
    exercise = find_exercise(name)
    names = inspect.signature(exercise.solution).parameters
    answer = eval(f"lambda {', '.join(names)}: make()", {"make": make})
    verdict = examine(exercise, answer)
    told = " ".join([verdict.heading, *verdict.paragraphs])
    assert verdict.state in ("fault", "wrong")
    assert words.strip("`.").replace("`", "'") in told.replace("`", "'")
    assert not re.search("Opaque|Failure|Outcome|Made|Ran", told)


@pytest.mark.skipif(not forked.possible(), reason="this system does not fork")
def test_what_it_leaves_behind_is_told_as_it_is(monkeypatch):
    def busy():
        while True:
            pass

    def renames(kernel, dilation):
        builtins.len = builtins.isinstance = pickle.dumps = os.write = None
        return right(kernel, dilation)

    def closes(kernel, dilation):
        os.closerange(3, 200)
        return right(kernel, dilation)

    def starts(kernel, dilation):
        threading.Thread(target=busy, daemon=True).start()
        return right(kernel, dilation)

    def pool(kernel, dilation):
        with multiprocessing.get_context("fork").Pool(1) as workers:
            return workers.apply(right, (kernel, dilation))

    monkeypatch.setattr(judging, "run_cases", functools.partial(run_cases, limit=0.1))
    exercise = find_exercise(NAME)
    told = {}
    for answer in (renames, closes, pool, starts):
        verdict = examine(exercise, answer)
        told[answer.__name__] = " ".join([verdict.heading, *verdict.paragraphs])
    assert told["renames"].startswith("Right, in all")
    assert "could not be read: the function closes a file" in told["closes"]
    assert "Threads that it started still ran" in told["starts"]
    assert "a check runs a function in one process" in told["pool"]
    assert builtins.len([1]) == 1


def test_what_the_function_prints_is_shown(shown):
    def talks(kernel, dilation):
        print(f"kernel is {kernel}")
        return right(kernel, dilation)

    u2.check(NAME, talks)
    assert shown[-1].printed == "kernel is 3\n"
    u2.check(NAME, lambda kernel, dilation: print("here") or kernel * dilation)
    assert shown[-1].sign == "≠"
    assert shown[-1].printed == "here\n"
