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


_COUNTED = {
    "right": lambda s, outer, inner: (s + 2 * outer) ** 2,
    "nine": lambda s, outer, inner: 9 * s**2,
    "one axis": lambda s, outer, inner: s + 2 * outer,
    "whole": lambda s, outer, inner: 9 * inner**2,
    "outputs": lambda s, outer, inner: inner**2,
    "columns alone": lambda s, outer, inner: 3 * s * (s + 2 * outer),
    "one row": lambda s, outer, inner: s * (s + 2 * outer),
    "one outer": lambda s, outer, inner: (s + outer) ** 2,
    "both sides": lambda s, outer, inner: (s + 2 * inner) ** 2,
    "plus": lambda s, outer, inner: s**2 + 4 * s * outer,
    "corners alike": lambda s, outer, inner: s**2 + 8 * outer**2,
    "padding": lambda s, outer, inner: 9 * s**2 - (s + 2 * outer) ** 2,
    "corners twice": lambda s, outer, inner: 9 * s**2 - 12 * s * (s - outer),
}


def _taps(count="right", clip=True):
    """The count with some things wrong; `clip` is False where fewer than no taps are counted."""

    def answer(side, dilation):
        outer, inner = side - dilation, side - 2 * dilation
        return _COUNTED[count](
            side, max(outer, 0) if clip else outer, max(inner, 0) if clip else inner
        )

    return answer


EXERCISE = Exercise(
    name="dilate.taps",
    task="taps that read the map, not padding",
    difficulty=3,
    importance=4,
    minutes=10,
    ours="lesson05.taps_on_the_map",
    oracle=_put_down,
    cases=_maps,
    turned=_taps,
    misconceptions=(
        Misconception(
            "You count all nine taps everywhere. Near the border some of them fall outside.",
            knobs={"count": "nine"},
        ),
        Misconception(
            "Right as long as the map is larger than the dilation. On a smaller one an outer tap "
            "never lands inside: that is none, and not less than none.",
            knobs={"clip": False},
        ),
        Misconception(
            "This is one axis. Along the other it is the same, and every choice of the first goes "
            "with every choice of the second.",
            knobs={"count": "one axis"},
        ),
        Misconception(
            "You count only outputs whose nine taps *all* land inside. The others read some of "
            "theirs, too.",
            knobs={"count": "whole"},
        ),
        Misconception(
            "Your taps fall off at the left and right only. The map has an upper and a lower end "
            "as well.",
            knobs={"count": "columns alone"},
        ),
        Misconception(
            "A kernel has two outer taps along each axis, one to each side. You count one.",
            knobs={"count": "one outer"},
        ),
        Misconception(
            "You let a tap be lost on both sides at once. The left tap cares for the left border "
            "alone.",
            knobs={"count": "both sides"},
        ),
        Misconception(
            "You count a plus: the middle, and the taps straight above, below, left and right. A "
            "3×3 kernel has corners.",
            knobs={"count": "plus"},
        ),
        Misconception(
            "These are the taps that read padding. The question is about those on the map.",
            knobs={"count": "padding"},
        ),
        Misconception(
            "You count the outputs whose taps all land inside, once each. Asked for are taps, not "
            "outputs: a kernel has nine, and other outputs read some of theirs, too.",
            knobs={"count": "outputs"},
        ),
        Misconception(
            "You count these outputs, once each: they are the cells of the map. How many taps does "
            "each of them have?",
            lambda side, dilation: side**2,
        ),
        Misconception(
            "Your kernel is a single row of three taps. It has three such rows, and the outer two "
            "may miss the map.",
            knobs={"count": "one row"},
        ),
        Misconception(
            "You count the middle tap and eight others as if all of these were corners. A tap "
            "straight above or beside the middle can leave the map in one direction only.",
            knobs={"count": "corners alike"},
        ),
        Misconception(
            "You take taps off for each of the four borders. At a corner the same tap is lost to "
            "two borders, and you take it off twice.",
            knobs={"count": "corners twice"},
        ),
        Misconception(
            "Your map is larger than the dilation, or there is nothing: a negative number, "
            "squared, counts taps that are not there. Of an outer tap fewer than none can never "
            "land.",
            lambda side, dilation: max(3 * side - 2 * dilation, 0) ** 2,
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
