"""`rsu.plain`: two layers in a row."""

from ...exercise import Exercise, Misconception, later
from .common import LISTED, ask, pictures

EXERCISE = Exercise(
    name="rsu.plain",
    task="two layers in a row",
    difficulty=1,
    importance=4,
    minutes=6,
    ours="lesson03.Plain",
    oracle=later(__package__, "by_hand.plain"),
    cases=pictures,
    ask=ask,
    turned=later(__package__, "blocks.chain"),
    misconceptions=(
        Misconception(
            "One layer is missing: yours goes from in to out in a single step, and mid plays no "
            "role.",
            knobs={"steps": ("io",)},
        ),
        Misconception(
            "Your second layer is made but not used: what comes out has mid channels.",
            knobs={"used": 1},
        ),
        Misconception(
            "Your second layer gives mid channels. Which width does the row say should come out?",
            knobs={"steps": ("im", "mm")},
        ),
        Misconception(
            "There is one layer too many, from mid to mid. The drawing has two boxes.",
            knobs={"steps": ("im", "mm", "mo")},
        ),
        Misconception(
            "Your first layer goes to out at once, and mid is not used. The middle width lies "
            "*between* the two layers.",
            knobs={"steps": ("io", "oo")},
        ),
        Misconception(
            "Your layers run in the wrong order: the second one expects mid channels, but is given "
            "those of the picture.",
            knobs={"turned": True},
        ),
        Misconception(
            "These are bare convolutions. A layer of U²-Net is three things in a row; "
            "`u2.ConvNormRelu` has them all.",
            knobs={"bare": True},
        ),
        LISTED,
    ),
    hints=(
        "`__init__` says what the block has, `forward` what it does with it. What does a block of "
        "two boxes have?",
        "two layers. The first takes the channels that come in and gives the channels inside; that "
        "tells you what the second takes and gives. `forward` sends x through both.",
        "`self.layer1 = u2.ConvNormRelu(in_channels, …)`, `self.layer2 = u2.ConvNormRelu(…, …)`; "
        "in `forward`, `x = self.layer1(x)`, then … and `return`.",
    ),
)
