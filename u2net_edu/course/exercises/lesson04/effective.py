"""`field.effective`: the size of an effective field."""

import math

from ...exercise import Exercise, Misconception
from .common import FIELDS, hill, with_field

LEAST = 0.0455


def _counted(name: str) -> float:
    values = sorted((v for line in hill(*FIELDS[name]).tolist() for v in line), reverse=True)
    return math.sqrt(sum(1 for value in values if value / values[0] >= LEAST))


def _centre(field) -> float:
    return field[field.shape[0] // 2, field.shape[1] // 2]


def _box_side(field) -> float:
    strong = field >= LEAST * field.max()
    return float(max(strong.any(axis=0).sum(), strong.any(axis=1).sum()))


def _most_of_the_mass(field) -> float:
    shares = sorted((field / field.sum()).ravel().tolist(), reverse=True)
    total, count = 0.0, 0
    while total < 1 - LEAST:
        total, count = total + shares[count], count + 1
    return math.sqrt(count)


EXERCISE = Exercise(
    name="field.effective",
    task="the size of an effective field",
    difficulty=2,
    importance=4,
    minutes=6,
    ours="lesson04.effective_size",
    oracle=_counted,
    cases=lambda random: [(name,) for name in FIELDS],
    ask=with_field,
    misconceptions=(
        Misconception(
            "You count the pixels, and rightly. A size is the side of a square: which square has "
            "that many pixels?",
            lambda field: float((field >= LEAST * field.max()).sum()),
        ),
        Misconception(
            "You keep only pixels that are nearly as strong as the strongest. The bar lies at "
            "4.55 %, not at 95.45 %.",
            lambda field: float((field >= (1 - LEAST) * field.max()).sum() ** 0.5),
        ),
        Misconception(
            "You compare with the sum of all pixels. The bar is a share of the *strongest* one.",
            lambda field: float((field >= LEAST * field.sum()).sum() ** 0.5),
        ),
        Misconception(
            "You compare with a fixed number. How large the numbers of a field are means nothing; "
            "how large they are beside the strongest does.",
            lambda field: float((field >= LEAST).sum() ** 0.5),
        ),
        Misconception(
            "You compare with the pixel in the centre. That is the rule of Luo et al.; here it is "
            "the *strongest* pixel, wherever it lies.",
            lambda field: float((field >= LEAST * _centre(field)).sum() ** 0.5),
        ),
        Misconception(
            "Nothing is as strong as that: 4.55 % of a number is not 4.55 times it. What is one "
            "per cent as a factor?",
            lambda field: float((field >= 100 * LEAST * field.max()).sum() ** 0.5),
        ),
        Misconception(
            "You cut off the fraction. The side of a square with 28 pixels is 5.29; keep it.",
            lambda field: int((field >= LEAST * field.max()).sum() ** 0.5),
        ),
        Misconception(
            "You round to whole pixels. The side of a square with 28 pixels is 5.29; keep it.",
            lambda field: round(float((field >= LEAST * field.max()).sum() ** 0.5)),
        ),
        Misconception(
            "You compare with the average pixel. Then the size would depend on how much empty "
            "picture lies around the field.",
            lambda field: float((field >= LEAST * field.mean()).sum() ** 0.5),
        ),
        Misconception(
            "You count every pixel that is felt at all. That is the theoretical field again; "
            "nearly all of it hardly matters.",
            lambda field: float((field > 0).sum() ** 0.5),
        ),
        Misconception(
            "This is the box around all strong pixels. A round field does not fill its box.",
            _box_side,
        ),
        Misconception(
            "You take the strongest pixels until they hold 95.45 % of the sum. That is a fair "
            "definition too, but another one: here each pixel is compared with the strongest.",
            _most_of_the_mass,
        ),
    ),
    hints=(
        "two steps: which pixels are strong enough, and how large is a square with as many?",
        "compare the whole array with one number at once; the result is an array of True and "
        "False, and its `.sum()` counts the True ones.",
        "`strong = field >= … * field.max()`, then `return float(strong.sum() ** …)`.",
    ),
)
