"""Exercises and guesses of notebook 08, seven outputs, one loss."""

from ..exercise import Exercise, Question

EXERCISES: tuple[Exercise, ...] = ()
QUESTIONS: tuple[Question, ...] = ()
