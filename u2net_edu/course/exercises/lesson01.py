"""Lesson 01, one convolution: its guesses and exercises.

The oracles do not know the formulas: they put the window down and count, or follow the taps.
"""

import math
from random import Random

from ..exercise import Exercise, Misconception, Option, Question
from ..solutions import lesson01 as solutions


def _place_the_window(size: int, kernel: int, stride: int, padding: int) -> int:
    """Slide a window along the padded row, count where it fits."""
    row = size + 2 * padding
    return sum(1 for start in range(0, row, stride) if start + kernel <= row)


def _try_paddings(kernel: int) -> int:
    """The first padding that gives a row of 101 pixels back with 101."""
    return next(p for p in range(101) if _place_the_window(101, kernel, 1, p) == 101)


def _seen_by(layers: list[tuple[int, int]]) -> int:
    """Follow every tap of every layer back to the pixels it reads; count from end to end."""
    pixels = {0}
    for kernel, dilation in reversed(layers):
        pixels = {pixel + tap * dilation for pixel in pixels for tap in range(kernel)}
    return max(pixels) - min(pixels) + 1


def _rows(random: Random) -> list[tuple]:
    plain = [(5, 3, 1, 0), (6, 3, 1, 1), (8, 3, 2, 0), (9, 3, 2, 1), (10, 5, 3, 2)]
    drawn = []
    while len(drawn) < 35:
        kernel = random.randint(1, 11)
        drawn.append(
            (random.randint(kernel, 64), kernel, random.randint(1, 5), random.randint(0, 6))
        )
    return plain + drawn


def _odd_kernels(random: Random) -> list[tuple]:
    return [
        (kernel,) for kernel in (3, 5, 1, 7, *(2 * random.randint(4, 40) + 1 for _ in range(10)))
    ]


def _kernels(random: Random) -> list[tuple]:
    plain = [(3, 1), (3, 2), (3, 4), (5, 1), (5, 2), (1, 3)]
    return plain + [(random.randint(2, 9), random.randint(1, 12)) for _ in range(20)]


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


_STACK_FOR_KERNEL = (
    "3, 7 and 15 are what a *stack* of layers sees, dilated 1, then 2, then 4. Here one kernel "
    "stands alone."
)

_ONE_SIDE = (
    "You look to one side only. Each layer widens the field to the left *and* to the right of its "
    "middle tap."
)

