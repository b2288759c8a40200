"""`field.share`: the share of a field inside a radius."""

import math

from ...exercise import Exercise, Misconception
from .common import FIELDS, hill, with_field


def _with_field_and_border(answer, name, *rest):
    """As above; every way to step over the border raises the same words."""
    try:
        return with_field(answer, name, *rest)
    except IndexError as error:
        words = "there is no such row or column in the field"
        raise IndexError(words).with_traceback(error.__traceback__) from None


def _distances(name: str, row: int, column: int, radius: int):
    field = hill(*FIELDS[name]).tolist()
    return [
        (math.hypot(r - row, c - column), value)
        for r, line in enumerate(field)
        for c, value in enumerate(line)
    ]


def _share(name: str, row: int, column: int, radius: int) -> float:
    ordered = _distances(name, row, column, radius)
    return math.fsum(v for d, v in ordered if d <= radius) / math.fsum(v for _, v in ordered)


def _within(measure, share=lambda field, inside: field[inside].sum() / field.sum()):
    """Somebody's share: how the distance is measured, and what is divided by what."""

    def answer(field, row, column, radius):
        import numpy as np

        r, c = np.mgrid[: field.shape[0], : field.shape[1]]
        return float(share(field, measure(np, abs(r - row), abs(c - column), radius)))

    return answer


def _beyond(inside):
    """Somebody's loops over a square that may reach beyond the border."""

    def answer(field, row, column, radius):
        total = 0.0
        for r in range(row - radius, row + radius + 1):
            for c in range(column - radius, column + radius + 1):
                if inside(r - row, c - column, radius):
                    total += field[r, c]
        return float(total / field.sum())

    return answer


def _unclipped(field, row, column, radius):
    rows = slice(row - radius, row + radius + 1)
    columns = slice(column - radius, column + radius + 1)
    return float(field[rows, columns].sum() / field.sum())


def _round(np, r, c, radius):
    return r**2 + c**2 <= radius**2


EXERCISE = Exercise(
    name="field.share",
    task="the share of a field inside a radius",
    difficulty=2,
    importance=3,
    minutes=6,
    ours="lesson04.share_inside",
    oracle=_share,
    cases=lambda random: (
        [
            (name, row, column, radius)
            for name, radius in zip(FIELDS, (2, 1, 5, 3, 5, 4, 1, 5, 2, 3))
            for row, column in (FIELDS[name][2:4],)
        ]
        + [("a broad hill", 17, 22, 6), ("a hill, 3 wide", 12, 10, 2)]
        # Over the upper, left, lower and right border, and over all four.
        + [("a broad hill", *place, 20) for place in ((8, 20), (20, 8), (32, 20), (20, 32))]
        + [("a broad hill", 20, 20, 24)]
    ),
    ask=_with_field_and_border,
    misconceptions=(
        Misconception(
            "You take a square around the place. A radius draws a circle: the corners of the "
            "square are further away than that.",
            _within(lambda np, r, c, radius: np.maximum(r, c) <= radius),
        ),
        Misconception(
            "A circle may reach beyond the border. Below 0 Python says nothing and counts from "
            "the far end; past the other end it stops. Walk over the rows and columns that the "
            "field *has*, and ask of each whether it is inside.",
            _beyond(lambda r, c, radius: r**2 + c**2 <= radius**2),
        ),
        Misconception(
            "You take a square around the place, and it may reach beyond the border: below 0 "
            "Python says nothing and counts from the far end. And a radius draws a circle.",
            _beyond(lambda r, c, radius: True),
        ),
        Misconception(
            "Two things. Your slice may begin below 0, where Python counts from the far end. And "
            "a radius draws a circle; a slice cuts out a square.",
            _unclipped,
        ),
        Misconception(
            "You add up the steps down and the steps to the side. The straight way is shorter: "
            "think of Pythagoras.",
            _within(lambda np, r, c, radius: r + c <= radius),
        ),
        Misconception(
            "The squared distance is compared with the radius itself. Square both, or neither.",
            _within(lambda np, r, c, radius: r**2 + c**2 <= radius),
        ),
        Misconception(
            "Pixels at exactly that distance are missing: *at most* `radius` away.",
            _within(lambda np, r, c, radius: r**2 + c**2 < radius**2),
        ),
        Misconception(
            "You give the sum inside. A share is a sum divided by the whole; do not rely on the "
            "whole being 1.",
            _within(_round, lambda field, inside: field[inside].sum()),
        ),
        Misconception(
            "You count pixels, each for as much as the others. Here strong pixels weigh more.",
            _within(_round, lambda field, inside: inside.mean()),
        ),
        Misconception(
            "You divide by the number of pixels. By what sum does a share divide?",
            _within(_round, lambda field, inside: field[inside].sum() / field.size),
        ),
        Misconception(
            "You divide by the number of pixels inside: that is their average, not their share.",
            _within(_round, lambda field, inside: field[inside].mean()),
        ),
    ),
    hints=(
        "which pixels lie inside the circle, and what part of the sum of all do they hold?",
        "two loops over rows and columns, one sum. Compare squared distances; no root is needed.",
        "in the loops `if (r - …) ** 2 + … <= …: inside += field[r, c]`; at the end `return "
        "float(inside / …)`.",
    ),
)
