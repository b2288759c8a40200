"""Lesson 06, the whole network: its guesses and exercises.

The oracles do not know the formulas: they pick every second pixel, carry channels in a pile, or
build the thing and count.
"""

from . import block_parameters, misfits, narrow, network_parameters, shape
from .guesses import QUESTIONS

TITLE = "06 · The whole network, stage by stage"
EXERCISES = (
    shape.EXERCISE,
    misfits.EXERCISE,
    narrow.EXERCISE,
    block_parameters.EXERCISE,
    network_parameters.EXERCISE,
)

__all__ = ["EXERCISES", "QUESTIONS", "TITLE"]
