"""`dilate.taps`: taps that read the map, not padding."""

from random import Random

from ...exercise import Exercise, Misconception


def _put_down(side: int, dilation: int) -> int:
    """Put all nine taps down at every cell; count those on the map."""
    steps = (-dilation, 0, dilation)
    return sum(
        0 <= row + down < side and 0 <= column + across < side
        for row in range(side)
        for column in range(side)
        for down in steps
        for across in steps
    )


def _maps(random: Random) -> list[tuple]:
    plain = [(5, 1), (3, 1), (10, 2), (10, 8), (20, 8), (9, 8), (2, 8), (6, 6), (1, 1)]
    return plain + [(random.randint(2, 16), random.randint(1, 12)) for _ in range(10)]


EXERCISE = Exercise(
    name="dilate.taps",
    task="taps that read the map, not padding",
    difficulty=3,
    importance=4,
    minutes=10,
    ours="lesson05.taps_on_the_map",
    oracle=_put_down,
    cases=_maps,
    misconceptions=(
        Misconception(
            "You count all nine taps everywhere. Near the border some of them fall outside.",
            lambda side, dilation: 9 * side**2,
        ),
        Misconception(
            "Right as long as the map is larger than the dilation. On a smaller one an outer tap "
            "never lands inside: that is none, and not less than none.",
            lambda side, dilation: (3 * side - 2 * dilation) ** 2,
        ),
        Misconception(
            "This is one axis. Along the other it is the same, and every choice of the first goes "
            "with every choice of the second.",
            lambda side, dilation: side + 2 * max(side - dilation, 0),
        ),
        Misconception(
            "You count only outputs whose nine taps *all* land inside. The others read some of "
            "theirs, too.",
            lambda side, dilation: 9 * max(side - 2 * dilation, 0) ** 2,
        ),
        Misconception(
            "Your taps fall off at the left and right only. The map has an upper and a lower end "
            "as well.",
            lambda side, dilation: 3 * side * (side + 2 * max(side - dilation, 0)),
        ),
        Misconception(
            "A kernel has two outer taps along each axis, one to each side. You count one.",
            lambda side, dilation: (side + max(side - dilation, 0)) ** 2,
        ),
        Misconception(
            "You let a tap be lost on both sides at once. The left tap cares for the left border "
            "alone.",
            lambda side, dilation: (side + 2 * max(side - 2 * dilation, 0)) ** 2,
        ),
        Misconception(
            "You count a plus: the middle, and the taps straight above, below, left and right. A "
            "3×3 kernel has corners.",
            lambda side, dilation: side**2 + 4 * side * max(side - dilation, 0),
        ),
        Misconception(
            "These are the taps that read padding. Those on the map are asked for.",
            lambda side, dilation: 9 * side**2 - (side + 2 * max(side - dilation, 0)) ** 2,
        ),
    ),
    hints=(
        "one axis first: a row of cells, a kernel of three taps. At how many cells does the left "
        "tap land inside? The middle one? The right one?",
        "the middle tap always lands; the left one not for the first `dilation` cells of the row. "
        "A row may be shorter than that. Two axes: a tap of the 3×3 kernel lands if it does along "
        "both.",
        "`outer = max(side - …, 0)`; `along_one_axis = side + … * outer`; then both axes: `return "
        "along_one_axis …`.",
    ),
)
