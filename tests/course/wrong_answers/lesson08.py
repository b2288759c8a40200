"""What students first write in notebook 08."""

import math

import numpy as np


def sigmoid(x):
    return float(1 / (1 + np.exp(-np.clip(x, -700, 700))))


def pixel_salient_only(logit, truth):
    if truth == 0:
        return 0.0
    return float(np.logaddexp(0, -logit))


def pixel_swapped(logit, truth):
    return float(np.logaddexp(0, logit * (1 if truth else -1)))


def pixel_without_minus(logit, truth):
    return float(-np.logaddexp(0, logit) + truth * logit)


def pixel_squared(logit, truth):
    return (truth - sigmoid(logit)) ** 2


def pixel_clipped(logit, truth):
    p = min(max(sigmoid(logit), 1e-7), 1 - 1e-7)
    return -(truth * math.log(p) + (1 - truth) * math.log(1 - p))


def pixel_sigmoid_twice(logit, truth):
    p = sigmoid(sigmoid(logit))
    return -(truth * math.log(p) + (1 - truth) * math.log(1 - p))


def pixel_hinge(logit, truth):
    return max(0.0, logit) - truth * logit


def pixel_rest(logit, truth):
    return math.log1p(math.exp(-abs(logit)))


def bce(x, y):
    import torch.nn.functional as F

    return F.binary_cross_entropy_with_logits(x, y)


def seven_mean(fused, sides, mask):
    import torch

    return torch.stack([bce(x, mask) for x in [fused, *sides]]).mean()


def seven_pixel_sum(fused, sides, mask):
    return sum(bce(x, mask) * mask.numel() for x in [fused, *sides])


def seven_sides_only(fused, sides, mask):
    total = 0
    for side in sides:
        total += bce(side, mask)
    return total


def seven_twice(fused, sides, mask):
    return sum(bce(x.sigmoid(), mask) for x in [fused, *sides])


def seven_after_a_sigmoid(fused, sides, mask):
    import torch

    loss = torch.nn.BCELoss()
    return sum(loss(torch.sigmoid(x), mask) for x in [fused, *sides])


def seven_one_map(fused, sides, mask):
    import torch

    return bce(torch.stack([fused, *sides]).mean(0), mask) * 7


def seven_list_and_tuple(fused, sides, mask):
    return sum(bce(x, mask) for x in [fused] + sides)  # noqa: RUF005


def seven_wrong_sign(fused, sides, mask):
    total = 0
    for x in (fused, *sides):
        total += (x.clamp(min=0) + x * mask + (-x.abs()).exp().log1p()).mean()
    return total


def seven_without_abs(fused, sides, mask):
    total = 0
    for x in (fused, *sides):
        total += (x.clamp(min=0) - x * mask + x.exp().log1p()).mean()
    return total


def seven_overflow(fused, sides, mask):
    return sum((x.exp().log1p() - x * mask).mean() for x in (fused, *sides))


def feeds_own(stage, depth=6):
    return {f"de{k}": [f"side{k}"] for k in range(1, depth)}.get(
        stage, [f"side{depth}"] if stage == f"en{depth}" else []
    )


def feeds_own_and_fused(stage, depth=6):
    return [*feeds_own(stage, depth), "fused"]


def feeds_backwards(stage, depth=6):
    first = 1 if stage[0] == "e" else int(stage[2])
    return ["fused"] + [f"side{k}" for k in range(first, depth + 1)]


def feeds_without_fused(stage, depth=6):
    last = depth if stage[0] == "e" else int(stage[2])
    return [f"side{k + 1}" for k in range(last)]


def feeds_across(stage, depth=6):
    return ["fused"] + [f"side{k + 1}" for k in range(int(stage[2]))]


def feeds_same_number(stage, depth=6):
    return ["fused", "side" + stage[2:]]


def feeds_same_number_alone(stage, depth=6):
    return ["side" + stage[2:]]


def feeds_deeper(stage, depth=6):
    return ["fused"] + [f"side{k}" for k in range(int(stage[2:]), depth + 1)]


