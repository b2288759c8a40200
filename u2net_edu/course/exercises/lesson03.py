"""Exercises and guesses of notebook 03, build an RSU."""

from ..exercise import Exercise, Question

EXERCISES: tuple[Exercise, ...] = ()
QUESTIONS: tuple[Question, ...] = ()
