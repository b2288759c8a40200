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


EXERCISE = Exercise(
    name="train.stop_at",
    task="when a patient trainer stops",
    difficulty=4,
    importance=4,
    minutes=12,
    ours="lesson09.stop_at",
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
