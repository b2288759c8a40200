"""Exercises and guesses of notebook 04, receptive field: theory, then truth.

The oracles follow taps, weigh cells and poke pixels; they know no formula and no gradient.
"""

import math
from fractions import Fraction
from random import Random

from ..exercise import Exercise, Misconception, Option, Question
from ..solutions import lesson04 as solutions
from .networks04 import NETWORKS, Picture, poked_box, with_network

# --- A stack with strides -----------------------------------------------------------------------


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

FIELD = Exercise(
    name="field.stack",
    task="field and step of a stack with strides",
    difficulty=3,
    importance=5,
    minutes=12,
    solution=solutions.field_and_step,
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

# --- Pooled, and resized back -------------------------------------------------------------------


def _weighed(pixel: int, factor: int) -> tuple[int, int]:
    """Weigh the cells as bilinear interpolation does: 1 at a cell's own middle, 0 a cell away."""
    middle = Fraction(2 * pixel + 1, 2 * factor)  # of the output pixel, in cells
    heard = [
        cell
        for cell in range(pixel // factor - 3, pixel // factor + 4)
        if abs(middle - cell - Fraction(1, 2)) < 1
    ]
    return heard[0] * factor, heard[-1] * factor + factor - 1


def _places(random: Random) -> list[tuple]:
    plain = [(6, 2), (7, 2), (8, 2), (9, 2), (12, 4), (13, 4), (14, 4), (6, 3), (7, 3), (8, 3)]
    drawn = [(random.randint(factor, 60), factor) for factor in (2, 2, 3, 4, 5, 5, 6, 8)]
    return plain + drawn


def _cells(first, last):
    """Turn an idea of which cells are read into an answer in pixels."""
    return lambda p, f: (first(p, f) * f, last(p, f) * f + f - 1)


def _before(pixel, factor):
    return (2 * pixel + 1 - factor) // (2 * factor)


def _after(pixel, factor):
    return -(-(2 * pixel + 1 - factor) // (2 * factor))


PHASE = Exercise(
    name="field.resized",
    task="what a pixel sees through a pool and back",
    difficulty=4,
    importance=3,
    minutes=12,
    solution=solutions.seen_after_resize,
    oracle=_weighed,
    cases=_places,
    misconceptions=(
        Misconception(
            "You let every pixel copy the cell that it lies in. A bilinear resize does not copy: "
            "it mixes the two cells between whose middles the pixel lies.",
            _cells(lambda p, f: p // f, lambda p, f: p // f),
        ),
        Misconception(
            "You let every pixel read three cells: its own and both neighbours. Between how many "
            "middles does a point lie?",
            _cells(lambda p, f: p // f - 1, lambda p, f: p // f + 1),
        ),
        Misconception(
            "You always mix with the cell to the right. A pixel in the left half of its cell lies "
            "between that cell's middle and the one to its *left*. Draw the middles of the cells, "
            "not their left edges.",
            _cells(lambda p, f: p // f, lambda p, f: p // f + 1),
        ),
        Misconception(
            "You measure from left edges: pixel 6 of factor 2 would then lie exactly on cell 3. "
            "But a pixel has its place in its middle, and so has a cell.",
            _cells(lambda p, f: p // f, lambda p, f: -(-p // f)),
        ),
        Misconception(
            "These are cells of the small map. How many pixels of the row was each of them pooled "
            "from?",
            lambda p, f: (_before(p, f), _after(p, f)),
        ),
        Misconception(
            "Your first pixel is right. The last cell, too, was pooled from as many pixels as the "
            "others; you stop at its first one.",
            lambda p, f: (_before(p, f) * f, _after(p, f) * f),
        ),
        Misconception(
            "Your last pixel is one too far: it belongs to the next cell.",
            lambda p, f: (_before(p, f) * f, _after(p, f) * f + f),
        ),
        Misconception(
            "You always take two cells. With an odd factor one pixel in each cell lies exactly on "
            "the cell's middle: what share does the other cell get there?",
            _cells(_before, lambda p, f: _before(p, f) + 1),
        ),
        Misconception(
            "Nearly: an odd factor has a pixel exactly on the middle of its cell, and you let it "
            "mix with the cell to its left. What share does that one get?",
            _cells(lambda p, f: _after(p, f) - 1, _after),
        ),
        Misconception(
            "Your window is centred on the pixel, everywhere. But a pool has fixed places: a "
            "window can begin only where a cell begins, and end only where one ends.",
            lambda p, f: (p - f, p + f),
        ),
        Misconception(
            "Your window moves along with the pixel. But a pool has fixed places: a window can "
            "begin only where a cell begins, and end only where one ends.",
            lambda p, f: (p - f, p + f - 1),
        ),
    ),
    hints=(
        "draw it for factor 2: pixels 0, 1 | 2, 3 | 4, 5 | …, and below them the cells 0, 1, 2. "
        "Mark the middle of each cell. Between which two marks does the middle of pixel 4 lie?",
        "measure in cells. The middle of pixel `p` is at (p + ½) / factor, the middle of cell `c` "
        "at c + ½. Which cell's middle is the last one at or to the left of the pixel's? Is there "
        "anything left over? Then the next cell is read too.",
        "`place = (pixel + 0.5) / factor - …`; `first_cell = math.floor(…)`, `last_cell = "
        "math.ceil(…)`; then back to pixels: a cell `c` was pooled from `c * factor` to `c * "
        "factor + …`.",
    ),
)

# --- What a gradient finds ----------------------------------------------------------------------


def _networks(random: Random) -> list[tuple]:
    return [
        (name, Picture(name, height, width), row, column)
        for name in NETWORKS
        for height, width, row, column in ((8, 9, 4, 3), (9, 7, 2, 5))
    ]


def _felt(reduce=None, target=None, box=None, total=lambda numbers: numbers.sum()):
    """Somebody's gradient test: which outputs, which gradients count, how the box is told."""
    target = target or (lambda output, row, column: output[0, :, row, column])
    reduce = reduce or (lambda gradient: (gradient != 0).any(dim=0))
    box = box or (lambda rows, columns: (_ends(rows), _ends(columns)))

    def answer(network, image, row, column):
        image = image.clone().requires_grad_()
        total(target(network(image), row, column)).backward()
        felt = reduce(image.grad[0])
        return box(felt.any(dim=1), felt.any(dim=0))

    return answer


def _ends(felt) -> tuple[int, int]:
    found = felt.nonzero()
    return (int(found.min()), int(found.max())) if len(found) else (-1, -1)


def _argwhere(mask):
    """Somebody's gradient test with NumPy's `argwhere` on a tensor; `mask` says of what."""

    def answer(network, image, row, column):
        import numpy as np

        image = image.clone().requires_grad_()
        network(image)[0, :, row, column].sum().backward()
        found = np.argwhere(mask(image.grad))
        rows, columns = found[:, 0], found[:, 1]
        return (int(rows.min()), int(rows.max())), (int(columns.min()), int(columns.max()))

    return answer


GRADIENT = Exercise(
    name="field.gradient",
    task="the box in which a gradient arrives",
    difficulty=4,
    importance=4,
    minutes=12,
    solution=solutions.gradient_box,
    oracle=poked_box,
    cases=_networks,
    ask=with_network,
    misconceptions=(
        Misconception(
            "You ask for the gradient of the whole output. What *one* output pixel feels is "
            "asked: choose it before you call `backward`.",
            _felt(target=lambda output, row, column: output),
        ),
        Misconception(
            "You ask for the gradient of a whole row of outputs. One pixel has a row *and* a "
            "column.",
            _felt(target=lambda output, row, column: output[0, :, row]),
        ),
        Misconception(
            "You look at the first channel of the output alone. This network has several; the "
            "others see more.",
            _felt(target=lambda output, row, column: output[0, 0, row, column]),
        ),
        Misconception(
            "`backward` goes back from *one* number. An output pixel has a number in every "
            "channel: add them up first.",
            _felt(total=lambda numbers: numbers),
        ),
        Misconception(
            "Your bar is not zero. Any gradient that is not zero counts here, be it as faint as "
            "10⁻¹²: small and nothing are two things, and the next section is about that.",
            _felt(lambda gradient: (gradient.abs() > 1e-6).any(dim=0)),
        ),
        Misconception(
            "You add up the colours, and then count only sums above zero. A gradient has a sign, "
            "and both signs count; and what is added can cancel.",
            _felt(lambda gradient: gradient.sum(dim=0) > 0),
        ),
        Misconception(
            "You look at the first colour only, and there only at gradients above zero. All "
            "colours count, and both signs.",
            _felt(lambda gradient: gradient[0] > 0),
        ),
        Misconception(
            "You give two corners, (top, left) and (bottom, right). Wanted are the rows first, "
            "(top, bottom), and then the columns, (left, right).",
            _felt(box=lambda rows, columns: tuple(zip(_ends(rows), _ends(columns)))),
        ),
        Misconception(
            "`np.argwhere` was given a tensor, and its table then lies on its side: each point is "
            "a column in place of a row. Make the mask an array first, with `.numpy()`, or use "
            "the tensor's own `.nonzero()`.",
            _argwhere(lambda gradient: (gradient[0] != 0).any(dim=0)),
        ),
        Misconception(
            "You count gradients above zero only. One that is below zero says just as clearly "
            "that the output feels this pixel.",
            _felt(lambda gradient: (gradient > 0).any(dim=0)),
        ),
        Misconception(
            "You add up the colours before you look. Where red pulls up as much as green pulls "
            "down, the sum is zero, and yet the output feels both.",
            _felt(lambda gradient: gradient.sum(dim=0) != 0),
        ),
        Misconception(
            "You look at the first colour only. A pixel is felt if *any* of its colours is.",
            _felt(lambda gradient: gradient[0] != 0),
        ),
        Misconception(
            "A pixel counts for you only if *all* its colours are felt. One is enough.",
            _felt(lambda gradient: (gradient != 0).all(dim=0)),
        ),
        Misconception(
            "Rows and columns are swapped: `.any(dim=1)` goes *along* each row, so what is left "
            "tells about rows.",
            _felt(box=lambda rows, columns: (_ends(columns), _ends(rows))),
        ),
        Misconception(
            "You give the end as Python's slices do, one past the last. Here it is the last "
            "pixel itself that is asked for.",
            _felt(
                box=lambda rows, columns: tuple(
                    (first, last + 1) for first, last in (_ends(rows), _ends(columns))
                )
            ),
        ),
        Misconception(
            "You give how wide the box is, not where it begins and ends.",
            _felt(box=lambda rows, columns: (int(rows.sum()), int(columns.sum()))),
        ),
    ),
    hints=(
        "a gradient says how much a number would change if you changed an input a little, up or "
        "down: it has a sign. Which number is it here, and which inputs?",
        "four steps. A copy (`clone`) of the image that records gradients; the network's output; "
        "`backward` from the one output pixel; then the rows and the columns in which `image.grad` "
        "is not zero, whatever its sign and its colour.",
        "`image = image.clone().requires_grad_()`, `network(image)[0, :, …, …].sum().backward()`, "
        "`felt = (image.grad[0] … 0).any(dim=0)`; the rows are `felt.any(dim=1).nonzero()`, and "
        "their `.min()` and `.max()` are what you want.",
    ),
)

# --- The effective field ------------------------------------------------------------------------

LEAST = 0.0455


def _hill(height, width, row, column, *sizes):
    """A field of hills, one on another; all of them at one place."""
    import numpy as np

    r, c = np.mgrid[:height, :width]
    distance = (r - row) ** 2 + (c - column) ** 2
    return sum(np.exp(-distance / (2 * size**2)) / size for size in sizes)


FIELDS = {
    "a hill, 2 wide": (21, 21, 10, 10, 2.0),
    "a hill, 1 wide": (21, 21, 10, 10, 1.0),
    "a hill, 3 wide": (25, 31, 12, 14, 3.0),
    "a peak on a broad hill": (41, 41, 20, 20, 0.8, 6.0),
    "a hill at the border": (21, 21, 2, 10, 2.5),
    "a broad hill": (41, 41, 20, 20, 5.0),
    "a steep peak": (15, 17, 7, 8, 0.7),
    "a steep peak on a hill": (31, 31, 15, 15, 0.6, 3.0),
    "two hills in one": (31, 33, 15, 16, 1.5, 4.0),
    "a hill in a corner": (17, 17, 1, 1, 2.0),
}


def _with_field(answer, name, *rest):
    """Build the field that a case names, and ask."""
    return answer(_hill(*FIELDS[name]), *rest)


def _with_field_and_border(answer, name, *rest):
    """As above; every way to step over the border raises the same words."""
    try:
        return _with_field(answer, name, *rest)
    except IndexError as error:
        words = "there is no such row or column in the field"
        raise IndexError(words).with_traceback(error.__traceback__) from None


def _counted(name: str) -> float:
    values = sorted((v for line in _hill(*FIELDS[name]).tolist() for v in line), reverse=True)
    return math.sqrt(sum(1 for value in values if value / values[0] >= LEAST))


def _centre(field) -> float:
    return field[field.shape[0] // 2, field.shape[1] // 2]


def _box_side(field) -> float:
    strong = field >= LEAST * field.max()
    return float(max(strong.any(axis=0).sum(), strong.any(axis=1).sum()))


def _most_of_the_mass(field) -> float:
    shares = sorted((field / field.sum()).ravel().tolist(), reverse=True)
    total, count = 0.0, 0
    while total < 1 - LEAST:
        total, count = total + shares[count], count + 1
    return math.sqrt(count)


EFFECTIVE = Exercise(
    name="field.effective",
    task="the size of an effective field",
    difficulty=2,
    importance=4,
    minutes=6,
    solution=solutions.effective_size,
    oracle=_counted,
    cases=lambda random: [(name,) for name in FIELDS],
    ask=_with_field,
    misconceptions=(
        Misconception(
            "You count the pixels, and rightly. A size is the side of a square: which square has "
            "so many pixels?",
            lambda field: float((field >= LEAST * field.max()).sum()),
        ),
        Misconception(
            "You keep only pixels that are nearly as strong as the strongest. The bar lies at "
            "4.55 %, not at 95.45 %.",
            lambda field: float((field >= (1 - LEAST) * field.max()).sum() ** 0.5),
        ),
        Misconception(
            "You compare with the sum of all pixels. The bar is a share of the *strongest* one.",
            lambda field: float((field >= LEAST * field.sum()).sum() ** 0.5),
        ),
        Misconception(
            "You compare with a fixed number. How large the numbers of a field are means nothing; "
            "how large they are beside the strongest does.",
            lambda field: float((field >= LEAST).sum() ** 0.5),
        ),
        Misconception(
            "You compare with the pixel in the centre. That is the rule of Luo et al.; here it is "
            "the *strongest* pixel, wherever it lies.",
            lambda field: float((field >= LEAST * _centre(field)).sum() ** 0.5),
        ),
        Misconception(
            "Nothing is as strong as that: 4.55 % of a number is not 4.55 times it. What is one "
            "per cent as a factor?",
            lambda field: float((field >= 100 * LEAST * field.max()).sum() ** 0.5),
        ),
        Misconception(
            "You cut off the fraction. The side of a square with 28 pixels is 5.29; keep it.",
            lambda field: int((field >= LEAST * field.max()).sum() ** 0.5),
        ),
        Misconception(
            "You round to whole pixels. The side of a square with 28 pixels is 5.29; keep it.",
            lambda field: round(float((field >= LEAST * field.max()).sum() ** 0.5)),
        ),
        Misconception(
            "You compare with the average pixel. Then the size would depend on how much empty "
            "picture lies around the field.",
            lambda field: float((field >= LEAST * field.mean()).sum() ** 0.5),
        ),
        Misconception(
            "You count every pixel that is felt at all. That is the theoretical field again; "
            "nearly all of it hardly matters.",
            lambda field: float((field > 0).sum() ** 0.5),
        ),
        Misconception(
            "This is the box around all strong pixels. A round field does not fill its box.",
            _box_side,
        ),
        Misconception(
            "You take the strongest pixels until they hold 95.45 % of the sum. That is a fair "
            "definition too, but another one: here each pixel is compared with the strongest.",
            _most_of_the_mass,
        ),
    ),
    hints=(
        "two steps: which pixels are strong enough, and how large is a square with as many?",
        "compare the whole array with one number at once; the result is an array of True and "
        "False, and its `.sum()` counts the True ones.",
        "`strong = field >= … * field.max()`, then `return float(strong.sum() ** …)`.",
    ),
)


def _distances(name: str, row: int, column: int, radius: int):
    field = _hill(*FIELDS[name]).tolist()
    return [
        (math.hypot(r - row, c - column), value)
        for r, line in enumerate(field)
        for c, value in enumerate(line)
    ]


def _share(name: str, row: int, column: int, radius: int) -> float:
    ordered = _distances(name, row, column, radius)
    return math.fsum(v for d, v in ordered if d <= radius) / math.fsum(v for _, v in ordered)


def _within(measure, share=lambda field, inside: field[inside].sum() / field.sum()):
    """Somebody's share: how the distance is measured, and what is divided by what."""

    def answer(field, row, column, radius):
        import numpy as np

        r, c = np.mgrid[: field.shape[0], : field.shape[1]]
        return float(share(field, measure(np, abs(r - row), abs(c - column), radius)))

    return answer


def _beyond(inside):
    """Somebody's loops over a square that may reach beyond the border."""

    def answer(field, row, column, radius):
        total = 0.0
        for r in range(row - radius, row + radius + 1):
            for c in range(column - radius, column + radius + 1):
                if inside(r - row, c - column, radius):
                    total += field[r, c]
        return float(total / field.sum())

    return answer


def _unclipped(field, row, column, radius):
    rows = slice(row - radius, row + radius + 1)
    columns = slice(column - radius, column + radius + 1)
    return float(field[rows, columns].sum() / field.sum())


def _round(np, r, c, radius):
    return r**2 + c**2 <= radius**2


SHARE = Exercise(
    name="field.share",
    task="the share of a field inside a radius",
    difficulty=2,
    importance=3,
    minutes=6,
    solution=solutions.share_inside,
    oracle=_share,
    cases=lambda random: (
        [
            (name, row, column, radius)
            for name, radius in zip(FIELDS, (2, 1, 5, 3, 5, 4, 1, 5, 2, 3))
            for row, column in (FIELDS[name][2:4],)
        ]
        + [("a broad hill", 17, 22, 6), ("a hill, 3 wide", 12, 10, 2)]
        # Over the upper, left, lower and right border, and over all four.
        + [("a broad hill", *place, 20) for place in ((8, 20), (20, 8), (32, 20), (20, 32))]
        + [("a broad hill", 20, 20, 24)]
    ),
    ask=_with_field_and_border,
    misconceptions=(
        Misconception(
            "You take a square around the place. A radius draws a circle: the corners of the "
            "square are further away than that.",
            _within(lambda np, r, c, radius: np.maximum(r, c) <= radius),
        ),
        Misconception(
            "A circle may reach beyond the border. Below 0 Python says nothing and counts from "
            "the far end; past the other end it stops. Walk over the rows and columns that the "
            "field *has*, and ask of each whether it is inside.",
            _beyond(lambda r, c, radius: r**2 + c**2 <= radius**2),
        ),
        Misconception(
            "You take a square around the place, and it may reach beyond the border: below 0 "
            "Python says nothing and counts from the far end. And a radius draws a circle.",
            _beyond(lambda r, c, radius: True),
        ),
        Misconception(
            "Two things. Your slice may begin below 0, where Python counts from the far end. And "
            "a radius draws a circle; a slice cuts out a square.",
            _unclipped,
        ),
        Misconception(
            "You add up the steps down and the steps to the side. The straight way is shorter: "
            "think of Pythagoras.",
            _within(lambda np, r, c, radius: r + c <= radius),
        ),
        Misconception(
            "The squared distance is compared with the radius itself. Square both, or neither.",
            _within(lambda np, r, c, radius: r**2 + c**2 <= radius),
        ),
        Misconception(
            "Pixels at exactly that distance are missing: *at most* `radius` away.",
            _within(lambda np, r, c, radius: r**2 + c**2 < radius**2),
        ),
        Misconception(
            "You give the sum inside. A share is a sum divided by the whole; do not rely on the "
            "whole being 1.",
            _within(_round, lambda field, inside: field[inside].sum()),
        ),
        Misconception(
            "You count pixels, each for as much as the others. Here strong pixels weigh more.",
            _within(_round, lambda field, inside: inside.mean()),
        ),
        Misconception(
            "You divide by the number of pixels. By what sum does a share divide?",
            _within(_round, lambda field, inside: field[inside].sum() / field.size),
        ),
        Misconception(
            "You divide by the number of pixels inside: that is their average, not their share.",
            _within(_round, lambda field, inside: field[inside].mean()),
        ),
    ),
    hints=(
        "which pixels lie inside the circle, and what part of the sum of all do they hold?",
        "two loops over rows and columns, one sum. Compare squared distances; no root is needed.",
        "in the loops `if (r - …) ** 2 + … <= …: inside += field[r, c]`; at the end `return "
        "float(inside / …)`.",
    ),
)

EXERCISES = (FIELD, PHASE, GRADIENT, EFFECTIVE, SHARE)

QUESTIONS = (
    Question(
        "field.outgrows",
        "A photograph of 320×320 pixels goes through U²-Net. From which stage on can a pixel in "
        "its middle see from one border of the photograph to the other?",
        (
            Option(
                "From `en1` on, the first stage.",
                "`en1` is a U of its own, with five pools: 480 pixels at the widest. After one "
                "stage of eleven, theory no longer tells the stages apart.",
                right=True,
            ),
            Option(
                "From `en3` on: there the map has become small.",
                "A good guess for a plain U-Net, where only the pools between stages count. Here "
                "the first stage holds five pools already.",
            ),
            Option(
                "In `en6` only, the deepest.",
                "`en6` sees 4000 pixels, twelve photographs side by side. The border was passed "
                "long before.",
            ),
            Option(
                "Never: one pixel always sees a part only.",
                "Of a large enough picture, yes. But this picture has 320 pixels, and theory is "
                "about what *can* be seen.",
            ),
        ),
    ),
    Question(
        "field.neighbours",
        "A row is pooled by 2 and resized back by 2, bilinearly. Pixel 7 of the result sees four "
        "pixels of the row. What does its neighbour, pixel 8, see?",
        (
            Option(
                "The same four, moved on by one.",
                "So it would be after a convolution. But the cells of a pool stand still: 0 and "
                "1, 2 and 3, 4 and 5.",
            ),
            Option(
                "The very same four.",
                "Both lie between the middles of cells 3 and 4, so both mix these two cells. "
                "Pixel 9 then jumps on by two.",
                right=True,
            ),
            Option(
                "The next four: no pixel in common.",
                "The cells have no pixel in common, but two neighbours of the result may mix the "
                "same cells.",
            ),
            Option(
                "Only two: its own cell.",
                "That is so if a resize copies. A bilinear one mixes two cells.",
            ),
        ),
    ),
    Question(
        "field.black",
        "We look where in the picture a gradient from one pixel of `en1` arrives, first with a "
        "photograph, then with a black picture; the weights stay the same. What will the second "
        "box be?",
        (
            Option(
                "The same: what a network sees depends on its layers only.",
                "What it *can* see, yes. The gradient says what moved the output *for this "
                "picture*, and that is another question.",
            ),
            Option(
                "Smaller.",
                "On a black picture all four pixels under a pool are equal. It picks the first of "
                "them, always the same corner, and the other three get nothing.",
                right=True,
            ),
            Option(
                "Nothing arrives: black gives no gradient.",
                "The gradient of a convolution is made of its weights, not of the pixels. It "
                "arrives on a black picture, too, but not everywhere.",
            ),
        ),
    ),
    Question(
        "field.training",
        "One pixel of the last stage, `de1`: how large is the part of the photograph that it "
        "listens to? Before training, or after it: when is it larger?",
        (
            Option(
                "Before training.",
                "Here it is, by far. Random weights mix whatever they reach; training found out "
                "what is worth listening to, and for these scenes that is near.",
                right=True,
            ),
            Option(
                "After training: it has to learn to look far.",
                "Luo et al. did find that, in networks that start with a small field. This one "
                "begins with pools and resizes that spread everything everywhere.",
            ),
            Option(
                "The same: the layers do not change.",
                "The theoretical field does not change. What it listens to is a matter of the "
                "weights, and these are what training changes.",
            ),
        ),
    ),
)
