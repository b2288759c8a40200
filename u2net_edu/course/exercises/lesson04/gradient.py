"""`field.gradient`: the box in which a gradient arrives."""

from random import Random

from ...exercise import Exercise, Misconception
from .networks import NETWORKS, Picture, poked_box, with_network


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


EXERCISE = Exercise(
    name="field.gradient",
    task="the box in which a gradient arrives",
    difficulty=4,
    importance=4,
    minutes=12,
    ours="lesson04.gradient_box",
    oracle=poked_box,
    cases=_networks,
    ask=with_network,
    misconceptions=(
        Misconception(
            "You ask for the gradient of the whole output. The question is what *one* output "
            "pixel feels: choose it before you call `backward`.",
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
            "Your bar is not zero. Any gradient that is not zero counts here, even one as faint "
            "as 10⁻¹²: small and nothing are two things, and the next section is about that.",
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
            "You give two corners, (top, left) and (bottom, right). Give the rows first, "
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
            "You give the end as Python's slices do, one past the last. Give the last pixel "
            "itself.",
            _felt(
                box=lambda rows, columns: tuple(
                    (first, last + 1) for first, last in (_ends(rows), _ends(columns))
                )
            ),
        ),
        Misconception(
            "You return how wide the box is, not where it begins and ends.",
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
