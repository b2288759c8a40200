"""`cost.rsu`: the closed form of an RSU."""

from functools import cache
from random import Random

from ...exercise import Exercise, Misconception
from .common import traced


@cache
def _counted_rsu(depth: int, i: int, m: int, o: int, size: int) -> tuple[int, int]:
    counted = traced(f"RSU-{depth}", i, m, o, size)
    return counted.total_macs, counted.total_parameters


def _blocks(random: Random) -> list[tuple]:
    plain = [(7, 3, 32, 64, 320), (4, 3, 32, 64, 320), (3, 2, 5, 7, 6)]
    drawn = []
    for _ in range(9):
        depth = random.randint(3, 8)
        channels = (random.randint(2, 40) for _ in range(3))
        drawn.append((depth, *channels, 2 ** (depth - 2) * random.randint(1, 5)))
    return plain + drawn


def _walked(depth, i, m, o, size, *, into="o", joined=2, shrink=4, deeper=0, numbers=3):
    """An RSU walked layer by layer, with a wrong idea: see the misconceptions that use it."""
    layers = [(0, i, o), (0, o if into == "o" else i, m)]
    layers += [(level, m, m) for level in range(1, depth - 1)]
    layers += [(depth - 2 + deeper, m, m)]
    layers += [(level, joined * m, m) for level in range(1, depth - 1)]
    layers += [(0, joined * m, o)]
    macs = sum(9 * a * b * size**2 / shrink**level for level, a, b in layers)
    return int(macs), sum(9 * a * b + numbers * b for _, a, b in layers)


def _u(factor=1, order="macs first", **wrong):
    """Both numbers, with some things wrong; `factor` is of the MACs."""

    def answer(*args):
        macs, parameters = _walked(*args, **wrong)
        macs *= factor
        return (macs, parameters) if order == "macs first" else (parameters, macs)

    return answer


EXERCISE = Exercise(
    name="cost.rsu",
    task="the closed form of an RSU",
    difficulty=4,
    importance=4,
    minutes=15,
    ours="lesson07.rsu_cost",
    oracle=_counted_rsu,
    cases=_blocks,
    turned=_u,
    misconceptions=(
        Misconception(
            "You let every layer work on the full map. Where do the layers of the inner U "
            "work? Your `level_shares` knows what they cost together.",
            knobs={"shrink": 1},
        ),
        Misconception(
            "You halve the pixels from level to level; they are quartered.",
            knobs={"shrink": 2},
        ),
        Misconception(
            "Your layers on the way up take M channels. They take twice as many: what comes "
            "from below, and the skip.",
            knobs={"joined": 1},
        ),
        Misconception(
            "The first layer is missing, the one that brings the input to O channels before "
            "the U begins. Its answer is what the residual adds.",
            lambda d, i, m, o, s: (
                _walked(d, i, m, o, s)[0] - 9 * i * o * s * s,
                _walked(d, i, m, o, s)[1] - 9 * i * o - 3 * o,
            ),
        ),
        Misconception(
            "Your U begins at the block's input, with I channels. It begins after the layer "
            "`in`: how many channels does that give?",
            knobs={"into": "i"},
        ),
        Misconception(
            "Your bottom layer stands behind a pool of its own. It has none.",
            knobs={"deeper": 1},
        ),
        Misconception(
            "The MACs are right. Among the parameters you count weights alone: each layer has "
            "three more numbers for each channel that it gives.",
            knobs={"numbers": 0},
        ),
        Misconception(
            "The MACs are right. Among the parameters the batch norms are missing: besides "
            "the bias, a scale and a shift for each channel.",
            knobs={"numbers": 1},
        ),
        Misconception(
            "The MACs are right. Among the parameters you forget one number for each channel: a "
            "layer has a bias, and its norm has a scale and a shift.",
            knobs={"numbers": 2},
        ),
        Misconception(
            "The MACs are right. Among the parameters you count the running mean and the running "
            "variance of the norms. They are measured, not learnt.",
            knobs={"numbers": 5},
        ),
        Misconception(
            "You count operations, two for each MAC: a product and a sum. One multiply-accumulate "
            "is both of them.",
            knobs={"factor": 2},
        ),
        Misconception(
            "Both numbers are right, in the other order: MACs first.",
            knobs={"order": "parameters first"},
        ),
        Misconception(
            "The layers of the inner U are missing among your MACs. Together they cost as much as "
            "one M→M layer on the full map.",
            lambda d, i, m, o, s: (
                _walked(d, i, m, o, s)[0] - 9 * m * m * s * s,
                _walked(d, i, m, o, s)[1],
            ),
        ),
        Misconception(
            "The MACs are right. But your parameters do not grow with the depth. A layer on a "
            "small map does less work; does it have fewer weights?",
            lambda d, i, m, o, s: (
                _walked(d, i, m, o, s)[0],
                9 * (i * o + 3 * m * o + m * m) + 3 * (2 * o + (2 * d - 2) * m),
            ),
        ),
    ),
    hints=(
        "sort the layers by the channels they take and give. Which of them work on the full map? "
        "There are three of them. For all others together you know the MACs already: what did the "
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
)
