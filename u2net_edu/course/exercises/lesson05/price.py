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


_MACS = {
    "right": lambda ds, c, s: 9 * len(ds) * c**2 * s**2,
    "twice": lambda ds, c, s: 2 * 9 * len(ds) * c**2 * s**2,
    "biases": lambda ds, c, s: len(ds) * (9 * c**2 + c) * s**2,
    "spans": lambda ds, c, s: sum((2 * d + 1) ** 2 for d in ds) * c**2 * s**2,
    "times dilation": lambda ds, c, s: 9 * sum(ds) * c**2 * s**2,
    "times dilation twice": lambda ds, c, s: 9 * sum(d * d for d in ds) * c**2 * s**2,
    "fewer cells": lambda ds, c, s: 9 * sum((s // d) ** 2 for d in ds) * c**2,
    "channels once": lambda ds, c, s: 9 * len(ds) * c * s**2,
    "channels added": lambda ds, c, s: 9 * len(ds) * 2 * c * s**2,
    "weights": lambda ds, c, s: 9 * len(ds) * c**2,
    "a row": lambda ds, c, s: 9 * len(ds) * c**2 * s,
    "three taps": lambda ds, c, s: 3 * len(ds) * c**2 * s**2,
    "a layer": lambda ds, c, s: 9 * c**2 * s**2,
    "layers multiplied": lambda ds, c, s: 9 ** len(ds) * c**2 * s**2,
    "unpadded": lambda ds, c, s: 9 * c**2 * sum(max(s - 2 * d, 0) ** 2 for d in ds),
}
_FIELDS = {
    "right": lambda ds: 1 + 2 * sum(ds),
    "one side": lambda ds: 1 + sum(ds),
    "no middle": lambda ds: 2 * sum(ds),
    "dilations": lambda ds: sum(ds),
    "undilated": lambda ds: 1 + 2 * len(ds),
    "widest": lambda ds: 1 + 2 * max(ds),
    "spans": lambda ds: sum(2 * d + 1 for d in ds),
    "product": lambda ds: math.prod(2 * d + 1 for d in ds),
    "three": lambda ds: 3 * sum(ds),
}


def _price(macs="right", field="right", order="macs first"):
    """Both numbers, with some things wrong."""

    def answer(dilations, channels, side):
        found = _MACS[macs](dilations, channels, side), _FIELDS[field](dilations)
        return found if order == "macs first" else found[::-1]

    return answer


EXERCISE = Exercise(
    name="dilate.price",
    task="MACs and field of a dilated stack",
    difficulty=3,
    importance=5,
    minutes=10,
    ours="lesson05.price",
    oracle=_multiplied,
    cases=_priced,
    turned=_price,
    misconceptions=(
        Misconception(
            "You let dilation cost something. The taps stand further apart, but how many are "
            "there?",
            knobs={"macs": "spans"},
        ),
        Misconception(
            "You multiply by the dilations. A dilated kernel has as many taps as a plain one.",
            knobs={"macs": "times dilation"},
        ),
        Misconception(
            "You count the channels once. Each channel that goes out reads *every* channel that "
            "comes in.",
            knobs={"macs": "channels once"},
        ),
        Misconception(
            "You add the channels in and out. Every one of the first is multiplied for every one "
            "of the second.",
            knobs={"macs": "channels added"},
        ),
        Misconception(
            "These are weights, not multiplications. The same weights are used again at every "
            "cell of the map.",
            knobs={"macs": "weights"},
        ),
        Misconception(
            "You count one row of the map. It has `side` of them.",
            knobs={"macs": "a row"},
        ),
        Misconception(
            "Three taps in a row, yes; and how many rows has the kernel?",
            knobs={"macs": "three taps"},
        ),
        Misconception(
            "This is the price of one layer. How many are there?",
            knobs={"macs": "a layer"},
        ),
        Misconception(
            "Your price is right. Your field looks to one side only: a dilation works to the left "
            "and to the right.",
            knobs={"field": "one side"},
        ),
        Misconception(
            "Your price is right. Your field is one too few: what does a pixel see without any "
            "layer?",
            knobs={"field": "no middle"},
        ),
        Misconception(
            "Your price is right. Your field leaves the dilations out: they are the reason for "
            "all this.",
            knobs={"field": "undilated"},
        ),
        Misconception(
            "Your price is right. For the field you take the widest layer alone; each layer looks "
            "through the one before it.",
            knobs={"field": "widest"},
        ),
        Misconception(
            "Your price is right. For the field you add up whole spans, but windows of neighbours "
            "overlap (notebook 01).",
            knobs={"field": "spans"},
        ),
        Misconception(
            "Your price is right. You multiply spans for the field; it grows by adding (notebook "
            "01).",
            knobs={"field": "product"},
        ),
        Misconception(
            "Your price is right. Your field is the sum of the dilations: each of them works to "
            "the left and to the right, and the pixel in the middle is seen as well.",
            knobs={"field": "dilations"},
        ),
        Misconception(
            "Your price is right. Your field counts three times each dilation, one for each tap: "
            "how many steps are there between three taps?",
            knobs={"field": "three"},
        ),
        Misconception(
            "You count operations, two for each MAC: a product and a sum. One multiply-accumulate "
            "is both of them.",
            knobs={"macs": "twice"},
        ),
        Misconception(
            "You count the biases among the MACs. A bias is added, and multiplied with nothing.",
            knobs={"macs": "biases"},
        ),
        Misconception(
            "You multiply by the dilation twice, once for the rows and once for the columns. A "
            "dilated kernel has as many taps as a plain one.",
            knobs={"macs": "times dilation twice"},
        ),
        Misconception(
            "You let a dilated layer work on fewer cells, as after a pool. It gives a number for "
            "every cell.",
            knobs={"macs": "fewer cells"},
        ),
        Misconception(
            "You take away the cells near the border. The padding keeps the size: the layer gives "
            "a number for these cells too.",
            knobs={"macs": "unpadded"},
        ),
        Misconception(
            "You multiply the layers with one another. They are computed one after the other: "
            "their prices add up.",
            knobs={"macs": "layers multiplied"},
        ),
        Misconception(
            "Both numbers are right, in the other order: the MACs first.",
            knobs={"order": "field first"},
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
