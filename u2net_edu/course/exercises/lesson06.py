"""Exercises and guesses of notebook 06, the whole network, stage by stage."""

from ..exercise import Exercise, Question

EXERCISES: tuple[Exercise, ...] = ()
QUESTIONS: tuple[Question, ...] = ()
