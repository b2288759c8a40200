"""`field.stack`: field and step of a stack with strides."""

from random import Random

from ...exercise import Exercise, Misconception


def _followed(layers) -> tuple[int, int]:
    """Follow every tap of outputs 0 and 1 back to the picture."""
    seen = []
    for output in (0, 1):
        pixels = {output}
        for kernel, dilation, stride in reversed(layers):
            pixels = {p * stride + tap * dilation for p in pixels for tap in range(kernel)}
        seen.append(pixels)
    return max(seen[0]) - min(seen[0]) + 1, min(seen[1]) - min(seen[0])


def _stacks(random: Random) -> list[tuple]:
    plain = [
        [(3, 1, 1)],
        [(2, 1, 2)],
        [(2, 1, 2), (3, 1, 1)],
        [(3, 1, 1), (2, 1, 2), (3, 1, 1), (2, 1, 2), (3, 1, 1)],
        [(3, 1, 2), (3, 2, 1)],
        [(5, 1, 3), (3, 1, 2), (3, 1, 1)],
    ]
    drawn = [
        [
            (random.choice((2, 3, 3, 5)), random.choice((1, 1, 2, 4)), random.choice((1, 1, 2, 3)))
            for _ in range(random.randint(2, 4))
        ]
        for _ in range(20)
    ]
    return [(layers,) for layers in plain + drawn]


_GROWN = {
    "right": lambda f, step, k, d, s: f + step * d * (k - 1),
    "own stride": lambda f, step, k, d, s: f + step * s * d * (k - 1),
    "own stride alone": lambda f, step, k, d, s: f + s * d * (k - 1),
    "no step": lambda f, step, k, d, s: f + d * (k - 1),
    "no dilation": lambda f, step, k, d, s: f + step * (k - 1),
    "times stride": lambda f, step, k, d, s: (f + d * (k - 1)) * s,
    "times stride first": lambda f, step, k, d, s: f * s + d * (k - 1),
    "as many as taps": lambda f, step, k, d, s: f + step * d * k,
    "whole windows": lambda f, step, k, d, s: f + step * (d * (k - 1) + 1),
}
_STRETCHED = {
    "right": lambda step, d, s: step * s,
    "added": lambda step, d, s: step + s,
    "added less one": lambda step, d, s: step + s - 1,
    "never": lambda step, d, s: step,
    "the last": lambda step, d, s: s,
    "dilated": lambda step, d, s: step * s * d,
}


def _walked(grow="right", stretch="right", field=1, backwards=False, order="field first"):
    """The loop with some things wrong."""

    def answer(layers):
        wide, step = field, 1
        for kernel, dilation, stride in layers[::-1] if backwards else layers:
            wide = _GROWN[grow](wide, step, kernel, dilation, stride)
            step = _STRETCHED[stretch](step, dilation, stride)
        return (wide, step) if order == "field first" else (step, wide)

    return answer


_ADDED = (
    "You add the stride where it multiplies. Two pools of stride 2, one after the other: how many "
    "pixels of the picture lie between two neighbours of the second one's answer?"
)


EXERCISE = Exercise(
    name="field.stack",
    task="field and step of a stack with strides",
    difficulty=3,
    importance=5,
    minutes=12,
    ours="lesson04.field_and_step",
    oracle=_followed,
    cases=_stacks,
    turned=_walked,
    misconceptions=(
        Misconception(_ADDED, knobs={"stretch": "added"}),
        Misconception(
            _ADDED + " (A stride of 1 you leave out, and rightly.)",
            knobs={"stretch": "added less one"},
        ),
        Misconception(
            "You let a layer's own stride widen its own window. The stride says where the *next* "
            "window stands; it stretches only what the layers *after* it do.",
            knobs={"grow": "own stride"},
        ),
        Misconception(
            "Each layer is stretched by its own stride alone. What of the strides of all the "
            "layers before it?",
            knobs={"grow": "own stride alone"},
        ),
        Misconception(
            "Your step is right, but your field does not use it: this is the field of the same "
            "stack without strides. After a pool, how many pixels of the picture is one step of "
            "the next kernel?",
            knobs={"grow": "no step"},
        ),
        Misconception(
            "The strides are left out altogether: this is the stack of notebook 01.",
            _walked("no step", "never"),
        ),
        Misconception(
            "Your step forgets all strides but the last one. It has to remember every layer so "
            "far.",
            knobs={"stretch": "the last"},
        ),
        Misconception(
            "The dilations are left out. The taps of a dilated kernel stand further apart.",
            knobs={"grow": "no dilation"},
        ),
        Misconception(
            "You let the dilation stretch the step. It pulls the taps of *this* kernel apart; the "
            "outputs of the layer are as close together as before.",
            knobs={"stretch": "dilated"},
        ),
        Misconception(
            "You multiply the field by the stride. With no kernel at all, only every second pixel "
            "kept, would a pixel see two?",
            knobs={"grow": "times stride"},
        ),
        Misconception(
            "You multiply the field so far by this layer's stride, and then add. From the front "
            "to the back the field only ever grows by adding; what is multiplied is the *step*.",
            knobs={"grow": "times stride first"},
        ),
        Misconception(
            "You go from the last layer to the first, and that works too. But of n neighbours with "
            "stride s, how far is it from the first to the last? Between n posts there are fewer "
            "than n gaps.",
            _walked("times stride first", backwards=True),
        ),
        Misconception(
            "You add as many pixels as the kernel has taps. One of the taps looks where the layer "
            "before looked already: by how many pixels does a 3×3 layer widen the field?",
            knobs={"grow": "as many as taps"},
        ),
        Misconception(
            "You add the whole width of each window. It begins with a pixel that the field so "
            "far covers already: by how much does a 3×3 layer *widen* the field?",
            knobs={"grow": "whole windows"},
        ),
        Misconception(
            "These are the numbers of the stack turned round. The first layer of the list is the "
            "one that looks at the picture.",
            knobs={"backwards": True},
        ),
        Misconception(
            "One too few, everywhere. Begin with no layer at all: how many pixels does a pixel "
            "see then?",
            knobs={"field": 0},
        ),
        Misconception(
            "Both numbers are right, in the other order: the field first, then the step.",
            knobs={"order": "step first"},
        ),
    ),
    hints=(
        "carry two numbers through the layers: how wide you see, and how far apart two "
        "neighbouring places of this map are *in the picture*. What does a pool of 2 do to the "
        "second one?",
        "as in notebook 01, a layer adds its span less one; but counted in *its own* steps. Each "
        "of them is as many pixels of the picture as your second number says. Only then does the "
        "layer's own stride change that number.",
        "`field, step = 1, 1`; in the loop `field += … * dilation * (kernel - 1)`, then "
        "`step … stride`; after it `return field, step`.",
    ),
)
