"""`loss.pixel`: the loss of one pixel, from its logit."""

import math
from random import Random

from ...exercise import Exercise, Misconception
from .common import _by_definition, _softplus


def _pixels(random: Random) -> list[tuple]:
    plain = [(0.0, 1), (2.0, 1), (2.0, 0), (-3.0, 1), (-3.0, 0), (0.0, 0), (1.2, 1)]
    sure = [(20.0, 0), (-40.0, 1), (40.0, 0), (800.0, 0), (-1000.0, 1), (900.0, 1)]
    drawn = [(round(random.uniform(-9, 9), 3), random.randint(0, 1)) for _ in range(12)]
    return plain + sure + drawn


def _sigmoid(x: float) -> float:
    return math.exp(-_softplus(-x))


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


_PIXEL_MISCONCEPTIONS = (
    Misconception(
        "You count salient pixels only. A background pixel that the map calls salient is a "
        "mistake as well, and must cost something.",
        lambda logit, truth: truth * _softplus(-logit),
    ),
    Misconception(
        "You do not look at the truth: your loss is small wherever the logit is large. On the "
        "background a large logit is the mistake.",
        lambda logit, truth: _softplus(-logit),
    ),
    Misconception(
        "Salient and background are swapped: your loss is small where the map is wrong.",
        lambda logit, truth: _softplus(logit if truth else -logit),
    ),
    Misconception(
        "Your loss is negative. A probability below 1 has a negative logarithm, and a loss is to "
        "be made small: what is missing?",
        lambda logit, truth: -_softplus(-logit if truth else logit),
    ),
    Misconception(
        "This is the squared error. Between a wrong answer and a very sure wrong answer it hardly "
        "sees a difference: the most that it can be is 1. Cross-entropy is a logarithm.",
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
        lambda logit, truth: _softplus(-logit if truth else logit) / math.log(2),
    ),
    Misconception(
        "A sigmoid of a sigmoid: the logit becomes a probability once. Twice, and it cannot leave "
        "the range 0.5 to 0.73.",
        lambda logit, truth: _softplus(-_sigmoid(logit) if truth else _sigmoid(logit)),
    ),
    Misconception(
        "Right where the map is very sure, and 0 wherever it leans to the right side. But a map "
        "that says ½ has not understood anything yet: that costs ln 2. What have you dropped?",
        lambda logit, truth: max(-logit if truth else logit, 0.0),
    ),
    Misconception(
        "This is the small rest alone, never more than ln 2: a map that is sure and wrong would "
        "pay next to nothing. ln(1 + eᵃ) has a large part too, wherever `a` is above 0. What is "
        "it?",
        lambda logit, truth: math.log1p(math.exp(-abs(logit))),
    ),
    *(_clipped(least) for least in (1e-6, 1e-7, 1e-8, 1e-12)),
)


EXERCISE = Exercise(
    name="loss.pixel",
    task="the loss of one pixel, from its logit",
    difficulty=2,
    importance=5,
    minutes=10,
    ours="lesson08.pixel_loss",
    oracle=_by_definition,
    cases=_pixels,
    misconceptions=_PIXEL_MISCONCEPTIONS,
    within=2e-6,
    hints=(
        "a sigmoid gives salient the probability σ(x), and background what is left, which is "
        "σ(−x). So there is one formula, and the truth decides about a sign.",
        "call what speaks against the truth `a`: the logit on the background, minus the logit "
        "on a salient pixel. Then the loss is ln(1 + eᵃ). For a large `a` that is all but `a` "
        "itself: split it into what is large and a rest that is small.",
        "`a = …`, then `return max(a, …) + math.log1p(math.exp(…))`, where the exponent must "
        "never be above 0.",
    ),
)
