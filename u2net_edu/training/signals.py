"""Ctrl-C and SIGTERM while a network trains: they wait for the end of a step."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

STOPPING = ("SIGINT", "SIGTERM")
"""Ctrl-C; and what a cluster, a container or `kill` sends before it ends a process by force."""


class Interruptions:
    """Inside its `with`, the first signal is only noted, so that no step is cut in half.

    A second one acts at once: KeyboardInterrupt for Ctrl-C, SystemExit for SIGTERM. While a step is
    `held` even that waits, until the weights are whole. Signals reach the main thread alone; in
    any other this does nothing.
    """

    def __init__(self) -> None:
        self._noted = threading.Event()
        self._holding = False
        self._late: int | None = None
        self._before: dict[int, Any] = {}

    @property
    def wanted(self) -> str | None:
        """`interrupted` once a signal came."""
        return "interrupted" if self._noted.is_set() else None

    def __enter__(self) -> "Interruptions":
        if threading.current_thread() is threading.main_thread():
            for name in STOPPING:
                number = getattr(signal, name)
                if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup and shells ask for
                    self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *error) -> None:
        for number, handler in self._before.items():
            default = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
            signal.signal(number, default if handler is None else handler)

    def _note(self, number: int, frame) -> None:
        if not self._noted.is_set():
            self._noted.set()
        elif self._holding:
            self._late = number
        else:
            _raise(number)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Inside, no signal raises; one that came does so at the end."""
        self._holding = True
        try:
            yield
        finally:
            self._holding = False
        if self._late is not None:
            number, self._late = self._late, None
            _raise(number)


def _raise(number: int) -> None:
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + number)


def ignore_in_worker(worker: int) -> None:
    """A DataLoader's process leaves Ctrl-C to the one that trains, and ends at a SIGTERM."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
