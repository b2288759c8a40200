"""Run a student's function in a process of its own, a fork that knows what the notebook knows.

Its processor time and its memory are bounded by the system, so that it ends even inside one endless
call into C; what it breaks, it breaks for itself. It sends plain data through a pipe, case by case.
"""

import contextlib
import ctypes
import gc
import math
import os
import pickle
import signal
import struct
import sys
import threading
import time
import warnings
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from os import write
from pickle import dumps
from struct import pack
from typing import Any, NoReturn

from .outcome import GRACE, PRINTED, Outcome, Printed, Run, TimeUp, nobody_answers, observe
from .plain import failure_of

MEMORY = 2 * 2**30  # bytes beyond what the notebook has
LOOK = 250  # milliseconds between two looks at whether it is asleep
UNREAD = 217  # exit status: our own work failed after what the function had done
QUIET = 12  # looks in a row at which it was asleep, and had done nothing since the last


def possible() -> bool:
    """On Linux. macOS can fork, but its libraries do not all survive it; Windows cannot."""
    return sys.platform == "linux"


def run(call: Callable, cases: list[tuple], answer: Any, limit: float) -> Run:
    """As `running.run_cases`. Raises: OSError where no process can be made."""
    reader, writer = os.pipe()
    try:
        pid = _fork()
    except BaseException:
        os.close(reader)
        os.close(writer)
        raise
    if pid == 0:
        _be_the_child(writer, call, cases, answer, limit)
    try:
        os.close(writer)
        messages = _Messages(cases)
        end = _listen(pid, reader, messages)
        ended = _soon_over(pid) if not end and not messages.end else True
    finally:  # it is done, or the time is up, or the student pressed "stop"
        status = _end(pid)
        os.close(reader)
    end = end or messages.end or (_why(status) if ended else "unread")
    return Run(messages.outcomes, "threads" if end == "time" and messages.threads else end)


def _fork() -> int:
    with warnings.catch_warnings():
        # Of other threads, which the child does not have. It waits for none of them.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


# --- Our side ------------------------------------------------------------------------------------


class _Messages:
    """What has arrived: a length, then a pickle of (kind, values)."""

    def __init__(self, cases: list[tuple]):
        self.outcomes: list[Outcome] = []
        self.end = ""
        self.threads = False  # one that it started outlived a call
        self._cases = cases
        self._bytes = bytearray()

    def add(self, data: bytes) -> None:
        self._bytes += data
        while len(self._bytes) >= 8:
            (length,) = struct.unpack_from("!Q", self._bytes)
            if len(self._bytes) < 8 + length:
                return
            kind, *values = pickle.loads(self._bytes[8 : 8 + length])
            del self._bytes[: 8 + length]
            self._take(kind, values)

    def _take(self, kind: str, values: list) -> None:
        if kind == "begin":
            self.outcomes.append(Outcome(self._cases[len(self.outcomes)]))
        elif kind == "done":
            self.end = values[0]
        elif kind == "threads":
            self.threads = True
        elif kind == "printed":
            self.outcomes[-1].printed += values[0]
        else:
            outcome = self.outcomes[-1]
            outcome.value, outcome.error, outcome.changed = values


def _listen(pid: int, reader: int, messages: _Messages) -> str:
    """Until it closes its end. Gives "", or "asleep" where it waits for what does not come."""
    import select

    waiting = select.poll()
    waiting.register(reader, select.POLLIN)
    quiet, before = 0, ""
    while True:
        if waiting.poll(LOOK):
            data = os.read(reader, 1 << 16)
            if not data:
                return ""
            messages.add(data)
            quiet = 0
            continue
        now = _asleep(pid)
        quiet = quiet + 1 if now and now == before else 0
        before = now
        if quiet >= QUIET:
            return "asleep"


def _asleep(pid: int) -> str:
    """The processor time spent so far, if no thread of it runs or wants to run; else ""."""
    spent = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/stat", encoding="utf-8") as file:
                fields = file.read().rpartition(")")[2].split()
            if fields[0] in "RD":  # running or waiting for a processor; or for a disk
                return ""
            spent.append((task, fields[11], fields[12]))
    except OSError:  # it is gone, or there is no such folder: then nobody knows
        return ""
    return str(spent)


def _soon_over(pid: int) -> bool:
    """Whether a process that closed its end of the pipe ended, or only closed it and goes on."""
    for _ in range(100):
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            return True
        time.sleep(0.02)
    return False


