"""`cost.design`: a block that sees 320 pixels, within a budget."""

import re
from functools import cache
from random import Random

from ...exercise import Exercise, Misconception
from ...plain import described
from .common import traced

FIT, WANTED, DEEPEST = "as wide as the budget allows", 320, 12


def _weigh_design(design, budget: int) -> str:
    """In words what is wrong with a student's block for this budget."""
    pair = isinstance(design, (list, tuple)) and len(design) == 2
    if not pair or not isinstance(design[0], str):
        raise ValueError(
            f"a pair was expected, a block's name and its inner width, such as ('RSU-5', 16); "
            f"got {described(design)}"
        )
    name, width = design
    if type(width) is not int or width < 1:
        raise ValueError(f"an inner width is a whole number of 1 or more; got {described(width)}")
    depth = re.fullmatch(r"[A-Z]+-(\d+)F?", name)
    if depth and int(depth[1]) > DEEPEST:
        raise ValueError(f"{name} is deeper than a map of {WANTED} pixels can be halved")
    if _field_of(name) < WANTED:
        return "a block that sees too little"
    if macs_of(name, width) > budget:
        one = width > 1 and macs_of(name, width - 1) <= budget
        return "one channel too wide" if one else "far over the budget"
    if macs_of(name, width + 1) > budget:
        return FIT
    return "one channel too narrow" if macs_of(name, width + 2) > budget else "far too narrow"


@cache
def _macs_at(name: str) -> list[list[int]]:
    """For each remainder of the width by 4: traced MACs at the quotients 1, 2 and 3.

    A student has little time for many budgets: twelve traces do for all of them, since MACs are a
    polynomial of the width, or (where a width is a quarter, rounded up) one for each remainder.
    """
    return [
        [traced(name, 3, 4 * quotient + rest, 64, WANTED).total_macs for quotient in (1, 2, 3)]
        for rest in range(4)
    ]


def macs_of(name: str, width: int) -> int:
    """MACs of a block, 3 → 64 channels on 320×320."""
    k, rest = divmod(width, 4)
    a, b, c = _macs_at(name)[rest]
    return a + (k - 1) * (b - a) + (k - 1) * (k - 2) * (a - 2 * b + c) // 2


@cache
def _field_of(name: str) -> float:
    counted = traced(name, 3, 2, 64, 64)
    return counted.field(counted.output_path).size


def _budgets(random: Random) -> list[tuple]:
    """Two of them are met to the last MAC by RSU-7, with 32 and with 16 channels."""
    plain = [5 * 10**9, 6_782_976_000, 2 * 10**9, 3_244_032_000, 12 * 10**9]
    return [(budget,) for budget in plain + [random.randint(15, 200) * 10**8 for _ in range(6)]]


def _widest(budget, macs=lambda m: 9 * 320**2 * (192 + 192 * m + m * m)):
    width = 1
    while macs(width + 1) <= budget:
        width += 1
    return width


EXERCISE = Exercise(
    name="cost.design",
    task="a block that sees 320 pixels, within a budget",
    difficulty=4,
    importance=3,
    minutes=10,
    ours="lesson07.design_block",
    oracle=lambda budget: FIT,
    cases=_budgets,
    weigh=_weigh_design,
    misconceptions=(
        Misconception(
            "Whether or not it stays within the budget, a pixel of your block sees fewer than 320 "
            "pixels. Look in the figure: put *field* on one axis. Which blocks see further, and "
            "do they cost more?",
            lambda budget: ("RSU-6", 8),
        ),
        Misconception(
            "One channel too wide, every time: you return the first width that is too expensive. "
            "Which width was the last that was not?",
            lambda budget: ("RSU-7", _widest(budget) + 1),
        ),
        Misconception(
            "One channel too narrow, every time: the next width would still be within the "
            "budget. Where does your loop end, and what has it tried last?",
            lambda budget: ("RSU-7", _widest(budget) - 1),
        ),
        Misconception(
            "Right, except that you do not take a width that costs exactly the budget. A budget "
            "may be spent to the last MAC.",
            lambda budget: ("RSU-7", _widest(budget - 1)),
        ),
        Misconception(
            "Your block is far narrower than the budget allows. Do you count too much: operations "
            "instead of MACs, or small maps as if they were full-sized?",
            lambda budget: ("RSU-7", 1),
        ),
        Misconception(
            "Your block is far over the budget, every time. What do you leave out when you "
            "count? Compare with `rsu_cost` for one width.",
            lambda budget: ("RSU-7", 500),
        ),
        Misconception(
            "Your width does not depend on the budget: 32 is that of `en1`, and right for one "
            "budget only.",
            lambda budget: ("RSU-7", 32),
        ),
    ),
    hints=(
        "two questions, one after the other. Which block sees 320 pixels? That does not "
        "depend on its width. And how wide can this one be?",
        "you have a function that says what an RSU of some depth and width costs. Begin with "
        "a width of 1 and widen it for as long as the *next* width is still within the budget.",
        "`width = 1`; `while rsu_cost(…, 3, width + …, 64, 320)[0] <= …: width += 1`; then "
        "return the name and the width, as a pair.",
    ),
)
