"""Lesson 06, the whole network: its guesses and exercises.

The oracles do not know the formulas: they pick every second pixel, carry channels in a pile, or
build the thing and count.
"""

from functools import lru_cache, partial
from itertools import pairwise
from random import Random

from ..exercise import Exercise, Misconception, Option, Question
from ..solutions import lesson06 as solutions

Row = tuple[str, str, int, int, int]
Table = tuple[Row, ...]


def _tables() -> dict[str, Table]:
    """The package's own tables as plain rows. Imported late: it brings torch."""
    from ...architecture import spec

    tables = {"full": spec.U2NET, "lite": spec.U2NET_LITE, "classroom": spec.U2NET_CLASSROOM}
    return {
        name: tuple(
            (row.name, row.block, row.in_channels, row.mid_channels, row.out_channels)
            for row in table.stages
        )
        for name, table in tables.items()
    }


def _drawn_table(random: Random, depth: int) -> Table:
    """A table of that many encoder stages, in which all channels chain."""
    given, piled, rows = random.randint(1, 4), [], []
    names = [f"en{i}" for i in range(1, depth + 1)] + [f"de{i}" for i in range(depth - 1, 0, -1)]
    for name in names:
        taken = given + piled.pop() if name.startswith("de") else given
        block = random.choice(("RSU-2", "RSU-3", "RSU-4", "RSU-4F", "RSU-5", "RSU-7"))
        given = random.randint(2, 9)
        rows.append((name, block, taken, random.randint(1, 5), given))
        if name.startswith("en") and name != f"en{depth}":
            piled.append(given)
    return tuple(rows)


def _changed(table: Table, position: int, column: int, value: int) -> Table:
    row = list(table[position])
    row[column] = value
    return (*table[:position], tuple(row), *table[position + 1 :])


def _level(row: Row) -> int:
    return int(row[0][2:])


# --- The shape of what a stage gives


def _pick_every_second(row: Row, height: int, width: int) -> tuple[int, int, int]:
    """Pixels by their numbers; a pool keeps those that begin a pair, the last alone if need be."""
    rows, columns = range(height), range(width)
    for _ in range(_level(row) - 1):
        rows, columns = rows[::2], columns[::2]
    return row[4], len(rows), len(columns)


def _rows_and_sizes(random: Random) -> list[tuple]:
    full = _tables()["full"]
    plain = [(full[0], 320, 320), (full[2], 320, 320), (full[6], 320, 320), (full[5], 288, 288)]
    odd = [(row, random.randint(33, 400), random.randint(33, 400)) for row in full]
    return plain + odd + [(row, 37, 53) for row in full]


def _halved(row: Row, height, width, times, halve):
    for _ in range(times):
        height, width = halve(height), halve(width)
    return row[4], height, width


def _up(n: int) -> int:
    return n - n // 2


def _place(row: Row) -> int:
    """How many stages come before it, in a network of six encoder stages."""
    return _level(row) - 1 if row[0].startswith("en") else 11 - _level(row)


