"""What the exercises of this lesson share."""

import math
from decimal import Decimal, localcontext


def by_definition(logit: float, truth: int) -> float:
    """-ln of the probability that a sigmoid gives to the truth, with sixty digits."""
    with localcontext() as digits:
        digits.prec = 60
        against = Decimal(-logit if truth else logit)
        return float(-(1 / (1 + against.exp())).ln())


def softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))
