"""Whatever a student's function does, the check comes back and says what happened."""

import builtins
import contextlib
import os
import signal
import sys
import threading
import time

import numpy as np
import psutil
import pytest
import torch

from u2net_edu.course import forked, outcome, threaded
from u2net_edu.course.outcome import Run
from u2net_edu.course.plain import Opaque, same
from u2net_edu.course.running import run_cases

CASES = [(1,), (2,), (3,)]
forks = pytest.mark.skipif(not forked.possible(), reason="this system does not fork")


@pytest.fixture(params=["process", "thread"])
def road(request, monkeypatch):
    """Both ways to run a function, on every system that has both."""
    if request.param == "thread":
        monkeypatch.setattr(forked, "possible", lambda: False)
    elif not forked.possible():
        pytest.skip("this system does not fork")
    return request.param


def forever(x):
    while True:
        x += 1


def swallows_all(x):
    while True:
        try:
            x += 1
        except:  # noqa: E722 - as a student might
            x -= 1


def test_gives_the_values_in_order(road):
    run = run_cases(lambda x: 10 * x, CASES)
    assert [outcome.value for outcome in run.outcomes] == [10, 20, 30]
    assert run.finished
    assert not run.stuck


@pytest.mark.parametrize("function", [forever, swallows_all])
def test_an_endless_loop_is_stopped(function, road):
    before = threading.active_count()
    run = run_cases(function, CASES, limit=0.1)
    assert run.end == "time"
    assert not run.finished
    assert not run.stuck
    assert threading.active_count() == before  # nothing goes on behind the notebook


def test_the_time_is_for_all_cases_together(road, tmp_path):
    calls = tmp_path / "calls"

    def slow(x):
        with calls.open("a") as file:
            file.write("x")
        while x < 3:
            pass

    run = run_cases(slow, [(3,)] * 5 + [(1,)] * 5, limit=0.1)
    assert len(calls.read_text()) == 6  # those after the one that hangs are not tried
    assert not run.finished


def test_time_on_the_wall_is_nobodys_fault(road):
    """Slept for longer than the function may compute: it is not the computing that takes long."""
    run = run_cases(lambda x: time.sleep(0.3) or x, CASES, limit=0.2)
    assert [outcome.value for outcome in run.outcomes] == [1, 2, 3]
    assert run.finished


def test_what_cannot_be_stopped_in_a_thread_is_left_behind_and_said(monkeypatch):
    monkeypatch.setattr(forked, "possible", lambda: False)
    monkeypatch.setattr(threaded, "GRACE", 0.05)
    monkeypatch.setattr(threaded, "QUIET", 3)
    gate = threading.Event()  # a wait inside C that no exception reaches
    run = run_cases(lambda x: gate.wait(), CASES)
    seen = len(run.outcomes)
    gate.set()
    assert run.stuck
    assert not run.finished
    assert len(run.outcomes) == seen


@pytest.mark.parametrize(
    "error", [ZeroDivisionError, KeyboardInterrupt, SystemExit, GeneratorExit, RecursionError]
)
def test_any_exception_is_an_outcome(error, road):
    def raises(x):
        raise error("now")

    run = run_cases(raises, CASES)
    assert run.finished
    assert {outcome.error.kind for outcome in run.outcomes} == {error.__name__}
    assert all(outcome.error.is_a(error) for outcome in run.outcomes)


def test_endless_recursion_ends(road):
    def again(x):
        return again(x)

    assert run_cases(again, CASES).outcomes[0].error.is_a(RecursionError)


def test_nobody_answers_and_exit_ends_no_kernel(road):
    def asks(x):
        return input("? ")

    before = builtins.input
    assert "nobody is there" in run_cases(asks, CASES).outcomes[0].error.words
    for leave in (exit, quit, sys.exit):
        run = run_cases(lambda x, leave=leave: leave(), CASES)
        assert run.outcomes[0].error.is_a(SystemExit)
    assert builtins.input is before


def test_what_a_notebook_calls_exit_ends_no_kernel(road, monkeypatch):
    """There `exit` is an object of IPython's that asks the kernel to end."""
    from IPython.core.autocall import ExitAutocall

    asked = []

    class Shell:
        def ask_exit(self):
            asked.append(1)

    leave, before = ExitAutocall(Shell()), ExitAutocall.__call__
    assert run_cases(lambda x: leave(), CASES).outcomes[0].error.is_a(SystemExit)
    assert asked == []
    assert ExitAutocall.__call__ is before


