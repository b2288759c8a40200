"""`rsu.any_depth`: a residual U-block of any depth."""

from random import Random

from ...exercise import Exercise, Misconception, later
from .common import OF_AN_RSU, ask, widths


def _depths(random: Random) -> list[tuple]:
    plain = [(4, 3, 2, 4, 16, 16), (5, 3, 2, 4, 16, 16), (3, 3, 2, 4, 13, 10), (4, 4, 2, 4, 8, 8)]
    sizes = [(random.randint(8, 17), random.randint(8, 17)) for _ in range(7)]
    return plain + [(random.randint(4, 6), *widths(random), *size) for size in sizes]


EXERCISE = Exercise(
    name="rsu.any_depth",
    task="a residual U-block of any depth",
    difficulty=5,
    importance=4,
    minutes=18,
    ours="lesson03.AnyRSU",
    oracle=later(__package__, "by_hand.rsu"),
    cases=_depths,
    ask=ask,
    turned=later(__package__, "blocks.of_any"),
    misconceptions=(
        Misconception(
            "Your block is always four levels deep. `depth` comes in, but changes nothing.",
            knobs={"depth": 4},
        ),
        *OF_AN_RSU,
    ),
    hints=(
        "what repeats in the drawing? The first level is special, and so is the bottom; between "
        "them all layers on the way down are alike, and so are those on the way up except the "
        "last.",
        "two `nn.ModuleList`s, down and up. On the way down a list of skips grows; on the way up "
        "the last of them is taken first, which is what `pop()` does.",
        "`skips = [self.down[0](f1)]`; for each other layer, `skips.append(layer(pool(…)))`; then "
        "the bottom, without …; for each layer of the way up, `y = layer(join(y, skips.…))`.",
    ),
)
