"""`loss.seven`: the sum of seven losses, on logits."""

import math
from random import Random

from ...exercise import Exercise, Misconception
from .common import by_definition


def _sevenby_definition(fused: list, sides: list, mask: list) -> float:
    truth = [value for row in mask for value in row]
    total = 0.0
    for one in (fused, *sides):
        logits = [value for row in one for value in row]
        total += sum(by_definition(x, y) for x, y in zip(logits, truth)) / len(truth)
    return total


def _maps(random: Random) -> list[tuple]:
    def drawn(rows: int, columns: int, reach: float) -> list[list[float]]:
        row = range(columns)
        return [[round(random.uniform(-reach, reach), 2) for _ in row] for _ in range(rows)]

    cases, sure = [], [(2, 5, 90), (2, 5, 900)]
    for rows, columns, reach in [(1, 2, 3), (2, 2, 2), (2, 3, 4), *[(3, 4, 6)] * 5, *sure]:
        mask = [[random.randint(0, 1) for _ in range(columns)] for _ in range(rows)]
        mask[0][:2] = [1, 0]
        sides = [drawn(rows, columns, reach) for _ in range(6)]
        cases.append((drawn(rows, columns, reach), sides, mask))
    return cases


def _with_tensors(answer, fused: list, sides: list, mask: list):
    """The student writes for tensors; cases are plain lists, so that they can be compared."""
    import torch

    def tensor(values):
        return torch.tensor(values, dtype=torch.float64)

    # A tuple, as the network gives it.
    found = answer(tensor(fused), tuple(tensor(side) for side in sides), tensor(mask))
    return found.item() if isinstance(found, torch.Tensor) and found.dim() == 0 else found


def _each(logits, mask):
    """The loss of every pixel, a tensor."""
    return logits.clamp(min=0) - logits * mask + (-logits.abs()).exp().log1p()


def _after_a_sigmoid(logits, mask):
    """As torch's `binary_cross_entropy`: of probabilities, no logarithm below -100."""
    p = logits.sigmoid()
    return -(mask * p.log().clamp(min=-100) + (1 - mask) * (1 - p).log().clamp(min=-100))


def _all_maps(of_map):
    return lambda fused, sides, mask: sum(of_map(x, mask) for x in (fused, *sides))


def _kept_off(least: float) -> Misconception:
    def of_map(logits, mask):
        p = logits.sigmoid().clamp(least, 1 - least)
        return -(mask * p.log() + (1 - mask) * (1 - p).log()).mean()

    return Misconception(
        f"You keep probabilities {least:g} away from 0 and 1, so no pixel costs more than "
        f"{-math.log(least):.1f}. A logit of 60 on the background should cost 60.",
        _all_maps(of_map),
    )


_PIXELS = {
    "right": _each,
    "sign": lambda x, mask: _each(x, mask) + 2 * x * mask,
    "sigmoid too many": lambda x, mask: _each(x.sigmoid(), mask),
    "after a sigmoid": _after_a_sigmoid,
    "salient alone": lambda x, mask: mask * _each(x, mask),
    "negative": lambda x, mask: -_each(x, mask),
}


def _sum(pixels="right", maps="all", reduce="mean"):
    """The sum with some things wrong.

    Args:
        pixels: the loss of each. maps: "sides", "fused". reduce: "sum", or "mean of all".
    """

    def answer(fused, sides, mask):
        chosen = {"all": (fused, *sides), "sides": sides, "fused": (fused,)}[maps]
        losses = [_PIXELS[pixels](one, mask) for one in chosen]
        whole = sum(loss.sum() if reduce == "sum" else loss.mean() for loss in losses)
        return whole / len(losses) if reduce == "mean of all" else whole

    return answer


EXERCISE = Exercise(
    name="loss.seven",
    task="the sum of seven losses, on logits",
    difficulty=3,
    importance=5,
    minutes=10,
    ours="lesson08.seven_losses",
    oracle=_sevenby_definition,
    cases=_maps,
    ask=_with_tensors,
    turned=_sum,
    misconceptions=(
        Misconception(
            "`sides` is a tuple, as the network gives it, and Python adds no list to a tuple. One "
            "new list of all seven is `[fused, *sides]`: the star unpacks whatever it is.",
            lambda fused, sides, mask: [fused] + sides,  # noqa: RUF005
        ),
        Misconception(
            "You *add* the logit on salient pixels, so the surer a map is there, the more it pays. "
            "On a salient pixel a large logit is right: which sign must it have?",
            knobs={"pixels": "sign"},
        ),
        Misconception(
            "You take e to the power of the logit itself. For a large logit that counts the large "
            "part a second time, and beyond a logit of 709 it is no number any more. The small "
            "rest asks only how *far* from 0 the logit is: e to a power that is never above 0.",
            _all_maps(lambda x, mask: (x.clamp(min=0) - x * mask + x.exp().log1p()).mean()),
        ),
        Misconception(
            "Right, as long as e to the power of the logit is a number: beyond 709 it is not, and "
            "in float32 beyond 88. Take out what is large first; then the power is never above 0.",
            _all_maps(lambda x, mask: (x.exp().log1p() - x * mask).mean()),
        ),
        Misconception(
            "You take the mean of the seven. The authors add them up: divide by the number of "
            "*pixels*, not by the number of maps.",
            knobs={"reduce": "mean of all"},
        ),
        Misconception(
            "You add up the pixels of each map. A picture of twice the width would then cost "
            "twice as much: each map counts with the mean over its pixels.",
            knobs={"reduce": "sum"},
        ),
        Misconception(
            "The six sides alone. The fused map is the network's answer: it has a loss of its own.",
            knobs={"maps": "sides"},
        ),
        Misconception(
            "The fused map alone. Then nothing is asked of the sides: that is training without "
            "deep supervision.",
            knobs={"maps": "fused"},
        ),
        Misconception(
            "You make one map of the seven first, and judge that. Seven maps that err in opposite "
            "ways would look perfect together: each has to answer for itself.",
            lambda fused, sides, mask: 7 * _each((fused + sum(sides)) / 7, mask).mean(),
        ),
        Misconception(
            "A sigmoid too many: the maps are logits, and your formula for the loss takes logits, "
            "but you hand it probabilities. What that does to training is a section of its own "
            "below.",
            knobs={"pixels": "sigmoid too many"},
        ),
        Misconception(
            "Right, until a map is very sure and wrong: there the sigmoid rounds to exactly 0 or "
            "1, and torch stops the logarithm at 100. (That would be seen. But the gradient there "
            "is 0, and that is not.) Begin at the logits.",
            knobs={"pixels": "after a sigmoid"},
        ),
        Misconception(
            "You count salient pixels only: the background has no say in your loss.",
            knobs={"pixels": "salient alone"},
        ),
        Misconception(
            "Your loss is negative. A probability below 1 has a negative logarithm, and a loss is "
            "to be made small: what is missing?",
            knobs={"pixels": "negative"},
        ),
        *(_kept_off(least) for least in (1e-6, 1e-7, 1e-8, 1e-12)),
    ),
    hints=(
        "one map first: the loss of all its pixels at once, as a tensor of its shape, and "
        "then the mean. After that a loop.",
        "your formula for one pixel has an `if` in it, and a tensor has pixels of both kinds. "
        "Without one: what is large, and does not depend on the truth, is the logit where it "
        "is above 0; on salient pixels the logit is taken off again; the small rest does not "
        "ask for the truth at all.",
        "`each = logits.clamp(min=0) - … + (…).exp().log1p()`, `total = total + each.…()`, "
        "for `logits in (fused, *sides)`.",
    ),
)
