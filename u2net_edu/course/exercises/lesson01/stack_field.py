"""`conv.stack_field`: what one output of a stack of layers sees."""

import math
from random import Random

from ...exercise import Exercise, Misconception
from .common import seen_by


def _stacks(random: Random) -> list[tuple]:
    plain = [
        [(3, 1)],
        [(3, 1), (3, 1)],
        [(3, 1), (3, 2)],
        [(3, 1), (3, 2), (3, 4)],
        [(5, 1), (3, 2)],
    ]
    drawn = [
        [(random.choice((1, 3, 5, 7)), random.randint(1, 8)) for _ in range(random.randint(2, 5))]
        for _ in range(20)
    ]
    return [(layers,) for layers in plain + drawn]


_ONE_SIDE = (
    "You look to one side only. Each layer widens the field to the left *and* to the right of its "
    "middle tap."
)


_STEPS = {
    "right": lambda d: d,
    "none": lambda d: 1,
    "holes": lambda d: d + 1,
    "one less": lambda d: d - 1,
}
_TAPS = {
    "between": lambda k: k - 1,
    "each": lambda k: k,
    "three": lambda k: 2,
}


def _field(start=1, dilation="right", taps="between", layers="all", span=0):
    """The loop with some things wrong.

    Args:
        dilation, taps: what a layer adds, the product of the two. layers: "first", "last", "but
        first". span: 1 adds a layer's whole span.
    """

    def answer(stack):
        chosen = {"all": stack, "first": stack[:1], "last": stack[-1:], "but first": stack[1:]}
        return start + sum(_STEPS[dilation](d) * _TAPS[taps](k) + span for k, d in chosen[layers])

    return answer


EXERCISE = Exercise(
    name="conv.stack_field",
    task="what one output of a stack of layers sees",
    difficulty=3,
    importance=5,
    minutes=10,
    ours="lesson01.stack_field",
    oracle=seen_by,
    cases=_stacks,
    turned=_field,
    misconceptions=(
        Misconception(
            "You add the spans of all layers. But the window of the second layer is laid over "
            "windows that overlap: by how much does a second layer widen what you see? Click "
            "it through in the figure with two plain 3×3 layers.",
            knobs={"start": 0, "span": 1},
        ),
        Misconception(
            "You take the widest layer alone. Each of the pixels that it reads has itself "
            "been computed from several.",
            lambda layers: max(d * (k - 1) + 1 for k, d in layers),
        ),
        Misconception(
            "This is what the last layer sees of the layer before it. And what do those "
            "pixels see?",
            knobs={"layers": "last"},
        ),
        Misconception(
            "One too few, everywhere. Begin with no layer at all: how many pixels does a "
            "pixel see then?",
            knobs={"start": 0},
        ),
        Misconception(
            "You leave the dilations out: this is the field of the same stack with plain "
            "kernels. (Ports of U²-Net have been published with this mistake. They have just "
            "as many weights, so counting weights does not show it.)",
            knobs={"dilation": "none"},
        ),
        Misconception(
            "You multiply the spans. Two plain 3×3 layers would then see 9 pixels in a row: "
            "click two plain layers in the figure, and count.",
            lambda layers: math.prod(d * (k - 1) + 1 for k, d in layers),
        ),
        Misconception(
            "You read each dilation as the number of holes between two taps. It is the step "
            "from one tap to the next.",
            knobs={"dilation": "holes"},
        ),
        Misconception(
            "Your steps from tap to tap are one too short. A dilation of 1 means neighbours: from "
            "one pixel to the next is one step.",
            knobs={"dilation": "one less"},
        ),
        Misconception(
            "You count as many gaps as taps. How many gaps are there between three taps?",
            knobs={"taps": "each"},
        ),
        Misconception(
            "You let the dilations multiply from layer to layer, as strides would. A dilation "
            "pulls apart the taps of its own layer; the pixels that come out stay neighbours.",
            lambda layers: (
                1
                + sum(
                    math.prod(d for _, d in layers[: i + 1]) * (k - 1)
                    for i, (k, _) in enumerate(layers)
                )
            ),
        ),
        Misconception(
            "You multiply the kernels. Two plain 3×3 layers would then see 9 pixels in a row: "
            "click two plain layers in the figure, and count.",
            lambda layers: math.prod(k for k, _ in layers),
        ),
        Misconception(
            "You take the largest kernel alone. Each of the pixels that it reads has itself been "
            "computed from several, and its taps may stand apart.",
            lambda layers: max(k for k, _ in layers),
        ),
        Misconception(
            "You add kernel × dilation for each layer. After the last tap nothing follows, "
            "and windows of neighbours overlap.",
            lambda layers: sum(k * d for k, d in layers),
        ),
        Misconception(
            _ONE_SIDE + " The pixel in the middle is seen as well.",
            lambda layers: sum(d for _, d in layers),
        ),
        Misconception(
            _ONE_SIDE,
            lambda layers: 1 + sum(d for _, d in layers),
        ),
        Misconception(
            _ONE_SIDE + " Your kernels are halved, and their middle is lost.",
            lambda layers: sum(k // 2 * d for k, d in layers),
        ),
        Misconception(
            _ONE_SIDE + " A kernel has two halves.",
            lambda layers: 1 + sum(k // 2 * d for k, d in layers),
        ),
        Misconception(
            "Right for kernels of 3, and only for them: a kernel of 5 has four steps between "
            "its taps, not two, and a kernel of 1 has none.",
            knobs={"taps": "three"},
        ),
        Misconception(
            "Only the first layer counts in your answers. If you have a loop: is its `return` "
            "inside it? Then the loop ends in its first round.",
            knobs={"layers": "first"},
        ),
        Misconception(
            "The first layer is missing: the loop has to begin with it, and one pixel is what you "
            "see before it.",
            knobs={"layers": "but first"},
        ),
        Misconception(
            "The first layer is counted twice: you begin with it, and then the loop begins "
            "with it once more.",
            lambda layers: (
                1 + sum(d * (k - 1) for k, d in layers) + layers[0][1] * (layers[0][0] - 1)
            ),
        ),
    ),
    hints=(
        "without any layer a pixel sees itself. Then let the layers come one by one: how much "
        "wider does a window get when each of its pixels looks a little further to both sides?",
        "a loop over the layers with one number that grows. What a layer adds does not depend "
        "on the other layers: it is what its own span has beyond the one pixel in its middle.",
        "`field = …` before the loop; in it `field += dilated_span(kernel, dilation) - …`; "
        "after it `return field`.",
    ),
)
