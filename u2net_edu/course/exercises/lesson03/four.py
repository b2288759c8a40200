"""`rsu.four`: a residual U-block of depth 4."""

from random import Random

from ...exercise import Exercise, later
from .common import OF_AN_RSU, ask, widths


def _maps(random: Random) -> list[tuple]:
    plain = [(3, 2, 4, 16, 16), (3, 2, 4, 13, 10), (4, 2, 4, 9, 16)]
    sizes = [(random.randint(6, 17), random.randint(6, 17)) for _ in range(8)]
    return plain + [(*widths(random), *size) for size in sizes]


EXERCISE = Exercise(
    name="rsu.four",
    task="a residual U-block of depth 4",
    difficulty=4,
    importance=5,
    minutes=15,
    ours="lesson03.RSU4",
    oracle=later(__package__, "by_hand.rsu4"),
    cases=_maps,
    ask=ask,
    turned=later(__package__, "blocks.of_four"),
    misconceptions=OF_AN_RSU,
    hints=(
        "the frame is that of your residual block; only its heart is different. Walk along the "
        "drawing with the arrow keys: for each box, the text says what it takes, what it does "
        "first, and how many channels it has.",
        "eight layers: the first; four on the way down, the last of them dilated and without a "
        "pool before it; three on the way up, each after a join, so that they take twice mid. Keep "
        "the maps of the way down under their own names: they are needed again.",
        "`enc2 = self.enc2(pool(enc1))`, and so on down; `dec3 = self.dec3(join(enc4, …))`, and so "
        "on up; at the end `return … + f1`.",
    ),
)
