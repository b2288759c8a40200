"""The question that `guess` asks: options to tick, and after the tick a reason for each."""

from .widget import Guess

__all__ = ["Guess"]