STAGE_SHAPE = Exercise(
    name="stages.shape",
    task="the shape of what a stage gives, at any size",
    difficulty=2,
    importance=5,
    minutes=8,
    solution=solutions.stage_shape,
    oracle=_pick_every_second,
    cases=_rows_and_sizes,
    misconceptions=(
        Misconception(
            "You halve once too often. `en1` has no pool before it: it looks at the photograph "
            "itself. How many pools are there before `en2`?",
            lambda r, h, w: _halved(r, h, w, _level(r), _up),
        ),
        Misconception(
            "Two things. You halve once too often: `en1` has no pool before it. And you round "
            "down: of 37 pixels a pool here keeps 19.",
            lambda r, h, w: _halved(r, h, w, _level(r), lambda n: n // 2),
        ),
        Misconception(
            "You round down. These pools keep what is left over: of 37 pixels, 18 pairs and one "
            "alone are kept as 19. (Notebook 02 calls that ceil mode.)",
            lambda r, h, w: _halved(r, h, w, _level(r) - 1, lambda n: n // 2),
        ),
        Misconception(
            "You halve into fractions. There is no half pixel: what becomes of the last one, when "
            "it has no partner?",
            lambda r, h, w: _halved(r, h, w, _level(r) - 1, lambda n: n / 2),
        ),
        Misconception(
            "You round to the nearest, and Python rounds halves to the even number: 18.5 becomes "
            "18, 19.5 becomes 20. Should a pool of 37 and one of 39 pixels behave so differently?",
            lambda r, h, w: _halved(r, h, w, _level(r) - 1, lambda n: round(n / 2)),
        ),
        Misconception(
            "You divide once by all the pools together, and round to the nearest. A pool does not "
            "round: a pixel that is left over is always kept. What becomes of 37 in the first one?",
            lambda r, h, w: _halved(r, h, w, 1, lambda n: round(n / 2 ** (_level(r) - 1))),
        ),
        Misconception(
            "You go on halving on the way up. A decoder stage first resizes what it is given, to "
            "the size of its partner across the U: which one is the partner of `de4`?",
            lambda r, h, w: _halved(r, h, w, _place(r), _up),
        ),
        Misconception(
            "You halve once, whatever the stage. `en4` has three pools between itself and the "
            "photograph.",
            lambda r, h, w: _halved(r, h, w, min(_level(r) - 1, 1), _up),
        ),
        Misconception(
            "Your maps never shrink. Inside a stage nothing is lost, but between two stages of the "
            "encoder there is a pool.",
            lambda r, h, w: (r[4], h, w),
        ),
        Misconception(
            "Rows and columns are right. The channels are those that come *in*; what does the "
            "stage give?",
            lambda r, h, w: (r[2], *_halved(r, h, w, _level(r) - 1, _up)[1:]),
        ),
        Misconception(
            "Rows and columns are right. The channels are those *inside*; they never leave the "
            "stage.",
            lambda r, h, w: (r[3], *_halved(r, h, w, _level(r) - 1, _up)[1:]),
        ),
        Misconception(
            "Columns and rows have changed places: torch says the height first.",
            lambda r, h, w: _halved(r, w, h, _level(r) - 1, _up),
        ),
        Misconception(
            "All three numbers are right, in another order: torch puts the channels first.",
            lambda r, h, w: (*_halved(r, h, w, _level(r) - 1, _up)[1:], r[4]),
        ),
    ),
    hints=(
        "which stages work at the same size? Find `de4` in the table, and its partner across the "
        "U, the stage of the same number. What does the number in a stage's name tell you?",
        "a loop that runs once for each pool between the photograph and this level, and the "
        "channels from the last column of the row. Try 37: 37, 19, 10, 5, 3, 2.",
        "`for _ in range(int(row[0][2:]) - …): height = (height + …) // 2`, the same for the "
        "width; then `return (row[…], height, width)`.",
    ),
)


# --- Rows that do not fit


def _carry_a_pile(rows: Table) -> list[str]:
    """Every channel by its name, stacked up as the data flow through the network."""
    flow = [("image", n) for n in range(rows[0][2])]
    encoders = sum(row[0].startswith("en") for row in rows)
    pile, found = [], []
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
    full = _tables()["full"]
    small = (("en1", "RSU-3", 3, 4, 6), ("en2", "RSU-2", 6, 4, 8), ("de1", "RSU-3", 14, 4, 5))
    plain = [small, _changed(small, 2, 2, 8), _changed(small, 1, 2, 3), full]
    waning = (("en1", "RSU-3", 3, 4, 9), ("en2", "RSU-2", 9, 4, 4), ("de1", "RSU-3", 13, 4, 5))
    plain += [_changed(waning, 2, 2, taken) for taken in (4, 9)]
    plain += [_changed(full, 6, 2, 512), _changed(full, 2, 4, 128), _changed(full, 8, 4, 256)]
    plain += [_changed(full, 0, 2, 1), _changed(full, 4, 3, 512)]
    drawn = []
    for _ in range(20):
        table = _drawn_table(random, random.randint(2, 6))
        position, column = random.randrange(1, len(table)), random.choice((2, 2, 4))
        drawn.append(_changed(table, position, column, table[position][column] + 1))
    return [(table,) for table in plain + drawn]


def _compared(rows: Table, given, skip=None) -> list[str]:
    """The rows whose `in` differs from what `given(before, partner or None)` says."""
    outs = {row[0]: row for row in rows}
    found = []
    for before, row in pairwise(rows):
        partner = outs[f"en{_level(row)}"] if row[0].startswith("de") else None
        if row[2] != given(before, partner):
            found.append(row[0])
    return found


def _right_input(before: Row, partner: Row | None) -> int:
    return before[4] + (partner[4] if partner else 0)


def _in_half(rows: Table, half: str) -> list[str]:
    return [name for name in _carry_a_pile(rows) if name.startswith(half)]


def _givers(rows: Table) -> list[str]:
    names = [row[0] for row in rows]
    return [names[names.index(name) - 1] for name in _carry_a_pile(rows)]


def _wrong_partner(rows: Table) -> list[str]:
    """Each decoder stage paired with the encoder stage one deeper than its own."""
    outs = {row[0]: row[4] for row in rows}
    return [
        row[0]
        for before, row in pairwise(rows)
        if row[2] != before[4] + (outs[f"en{_level(row) + 1}"] if row[0].startswith("de") else 0)
    ]


MISFITS = Exercise(
    name="stages.misfits",
    task="the rows of a table whose channels do not chain",
    difficulty=3,
    importance=4,
    minutes=10,
    solution=solutions.misfits,
    oracle=_carry_a_pile,
    cases=_tables_with_mistakes,
    misconceptions=(
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
            "next question: here the rows are wanted that are not given what they take.",
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
        "go through the table with a finger. What does `en2` take? What did the row before it "
        "give? Now `de5`: there are two fingers, one on the row before it and one on `en5`.",
        "a loop over the rows from the second one on, each with the row before it. For a name that "
        "begins with `de`, what the encoder stage of the same number gives comes on top. A "
        "dictionary from names to what they give is handy.",
        "`for before, row in zip(rows, rows[1:]): given = before[4]`, then "
        '`if row[0].startswith("de"): given += …`, then `if row[…] != given: found.append(…)`.',
    ),
)


# --- The small table from the full one


def _laid_side_by_side(row: Row, mid: int = 16, out: int = 64) -> Row:
    """What a stage takes, laid out channel by channel: from the image, below, across."""
    side = ["row"] * out
    fed = {"en": side, "de": side + side}[row[0][:2]] if row[0] != "en1" else ["image"] * row[2]
    return (row[0], row[1], len(fed), mid, out)


def _rows_to_narrow(random: Random) -> list[tuple]:
    full = _tables()["full"]
    plain = [(row, 16, 64) for row in full]
    grey = ("en1", "RSU-7", 1, 32, 64)
    drawn = [(random.choice(full), random.randint(2, 40), random.randint(2, 90)) for _ in range(12)]
    return [*plain, (grey, 16, 64), *drawn, (full[0], 8, 16), (full[6], 8, 16)]


NARROW = Exercise(
    name="stages.narrow",
    task="the small network's table, row by row",
    difficulty=2,
    importance=4,
    minutes=6,
    solution=solutions.narrow,
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
            lambda r, mid=16, out=64: (
                r[0], r[1], r[2] if r[0] == "en1" else out, mid, out
            ),
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
                r[0], r[1], 3 if r[0] == "en1" else _laid_side_by_side(r, mid, out)[2], mid, out
            ),
        ),
        Misconception(
            "Your decoder stages take twice what is *inside*. What is inside a stage never leaves "
            "it.",
            lambda r, mid=16, out=64: (
                r[0], r[1],
                2 * mid if r[0][0] == "d" else _laid_side_by_side(r, mid, out)[2], mid, out,
            ),
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
        "`if row[0] == \"en1\":` it takes what it took; `elif row[0].startswith(\"en\"):` it takes "
        "`…`; else it takes `…`. Then `return (row[0], row[1], taken, …, …)`.",
    ),
)  # fmt: skip


