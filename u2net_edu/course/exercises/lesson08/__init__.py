"""Lesson 08, seven outputs and one loss: its guesses and exercises.

The oracles take the definition at its word, with sixty digits so that nothing rounds away; walk
along the arrows of the U; search for the least loss. Misconceptions are written for numbers and
tensors alike where both are met, and nothing here imports torch before an exercise is asked.
"""

from . import feeds, pixel, seven, twice
from .guesses import QUESTIONS

TITLE = "08 · Seven outputs, one loss"
EXERCISES = (
    pixel.EXERCISE,
    seven.EXERCISE,
    feeds.EXERCISE,
    twice.EXERCISE,
)

__all__ = ["EXERCISES", "QUESTIONS", "TITLE"]
