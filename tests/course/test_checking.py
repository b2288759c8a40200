"""`check`, `hint`, `guess` and `progress` as a notebook calls them."""

import json

import pytest

import u2net_edu as u2
from u2net_edu.course import record
from u2net_edu.course.card import Card, inline
from u2net_edu.course.exercises import find_exercise, find_question

NAME = "conv.dilated_span"
OURS = find_exercise(NAME).solution


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


def test_a_guess_holds_its_reasons_back_and_counts_once():
    question = find_question("conv.how_many")
    guess = u2.guess(question.name)
    assert guess.reasons == []
    assert not any(
        option.reason in json.dumps(guess.get_state(["options"])) for option in question.options
    )
    guess.set_state({"chosen": 2})  # as it arrives from a browser
    assert [reason["right"] for reason in guess.reasons] == [False, True, False, False]
    assert record.load()["guesses"] == {question.name: {"chosen": "4", "right": False}}
    guess.set_state({"chosen": 1})
    assert guess.chosen == 2
    assert record.load()["guesses"][question.name]["right"] is False


def test_a_guess_is_still_there_when_the_notebook_is_opened_again():
    u2.guess("conv.how_many").chosen = 1
    again = u2.guess("conv.how_many")
    assert again.chosen == 1
    assert again.reasons[1]["right"] is True
    record.update("guesses", "conv.how_many", chosen="an option of an older edition")
    assert u2.guess("conv.how_many").chosen == -1


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
    u2.guess("conv.claim").chosen = 0
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
