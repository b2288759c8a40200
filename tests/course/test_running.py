"""Whatever a student's function does, the check comes back and says what happened."""

import inspect
import sys
import threading

import numpy as np
import pytest
import torch

from u2net_edu.course import running
from u2net_edu.course.running import run_cases, same, where

CASES = [(1,), (2,), (3,)]


def forever(x):
    while True:
        x += 1


def swallows_all(x):
    while True:
        try:
            x += 1
        except:  # noqa: E722 - as a student might
            x -= 1


def test_gives_the_values_in_order():
    run = run_cases(lambda x: 10 * x, CASES)
    assert [outcome.value for outcome in run.outcomes] == [10, 20, 30]
    assert run.finished
    assert not run.stuck


@pytest.mark.parametrize("function", [forever, swallows_all])
def test_an_endless_loop_is_stopped(function):
    before = threading.active_count()
    run = run_cases(function, CASES, limit=0.1)
    assert not run.finished
    assert not run.stuck
    assert threading.active_count() == before  # nothing goes on behind the notebook


def test_the_time_is_for_all_cases_together():
    """By construction: one wait of LIMIT, then tries to stop for GRACE, both well below 2 s."""
    assert running.LIMIT + running.GRACE <= 1.9
    assert inspect.signature(run_cases).parameters["limit"].default == running.LIMIT
    calls = []

    def slow(x):
        calls.append(x)
        while x < 3:
            pass

    run = run_cases(slow, [(3,)] * 5 + [(1,)] * 5, limit=0.1)
    assert len(calls) == 6  # those after the one that hangs are not tried
    assert not run.finished


def test_what_cannot_be_stopped_is_left_behind_and_said(monkeypatch):
    monkeypatch.setattr(running, "GRACE", 0.05)
    gate = threading.Event()  # a wait inside C that no exception reaches
    run = run_cases(lambda x: gate.wait(), CASES, limit=0.05)
    seen = len(run.outcomes)
    gate.set()
    assert run.stuck
    assert not run.finished
    assert len(run.outcomes) == seen


@pytest.mark.parametrize(
    "error", [ZeroDivisionError, KeyboardInterrupt, SystemExit, GeneratorExit, RecursionError]
)
def test_any_exception_is_an_outcome(error):
    def raises(x):
        raise error("now")

    run = run_cases(raises, CASES)
    assert run.finished
    assert {type(outcome.error) for outcome in run.outcomes} == {error}


def test_endless_recursion_ends():
    def again(x):
        return again(x)

    assert isinstance(run_cases(again, CASES).outcomes[0].error, RecursionError)


def test_pressing_stop_also_stops_the_function(monkeypatch):
    wait = threading.Event.wait

    def interrupted(self, timeout=None):
        if timeout == 7:
            raise KeyboardInterrupt
        return wait(self, timeout)

    before = threading.active_count()
    monkeypatch.setattr(threading.Event, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_cases(forever, CASES, limit=7)
    assert threading.active_count() == before


def test_writing_into_an_argument_is_seen_and_harms_no_later_case():
    cases = [([1, 2],), ([1, 2],)]
    run = run_cases(lambda x: x.pop(), cases)
    assert [outcome.changed for outcome in run.outcomes] == [True, True]
    assert cases == [([1, 2],), ([1, 2],)]
    tensors = [(torch.zeros(2),)]
    assert run_cases(lambda x: x.add_(1), tensors).outcomes[0].changed
    assert not run_cases(lambda x: x + 1, tensors).outcomes[0].changed


def test_prints_are_kept_with_their_case_and_do_not_flood(capsys):
    def talks(x):
        print("seen", x)
        if x == 3:
            print("y" * 10**6)

    run = run_cases(talks, CASES)
    assert run.outcomes[0].printed == "seen 1\n"
    assert len(run.outcomes[2].printed) == running.PRINTED
    assert capsys.readouterr().out == ""
    assert sys.stdout is not None


def test_what_others_print_goes_where_it_went(capsys):
    go, printed = threading.Event(), threading.Event()

    def neighbour():
        go.wait()
        print("from a neighbour")
        printed.set()

    threading.Thread(target=neighbour).start()

    def talks(x):
        go.set()
        printed.wait()

    run_cases(talks, [(1,)])
    assert capsys.readouterr().out == "from a neighbour\n"


def test_where_names_the_students_line():
    def divides(x):
        y = x - x
        return 1 / y

    error = run_cases(divides, CASES).outcomes[0].error
    assert where(error, divides).endswith("`return 1 / y`")
    assert where(error, int) == ""


@pytest.mark.parametrize(
    ("a", "b", "equal"),
    [
        (3, 3, True),
        (3, 3.0, True),
        (3, np.int64(3), True),
        (3, torch.tensor(3), True),
        (3, 4, False),
        (10**9, 10**9 + 1, False),
        (10**30, 10**30, True),
        (0.1 + 0.2, 0.3, True),
        (float("nan"), float("nan"), False),
        (None, 3, False),
        ("3", 3, False),
        ([1, (2, 3)], (1, [2, 3]), True),
        ([1, 2], [1, 2, 3], False),
        (np.zeros(3), np.zeros((3, 1)), False),
        (np.zeros(3), torch.zeros(3, requires_grad=True), True),
        (object(), object(), False),
    ],
)
def test_same(a, b, equal):
    assert same(a, b) is equal
    assert same(b, a) is equal
