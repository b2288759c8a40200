"""Lesson 07, what does it cost?: its guesses and exercises.

The oracles know no formula: they build the thing and ask its trace.
"""

import re
from functools import cache
from random import Random

from ..exercise import Exercise, Misconception, Option, Question
from ..plain import described
from ..solutions import lesson07 as solutions

# --- The right answers, counted ----------------------------------------------------------------


def _trace(block: str, in_channels: int, mid_channels: int, out_channels: int, size: int):
    from ...analysis.comparison import trace_block

    return trace_block(block, in_channels, mid_channels, out_channels, (size, size))


@cache
def _counted_conv(kernel: int, in_channels: int, out_channels: int, size: int) -> tuple[int, int]:
    import torch

    from ...analysis.tracing import trace

    with torch.device("meta"):
        layer = torch.nn.Conv2d(in_channels, out_channels, kernel, padding=kernel // 2)
    counted = trace(layer, (size, size))
    return counted.total_macs, counted.total_parameters


@cache
def _counted_levels(depth: int) -> list[float]:
    """By the sizes of the maps of a traced block, its outer layers left out."""
    size, width = 2 ** (depth - 2), 3
    levels: dict[int, int] = {}
    for operator in _trace(f"RSU-{depth}", 2, width, 5, size).operators:
        layer = operator.path.partition(".")[0]
        if operator.macs and layer not in ("in", "enc1", "dec1"):
            rows = operator.grid[0]
            levels[rows] = levels.get(rows, 0) + operator.macs
    return [levels[rows] / (9 * width**2 * size**2) for rows in sorted(levels, reverse=True)]


@cache
def _counted_rsu(depth: int, i: int, m: int, o: int, size: int) -> tuple[int, int]:
    counted = _trace(f"RSU-{depth}", i, m, o, size)
    return counted.total_macs, counted.total_parameters


# --- A design is not one right value: what is compared is how good it is -------------------------

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
        [_trace(name, 3, 4 * quotient + rest, 64, WANTED).total_macs for quotient in (1, 2, 3)]
        for rest in range(4)
    ]


def macs_of(name: str, width: int) -> int:
    """MACs of a block, 3 → 64 channels on 320×320."""
    k, rest = divmod(width, 4)
    a, b, c = _macs_at(name)[rest]
    return a + (k - 1) * (b - a) + (k - 1) * (k - 2) * (a - 2 * b + c) // 2


@cache
def _field_of(name: str) -> float:
    counted = _trace(name, 3, 2, 64, 64)
    return counted.field(counted.output_path).size


# --- Cases ---------------------------------------------------------------------------------------


def _layers(random: Random) -> list[tuple]:
    plain = [(3, 3, 64, 320), (1, 6, 1, 320), (3, 64, 32, 10), (5, 2, 3, 7)]
    drawn = [
        (random.choice((1, 3, 5, 7)), *(random.randint(2, 64) for _ in range(3))) for _ in range(10)
    ]
    return plain + drawn


def _blocks(random: Random) -> list[tuple]:
    plain = [(7, 3, 32, 64, 320), (4, 3, 32, 64, 320), (3, 2, 5, 7, 6)]
    drawn = []
    for _ in range(9):
        depth = random.randint(3, 8)
        channels = (random.randint(2, 40) for _ in range(3))
        drawn.append((depth, *channels, 2 ** (depth - 2) * random.randint(1, 5)))
    return plain + drawn


def _budgets(random: Random) -> list[tuple]:
    """Two of them are met to the last MAC by RSU-7, with 32 and with 16 channels."""
    plain = [5 * 10**9, 6_782_976_000, 2 * 10**9, 3_244_032_000, 12 * 10**9]
    return [(budget,) for budget in plain + [random.randint(15, 200) * 10**8 for _ in range(6)]]


# --- Ways to be wrong ----------------------------------------------------------------------------


def _u(depth, i, m, o, size, *, into=None, joined=2, shrink=4, deeper=0, numbers=3):
    """An RSU walked layer by layer, with a wrong idea: see the misconceptions that use it."""
    layers = [(0, i, o), (0, o if into is None else into, m)]
    layers += [(level, m, m) for level in range(1, depth - 1)]
    layers += [(depth - 2 + deeper, m, m)]
    layers += [(level, joined * m, m) for level in range(1, depth - 1)]
    layers += [(0, joined * m, o)]
    macs = sum(9 * a * b * size**2 / shrink**level for level, a, b in layers)
    return int(macs), sum(9 * a * b + numbers * b for _, a, b in layers)


