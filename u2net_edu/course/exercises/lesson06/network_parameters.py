"""`stages.network_parameters`: the parameters of the whole network."""

from functools import lru_cache, partial
from random import Random

from ...exercise import Exercise, Misconception
from .common import Table, _layers, all_tables, drawn_table, full_cost, summed


@lru_cache(maxsize=256)
def _network_built(rows: Table) -> int:
    """Build the whole network and count."""
    import torch

    from ....architecture.spec import StageSpec, U2NetSpec
    from ....architecture.u2net import U2Net

    stages = tuple(StageSpec(*row) for row in rows)
    encoders = sum(row[0].startswith("en") for row in rows)
    with torch.device("meta"):
        network = U2Net(U2NetSpec("drawn", stages[:encoders], stages[encoders:]))
    return sum(weight.numel() for weight in network.parameters())


def _networks(random: Random) -> list[tuple]:
    small = (("en1", "RSU-3", 3, 4, 6), ("en2", "RSU-2", 6, 4, 8), ("de1", "RSU-3", 14, 4, 5))
    tables = [small, *all_tables().values()]
    tables += [drawn_table(random, random.randint(2, 4)) for _ in range(10)]
    return [(table,) for table in tables]


def _stages_alone(rows: Table) -> int:
    return sum(
        summed(_layers(int(block[4]), taken, mid, given), full_cost)
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


EXERCISE = Exercise(
    name="stages.network_parameters",
    task="the parameters of the whole network",
    difficulty=3,
    importance=4,
    minutes=10,
    ours="lesson06.network_parameters",
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
            "Your deepest encoder stage is always `en6`. In a smaller table it is another: the "
            "last row whose name begins with `en`.",
            lambda rows: _with_heads(
                rows, [row[4] for row in rows if row[0] == "en6" or row[0].startswith("de")]
            ),
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
