"""`stages.narrow`: the small network's table, row by row."""

from random import Random

from ...exercise import Exercise, Misconception
from .common import Row, all_tables


def _laid_side_by_side(row: Row, mid: int = 16, out: int = 64) -> Row:
    """What a stage takes, laid out channel by channel: from the image, below, across."""
    side = ["row"] * out
    fed = {"en": side, "de": side + side}[row[0][:2]] if row[0] != "en1" else ["image"] * row[2]
    return (row[0], row[1], len(fed), mid, out)


def _rows_to_narrow(random: Random) -> list[tuple]:
    full = all_tables()["full"]
    plain = [(row, 16, 64) for row in full]
    grey = ("en1", "RSU-7", 1, 32, 64)
    drawn = [(random.choice(full), random.randint(2, 40), random.randint(2, 90)) for _ in range(12)]
    return [*plain, (grey, 16, 64), *drawn, (full[0], 8, 16), (full[6], 8, 16)]


EXERCISE = Exercise(
    name="stages.narrow",
    task="the small network's table, row by row",
    difficulty=2,
    importance=4,
    minutes=6,
    ours="lesson06.narrow",
    oracle=_laid_side_by_side,
    cases=_rows_to_narrow,
    misconceptions=(
        Misconception(
            "`mid` and `out` have changed places: what is inside comes first.",
            lambda r, mid=16, out=64: (*_laid_side_by_side(r, mid, out)[:3], out, mid),
        ),
        Misconception(
            "Your stages take what they took in the full network. But the stages before them give "
            "less now: look at what `en3` would be given.",
            lambda r, mid=16, out=64: (r[0], r[1], r[2], mid, out),
        ),
        Misconception(
            "Your decoder stages take what one stage gives. There are two that feed `de5`.",
            lambda r, mid=16, out=64: (r[0], r[1], r[2] if r[0] == "en1" else out, mid, out),
        ),
        Misconception(
            "All is right but `en1`: before it there is no stage that gives `out`, there is the "
            "image. How many channels has that? The old row knows.",
            lambda r, mid=16, out=64: (r[0], r[1], (1 + r[0].startswith("de")) * out, mid, out),
        ),
        Misconception(
            "Two things. A decoder stage is fed by two stages, not by one. And before `en1` "
            "there is no stage, there is the image.",
            lambda r, mid=16, out=64: (r[0], r[1], out, mid, out),
        ),
        Misconception(
            "Right for colour photographs only: your `en1` always takes 3. The old row says how "
            "many channels its image has.",
            lambda r, mid=16, out=64: (
                r[0],
                r[1],
                3 if r[0] == "en1" else _laid_side_by_side(r, mid, out)[2],
                mid,
                out,
            ),
        ),
        Misconception(
            "Your decoder stages take twice what is *inside*. What is inside a stage never leaves "
            "it.",
            lambda r, mid=16, out=64: (
                r[0],
                r[1],
                2 * mid if r[0][0] == "d" else _laid_side_by_side(r, mid, out)[2],
                mid,
                out,
            ),
        ),
        Misconception(
            "You make `in` narrower by as much as `out` became narrower. But this network is flat: "
            "every stage gives `out`, however much the old one gave.",
            lambda r, mid=16, out=64: (
                r[0],
                r[1],
                r[2] if r[0] == "en1" else r[2] * out // r[4],
                mid,
                out,
            ),
        ),
        Misconception(
            "You make `in` narrower by as much as `out` became narrower, the image's channels "
            "among them. But this network is flat: every stage gives `out`, however much the old "
            "one gave; and the image stays as it is.",
            lambda r, mid=16, out=64: (r[0], r[1], r[2] * out // r[4], mid, out),
        ),
        Misconception(
            "Right for †, and only for it: 16, 64 and 128 are written into your function. Use "
            "`mid` and `out`.",
            lambda r, mid=16, out=64: _laid_side_by_side(r, 16, 64),
        ),
    ),
    hints=(
        "two numbers of the new row are simply given. Only `in` needs thought: who feeds this "
        "stage, and how much does each of them give now?",
        "three kinds of stages: the first, the others of the encoder, those of the decoder. The "
        "name tells which it is.",
        '`if row[0] == "en1":` it takes what it took; `elif row[0].startswith("en"):` it takes '
        "`…`; else it takes `…`. Then `return (row[0], row[1], taken, …, …)`.",
    ),
)
