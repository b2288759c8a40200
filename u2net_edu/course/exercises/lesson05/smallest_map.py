"""`dilate.smallest_map`: the smallest map for an RSU's pools."""

from random import Random

from ...exercise import Exercise, Misconception


def _tried(depth: int, cells: int) -> int:
    """Try one side after the other, pool by pool."""
    side = 0
    while True:
        side = left = side + 1
        for _ in range(depth - 2):
            left = len(range(0, left, 2))  # a window at 0, 2, 4, …, the last one perhaps cut
        if left >= cells:
            return side


def _depths(random: Random) -> list[tuple]:
    plain = [(4, 2), (5, 2), (3, 2), (7, 2), (4, 3), (7, 3), (2, 5), (7, 1)]
    return plain + [(random.randint(3, 7), random.randint(2, 6)) for _ in range(10)]


_ROUNDS = (
    "You require maps that halve without a remainder. These pools round up: 5 cells become 3. "
    "What is the *smallest* side that still gives 3?"
)


_UNDONE = {
    "right": lambda side: 2 * side - 1,
    "doubled": lambda side: 2 * side,
    "one more": lambda side: 2 * side + 1,
}


def _undo(pools=-2, rule="right"):
    """The loop with some things wrong.

    Args:
        pools: added to the depth. rule: how one pool is undone.
    """

    def answer(depth, cells):
        side = cells
        for _ in range(depth + pools):
            side = _UNDONE[rule](side)
        return side

    return answer


EXERCISE = Exercise(
    name="dilate.smallest_map",
    task="the smallest map for an RSU's pools",
    difficulty=2,
    importance=3,
    minutes=8,
    ours="lesson05.smallest_map",
    oracle=_tried,
    cases=_depths,
    turned=_undo,
    misconceptions=(
        Misconception(_ROUNDS, knobs={"rule": "doubled"}),
        Misconception(
            _ROUNDS + " And count the pools in the table above: there are fewer than layers.",
            lambda depth, cells: cells * 2**depth,
        ),
        Misconception(
            _ROUNDS + " And count the pools once more: the bottom layer has none before it.",
            lambda depth, cells: cells * 2 ** (depth - 1),
        ),
        Misconception(
            "One pool too many: layer 1 has none before it, and the bottom layer has none either.",
            knobs={"pools": -1},
        ),
        Misconception(
            "You count a pool for every layer. Layer 1 has none before it, and the bottom layer "
            "has none either.",
            knobs={"pools": 0},
        ),
        Misconception(
            "Each pool halves what the one before it left: halves of halves. You double once for "
            "each pool and add the results, but they multiply.",
            lambda depth, cells: cells * max(2 * (depth - 2), 1),
        ),
        Misconception(
            "Only one pool counts in your answer. What does the next one need?",
            lambda depth, cells: 2 * cells - 1,
        ),
        Misconception(
            "You round up once, at the end. Every pool rounds up, so every pool can do with one "
            "cell less than twice what it leaves.",
            lambda depth, cells: cells * 2 ** (depth - 2) - (depth > 2),
        ),
        Misconception(
            "Your pools add a cell where they save one: of how many cells does a pool that rounds "
            "up make 2? Try 3, and try 5.",
            knobs={"rule": "one more"},
        ),
        Misconception(
            "One pool is missing in your count: an RSU of depth 4 has two.",
            knobs={"pools": -3},
        ),
        Misconception(
            "You count the pools, and add them up. Each pool halves what the one before it left: "
            "going backwards, it multiplies.",
            lambda depth, cells: cells * (depth - 2),
        ),
        Misconception(
            "Each of your pools quarters the side. It quarters the *cells*: half of the rows, and "
            "half of the columns.",
            lambda depth, cells: cells * 4 ** (depth - 2),
        ),
        Misconception(
            "This is what the pools divide by. How many cells should be left, `cells` says.",
            lambda depth, cells: 2 ** (depth - 2),
        ),
        Misconception(
            "You return the cells that should be left. What was there before the pools?",
            lambda depth, cells: cells,
        ),
        Misconception(
            "You need more than you must: of how many cells does a pool that rounds up make 2? "
            "Three are enough; you ask for more than four.",
            lambda depth, cells: cells * 2 ** (depth - 2) + 1,
        ),
        Misconception(
            "Nearly: what is one cell less before the pools is still one cell. Going backwards, "
            "try it with one cell and one pool.",
            lambda depth, cells: (cells - 1) * 2 ** (depth - 2),
        ),
    ),
    hints=(
        "go backwards, from the deepest map upwards. A pool left 3 cells: how many may there have "
        "been before it? Which is the smaller of the two numbers?",
        "begin with `cells`, and undo one pool after another. The last window of a row may be cut "
        "in half: it needs one cell only.",
        "`side = cells`; `for _ in range(depth - …): side = 2 * side - …`; `return side`.",
    ),
)
