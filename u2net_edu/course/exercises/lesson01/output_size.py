"""`conv.output_size`: how many numbers come out of a row of pixels."""

import math
from collections.abc import Callable
from random import Random

from ...exercise import Exercise, Misconception
from .common import place_the_window


def _rows(random: Random) -> list[tuple]:
    plain = [(5, 3, 1, 0), (6, 3, 1, 1), (8, 3, 2, 0), (9, 3, 2, 1), (10, 5, 3, 2)]
    drawn: list[tuple] = []
    while len(drawn) < 35:
        kernel = random.randint(1, 11)
        drawn.append(
            (random.randint(kernel, 64), kernel, random.randint(1, 5), random.randint(0, 6))
        )
    return plain + drawn


_ROUNDED: dict[str, Callable[[float], float]] = {
    "down": math.floor,
    "no": float,
    "up": math.ceil,
    "nearest": round,
}


def _output_size(pads=2, count="all", rounds="down", strides=True, window="kernel"):
    """The formula with some things wrong.

    Args:
        pads: how often the padding counts. count: "steps" or "places first", where "all" is right.
        rounds: how the division is rounded. window: "none", for a window one pixel wide.
    """

    def answer(size, kernel, stride, padding):
        way = size + pads * padding - (kernel if window == "kernel" else 1)
        way, more = {"all": (way, 1), "steps": (way, 0), "places first": (way + 1, 0)}[count]
        return _ROUNDED[rounds](way / (stride if strides else 1)) + more

    return answer


EXERCISE = Exercise(
    name="conv.output_size",
    task="how many numbers come out of a row of pixels",
    difficulty=2,
    importance=5,
    minutes=8,
    ours="lesson01.output_size",
    oracle=place_the_window,
    cases=_rows,
    turned=_output_size,
    misconceptions=(
        Misconception(
            "You add the padding once. It is put on both sides: how many zeros does a padding of 1 "
            "add to the row altogether?",
            knobs={"pads": 1},
        ),
        Misconception(
            "Your row has no padding: the zeros at its two ends are pixels too, and the window may "
            "stand on them.",
            knobs={"pads": 0},
        ),
        Misconception(
            "You take the padding away from the row. It is added: zeros are put on both sides "
            "before the window slides.",
            knobs={"pads": -2},
        ),
        Misconception(
            "You count how far the window travels, not where it stands. It also stands where it "
            "starts: a window as wide as the row does not travel at all and still gives a number.",
            knobs={"count": "steps"},
        ),
        Misconception(
            "You count all places as for stride 1, and then divide. Of 6 places, 0 to 5, a stride "
            "of 4 takes 0 and 4: two, where 6 divided by 4 is one and a half. The first place is "
            "always taken; what the stride divides is only the way from there on.",
            knobs={"count": "places first"},
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
            "place is always taken, and only the way from there on is divided by the stride. And "
            "your division leaves a remainder: half a place is no place.",
            lambda n, k, s, p: (n + 2 * p - k + 1) / s,
        ),
        Misconception(
            "Two things. You count the steps, not the places: the window also stands where it "
            "starts. And your division leaves a remainder: half a step is no step.",
            lambda n, k, s, p: (n + 2 * p - k) / s,
        ),
        Misconception(
            "Your division has a remainder left over. The window cannot stand half a step beyond "
            "its last place: anything less than a whole step is not taken. Python has a division "
            "that drops the remainder.",
            knobs={"rounds": "no"},
        ),
        Misconception(
            "You round up. A last step that is not a whole step would put the window over the end "
            "of the row: a convolution leaves it out, and the pixels there go unseen.",
            knobs={"rounds": "up"},
        ),
        Misconception(
            "You round to the nearest. A step either fits or it does not: nine tenths of a step "
            "are no step.",
            knobs={"rounds": "nearest"},
        ),
        Misconception(
            "Your answer does not depend on the stride. With stride 2 the window takes only every "
            "second place.",
            knobs={"strides": False},
        ),
        Misconception(
            "You multiply by the stride. A larger stride takes larger steps: does it stand in more "
            "places, or in fewer?",
            lambda n, k, s, p: (n + 2 * p - k) * s + 1,
        ),
        Misconception(
            "Your window is one pixel wide, whatever the kernel. A wider window reaches the end of "
            "the row earlier.",
            knobs={"window": "none"},
        ),
        Misconception(
            "You lay windows side by side and ask how many fit. They may overlap: it is the stride "
            "that says where the next one begins, not the width of the window.",
            lambda n, k, s, p: (n + 2 * p) // k,
        ),
        Misconception(
            "You lay windows side by side and ask how many fit, and the padding is not in your "
            "row. The stride says where the next window begins, not its own width.",
            lambda n, k, s, p: n // k,
        ),
        Misconception(
            "You take the kernel from the size, and that is all. Where does the window stand "
            "first? And what do the stride and the padding change?",
            lambda n, k, s, p: n - k,
        ),
        Misconception(
            "You divide the size by the stride, as if the window were one pixel wide. A wider "
            "window reaches the end of the row earlier.",
            lambda n, k, s, p: n // s,
        ),
        Misconception(
            "You divide the padded row by the stride, as if windows of one pixel could stand up to "
            "its very end. A wider window reaches the end earlier.",
            lambda n, k, s, p: (n + 2 * p) // s,
        ),
        Misconception(
            "You divide the size by the stride, rounding up. That is right for one special padding "
            "(you will find out which); here the padding is given.",
            lambda n, k, s, p: math.ceil(n / s),
        ),
    ),
    hints=(
        "number the places in which the window can begin: 0, 1, 2, … With stride 1, in which one "
        "does it stand when its right edge touches the end of the row? With a larger stride, which "
        "of these numbers are taken?",
        "three steps. How long is the row, zeros included? Which is the last place where the "
        "window still fits? How many of 0, stride, 2 · stride, … do not exceed that? Try it for 8 "
        "pixels, kernel 3, stride 2: places 0, 2, 4.",
        "`row = …`, then `last_start = row - …`, and then `return last_start // … + …`. Why is the "
        "last thing needed? Because place 0 counts.",
    ),
)
