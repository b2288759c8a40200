"""Lesson 01, one convolution: its guesses and exercises.

The oracles do not know the formulas: they put the window down and count, or follow the taps.
"""

from . import dilated_span, output_size, same_padding, stack_field
from .guesses import QUESTIONS

TITLE = "01 · One convolution"
EXERCISES = (
    output_size.EXERCISE,
    same_padding.EXERCISE,
    dilated_span.EXERCISE,
    stack_field.EXERCISE,
)

__all__ = ["EXERCISES", "QUESTIONS", "TITLE"]
