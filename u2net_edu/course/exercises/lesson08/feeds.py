"""`loss.feeds`: which terms reach a stage."""

from random import Random

from ...exercise import Exercise, Misconception


def _arrows(depth: int) -> dict[str, list[str]]:
    """Who gives to whom in the U; a term hangs on its own map."""
    to: dict[str, list[str]] = {f"en{k}": [f"en{k + 1}", f"de{k}"] for k in range(1, depth)}
    to[f"en{depth}"] = [f"de{depth - 1}", f"side{depth}"]
    to |= {f"de{k}": [f"de{k - 1}", f"side{k}"] for k in range(2, depth)}
    to["de1"] = ["side1"]
    return to | {f"side{k}": ["fused"] for k in range(1, depth + 1)}


def _walk(stage: str, depth: int = 6) -> list[str]:
    """All terms downstream of a stage: a gradient comes back along every arrow."""
    to, found, waiting = _arrows(depth), set(), [stage]
    while waiting:
        here = waiting.pop()
        if here not in found:
            found.add(here)
            waiting += to.get(here, [])
    return sorted(name for name in found if name == "fused" or name.startswith("side"))


def _stages(random: Random) -> list[tuple]:
    ours = [(stage, 6) for stage in ("de3", "de1", "en6", "en1", "de5", "en4", "de2", "en2")]
    others = [("de2", 4), ("en3", 4), ("en4", 4), ("de3", 5), ("en1", 3), ("de1", 2), ("en2", 8)]
    return ours + others


def _in_order(answer, *args):
    """Their order is of no account."""
    found = answer(*args)
    names = isinstance(found, (list, tuple, set)) and all(isinstance(name, str) for name in found)
    return sorted(found) if names else found


def _split(stage: str) -> tuple[bool, int]:
    return stage.startswith("en"), int(stage[2:])


def _sides(numbers) -> list[str]:
    return [f"side{number}" for number in numbers]


def _own(stage: str, depth: int) -> list[str]:
    encoder, level = _split(stage)
    return _sides([level] if not encoder or level == depth else [])


def _by_number(stage: str, depth: int) -> list[str]:
    return _sides([_split(stage)[1]])


def _deeper(stage: str, depth: int) -> list[str]:
    return _sides(range(_split(stage)[1], depth + 1))


def _bottom_alone(stage: str, depth: int) -> list[str]:
    return ["fused", *_sides([depth])] if _split(stage) == (True, depth) else _walk(stage, depth)


def _ahead_as_behind(stage: str, depth: int) -> list[str]:
    encoder, level = _split(stage)
    return ["fused", *_sides(range(1 if encoder else level, depth + 1))]


def _only_at_the_bottom(stage: str, depth: int) -> list[str]:
    encoder, level = _split(stage)
    return ["fused", *_sides([depth] if encoder else range(1, level + 1))]


_DEEPEST = {
    "right": lambda encoder, level, depth: depth if encoder else level,
    "always six": lambda encoder, level, depth: 6 if encoder else level,
    "only across": lambda encoder, level, depth: level,
    "all": lambda encoder, level, depth: depth,
    "one short": lambda encoder, level, depth: (depth if encoder else level) - 1,
    "one more": lambda encoder, level, depth: depth if encoder else level + 1,
    "decoder's": lambda encoder, level, depth: depth - 1 if encoder else level,
}


def _terms(deepest="right", fused="fused"):
    """The list with some things wrong; `fused` is how the fused map is called, or ""."""

    def answer(stage, depth):
        encoder, level = _split(stage)
        return [fused] * bool(fused) + _sides(
            range(1, _DEEPEST[deepest](encoder, level, depth) + 1)
        )

    return answer


