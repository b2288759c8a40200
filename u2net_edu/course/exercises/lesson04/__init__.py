"""Exercises and guesses of notebook 04, receptive field: theory, then truth.

The oracles follow taps, weigh cells and poke pixels; they know no formula and no gradient.
"""

from . import effective, gradient, resized, share, stack
from .guesses import QUESTIONS

TITLE = "04 · Receptive field: theory, then truth"
EXERCISES = (
    stack.EXERCISE,
    resized.EXERCISE,
    gradient.EXERCISE,
    effective.EXERCISE,
    share.EXERCISE,
)

__all__ = ["EXERCISES", "QUESTIONS", "TITLE"]
