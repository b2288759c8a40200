"""`sizes.ladder`: the sizes on the way down."""

import math
from random import Random

from ...exercise import Exercise, Misconception


def _count_down(size: int, pools: int) -> list[int]:
    """A row of that many cells; each pool makes a cell of every two, or of the one that is left."""
    row, sizes = list(range(size)), [size]
    for _ in range(pools):
        row = [row[i : i + 2][-1] for i in range(0, len(row), 2)]
        sizes.append(len(row))
    return sizes


def _ladders(random: Random) -> list[tuple]:
    plain = [(320, 1), (320, 5), (288, 5), (37, 3), (53, 5), (5, 0), (1, 3)]
    return plain + [(random.randint(2, 700), random.randint(1, 7)) for _ in range(12)]


_HALVED = {
    "up": lambda n: math.ceil(n / 2),
    "down": lambda n: n // 2,
    "no": lambda n: n / 2,
    "nearest": lambda n: round(n / 2),
    "twice": lambda n: math.ceil(n / 4),
}


def _ladder(halve="up", first=0, last=0, turned=False):
    """The loop with some things wrong.

    Args:
        first: where the list begins; -1 has the first rung twice. last: how many rungs too many.
    """

    def answer(size, pools):
        rungs = [size]
        for _ in range(pools + last):
            rungs.append(_HALVED[halve](rungs[-1]))
        rungs = rungs[: max(pools + last + 1, 0)]
        rungs = [size, *rungs] if first < 0 else rungs[first:]
        return rungs[::-1] if turned else rungs

    return answer


EXERCISE = Exercise(
    name="sizes.ladder",
    task="the sizes on the way down",
    difficulty=2,
    importance=4,
    minutes=6,
    ours="lesson02.ladder",
    oracle=_count_down,
    cases=_ladders,
    turned=_ladder,
    misconceptions=(
        Misconception(
            "Your pools drop the last pixel of an odd row. Here every pool has ceil_mode. "
            "You have a function that knows.",
            knobs={"halve": "down"},
        ),
        Misconception(
            "The size that you start from is missing. A ladder with no pool at all still has "
            "one rung.",
            knobs={"first": 1},
        ),
        Misconception(
            "One rung is missing at the bottom: three pools give four sizes, as three cuts "
            "give four pieces.",
            knobs={"last": -1},
        ),
        Misconception(
            "One rung too many: your loop makes a pool more than there are.",
            knobs={"last": 1},
        ),
        Misconception(
            "Your sizes have fractions. A map has whole rows: each pool rounds up before the "
            "next one begins.",
            knobs={"halve": "no"},
        ),
        Misconception(
            "This is the last rung alone. What is wanted is the list of all of them.",
            lambda size, pools: math.ceil(size / 2**pools),
        ),
        Misconception(
            "You divide the first size by 2, 4, 6, 8. Each pool halves what the pool before "
            "it left: 2, 4, 8, 16.",
            lambda size, pools: [
                size,
                *(math.ceil(size / (2 * k)) for k in range(1, pools + 1)),
            ],
        ),
        Misconception(
            "The ladder stands on its head. The first rung is the size before any pool.",
            knobs={"turned": True},
        ),
        Misconception(
            "You round to the nearest, and Python takes the even neighbour of a half. These pools "
            "always round up. You have a function that knows.",
            knobs={"halve": "nearest"},
        ),
        Misconception(
            "Each of your pools quarters the row. The stride is 2.",
            knobs={"halve": "twice"},
        ),
        Misconception(
            "The size that you start from is there twice. The next rung comes after the first "
            "pool.",
            knobs={"first": -1},
        ),
        Misconception(
            "You stop after one pool. There are `pools` of them.",
            lambda size, pools: [size, math.ceil(size / 2)] if pools else [size],
        ),
        Misconception(
            "Your pools take two pixels away. A pool makes one pixel of every two.",
            lambda size, pools: [size - 2 * k for k in range(pools + 1)],
        ),
        Misconception(
            "You pool the first size again and again, so all the rungs below it are alike. Each "
            "pool takes what the one before it gave.",
            lambda size, pools: [size, *([math.ceil(size / 2)] * pools)],
        ),
    ),
    hints=(
        "each rung follows from the one above it, and from nothing else. Which of your functions "
        "makes one from the other?",
        "a list that begins with the size itself, and a loop that runs once for each pool and "
        "adds one rung.",
        "`sizes = [size]`; in the loop `sizes.append(pooled_size(sizes[…], ceil_mode=…))`; "
        "after it `return sizes`.",
    ),
)
