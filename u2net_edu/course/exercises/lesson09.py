"""Exercises and guesses of notebook 09, train one in class.

The oracles go other roads: sets of pixels, a budget that is spent step by step, the best of all
looks before against the best of the last ones.
"""

import math
from random import Random

from ..exercise import Exercise, Misconception, Option, Question
from ..solutions import lesson09 as solutions

# --- intersection over union


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


OVERLAP = Exercise(
    name="train.overlap",
    task="the measure of the masks: intersection over union",
    difficulty=2,
    importance=5,
    minutes=8,
    solution=solutions.overlap,
    oracle=_of_sets(lambda m, t, all_: _ratio(len(m & t), len(m | t))),
    cases=_maps,
    misconceptions=(
        Misconception(
            "You count the pixels on which map and mask agree. Most of a picture is background, "
            "and a map that marks nothing at all agrees there. What does such a map deserve?",
            _of_sets(lambda m, t, all_: 1 - len(m ^ t) / len(all_)),
        ),
        Misconception(
            "You divide what both mark by the sum of the two. Pixels that both mark are in that "
            "sum twice: what does a perfect map get?",
            _of_sets(lambda m, t, all_: _ratio(len(m & t), len(m) + len(t))),
        ),
        Misconception(
            "This is another measure, Dice's, also called F1. It counts the pixels that both mark "
            "twice, above and below the line. For the union every pixel counts once.",
            _of_sets(lambda m, t, all_: _ratio(2 * len(m & t), len(m) + len(t))),
        ),
        Misconception(
            "You ask how much of the object was found. A map that marks the whole picture finds "
            "all of it. What should it pay for?",
            _of_sets(lambda m, t, all_: _ratio(len(m & t), len(t))),
        ),
        Misconception(
            "You ask how much of what was marked is true. A map that marks a single pixel, and "
            "the right one, would get full marks. What did it miss?",
            _of_sets(lambda m, t, all_: _ratio(len(m & t), len(m))),
        ),
        Misconception(
            "You divide by all pixels of the picture. A small object, found perfectly, would "
            "score next to nothing: the background has no part in this measure.",
            _of_sets(lambda m, t, all_: len(m & t) / len(all_)),
        ),
        Misconception(
            "Your answers leave out the pixels that are exactly 0.5. Read again from where on a "
            "pixel is marked.",
            lambda said, mask: _of_sets(lambda m, t, all_: _ratio(len(m & t), len(m | t)))(
                [0.0 if value == 0.5 else value for value in said], mask
            ),
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
            "These are per cent. From 0.0 to 1.0 was asked for.",
            _of_sets(lambda m, t, all_: 100 * _ratio(len(m & t), len(m | t))),
        ),
        Misconception(
            "Right, but for one case: where map and mask are both empty, the map is perfect.",
            _of_sets(lambda m, t, all_: len(m & t) / len(m | t) if m | t else 0.0),
        ),
    ),
    hints=(
        "two heaps of pixels: those that the map marks, those that are true. Some pixels lie in "
        "both heaps. How many lie in at least one?",
        "count twice, pixel by pixel: where *both* say yes, and where *at least one* says yes. "
        "Divide. A pixel that both mark counts once below the line.",
        "`both = sum(… and … for … in zip(…))`, `either = sum(… or … for … in zip(…))`, then a "
        "`return` with an `if` for the case that `either` is 0.",
    ),
)

# --- the same work


def _spend(steps: int, macs: int, other_macs: int) -> int:
    """Spend the budget step by step, while there is enough for one more."""
    left, taken = steps * macs, 0
    while left >= other_macs:
        left, taken = left - other_macs, taken + 1
    return taken


def _budgets(random: Random) -> list[tuple]:
    plain = [(100, 50, 25), (100, 25, 50), (10, 7, 3), (10, 3, 7), (100, 75, 75), (4, 3, 5)]
    drawn = [
        (random.randint(20, 300), random.randint(30, 90), random.randint(20, 110))
        for _ in range(20)
    ]
    return plain + drawn


