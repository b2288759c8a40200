"""Lesson 08: our solutions."""

import math


def pixel_loss(logit, truth):
    """The binary cross-entropy of one pixel, from its logit; `truth` is 0 or 1."""
    against = -logit if truth == 1 else logit
    return max(against, 0) + math.log1p(math.exp(-abs(against)))


def seven_losses(fused, sides, mask):
    """The sum of the maps' binary cross-entropies, each the mean over its pixels.

    `fused` is a tensor of logits, `sides` a tuple of such tensors; `mask` has their shape and
    holds 0 or 1.
    """
    total = 0
    for logits in (fused, *sides):
        each = logits.clamp(min=0) - logits * mask + (-logits.abs()).exp().log1p()
        total = total + each.mean()
    return total


def terms_that_reach(stage, depth=6):
    """Names of the terms, such as "fused" and "side1", whose gradient reaches a stage.

    `stage` is a path such as "en2" or "de4"; `depth` is the number of encoder stages.
    """
    level = int(stage[2:])
    deepest = depth if stage.startswith("en") else level
    return ["fused", *(f"side{number}" for number in range(1, deepest + 1))]


def lowest_loss(share, maps=7):
    """The least sum that perfect maps reach where probabilities are taken for logits.

    `share` is the part of the pixels that are salient, 0 to 1.
    """
    salient = math.log1p(math.exp(-1))
    background = math.log(2)
    return maps * (share * salient + (1 - share) * background)