def test_pressing_stop_also_stops_the_function_in_a_thread(monkeypatch):
    wait = threading.Event.wait

    def interrupted(self, timeout=None):
        if timeout == threaded.LOOK:
            raise KeyboardInterrupt
        return wait(self, timeout)

    monkeypatch.setattr(forked, "possible", lambda: False)
    before = threading.active_count()
    monkeypatch.setattr(threading.Event, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_cases(forever, CASES)
    assert threading.active_count() == before


@forks
def test_pressing_stop_also_ends_the_process(tmp_path):
    note = tmp_path / "pid"

    def loops(x):
        note.write_text(str(os.getpid()))
        time.sleep(0.5)  # what is raised in the middle of a fork's own hooks is lost
        os.kill(os.getppid(), signal.SIGINT)  # as the stop button does
        while True:
            pass

    with pytest.raises(KeyboardInterrupt):
        run_cases(loops, CASES)
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


def test_writing_into_an_argument_is_seen_and_harms_no_later_case(road):
    cases = [([1, 2],), ([1, 2],)]
    run = run_cases(lambda x: x.pop(), cases)
    assert [outcome.changed for outcome in run.outcomes] == [True, True]
    assert cases == [([1, 2],), ([1, 2],)]
    tensors = [(torch.zeros(2),)]
    assert run_cases(lambda x: x.add_(1), tensors).outcomes[0].changed
    assert not run_cases(lambda x: x + 1, tensors).outcomes[0].changed


def test_prints_are_kept_with_their_case_and_do_not_flood(capfd, road):
    def talks(x):
        print("seen", x)
        if x == 3:
            print("y" * 10**6)
            for _ in range(1000):
                print("z", flush=True)

    run = run_cases(talks, CASES)
    assert run.outcomes[0].printed == "seen 1\n"
    assert len(run.outcomes[2].printed) == outcome.PRINTED
    assert capfd.readouterr().out == ""
    assert sys.stdout is not None


def test_what_others_print_goes_where_it_went(capsys, monkeypatch):
    monkeypatch.setattr(forked, "possible", lambda: False)
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


# --- What only a process of its own survives -----------------------------------------------------


def ends(function, **options) -> Run:
    before = psutil.Process().children()  # another test's, perhaps: multiprocessing keeps one
    run = run_cases(function, CASES, **options)
    assert set(psutil.Process().children()) <= set(before)  # not even a zombie is left behind
    return run


@forks
def test_an_endless_call_into_c_is_ended():
    assert ends(lambda x: sum(range(10**15)), limit=0.1).end == "time"


@forks
def test_a_catastrophe_of_a_pattern_is_ended():
    import re

    assert ends(lambda x: re.match(r"(a+)+$", "a" * 60 + "b"), limit=0.1).end == "time"


@forks
@pytest.mark.parametrize(
    ("function", "end"),
    [
        (lambda x: os._exit(0), "exit"),
        (lambda x: os._exit(3), "exit"),
        (lambda x: os.kill(os.getpid(), signal.SIGKILL), "SIGKILL"),
        (lambda x: os.abort(), "SIGABRT"),
        (lambda x: os.kill(os.getpid(), signal.SIGTERM), "SIGTERM"),
        (lambda x: __import__("ctypes").string_at(0), "SIGSEGV"),
    ],
)
def test_python_itself_may_end(function, end):
    run = ends(function)
    assert run.end == end
    assert len(run.outcomes) == 1


@forks
def test_a_raised_limit_on_recursion_brings_nothing_down():
    def again(x):
        sys.setrecursionlimit(10**9)
        return [*map(again, [x])]  # through C, where no check counts

    before = sys.getrecursionlimit()
    run = ends(again, limit=1)
    assert not run.finished or run.outcomes[0].error
    assert sys.getrecursionlimit() == before


@forks
@pytest.mark.parametrize(
    "function",
    [
        lambda x: [0] * 10**12,
        lambda x: bytearray(10**12),
        lambda x: np.ones(10**10),
        lambda x: torch.ones(10**10),
        lambda x: bytearray(3 * 2**30),
    ],
)
def test_memory_has_a_bound(function):
    run = ends(function)
    assert run.finished
    assert run.outcomes[0].error.kind in ("MemoryError", "RuntimeError", "_ArrayMemoryError")


@forks
def test_a_list_that_grows_without_end_is_ended(monkeypatch):
    monkeypatch.setattr(forked, "MEMORY", 200 * 2**20)

    def grows(x):
        found = []
        while True:
            found.append(bytes(10**6))

    run = ends(grows)
    assert run.finished
    assert run.outcomes[0].error.is_a(MemoryError)


@forks
@pytest.mark.parametrize(
    "function",
    [
        lambda x: time.sleep(1000),
        lambda x: threading.Lock().acquire() and threading.Event().wait(),
        lambda x: os.kill(os.getpid(), signal.SIGSTOP),
        lambda x: os.read(os.pipe()[0], 1),
    ],
)
def test_what_waits_for_nothing_is_ended(function, monkeypatch):
    monkeypatch.setattr(forked, "LOOK", 20)
    monkeypatch.setattr(forked, "QUIET", 4)
    run = ends(function)
    assert run.end == "asleep"
    assert len(run.outcomes) == 1


@forks
def test_what_it_breaks_it_breaks_for_itself(tmp_path):
    import math

    def breaks(x):
        math.ceil = len
        os.chdir("/")
        os.environ["BROKEN"] = "yes"
        sys.stdout.close()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for number in range(20, 60):
            with contextlib.suppress(OSError):
                os.close(number)
        return 1

    here, ceil, files = os.getcwd(), math.ceil, sys.stdout
    run_cases(breaks, CASES)
    assert (os.getcwd(), math.ceil, sys.stdout) == (here, ceil, files)
    assert "BROKEN" not in os.environ
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with (tmp_path / "still").open("w") as file:
        file.write("open")


@forks
def test_copies_of_the_process_and_threads_left_behind_change_nothing():
    def forks_away(x):
        for _ in range(20):
            os.fork()
        threading.Thread(target=forever, args=(1,), daemon=True).start()
        return x

    # Copies of a process that holds much memory take processor time: here, all that they need.
    assert [outcome.value for outcome in ends(forks_away, limit=60).outcomes] == [1, 2, 3]


@forks
def test_files_that_are_never_closed_are_its_own_affair():
    def opens(x):
        kept = []
        while True:
            kept.append(open(os.devnull))  # noqa: SIM115

    run = ends(opens)
    assert run.outcomes[0].error.is_a(OSError)


@forks
def test_a_function_that_prints_for_ever_is_ended():
    def talks(x):
        while True:
            print("again")

    run = ends(talks, limit=0.2)
    assert run.end == "time"
    assert run.outcomes[0].printed.startswith("again\nagain\n")


@forks
def test_a_network_runs_after_many_threads_have(tmp_path):
    """The pool of threads that torch keeps does not come along into the process."""
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    try:
        conv = torch.nn.Conv2d(8, 8, 3)
        conv(torch.rand(4, 8, 64, 64)).sum().backward()
        run = run_cases(lambda x: conv(torch.rand(4, 8, 64, 64)).sum().backward(), CASES)
    finally:
        torch.set_num_threads(before)
    assert run.finished
    assert not any(outcome.error for outcome in run.outcomes)


@forks
def test_where_the_fork_is_to_blame_a_thread_is_tried(monkeypatch):
    """As with CUDA, which runs on one side of a fork only."""
    here = os.getpid()

    def only_here(x):
        if os.getpid() != here:
            raise RuntimeError("cannot re-initialize in a forked subprocess")
        return x

    own = run_cases(only_here, CASES, trusted=lambda x: x)  # ours can: so it is the student's
    assert own.outcomes[0].error
    run = run_cases(only_here, CASES, trusted=only_here)
    assert [outcome.value for outcome in run.outcomes] == [1, 2, 3]


# --- What cannot be looked at --------------------------------------------------------------------


class Hostile:
    """Fails at all that one may ask of an object."""

    def _fails(self, *args):
        raise RuntimeError("do not look at me")

    __str__ = __repr__ = __eq__ = __len__ = __iter__ = __array__ = __bool__ = __hash__ = _fails
    __index__ = __float__ = __getattr__ = __format__ = __reduce_ex__ = __getitem__ = _fails


class Endless:
    """Never comes back from it."""

    def _loops(self, *args):
        while True:
            pass

    __str__ = __repr__ = __eq__ = __len__ = __iter__ = __array__ = __bool__ = _loops
    __float__ = __format__ = __getitem__ = __reduce_ex__ = _loops


class Index(Endless):
    __index__ = Endless._loops


class Words(Exception):
    def __str__(self):
        raise KeyboardInterrupt


def circle():
    found = []
    found.append(found)
    return found


@pytest.mark.parametrize(
    "make",
    [
        Hostile, Endless, lambda: [Hostile()], circle, lambda: "x" * 10**8, lambda: 10**10**6,
        lambda: [0] * 10**6, lambda: iter(int, 1), lambda: (x for x in [1]), lambda: {1: Hostile()},
        lambda: np.array([Hostile()], dtype=object), lambda: float("nan"), lambda: b"x" * 10**8,
        lambda: range(10**15), lambda: torch.empty(3, device="meta"), lambda: Hostile,
        lambda: np.datetime64("2020-01-01"), lambda: sys, lambda: open,
    ],
)  # fmt: skip
def test_every_value_is_told_in_words(make, road):
    (outcome,) = run_cases(lambda x: make(), [(1,)]).outcomes
    assert outcome.error is None or outcome.error.is_a(RuntimeError)
    if isinstance(outcome.value, Opaque):
        assert 0 < len(outcome.value.text) < 200
    assert not same(outcome.value, 1)


def test_values_that_never_end_cost_the_function_its_time(road):
    run = run_cases(lambda x: Index(), CASES, limit=0.1)
    assert run.end == "time"


def test_an_error_that_cannot_be_told_is_an_error(road):
    def raises(x):
        raise Words

    (outcome,) = run_cases(raises, [(1,)]).outcomes
    assert outcome.error
