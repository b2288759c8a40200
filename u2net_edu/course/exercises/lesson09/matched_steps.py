"""`train.matched_steps`: as many steps as the same work pays for."""

import math
from collections.abc import Callable
from random import Random

from ...exercise import Exercise, Misconception


def _spend(steps: int, macs: int, other_macs: int) -> int:
    """Spend the budget step by step, while there is enough for one more."""
    left, taken = steps * macs, 0
    while left >= other_macs:
        left, taken = left - other_macs, taken + 1
    return taken


def _budgets(random: Random) -> list[tuple]:
    plain = [(100, 50, 25), (100, 25, 50), (10, 7, 3), (10, 3, 7), (100, 75, 75), (4, 3, 5)]
    drawn = [
        (random.randint(20, 300), random.randint(30, 90), random.randint(20, 110))
        for _ in range(20)
    ]
    return plain + drawn


_ROUNDED: dict[str, Callable[[float], float]] = {
    "down": math.floor,
    "no": float,
    "nearest": round,
    "up": math.ceil,
    "one less": lambda x: math.floor(x) - 1,
    "one more": lambda x: math.floor(x) + 1,
}


def _steps(way="right", rounds="down", first="product", factor=True):
    """The division with some things wrong.

    Args:
        way: "wrong" has the two networks swapped. first: "ratio" rounds before it multiplies.
        factor: False leaves the steps out.
    """

    def answer(steps, macs, other):
        above, below = (macs, other) if way == "right" else (other, macs)
        steps = steps if factor else 1
        if first == "ratio":
            return steps * _ROUNDED[rounds](above / below)
        return _ROUNDED[rounds](steps * above / below)

    return answer


EXERCISE = Exercise(
    name="train.matched_steps",
    task="as many steps as the same work pays for",
    difficulty=2,
    importance=4,
    minutes=5,
    ours="lesson09.matched_steps",
    oracle=_spend,
    cases=_budgets,
    turned=_steps,
    misconceptions=(
        Misconception(
            "The wrong way round: a network that does less for a picture may look at *more* of "
            "them for the same work.",
            knobs={"way": "wrong"},
        ),
        Misconception(
            "Two things. A step is taken or not, so the answer is a whole number. And the network "
            "that does less for a picture may take *more* steps.",
            lambda steps, macs, other: steps * other / macs,
        ),
        Misconception(
            "You give both the same number of steps. Then the more expensive network works more, "
            "and if it wins, you cannot tell why.",
            lambda steps, macs, other: steps,
        ),
        Misconception(
            "There is a part of a step left over. It cannot be taken: the answer is a whole "
            "number.",
            knobs={"rounds": "no"},
        ),
        Misconception(
            "You round to the nearest. Half the time that is one step more than the budget pays "
            "for.",
            knobs={"rounds": "nearest"},
        ),
        Misconception(
            "You round up: the last step is one that the budget no longer pays for.",
            knobs={"rounds": "up"},
        ),
        Misconception(
            "You divide the MACs first, and drop the remainder too early: 7 is more than twice 3. "
            "Work out the whole budget before you spend it.",
            knobs={"first": "ratio"},
        ),
        Misconception(
            "This is what is saved, not what may be done with it.",
            lambda steps, macs, other: steps * (macs - other),
        ),
        Misconception(
            "This is the budget: the work of the first network. How often does the work of the "
            "other go into it?",
            lambda steps, macs, other: steps * macs,
        ),
        Misconception(
            "You leave out the steps. How many the first network takes decides how much work there "
            "is to spend.",
            knobs={"factor": False},
        ),
        Misconception(
            "One step less than the budget pays for: the last one is paid for to the last MAC.",
            knobs={"rounds": "one less"},
        ),
        Misconception(
            "One step more than the budget pays for, even if it comes out exact.",
            knobs={"rounds": "one more"},
        ),
        Misconception(
            "This is what is left over of the budget, not how often the other's work goes into it.",
            lambda steps, macs, other: steps * macs % other,
        ),
        Misconception(
            "You share the budget between the two networks. The other one may spend all of it.",
            lambda steps, macs, other: steps * macs // (macs + other),
        ),
    ),
    hints=(
        "how much work does the first network do in all its steps, for one picture each? That is "
        "the budget. How often does the other's work go into it?",
        "one product, one division, and the remainder is dropped. Try it for 10 steps at 7, if "
        "the other needs 3: a budget of 70.",
        "`budget = …`, then `return budget // …`.",
    ),
)
