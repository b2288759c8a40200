"""Exercises and guesses of notebook 09, train one in class.

The oracles go other roads: sets of pixels, a budget that is spent step by step, the best of all
looks before against the best of the last ones.
"""

from . import matched_steps, overlap, stop_at
from .guesses import QUESTIONS

TITLE = "09 · Train one in class"
EXERCISES = (
    overlap.EXERCISE,
    matched_steps.EXERCISE,
    stop_at.EXERCISE,
)

__all__ = ["EXERCISES", "QUESTIONS", "TITLE"]
