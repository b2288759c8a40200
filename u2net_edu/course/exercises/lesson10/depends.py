"""`parts.depends`: which parts matter for some pictures only."""

from random import Random

from ...exercise import Exercise, Misconception

Table = dict[str, dict[str, float]]


def _cases(random: Random) -> list[tuple]:
    plain: Table = {
        "cup": {"en6": 0.25, "skip1": 0.02, "skip5": 0.01},
        "cat": {"en6": 0.40, "skip1": 0.12, "skip5": 0.06},
    }
    below = {
        "scene 1": {"en6": -0.01, "de3": -0.50, "skip1": -0.30},
        "scene 2": {"en6": -0.25, "de3": -0.40, "skip1": 0.02},
        "scene 3": {"en6": 0.02, "de3": -0.45, "skip1": -0.02},
    }
    edge = {"a": {"p": 0.1, "q": 0.3, "r": 0.0}, "b": {"p": 0.05, "q": 0.9, "r": 0.04}}
    mixed = {"a": {"p": 0.3, "q": -0.3}, "b": {"p": -0.3, "q": 0.01}, "c": {"p": 0.3, "q": 0.2}}
    cases = [(plain, 0.05), (plain, 0.1), (below, 0.1), (edge, 0.1), (mixed, 0.1), (plain, 0.5)]
    cases += [({"one": {"p": 0.5, "q": 0.0}}, 0.1), (edge, 0.05)]
    for _ in range(6):
        parts = [f"en{k}" for k in range(1, random.randint(4, 7))]
        numbers = [-0.6, -0.3, -0.1, -0.04, 0.0, 0.02, 0.05, 0.2]
        table = {
            f"picture {n}": {part: random.choice(numbers) for part in parts}
            for n in range(random.randint(2, 4))
        }
        cases.append((table, random.choice((0.05, 0.1, 0.2))))
    return cases


def _by_the_extremes(table: Table, enough: float) -> list[str]:
    """Sort the sizes of each part's changes; the ends of the row decide."""
    found = []
    for part in next(iter(table.values())):
        sizes = sorted(abs(row[part]) for row in table.values())
        if sizes[0] < enough <= sizes[-1]:
            found.append(part)
    return sorted(found)


def _in_order(answer, table, enough):
    """Their order is of no account; the table is a copy."""
    found = answer({picture: dict(row) for picture, row in table.items()}, enough)
    names = isinstance(found, (list, tuple, set)) and all(isinstance(name, str) for name in found)
    return sorted(set(found)) if names else found


def _chosen(size=abs, rule="some", strict=False):
    """The parts with some things wrong.

    Args:
        size: what a change counts as. rule: "some", "any", "all", "none", "mean", "spread" or
        "first". strict: a change of exactly `enough` does not count.
    """

    def answer(table, enough):
        found = []
        for part in next(iter(table.values())):
            sizes = [size(row[part]) for row in table.values()]
            matters = [s > enough if strict else s >= enough for s in sizes]
            mean = sum(sizes) / len(sizes)
            if {
                "some": any(matters) and not all(matters),
                "any": any(matters),
                "all": all(matters),
                "none": not any(matters),
                "not all": not all(matters),
                "mean": mean >= enough,
                "spread": max(sizes) - min(sizes) >= enough,
                "first": matters[0] and not all(matters),
            }[rule]:
                found.append(part)
        return found

    return answer


def _same(change: float) -> float:
    return change


def _loss(change: float) -> float:
    return -change


EXERCISE = Exercise(
    name="parts.depends",
    task="which parts matter for some pictures only",
    difficulty=2,
    importance=4,
    minutes=8,
    ours="lesson10.depends",
    oracle=_by_the_extremes,
    cases=_cases,
    ask=_in_order,
    turned=_chosen,
    misconceptions=(
        Misconception(
            "You list the parts that matter for at least one picture. Some of them matter for "
            "*every* picture; those do not depend on it.",
            knobs={"rule": "any"},
        ),
        Misconception(
            "You list the parts that matter for every picture. Asked is: for some, and not for "
            "all.",
            knobs={"rule": "all"},
        ),
        Misconception(
            "You list the parts that matter for no picture at all. They can be spared, and that "
            "does not depend on the picture.",
            knobs={"rule": "none"},
        ),
        Misconception(
            "You list the parts that at least one picture can spare. Some of them *every* picture "
            "can spare.",
            knobs={"rule": "not all"},
        ),
        Misconception(
            "You take the mean over the pictures, and a mean hides just what is asked: a part "
            "that is vital for one picture and idle for three looks like one that is a little "
            "useful everywhere.",
            knobs={"rule": "mean"},
        ),
        Misconception(
            "You ask how far the numbers lie apart. Two changes can differ by a lot and both be "
            "large: then the part matters for either picture.",
            knobs={"rule": "spread"},
        ),
        Misconception(
            "You ask the first picture, and whether the others differ from it. A part that is "
            "idle in the first and vital in the second depends on the picture too.",
            knobs={"rule": "first"},
        ),
        Misconception(
            "A change below 0 never counts for you. In a table of IoU a part that is missed has "
            "a change *below* 0: how far from 0 is it?",
            knobs={"size": _same},
        ),
        Misconception(
            "Only a fall counts for you. A mask that gets better without a part, or moves, has "
            "changed as well: how far from 0?",
            knobs={"size": _loss},
        ),
        Misconception(
            "A change of exactly `enough` is enough.",
            knobs={"strict": True},
        ),
    ),
    hints=(
        "for each part, ask every picture: does it matter here? You need a yes and a no.",
        "a part matters for a picture if its change is at least `enough` away from 0, on either "
        "side. `any` and `all` ask many at once.",
        "`sizes = [abs(row[…]) for row in table.values()]`; the largest of them must be enough, "
        "and the smallest must …",
    ),
)
