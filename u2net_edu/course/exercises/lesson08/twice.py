"""`loss.twice`: the least loss after a sigmoid too many."""

import math
from random import Random

from ...exercise import Exercise, Misconception
from .common import by_definition, softplus


def _searched(share: float, maps: int = 7) -> float:
    """Try probabilities from 0 to 1 for either kind of pixel; add up the best."""

    def best(truth: int) -> float:
        return min(by_definition(step / 20, truth) for step in range(21))

    return maps * (share * best(1) + (1 - share) * best(0))


def _shares(random: Random) -> list[tuple]:
    plain = [(0.0, 1), (1.0, 1), (0.25, 1), (0.0, 7), (0.2, 7), (0.5, 7)]
    return plain + [(round(random.random(), 2), random.randint(1, 9)) for _ in range(8)]


_SALIENT, _BACKGROUND = math.log1p(math.exp(-1)), math.log(2)


def _best_constant(share: float, maps: int) -> float:
    parts = [part for part in (share, 1 - share) if part > 0]
    return -maps * sum(part * math.log(part) for part in parts)


_SALIENT_COSTS = {"right": _SALIENT, "nothing": 0.0, "ln 2": _BACKGROUND, "logit 0": softplus(1)}
_BACKGROUND_COSTS = {
    "right": _BACKGROUND,
    "nothing": 0.0,
    "as salient": _SALIENT,
    "logit 1": softplus(1),
}


def _lowest(salient="right", background="right", parts="share", count="maps", base=math.e):
    """The least loss with some things wrong.

    Args:
        salient, background: what such a pixel costs. parts: "swapped", "half", "both", or "share".
        count: "one", "seven", "mean", where `maps` is right. base: of the logarithm.
    """

    def answer(share, maps):
        some, rest = {
            "share": (share, 1 - share),
            "swapped": (1 - share, share),
            "half": (0.5, 0.5),
            "both": (1, 1),
        }[parts]
        one = some * _SALIENT_COSTS[salient] + rest * _BACKGROUND_COSTS[background]
        times = {"maps": maps, "one": 1, "seven": 7, "mean": 1 / maps}[count]
        return times * one / math.log(base)

    return answer


EXERCISE = Exercise(
    name="loss.twice",
    task="the least loss after a sigmoid too many",
    difficulty=4,
    importance=4,
    minutes=8,
    ours="lesson08.lowest_loss",
    oracle=_searched,
    cases=_shares,
    within=2e-6,
    turned=_lowest,
    misconceptions=(
        Misconception(
            "Perfect maps cost nothing if the loss is given logits. Here it is given "
            "probabilities and takes them for logits. A perfect map says 1 on a salient pixel: "
            "what does the loss make of a logit of 1?",
            lambda share, maps: 0.0,
        ),
        Misconception(
            "You let every pixel cost ln 2. On the background the best that a probability can say "
            "is 0, and a logit of 0 means ½. But on a salient pixel it can say more than that.",
            knobs={"salient": "ln 2"},
        ),
        Misconception(
            "You let every pixel reach what a salient one can reach. For the background the map "
            "would have to say −1, and a probability never goes below 0.",
            knobs={"background": "as salient"},
        ),
        Misconception(
            "Salient and background are swapped: `share` is the part of the salient ones.",
            knobs={"parts": "swapped"},
        ),
        Misconception(
            "Half and half, whatever the mask. `share` says how many pixels of each kind there "
            "are.",
            knobs={"parts": "half"},
        ),
        Misconception(
            "This is one map. The loss adds up `maps` of them.",
            knobs={"count": "one"},
        ),
        Misconception(
            "Salient pixels are right. For the background you take what a logit of *1* costs "
            "there. But on the background a perfect map says the probability 0: that is the logit "
            "it hands over.",
            knobs={"background": "logit 1"},
        ),
        Misconception(
            "Right for seven maps, and only for them: a 7 is written into your function. `maps` "
            "says how many there are.",
            knobs={"count": "seven"},
        ),
        Misconception(
            "This is the least loss of a map that gives every pixel the same answer, with a right "
            "loss. Here the maps are perfect, and the loss is wrong.",
            _best_constant,
        ),
        Misconception(
            "You take the logarithm of the second sigmoid for salient pixels only, and let the "
            "background cost nothing. A logit of 0 there is ½, not 0.",
            knobs={"background": "nothing"},
        ),
        Misconception(
            "You take the mean over the maps. The loss adds up `maps` of them.",
            knobs={"count": "mean"},
        ),
        Misconception(
            "You add up what one pixel of each kind costs. A map's loss is a mean over its "
            "pixels: how many there are of each kind, `share` says.",
            knobs={"parts": "both"},
        ),
        Misconception(
            "Your logarithm has the base 2, so your loss is in bits. Here, as in torch, it is the "
            "natural one.",
            knobs={"base": 2},
        ),
        Misconception(
            "Background pixels are right. On a salient one you take what a logit of −1 costs. A "
            "perfect map says the probability 1 there: that is the logit it hands over.",
            knobs={"salient": "logit 0"},
        ),
    ),
    hints=(
        "two kinds of pixel, and for each: among the numbers from 0 to 1, which one would you "
        "hand to a loss that takes it for a logit?",
        "the largest for a salient pixel, the least for the background. Your `pixel_loss` "
        "says what either costs. A map's loss is a mean: how many pixels are there of each?",
        "`salient = pixel_loss(1, …)`, `background = pixel_loss(…, 0)`, and then `maps` times "
        "the mean of the two, weighted by `share` and by what is left.",
    ),
)
