"""Exercises and guesses of notebook 07, what does it cost?."""

from ..exercise import Exercise, Question

EXERCISES: tuple[Exercise, ...] = ()
QUESTIONS: tuple[Question, ...] = ()