def feeds_deeper_alone(stage, depth=6):
    return [f"side{k}" for k in range(int(stage[2:]), depth + 1)]


def feeds_bottom_alone(stage, depth=6):
    if stage == f"en{depth}":
        return ["fused", f"side{depth}"]
    last = depth if stage[0] == "e" else int(stage[2])
    return ["fused"] + [f"side{k + 1}" for k in range(last)]


def feeds_six(stage, depth=6):
    last = 6 if stage[0] == "e" else int(stage[2])
    return ["fused"] + [f"side{k + 1}" for k in range(last)]


def twice_sure_background(share, maps=7):
    return maps * float(share * np.logaddexp(0, -1) + (1 - share) * np.logaddexp(0, 1))


def twice_seven(share, maps=7):
    return 7 * float(share * np.logaddexp(0, -1) + (1 - share) * np.logaddexp(0, 0))


def twice_swapped(share, maps=7):
    return maps * (share * math.log(2) + (1 - share) * 0.31326168751822286)


def twice_one_map(share, maps=7):
    return share * -math.log(1 / (1 + math.exp(-1))) + (1 - share) * -math.log(0.5)


def pixel_by_the_book(logit, truth):
    probability = 1 / (1 + math.exp(-logit))
    if truth == 1:
        return -math.log(probability)
    return -math.log(1 - probability)


def pixel_overflows(logit, truth):
    if truth == 1:
        logit = -logit
    return math.log1p(math.exp(logit))


WRONG = {
    "loss.pixel": [
        (pixel_salient_only, "salient pixels only"),
        (lambda logit, truth: float(np.logaddexp(0, -logit)), "do not look at the truth"),
        (pixel_swapped, "swapped"),
        (pixel_without_minus, "negative"),
        (pixel_squared, "squared error"),
        (lambda logit, truth: abs(sigmoid(logit) - truth), "how far the probability"),
        (pixel_clipped, "never exceeds 16.1"),
        (pixel_sigmoid_twice, "sigmoid of a sigmoid"),
        (pixel_hinge, "that costs ln 2"),
        (pixel_rest, "small rest alone"),
        (pixel_by_the_book, "By the definition"),
        (pixel_overflows, "beyond 709"),
    ],
    "loss.seven": [
        (seven_mean, "mean of the seven"),
        (seven_pixel_sum, "twice the width"),
        (seven_sides_only, "six sides alone"),
        (lambda fused, sides, mask: bce(fused, mask), "without deep supervision"),
        (seven_one_map, "one map of the seven"),
        (seven_twice, "A sigmoid too many"),
        (seven_after_a_sigmoid, "stops the logarithm at 100"),
        (seven_list_and_tuple, "adds no list to a tuple"),
        (seven_wrong_sign, "which sign"),
        (seven_without_abs, "a second time"),
        (seven_overflow, "Right, as long as"),
    ],
    "loss.feeds": [
        (feeds_own, "nothing else"),
        (feeds_own_and_fused, "heads of their own"),
        (feeds_without_fused, "made of all of them"),
        (feeds_backwards, "*before* this one"),
        (feeds_across, "across the U only"),
        (feeds_same_number_alone, "so has the fused map"),
        (feeds_same_number, "they have heads too: follow"),
        (feeds_deeper_alone, "made of them all"),
        (feeds_deeper, "Which numbers come after"),
        (feeds_bottom_alone, "you stop at its own head"),
        (feeds_six, "a 6 is written"),
        (lambda stage, depth=6: ["fused"] + [f"side{k + 1}" for k in range(depth)], "everywhere"),
    ],
    "loss.twice": [
        (lambda share, maps=7: 0 * share, "cost nothing"),
        (lambda share, maps=7: maps * math.log(2), "every pixel cost ln 2"),
        (lambda share, maps=7: maps * math.log(1 + 1 / math.e), "would have to say −1"),
        (twice_swapped, "swapped"),
        (twice_one_map, "one map"),
        (twice_sure_background, "a logit of *1* costs"),
        (twice_seven, "a 7 is written"),
    ],
}
"""Exercise → [(a wrong answer, words of its message)]. At least three for each exercise."""