# --- Parameters


@lru_cache(maxsize=256)
def _built(depth: int, in_channels: int, mid_channels: int, out_channels: int) -> int:
    """Build it and count."""
    import torch

    from ...architecture.rsu import RSU

    with torch.device("meta"):
        block = RSU(depth, in_channels, mid_channels, out_channels)
    return sum(weight.numel() for weight in block.parameters())


def _blocks(random: Random) -> list[tuple]:
    plain = [(2, 3, 4, 5), (4, 3, 16, 64), (7, 3, 32, 64), (4, 512, 256, 512), (3, 1, 1, 1)]
    drawn = [(random.randint(2, 9), *(random.randint(1, 40) for _ in range(3))) for _ in range(15)]
    return plain + drawn


def _layers(depth: int, i: int, m: int, o: int) -> list[tuple[int, int]]:
    up = [(2 * m, m)] * (depth - 2) + [(2 * m, o)]
    return [(i, o), (o, m), *[(m, m)] * (depth - 1), *up]


def _summed(layers, cost) -> int:
    return sum(cost(taken, given) for taken, given in layers)


def _full(taken: int, given: int) -> int:
    return 9 * taken * given + given + 2 * given


BLOCK_PARAMETERS = Exercise(
    name="stages.block_parameters",
    task="the parameters of a residual U-block",
    difficulty=4,
    importance=4,
    minutes=12,
    solution=solutions.block_parameters,
    oracle=_built,
    cases=_blocks,
    misconceptions=(
        Misconception(
            "You count the weights of the kernels, and they are all there. But each convolution "
            "also has a bias, one number for every channel that it gives; and each norm has two.",
            lambda d, i, m, o: _summed(_layers(d, i, m, o), lambda t, g: 9 * t * g),
        ),
        Misconception(
            "The norms are missing. Each has two learnt numbers for every channel, a scale and a "
            "shift.",
            lambda d, i, m, o: _summed(_layers(d, i, m, o), lambda t, g: 9 * t * g + g),
        ),
        Misconception(
            "The biases are missing. They are dead weight before a norm, which takes the mean away "
            "again; but these convolutions have them all the same.",
            lambda d, i, m, o: _summed(_layers(d, i, m, o), lambda t, g: 9 * t * g + 2 * g),
        ),
        Misconception(
            "You count four numbers for each channel of a norm. Two of them, the running mean and "
            "the running variance, are measured, not learnt: they are no parameters.",
            lambda d, i, m, o: _summed(_layers(d, i, m, o), lambda t, g: 9 * t * g + 5 * g),
        ),
        Misconception(
            "Your kernels have one weight. How many pixels does a 3×3 window read?",
            lambda d, i, m, o: _summed(_layers(d, i, m, o), lambda t, g: t * g + 3 * g),
        ),
        Misconception(
            "Your decoder layers take `mid` channels. Each of them takes two things side by side: "
            "what comes from below, and what comes across.",
            lambda d, i, m, o: _summed(
                [(i, o), (o, m), *[(m, m)] * (d - 1), *[(m, m)] * (d - 2), (m, o)], _full
            ),
        ),
        Misconception(
            "Nearly: the last layer of the decoder takes two things as well. The others are right.",
            lambda d, i, m, o: _summed([*_layers(d, i, m, o)[:-1], (m, o)], _full),
        ),
        Misconception(
            "The first layer is missing, that which brings `in` channels to `out` before the U "
            "begins.",
            lambda d, i, m, o: _summed(_layers(d, i, m, o)[1:], _full),
        ),
        Misconception(
            "One layer of `mid` to `mid` channels is missing. Did you forget the bottom of the U, "
            "the dilated layer? A block of depth 7 has encoder layers 1 to 7, that one included.",
            lambda d, i, m, o: _summed([*_layers(d, i, m, o), (m, m)], _full) - 2 * _full(m, m),
        ),
        Misconception(
            "You have as many decoder layers as encoder layers. The bottom one is shared: a block "
            "of depth 7 has seven on the way down and six on the way up.",
            lambda d, i, m, o: _summed([*_layers(d, i, m, o), (2 * m, m)], _full),
        ),
        Misconception(
            "Your first encoder layer takes `in` channels. It stands behind the input layer: what "
            "does that give?",
            lambda d, i, m, o: _summed([(i, o), (i, m), *_layers(d, i, m, o)[2:]], _full),
        ),
    ),
    hints=(
        "write the layers of a small block one below the other, say `u2.RSU(3, 5, 2, 4)`, with "
        "what each takes and gives. Then count one of them: the weights, the biases, the norm.",
        "a list of pairs (takes, gives), and one sum over it. The pairs: the input layer; on the "
        "way down, one from `out` to `mid` and then only `mid` to `mid`; on the way up everything "
        "takes twice `mid`. The dilated bottom is on the way down.",
        "`layers = [(in_channels, out_channels), (out_channels, mid_channels)]`, then "
        "`layers += [(mid_channels, mid_channels)] * (depth - …)` and so on up; last "
        "add up `9 * taken * … + …` for all `taken, given in layers`.",
    ),
)


