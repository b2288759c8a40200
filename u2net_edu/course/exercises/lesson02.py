"""Exercises and guesses of notebook 02, down, up, and odd sizes."""

from ..exercise import Exercise, Question

EXERCISES: tuple[Exercise, ...] = ()
QUESTIONS: tuple[Question, ...] = ()
