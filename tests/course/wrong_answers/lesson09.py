"""What students first write in notebook 09."""

from itertools import pairwise


def overlap_agrees(said, mask):
    return sum((s >= 0.5) == bool(t) for s, t in zip(said, mask)) / len(mask)


def overlap_sum_below(said, mask):
    hit = sum(1 for s, t in zip(said, mask) if s >= 0.5 and t)
    total = sum(s >= 0.5 for s in said) + sum(mask)
    return hit / total if total > 0 else 1.0


def overlap_recall(said, mask):
    if sum(mask) == 0:
        return 1.0
    return sum(t for s, t in zip(said, mask) if s >= 0.5) / sum(mask)


def overlap_precision(said, mask):
    chosen = [t for s, t in zip(said, mask) if s >= 0.5]
    return sum(chosen) / len(chosen) if chosen else 1.0


def overlap_more_than_half(said, mask):
    marked = [int(s > 0.5) for s in said]
    union = sum(max(m, t) for m, t in zip(marked, mask))
    return sum(min(m, t) for m, t in zip(marked, mask)) / union if union else 1.0


def overlap_empty_is_nothing(said, mask):
    marked = [int(s >= 0.5) for s in said]
    return sum(m * t for m, t in zip(marked, mask)) / max(
        sum(max(m, t) for m, t in zip(marked, mask)), 1
    )


def steps_inverse(steps, macs, other_macs):
    return int(steps / macs * other_macs + 1e-9)


def steps_same(steps, macs, other_macs):
    return steps + 0 * (macs - other_macs)


def steps_in_parts(steps, macs, other_macs):
    return steps * (macs / other_macs)


def steps_one_more(steps, macs, other_macs):
    return -(-(steps * macs) // other_macs)


def steps_divide_first(steps, macs, other_macs):
    return macs // other_macs * steps


def stop_previous(scores, patience):
    falls = 0
    for look, (before, score) in enumerate(pairwise(scores), start=1):
        falls = falls + 1 if score <= before else 0
        if falls >= patience:
            return look
    return len(scores) - 1


def stop_never_forgives(scores, patience):
    worse = 0
    for look, score in enumerate(scores):
        if look and score <= max(scores[:look]):
            worse += 1
            if worse >= patience:
                return look
    return len(scores) - 1


def stop_late(scores, patience):
    best_at = 0
    for look, score in enumerate(scores):
        if score > scores[best_at]:
            best_at = look
        if look - best_at > patience:
            return look
    return len(scores) - 1


def stop_at_ties(scores, patience):
    best_at = 0
    for look, score in enumerate(scores):
        if score >= scores[best_at]:
            best_at = look
        if look - best_at >= patience:
            return look
    return len(scores) - 1


def stop_keeps_the_best(scores, patience):
    best_at = 0
    for look, score in enumerate(scores):
        if score > scores[best_at]:
            best_at = look
        if look - best_at >= patience:
            break
    return best_at


def overlap_divides_by_nothing(said, mask):
    marked = [s >= 0.5 for s in said]
    return sum(m and t for m, t in zip(marked, mask)) / sum(m or t for m, t in zip(marked, mask))


def overlap_mean_error(said, mask):
    return sum(abs(s - t) for s, t in zip(said, mask)) / len(said)


def stop_best_of_all(scores, patience):
    return scores.index(max(scores))


def stop_counts_the_looks(scores, patience):
    best, waited = scores[0], 0
    for look in range(1, len(scores)):
        if scores[look] > best:
            best, waited = scores[look], 0
        else:
            waited += 1
        if waited == patience:
            return look
    return len(scores)


def stop_always_len(scores, patience):
    return len(scores)


def stop_first_counts(scores, patience):
    best, waited = scores[0], 0
    for look, score in enumerate(scores):
        if score > best:
            best, waited = score, 0
        else:
            waited += 1
        if waited == patience:
            return look
    return len(scores) - 1


def steps_left_over(steps, macs, other_macs):
    return (steps * macs) % other_macs


WRONG: dict[str, list] = {
    "train.overlap": [
        (overlap_agrees, "Most of a picture is background"),
        (overlap_sum_below, "in that sum twice"),
        (overlap_recall, "how much of the object was found"),
        (overlap_precision, "marks a single pixel"),
        (overlap_more_than_half, "exactly 0.5"),
        (overlap_empty_is_nothing, "both empty"),
        (overlap_divides_by_nothing, "you divide by 0"),
        (overlap_mean_error, "the mean error"),
    ],
    "train.matched_steps": [
        (steps_inverse, "wrong way round"),
        (steps_same, "the same number of steps"),
        (steps_in_parts, "a part of a step"),
        (steps_one_more, "round up"),
        (steps_divide_first, "divide the MACs first"),
        (steps_left_over, "what is left over of the budget"),
        (lambda steps, macs, other_macs: steps * macs, "This is the budget"),
    ],
    "train.stop_at": [
        (stop_previous, "the one before it"),
        (stop_never_forgives, "forgives everything"),
        (stop_late, "One look too late"),
        (stop_at_ties, "has not beaten it"),
        (stop_keeps_the_best, "whose weights one keeps"),
        (stop_best_of_all, "cannot know the looks"),
        (stop_counts_the_looks, "Where it never does"),
        (stop_always_len, "always give the number of looks"),
        (stop_first_counts, "The first look counts against itself"),
    ],
}
"""Exercise → [(a wrong answer, words of its message)]. At least three for each exercise."""
