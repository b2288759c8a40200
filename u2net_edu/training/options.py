"""Checks of the numbers that a training is given; errors say what was expected and what came."""

import os
from collections.abc import Sequence

from ..architecture.checks import number, whole

__all__ = ["folder", "loss_weights", "number", "whole"]


def folder(name: str, value) -> None:
    """Refuse what names no folder. Raises: ValueError."""
    if not isinstance(value, (str, os.PathLike)):
        raise ValueError(f"{name} is the path of a folder; got {value!r}.")


def loss_weights(side_weights, fuse_weight) -> None:
    """Check the weights of the seven losses, one number for all sides or one for each.

    Raises: ValueError for a weight that is negative or not finite.
    """
    several = isinstance(side_weights, Sequence) and not isinstance(side_weights, str)
    for weight in side_weights if several else [side_weights]:
        number("side_weights: a weight", weight, least=0)
    number("fuse_weight", fuse_weight, least=0)
