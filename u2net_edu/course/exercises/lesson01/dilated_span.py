"""`conv.dilated_span`: the pixels that a dilated kernel spans."""

from random import Random

from ...exercise import Exercise, Misconception
from .common import _seen_by


def _kernels(random: Random) -> list[tuple]:
    plain = [(3, 1), (3, 2), (3, 4), (5, 1), (5, 2), (1, 3)]
    return plain + [(random.randint(2, 9), random.randint(1, 12)) for _ in range(20)]


_STACK_FOR_KERNEL = (
    "3, 7 and 15 are what a *stack* of layers sees, dilated 1, then 2, then 4. Here one kernel "
    "stands alone."
)


EXERCISE = Exercise(
    name="conv.dilated_span",
    task="the pixels that a dilated kernel spans",
    difficulty=2,
    importance=5,
    minutes=5,
    ours="lesson01.dilated_span",
    oracle=lambda kernel, dilation: _seen_by([(kernel, dilation)]),
    cases=_kernels,
    misconceptions=(
        Misconception(
            "You give every tap its own `dilation` pixels. But after the last tap nothing "
            "follows: mark the taps on paper and count from the first to the last.",
            lambda k, d: k * d,
        ),
        Misconception(
            "You count steps, not pixels: from pixel 0 to pixel 8 is eight steps, and nine pixels.",
            lambda k, d: (k - 1) * d,
        ),
        Misconception(
            "You read the dilation as the number of holes between two taps. It is the step "
            "from one tap to the next: 1 means neighbours, no hole at all. (Much of what is "
            "said wrongly about dilation begins here.)",
            lambda k, d: (k - 1) * (d + 1) + 1,
        ),
        Misconception(
            "Right for a kernel of 3, and only for it: a kernel of 5 has four steps between "
            "its taps, not two.",
            lambda k, d: 2 * d + 1,
        ),
        Misconception(
            "You widen the kernel in one place only. There is a step between *every* two "
            "neighbouring taps.",
            lambda k, d: k + d - 1,
        ),
        Misconception(
            "You add the dilation to the kernel. Does a dilation of 1 make a kernel wider "
            "than it was?",
            lambda k, d: k + d,
        ),
        Misconception(
            "You take one pixel off at the end, which is right for a dilation of 2. After the "
            "last tap the *whole* gap falls away: how many skipped pixels is that for 4?",
            lambda k, d: k * d - 1,
        ),
        Misconception(
            "Your answer does not depend on the dilation. The kernel has as many taps as "
            "before, but they stand further apart.",
            lambda k, d: k,
        ),
        Misconception(
            _STACK_FOR_KERNEL,
            lambda k, d: 4 * d - 1,
        ),
        Misconception(
            _STACK_FOR_KERNEL + " And a dilation of 1 has no holes.",
            lambda k, d: 4 * d + 3,
        ),
    ),
    hints=(
        "put the first tap on pixel 0. On which pixels do the others stand? A step from one "
        "tap to the next is `dilation` pixels.",
        "with 3 taps there are 2 steps, with 5 taps 4. The last tap stands on pixel number "
        "steps × dilation; and how many pixels is it from 0 to that, both counted?",
        "`last_tap = … * (kernel - …)`, then `return last_tap + …`.",
    ),
)
