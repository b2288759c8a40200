"""Exercises and guesses of notebook 05, why RSU-4F dilates.

The oracles try sizes, multiply one by one and put every tap down; they know no formula.
"""

import math
from itertools import product
from random import Random

from ..exercise import Exercise, Misconception, Option, Question
from ..solutions import lesson05 as solutions

# --- The smallest map ---------------------------------------------------------------------------


def _tried(depth: int, cells: int) -> int:
    """Try one side after the other, pool by pool."""
    side = 0
    while True:
        side = left = side + 1
        for _ in range(depth - 2):
            left = len(range(0, left, 2))  # a window at 0, 2, 4, …, the last one perhaps cut
        if left >= cells:
            return side


def _depths(random: Random) -> list[tuple]:
    plain = [(4, 2), (5, 2), (3, 2), (7, 2), (4, 3), (7, 3), (2, 5), (7, 1)]
    return plain + [(random.randint(3, 7), random.randint(2, 6)) for _ in range(10)]


_ROUNDS = (
    "Your maps must halve without a rest. These pools round up: 5 cells become 3. What is the "
    "*smallest* side that still becomes 3?"
)

SMALLEST = Exercise(
    name="dilate.smallest_map",
    task="the smallest map for an RSU's pools",
    difficulty=2,
    importance=3,
    minutes=8,
    solution=solutions.smallest_map,
    oracle=_tried,
    cases=_depths,
    misconceptions=(
        Misconception(_ROUNDS, lambda depth, cells: cells * 2 ** (depth - 2)),
        Misconception(
            _ROUNDS + " And count the pools in the table above: there are fewer than layers.",
            lambda depth, cells: cells * 2**depth,
        ),
        Misconception(
            _ROUNDS + " And count the pools once more: the bottom layer has none before it.",
            lambda depth, cells: cells * 2 ** (depth - 1),
        ),
        Misconception(
            "One pool too many: layer 1 has none before it, and the bottom layer has none either.",
            lambda depth, cells: (cells - 1) * 2 ** (depth - 1) + 1,
        ),
        Misconception(
            "You count a pool for every layer. Layer 1 has none before it, and the bottom layer "
            "has none either.",
            lambda depth, cells: (cells - 1) * 2**depth + 1,
        ),
        Misconception(
            "Each pool halves what the one before it left: halves of halves. You double once for "
            "each pool and add that up, where it multiplies.",
            lambda depth, cells: cells * max(2 * (depth - 2), 1),
        ),
        Misconception(
            "Only one pool counts in your answer. What does the next one need?",
            lambda depth, cells: 2 * cells - 1,
        ),
        Misconception(
            "You round up once, at the end. Every pool rounds up, so every pool can do with one "
            "cell less than twice what it leaves.",
            lambda depth, cells: cells * 2 ** (depth - 2) - (depth > 2),
        ),
        Misconception(
            "Your pools add a cell where they save one: of how many cells does a pool that rounds "
            "up make 2? Try 3, and try 5.",
            lambda depth, cells: (cells + 1) * 2 ** (depth - 2) - 1,
        ),
    ),
    hints=(
        "go backwards, from the deepest map upwards. A pool left 3 cells: how many may there have "
        "been before it? Which is the smaller of the two numbers?",
        "begin with `cells`, and undo one pool after another. The last window of a row may be cut "
        "in half: it needs one cell only.",
        "`side = cells`; `for _ in range(depth - …): side = 2 * side - …`; `return side`.",
    ),
)

# --- MACs against field -------------------------------------------------------------------------


def _multiplied(dilations, channels: int, side: int) -> tuple[int, int]:
    """Put every kernel down everywhere and count; follow the taps for the field."""
    macs, pixels = 0, {0}
    for dilation in dilations[::-1]:
        places = product(range(side), range(side), range(channels), range(channels))
        macs += sum(len((-1, 0, 1)) * len((-1, 0, 1)) for _ in places)
        pixels = {pixel + step * dilation for pixel in pixels for step in (-1, 0, 1)}
    return macs, max(pixels) - min(pixels) + 1


def _priced(random: Random) -> list[tuple]:
    plain = [([1], 1, 5), ([1, 1], 2, 5), ([1, 2], 2, 4), ([1, 2, 4], 3, 4), ([8], 1, 6)]
    drawn = [
        (
            [random.choice((1, 2, 3, 4, 8)) for _ in range(random.randint(1, 4))],
            random.randint(1, 5),
            random.randint(2, 8),
        )
        for _ in range(12)
    ]
    return plain + drawn


def _priced_as(macs, field=lambda dilations: 1 + 2 * sum(dilations)):
    return lambda dilations, channels, side: (macs(dilations, channels, side), field(dilations))


def _macs(dilations, channels, side):
    return 9 * len(dilations) * channels**2 * side**2


