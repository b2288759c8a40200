"""What the exercises of this lesson share: how a class is asked, and ideas about blocks."""

from random import Random

from ...exercise import Misconception


def ask(answer, *args):
    """Build the student's block, give it weights, run it.

    Args: the widths (a depth before them), then height and width of the picture.
    """
    from ...tensors import run_block

    return run_block(answer, args[:-2], args[-2:])


def widths(random: Random) -> tuple[int, ...]:
    """Three different widths: in, inside, out."""
    return tuple(random.sample((1, 2, 3, 4, 5, 6), 3))


def pictures(random: Random) -> list[tuple]:
    """Widths and sizes for blocks that do not pool."""
    plain = [(3, 2, 4, 8, 8), (3, 4, 5, 6, 9), (4, 2, 4, 7, 5)]
    drawn_at = [(*widths(random), random.randint(4, 9), random.randint(4, 9)) for _ in range(8)]
    return plain + drawn_at


LISTED = Misconception(
    "The maps are right, but PyTorch finds no layers in your block, or not all of them, so it "
    "would not train them, save them or move them to a GPU. A layer must be an attribute, "
    "`self.something`, created in `__init__`; several layers belong in an `nn.ModuleList`, not in "
    "a plain list.",
    knobs={"listed": True},
)

OF_AN_RSU = (
    Misconception(
        "The residual is missing: you return what the U gives. What has to be added to it?",
        knobs={"residual": "none"},
    ),
    Misconception(
        "You add the input x itself. It has a different number of channels from what the U gives, "
        "and even where the numbers agree, the result differs: the residual is what the first "
        "layer made of x.",
        knobs={"residual": "x"},
    ),
    Misconception(
        "You stack the residual onto the answer of the U. The joins inside the U stack; here two "
        "maps of the same shape are *added*.",
        knobs={"residual": "stack"},
    ),
    Misconception(
        "Your U starts from x. It should start from what the first layer gives, so that every path "
        "through the block passes that layer.",
        knobs={"start": "x"},
    ),
    Misconception(
        "The order in your joins is turned round: what comes from below goes first, then the skip. "
        "Nothing complains, but trained weights would meet the wrong maps.",
        knobs={"order": "skip first"},
    ),
    Misconception(
        "You pool before the bottom layer too. The last level works on maps as large as those of "
        "the level above it; it sees further because it is dilated.",
        knobs={"pools": "all"},
    ),
    Misconception(
        "The bottom layer has no dilation in your block. Parameters and sizes are the same without "
        "it, which is why this mistake has been published several times. Look for the small ×2 in "
        "the drawing.",
        knobs={"dilation": 1},
    ),
    Misconception(
        "You never pool. All maps keep their size, as in RSU-4F; but RSU-4F dilates its layers to "
        "make up for it.",
        knobs={"pools": "none"},
    ),
    Misconception(
        "You pool before the first level too. The first level works at full size: its map is the "
        "skip that brings back the finest detail.",
        knobs={"pools": "first too"},
    ),
    Misconception(
        "Your pools drop the last row or column of an odd map. Look at the `pool` at the top of "
        "the notebook: which argument does it have that yours does not?",
        knobs={"ceil": False},
    ),
    Misconception(
        "You double on the way up, which does not fit at odd sizes. The `join` of notebook 02 asks "
        "the skip for its size.",
        knobs={"resize": "double"},
    ),
    Misconception(
        "Your resize repeats pixels (`nearest`), where U²-Net blends them (`bilinear`).",
        knobs={"resize": "nearest"},
    ),
    Misconception(
        "Your U is one level short. Count the boxes on the way down: the bottom is a level as "
        "well.",
        knobs={"levels": -1},
    ),
    Misconception(
        "Your U has one level too many. The bottom layer is one of the levels, not an extra one.",
        knobs={"levels": +1},
    ),
    Misconception(
        "All layers on the way down have dilation 2 in your block. Only the bottom one should.",
        knobs={"dilated": "all"},
    ),
    LISTED,
)
"""Ideas about the frame around the U, then about the U itself."""
