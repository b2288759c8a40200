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


def _walked(grow, stretch, field=1, backwards=False):
    """Somebody's loop: `grow(field, step, k, d, s)`, then `stretch(step, d, s)`."""

    def answer(layers):
        wide, step = field, 1
        for kernel, dilation, stride in layers[::-1] if backwards else layers:
            wide = grow(wide, step, kernel, dilation, stride)
            step = stretch(step, dilation, stride)
        return wide, step

    return answer


def _right_growth(field, step, k, d, s):
    return field + step * d * (k - 1)


def _right_step(step, d, s):
    return step * s


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
    misconceptions=(
        Misconception(_ADDED, _walked(_right_growth, lambda step, d, s: step + s)),
        Misconception(
            _ADDED + " (A stride of 1 you leave out, and rightly.)",
            _walked(_right_growth, lambda step, d, s: step + s - 1),
        ),
        Misconception(
            "You let a layer's own stride widen its own window. The stride says where the *next* "
            "window stands; it stretches only what the layers *after* it do.",
            _walked(lambda f, step, k, d, s: f + step * s * d * (k - 1), _right_step),
        ),
        Misconception(
            "Each layer is stretched by its own stride alone. What of the strides of all the "
            "layers before it?",
            _walked(lambda f, step, k, d, s: f + s * d * (k - 1), _right_step),
        ),
        Misconception(
            "Your step is right, but your field does not use it: this is the field of the same "
            "stack without strides. After a pool, how many pixels of the picture is one step of "
            "the next kernel?",
            _walked(lambda f, step, k, d, s: f + d * (k - 1), _right_step),
        ),
        Misconception(
            "The strides are left out altogether: this is the stack of notebook 01.",
            _walked(lambda f, step, k, d, s: f + d * (k - 1), lambda step, d, s: step),
        ),
        Misconception(
            "Your step forgets all strides but the last one. It has to remember every layer so "
            "far.",
            _walked(_right_growth, lambda step, d, s: s),
        ),
        Misconception(
            "The dilations are left out. The taps of a dilated kernel stand further apart.",
            _walked(lambda f, step, k, d, s: f + step * (k - 1), _right_step),
        ),
        Misconception(
            "You let the dilation stretch the step. It pulls the taps of *this* kernel apart; the "
            "outputs of the layer are as close together as before.",
            _walked(_right_growth, lambda step, d, s: step * s * d),
        ),
        Misconception(
            "You multiply the field by the stride. With no kernel at all, only every second pixel "
            "kept, would a pixel see two?",
            _walked(lambda f, step, k, d, s: (f + d * (k - 1)) * s, _right_step),
        ),
        Misconception(
            "You multiply the field so far by this layer's stride, and then add. From the front "
            "to the back the field only ever grows by adding; what is multiplied is the *step*.",
            _walked(lambda f, step, k, d, s: f * s + d * (k - 1), _right_step),
        ),
        Misconception(
            "You go from the last layer to the first, and that works too. But of n neighbours with "
            "stride s, how far is it from the first to the last? Between n posts there are fewer "
            "than n gaps.",
            _walked(lambda f, step, k, d, s: f * s + d * (k - 1), _right_step, backwards=True),
        ),
        Misconception(
            "You add as many pixels as the kernel has taps. One of the taps looks where the layer "
            "before looked already: by how many pixels does a 3×3 layer widen the field?",
            _walked(lambda f, step, k, d, s: f + step * d * k, _right_step),
        ),
        Misconception(
            "You add the whole width of each window. It begins with a pixel that the field so "
            "far covers already: by how much does a 3×3 layer *widen* the field?",
            _walked(lambda f, step, k, d, s: f + step * (d * (k - 1) + 1), _right_step),
        ),
        Misconception(
            "These are the numbers of the stack turned round. The first layer of the list is the "
            "one that looks at the picture.",
            _walked(_right_growth, _right_step, backwards=True),
        ),
        Misconception(
            "One too few, everywhere. Begin with no layer at all: how many pixels does a pixel "
            "see then?",
            _walked(_right_growth, _right_step, field=0),
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
