"""Lesson 02, down, up, and odd sizes: its guesses and exercises.

The oracles put windows down and count them, and blend the four neighbours of every pixel by hand.
"""

import inspect
import math
from random import Random

import numpy as np
import torch
import torch.nn.functional as F

from ...architecture.layers import resize_like
from ..exercise import Exercise, Misconception, Option, Question
from ..solutions import lesson02 as solutions
from ..tensors import Made, drawn, made


def _count_windows(size: int, ceil_mode: bool) -> int:
    """Put a window of 2 down at 0, 2, 4, …; one that sticks out counts in ceil mode alone."""
    starts = range(0, size, 2)
    return sum(1 for start in starts if ceil_mode or start + 2 <= size)


def _count_down(size: int, pools: int) -> list[int]:
    """A row of that many cells; each pool makes a cell of every two, or of the one that is left."""
    row, sizes = list(range(size)), [size]
    for _ in range(pools):
        row = [row[i : i + 2][-1] for i in range(0, len(row), 2)]
        sizes.append(len(row))
    return sizes


def _pooled_rows(random: Random) -> list[tuple]:
    plain = [(320, True), (5, True), (5, False), (37, True), (9, False), (288, False), (1, True)]
    return plain + [(random.randint(2, 400), random.random() < 0.5) for _ in range(18)]


def _ladders(random: Random) -> list[tuple]:
    plain = [(320, 1), (320, 5), (288, 5), (37, 3), (53, 5), (5, 0), (1, 3)]
    return plain + [(random.randint(2, 700), random.randint(1, 7)) for _ in range(12)]


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


def _ask_join(answer, low: tuple, skip: tuple):
    if "resize_like" in getattr(getattr(inspect.unwrap(answer), "__code__", None), "co_names", ()):
        raise RuntimeError("here u2.resize_like is not to be had")
    return made(answer(drawn(low, 1), drawn(skip, 2)))


def _blend(low: tuple, skip: tuple) -> Made:
    """Each new pixel from the four old ones around its centre, by their nearness; then a stack."""
    old, beside = drawn(low, 1).numpy(), drawn(skip, 2).numpy()

    def around(new: int, size: int, sizes: int) -> tuple[int, int, float]:
        place = max((new + 0.5) * size / sizes - 0.5, 0)
        first = math.floor(place)
        return first, min(first + 1, size - 1), place - first

    values = np.zeros((*low[:2], *skip[2:]))
    for y in range(skip[2]):
        top, bottom, down = around(y, low[2], skip[2])
        for x in range(skip[3]):
            left, right, over = around(x, low[3], skip[3])
            upper = old[..., top, left] * (1 - over) + old[..., top, right] * over
            lower = old[..., bottom, left] * (1 - over) + old[..., bottom, right] * over
            values[..., y, x] = upper * (1 - down) + lower * down
    return Made(np.concatenate([values, beside], axis=1))


def _bilinear(low, size):
    return F.interpolate(low, size=size, mode="bilinear", align_corners=False)


def _doubled(low):
    return F.interpolate(low, scale_factor=2, mode="bilinear", align_corners=False)


def _padded(low, skip):
    low = F.interpolate(low, scale_factor=2, mode="bilinear", align_corners=False)
    height, width = skip.shape[2] - low.shape[2], skip.shape[3] - low.shape[3]
    return torch.cat([F.pad(low, (0, width, 0, height)), skip], 1)  # a negative pad crops


