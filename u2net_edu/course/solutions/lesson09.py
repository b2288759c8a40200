"""Lesson 09: our solutions."""


def overlap(said, mask):
    """Intersection over union of what a map marks and what is true, from 0.0 to 1.0.

    `said` has a number from 0 to 1 for each pixel; 0.5 and more is marked. `mask` has a 1 for each
    pixel of the object, else 0. Where neither marks a pixel, the answer is 1.0.
    """
    marked = [value >= 0.5 for value in said]
    true = [value == 1 for value in mask]
    both = sum(m and t for m, t in zip(marked, true))
    either = sum(m or t for m, t in zip(marked, true))
    return both / either if either else 1.0


def matched_steps(steps, macs, other_macs):
    """How many whole steps another network may take for the same work.

    The first takes `steps` steps at `macs` MACs a picture, the other needs `other_macs` a picture.
    """
    return steps * macs // other_macs


def stop_at(scores, patience):
    """At which look a patient trainer stops: its index in `scores`, counted from 0.

    It stops when the best score so far has not been beaten for `patience` looks in a row. If that
    never happens, training goes on to the last look.
    """
    best, unbeaten = scores[0], 0
    for look in range(1, len(scores)):
        unbeaten += 1
        if scores[look] > best:
            best, unbeaten = scores[look], 0
        if unbeaten == patience:
            return look
    return len(scores) - 1