MATCHED = Exercise(
    name="train.matched_steps",
    task="as many steps as the same work pays for",
    difficulty=2,
    importance=4,
    minutes=5,
    solution=solutions.matched_steps,
    oracle=_spend,
    cases=_budgets,
    misconceptions=(
        Misconception(
            "The wrong way round: a network that does less for a picture may look at *more* of "
            "them for the same work.",
            lambda steps, macs, other: steps * other // macs,
        ),
        Misconception(
            "Two things. A step is taken or not, so the answer is a whole number. And the network "
            "that does less for a picture may take *more* steps.",
            lambda steps, macs, other: steps * other / macs,
        ),
        Misconception(
            "You give both the same number of steps. Then the dearer network works more, and if "
            "it wins, nobody knows why.",
            lambda steps, macs, other: steps,
        ),
        Misconception(
            "There is a part of a step left over. It cannot be taken: the answer is whole.",
            lambda steps, macs, other: steps * macs / other,
        ),
        Misconception(
            "You round to the nearest. Half the time that is one step more than the budget pays "
            "for.",
            lambda steps, macs, other: round(steps * macs / other),
        ),
        Misconception(
            "You round up: the last step is one that the budget no longer pays for.",
            lambda steps, macs, other: math.ceil(steps * macs / other),
        ),
        Misconception(
            "You divide the MACs first, and forget the rest too early: 7 for 3 is more than "
            "twice. Work out the whole budget before you spend it.",
            lambda steps, macs, other: steps * (macs // other),
        ),
        Misconception(
            "This is what is saved, not what may be done with it.",
            lambda steps, macs, other: steps * (macs - other),
        ),
    ),
    hints=(
        "how much work does the first network do in all its steps, for one picture each? That is "
        "the budget. How often does the other's work go into it?",
        "one product, one division, and what is left over is forgotten. Try it for 10 steps at 7, "
        "when the other needs 3: a budget of 70.",
        "`budget = …`, then `return budget // …`.",
    ),
)

# --- when to stop


def _looks(scores: list[float], patience: int) -> int:
    """The first look whose last `patience` scores do not beat the best of all before them."""
    for look in range(patience, len(scores)):
        first = look - patience + 1
        if max(scores[first : look + 1]) <= max(scores[:first]):
            return look
    return len(scores) - 1


def _stop(reset, enough=lambda unbeaten, patience: unbeaten == patience, lower=False):
    """A wrong trainer: `reset(score, best, before)` says when its patience begins anew."""

    def answer(scores, patience):
        best, unbeaten = scores[0], 0
        for look in range(1, len(scores)):
            unbeaten += 1
            if reset(scores[look], best, scores[look - 1]):
                unbeaten = 0
            best = min(best, scores[look]) if lower else max(best, scores[look])
            if enough(unbeaten, patience):
                return look
        return len(scores) - 1

    return answer


def _counts_all(scores: list[float], patience: int) -> int:
    best, bad = scores[0], 0
    for look in range(1, len(scores)):
        if scores[look] > best:
            best = scores[look]
        else:
            bad += 1
        if bad == patience:
            return look
    return len(scores) - 1


def _trainings(random: Random) -> list[tuple]:
    plain = [
        ([0.1, 0.3, 0.5, 0.6, 0.7], 2),
        ([0.1, 0.5, 0.4, 0.3, 0.2], 2),
        ([0.1, 0.5, 0.4, 0.6, 0.5, 0.5], 2),
        ([0.2, 0.5, 0.3, 0.4, 0.45, 0.6], 3),
        ([0.4, 0.4, 0.4, 0.5, 0.3], 2),
        ([0.1, 0.4, 0.3, 0.5, 0.4, 0.6, 0.7], 2),
        ([0.3, 0.2, 0.4], 1),
        ([0.1, 0.3, 0.2, 0.25, 0.4, 0.35, 0.3, 0.2], 3),
    ]
    drawn = []
    for _ in range(20):
        scores = [random.randint(1, 9) / 10 for _ in range(random.randint(6, 12))]
        drawn.append((scores, random.randint(1, 4)))
    return plain + drawn


STOP = Exercise(
    name="train.stop_at",
    task="when a patient trainer stops",
    difficulty=4,
    importance=4,
    minutes=12,
    solution=solutions.stop_at,
    oracle=_looks,
    cases=_trainings,
    misconceptions=(
        Misconception(
            "You compare each score with the one before it. After a bad look the next is easily "
            "better, and is still worse than the best: what counts is whether *that* is beaten.",
            _stop(lambda score, best, before: score > before),
        ),
        Misconception(
            "You stop at the first look that is not better. Scores jump up and down: how many "
            "such looks in a row is a patient trainer to bear?",
            lambda scores, patience: _looks(scores, 1),
        ),
        Misconception(
            "You add up all looks that beat nothing, those of long ago too. A new best score "
            "forgives everything before it.",
            _counts_all,
        ),
        Misconception(
            "One look too late. The look at which the patience is used up is the last.",
            _stop(lambda score, best, before: score > best, lambda n, patience: n > patience),
        ),
        Misconception(
            "A score that equals the best has not beaten it. Your trainer waits on, as long as "
            "nothing changes at all.",
            _stop(lambda score, best, before: score >= best),
        ),
        Misconception(
            "This is the look with the best score, the one whose weights one keeps. Asked for is "
            "the look at which training *stops*; that is later.",
            lambda scores, patience: scores.index(max(scores[: _looks(scores, patience) + 1])),
        ),
        Misconception(
            "Your trainer wants small numbers, as of a loss. These are scores: more is better.",
            _stop(lambda score, best, before: score < best, lower=True),
        ),
        Misconception(
            "You count looks from 1. An index counts from 0.",
            lambda scores, patience: _looks(scores, patience) + 1,
        ),
        Misconception(
            "Your trainer never loses patience: it goes to the last look, always.",
            lambda scores, patience: len(scores) - 1,
        ),
    ),
    hints=(
        "keep two things while you go through the looks: the best score so far, and for how many "
        "looks it has stood. What happens to each of them when the best is beaten? And when not?",
        "a loop over the looks from the second on. In it, first count one look more; if the best "
        "is beaten, begin counting anew; if the count has reached the patience, you are done. "
        "After the loop: the last index.",
        "`best, unbeaten = scores[0], 0`; in the loop `unbeaten += …`, then `if scores[look] > …:` "
        "with two new values, then `if unbeaten == …:` with a `return`.",
    ),
)

EXERCISES: tuple[Exercise, ...] = (OVERLAP, MATCHED, STOP)

# --- the broken trainings: the same answers to choose from, another one right in each

CAUSES = {
    "rate": "The learning rate is far too high.",
    "sigmoid": "The sigmoid is taken twice.",
    "mirror": "The masks are mirrored, left for right; the images are not.",
    "few": "Nothing is broken: the network is overfitting, as with the eight scenes.",
    "slow": "The learning rate is far too low.",
}


def _diagnosis(name: str, text: str, right: str, reasons: dict[str, str]) -> Question:
    options = (
        Option(CAUSES[cause], reason, right=cause == right) for cause, reason in reasons.items()
    )
    return Question(name, text, tuple(options))


QUESTIONS = (
    Question(
        "train.eight_scenes",
        "A network with 142,189 parameters sees the same eight scenes again and again, and nothing "
        "else. How good will it be at the end, on these eight and on fresh ones?",
        (
            Option(
                "Nearly perfect on the eight, and poor on fresh ones.",
                "Eight masks can be learnt by heart. Nothing forces the network to find out what "
                "makes an object: it never met a scene on which learning by heart fails.",
                right=True,
            ),
            Option(
                "Nearly perfect on both.",
                "If the loss knew what we want, perhaps. But it knows the eight masks only, and "
                "there are many ways to be right on eight scenes. Few of them are right elsewhere.",
            ),
            Option(
                "Poor on both: eight scenes are too few to learn anything.",
                "Too few to learn what an object is, but not too few to be learnt by heart. This "
                "is why one tries it first: a network that cannot even do that is broken.",
            ),
            Option(
                "Poor on the eight, because it is small; fresh ones do not matter.",
                "It is small beside U²-Net, but it has more parameters than the eight masks have "
                "pixels.",
            ),
        ),
    ),
    Question(
        "train.sides_off",
        "Only the fused map is given a loss; the six side maps get none. The fused map is made of "
        "them. What happens to the side maps, each looked at alone?",
        (
            Option(
                "Most of them stop being masks; the fused map still becomes one.",
                "Only their weighted sum has to be right. No term of the loss asks any of them to "
                "be a mask: some end as the negative of one, with a weight below 0.",
                right=True,
            ),
            Option(
                "They stay as they were at the start: without a loss there is no gradient.",
                "Without a loss *of their own*. The gradient of the fused map's loss goes back "
                "through the fusion into every side map, and on into every stage.",
            ),
            Option(
                "Nothing changes: the fused map can only be good if they are.",
                "Tempting, since it is a weighted sum of them. But a sum can be right while its "
                "parts are not: 1 is also 3 and -2.",
            ),
        ),
    ),
    _diagnosis(
        "train.broken_a",
        "Training A, beside a healthy one. Its loss falls a little and then stands at 4.85, which "
        "is seven times ln 2. Its IoU does not move. Its gradient is small, nothing jumps. What is "
        "wrong?",
        "sigmoid",
        {
            "sigmoid": "What comes out of a sigmoid lies between 0 and 1. The second sigmoid, the "
            "one in the loss, makes of that something between 0.5 and 0.73: it can never say "
            "“no”. On background the best it can do is 0.5, and that costs ln 2 in each map.",
            "rate": "Then the loss would jump, upwards too, and the gradient with it. This one "
            "creeps to a value and stands there: it has reached what it can reach.",
            "mirror": "With mirrored masks there is still something to learn by heart, so the loss "
            "falls on. Here it has a floor.",
            "slow": "Tempting, because nothing moves. But with a low rate the loss falls slowly "
            "and goes on falling. This one arrives, and at a number that is no accident.",
        },
    ),
    _diagnosis(
        "train.broken_b",
        "Training B. Mind the scale of the loss: it goes by powers of ten. What is wrong?",
        "rate",
        {
            "rate": "Each step is far longer than the slope is straight: it leaps over the valley "
            "to a higher place on the other side. What comes after looks calm, but the weights "
            "are ruined, and the IoU says so.",
            "sigmoid": "Then no number could become large: the loss of a map would lie between "
            "0.31 and 1.31, always. A loss of hundreds needs logits of hundreds.",
            "few": "An overfitting network is *good* on its training batches. This one is good "
            "nowhere.",
            "slow": "The end looks like it: a loss that hardly falls. But look at the first steps. "
            "Small steps cannot throw the loss upwards a hundredfold.",
        },
    ),
    _diagnosis(
        "train.broken_c",
        "Training C. The loss falls, and the IoU of its own batches rises, later than in the "
        "healthy run. On held-out scenes it stays poor. What is wrong?",
        "mirror",
        {
            "mirror": "Where the picture has an object, the mask often has none. The only way to "
            "please the loss is to learn each picture's wrong mask by heart: slow work, and worth "
            "nothing on a scene that it has not seen. Look at a batch before you train on it!",
            "few": "A good thought: good at home, bad abroad. But the healthy run has the same few "
            "scenes, learns them faster, and is far better on fresh ones. What is the difference?",
            "rate": "Then the curves would jump and the training IoU would not rise so steadily.",
            "slow": "It is slower. But with a low rate both IoUs would rise together, late. Here "
            "they part.",
        },
    ),
)