PRICE = Exercise(
    name="dilate.price",
    task="MACs and field of a dilated stack",
    difficulty=3,
    importance=5,
    minutes=10,
    solution=solutions.price,
    oracle=_multiplied,
    cases=_priced,
    misconceptions=(
        Misconception(
            "You let dilation cost something. The taps stand further apart, but how many are "
            "there?",
            _priced_as(lambda ds, c, s: sum((2 * d + 1) ** 2 for d in ds) * c**2 * s**2),
        ),
        Misconception(
            "You multiply by the dilations. A dilated kernel has as many taps as a plain one.",
            _priced_as(lambda ds, c, s: 9 * sum(ds) * c**2 * s**2),
        ),
        Misconception(
            "You count the channels once. Each channel that goes out reads *every* channel that "
            "comes in.",
            _priced_as(lambda ds, c, s: 9 * len(ds) * c * s**2),
        ),
        Misconception(
            "You add the channels in and out. Every one of the first is multiplied for every one "
            "of the second.",
            _priced_as(lambda ds, c, s: 9 * len(ds) * 2 * c * s**2),
        ),
        Misconception(
            "These are weights, not multiplications. The same weights are used again at every "
            "cell of the map.",
            _priced_as(lambda ds, c, s: 9 * len(ds) * c**2),
        ),
        Misconception(
            "You count one row of the map. It has `side` of them.",
            _priced_as(lambda ds, c, s: 9 * len(ds) * c**2 * s),
        ),
        Misconception(
            "Three taps in a row, yes; and how many rows has the kernel?",
            _priced_as(lambda ds, c, s: 3 * len(ds) * c**2 * s**2),
        ),
        Misconception(
            "This is the price of one layer. How many are there?",
            _priced_as(lambda ds, c, s: 9 * c**2 * s**2),
        ),
        Misconception(
            "Your price is right. Your field looks to one side only: a dilation works to the left "
            "and to the right.",
            _priced_as(_macs, lambda ds: 1 + sum(ds)),
        ),
        Misconception(
            "Your price is right. Your field is one too few: what does a pixel see without any "
            "layer?",
            _priced_as(_macs, lambda ds: 2 * sum(ds)),
        ),
        Misconception(
            "Your price is right. Your field leaves the dilations out: they are the reason for "
            "all this.",
            _priced_as(_macs, lambda ds: 1 + 2 * len(ds)),
        ),
        Misconception(
            "Your price is right. For the field you take the widest layer alone; each layer looks "
            "through the one before it.",
            _priced_as(_macs, lambda ds: 1 + 2 * max(ds)),
        ),
        Misconception(
            "Your price is right. For the field you add up whole spans, but windows of neighbours "
            "overlap (notebook 01).",
            _priced_as(_macs, lambda ds: sum(2 * d + 1 for d in ds)),
        ),
        Misconception(
            "Your price is right. You multiply spans for the field; it grows by adding (notebook "
            "01).",
            _priced_as(_macs, lambda ds: math.prod(2 * d + 1 for d in ds)),
        ),
    ),
    hints=(
        "two questions that have nothing to do with each other. How many numbers are multiplied? "
        "And how far does one output see? Which of the two asks for the dilations?",
        "one output number costs one multiplication for each tap and each channel that comes in. "
        "How many output numbers has a layer, all its channels and cells together?",
        "`macs = len(…) * 9 * channels * … * side * …`; the field as in notebook 01: `1 + … * "
        "sum(…)`.",
    ),
)

# --- Taps that read padding ---------------------------------------------------------------------


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


TAPS = Exercise(
    name="dilate.taps",
    task="taps that read the map, not padding",
    difficulty=3,
    importance=4,
    minutes=10,
    solution=solutions.taps_on_the_map,
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

EXERCISES = (SMALLEST, PRICE, TAPS)

QUESTIONS = (
    Question(
        "dilate.ladder",
        "`en6` works on a map of 10×10. Suppose it were an RSU-7, with its five pools. How large "
        "is the map that its bottom layer works on?",
        (
            Option(
                "5×5",
                "That is what one pool leaves. There are four more.",
            ),
            Option(
                "2×2",
                "10, 5, 3, 2: three pools. The fourth makes it 1, and the fifth has nothing left "
                "to shrink.",
            ),
            Option(
                "1×1",
                "10, 5, 3, 2, 1, and 1 again. Five of its layers have a single cell to work on: "
                "their 3×3 kernels read one cell and eight zeros.",
                right=True,
            ),
            Option(
                "It fails: 10 cannot be halved five times.",
                "It would, with a size that has to divide. These pools round up, so the network "
                "runs on any size, even where it no longer makes sense.",
            ),
        ),
    ),
    Question(
        "dilate.cost",
        "RSU-4 pools, RSU-4F dilates instead. Both have the same layers with the same channels. "
        "On the 10×10 map of `en6`, what does RSU-4F cost beside RSU-4?",
        (
            Option(
                "The same in parameters and in MACs: dilation is free.",
                "Dilating a layer is free. But RSU-4F also gives up the pools, and they made the "
                "inner layers cheap: fewer cells, fewer multiplications.",
            ),
            Option(
                "The same in parameters, half as much again in MACs.",
                "Not a weight more. But its inner layers run at all 10×10 cells, where those of "
                "RSU-4 run at 5×5 and 3×3.",
                right=True,
            ),
            Option(
                "More of both.",
                "The weights do not know how far apart their taps stand, nor on which map they "
                "run. Their number stays what it was.",
            ),
            Option(
                "Ten times the MACs.",
                "The inner layers alone would be that dear: 100 cells in place of 9. But the "
                "widest layers, the first and the last, run at full size in both blocks.",
            ),
        ),
    ),
    Question(
        "dilate.needed",
        "Set the dilation of the bottom layer of RSU-4F from 8 to 1, in all three stages that "
        "have this block. In which can some cell of the map then no longer see some other cell?",
        (
            Option(
                "In none: 1, 2 and 4 are enough.",
                "They see 33 cells across. From one corner of a 20×20 map to the other it takes "
                "more.",
            ),
            Option(
                "In `en5` and `de5`, where the map is 20×20.",
                "To see everything from a corner, a window must reach 19 cells to one side: 39 "
                "across. Without the 8 the block sees 33, with it 47.",
                right=True,
            ),
            Option(
                "In `en6` only, where the map is smallest.",
                "The smaller the map, the less a window has to reach. On 10×10 it takes 19 cells "
                "across, and 33 are left.",
            ),
            Option(
                "In all three.",
                "On the 10×10 map of `en6` the rest of the block, 33 cells across, is enough to "
                "see everything from anywhere.",
            ),
        ),
    ),
)
