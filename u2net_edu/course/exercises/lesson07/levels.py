"""`cost.levels`: what each level of the inner U costs."""

from functools import cache

from ...exercise import Exercise, Misconception
from .common import traced


@cache
def _counted_levels(depth: int) -> list[float]:
    """By the sizes of the maps of a traced block, its outer layers left out."""
    size, width = 2 ** (depth - 2), 3
    levels: dict[int, int] = {}
    for operator in traced(f"RSU-{depth}", 2, width, 5, size).operators:
        layer = operator.path.partition(".")[0]
        if operator.macs and layer not in ("in", "enc1", "dec1"):
            rows = operator.grid[0]
            levels[rows] = levels.get(rows, 0) + operator.macs
    return [levels[rows] / (9 * width**2 * size**2) for rows in sorted(levels, reverse=True)]


def _of(depth, *, each=3.0, bottom=1.0, shrink=4, first=1, deeper=0):
    shares = [each / shrink**level for level in range(first, depth - 2 + first)]
    shares[-1] += bottom / shrink ** (depth - 3 + first + deeper)
    return shares


def _levels(turned=False, **wrong):
    """The list with some things wrong; `turned` begins at the bottom."""
    return lambda depth: _of(depth, **wrong)[:: -1 if turned else 1]


EXERCISE = Exercise(
    name="cost.levels",
    task="what each level of the inner U costs",
    difficulty=3,
    importance=5,
    minutes=10,
    ours="lesson07.level_shares",
    oracle=_counted_levels,
    cases=lambda random: [(depth,) for depth in (4, 3, 5, 7, 6, 8, 9, 10, 11, 12)],
    turned=_levels,
    misconceptions=(
        Misconception(
            "You halve the work from level to level. A pool halves the height *and* the "
            "width: how many pixels are left?",
            knobs={"shrink": 2},
        ),
        Misconception(
            "Your layers on the way up take M channels. What are they given? What comes from "
            "below *and* the skip, concatenated.",
            knobs={"each": 2},
        ),
        Misconception(
            "The bottom layer is missing. It has no pool before it: on which level does it work?",
            knobs={"bottom": 0},
        ),
        Misconception(
            "Your bottom layer stands behind a pool of its own. It has none: it is dilated "
            "instead, on the map of the level above it.",
            knobs={"deeper": 1},
        ),
        Misconception(
            "Your list has an entry too many: the bottom layer works on the same map as the "
            "last level, and belongs to it.",
            lambda depth: [*_of(depth, bottom=0), 1 / 4 ** (depth - 2)],
        ),
        Misconception(
            "You count the way down alone. There is a way up as well.",
            knobs={"each": 1},
        ),
        Misconception(
            "Your first level has the full size. The list begins after the first pool.",
            knobs={"first": 0},
        ),
        Misconception(
            "All of your levels cost alike. The deeper ones have fewer pixels.",
            knobs={"shrink": 1},
        ),
        Misconception(
            "Your list begins at the bottom. The level after the first pool comes first.",
            knobs={"turned": True},
        ),
        Misconception(
            "Your bottom layer takes twice M channels. No join stands before it.",
            knobs={"bottom": 2},
        ),
        Misconception(
            "You count three layers at the bottom. There is one: what the way up adds, you have "
            "counted already.",
            knobs={"bottom": 3},
        ),
        Misconception(
            "Each of your levels has one M→M layer too many. The bottom layer is on the last level "
            "only.",
            knobs={"each": 4},
        ),
        Misconception(
            "Every level of yours has a bottom layer. Only the last one has.",
            lambda depth: [4 / 4**level for level in range(1, depth - 1)],
        ),
        Misconception(
            "Your list has a level too many, and the bottom layer is missing: an RSU of depth 4 "
            "has two pools.",
            lambda depth: [3 / 4**level for level in range(1, depth)],
        ),
    ),
    hints=(
        "an M→M layer costs 9 · M · M for each pixel of its map. So only two things matter: "
        "how many pixels a level has, compared with the full map, and how many such layers "
        "stand on it.",
        "on a level there are one layer down, which takes M channels, and one layer up, which "
        "takes twice as many: three M→M layers. A pool leaves a quarter of the pixels. On the "
        "last level there is one layer more.",
        "`shares = [3 / … for level in range(1, …)]`, then `shares[-1] += …`, then "
        "`return shares`.",
    ),
)