def _end(pid: int) -> int:
    """End it, and all that it started. Gives its status as `os.waitpid` does."""
    try:
        ended, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return 0
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
    if not ended:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)  # it may not have come to have a group of its own
        with contextlib.suppress(ChildProcessError):
            _, status = os.waitpid(pid, 0)
    return status


def _why(status: int) -> str:
    if not os.WIFSIGNALED(status):
        return "unread" if os.WEXITSTATUS(status) == UNREAD else "exit"
    number = os.WTERMSIG(status)
    if number == signal.SIGXCPU:
        return "time"
    return signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"


# --- The child's side ----------------------------------------------------------------------------


def _be_the_child(writer: int, call, cases, answer, limit: float) -> NoReturn:
    leave, status = os._exit, UNREAD
    try:
        _leave_the_notebook(writer, limit)
        _Worker(writer, answer, limit).work(call, cases)
        status = 0
    finally:
        leave(status)


def _leave_the_notebook(writer: int, limit: float) -> None:
    """Let go of all that is the notebook's, and put bounds to memory and time."""
    import resource

    os.setsid()  # what interrupts the notebook, interrupts our side, which then ends this one
    _die_with_the_notebook()
    signal.set_wakeup_fd(-1)  # it is the notebook's event loop that would wake up
    signal.signal(signal.SIGINT, signal.default_int_handler)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        if number != writer:
            os.dup2(nothing, number)
    gc.freeze()  # nothing of the notebook's is to be cleared up here
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    most = math.ceil(limit + GRACE)
    resource.setrlimit(resource.RLIMIT_CPU, (most, most + 1))
    # A copy of this process would go on with our work when the function comes back.
    os.register_at_fork(after_in_child=lambda: os._exit(0))
    # A pool would make new ones for ever, as each of them ends at once.
    BaseProcess.start = _no_others  # type: ignore[method-assign, assignment]
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(1)  # its other threads have stayed behind


def _no_others(process: BaseProcess) -> NoReturn:
    raise RuntimeError("a check runs a function in one process, which cannot start others")


def _die_with_the_notebook() -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class _Worker:
    def __init__(self, writer: int, answer: Any, limit: float):
        self._writer, self._answer, self._left = writer, answer, limit
        self._pid = os.getpid()
        self._room = 0  # for what is printed in this case
        self._running = False
        self._memory = _memory_in_use() + MEMORY

    def work(self, call: Callable, cases: list[tuple]) -> None:
        signal.signal(signal.SIGPROF, self._time_is_up)
        # Kept here: whatever the function does to these modules, we still need them.
        sys.stdout = sys.stderr = Printed(self._print)
        send, limited, threads = self._send, self._limited, threading.active_count
        with nobody_answers():
            for args in cases:
                self._room = PRINTED
                send("begin")
                outcome = Outcome(args)
                try:
                    limited(call, outcome)
                except TimeUp as error:  # it came a moment after the function's own end
                    self._running = False
                    outcome.error = failure_of(error, self._answer)
                if threads() > 1:
                    send("threads")
                send("end", outcome.value, outcome.error, outcome.changed)
                if outcome.error and outcome.error.is_a(TimeUp):
                    send("done", "time")
                    return
        send("done", "finished")

    def _limited(self, call: Callable, outcome: Outcome) -> None:
        """One case, with this much memory and with the time that is left."""
        import resource

        free = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (_least(self._memory, free[0]), free[1]))
        try:
            self._running = True
            # Again and again: it may swallow the first.
            signal.setitimer(signal.ITIMER_PROF, self._left, 0.02)
            observe(call, outcome.args, self._answer, outcome)
        finally:
            self._running = False
            self._left = max(signal.setitimer(signal.ITIMER_PROF, 0)[0], 1e-3)
            resource.setrlimit(resource.RLIMIT_AS, free)

    def _time_is_up(self, number, frame) -> None:
        if self._running:
            raise TimeUp

    def _print(self, text: str) -> None:
        if self._room > 0 and threading.current_thread() is threading.main_thread():
            self._send("printed", str(text)[: self._room])
            self._room -= len(text)

    def _send(self, *message) -> None:
        data = dumps(message)
        data = pack("!Q", len(data)) + data
        while data:
            data = data[write(self._writer, data) :]


def _memory_in_use() -> int:
    import resource

    with open("/proc/self/statm", encoding="utf-8") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def _least(bound: int, before: int) -> int:
    return bound if before < 0 else min(bound, before)  # below 0: no bound
