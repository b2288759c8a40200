"""`field.resized`: what a pixel sees through a pool and back."""

from fractions import Fraction
from random import Random

from ...exercise import Exercise, Misconception


def _weighed(pixel: int, factor: int) -> tuple[int, int]:
    """Weigh the cells as bilinear interpolation does: 1 at a cell's own middle, 0 a cell away."""
    middle = Fraction(2 * pixel + 1, 2 * factor)  # of the output pixel, in cells
    heard = [
        cell
        for cell in range(pixel // factor - 3, pixel // factor + 4)
        if abs(middle - cell - Fraction(1, 2)) < 1
    ]
    return heard[0] * factor, heard[-1] * factor + factor - 1


def _places(random: Random) -> list[tuple]:
    plain = [(6, 2), (7, 2), (8, 2), (9, 2), (12, 4), (13, 4), (14, 4), (6, 3), (7, 3), (8, 3)]
    drawn = [(random.randint(factor, 60), factor) for factor in (2, 2, 3, 4, 5, 5, 6, 8)]
    return plain + drawn


def _cells(first, last):
    """Turn an idea of which cells are read into an answer in pixels."""
    return lambda p, f: (first(p, f) * f, last(p, f) * f + f - 1)


def _before(pixel, factor):
    return (2 * pixel + 1 - factor) // (2 * factor)


def _after(pixel, factor):
    return -(-(2 * pixel + 1 - factor) // (2 * factor))


EXERCISE = Exercise(
    name="field.resized",
    task="what a pixel sees through a pool and back",
    difficulty=4,
    importance=3,
    minutes=12,
    ours="lesson04.seen_after_resize",
    oracle=_weighed,
    cases=_places,
    misconceptions=(
        Misconception(
            "You let every pixel copy the cell that it lies in. A bilinear resize does not copy: "
            "it mixes the two cells between whose middles the pixel lies.",
            _cells(lambda p, f: p // f, lambda p, f: p // f),
        ),
        Misconception(
            "You let every pixel read three cells: its own and both neighbours. Between how many "
            "middles does a point lie?",
            _cells(lambda p, f: p // f - 1, lambda p, f: p // f + 1),
        ),
        Misconception(
            "You always mix with the cell to the right. A pixel in the left half of its cell lies "
            "between that cell's middle and the one to its *left*. Draw the middles of the cells, "
            "not their left edges.",
            _cells(lambda p, f: p // f, lambda p, f: p // f + 1),
        ),
        Misconception(
            "You measure from left edges: pixel 6 of factor 2 would then lie exactly on cell 3. "
            "But a pixel has its place in its middle, and so has a cell.",
            _cells(lambda p, f: p // f, lambda p, f: -(-p // f)),
        ),
        Misconception(
            "These are cells of the small map. How many pixels of the row was each of them pooled "
            "from?",
            lambda p, f: (_before(p, f), _after(p, f)),
        ),
        Misconception(
            "Your first pixel is right. The last cell, too, was pooled from as many pixels as the "
            "others; you stop at its first one.",
            lambda p, f: (_before(p, f) * f, _after(p, f) * f),
        ),
        Misconception(
            "Your last pixel is one too far: it belongs to the next cell.",
            lambda p, f: (_before(p, f) * f, _after(p, f) * f + f),
        ),
        Misconception(
            "You always take two cells. With an odd factor one pixel in each cell lies exactly on "
            "the cell's middle: what share does the other cell get there?",
            _cells(_before, lambda p, f: _before(p, f) + 1),
        ),
        Misconception(
            "Nearly: an odd factor has a pixel exactly on the middle of its cell, and you let it "
            "mix with the cell to its left. What share does that one get?",
            _cells(lambda p, f: _after(p, f) - 1, _after),
        ),
        Misconception(
            "Your window is centred on the pixel, everywhere. But a pool has fixed places: a "
            "window can begin only where a cell begins, and end only where one ends.",
            lambda p, f: (p - f, p + f),
        ),
        Misconception(
            "Your window moves along with the pixel. But a pool has fixed places: a window can "
            "begin only where a cell begins, and end only where one ends.",
            lambda p, f: (p - f, p + f - 1),
        ),
    ),
    hints=(
        "draw it for factor 2: pixels 0, 1 | 2, 3 | 4, 5 | …, and below them the cells 0, 1, 2. "
        "Mark the middle of each cell. Between which two marks does the middle of pixel 4 lie?",
        "measure in cells. The middle of pixel `p` is at (p + ½) / factor, the middle of cell `c` "
        "at c + ½. Which cell's middle is the last one at or to the left of the pixel's? Is there "
        "anything left over? Then the next cell is read too.",
        "`place = (pixel + 0.5) / factor - …`; `first_cell = math.floor(…)`, `last_cell = "
        "math.ceil(…)`; then back to pixels: a cell `c` was pooled from `c * factor` to `c * "
        "factor + …`.",
    ),
)
