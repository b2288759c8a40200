"""Shapes as polygons, and polygons as pixels.

Every shape, from a ring to a letter, is a list of polygons in a box of about -1 … 1: what runs
anticlockwise (x right, y down, positive area) adds, what runs the other way cuts a hole. One
rasteriser serves them all.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

TURN = 2 * np.pi


class Draws:
    """Random numbers that are the same on every platform and in every version of NumPy.

    Only PCG64's doubles are used: that bit stream is fixed by NumPy's compatibility policy, while
    `normal`, `integers` and `shuffle` may change from one version to the next.
    """

    def __init__(self, *seed: int):
        self._generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))

    def uniform(self, low: float = 0.0, high: float = 1.0, size=None):
        """Floats in low … high: one, or an array of shape `size`."""
        return low + (high - low) * self._generator.random(size)

    def below(self, limit: int) -> int:
        """An integer in 0 … limit - 1."""
        return int(self._generator.random() * limit)

    def pick(self, options: Sequence):
        """One of the options."""
        return options[self.below(len(options))]

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return bool(self._generator.random() < probability)

    def permutation(self, length: int) -> np.ndarray:
        """0 … length - 1 in random order."""
        return np.argsort(self._generator.random(length), kind="stable")


def hole(polygon: np.ndarray) -> np.ndarray:
    """The same outline, running the other way: it cuts."""
    return polygon[::-1]


def coverage(polygons: Sequence[np.ndarray], size: int, scanlines: int = 4) -> np.ndarray:
    """How much of each pixel the polygons cover: (size, size), 0 … 1.

    Polygons are (n, 2) arrays of x, y in pixels. Each row of pixels is cut by a few scanlines;
    along a scanline coverage is exact: a crossing at x adds its direction to everything right of
    x, and the running sum along the row is the winding number.
    """
    start = np.concatenate(polygons)
    end = np.concatenate([part for polygon in polygons for part in (polygon[1:], polygon[:1])])
    covered = np.zeros((size, size))
    # Only the box around the polygons is worked on: most shapes are small beside their picture.
    left, top = np.clip(np.floor(start.min(axis=0)).astype(np.int64), 0, size)
    right, bottom = np.clip(np.ceil(start.max(axis=0)).astype(np.int64), 0, size)
    rows, columns = bottom - top, right - left
    if not rows or not columns:
        return covered
    y = (np.arange(top * scanlines, bottom * scanlines) + 0.5) / scanlines
    (ax, ay), (bx, by) = start.T[..., None], end.T[..., None]
    edge, row = np.nonzero((np.minimum(ay, by) <= y) & (y < np.maximum(ay, by)))
    ax, ay, bx, by = ax[edge, 0], ay[edge, 0], bx[edge, 0], by[edge, 0]
    x = np.clip(ax + (y[row] - ay) * (bx - ax) / (by - ay), left, right)
    column = np.floor(x).astype(np.int64)
    direction = np.sign(by - ay)
    width = columns + 2
    cell = row * width + column - left
    steps = np.bincount(
        np.concatenate([cell, cell + 1]),
        np.concatenate([direction * (column + 1 - x), direction * (x - column)]),
        minlength=rows * scanlines * width,
    ).reshape(rows * scanlines, width)
    # A column grows to the right while y grows downwards, so a positive area winds to -1.
    winding = np.clip(-np.cumsum(steps, axis=1)[:, :columns], 0, 1)
    covered[top:bottom, left:right] = winding.reshape(rows, scanlines, columns).mean(axis=1)
    return covered


def place(polygons: Sequence[np.ndarray], centre, radius: float, angle: float) -> list[np.ndarray]:
    """Turn by `angle`, scale by `radius`, move to `centre`."""
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return [polygon @ turn * radius + np.asarray(centre) for polygon in polygons]


def polar(radius: np.ndarray) -> np.ndarray:
    """The closed curve with these radii at equal angles."""
    angle = np.arange(len(radius)) * (TURN / len(radius))
    return radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def strokes(lines: Sequence[Any], width: float) -> list[np.ndarray]:
    """Lines drawn with a round pen: one polygon for every straight piece."""
    cap = np.linspace(-0.25, 0.25, 5) * TURN
    polygons = []
    for line in lines:
        points = np.asarray(line, float)
        for a, b in pairwise(points):
            heading = np.arctan2(b[1] - a[1], b[0] - a[0])
            angles = np.concatenate([heading + cap, heading + np.pi + cap])
            rim = np.stack([np.cos(angles), np.sin(angles)], axis=1) * (width / 2)
            polygons.append(np.repeat([b, a], len(cap), axis=0) + rim)
    return polygons


# --- the vocabulary: each takes Draws and gives polygons


def superellipse(draws: Draws) -> list[np.ndarray]:
    """From a diamond over an ellipse to nearly a rectangle."""
    power = draws.pick([1.0, 2.0, 2.0, 3.0, 6.0])
    aspect = draws.uniform(0.5, 1.0)
    angle = np.arange(48) * (TURN / 48)
    x, y = np.cos(angle), np.sin(angle)
    radius = (np.abs(x) ** power + np.abs(y) ** power) ** (-1 / power)
    return [np.stack([radius * x, radius * y * aspect], axis=1) * 0.95]


def star(draws: Draws) -> list[np.ndarray]:
    """Three to seven points."""
    radius = np.ones(2 * (3 + draws.below(5)))
    radius[1::2] = draws.uniform(0.45, 0.75)
    return [polar(radius)]


def blob(draws: Draws) -> list[np.ndarray]:
    """A smooth, irregular outline: a circle with waves of a few frequencies."""
    angle = np.arange(48) * (TURN / 48)
    radius = np.ones(48)
    for frequency in (2, 3, 4, 5):
        wave = np.cos(frequency * angle + draws.uniform(0, TURN))
        radius = radius + draws.uniform(0.0, 0.55 / frequency) * wave
    return [polar(radius / radius.max())]


def ring(draws: Draws) -> list[np.ndarray]:
    """A blob or superellipse with a hole; the hole is background."""
    outer = draws.pick([superellipse, blob])(draws)[0]
    return [outer, hole(outer * draws.uniform(0.42, 0.6))]


LETTERS: dict[
    str, list[list[tuple[float, float]]]
] = {  # strokes on a grid of 4 × 6, as one would write them
    "A": [[(0, 6), (2, 0), (4, 6)], [(0.9, 3.8), (3.1, 3.8)]],
    "E": [[(4, 0), (0, 0), (0, 6), (4, 6)], [(0, 3), (3.2, 3)]],
    "F": [[(4, 0), (0, 0), (0, 6)], [(0, 3), (3.2, 3)]],
    "H": [[(0, 0), (0, 6)], [(4, 0), (4, 6)], [(0, 3), (4, 3)]],
    "K": [[(0, 0), (0, 6)], [(4, 0), (0, 3.4)], [(1.4, 2.6), (4, 6)]],
    "L": [[(0, 0), (0, 6), (4, 6)]],
    "P": [[(0, 6), (0, 0), (3, 0), (4, 1.6), (3, 3.2), (0, 3.2)]],
    "R": [[(0, 6), (0, 0), (3, 0), (4, 1.6), (3, 3.2), (0, 3.2)], [(2, 3.2), (4, 6)]],
    "S": [[(4, 0.6), (2.6, 0), (0.3, 0.6), (0.3, 2.4), (3.7, 3.6), (3.7, 5.4), (1.4, 6), (0, 5.4)]],
    "T": [[(0, 0), (4, 0)], [(2, 0), (2, 6)]],
    "U": [[(0, 0), (0, 5), (1, 6), (3, 6), (4, 5), (4, 0)]],
    "X": [[(0, 0), (4, 6)], [(4, 0), (0, 6)]],
    "Y": [[(0, 0), (2, 3), (4, 0)], [(2, 3), (2, 6)]],
    "Z": [[(0, 0), (4, 0), (0, 6), (4, 6)]],
}


def letter(draws: Draws) -> list[np.ndarray]:
    """A bold capital letter."""
    lines = LETTERS[draws.pick(sorted(LETTERS))]
    points = [(np.asarray(line, float) - (2, 3)) / 3.6 for line in lines]
    return strokes(points, draws.uniform(0.32, 0.45))


def branch(draws: Draws) -> list[np.ndarray]:
    """A thin structure: a stem with twigs to both sides."""
    bend = draws.uniform(-0.25, 0.25)
    stem = np.array([(bend * np.sin(2.2 * t), 0.95 - 1.9 * t) for t in np.linspace(0, 1, 7)])
    lines: list[Any] = [stem]
    for node in (1, 2, 3, 4):
        side = 1 if node % 2 else -1
        reach = draws.uniform(0.35, 0.75)
        lines.append([stem[node], stem[node] + (side * reach, -0.7 * reach)])
    return strokes(lines, draws.uniform(0.15, 0.2))


def wheel(draws: Draws) -> list[np.ndarray]:
    """A thin structure: rim and spokes."""
    spokes = 2 + draws.below(3)
    rim = polar(np.full(36, 0.95))
    inner = hole(rim * draws.uniform(0.74, 0.8))
    ends = polar(np.full(2 * spokes, 0.85))
    return [rim, inner, *strokes([*zip(ends[:spokes], ends[spokes:])], draws.uniform(0.15, 0.2))]


SHAPES = {
    "superellipse": superellipse,
    "star": star,
    "blob": blob,
    "ring": ring,
    "letter": letter,
    "branch": branch,
    "wheel": wheel,
}
"""Shapes by name; a scene draws from all of them."""