@lru_cache(maxsize=256)
def _network_built(rows: Table) -> int:
    """Build the whole network and count."""
    import torch

    from ...architecture.spec import StageSpec, U2NetSpec
    from ...architecture.u2net import U2Net

    stages = [StageSpec(*row) for row in rows]
    encoders = sum(row[0].startswith("en") for row in rows)
    with torch.device("meta"):
        network = U2Net(U2NetSpec("drawn", stages[:encoders], stages[encoders:]))
    return sum(weight.numel() for weight in network.parameters())


def _networks(random: Random) -> list[tuple]:
    small = (("en1", "RSU-3", 3, 4, 6), ("en2", "RSU-2", 6, 4, 8), ("de1", "RSU-3", 14, 4, 5))
    tables = [small, *_tables().values()]
    tables += [_drawn_table(random, random.randint(2, 4)) for _ in range(10)]
    return [(table,) for table in tables]


def _stages_alone(rows: Table) -> int:
    return sum(
        _summed(_layers(int(block[4]), taken, mid, given), _full)
        for _, block, taken, mid, given in rows
    )


def _answering(rows: Table) -> list[int]:
    """The channels of the stages that have a side head, coarsest first."""
    return [row[4] for row in rows[len(rows) // 2 :]]


def _with_heads(rows: Table, channels: list[int], head=lambda c: 9 * c + 1, fuse=None) -> int:
    heads = sum(head(c) for c in channels)
    return _stages_alone(rows) + heads + (len(channels) + 1 if fuse is None else fuse)


def _alike_heads(rows: Table, fixed: int | None) -> int:
    """Every head as if its stage gave 64 channels, as in the small network."""
    return _with_heads(rows, [64] * (fixed or len(_answering(rows))))


NETWORK_PARAMETERS = Exercise(
    name="stages.network_parameters",
    task="the parameters of the whole network",
    difficulty=3,
    importance=4,
    minutes=10,
    solution=solutions.network_parameters,
    oracle=_network_built,
    cases=_networks,
    misconceptions=(
        Misconception(
            "All stages, and nothing else. The side heads and the fusion are convolutions too.",
            lambda rows: _with_heads(rows, [], fuse=0),
        ),
        Misconception(
            "The fusion is missing: a 1×1 convolution from all side maps to one.",
            lambda rows: _with_heads(rows, _answering(rows), fuse=0),
        ),
        Misconception(
            "Nearly: the fusion has a bias as well, one number.",
            lambda rows: _with_heads(rows, _answering(rows), fuse=len(_answering(rows))),
        ),
        Misconception(
            "Your side heads are 1×1 convolutions. That is often said and never true: their "
            "kernels are 3×3. Only the fusion's is 1×1.",
            lambda rows: _with_heads(rows, _answering(rows), lambda c: c + 1),
        ),
        Misconception(
            "Your side heads have no bias: one number for the one map that each gives.",
            lambda rows: _with_heads(rows, _answering(rows), lambda c: 9 * c),
        ),
        Misconception(
            "Your side heads have norms. They are bare convolutions: what they give are logits, "
            "and nothing may bend them.",
            lambda rows: _with_heads(rows, _answering(rows), lambda c: 9 * c + 3),
        ),
        Misconception(
            "Your fusion has a 3×3 kernel. It weighs the side maps pixel by pixel: 1×1.",
            lambda rows: _with_heads(rows, _answering(rows), fuse=9 * len(_answering(rows)) + 1),
        ),
        Misconception(
            "Only the decoder answers in your network. The deepest encoder stage has a side head "
            "too, the coarsest of them all.",
            lambda rows: _with_heads(rows, _answering(rows)[1:]),
        ),
        Misconception(
            "Your side heads stand on the encoder. They listen to the decoder's stages, and to "
            "the deepest of the encoder only.",
            lambda rows: _with_heads(rows, [row[4] for row in rows[: len(rows) // 2 + 1]]),
        ),
        *(
            Misconception(
                "All your side heads cost the same. A head takes the channels of *its* stage, and "
                f"in the full network these run from 64 to 512.{more}",
                partial(_alike_heads, fixed=fixed),
            )
            for fixed, more in ((None, ""), (6, " (And not every network has six of them.)"))
        ),
        Misconception(
            "Every one of your stages has a side head. The first encoder stages have none: what "
            "they know reaches an answer across the U.",
            lambda rows: _with_heads(rows, [row[4] for row in rows]),
        ),
    ),
    hints=(
        "you have a function for one block already. What else in the network has weights? In the "
        "drawing: the column to the right of the decoder, and the box at the end.",
        "a sum over all rows; then, for the deepest encoder stage and every decoder stage, a 3×3 "
        "convolution from what it gives to one map, with a bias; then one 1×1 convolution from "
        "these maps to one, with a bias. In a table of 11 rows, rows 5 to 10 have a head.",
        "`total += block_parameters(int(block[4]), …)` in a loop over all rows; "
        "`for row in rows[len(rows) // 2:]: total += …`; and "
        "`return total + … + 1` for the fusion.",
    ),
)

EXERCISES = (STAGE_SHAPE, MISFITS, NARROW, BLOCK_PARAMETERS, NETWORK_PARAMETERS)

QUESTIONS = (
    Question(
        "stages.size_288",
        "The authors train on crops of 288×288 pixels. How large is the map of `en6` then?",
        (
            Option("4×4", "That is 288 halved six times. Between `en1` and `en6` are five pools."),
            Option("9×9", "288, 144, 72, 36, 18, 9: five pools, and each halves exactly.", True),
            Option("10×10", "That is the map of `en6` for an image of 320 pixels."),
            Option(
                "18×18",
                "That is `en5`. A pool comes before each encoder stage but the first, so five "
                "in all.",
            ),
        ),
    ),
    Question(
        "stages.which_half",
        "Maps A and B have 40×40 pixels. One is of `en4`, on the way down, the other of `de4`, on "
        "the way up. Which is which? Say what is more likely.",
        (
            Option(
                "A is of `en4`, B of `de4`",
                "A marks edges and is dark everywhere else. B speaks of whole areas, lit or dark: "
                "it has heard from below what belongs together.",
                True,
            ),
            Option(
                "A is of `de4`, B of `en4`",
                "It is tempting to think that the sharper map comes later. But sharp lines are "
                "what an encoder finds first; which of them matter is decided further down.",
            ),
            Option(
                "nobody can tell from one map",
                "A fair answer: a single map may deceive, and at other sizes many do. For these "
                "two there is a reason to bet: thin lines on nothing, against whole areas. The "
                "next cell counts it over all maps.",
            ),
        ),
    ),
    Question(
        "stages.de5_takes",
        "At 288, `en6` gives 512 maps of 9×9 and `en5` gives 512 maps of 18×18. What does the "
        "block of `de5` take?",
        (
            Option(
                "512 maps of 18×18",
                "That would be right if the two were added. Many write-ups say so. But the join "
                "is a concatenation.",
            ),
            Option(
                "1024 maps of 18×18",
                "What comes from below is resized to its partner's 18×18, and the two stacks are "
                "put one on the other: 512 + 512.",
                True,
            ),
            Option(
                "1024 maps of 9×9",
                "It is the lower one that is resized, to the size of its partner across the U; "
                "else the detail of `en5` would be thrown away.",
            ),
            Option(
                "512 maps of 9×9",
                "That is what comes from below, alone and before it is resized.",
            ),
        ),
    ),
    Question(
        "stages.two_misfits",
        "In some table your function names two rows: `en4` and `de3`. A single number in the table "
        "is wrong. Which?",
        (
            Option(
                "what `en4` takes",
                "Then `en4` alone would be a misfit: nobody but `en4` itself reads its `in`.",
            ),
            Option(
                "what `en3` gives",
                "Two rows read that number: `en4`, which comes next, and `de3`, its partner "
                "across the U.",
                True,
            ),
            Option(
                "what `de3` takes",
                "Then `de3` alone would be a misfit.",
            ),
            Option(
                "what `de4` gives",
                "`de3` reads that. But `en4` ran long before, and knows nothing of it.",
            ),
        ),
    ),
    Question(
        "stages.same_row",
        "The small network, U²-Net†, is narrow: 16 channels inside every stage and 64 out of it. "
        "Does any row of the full table stay the same?",
        (
            Option("none", "Nearly, and the exception tells something: compare the last rows."),
            Option(
                "`en1`, since it takes the same photograph",
                "It takes the same 3 channels and gives the same 64. But inside, the full network "
                "has 32 there.",
            ),
            Option(
                "`de1`",
                "128 in, 16 inside, 64 out, in both tables. The stage that works at full size was "
                "narrow already.",
                True,
            ),
            Option(
                "`en1` and `de1`, the two at full size",
                "`de1`, yes. `en1` has 32 channels inside in the full network, 16 in the small.",
            ),
        ),
    ),
    Question(
        "stages.where",
        "Three stages hold three quarters of U²-Net's parameters: `en5`, `en6` and `de5`. Which "
        "share of the multiplications do they make?",
        (
            Option(
                "about three quarters as well",
                "It would be, if each weight were used equally often. But a weight is used once "
                "for every pixel of the map, and these maps are small.",
            ),
            Option(
                "about a half",
                "Less: their maps have 20×20 and 10×10 pixels, while `de1` has 320×320.",
            ),
            Option(
                "about a sixth",
                "17 percent. Their weights are many, but each is used on few pixels.",
                True,
            ),
            Option(
                "nearly none",
                "Their maps are small, but they are wide: 512 channels out, 256 inside.",
            ),
        ),
    ),
    Question(
        "stages.invisible",
        "Somebody writes RSU-4 in place of RSU-4F into the row of `en5`. Who notices?",
        (
            Option(
                "your function: the channels no longer chain",
                "It compares `in` and `out`, and these have not changed.",
            ),
            Option(
                "who counts parameters",
                "Both blocks have the same layers with the same weights. Pools, resizing and "
                "dilation have none.",
            ),
            Option(
                "who loads the authors' weights",
                "Every weight finds its place, with the right name and the right shape. It loads.",
            ),
            Option(
                "only who runs or traces it",
                "Same channels, same parameters, same names of weights. But inside, the maps "
                "shrink now, and the multiplications become fewer.",
                True,
            ),
        ),
    ),
)
