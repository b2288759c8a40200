"""Learning rates as functions of the share of a run that is done: no state to save or resume."""

import math


def one_cycle(done: float, warm_up: float = 0.15) -> float:
    """Up along a line, down along a cosine to nothing."""
    if done < warm_up:
        return max(done / warm_up, 0.02)
    return 0.5 + 0.5 * math.cos(math.pi * min((done - warm_up) / (1 - warm_up), 1.0))


def constant(done: float) -> float:
    """The same throughout, as upstream trains."""
    return 1.0


SCHEDULES = {"one-cycle": one_cycle, "constant": constant}
"""Schedules by name: share done, 0 … 1 → learning rate over its peak."""
