"""`sizes.join`: mend a join that breaks at odd sizes."""

import inspect
from random import Random
from typing import Any

from ...exercise import Exercise, Misconception, later


def _shapes(random: Random) -> list[tuple]:
    """(low, skip), the skip first twice as large, then one less where its size was odd."""
    plain = [
        ((1, 2, 4, 6), (1, 2, 8, 12)),
        ((1, 2, 19, 27), (1, 3, 37, 53)),
        ((1, 3, 3, 3), (1, 2, 5, 5)),
        ((2, 2, 4, 3), (2, 2, 7, 6)),
    ]
    found = []
    for _ in range(8):
        low = random.randint(2, 9), random.randint(2, 9)
        skip = tuple(2 * n - random.randint(0, 1) for n in low)
        channels = random.sample((1, 2, 3, 4), 2)
        found.append(((1, channels[0], *low), (1, channels[1], *skip)))
    return plain + found


def _ask(answer, low: tuple, skip: tuple):
    from ...tensors import drawn, made

    if "resize_like" in getattr(getattr(inspect.unwrap(answer), "__code__", None), "co_names", ()):
        raise RuntimeError("u2.resize_like cannot be used here")
    return made(answer(drawn(low, 1), drawn(skip, 2)))


def _join(resize: str = "bilinear", onto: str = "skip", stack: Any = 1, turned: bool = False):
    """A join with some things wrong.

    Args:
        resize: "double", "padded", "swapped", "aligned", or a mode. onto: whose size both get.
        stack: the axis; "add"; or "low", for the skip left out. turned: the skip comes first.
    """

    def answer(low, skip):
        import torch

        if onto == "low":
            skip = _resized(resize, skip, low.shape[2:])
        else:
            low = _resized(resize, low, skip.shape[2:])
        if stack == "low":
            return low
        if stack == "add":
            return low + skip
        return torch.cat([skip, low] if turned else [low, skip], stack)

    return answer


def _with_ours(low, skip):
    import torch

    from ....architecture.layers import resize_like

    return torch.cat([resize_like(low, skip), skip], 1)


def _resized(how: str, maps, size):
    import torch.nn.functional as F

    if how in ("double", "padded"):
        twice = F.interpolate(maps, scale_factor=2, mode="bilinear", align_corners=False)
        height, width = size[0] - twice.shape[2], size[1] - twice.shape[3]
        # A negative pad crops.
        return twice if how == "double" else F.pad(twice, (0, width, 0, height))
    if how == "nearest":
        return F.interpolate(maps, size=size)
    if how == "aligned":
        return F.interpolate(maps, size=size, mode="bilinear", align_corners=True)
    mode = "bicubic" if how == "bicubic" else "bilinear"
    size = size[::-1] if how == "swapped" else size
    return F.interpolate(maps, size=size, mode=mode, align_corners=False)


EXERCISE = Exercise(
    name="sizes.join",
    task="mend a join that breaks at odd sizes",
    difficulty=3,
    importance=5,
    minutes=10,
    ours="lesson02.join",
    oracle=later(__package__, "blending.blend"),
    cases=_shapes,
    ask=_ask,
    turned=_join,
    misconceptions=(
        Misconception(
            "You double. That is right only where the pool had an even number to halve: 19 rows "
            "doubled are 38, and the skip has 37. What knows the size that is wanted?",
            knobs={"resize": "double"},
        ),
        Misconception(
            "You double, then cut off or fill up what does not fit. Now the sizes agree, but the "
            "places do not: at the far border of your map every pixel lies up to one pixel away "
            "from its partner in the skip. Resize to the right size at once.",
            knobs={"resize": "padded"},
        ),
        Misconception(
            "Your resize repeats pixels: that is the mode `nearest`, which `interpolate` uses if "
            "it is not told otherwise. U²-Net blends neighbours.",
            knobs={"resize": "nearest"},
        ),
        Misconception(
            "Your corners are aligned: the *centres* of the outermost pixels are laid on one "
            "another, which stretches everything else a little. The authors' network was trained "
            "with `align_corners=False`.",
            knobs={"resize": "aligned"},
        ),
        Misconception(
            "Your resize is bicubic: it looks at sixteen neighbours, and can overshoot. Here it "
            "should look at four.",
            knobs={"resize": "bicubic"},
        ),
        Misconception(
            "Everything is there, but in the other order. To the layer that follows, channel 0 is "
            "channel 0: if the order changes, trained weights meet the wrong maps, and nothing "
            "complains.",
            knobs={"turned": True},
        ),
        Misconception(
            "You shrink the skip to the size of the small map. They fit, but you throw away the "
            "detail that the skip was made for.",
            knobs={"onto": "low"},
        ),
        Misconception(
            "You add where U²-Net stacks. A sum needs equally many channels on both sides, and "
            "afterwards no layer can tell which part came from where.",
            knobs={"stack": "add"},
        ),
        Misconception(
            "You stack along another axis than the channels: count the axes from 0. Pictures, "
            "channels, height, width.",
            knobs={"stack": 0},
        ),
        Misconception(
            "You put one map below the other, into one taller map. Stack the channels: which "
            "number has their axis?",
            knobs={"stack": 2},
        ),
        Misconception(
            "You put the maps side by side, into one wider map. Stack the channels: which number "
            "has their axis?",
            knobs={"stack": 3},
        ),
        Misconception(
            "`u2.resize_like` is the very half of this exercise that you are to write: it would be "
            "right, and you would not know why. Use torch's own `interpolate`, as the broken join "
            "does.",
            _with_ours,
        ),
        Misconception(
            "The size that you ask for is not (height, width) of the skip. This happens in two "
            "ways: a single number, `size=8`, makes a square; and a size that begins with the "
            "width has the two swapped. With square maps neither shows.",
            knobs={"resize": "swapped"},
        ),
        Misconception(
            "The size is right, but the skip is missing in what you return. Without it no detail "
            "comes back.",
            knobs={"stack": "low"},
        ),
    ),
    hints=(
        "the factor 2 is a guess about the skip. But the skip is there: you can ask it.",
        "`interpolate` takes either `scale_factor=` or `size=`. The size that it wants is (height, "
        "width), the last two numbers of a shape.",
        "`size = skip.shape[…]`, then "
        "`resized = torch.nn.functional.interpolate(low, size=size, …)` with the other two "
        "arguments as they were, then `return torch.cat([…, …], dim=…)`.",
    ),
)
