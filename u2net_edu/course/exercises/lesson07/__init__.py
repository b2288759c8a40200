"""Lesson 07, what does it cost?: its guesses and exercises.

The oracles know no formula: they build the thing and ask its trace.
"""

from . import conv, design, levels, rsu
from .guesses import QUESTIONS

TITLE = "07 · What does it cost?"
EXERCISES = (
    conv.EXERCISE,
    levels.EXERCISE,
    rsu.EXERCISE,
    design.EXERCISE,
)

__all__ = ["EXERCISES", "QUESTIONS", "TITLE"]
