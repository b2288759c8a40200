"""Exercises and guesses of notebook 05, Why RSU-4F dilates."""

from ..exercise import Exercise, Question

EXERCISES: tuple[Exercise, ...] = ()
QUESTIONS: tuple[Question, ...] = ()
