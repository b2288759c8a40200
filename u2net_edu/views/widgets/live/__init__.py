"""The live view of a training: its curves, and the seven maps of a few scenes step by step."""

from .widget import TrainingView, explore_training

__all__ = ["TrainingView", "explore_training"]
