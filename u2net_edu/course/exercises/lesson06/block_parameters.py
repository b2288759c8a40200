"""`stages.block_parameters`: the parameters of a residual U-block."""

from functools import lru_cache
from random import Random

from ...exercise import Exercise, Misconception
from .common import full_cost, summed


@lru_cache(maxsize=256)
def _built(depth: int, in_channels: int, mid_channels: int, out_channels: int) -> int:
    """Build it and count."""
    import torch

    from ....architecture.rsu import RSU

    with torch.device("meta"):
        block = RSU(depth, in_channels, mid_channels, out_channels)
    return sum(weight.numel() for weight in block.parameters())


def _blocks(random: Random) -> list[tuple]:
    plain = [(2, 3, 4, 5), (4, 3, 16, 64), (7, 3, 32, 64), (4, 512, 256, 512), (3, 1, 1, 1)]
    drawn = [(random.randint(2, 9), *(random.randint(1, 40) for _ in range(3))) for _ in range(15)]
    return plain + drawn


_COSTS = {
    "right": full_cost,
    "weights": lambda t, g: 9 * t * g,
    "no norms": lambda t, g: 9 * t * g + g,
    "no biases": lambda t, g: 9 * t * g + 2 * g,
    "measured too": lambda t, g: 9 * t * g + 5 * g,
    "1×1": lambda t, g: t * g + 3 * g,
    "one bias": lambda t, g: 9 * t * g + 1 + 2 * g,
}


def _counted(cost="right", joined="right", first=True, bottom=1, up=0, begin="out", end="out"):
    """Layers, and what one of them costs, with some things wrong.

    Args:
        joined: "mid" where no join doubles; "last" where only the last one does not. first: with
            the input layer. bottom: how many. up: how many decoder layers too many. begin: what
            the first encoder layer takes. end: what the last decoder layer gives.
    """

    def answer(d, i, m, o):
        twice = m if joined == "mid" else 2 * m
        last = 2 * m if joined == "right" else m
        layers = [(i, o)] if first else []
        layers += [(o if begin == "out" else i, m), *[(m, m)] * (d - 2 + bottom)]
        layers += [*[(twice, m)] * (d - 2 + up), (last, o if end == "out" else m)]
        return summed(layers, _COSTS[cost])

    return answer


EXERCISE = Exercise(
    name="stages.block_parameters",
    task="the parameters of a residual U-block",
    difficulty=4,
    importance=4,
    minutes=12,
    ours="lesson06.block_parameters",
    oracle=_built,
    cases=_blocks,
    turned=_counted,
    misconceptions=(
        Misconception(
            "You count the weights of the kernels, and they are all there. But each convolution "
            "also has a bias, one number for every channel that it gives; and each norm has two.",
            knobs={"cost": "weights"},
        ),
        Misconception(
            "The norms are missing. Each has two learnt numbers for every channel, a scale and a "
            "shift.",
            knobs={"cost": "no norms"},
        ),
        Misconception(
            "The biases are missing. They are dead weight before a norm, which takes the mean away "
            "again; but these convolutions have them all the same.",
            knobs={"cost": "no biases"},
        ),
        Misconception(
            "You count four numbers for each channel of a norm. Two of them, the running mean and "
            "the running variance, are measured, not learnt: they are no parameters.",
            knobs={"cost": "measured too"},
        ),
        Misconception(
            "Your kernels have one weight. How many pixels does a 3×3 window read?",
            knobs={"cost": "1×1"},
        ),
        Misconception(
            "Your decoder layers take `mid` channels. Each of them takes two things side by side: "
            "what comes from below, and what comes across.",
            knobs={"joined": "mid"},
        ),
        Misconception(
            "Nearly: the last layer of the decoder takes two things as well. The others are right.",
            knobs={"joined": "last"},
        ),
        Misconception(
            "The first layer is missing, that which brings `in` channels to `out` before the U "
            "begins.",
            knobs={"first": False},
        ),
        Misconception(
            "One layer of `mid` to `mid` channels is missing. Did you forget the bottom of the U, "
            "the dilated layer? A block of depth 7 has encoder layers 1 to 7, that one included.",
            knobs={"bottom": 0},
        ),
        Misconception(
            "You have as many decoder layers as encoder layers. The bottom one is shared: a block "
            "of depth 7 has seven on the way down and six on the way up.",
            knobs={"up": 1},
        ),
        Misconception(
            "Your last decoder layer gives `mid` channels. What it gives is added to what the "
            "input layer gave: how many channels has that?",
            knobs={"end": "mid"},
        ),
        Misconception(
            "Your first encoder layer takes `in` channels. It stands behind the input layer: what "
            "does that give?",
            knobs={"begin": "in"},
        ),
        Misconception(
            "You have one layer of `mid` to `mid` channels too many on the way down. The dilated "
            "bottom is one of the `depth` layers, not one more.",
            knobs={"bottom": 2},
        ),
        Misconception(
            "Each layer has one bias in your count. It has one for every channel that it gives.",
            knobs={"cost": "one bias"},
        ),
    ),
    hints=(
        "the table above lists the layers, with what each takes and gives. Count one of them "
        "first: the weights, the biases, the norm. Then see which two layers are added when the "
        "depth grows by one.",
        "a list of pairs (takes, gives), and one sum over it. The pairs: the input layer; on the "
        "way down, one from `out` to `mid` and then only `mid` to `mid`; on the way up everything "
        "takes twice `mid`. The dilated bottom is on the way down.",
        "`layers = [(in_channels, out_channels), (out_channels, mid_channels)]`, then "
        "`layers += [(mid_channels, mid_channels)] * (depth - …)` and so on up; last "
        "add up `9 * taken * … + …` for all `taken, given in layers`.",
    ),
)
