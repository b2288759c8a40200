"""`sizes.pooled_size`: what a pool leaves of a row."""

import math
from random import Random

from ...exercise import Exercise, Misconception


def _count_windows(size: int, ceil_mode: bool) -> int:
    """Put a window of 2 down at 0, 2, 4, …; one that sticks out counts in ceil mode alone."""
    starts = range(0, size, 2)
    return sum(1 for start in starts if ceil_mode or start + 2 <= size)


def _pooled_rows(random: Random) -> list[tuple]:
    plain = [(320, True), (5, True), (5, False), (37, True), (9, False), (288, False), (1, True)]
    return plain + [(random.randint(2, 400), random.random() < 0.5) for _ in range(18)]


_ROUNDED = {
    "up": lambda size: (size + 1) // 2,
    "down": lambda size: size // 2,
    "no": lambda size: size / 2,
    "nearest": lambda size: round(size / 2),
    "one more": lambda size: size // 2 + 1,
    "steps": lambda size: (size - 1) // 2,
}


def _pooled(ceil="up", floor="down"):
    """What each mode does, with some things wrong."""
    return lambda size, ceil_mode: _ROUNDED[ceil if ceil_mode else floor](size)


EXERCISE = Exercise(
    name="sizes.pooled_size",
    task="what a pool leaves of a row",
    difficulty=1,
    importance=5,
    minutes=5,
    ours="lesson02.pooled_size",
    oracle=_count_windows,
    cases=_pooled_rows,
    turned=_pooled,
    misconceptions=(
        Misconception(
            "Your answer is the same in both modes, and the last pixel of an odd row is "
            "always lost. What is `ceil_mode` for?",
            lambda size, ceil_mode: size // 2,
        ),
        Misconception(
            "Your answer is the same in both modes, and the last pixel of an odd row always "
            "gets a window of its own. What happens to it without `ceil_mode`?",
            lambda size, ceil_mode: math.ceil(size / 2),
        ),
        Misconception(
            "The two modes are swapped. A ceiling is above you, a floor below: which of the "
            "two numbers next to 2½ does each of them mean?",
            lambda size, ceil_mode: size // 2 if ceil_mode else math.ceil(size / 2),
        ),
        Misconception(
            "Half a pixel is left over in an odd row. There is a window there, or there is "
            "none; `ceil_mode` says which.",
            lambda size, ceil_mode: size / 2,
        ),
        Misconception(
            "`round` looks for the nearest whole number, and halves lie in the middle: Python "
            "takes the even neighbour, so 5 gives 2 and 7 gives 4. Decide by `ceil_mode`, not "
            "by what is near.",
            lambda size, ceil_mode: round(size / 2),
        ),
        Misconception(
            "With `ceil_mode` you always add one. But in an even row nothing is left over, so no "
            "extra window is needed.",
            knobs={"ceil": "one more"},
        ),
        Misconception(
            "With `ceil_mode` you round to the nearest, and Python takes the even neighbour of a "
            "half: 5 gives 2, 7 gives 4. A ceiling always lies above.",
            knobs={"ceil": "nearest"},
        ),
        Misconception(
            "With `ceil_mode` half a pixel is left over in an odd row. The mode says that there "
            "is a window for it.",
            knobs={"ceil": "no"},
        ),
        Misconception(
            "Without `ceil_mode` half a pixel is left over in an odd row. Without it there is no "
            "window for a single pixel.",
            knobs={"floor": "no"},
        ),
        Misconception(
            "Without `ceil_mode` an even row loses a whole window too. Put windows on a row of 6: "
            "at 0, 2 and 4.",
            knobs={"floor": "steps"},
        ),
        Misconception(
            "A pool of 2 does not take two pixels away, it makes one of every two.",
            lambda size, ceil_mode: size - 2,
        ),
        Misconception(
            "You halve twice. The stride is 2, and that is all that happens to the row.",
            lambda size, ceil_mode: math.ceil(size / 4) if ceil_mode else size // 4,
        ),
        Misconception(
            "You count the steps, not the places: the window also stands where it starts.",
            lambda size, ceil_mode: math.ceil((size - 2) / 2) if ceil_mode else (size - 2) // 2,
        ),
        Misconception(
            "Your window moves by one pixel. In a pool its stride is 2: windows lie side by "
            "side and do not overlap.",
            lambda size, ceil_mode: size - 1,
        ),
    ),
    hints=(
        "put windows of two on a row of 6 and on a row of 5: at 0, 2 and 4. Which of them sticks "
        "out? What does each mode do with it?",
        "for even rows both modes agree. For odd rows, one of them rounds the half down and "
        "the other rounds it up.",
        "`if ceil_mode: return …`, else `return …`. Python's division that drops the remainder "
        "rounds down; give it one more pixel before you halve, and it rounds …",
    ),
)