EXERCISES = (
    Exercise(
        name="sizes.pooled_size",
        task="what a pool leaves of a row",
        difficulty=1,
        importance=5,
        minutes=5,
        solution=solutions.pooled_size,
        oracle=_count_windows,
        cases=_pooled_rows,
        misconceptions=(
            Misconception(
                "Your answer is the same in both modes, and the last pixel of an odd row is "
                "always lost. What is `ceil_mode` there for?",
                lambda size, ceil_mode: size // 2,
            ),
            Misconception(
                "Your answer is the same in both modes, and the last pixel of an odd row always "
                "gets a window of its own. What happens to it without `ceil_mode`?",
                lambda size, ceil_mode: math.ceil(size / 2),
            ),
            Misconception(
                "The two modes are swapped. A ceiling is above you, a floor below: which of the "
                "two numbers next to 2½ does each of them mean?",
                lambda size, ceil_mode: size // 2 if ceil_mode else math.ceil(size / 2),
            ),
            Misconception(
                "Half a pixel is left over in an odd row. There is a window there, or there is "
                "none; `ceil_mode` says which.",
                lambda size, ceil_mode: size / 2,
            ),
            Misconception(
                "`round` looks for the nearest whole number, and halves lie in the middle: Python "
                "takes the even neighbour, so 5 gives 2 and 7 gives 4. Decide by `ceil_mode`, not "
                "by what is near.",
                lambda size, ceil_mode: round(size / 2),
            ),
            Misconception(
                "With `ceil_mode` you always add one. But in an even row nothing is left over, so "
                "there is nothing to give a window to.",
                lambda size, ceil_mode: size // 2 + (1 if ceil_mode else 0),
            ),
            Misconception(
                "You count the steps, not the places: the window also stands where it starts.",
                lambda size, ceil_mode: math.ceil((size - 2) / 2) if ceil_mode else (size - 2) // 2,
            ),
            Misconception(
                "Your window moves by one pixel. In a pool its stride is 2: windows lie side by "
                "side and do not overlap.",
                lambda size, ceil_mode: size - 1,
            ),
        ),
        hints=(
            "put windows of two on a row of 6, and on a row of 5: at 0, 2, 4. Which of them "
            "sticks out? What does each mode do with it?",
            "for even rows both modes agree. For odd rows, one of them rounds the half down and "
            "the other rounds it up.",
            "`if ceil_mode: return …`, else `return …`. Python's division that forgets the rest "
            "rounds down; give it one pixel more before you halve, and it rounds …",
        ),
    ),
    Exercise(
        name="sizes.ladder",
        task="the sizes on the way down",
        difficulty=2,
        importance=4,
        minutes=6,
        solution=solutions.ladder,
        oracle=_count_down,
        cases=_ladders,
        misconceptions=(
            Misconception(
                "Your pools drop the last pixel of an odd row. Here every pool has ceil_mode. "
                "You have a function that knows.",
                lambda size, pools: [size // 2**k for k in range(pools + 1)],
            ),
            Misconception(
                "The size that you start from is missing. A ladder with no pool at all still has "
                "one rung.",
                lambda size, pools: [math.ceil(size / 2**k) for k in range(1, pools + 1)],
            ),
            Misconception(
                "One rung is missing at the bottom: three pools give four sizes, as three cuts "
                "give four pieces.",
                lambda size, pools: [math.ceil(size / 2**k) for k in range(pools)],
            ),
            Misconception(
                "One rung too many: your loop makes a pool more than there are.",
                lambda size, pools: [math.ceil(size / 2**k) for k in range(pools + 2)],
            ),
            Misconception(
                "Your sizes have fractions. A map has whole rows: each pool rounds up before the "
                "next one begins.",
                lambda size, pools: [size / 2**k for k in range(pools + 1)],
            ),
            Misconception(
                "This is the last rung alone. Wanted is the list of all of them.",
                lambda size, pools: math.ceil(size / 2**pools),
            ),
            Misconception(
                "You divide the first size by 2, 4, 6, 8. Each pool halves what the pool before "
                "it left: 2, 4, 8, 16.",
                lambda size, pools: [
                    size,
                    *(math.ceil(size / (2 * k)) for k in range(1, pools + 1)),
                ],
            ),
            Misconception(
                "The ladder stands on its head. The first rung is the size before any pool.",
                lambda size, pools: [math.ceil(size / 2**k) for k in range(pools, -1, -1)],
            ),
            Misconception(
                "You pool the first size again and again, so that all rungs below it are alike. "
                "Each pool takes what the one before it gave.",
                lambda size, pools: [size, *([math.ceil(size / 2)] * pools)],
            ),
        ),
        hints=(
            "each rung follows from the one above it, and from nothing else. Which function of "
            "yours makes one out of the other?",
            "a list that begins with the size itself, and a loop that runs once for each pool and "
            "adds one rung.",
            "`sizes = [size]`; in the loop `sizes.append(pooled_size(sizes[…], ceil_mode=…))`; "
            "after it `return sizes`.",
        ),
    ),
    Exercise(
        name="sizes.join",
        task="mend a join that breaks at odd sizes",
        difficulty=3,
        importance=5,
        minutes=10,
        solution=solutions.join,
        oracle=_blend,
        cases=_shapes,
        ask=_ask_join,
        misconceptions=(
            Misconception(
                "You double. That is right only where the pool had an even number to halve: 19 "
                "rows doubled are 38, and the skip has 37. Who knows what size is wanted?",
                lambda low, skip: torch.cat([_doubled(low), skip], 1),
            ),
            Misconception(
                "You double, then cut off or fill up what does not fit. Now the sizes agree, but "
                "not the places: at the far border of your map every pixel lies up to one pixel "
                "beside its partner in the skip. Resize to the right size at once.",
                _padded,
            ),
            Misconception(
                "Your resize repeats pixels: that is the mode `nearest`, which `interpolate` "
                "takes when it is told nothing. U²-Net blends neighbours.",
                lambda low, skip: torch.cat([F.interpolate(low, size=skip.shape[2:]), skip], 1),
            ),
            Misconception(
                "Your corners are aligned: the outermost pixels' *centres* are laid on one "
                "another, which stretches the rest a little. The authors' network was trained "
                "with `align_corners=False`.",
                lambda low, skip: torch.cat(
                    [
                        F.interpolate(
                            low, size=skip.shape[2:], mode="bilinear", align_corners=True
                        ),
                        skip,
                    ],
                    1,
                ),
            ),
            Misconception(
                "Your resize is bicubic: it looks at sixteen neighbours, and can overshoot. Here "
                "four are asked.",
                lambda low, skip: torch.cat(
                    [
                        F.interpolate(
                            low, size=skip.shape[2:], mode="bicubic", align_corners=False
                        ),
                        skip,
                    ],
                    1,
                ),
            ),
            Misconception(
                "Everything is there, in the other order. To the layer that follows, channel 0 is "
                "channel 0: with the order changed, trained weights meet the wrong maps, and "
                "nothing complains.",
                lambda low, skip: torch.cat([skip, _bilinear(low, skip.shape[2:])], 1),
            ),
            Misconception(
                "You shrink the skip to the small map. They fit, but the detail, for which the "
                "skip was made, is thrown away.",
                lambda low, skip: torch.cat([low, _bilinear(skip, low.shape[2:])], 1),
            ),
            Misconception(
                "You add where U²-Net stacks. A sum needs as many channels on both sides, and "
                "afterwards nobody can tell which part came from where.",
                lambda low, skip: _bilinear(low, skip.shape[2:]) + skip,
            ),
            Misconception(
                "You stack along another axis than the channels: count them from 0. Pictures, "
                "channels, height, width.",
                lambda low, skip: torch.cat([_bilinear(low, skip.shape[2:]), skip], 0),
            ),
            Misconception(
                "You lay the maps one below the other, into one taller map. Stack the channels: "
                "which number has their axis?",
                lambda low, skip: torch.cat([_bilinear(low, skip.shape[2:]), skip], 2),
            ),
            Misconception(
                "You lay the maps side by side, into one wider map. Stack the channels: which "
                "number has their axis?",
                lambda low, skip: torch.cat([_bilinear(low, skip.shape[2:]), skip], 3),
            ),
            Misconception(
                "`u2.resize_like` is the half of this exercise that is to be written: it would "
                "be right, and you would not know why. Use torch's own `interpolate`, as the "
                "broken join does.",
                lambda low, skip: torch.cat([resize_like(low, skip), skip], 1),
            ),
            Misconception(
                "The size that you ask for is not (height, width) of the skip. Two ways to get "
                "there: one number alone, `size=8`, makes a square; and a size that begins with "
                "the width has both swapped. With square maps neither shows.",
                lambda low, skip: torch.cat([_bilinear(low, skip.shape[:1:-1]), skip], 1),
            ),
            Misconception(
                "The size is right, but the skip is missing in what you return. Without it there "
                "is no detail to come back.",
                lambda low, skip: _bilinear(low, skip.shape[2:]),
            ),
        ),
        hints=(
            "the factor 2 is a guess about the skip. But the skip is there: it can be asked.",
            "`interpolate` takes either `scale_factor=` or `size=`. The size that it wants is "
            "(height, width), the last two numbers of a shape.",
            "`size = skip.shape[…]`, then "
            "`resized = torch.nn.functional.interpolate(low, size=size, …)` with the two other "
            "arguments as they were, then `return torch.cat([…, …], dim=…)`.",
        ),
    ),
)

QUESTIONS = (
    Question(
        "sizes.whisker",
        "Two drawings: a white line on black, and a black line on white, each one pixel wide. A "
        "max pool of 2×2 with stride 2 goes over both. What is left of the lines?",
        (
            Option(
                "Both are still there.",
                "Tempting, as both lines are as strong and as thin. But a pool keeps the largest "
                "of four numbers, and black is the smallest there is.",
            ),
            Option(
                "The white one stays, the black one is gone.",
                "Each window that the white line crosses keeps its white. Each window that the "
                "black line crosses also has white pixels in it, and keeps one of these.",
                right=True,
            ),
            Option(
                "The black one stays, the white one is gone.",
                "That would be a *min* pool: one that keeps the smallest of four.",
            ),
            Option(
                "Both become grey.",
                "That would be *average* pooling: it mixes. A max pool chooses one of the four "
                "and forgets the other three.",
            ),
        ),
    ),
    Question(
        "sizes.window",
        "A map has been pooled twice. A 3×3 convolution runs on it. How many pixels of the "
        "picture, along one axis, lie under its three cells?",
        (
            Option("3", "On the *map* it spans 3 cells. Each of them stands for several pixels."),
            Option(
                "6",
                "Right after one pool. The second pool makes each cell stand for twice as many "
                "pixels again.",
            ),
            Option(
                "7",
                "3 + 2 + 2: what adding would give, as for layers of stride 1 in notebook 01. "
                "Pools multiply.",
            ),
            Option("12", "Each cell stands for 4 pixels: 2 for each pool, times 2.", right=True),
        ),
    ),
    Question(
        "sizes.smallest",
        "A picture of 320×320 goes into U²-Net. Where are the smallest maps of the whole network?",
        (
            Option(
                "Only in `en6`, the deepest stage.",
                "It looks so in every drawing of the outer U. But the stages are U's themselves, "
                "and go down on their own.",
            ),
            Option(
                "In `en6`, and in most other stages too, even in `en1`.",
                "`en1` is an RSU-7 with five pools of its own: 320, 160, 80, 40, 20, 10. The "
                "deeper a stage begins, the fewer pools it has; all that pool end at 10×10. (`en5` "
                "pools no more, and stays at 20×20.)",
                right=True,
            ),
            Option(
                "In `en1`: 5×5, since it is the deepest block.",
                "It has seven levels, but the last of them has no pool: five pools, so 320 "
                "becomes 10, not 5.",
            ),
            Option(
                "Nowhere: every stage keeps the size of its input.",
                "A stage *gives* maps as large as those it got; but inside it goes down and up.",
            ),
        ),
    ),
    Question(
        "sizes.there_and_back",
        "A map of 37 rows is pooled with ceil_mode, then doubled. How many rows has it then?",
        (
            Option("36", "That is the way without ceil_mode: 18 rows, doubled."),
            Option(
                "37",
                "One would wish so. But the pool has forgotten whether its 19 rows came from 37 "
                "or from 38.",
            ),
            Option(
                "38",
                "The pool leaves 19 rows, and twice 19 is 38. The skip still has 37.",
                right=True,
            ),
            Option("74", "Doubled, but not pooled before: 2 × 37."),
        ),
    ),
)
