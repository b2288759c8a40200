"""`parts.touched`: what a cut can change."""

from collections.abc import Iterable
from random import Random

from ...exercise import Exercise, Misconception

Arrow = tuple[str, str]


def _u(depth: int) -> list[Arrow]:
    """The arrows of a U between its stages, in the order in which it runs."""
    down = [(f"en{k}", f"en{k + 1}") for k in range(1, depth)]
    up = [(f"en{depth}" if k == depth - 1 else f"de{k + 1}", f"de{k}") for k in range(1, depth)]
    return down + [arrow for k in range(depth - 1, 0, -1) for arrow in (up[k - 1], _skip(k))]


def _skip(level: int) -> Arrow:
    return f"en{level}", f"de{level}"


CHAIN = [("a", "b"), ("b", "c"), ("c", "d")]
FORK = [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d"), ("c", "e")]
SUM = [("x", "in"), ("in", "u"), ("u", "add"), ("in", "add"), ("add", "y")]


def _cases(random: Random) -> list[tuple]:
    cases = [(CHAIN, ("b", "c")), (FORK, ("a", "c")), (FORK, ("b", "d")), (SUM, ("in", "add"))]
    six = _u(6)
    cases += [(six, _skip(3)), (six, ("en2", "en3")), (six, ("de2", "de1")), (six, ("en6", "de5"))]
    cases += [(_u(4), _skip(1)), (_u(3), _skip(2))]
    for depth in (3, 4, 5):
        arrows = _u(depth)
        cut = random.choice(arrows)
        random.shuffle(arrows)  # a list of arrows is no order of running
        cases.append((arrows, cut))
    return cases


def _numbers(arrows: Iterable[Arrow], cut: Arrow | None) -> dict[str, float]:
    """Let a number run through every stage, each arrow with a weight of its own."""
    arrows = sorted(arrows)
    stages = sorted({stage for arrow in arrows for stage in arrow})
    values = {stage: 1.0 + 0.1 * k for k, stage in enumerate(stages)}
    for _ in stages:  # after as many rounds as there are stages, nothing moves any more
        values = {
            stage: 1.0
            + 0.1 * stages.index(stage)
            + sum(
                (0.31 + 0.017 * k) * values[giver]
                for k, (giver, taker) in enumerate(arrows)
                if taker == stage and (giver, taker) != cut
            )
            for stage in stages
        }
    return values


def _measured(arrows, cut) -> list[str]:
    before, after = _numbers(arrows, None), _numbers(arrows, tuple(cut))
    return sorted(stage for stage in before if before[stage] != after[stage])


def _in_order(answer, arrows, cut):
    """Their order is of no account."""
    found = answer(list(arrows), tuple(cut))
    names = isinstance(found, (list, tuple, set)) and all(isinstance(name, str) for name in found)
    return sorted(set(found)) if names else found


def _behind(arrows, start: str, *, back: bool = False) -> set[str]:
    found, waiting = set(), [start]
    while waiting:
        here = waiting.pop()
        found.add(here)
        ahead = {(a if back else b) for a, b in arrows if (b if back else a) == here}
        waiting += ahead - found
    return found


def _one_step(arrows, cut):
    return [cut[1], *(taker for giver, taker in arrows if giver == cut[1])]


def _later_in_the_list(arrows, cut):
    place = arrows.index(cut)
    return [cut[1], *(taker for _, taker in arrows[place:])]


EXERCISE = Exercise(
    name="parts.touched",
    task="what a cut can change",
    difficulty=3,
    importance=5,
    minutes=10,
    ours="lesson10.touched",
    oracle=_measured,
    cases=_cases,
    ask=_in_order,
    misconceptions=(
        Misconception(
            "You name the one that reads over the arrow, and nothing else. But its own value "
            "changes now, and others read that.",
            lambda arrows, cut: [cut[1]],
        ),
        Misconception(
            "The reader and those who read it, and there you stop. Who reads those?",
            _one_step,
        ),
        Misconception(
            "All that lies behind the reader is there, and the reader itself is not. Which value "
            "is the first that is computed from something else than before?",
            lambda arrows, cut: _behind(arrows, cut[1]) - {cut[1]},
        ),
        Misconception(
            "You silence the giver: everything that reads it gets something else. But one arrow "
            "is cut, and the giver's other readers get what they always got.",
            lambda arrows, cut: _behind(arrows, cut[0]) - {cut[0]},
        ),
        Misconception(
            "As if the giver itself had changed, and all behind it. What does a stage compute "
            "differently, if somebody else no longer listens to it?",
            lambda arrows, cut: _behind(arrows, cut[0]),
        ),
        Misconception(
            "The giver is in your list. It has computed its value before the arrow is used: that "
            "value is as it was, only one reader does not get it.",
            lambda arrows, cut: _behind(arrows, cut[1]) | {cut[0]},
        ),
        Misconception(
            "You walk against the arrows. What lies before the cut has been computed already; "
            "which way do the numbers run?",
            lambda arrows, cut: _behind(arrows, cut[0], back=True),
        ),
        Misconception(
            "You take what comes later in the *list*. That a stage runs later does not mean that "
            "it gets anything from here, and a list need not be in the order of running.",
            _later_in_the_list,
        ),
        Misconception(
            "All stages, always. Is there a way along the arrows from the cut to the first of "
            "them?",
            lambda arrows, cut: {stage for arrow in arrows for stage in arrow},
        ),
        Misconception(
            "Nothing changes in your answer. The others that the reader listens to are still "
            "there, but a sum of fewer terms is another sum.",
            lambda arrows, cut: [],
        ),
    ),
    hints=(
        "put your finger on the reader of the arrow that is cut. Its value changes. Which way "
        "does that go on?",
        "keep two things: what you have found, and where you still have to look. Begin both with "
        "the reader; go on as long as there is somewhere to look.",
        "`waiting = […]`, then `while waiting:` take one out, and for every arrow that starts "
        "there put its end into both lists, unless you have …",
    ),
)
