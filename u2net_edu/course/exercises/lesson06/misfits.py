"""`stages.misfits`: the rows of a table whose channels do not chain."""

from itertools import pairwise
from random import Random

from ...exercise import Exercise, Misconception
from .common import Table, all_tables, drawn_table, level_of


def _changed(table: Table, position: int, column: int, value: int) -> Table:
    name, block, *channels = table[position]
    channels[column - 2] = value
    taken, mid, given = channels
    return (*table[:position], (name, block, taken, mid, given), *table[position + 1 :])


def _carry_a_pile(rows: Table) -> list[str]:
    """Every channel by its name, stacked up as the data flow through the network."""
    flow = [("image", n) for n in range(rows[0][2])]
    encoders = sum(row[0].startswith("en") for row in rows)
    pile: list[list[tuple[str, int]]] = []
    found: list[str] = []
    for number, (name, _, taken, _, given) in enumerate(rows):
        if number >= encoders:
            flow = flow + pile.pop()
        if len(flow) != taken:
            found.append(name)
        flow = [(name, n) for n in range(given)]
        if number < encoders - 1:
            pile.append(flow)
    return found


def _tables_with_mistakes(random: Random) -> list[tuple]:
    full = all_tables()["full"]
    small = (("en1", "RSU-3", 3, 4, 6), ("en2", "RSU-2", 6, 4, 8), ("de1", "RSU-3", 14, 4, 5))
    plain = [small, _changed(small, 2, 2, 8), _changed(small, 1, 2, 3), full]
    waning = (("en1", "RSU-3", 3, 4, 9), ("en2", "RSU-2", 9, 4, 4), ("de1", "RSU-3", 13, 4, 5))
    plain += [_changed(waning, 2, 2, taken) for taken in (4, 9)]
    plain += [_changed(full, 6, 2, 512), _changed(full, 2, 4, 128), _changed(full, 8, 4, 256)]
    plain += [_changed(full, 0, 2, 1), _changed(full, 4, 3, 512)]
    drawn = []
    for _ in range(20):
        table = drawn_table(random, random.randint(2, 6))
        position, column = random.randrange(1, len(table)), random.choice((2, 2, 4))
        drawn.append(_changed(table, position, column, int(table[position][column]) + 1))
    return [(table,) for table in plain + drawn]


def _compared(rows: Table, given, skip=None) -> list[str]:
    """The rows whose `in` differs from what `given(before, partner or None)` says."""
    outs = {row[0]: row for row in rows}
    found = []
    for before, row in pairwise(rows):
        partner = outs[f"en{level_of(row)}"] if row[0].startswith("de") else None
        if row[2] != given(before, partner):
            found.append(row[0])
    return found


def _in_half(rows: Table, half: str) -> list[str]:
    return [name for name in _carry_a_pile(rows) if name.startswith(half)]


def _givers(rows: Table) -> list[str]:
    names = [row[0] for row in rows]
    return [names[names.index(name) - 1] for name in _carry_a_pile(rows)]


def _partner_by_place(rows: Table) -> list[str]:
    """Each decoder stage paired by its place among eleven rows, whatever the table."""
    found = []
    for number, (before, row) in enumerate(pairwise(rows), 1):
        given = before[4] + (rows[10 - number][4] if row[0].startswith("de") else 0)
        if row[2] != given:
            found.append(row[0])
    return found


def _wrong_partner(rows: Table) -> list[str]:
    """Each decoder stage paired with the encoder stage one deeper than its own."""
    outs = {row[0]: row[4] for row in rows}
    return [
        row[0]
        for before, row in pairwise(rows)
        if row[2] != before[4] + (outs[f"en{level_of(row) + 1}"] if row[0].startswith("de") else 0)
    ]


EXERCISE = Exercise(
    name="stages.misfits",
    task="the rows of a table whose channels do not chain",
    difficulty=3,
    importance=4,
    minutes=10,
    ours="lesson06.misfits",
    oracle=_carry_a_pile,
    cases=_tables_with_mistakes,
    misconceptions=(
        Misconception(
            "Right for eleven rows. Other tables are shorter or longer: find the partner of a "
            "decoder stage by its name, not by its place.",
            _partner_by_place,
        ),
        Misconception(
            "Every decoder stage is a misfit to you, even in the table of U²-Net itself. What "
            "comes from below is not all that it is given: who else feeds it?",
            lambda rows: _compared(rows, lambda before, partner: before[4]),
        ),
        Misconception(
            "You give a decoder stage only what comes across the U. And what comes from below?",
            lambda rows: _compared(
                rows, lambda before, partner: partner[4] if partner else before[4]
            ),
        ),
        Misconception(
            "You let the two inputs of a decoder stage lie on one another, as if they were added. "
            "They are concatenated, put side by side: how many channels are 512 beside 512?",
            lambda rows: _compared(
                rows, lambda b, partner: max(b[4], partner[4]) if partner else b[4]
            ),
        ),
        Misconception(
            "You double what comes across the U. That is right only where both inputs have the "
            "same number of channels, and from below there may come more.",
            lambda rows: _compared(rows, lambda b, partner: 2 * partner[4] if partner else b[4]),
        ),
        Misconception(
            "Your decoder stages have the wrong partners, one stage too deep. `de5` meets `en5`; "
            "`en6` is below it already.",
            _wrong_partner,
        ),
        Misconception(
            "You never find a misfit in the decoder. The way up has rows too.",
            lambda rows: _in_half(rows, "en"),
        ),
        Misconception(
            "You never find a misfit in the encoder. What does `en3` take, and what does `en2` "
            "give?",
            lambda rows: _in_half(rows, "de"),
        ),
        Misconception(
            "You stop at the first misfit. One wrong number can show in two places, so all of "
            "them are wanted. Does your loop end with a `return` inside it?",
            lambda rows: _carry_a_pile(rows)[:1],
        ),
        Misconception(
            "You name the row before the misfit. Perhaps that one is to blame, but this is the "
            "next question: here, name the rows that are not given what they take.",
            _givers,
        ),
        Misconception(
            "You compare with what a stage has *inside*. What leaves it is its last number.",
            lambda rows: _compared(
                rows, lambda before, partner: before[3] + (partner[3] if partner else 0)
            ),
        ),
        Misconception(
            "You want the first row to take 3 channels. A photograph has 3; but nothing forbids "
            "a table for grey images, and nothing in the table says what the image is.",
            lambda rows: (["en1"] if rows[0][2] != 3 else []) + _carry_a_pile(rows),
        ),
    ),
    hints=(
        "go through the table with your finger. What does `en2` take? What did the row before it "
        "give? Now `de5`: there are two fingers, one on the row before it and one on `en5`.",
        "a loop over the rows from the second one on, each with the row before it. For a name "
        "that begins with `de`, what the encoder stage of the same number gives comes on top. A "
        "dictionary from names to what they give is useful.",
        "`for before, row in zip(rows, rows[1:]): given = before[4]`, then "
        '`if row[0].startswith("de"): given += …`, then `if row[…] != given: found.append(…)`.',
    ),
)
