"""`train.overlap`: the measure of the masks: intersection over union."""

from random import Random

from ...exercise import Exercise, Misconception


def _pixel_sets(said: list[float], mask: list[int]) -> tuple[set, set, range]:
    """The pixels that are marked, those that are true, and all."""
    pixels = range(len(said))
    return {i for i in pixels if said[i] >= 0.5}, {i for i in pixels if mask[i] == 1}, pixels


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 1.0


def _of_sets(answer):
    """A wrong answer written with sets: `answer(marked, true, all pixels)`."""
    return lambda said, mask: answer(*_pixel_sets(said, mask))


def _maps(random: Random) -> list[tuple]:
    plain = [
        ([0.9, 0.8, 0.1, 0.2], [1, 1, 0, 0]),
        ([0.9, 0.8, 0.7, 0.2], [1, 0, 0, 0]),
        ([0.9, 0.1, 0.2, 0.1], [1, 1, 1, 0]),
        ([0.5, 0.4, 0.6, 0.1, 0.0], [1, 1, 0, 0, 0]),
        ([0.1, 0.2, 0.0], [0, 0, 0]),
        ([0.9, 0.1, 0.1], [0, 0, 1]),
    ]
    drawn = []
    for _ in range(20):
        size = random.randint(5, 12)
        said = [random.choice((0.0, 0.1, 0.3, 0.5, 0.6, 0.8, 1.0)) for _ in range(size)]
        drawn.append((said, [random.randint(0, 1) for _ in range(size)]))
    return plain + drawn


_MEASURES = {
    "overlap": lambda m, t, all_: (len(m & t), len(m | t)),
    "agreement": lambda m, t, all_: (len(all_) - len(m ^ t), len(all_)),
    "half of Dice": lambda m, t, all_: (len(m & t), len(m) + len(t)),
    "Dice": lambda m, t, all_: (2 * len(m & t), len(m) + len(t)),
    "recall": lambda m, t, all_: (len(m & t), len(t)),
    "precision": lambda m, t, all_: (len(m & t), len(m)),
    "of all": lambda m, t, all_: (len(m & t), len(all_)),
    "count": lambda m, t, all_: (len(m & t), 1),
}


def _measured(measure="overlap", half=True, empty=1.0, scale=1, turned=False):
    """The measure with some things wrong.

    Args:
        half: whether 0.5 is marked. empty: where nothing is to be divided. scale: 100 for per cent.
        turned: 1 less the measure.
    """

    def answer(said, mask):
        said = said if half else [0.0 if value == 0.5 else value for value in said]
        part, whole = _MEASURES[measure](*_pixel_sets(said, mask))
        found = scale * (part / whole if whole else empty)
        return scale - found if turned else found

    return answer


EXERCISE = Exercise(
    name="train.overlap",
    task="the measure of the masks: intersection over union",
    difficulty=2,
    importance=5,
    minutes=8,
    ours="lesson09.overlap",
    oracle=_of_sets(lambda m, t, all_: _ratio(len(m & t), len(m | t))),
    cases=_maps,
    turned=_measured,
    misconceptions=(
        Misconception(
            "You count the pixels on which map and mask agree. Most of a picture is background, "
            "and a map that marks nothing at all agrees there. What does such a map deserve?",
            knobs={"measure": "agreement"},
        ),
        Misconception(
            "You divide what both mark by the sum of the two. Pixels that both mark are in that "
            "sum twice: what does a perfect map get?",
            knobs={"measure": "half of Dice"},
        ),
        Misconception(
            "This is another measure, Dice's, also called F1. It counts the pixels that both mark "
            "twice, above and below the line. For the union every pixel counts once.",
            knobs={"measure": "Dice"},
        ),
        Misconception(
            "You ask how much of the object was found. A map that marks the whole picture finds "
            "all of it. What should it pay for?",
            knobs={"measure": "recall"},
        ),
        Misconception(
            "You ask how much of what was marked is true. A map that marks a single pixel, and "
            "the right one, would get full marks. What did it miss?",
            knobs={"measure": "precision"},
        ),
        Misconception(
            "You divide by all pixels of the picture. A small object, found perfectly, would "
            "score next to nothing: the background has no part in this measure.",
            knobs={"measure": "of all"},
        ),
        Misconception(
            "Your answers leave out the pixels that are exactly 0.5. Read again from which value "
            "on a pixel is marked.",
            knobs={"half": False},
        ),
        Misconception(
            "You add up the numbers of the map as they are. First each pixel is marked, or not: "
            "0.9 and 0.6 are worth the same.",
            lambda said, mask: _ratio(
                sum(s * t for s, t in zip(said, mask)),
                sum(s + t - s * t for s, t in zip(said, mask)),
            ),
        ),
        Misconception(
            "These are percentages. A number from 0.0 to 1.0 was asked for.",
            knobs={"scale": 100},
        ),
        Misconception(
            "Right, except for one case: if map and mask are both empty, the map is perfect.",
            knobs={"empty": 0.0},
        ),
        Misconception(
            "Right, except for one case: if map and mask are both empty, you divide by 0. In that "
            "case the map is perfect.",
            _of_sets(lambda m, t, all_: len(m & t) / len(m | t)),
        ),
        Misconception(
            "You count the pixels that both mark, and divide by nothing. A large object would "
            "score more than a small one, however well either is found.",
            knobs={"measure": "count"},
        ),
        Misconception(
            "This is what is *not* shared: 0 for a perfect map. From 0.0 to 1.0, and 1.0 is "
            "perfect.",
            knobs={"turned": True},
        ),
        Misconception(
            "This is the mean error of the pixels. It is small for every map that marks nothing, "
            "and a perfect map gets 0.",
            lambda said, mask: sum(abs(s - t) for s, t in zip(said, mask)) / len(mask),
        ),
    ),
    hints=(
        "two sets of pixels: those that the map marks and those that are true. Some pixels are in "
        "both sets. How many are in at least one?",
        "count twice, pixel by pixel: where *both* say yes, and where *at least one* says yes. "
        "Divide. A pixel that both mark counts once below the line.",
        "`both = sum(… and … for … in zip(…))`, `either = sum(… or … for … in zip(…))`, then a "
        "`return` with an `if` for the case that `either` is 0.",
    ),
)
