"""Exercises and guesses of notebook 05, why RSU-4F dilates.

The oracles try sizes, multiply one by one and put every tap down; they know no formula.
"""

from . import price, smallest_map, taps
from .guesses import QUESTIONS

TITLE = "05 · Why RSU-4F dilates"
EXERCISES = (
    smallest_map.EXERCISE,
    price.EXERCISE,
    taps.EXERCISE,
)

__all__ = ["EXERCISES", "QUESTIONS", "TITLE"]
