"""Guesses of the notebook of myths; it has no exercises to write."""

from ...exercise import Exercise
from .guesses import QUESTIONS

TITLE = "Myths"
EXERCISES: tuple[Exercise, ...] = ()

__all__ = ["EXERCISES", "QUESTIONS", "TITLE"]
