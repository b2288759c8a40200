"""`dilate.price`: MACs and field of a dilated stack."""

import math
from itertools import product
from random import Random

from ...exercise import Exercise, Misconception


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


EXERCISE = Exercise(
    name="dilate.price",
    task="MACs and field of a dilated stack",
    difficulty=3,
    importance=5,
    minutes=10,
    ours="lesson05.price",
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
