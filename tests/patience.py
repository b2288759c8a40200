"""How long a test waits for what must happen. Nothing is concluded from it: only a hang is ended.

A machine may have two cores and eight busy processes. So no test asserts that something was quick,
and every wait ends when what it waits for is there.
"""

import time
from collections.abc import Callable

PATIENCE = 600.0  # seconds


def until(true: Callable[[], object], what: str = "it did not happen") -> None:
    """Wait for a condition, and fail with `what` where it never comes."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.01)
