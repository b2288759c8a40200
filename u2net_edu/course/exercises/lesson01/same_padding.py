"""`conv.same_padding`: the padding that keeps the size."""

from random import Random

from ...exercise import Exercise, Misconception
from .common import place_the_window


def _try_paddings(kernel: int) -> int:
    """The first padding that gives a row of 101 pixels back with 101."""
    return next(p for p in range(101) if place_the_window(101, kernel, 1, p) == 101)


def _odd_kernels(random: Random) -> list[tuple]:
    return [
        (kernel,) for kernel in (3, 5, 1, 7, *(2 * random.randint(4, 40) + 1 for _ in range(10)))
    ]


EXERCISE = Exercise(
    name="conv.same_padding",
    task="the padding that keeps the size",
    difficulty=1,
    importance=5,
    minutes=4,
    ours="lesson01.same_padding",
    oracle=_try_paddings,
    cases=_odd_kernels,
    misconceptions=(
        Misconception(
            "These are the zeros that the whole row needs. `padding` is what is put on *each* "
            "side.",
            lambda k: k - 1,
        ),
        Misconception(
            "Right for a kernel of 3, and only for it. A kernel of 5 loses more at the ends.",
            lambda k: 1,
        ),
        Misconception(
            "One too many: the row would grow. The pixel in the middle of the window needs no "
            "padding, only those beside it.",
            lambda k: (k + 1) // 2,
        ),
        Misconception(
            "Half a pixel too many: there is no half zero. Which pixel of the window needs no "
            "partner beside it?",
            lambda k: k / 2,
        ),
        Misconception(
            "That would pad each side with a whole window. How much does the row lose without "
            "padding? Not that much.",
            lambda k: k,
        ),
        Misconception(
            "No padding keeps the size only if the window is one pixel wide.",
            lambda k: 0,
        ),
        Misconception(
            "One too few. Put a window of 3 on the first pixel of the row: how many of its taps "
            "lie outside?",
            lambda k: (k - 3) // 2,
        ),
        Misconception(
            "Right for a kernel of 5, and only for it. A kernel of 3 loses less at the ends.",
            lambda k: 2,
        ),
        Misconception(
            "That would pad each side with more than a whole window. How much does the row lose "
            "without padding?",
            lambda k: k + 1,
        ),
        Misconception(
            "You double where you should halve. What the row loses comes back on *two* sides.",
            lambda k: 2 * (k - 1),
        ),
    ),
    hints=(
        "use what you have: by how much is the output shorter than the row if there is no padding "
        "and the stride is 1?",
        "a kernel of 3 loses 2, a kernel of 5 loses 4, a kernel of 7 loses 6. All of this must "
        "come back, and there are two sides.",
        "`lost = kernel - …`, then `return lost // …`.",
    ),
)