EXERCISE = Exercise(
    name="loss.feeds",
    task="which terms reach a stage",
    difficulty=3,
    importance=4,
    minutes=8,
    ours="lesson08.terms_that_reach",
    oracle=_walk,
    cases=_stages,
    ask=_in_order,
    turned=_terms,
    misconceptions=(
        Misconception(
            "You name the head that hangs on the stage, and nothing else. But what a stage gives "
            "goes on to other stages, and they have heads too: a gradient comes back along the "
            "same way.",
            _own,
        ),
        Misconception(
            "The head of the stage and the fused map. But between the stage and the fused map lie "
            "others, with heads of their own.",
            lambda stage, depth: ["fused", *_own(stage, depth)],
        ),
        *(
            Misconception(
                "You name the one side of the stage's own level. But what a stage gives goes on to "
                f"other stages, and they have heads too{fused}: follow the data to all of them.",
                answer,
            )
            for fused, answer in (
                (", and so has the fused map its loss", _by_number),
                ("", lambda stage, depth: ["fused", *_by_number(stage, depth)]),
            )
        ),
        *(
            Misconception(
                "You count from the stage's own number *down*, to the deepest side. The decoder "
                "runs the other way, from the deepest to de1: what de3 gives goes to de2 and de1, "
                f"and side5 was drawn before de3 ran. Which numbers come after a stage?{fused}",
                answer,
            )
            for fused, answer in (
                (" (And the fused map is made of them all.)", _deeper),
                ("", lambda stage, depth: ["fused", *_deeper(stage, depth)]),
            )
        ),
        Misconception(
            "Right, except for the deepest encoder stage: you stop at its own head. What it gives "
            "also goes up, into the first decoder stage, and on from there.",
            _bottom_alone,
        ),
        Misconception(
            "Right for U²-Net's six encoder stages, and only for them: a 6 is written into your "
            "function. `depth` says how many there are.",
            knobs={"deepest": "always six"},
        ),
        Misconception(
            "The sides are right. But the fused map is made of all of them: whatever moves one of "
            "the sides moves it, too.",
            knobs={"fused": ""},
        ),
        Misconception(
            "You list the heads of the stages *before* this one. They have answered already when "
            "its turn comes: what it does cannot change them, so their losses do not ask it for "
            "anything. Who comes after it?",
            _ahead_as_behind,
        ),
        Misconception(
            "You follow encoder stages across the U only. They also feed the stage below, and so "
            "everything that comes after that.",
            knobs={"deepest": "only across"},
        ),
        Misconception(
            "You follow encoder stages down to the bottom and stop at its head. The bottom gives "
            "to the decoder as well, and each encoder stage gives across the U.",
            _only_at_the_bottom,
        ),
        Misconception(
            "All terms, everywhere. For the encoder that is so. But side6 hangs on en6: can it "
            "depend on what de1 does, which runs last?",
            knobs={"deepest": "all"},
        ),
        Misconception(
            "The last side is missing everywhere. Where does a `range` end?",
            knobs={"deepest": "one short"},
        ),
        Misconception(
            "One side too many for the decoder stages: a stage does not reach the head of the one "
            "below it, which has run before.",
            knobs={"deepest": "one more"},
        ),
        Misconception(
            "The deepest side is missing for encoder stages. It hangs on the bottom of the U, and "
            "every encoder stage leads there.",
            knobs={"deepest": "decoder's"},
        ),
        Misconception(
            'The term of the fused map is called "fused"; "fuse" is the layer that makes it.',
            knobs={"fused": "fuse"},
        ),
        Misconception(
            "You name the fused map alone. It is made of the sides, and each side that the stage "
            "can change has a loss of its own.",
            lambda stage, depth: ["fused"],
        ),
    ),
    hints=(
        "a term asks a stage for something exactly when the stage can change the term. So put "
        "your finger on the stage and follow the data, not the gradient: which heads can you "
        "reach?",
        "from a decoder stage the only way leads up: to the next finer one, and so on to de1. "
        "From an encoder stage you can go down as well; how far up can you get from there?",
        "`level = int(stage[2:])`; the deepest head is `…` for an encoder stage and `…` for a "
        "decoder stage; then 'fused' and the sides from 1 to that one.",
    ),
)
