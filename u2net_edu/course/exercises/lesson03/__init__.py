"""Lesson 03, build an RSU: its guesses and exercises.

An answer is a class. It is built, given weights in the order in which its layers run, and run; the
oracles (`by_hand`) compute the same with the same weights and no module at all. `blocks` has the
wrong ways.
"""

from . import any_depth, four, plain, residual
from .guesses import QUESTIONS

TITLE = "03 · Build an RSU"
EXERCISES = (
    plain.EXERCISE,
    residual.EXERCISE,
    four.EXERCISE,
    any_depth.EXERCISE,
)

__all__ = ["EXERCISES", "QUESTIONS", "TITLE"]
