"""`train.stop_at`: when a patient trainer stops."""

from random import Random

from ...exercise import Exercise, Misconception


def _looks(scores: list[float], patience: int) -> int:
    """The first look whose last `patience` scores do not beat the best of all before them."""
    for look in range(patience, len(scores)):
        first = look - patience + 1
        if max(scores[first : look + 1]) <= max(scores[:first]):
            return look
    return len(scores) - 1


_RESETS = {
    "best": lambda score, best, before: score > best,
    "previous": lambda score, best, before: score > before,
    "ties": lambda score, best, before: score >= best,
}


def _stop(
    reset="best", late=0, give=0, end="last", start=1, forgives=True, lower=False, keeps=False
):
    """The loop with some things wrong.

    Args:
        reset: what begins the patience anew; forgives: whether it begins anew at all. late: looks
            beyond the patience. give: added to the index. end: "len" without a stop. start: the
            first look that counts. lower: less is better. keeps: the first score stays the best.
    """

    def answer(scores, patience):
        best, unbeaten = scores[0], 0
        for look in range(start, len(scores)):
            score, before = scores[look], scores[max(look - 1, 0)]
            better = score < best if lower else _RESETS[reset](score, best, before)
            unbeaten = 0 if better and forgives else unbeaten + (not better)
            if not keeps:
                best = min(best, score) if lower else max(best, score)
            if unbeaten >= patience + late:
                return look + give
        return (len(scores) if end == "len" else len(scores) - 1) + give

    return answer


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


EXERCISE = Exercise(
    name="train.stop_at",
    task="when a patient trainer stops",
    difficulty=4,
    importance=4,
    minutes=12,
    ours="lesson09.stop_at",
    oracle=_looks,
    cases=_trainings,
    turned=_stop,
    misconceptions=(
        Misconception(
            "You compare each score with the one before it. After a bad look the next one is "
            "easily better, but still worse than the best: what counts is whether *that* is "
            "beaten.",
            knobs={"reset": "previous"},
        ),
        Misconception(
            "You stop at the first look that is not better. Scores jump up and down: how many "
            "such looks in a row should a patient trainer put up with?",
            lambda scores, patience: _looks(scores, 1),
        ),
        Misconception(
            "You add up all the looks that beat nothing, even those of long ago. A new best score "
            "forgives everything before it.",
            knobs={"forgives": False},
        ),
        Misconception(
            "One look too late. The look at which the patience is used up is the last.",
            knobs={"late": 1},
        ),
        Misconception(
            "A score that equals the best has not beaten it. Your trainer keeps waiting as long "
            "as nothing changes at all.",
            knobs={"reset": "ties"},
        ),
        Misconception(
            "This is the look with the best score, the one whose weights one keeps. The question "
            "is at which look training *stops*; that is later.",
            lambda scores, patience: scores.index(max(scores[: _looks(scores, patience) + 1])),
        ),
        Misconception(
            "Your trainer wants small numbers, as for a loss. These are scores: more is better.",
            knobs={"lower": True},
        ),
        Misconception(
            "You count looks from 1. An index counts from 0.",
            knobs={"give": 1},
        ),
        Misconception(
            "You go back to the look before. The look at which the patience is used up is the "
            "last.",
            knobs={"give": -1},
        ),
        Misconception(
            "Right where it stops early. Where it never does, training goes on to the last look, "
            "and the index of that is one less than how many there are.",
            knobs={"end": "len"},
        ),
        Misconception(
            "This is the look with the best score of *all*. A trainer cannot know the looks that "
            "are still to come; asked for is the look at which it stops.",
            lambda scores, patience: scores.index(max(scores)),
        ),
        Misconception(
            "You find the best look of all, and add the patience. A trainer cannot know what is "
            "still to come: it may have stopped long before.",
            lambda scores, patience: min(scores.index(max(scores)) + patience, len(scores) - 1),
        ),
        Misconception(
            "You find the best look of all, and add the patience. A trainer cannot know what is "
            "still to come, and cannot go beyond the last look.",
            lambda scores, patience: scores.index(max(scores)) + patience,
        ),
        Misconception(
            "The first look counts against itself in your loop: it is not beaten by its own score. "
            "At the first look nothing has been waited for yet.",
            knobs={"start": 0},
        ),
        Misconception(
            "The best score never changes in your function: it stays the first one. A look that "
            "beats it is the new best.",
            knobs={"keeps": True},
        ),
        Misconception(
            "Your trainer never loses patience: it goes to the last look, always.",
            knobs={"late": 99},
        ),
        Misconception(
            "You always give the number of looks. Does your loop ever stop, and what is the index "
            "of the last look?",
            lambda scores, patience: len(scores),
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
