"""Exercises and guesses of notebook 09, train one in class."""

from ..exercise import Exercise, Question

EXERCISES: tuple[Exercise, ...] = ()
QUESTIONS: tuple[Question, ...] = ()
