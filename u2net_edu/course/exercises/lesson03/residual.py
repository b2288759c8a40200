"""`rsu.residual`: a residual block."""

from ...exercise import Exercise, Misconception, later
from .common import LISTED, ask, pictures

EXERCISE = Exercise(
    name="rsu.residual",
    task="a residual block",
    difficulty=2,
    importance=5,
    minutes=8,
    ours="lesson03.Residual",
    oracle=later(__package__, "by_hand.residual"),
    cases=pictures,
    ask=ask,
    turned=later(__package__, "blocks.residual"),
    misconceptions=(
        Misconception(
            "The residual is missing: what the first layer gives goes into the heart, and nowhere "
            "else. In the drawing, two arrows leave the first box.",
            knobs={"end": "none"},
        ),
        Misconception(
            "You add the input x itself. It has a different number of channels from what the two "
            "layers give, and even where the numbers agree, the result differs. Which map has the "
            "right channels already?",
            knobs={"end": "x"},
        ),
        Misconception(
            "You stack where the drawing shows a sum. Stacking doubles the channels; adding keeps "
            "them.",
            knobs={"end": "stack"},
        ),
        Misconception(
            "You multiply the two maps. The block adds them.",
            knobs={"end": "product"},
        ),
        Misconception(
            "Your two inner layers begin with x. They should work on what the first layer made of "
            "it.",
            knobs={"start": "x"},
        ),
        Misconception(
            "Your block has no first layer: x goes into the two layers and is added to what they "
            "give. That works only if in and out are equally wide; U²-Net first brings x to the "
            "right width, with a layer of its own.",
            knobs={"start": "no first"},
        ),
        Misconception(
            "There is only one layer inside. The heart of this block is a plain block, with two.",
            knobs={"inside": 1},
        ),
        LISTED,
    ),
    hints=(
        "what the first layer gives is used twice. Keep it under a name of its own.",
        "three layers: in to out; then out to mid and mid to out, which is a plain block with "
        "`out` at both ends. The sum has as many channels as each of its two parts.",
        "in `forward`: `f1 = self.first(…)`, then `return self.heart(…) + …`.",
    ),
)
