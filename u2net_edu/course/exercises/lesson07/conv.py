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


_WEIGHTS = {
    "right": lambda k, i, o: k * k * i * o,
    "a row": lambda k, i, o: k * i * o,
    "added": lambda k, i, o: k * k * (i + o),
    "one out": lambda k, i, o: k * k * i,
    "one in": lambda k, i, o: k * k * o,
    "3×3": lambda k, i, o: 9 * i * o,
}
_BIASES = {
    "right": lambda i, o: o,
    "none": lambda i, o: 0,
    "one": lambda i, o: 1,
    "in": lambda i, o: i,
    "norm": lambda i, o: 3 * o,
}


def _cost(weights="right", biases="right", places="all", factor=1, added="", order="macs first"):
    """Both numbers, with some things wrong.

    Args:
        places: "one", "a row" or "inside", where a weight is used at "all". factor: of the MACs.
        added: "at each place" or "once", for biases among the MACs.
    """

    def answer(kernel, in_channels, out_channels, size):
        count = _WEIGHTS[weights](kernel, in_channels, out_channels)
        bias = _BIASES[biases](in_channels, out_channels)
        bias = 1 if weights == "one out" and biases == "right" else bias
        pixels = {"all": size**2, "one": 1, "a row": size, "inside": (size - kernel + 1) ** 2}
        macs = count * factor * pixels[places]
        macs += {"": 0, "at each place": out_channels * size**2, "once": out_channels}[added]
        return (macs, count + bias) if order == "macs first" else (count + bias, macs)

    return answer


EXERCISE = Exercise(
    name="cost.conv",
    task="what one convolution costs",
    difficulty=2,
    importance=5,
    minutes=8,
    ours="lesson07.conv_cost",
    oracle=_counted_conv,
    cases=_layers,
    turned=_cost,
    misconceptions=(
        Misconception(
            "You count the weights for the MACs as well. A kernel is used once for every pixel "
            "that it gives: how often is that?",
            knobs={"places": "one"},
        ),
        Misconception(
            "You count operations, two for each MAC: a product and a sum. One "
            "multiply-accumulate is both of them. (Tools differ in this, which is why two of "
            "them can tell you numbers that are a factor of 2 apart.)",
            knobs={"factor": 2},
        ),
        Misconception(
            "The biases are missing among the parameters. How many does the layer have? One "
            "for each map that it gives.",
            knobs={"biases": "none"},
        ),
        Misconception(
            "You count the bias among the MACs. It is added, and multiplied with nothing: a "
            "MAC is a product *and* a sum. (Some tools do count it; here it is left out.)",
            knobs={"added": "at each place"},
        ),
        Misconception(
            "Your kernel is a row of taps. It has a height as well as a width.",
            knobs={"weights": "a row"},
        ),
        Misconception(
            "You add the channels. Every map that comes out is made from every map that comes "
            "in, by a kernel of its own: how many pairs are there?",
            knobs={"weights": "added"},
        ),
        Misconception(
            "You count the parameters once for every pixel. The same kernel is used in all "
            "places; that is what makes it a convolution.",
            lambda k, i, o, s: (k * k * i * o * s * s, (k * k * i * o + o) * s * s),
        ),
        Misconception(
            "You count one row of pixels. `size` is the side of the map.",
            knobs={"places": "a row"},
        ),
        Misconception(
            "You count one map that comes out. There are `out_channels` of them, each with "
            "kernels of its own.",
            knobs={"weights": "one out"},
        ),
        Misconception(
            "You count one map that comes in. A kernel reads all of them: it has a plane of "
            "taps for each.",
            knobs={"weights": "one in"},
        ),
        Misconception(
            "Both numbers are right, in the other order: MACs first.",
            knobs={"order": "parameters first"},
        ),
        Misconception(
            "The layer has one bias in your count. It has one for each map that it gives.",
            knobs={"biases": "one"},
        ),
        Misconception(
            "You count a bias for each map that comes in. It belongs to the maps that come out.",
            knobs={"biases": "in"},
        ),
        Misconception(
            "You count a norm as well. A convolution alone has its weights and its biases.",
            knobs={"biases": "norm"},
        ),
        Misconception(
            "You add the biases to the MACs. A bias is added, and multiplied with nothing.",
            knobs={"added": "once"},
        ),
        Misconception(
            "You leave out places near the border. The maps that come out are as large as those "
            "that come in: `size` is the side of both.",
            knobs={"places": "inside"},
        ),
        Misconception(
            "Right for kernels of 3×3 only: a 9 is written into your function.",
            knobs={"weights": "3×3"},
        ),
    ),
    hints=(
        "think of a single number that comes out: one pixel of one map. How many products were "
        "added up for it? And how many such numbers come out?",
        "two steps. How many weights has the layer: taps, for each map in, for each map out? "
        "Each weight is used once for every pixel of a map. The parameters are the weights "
        "and one more number for each map that is given.",
        "`weights = … * … * …`, where the first is the number of taps of one kernel, and then "
        "`return weights * …, weights + …`.",
    ),
)
