"""`conv.output_size`: how many numbers come out of a row of pixels."""

import math
from random import Random

from ...exercise import Exercise, Misconception
from .common import _place_the_window


def _rows(random: Random) -> list[tuple]:
    plain = [(5, 3, 1, 0), (6, 3, 1, 1), (8, 3, 2, 0), (9, 3, 2, 1), (10, 5, 3, 2)]
    drawn = []
    while len(drawn) < 35:
        kernel = random.randint(1, 11)
        drawn.append(
            (random.randint(kernel, 64), kernel, random.randint(1, 5), random.randint(0, 6))
        )
    return plain + drawn


EXERCISE = Exercise(
    name="conv.output_size",
    task="how many numbers come out of a row of pixels",
    difficulty=2,
    importance=5,
    minutes=8,
    ours="lesson01.output_size",
    oracle=_place_the_window,
    cases=_rows,
    misconceptions=(
        Misconception(
            "You add the padding once. It is put on both sides: how many zeros does a padding "
            "of 1 add to the row altogether?",
            lambda n, k, s, p: (n + p - k) // s + 1,
        ),
        Misconception(
            "Your row has no padding: the zeros at its two ends are pixels too, and the "
            "window may stand on them.",
            lambda n, k, s, p: (n - k) // s + 1,
        ),
        Misconception(
            "You count how far the window travels, not where it stands. It also stands where "
            "it starts: a window as wide as the row does not travel at all and still gives a "
            "number.",
            lambda n, k, s, p: (n + 2 * p - k) // s,
        ),
        Misconception(
            "You count all places as for stride 1, and then divide. Of 6 places, 0 to 5, a "
            "stride of 4 takes 0 and 4: two, where 6 divided by 4 is one and a half. The "
            "first place is always taken; what the stride divides is only the way from there "
            "on.",
            lambda n, k, s, p: (n + 2 * p - k + 1) // s,
        ),
        Misconception(
            "The last place is missing. When the window ends exactly at the end of the row it "
            "still fits.",
            lambda n, k, s, p: math.ceil((n + 2 * p - k) / s),
        ),
        Misconception(
            "You add the padding to what comes out. It is put on the row *before* the window "
            "slides, so the stride jumps over some of these places too.",
            lambda n, k, s, p: (n - k) // s + 1 + 2 * p,
        ),
        Misconception(
            "Two things. You count all places as for stride 1, and then divide: but the first "
            "place is always taken, and only the way from there on is divided by the stride. "
            "And your division leaves a remainder: half a place is none.",
            lambda n, k, s, p: (n + 2 * p - k + 1) / s,
        ),
        Misconception(
            "Two things. You count the steps, not the places: the window also stands where it "
            "starts. And your division leaves a remainder: half a step is no step.",
            lambda n, k, s, p: (n + 2 * p - k) / s,
        ),
        Misconception(
            "You divide with a remainder left over. The window cannot stand half a step "
            "beyond its last place: what does not make a whole step is not taken. Python has "
            "a division that forgets the rest.",
            lambda n, k, s, p: (n + 2 * p - k) / s + 1,
        ),
        Misconception(
            "You round up. A last step that is not a whole step would put the window over the "
            "end of the row: a convolution leaves it out, and the pixels there go unseen.",
            lambda n, k, s, p: math.ceil((n + 2 * p - k) / s) + 1,
        ),
        Misconception(
            "You round to the nearest. A step either fits or it does not: nine tenths of a "
            "step are no step.",
            lambda n, k, s, p: round((n + 2 * p - k) / s) + 1,
        ),
        Misconception(
            "Your answer does not depend on the stride. With stride 2 the window takes every "
            "second place only.",
            lambda n, k, s, p: n + 2 * p - k + 1,
        ),
        Misconception(
            "You divide the size by the stride, as if the window were one pixel wide. A wider "
            "window reaches the end of the row earlier.",
            lambda n, k, s, p: n // s,
        ),
        Misconception(
            "You divide the size by the stride, rounding up. That is right for one special "
            "padding (you will find out which); here the padding is given.",
            lambda n, k, s, p: math.ceil(n / s),
        ),
    ),
    hints=(
        "number the places in which the window can begin: 0, 1, 2, … With stride 1, in which "
        "one does it stand when its right edge touches the end of the row? With a stride, "
        "which of these numbers are taken?",
        "three steps. How long is the row, zeros included? Which is the last place where the "
        "window still fits? How many of 0, stride, 2 · stride, … do not exceed that? Try it "
        "for 8 pixels, kernel 3, stride 2: places 0, 2, 4.",
        "`row = …`, then `last_start = row - …`, and then `return last_start // … + …`. Why "
        "is the last thing needed? Because place 0 counts.",
    ),
)
