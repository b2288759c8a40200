"""`loss.pixel`: the loss of one pixel, from its logit."""

import math
from random import Random

from ...exercise import Exercise, Misconception
from .common import by_definition, softplus


def _pixels(random: Random) -> list[tuple]:
    plain = [(0.0, 1), (2.0, 1), (2.0, 0), (-3.0, 1), (-3.0, 0), (0.0, 0), (1.2, 1)]
    sure = [(20.0, 0), (-40.0, 1), (40.0, 0), (800.0, 0), (-1000.0, 1), (900.0, 1)]
    drawn = [(round(random.uniform(-9, 9), 3), random.randint(0, 1)) for _ in range(12)]
    return plain + sure + drawn


def _sigmoid(x: float) -> float:
    return math.exp(-softplus(-x))


def _given(logit: float, truth: int) -> float:
    """The probability that the truth gets."""
    return _sigmoid(logit if truth else -logit)


def _clipped(least: float) -> Misconception:
    return Misconception(
        f"You keep the probability {least:g} away from 0. So your loss never exceeds "
        f"{-math.log(least):.1f}: from there on a worse answer costs no more, and what costs no "
        "more is not corrected. Can the loss be written so that no probability is needed?",
        lambda logit, truth: -math.log(min(max(_given(logit, truth), least), 1 - least)),
    )


_LEAST = (1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15)


def _beside_zero(least: float) -> Misconception:
    return Misconception(
        f"You add {least:g} to the probability, so that its logarithm is always a number. So your "
        f"loss never exceeds {-math.log(least):.1f}, and is a little off everywhere. Can the loss "
        "be written so that no probability is needed?",
        lambda logit, truth: -math.log(_given(logit, truth) + least),
    )


def _loss(sides="both", sign=1, base=math.e, share=1.0):
    """The loss with some things wrong.

    Args:
        sides: "swapped"; "truth ignored"; "salient". sign, base: of the logarithm. share: of it.
    """

    def answer(logit, truth):
        if sides == "salient" and not truth:
            return 0.0
        right = truth if sides != "swapped" else 1 - truth
        against = -logit if right or sides == "truth ignored" else logit
        return sign * share * softplus(against) / math.log(base)

    return answer


def _as_it_is_written(logit, truth):
    """The definition, in floats: it breaks where a float does."""
    p = 1 / (1 + math.exp(-logit))
    return -math.log(p if truth == 1 else 1 - p)


def _as_one_sum(logit, truth):
    """The same in one line, as it stands in many books."""
    p = 1 / (1 + math.exp(-logit))
    return -(truth * math.log(p) + (1 - truth) * math.log(1 - p))


def _after_a_sigmoid(logit, truth):
    """As torch's `binary_cross_entropy` in float32: of a probability, no logarithm below -100."""
    import torch

    p = torch.sigmoid(torch.tensor(float(logit)))
    given = float(p if truth else 1 - p)
    return -max(math.log(given), -100.0) if given else 100.0


_BROKEN = (
    "By the definition, and right for moderate logits. But where the map is very sure, the sigmoid "
    "rounds to exactly 0 or 1, or e to the power of the logit is no number any more: then there is "
    "no logarithm. Can the loss be written so that no probability is needed?"
)


EXERCISE = Exercise(
    name="loss.pixel",
    task="the loss of one pixel, from its logit",
    difficulty=2,
    importance=5,
    minutes=10,
    ours="lesson08.pixel_loss",
    oracle=by_definition,
    cases=_pixels,
    within=2e-6,
    turned=_loss,
    misconceptions=(
        Misconception(
            "You count salient pixels only. A background pixel that the map calls salient is a "
            "mistake as well, and must cost something.",
            knobs={"sides": "salient"},
        ),
        Misconception(
            "You do not look at the truth: your loss is small wherever the logit is large. On the "
            "background a large logit is the mistake.",
            knobs={"sides": "truth ignored"},
        ),
        Misconception(
            "Salient and background are swapped: your loss is small where the map is wrong.",
            knobs={"sides": "swapped"},
        ),
        Misconception(
            "Your loss is negative. A probability below 1 has a negative logarithm, and a loss is "
            "to be made small: what is missing?",
            knobs={"sign": -1},
        ),
        Misconception(
            "This is the squared error. Between a wrong answer and a very sure wrong answer it "
            "hardly sees a difference: the most that it can be is 1. Cross-entropy is a logarithm.",
            lambda logit, truth: (_sigmoid(logit) - truth) ** 2,
        ),
        Misconception(
            "This is how far the probability is from the truth. Now take the logarithm of what the "
            "truth has got.",
            lambda logit, truth: 1 - _given(logit, truth),
        ),
        Misconception(
            "Your logarithm has the base 2, so your loss is in bits. Here, as in torch, it is the "
            "natural one: ½ costs 0.693.",
            knobs={"base": 2},
        ),
        Misconception(
            "A sigmoid of a sigmoid: the logit should become a probability once. After two, it "
            "cannot leave the range 0.5 to 0.73.",
            lambda logit, truth: softplus(-_sigmoid(logit) if truth else _sigmoid(logit)),
        ),
        Misconception(
            "Right where the map is very sure, but 0 wherever it leans to the right side. A map "
            "that says ½ has not understood anything yet: that costs ln 2. What have you dropped?",
            lambda logit, truth: max(-logit if truth else logit, 0.0),
        ),
        Misconception(
            "This is the small rest alone, never more than ln 2: a map that is sure and wrong "
            "would pay next to nothing. ln(1 + eᵃ) has a large part too, wherever `a` is above 0. "
            "What is it?",
            lambda logit, truth: math.log1p(math.exp(-abs(logit))),
        ),
        Misconception(
            "Your logarithm has the base 10. Here, as in torch, it is the natural one: ½ costs "
            "0.693.",
            knobs={"base": 10},
        ),
        Misconception(
            "This is half of the loss. It is no mean of two things: a pixel is salient or it is "
            "not, and the truth gets one probability.",
            knobs={"share": 0.5},
        ),
        Misconception(
            "This is the probability that the truth gets. The loss is minus its logarithm.",
            lambda logit, truth: _given(logit, truth),
        ),
        Misconception(
            "You compare the logit with the truth. A logit is not a probability: -3 and -300 both "
            "say “background”, and cost nearly nothing there.",
            lambda logit, truth: (logit - truth) ** 2,
        ),
        Misconception(
            "Right, as long as e to the power of the logit is a number: beyond 709 it is not. "
            "Take out what is large first; then the power is never above 0.",
            lambda logit, truth: math.log1p(math.exp(-logit if truth else logit)),
        ),
        Misconception(_BROKEN, _as_it_is_written),
        Misconception(_BROKEN + " (And 0 · ln 0 is no number either.)", _as_one_sum),
        Misconception(
            "Right, until the map is very sure: in float32 the sigmoid of 20 is exactly 1, and "
            "torch stops the logarithm at 100. Begin at the logit, without a probability.",
            _after_a_sigmoid,
        ),
        *(_clipped(least) for least in _LEAST),
        *(_beside_zero(least) for least in _LEAST),
    ),
    hints=(
        "a sigmoid gives salient the probability σ(x), and background what is left, which is "
        "σ(−x). So there is one formula, and the truth decides about a sign.",
        "call what speaks against the truth `a`: on the background the logit, on a salient pixel "
        "minus the logit. Then the loss is ln(1 + eᵃ). For a large `a` that is all but `a` "
        "itself: split it into what is large and a rest that is small.",
        "`a = …`, then `return max(a, …) + math.log1p(math.exp(…))`, where the exponent must "
        "never be above 0.",
    ),
)
