"""`cost.conv`: what one convolution costs."""

from functools import cache
from random import Random

from ...exercise import Exercise, Misconception


@cache
def _counted_conv(kernel: int, in_channels: int, out_channels: int, size: int) -> tuple[int, int]:
    import torch

    from ....analysis.tracing import trace

    with torch.device("meta"):
        layer = torch.nn.Conv2d(in_channels, out_channels, kernel, padding=kernel // 2)
    counted = trace(layer, (size, size))
    return counted.total_macs, counted.total_parameters


def _layers(random: Random) -> list[tuple]:
    plain = [(3, 3, 64, 320), (1, 6, 1, 320), (3, 64, 32, 10), (5, 2, 3, 7)]
    drawn = [
        (random.choice((1, 3, 5, 7)), *(random.randint(2, 64) for _ in range(3))) for _ in range(10)
    ]
    return plain + drawn


EXERCISE = Exercise(
    name="cost.conv",
    task="what one convolution costs",
    difficulty=2,
    importance=5,
    minutes=8,
    ours="lesson07.conv_cost",
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
)
