"""Exercises and guesses of notebook 04, receptive field: theory, then truth."""

from ..exercise import Exercise, Question

EXERCISES: tuple[Exercise, ...] = ()
QUESTIONS: tuple[Question, ...] = ()
