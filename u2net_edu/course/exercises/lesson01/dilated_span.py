"""`conv.dilated_span`: the pixels that a dilated kernel spans."""

from random import Random

from ...exercise import Exercise, Misconception
from .common import seen_by


def _kernels(random: Random) -> list[tuple]:
    plain = [(3, 1), (3, 2), (3, 4), (5, 1), (5, 2), (1, 3)]
    return plain + [(random.randint(2, 9), random.randint(1, 12)) for _ in range(20)]


_STACK_FOR_KERNEL = (
    "3, 7 and 15 are what a *stack* of layers sees, dilated 1, then 2, then 4. Here one kernel "
    "stands alone."
)


def _span(gaps="between", gap="step", count="pixels"):
    """The formula with some things wrong.

    Args:
        gaps: "each tap", or "two", where those *between* taps are right. gap: "holes" takes
            the dilation for holes, "one less" for the step less one. count: "steps" or "off".
    """

    def answer(kernel, dilation):
        number = {"between": kernel - 1, "each tap": kernel, "two": 2}[gaps]
        wide = dilation + {"step": 0, "holes": 1, "one less": -1}[gap]
        return number * wide + {"pixels": 1, "steps": 0, "off": -1}[count]

    return answer


EXERCISE = Exercise(
    name="conv.dilated_span",
    task="the pixels that a dilated kernel spans",
    difficulty=2,
    importance=5,
    minutes=5,
    ours="lesson01.dilated_span",
    oracle=lambda kernel, dilation: seen_by([(kernel, dilation)]),
    cases=_kernels,
    turned=_span,
    misconceptions=(
        Misconception(
            "You give every tap its own `dilation` pixels. But after the last tap nothing follows: "
            "mark the taps on paper and count from the first to the last.",
            lambda k, d: k * d,
        ),
        Misconception(
            "You count as many gaps as taps. How many gaps are there between three taps?",
            knobs={"gaps": "each tap"},
        ),
        Misconception(
            "You count steps, not pixels: from pixel 0 to pixel 8 is eight steps, and nine pixels.",
            knobs={"count": "steps"},
        ),
        Misconception(
            "You take one away where one is to be added: from pixel 0 to pixel 8, both counted, "
            "are nine pixels.",
            knobs={"count": "off"},
        ),
        Misconception(
            "You read the dilation as the number of holes between two taps. It is the step from "
            "one tap to the next: 1 means neighbours, no hole at all. (Many wrong statements "
            "about dilation start here.)",
            knobs={"gap": "holes"},
        ),
        Misconception(
            "Your step from tap to tap is one too short. A dilation of 1 means neighbours: from "
            "one pixel to the next is one step.",
            knobs={"gap": "one less"},
        ),
        Misconception(
            "Right for a kernel of 3, and only for it: a kernel of 5 has four steps between its "
            "taps, not two.",
            knobs={"gaps": "two"},
        ),
        Misconception(
            "You widen the kernel in two places, which is right for a kernel of 3 only. There is a "
            "gap between *every* two neighbouring taps.",
            lambda k, d: k + 2 * (d - 1),
        ),
        Misconception(
            "You widen the kernel in one place only. There is a step between *every* two "
            "neighbouring taps.",
            lambda k, d: k + d - 1,
        ),
        Misconception(
            "You add the dilation to the kernel. Does a dilation of 1 make a kernel wider than it "
            "was?",
            lambda k, d: k + d,
        ),
        Misconception(
            "You put a gap beside *every* tap, the last one included. After the last tap nothing "
            "follows.",
            lambda k, d: k + k * d,
        ),
        Misconception(
            "You take one pixel off at the end, which is right for a dilation of 2. After the last "
            "tap the *whole* gap falls away: how many skipped pixels is that for 4?",
            lambda k, d: k * d - 1,
        ),
        Misconception(
            "You count the skipped pixels alone. The taps stand on pixels too.",
            lambda k, d: (k - 1) * (d - 1),
        ),
        Misconception(
            "Your answer does not depend on the dilation. The kernel has as many taps as before, "
            "but they stand further apart.",
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
        "put the first tap on pixel 0. On which pixels do the others stand? A step from one tap to "
        "the next is `dilation` pixels.",
        "with 3 taps there are 2 steps, with 5 taps 4. The last tap stands on pixel number steps × "
        "dilation; and how many pixels is it from 0 to that, both counted?",
        "`last_tap = … * (kernel - …)`, then `return last_tap + …`.",
    ),
)
