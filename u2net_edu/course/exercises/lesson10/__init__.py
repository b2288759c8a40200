"""Lesson 10, what each part does: its guesses and exercises.

The oracles let numbers run through the arrows, with one of them cut; look for the nearest pixel
that says otherwise; sort rather than compare. Nothing here imports torch.
"""

from . import depends, rim, silenced, touched
from .guesses import QUESTIONS

TITLE = "10 · What does each part do?"
EXERCISES = (
    touched.EXERCISE,
    silenced.EXERCISE,
    rim.EXERCISE,
    depends.EXERCISE,
)

__all__ = ["EXERCISES", "QUESTIONS", "TITLE"]
