"""The student's progress is kept whole, or set aside, and never stands in the way."""

import json

import pytest

from u2net_edu.course import record


def test_what_is_written_is_there_again():
    assert record.update("exercises", "conv.x", attempts=1) == ""
    assert record.update("exercises", "conv.x", passed=True) == ""
    assert record.update("guesses", "conv.y", chosen="8½") == ""
    assert record.load()["exercises"] == {"conv.x": {"attempts": 1, "passed": True}}
    assert record.load()["guesses"] == {"conv.y": {"chosen": "8½"}}


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"{",
        b"\xff\xfe\x00",
        b"[]",
        b'{"version": 99, "exercises": {}, "guesses": {}}',
        b'{"version": 1, "exercises": [], "guesses": {}}',
        b'{"version": 1, "exercises": {"conv.x": 3}, "guesses": {}}',
    ],
)
def test_a_broken_file_is_set_aside_and_a_new_one_begun(broken, home):
    for number in (1, 2):
        home.mkdir(exist_ok=True)
        record.record_file().write_bytes(broken)
        assert record.load()["exercises"] == {}
        assert (home / f"progress-old-{number}.json").read_bytes() == broken
    record.update("exercises", "conv.x", attempts=1)
    assert json.loads(record.record_file().read_text())["exercises"]["conv.x"] == {"attempts": 1}


def test_where_nothing_can_be_written_it_says_so(home):
    home.write_text("a file where the folder should be")
    said = record.update("exercises", "conv.x", attempts=1)
    assert "could not be saved" in said
    assert str(home) in said
    assert record.load()["exercises"] == {}


def test_forgetting_keeps_the_old_file():
    assert record.forget() is None
    record.update("exercises", "conv.x", passed=True)
    kept = record.forget()
    assert "conv.x" in kept.read_text()
    assert record.load()["exercises"] == {}