def _levels(depth, *, each=3.0, bottom=1.0, shrink=4, first=1, deeper=0):
    shares = [each / shrink**level for level in range(first, depth - 2 + first)]
    shares[-1] += bottom / shrink ** (depth - 3 + first + deeper)
    return shares


def _widest(budget, macs=lambda m: 9 * 320**2 * (192 + 192 * m + m * m)):
    width = 1
    while macs(width + 1) <= budget:
        width += 1
    return width


EXERCISES = (
    Exercise(
        name="cost.conv",
        task="what one convolution costs",
        difficulty=2,
        importance=5,
        minutes=8,
        solution=solutions.conv_cost,
        oracle=_counted_conv,
        cases=_layers,
        misconceptions=(
            Misconception(
                "You count the weights for the MACs as well. A kernel is laid down once for every "
                "pixel that it gives: how often is that?",
                lambda k, i, o, s: (k * k * i * o, k * k * i * o + o),
            ),
            Misconception(
                "You count operations, two for each MAC: a product and a sum. One "
                "multiply-accumulate is both of them. (Tools differ in this, which is why two of "
                "them can tell you numbers that are a factor of 2 apart.)",
                lambda k, i, o, s: (2 * k * k * i * o * s * s, k * k * i * o + o),
            ),
            Misconception(
                "The biases are missing among the parameters. How many does the layer have? One "
                "for each map that it gives.",
                lambda k, i, o, s: (k * k * i * o * s * s, k * k * i * o),
            ),
            Misconception(
                "You count the bias among the MACs. It is added, and multiplied with nothing: a "
                "MAC is a product *and* a sum. (Some tools do count it; here it is left out.)",
                lambda k, i, o, s: ((k * k * i * o + o) * s * s, k * k * i * o + o),
            ),
            Misconception(
                "Your kernel is a row of taps. It has a height as well as a width.",
                lambda k, i, o, s: (k * i * o * s * s, k * i * o + o),
            ),
            Misconception(
                "You add the channels. Every map that comes out is made from every map that comes "
                "in, by a kernel of its own: how many pairs are there?",
                lambda k, i, o, s: (k * k * (i + o) * s * s, k * k * (i + o) + o),
            ),
            Misconception(
                "You count the parameters once for every pixel. The same kernel is used in all "
                "places; that is what makes it a convolution.",
                lambda k, i, o, s: (k * k * i * o * s * s, (k * k * i * o + o) * s * s),
            ),
            Misconception(
                "You count one row of pixels. `size` is the side of the map.",
                lambda k, i, o, s: (k * k * i * o * s, k * k * i * o + o),
            ),
            Misconception(
                "You count one map that comes out. There are `out_channels` of them, each with "
                "kernels of its own.",
                lambda k, i, o, s: (k * k * i * s * s, k * k * i + 1),
            ),
            Misconception(
                "You count one map that comes in. A kernel reads all of them: it has a plane of "
                "taps for each.",
                lambda k, i, o, s: (k * k * o * s * s, k * k * o + o),
            ),
            Misconception(
                "Both numbers are right, in the other order: MACs first.",
                lambda k, i, o, s: (k * k * i * o + o, k * k * i * o * s * s),
            ),
        ),
        hints=(
            "think of a single number that comes out: one pixel of one map. How many products "
            "were summed up for it? And how many such numbers come out?",
            "two steps. How many weights has the layer: taps, for each map in, for each map out? "
            "Each weight is used once for every pixel of a map. The parameters are the weights "
            "and one more number for each map that is given.",
            "`weights = … * … * …`, where the first is the number of taps of one kernel, and then "
            "`return weights * …, weights + …`.",
        ),
    ),
    Exercise(
        name="cost.levels",
        task="what each level of the inner U costs",
        difficulty=3,
        importance=5,
        minutes=10,
        solution=solutions.level_shares,
        oracle=_counted_levels,
        cases=lambda random: [(depth,) for depth in (4, 3, 5, 7, 6, 8, 9, 10, 11, 12)],
        misconceptions=(
            Misconception(
                "You halve the work from level to level. A pool halves the height *and* the "
                "width: how many pixels are left?",
                lambda depth: _levels(depth, shrink=2),
            ),
            Misconception(
                "Your layers on the way up take M channels. What do they get? What comes from "
                "below, *and* the skip, concatenated.",
                lambda depth: _levels(depth, each=2),
            ),
            Misconception(
                "The bottom layer is missing. It has no pool before it: on which level does it "
                "work?",
                lambda depth: _levels(depth, bottom=0),
            ),
            Misconception(
                "Your bottom layer stands behind a pool of its own. It has none: it is dilated "
                "instead, on the map of the level above it.",
                lambda depth: _levels(depth, deeper=1),
            ),
            Misconception(
                "Your list has an entry too many: the bottom layer works on the same map as the "
                "last level, and belongs to it.",
                lambda depth: [*_levels(depth, bottom=0), 1 / 4 ** (depth - 2)],
            ),
            Misconception(
                "You count the way down alone. There is a way up as well.",
                lambda depth: _levels(depth, each=1),
            ),
            Misconception(
                "Your first level has the full size. The list begins after the first pool.",
                lambda depth: _levels(depth, first=0),
            ),
            Misconception(
                "All of your levels cost alike. The deeper ones have fewer pixels.",
                lambda depth: _levels(depth, shrink=1),
            ),
        ),
        hints=(
            "an M→M layer costs 9 · M · M for each pixel of its map. So only two things matter: "
            "how many pixels a level has, compared with the full map, and how many such layers "
            "stand on it.",
            "on a level there are one layer down, which takes M channels, and one layer up, which "
            "takes twice as many: three M→M layers. A pool leaves a quarter of the pixels. On the "
            "last level there is one layer more.",
            "`shares = [3 / … for level in range(1, …)]`, then `shares[-1] += …`, then "
            "`return shares`.",
        ),
    ),
    Exercise(
        name="cost.rsu",
        task="the closed form of an RSU",
        difficulty=4,
        importance=4,
        minutes=15,
        solution=solutions.rsu_cost,
        oracle=_counted_rsu,
        cases=_blocks,
        misconceptions=(
            Misconception(
                "You let every layer work on the full map. Where do the layers of the inner U "
                "work? Your `level_shares` knows what they cost together.",
                lambda *a: _u(*a, shrink=1),
            ),
            Misconception(
                "You halve the pixels from level to level; they are quartered.",
                lambda *a: _u(*a, shrink=2),
            ),
            Misconception(
                "Your layers on the way up take M channels. They take twice as many: what comes "
                "from below, and the skip.",
                lambda *a: _u(*a, joined=1),
            ),
            Misconception(
                "The first layer is missing, the one that brings the input to O channels before "
                "the U begins. Its answer is what the residual adds.",
                lambda d, i, m, o, s: (
                    _u(d, i, m, o, s)[0] - 9 * i * o * s * s,
                    _u(d, i, m, o, s)[1] - 9 * i * o - 3 * o,
                ),
            ),
            Misconception(
                "Your U begins at the block's input, with I channels. It begins after the layer "
                "`in`: how many channels does that give?",
                lambda d, i, m, o, s: _u(d, i, m, o, s, into=i),
            ),
            Misconception(
                "Your bottom layer stands behind a pool of its own. It has none.",
                lambda *a: _u(*a, deeper=1),
            ),
            Misconception(
                "The MACs are right. Among the parameters you count weights alone: each layer has "
                "three more numbers for each channel that it gives.",
                lambda *a: _u(*a, numbers=0),
            ),
            Misconception(
                "The MACs are right. Among the parameters the batch norms are missing: besides "
                "the bias, a scale and a shift for each channel.",
                lambda *a: _u(*a, numbers=1),
            ),
            Misconception(
                "The MACs are right. But your parameters do not grow with the depth. A layer on a "
                "small map does less work; has it fewer weights?",
                lambda d, i, m, o, s: (
                    _u(d, i, m, o, s)[0],
                    9 * (i * o + 3 * m * o + m * m) + 3 * (2 * o + (2 * d - 2) * m),
                ),
            ),
        ),
        hints=(
            "sort the layers by what they turn into what. Which work on the full map? There are "
            "three of them. For all others together you know the MACs already: what did the "
            "numbers of `level_shares` add up to?",
            "MACs: 9 for each pixel, times the sum of I·O for `in`, O·M for `enc1`, 2M·O for "
            "`dec1`, and M·M once. Weights: the same without the pixels, but now *every* M→M "
            "layer counts: three for each pooled level, and the bottom. Then 3 numbers for each "
            "channel that each layer gives.",
            "`wide = in_channels * out_channels + … * mid_channels * out_channels`; "
            "`macs = 9 * … * (wide + …)`; `weights = 9 * (wide + (… + 3 * …) * …)`; "
            "`given = 2 * out_channels + … * mid_channels`; then return the MACs, and the weights "
            "with three times `given`.",
        ),
    ),
    Exercise(
        name="cost.design",
        task="a block that sees 320 pixels, within a budget",
        difficulty=4,
        importance=3,
        minutes=10,
        solution=solutions.design_block,
        oracle=lambda budget: FIT,
        cases=_budgets,
        weigh=_weigh_design,
        misconceptions=(
            Misconception(
                "It stays within the budget or not, but a pixel of your block sees fewer than 320 "
                "pixels. Look in the figure: put *field* on one axis. Which blocks see further, "
                "and do they cost more?",
                lambda budget: ("RSU-6", 8),
            ),
            Misconception(
                "One channel too wide, every time: you return the first width that is too dear. "
                "Which width was the last that was not?",
                lambda budget: ("RSU-7", _widest(budget) + 1),
            ),
            Misconception(
                "One channel too narrow, every time: the next width would still be within the "
                "budget. Where does your loop end, and what has it tried last?",
                lambda budget: ("RSU-7", _widest(budget) - 1),
            ),
            Misconception(
                "Right, but where a width costs exactly the budget you do not take it. A budget "
                "may be spent to the last MAC.",
                lambda budget: ("RSU-7", _widest(budget - 1)),
            ),
            Misconception(
                "Your block is far narrower than the budget allows. Do you count too much for it: "
                "operations in place of MACs, or small maps as if they were full?",
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
    ),
)

QUESTIONS = (
    Question(
        "cost.depth",
        "RSU-4 has 8 convolutions, RSU-7 has 14. Both have the same channels in, inside and out, "
        "on the same map of 320×320. How many MACs does RSU-7 take, compared with RSU-4?",
        (
            Option(
                "Nearly twice as many: 14 layers to 8.",
                "Layers would be a fair measure if all of them worked on maps of one size. Those "
                "that RSU-7 has more stand deeper, on smaller maps.",
            ),
            Option(
                "A little more: the new layers work on small maps.",
                "The right thought, and nearly there. But something gets cheaper at the same "
                "time: where in RSU-4 does its bottom layer work, and where in RSU-7?",
            ),
            Option(
                "Exactly as many.",
                "The new levels are paid for by what the bottom layer saves, to the last MAC. You "
                "will prove it in a minute.",
                right=True,
            ),
            Option(
                "Fewer: it pools more.",
                "More pools make more small maps, but the layers on the large maps are all still "
                "there.",
            ),
        ),
    ),
    Question(
        "cost.lite",
        "U²-Net† has 39 times fewer parameters than U²-Net. How many times fewer MACs does it take "
        "for the same picture?",
        (
            Option(
                "39 times",
                "Then MACs and parameters would lie in the same places. Most parameters lie in "
                "deep stages with many channels and small maps; most MACs do not.",
            ),
            Option(
                "About 10 times",
                "A guess halfway. Look at `de1` in both networks: how much narrower did it get?",
            ),
            Option(
                "About 3 times",
                "One stage, de1, is the same block in both networks, and it alone does more than "
                "half of the small one's work.",
                right=True,
            ),
            Option(
                "They take the same number.",
                "All other stages did get narrower, and save MACs.",
            ),
        ),
    ),
    Question(
        "cost.time",
        "Pools, norms, resizing and concatenations have no MACs, or next to none. What does that "
        "tell you about the time that they take?",
        (
            Option(
                "They take no time worth speaking of.",
                "Tempting, since nothing is multiplied. But every number of a map must be fetched "
                "from memory and put back, and that takes time whatever is done with it.",
            ),
            Option(
                "Nothing: one has to measure it.",
                "A MAC count says how much is multiplied. What is moved, it does not see.",
                right=True,
            ),
            Option(
                "They take as long as the convolutions: there are as many of them.",
                "There are more of them, in fact. But a number of operators says as little about "
                "time as a number of MACs.",
            ),
        ),
    ),
)