EXERCISES = (
    Exercise(
        name="conv.output_size",
        task="how many numbers come out of a row of pixels",
        difficulty=2,
        importance=5,
        minutes=8,
        solution=solutions.output_size,
        oracle=_place_the_window,
        cases=_rows,
        misconceptions=(
            Misconception(
                "You add the padding once. It is put on both sides: how many zeros does a padding "
                "of 1 add to the row altogether?",
                lambda n, k, s, p: (n + p - k) // s + 1,
            ),
            Misconception(
                "Your row has no padding: the zeros at its two ends are pixels too, and the "
                "window may stand on them.",
                lambda n, k, s, p: (n - k) // s + 1,
            ),
            Misconception(
                "You count how far the window travels, not where it stands. It also stands where "
                "it starts: a window as wide as the row does not travel at all and still gives a "
                "number.",
                lambda n, k, s, p: (n + 2 * p - k) // s,
            ),
            Misconception(
                "You count all places as for stride 1, and then divide. Of 6 places, 0 to 5, a "
                "stride of 4 takes 0 and 4: two, where 6 divided by 4 is one and a half. The "
                "first place is always taken; what the stride divides is only the way from there "
                "on.",
                lambda n, k, s, p: (n + 2 * p - k + 1) // s,
            ),
            Misconception(
                "The last place is missing. When the window ends exactly at the end of the row it "
                "still fits.",
                lambda n, k, s, p: math.ceil((n + 2 * p - k) / s),
            ),
            Misconception(
                "You add the padding to what comes out. It is put on the row *before* the window "
                "slides, so the stride jumps over some of these places too.",
                lambda n, k, s, p: (n - k) // s + 1 + 2 * p,
            ),
            Misconception(
                "Two things. You count all places as for stride 1, and then divide: but the first "
                "place is always taken, and only the way from there on is divided by the stride. "
                "And your division leaves a remainder: half a place is none.",
                lambda n, k, s, p: (n + 2 * p - k + 1) / s,
            ),
            Misconception(
                "Two things. You count the steps, not the places: the window also stands where it "
                "starts. And your division leaves a remainder: half a step is no step.",
                lambda n, k, s, p: (n + 2 * p - k) / s,
            ),
            Misconception(
                "You divide with a remainder left over. The window cannot stand half a step "
                "beyond its last place: what does not make a whole step is not taken. Python has "
                "a division that forgets the rest.",
                lambda n, k, s, p: (n + 2 * p - k) / s + 1,
            ),
            Misconception(
                "You round up. A last step that is not a whole step would put the window over the "
                "end of the row: a convolution leaves it out, and the pixels there go unseen.",
                lambda n, k, s, p: math.ceil((n + 2 * p - k) / s) + 1,
            ),
            Misconception(
                "You round to the nearest. A step either fits or it does not: nine tenths of a "
                "step are no step.",
                lambda n, k, s, p: round((n + 2 * p - k) / s) + 1,
            ),
            Misconception(
                "Your answer does not depend on the stride. With stride 2 the window takes every "
                "second place only.",
                lambda n, k, s, p: n + 2 * p - k + 1,
            ),
            Misconception(
                "You divide the size by the stride, as if the window were one pixel wide. A wider "
                "window reaches the end of the row earlier.",
                lambda n, k, s, p: n // s,
            ),
            Misconception(
                "You divide the size by the stride, rounding up. That is right for one special "
                "padding (you will find out which); here the padding is given.",
                lambda n, k, s, p: math.ceil(n / s),
            ),
        ),
        hints=(
            "number the places in which the window can begin: 0, 1, 2, … With stride 1, in which "
            "one does it stand when its right edge touches the end of the row? With a stride, "
            "which of these numbers are taken?",
            "three steps. How long is the row, zeros included? Which is the last place where the "
            "window still fits? How many of 0, stride, 2 · stride, … do not exceed that? Try it "
            "for 8 pixels, kernel 3, stride 2: places 0, 2, 4.",
            "`row = …`, then `last_start = row - …`, and then `return last_start // … + …`. Why "
            "is the last thing needed? Because place 0 counts.",
        ),
    ),
    Exercise(
        name="conv.same_padding",
        task="the padding that keeps the size",
        difficulty=1,
        importance=5,
        minutes=4,
        solution=solutions.same_padding,
        oracle=_try_paddings,
        cases=_odd_kernels,
        misconceptions=(
            Misconception(
                "These are the zeros that the whole row needs. `padding` is what is put on *each* "
                "side.",
                lambda k: k - 1,
            ),
            Misconception(
                "Right for a kernel of 3, and only for it. A kernel of 5 loses more at the ends.",
                lambda k: 1,
            ),
            Misconception(
                "One too many: the row would grow. The pixel in the middle of the window needs no "
                "padding, only those beside it.",
                lambda k: (k + 1) // 2,
            ),
            Misconception(
                "Half a pixel too many: there is no half zero. Which pixel of the window needs no "
                "partner beside it?",
                lambda k: k / 2,
            ),
            Misconception(
                "That would pad each side with a whole window. How much does the row lose without "
                "padding? Not that much.",
                lambda k: k,
            ),
            Misconception(
                "No padding keeps the size only if the window is one pixel wide.",
                lambda k: 0,
            ),
        ),
        hints=(
            "use what you have: by how much is the output shorter than the row, when there is no "
            "padding and the stride is 1?",
            "what a kernel of 3 loses is 2, a kernel of 5 loses 4, a kernel of 7 loses 6. All of "
            "this must come back, and there are two sides.",
            "`lost = kernel - …`, then `return lost // …`.",
        ),
    ),
    Exercise(
        name="conv.dilated_span",
        task="the pixels that a dilated kernel spans",
        difficulty=2,
        importance=5,
        minutes=5,
        solution=solutions.dilated_span,
        oracle=lambda kernel, dilation: _seen_by([(kernel, dilation)]),
        cases=_kernels,
        misconceptions=(
            Misconception(
                "You give every tap its own `dilation` pixels. But after the last tap nothing "
                "follows: mark the taps on paper and count from the first to the last.",
                lambda k, d: k * d,
            ),
            Misconception(
                "You count steps, not pixels: from pixel 0 to pixel 8 is eight steps, and nine "
                "pixels.",
                lambda k, d: (k - 1) * d,
            ),
            Misconception(
                "You read the dilation as the number of holes between two taps. It is the step "
                "from one tap to the next: 1 means neighbours, no hole at all. (Much of what is "
                "said wrongly about dilation begins here.)",
                lambda k, d: (k - 1) * (d + 1) + 1,
            ),
            Misconception(
                "Right for a kernel of 3, and only for it: a kernel of 5 has four steps between "
                "its taps, not two.",
                lambda k, d: 2 * d + 1,
            ),
            Misconception(
                "You widen the kernel in one place only. There is a step between *every* two "
                "neighbouring taps.",
                lambda k, d: k + d - 1,
            ),
            Misconception(
                "You add the dilation to the kernel. Does a dilation of 1 make a kernel wider "
                "than it was?",
                lambda k, d: k + d,
            ),
            Misconception(
                "You take one pixel off at the end, which is right for a dilation of 2. After the "
                "last tap the *whole* gap falls away: how many skipped pixels is that for 4?",
                lambda k, d: k * d - 1,
            ),
            Misconception(
                "Your answer does not depend on the dilation. The kernel has as many taps as "
                "before, but they stand further apart.",
                lambda k, d: k,
            ),
            Misconception(
                _STACK_FOR_KERNEL,
                lambda k, d: 4 * d - 1,
            ),
            Misconception(
                _STACK_FOR_KERNEL + " And a dilation of 1 has no holes.",
                lambda k, d: 4 * d + 3,
            ),
        ),
        hints=(
            "put the first tap on pixel 0. On which pixels do the others stand? A step from one "
            "tap to the next is `dilation` pixels.",
            "with 3 taps there are 2 steps, with 5 taps 4. The last tap stands on pixel number "
            "steps × dilation; and how many pixels is it from 0 to that, both counted?",
            "`last_tap = … * (kernel - …)`, then `return last_tap + …`.",
        ),
    ),
    Exercise(
        name="conv.stack_field",
        task="what one output of a stack of layers sees",
        difficulty=3,
        importance=5,
        minutes=10,
        solution=solutions.stack_field,
        oracle=_seen_by,
        cases=_stacks,
        misconceptions=(
            Misconception(
                "You add the spans of all layers. But the window of the second layer is laid over "
                "windows that overlap: by how much does a second layer widen what you see? Click "
                "it through in the figure with two plain 3×3 layers.",
                lambda layers: sum(d * (k - 1) + 1 for k, d in layers),
            ),
            Misconception(
                "You take the widest layer alone. Each of the pixels that it reads has itself "
                "been computed from several.",
                lambda layers: max(d * (k - 1) + 1 for k, d in layers),
            ),
            Misconception(
                "This is what the last layer sees of the layer before it. And what do those "
                "pixels see?",
                lambda layers: layers[-1][1] * (layers[-1][0] - 1) + 1,
            ),
            Misconception(
                "One too few, everywhere. Begin with no layer at all: how many pixels does a "
                "pixel see then?",
                lambda layers: sum(d * (k - 1) for k, d in layers),
            ),
            Misconception(
                "You leave the dilations out: this is the field of the same stack with plain "
                "kernels. (Ports of U²-Net have been published with this mistake. They have just "
                "as many weights, so counting weights does not show it.)",
                lambda layers: 1 + sum(k - 1 for k, _ in layers),
            ),
            Misconception(
                "You multiply the spans. Two plain 3×3 layers would then see 9 pixels in a row: "
                "click two plain layers in the figure, and count.",
                lambda layers: math.prod(d * (k - 1) + 1 for k, d in layers),
            ),
            Misconception(
                "You read each dilation as the number of holes between two taps. It is the step "
                "from one tap to the next.",
                lambda layers: 1 + sum((d + 1) * (k - 1) for k, d in layers),
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
                lambda layers: 1 + sum(2 * d for _, d in layers),
            ),
            Misconception(
                "Only the first layer counts in your answers. If you have a loop: is its `return` "
                "inside it? Then the loop ends in its first round.",
                lambda layers: layers[0][1] * (layers[0][0] - 1) + 1,
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
    ),
)

QUESTIONS = (
    Question(
        "conv.how_many",
        "A window of 3 pixels slides along a row of 8, with stride 2 and no padding. How many "
        "numbers come out?",
        (
            Option(
                "2",
                "8 // 3 is 2: that many windows fit *side by side*. But these windows overlap: "
                "they move by 2, and are 3 wide.",
            ),
            Option("3", "The window begins at 0, 2 and 4. At 6 it would stick out.", right=True),
            Option(
                "4",
                "Half of 8, and a good guess: a stride of 2 halves the size, nearly. But a window "
                "that begins at 6 needs pixels 6, 7 and 8, and the last is 7.",
            ),
            Option(
                "6",
                "That is with stride 1: the window begins at 0, 1, 2, 3, 4 and 5. Stride 2 takes "
                "every second of these.",
            ),
        ),
    ),
    Question(
        "conv.dilation_cost",
        "A 3×3 convolution, one channel in and one out, gets dilation 4 instead of 1. What "
        "happens to the number of its weights?",
        (
            Option(
                "It stays 9.",
                "The taps stand further apart, and there are still nine of them. What lies "
                "between is not multiplied by zero; it is not read at all.",
                right=True,
            ),
            Option(
                "It becomes 81: the window is now 9×9.",
                "The window does span 9×9 pixels. But in it only 9 are read, and each weight "
                "belongs to a pixel that is read.",
            ),
            Option(
                "It becomes 36: four times as many.",
                "Then a dilated layer would cost four times as much. That it costs no more than a "
                "plain one is what makes it attractive.",
            ),
        ),
    ),
    Question(
        "conv.three_layers",
        "Three 3×3 layers follow each other, with dilations 1, 2 and 4. How many pixels in a row "
        "of the input can one output depend on?",
        (
            Option(
                "7",
                "The sum of the dilations. Each of them works to the left *and* to the right, and "
                "the pixel in the middle is seen as well.",
            ),
            Option(
                "9",
                "That is the span of the last layer, 3 taps 4 apart. But each of these three "
                "pixels was computed from several others by the layers before.",
            ),
            Option(
                "15",
                "1, then 2 more for the first layer, 4 for the second, 8 for the third.",
                right=True,
            ),
            Option(
                "17",
                "3 + 5 + 9: the three spans, put side by side. But they overlap: each layer adds "
                "its span less the one pixel in its middle.",
            ),
            Option(
                "135",
                "3 × 5 × 9. Windows of neighbouring pixels overlap almost entirely, so the field "
                "grows by adding, not by multiplying. (Strides do multiply: see a later notebook.)",
            ),
        ),
    ),
    Question(
        "conv.claim",
        "“A 3×3 kernel with dilation 1 sees 7×7 pixels; with dilation 3 it sees 15×15.” You will "
        "find this in popular write-ups of U²-Net. How much of it is true?",
        (
            Option(
                "All of it.",
                "Measure it below: one such kernel sees 3×3 and 7×7.",
            ),
            Option(
                "The numbers are wrong for one kernel, but right for something else.",
                "One kernel sees 3×3 and 7×7. But 7 and 15 do occur: they are what *stacks* of "
                "layers see, and you are about to measure which.",
                right=True,
            ),
            Option(
                "The second half only.",
                "A dilation of 3 puts the taps 3 apart: pixels 0, 3 and 6. That is a span of 7, "
                "not 15.",
            ),
            Option(
                "None of it, these numbers are made up.",
                "They are real numbers in the wrong place: you will meet both of them below.",
            ),
        ),
    ),
)
