"""Lesson 02, down, up, and odd sizes: its guesses and exercises.

The oracles put windows down and count them, and blend the four neighbours of every pixel by hand.
"""

from . import join, ladder, pooled_size
from .guesses import QUESTIONS

TITLE = "02 · Down, up, and odd sizes"
EXERCISES = (
    pooled_size.EXERCISE,
    ladder.EXERCISE,
    join.EXERCISE,
)

__all__ = ["EXERCISES", "QUESTIONS", "TITLE"]
