"""The student's progress is kept whole, or set aside, and never stands in the way."""

import json
import multiprocessing
import threading

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
        b"[" * 200_000 + b"]" * 200_000,
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


def count_up(name: str, times: int) -> None:
    for _ in range(times):
        assert record.change("exercises", name, lambda e: {"n": e.get("n", 0) + 1}) == ""
        record.update("guesses", f"{name}.{multiprocessing.current_process().name}", chosen="8")


def test_two_notebooks_lose_nothing_of_each_others():
    start = multiprocessing.get_context("spawn")
    notebooks = [start.Process(target=count_up, args=("conv.x", 20)) for _ in range(6)]
    for notebook in notebooks:
        notebook.start()
    for notebook in notebooks:
        notebook.join()
    assert [notebook.exitcode for notebook in notebooks] == [0] * 6
    assert record.load()["exercises"] == {"conv.x": {"n": 120}}
    assert len(record.load()["guesses"]) == 6


def test_nor_do_threads():
    threads = [threading.Thread(target=count_up, args=("conv.x", 20)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert record.load()["exercises"] == {"conv.x": {"n": 80}}


def test_a_student_keeps_the_seed(home):
    seed = record.seed()
    record.update("exercises", "conv.x", attempts=1)
    assert record.seed() == seed
    assert record.load()["seed"] == seed
    record.forget()
    assert record.seed() != seed


def test_a_student_without_a_folder_has_a_seed_too(home):
    home.write_text("in the way")
    assert record.seed() == record.seed()
    counted = []
    said = record.change("exercises", "conv.x", lambda entry: counted.append(entry) or {})
    assert "could not be saved" in said
    assert counted == [{}]


def test_a_lock_left_behind_by_a_notebook_that_was_killed_holds_nobody_up(home):
    home.mkdir()
    (home / ".progress.lock").write_text("")
    assert record.update("exercises", "conv.x", passed=True) == ""
