"""Lesson 03, build an RSU: its guesses and exercises.

An answer is a class. It is built, given weights in the order in which its layers run, and run; the
oracles compute the same with the same weights and no module at all. `blocks03` has the wrong ways.
"""

from random import Random

import torch
import torch.nn.functional as F

from ..exercise import Exercise, Misconception, Option, Question
from ..solutions import lesson03 as solutions
from ..tensors import Ran, drawn, run_block, weights_of
from . import blocks03 as wrong


class _ByHand:
    """Layers without modules: the weights by their number, the norm by its formula."""

    def __init__(self):
        self.parameters = 0

    def layer(self, x, number: int, out: int, dilation: int = 1):
        shape = (out, x.shape[1], 3, 3)
        self.parameters += out * x.shape[1] * 9 + 3 * out
        conv = weights_of(2 * number, shape, False)
        norm = weights_of(2 * number + 1, shape[:1], True)
        mean, var, scale, shift = (
            norm[name][None, :, None, None]
            for name in ("running_mean", "running_var", "weight", "bias")
        )
        y = F.conv2d(F.pad(x, [dilation] * 4), conv["weight"], conv["bias"], dilation=dilation)
        return ((y - mean) / (var + 1e-5).sqrt() * scale + shift).clamp(min=0)

    def u(self, x, level: int, depth: int, mid: int, out: int):
        """The U from this level down: itself, and below it a smaller U."""
        here = self.layer(x, level, mid, dilation=2 if level == depth else 1)
        if level == depth:
            return here
        pooled = level + 1 < depth
        down = F.max_pool2d(here, 2, 2, ceil_mode=True) if pooled else here
        below = self.u(down, level + 1, depth, mid, mid)
        if pooled:
            below = F.interpolate(below, size=here.shape[2:], mode="bilinear")
        return self.layer(torch.cat([below, here], 1), 2 * depth - level, out)

    def ran(self, values) -> Ran:
        return Ran(self.parameters, False, values.numpy())


def _plain(into: int, mid: int, out: int, height: int, width: int) -> Ran:
    by = _ByHand()
    x = by.layer(drawn((1, into, height, width), 0), 0, mid)
    return by.ran(by.layer(x, 1, out))


def _residual(into: int, mid: int, out: int, height: int, width: int) -> Ran:
    by = _ByHand()
    f1 = by.layer(drawn((1, into, height, width), 0), 0, out)
    return by.ran(by.layer(by.layer(f1, 1, mid), 2, out) + f1)


def _rsu(depth: int, into: int, mid: int, out: int, height: int, width: int) -> Ran:
    by = _ByHand()
    f1 = by.layer(drawn((1, into, height, width), 0), 0, out)
    return by.ran(by.u(f1, 1, depth, mid, out) + f1)


def _ask(answer, *args):
    """Args: the widths (a depth before them), then height and width of the picture."""
    return run_block(answer, args[:-2], args[-2:])


def _widths(random: Random) -> tuple[int, int, int]:
    return tuple(random.sample((1, 2, 3, 4, 5, 6), 3))


def _pictures(random: Random) -> list[tuple]:
    plain = [(3, 2, 4, 8, 8), (3, 4, 5, 6, 9), (4, 2, 4, 7, 5)]
    drawn_at = [(*_widths(random), random.randint(4, 9), random.randint(4, 9)) for _ in range(8)]
    return plain + drawn_at


def _maps(random: Random) -> list[tuple]:
    plain = [(3, 2, 4, 16, 16), (3, 2, 4, 13, 10), (4, 2, 4, 9, 16)]
    sizes = [(random.randint(6, 17), random.randint(6, 17)) for _ in range(8)]
    return plain + [(*_widths(random), *size) for size in sizes]


def _depths(random: Random) -> list[tuple]:
    plain = [(4, 3, 2, 4, 16, 16), (5, 3, 2, 4, 16, 16), (3, 3, 2, 4, 13, 10), (4, 4, 2, 4, 8, 8)]
    sizes = [(random.randint(8, 17), random.randint(8, 17)) for _ in range(7)]
    return plain + [(random.randint(4, 6), *_widths(random), *size) for size in sizes]


_LIST = (
    "The maps are right, but PyTorch finds no layers in your block, or not all of them: they would "
    "not be trained, saved or moved to a GPU. A layer must be an attribute, `self.something`, made "
    "in `__init__`; several of them belong in an `nn.ModuleList`, not in a plain list."
)


def _in_a_list(block) -> Misconception:
    """The right block with its layers in a plain list."""
    return Misconception(_LIST, wrong.unregistered(block))


def _of_the_frame(variant) -> tuple[Misconception, ...]:
    """Ideas about what is around the U; `variant` makes an RSU with one thing wrong."""
    return (
        Misconception(
            "The residual is missing: you return what the U gives. Whose output is to be added?",
            variant(residual="none"),
        ),
        Misconception(
            "You add the input x itself. It has other channels than what the U gives, and where "
            "they happen to agree the answer is still another one: the residual is what the "
            "first layer made of x.",
            variant(residual="x"),
        ),
        Misconception(
            "You stack the residual onto the U's answer. The joins inside stack; here two maps of "
            "the same shape are *added*.",
            variant(residual="stack"),
        ),
        Misconception(
            "Your U begins with x. It begins with what the first layer gives; only then is that "
            "layer part of every way through the block.",
            variant(start="x"),
        ),
    )


def _of_the_u(variant) -> tuple[Misconception, ...]:
    """Ideas about the U itself."""
    return (
        Misconception(
            "The order in your joins is turned: what comes from below stands first, then the "
            "skip. Nothing complains, and trained weights would meet the wrong maps.",
            variant(order="skip first"),
        ),
        Misconception(
            "You pool before the bottom layer too. The last level works on maps as large as the "
            "level above it; it sees further by its dilation.",
            variant(pools="all"),
        ),
        Misconception(
            "The bottom layer has no dilation in your block. Parameters and sizes are all the "
            "same without it, which is why this mistake was published several times. Look for "
            "the small ×2 in the drawing.",
            variant(dilation=1),
        ),
        Misconception(
            "You never pool. All maps keep their size, as in RSU-4F; but that one dilates in "
            "their stead.",
            variant(pools="none"),
        ),
        Misconception(
            "You pool before the first level too. The first level works at full size: its map is "
            "the skip that brings back the finest detail.",
            variant(pools="first too"),
        ),
        Misconception(
            "Your pools drop the last row or column of an odd map. Look at the `pool` at the top "
            "of the notebook: what does it have that yours has not?",
            variant(ceil=False),
        ),
        Misconception(
            "You double on the way up. At odd sizes that does not fit; `join` of notebook 02 asks "
            "the skip for its size.",
            variant(resize="double"),
        ),
        Misconception(
            "Your resize repeats pixels (`nearest`), where U²-Net blends them (`bilinear`).",
            variant(resize="nearest"),
        ),
        Misconception(
            "Your U is one level short. Count the boxes on the way down: the bottom is a level "
            "as well.",
            variant(levels=-1),
        ),
        Misconception(
            "Your U has one level too many. The bottom layer is one of the levels, not one more.",
            variant(levels=+1),
        ),
        Misconception(
            "All layers on the way down have dilation 2 in your block. Only the bottom has.",
            variant(dilation=2, dilated="all"),
        ),
    )


EXERCISES = (
    Exercise(
        name="rsu.plain",
        task="two layers in a row",
        difficulty=1,
        importance=4,
        minutes=6,
        solution=solutions.Plain,
        oracle=_plain,
        cases=_pictures,
        ask=_ask,
        misconceptions=(
            Misconception(
                "One layer is missing: yours goes from in to out in a single step, and mid plays "
                "no role.",
                wrong.chain("io"),
            ),
            Misconception(
                "Your second layer is made but not used: what comes out has mid channels.",
                wrong.chain("im", "mo", used=1),
            ),
            Misconception(
                "Your second layer gives mid channels. Which width does the row want to go out?",
                wrong.chain("im", "mm"),
            ),
            Misconception(
                "There is one layer too many, from mid to mid. Two boxes are in the drawing.",
                wrong.chain("im", "mm", "mo"),
            ),
            Misconception(
                "Your first layer goes to out at once, and mid is not used. The middle width lies "
                "*between* the two layers.",
                wrong.chain("io", "oo"),
            ),
            Misconception(
                "Your layers run in the wrong order: the second wants mid channels, and is given "
                "those of the picture.",
                wrong.chain("im", "mo", turned=True),
            ),
            Misconception(
                "These are bare convolutions. A layer of U²-Net is three things in a row; "
                "`u2.ConvNormRelu` has them all.",
                wrong.bare_convolutions,
            ),
            _in_a_list(solutions.Plain),
        ),
        hints=(
            "in `__init__` you say what the block has, in `forward` what it does with it. What "
            "does a block of two boxes have?",
            "two layers. The first takes the channels that come in and gives those inside; what "
            "the second takes and gives, you know then. `forward` sends x through both.",
            "`self.layer1 = u2.ConvNormRelu(in_channels, …)`, `self.layer2 = u2.ConvNormRelu(…, "
            "…)`; in `forward`, `x = self.layer1(x)`, then … and `return`.",
        ),
    ),
    Exercise(
        name="rsu.residual",
        task="a residual block",
        difficulty=2,
        importance=5,
        minutes=8,
        solution=solutions.Residual,
        oracle=_residual,
        cases=_pictures,
        ask=_ask,
        misconceptions=(
            Misconception(
                "The residual is missing: what the first layer gave goes into the heart, and "
                "nowhere else. In the drawing, two arrows leave the first box.",
                wrong.residual("none"),
            ),
            Misconception(
                "You add the input x itself. It has other channels than what the two layers give, "
                "and where they happen to agree the answer is still another one. Which map has "
                "the right channels already?",
                wrong.residual("x"),
            ),
            Misconception(
                "You stack where a sum is drawn. Stacking doubles the channels; adding keeps them.",
                wrong.residual("stack"),
            ),
            Misconception(
                "You multiply the two maps. The block adds them.",
                wrong.residual("product"),
            ),
            Misconception(
                "Your two inner layers begin with x. They work on what the first layer made of it.",
                wrong.residual("from x"),
            ),
            Misconception(
                "There is no first layer in your block: x goes into the two layers and is added "
                "to what they give. That works only where in and out are equally wide; U²-Net "
                "brings x to the right width first, with a layer of its own.",
                wrong.residual("no first"),
            ),
            Misconception(
                "There is only one layer inside. The heart of this block is a plain block, with "
                "two.",
                wrong.residual("one inside"),
            ),
            _in_a_list(solutions.Residual),
        ),
        hints=(
            "what the first layer gives is used twice. Keep it under a name of its own.",
            "three layers: in to out; then out to mid and mid to out, which is a plain block with "
            "`out` at both ends. The sum has as many channels as each of its two parts.",
            "in `forward`: `f1 = self.first(…)`, then `return self.heart(…) + …`.",
        ),
    ),
    Exercise(
        name="rsu.four",
        task="a residual U-block of depth 4",
        difficulty=4,
        importance=5,
        minutes=15,
        solution=solutions.RSU4,
        oracle=lambda *args: _rsu(4, *args),
        cases=_maps,
        ask=_ask,
        misconceptions=(
            *_of_the_frame(wrong.of_four),
            *_of_the_u(wrong.of_four),
            _in_a_list(solutions.RSU4),
        ),
        hints=(
            "the frame is that of your residual block; only its heart is another. Walk along the "
            "drawing with the arrow keys: the text says of each box what it takes, what it does "
            "first, and how many channels it has.",
            "eight layers: the first; four on the way down, the last of them dilated and with no "
            "pool before it; three on the way up, each after a join, so that they take twice mid. "
            "Keep the maps of the way down under their names: they are needed again.",
            "`enc2 = self.enc2(pool(enc1))`, and so on down; `dec3 = self.dec3(join(enc4, …))`, "
            "and so on up; at the end `return … + f1`.",
        ),
    ),
    Exercise(
        name="rsu.any_depth",
        task="a residual U-block of any depth",
        difficulty=5,
        importance=4,
        minutes=18,
        solution=solutions.AnyRSU,
        oracle=_rsu,
        cases=_depths,
        ask=_ask,
        misconceptions=(
            Misconception(
                "Your block is always four levels deep. `depth` comes in, and changes nothing.",
                wrong.always_four,
            ),
            *_of_the_frame(wrong.of_any),
            *_of_the_u(wrong.of_any),
            _in_a_list(solutions.AnyRSU),
        ),
        hints=(
            "what repeats in the drawing? The first level is special, and the bottom; between "
            "them all layers on the way down are alike, and so are those on the way up but the "
            "last.",
            "two `nn.ModuleList`s, down and up. On the way down a list of skips grows; on the way "
            "up the last of them is taken first, which is what `pop()` does.",
            "`skips = [self.down[0](f1)]`; for each other layer, `skips.append(layer(pool(…)))`; "
            "then the bottom, without …; for each layer of the way up, "
            "`y = layer(join(y, skips.…))`.",
        ),
    ),
)

QUESTIONS = (
    Question(
        "rsu.relu",
        "A convolution answers, batch norm brings the answers of each channel to an average of 0. "
        "Then comes the ReLU. How many of the numbers are 0 after it?",
        (
            Option(
                "None: a ReLU makes negative numbers positive.",
                "That would be the absolute value. A ReLU does not turn numbers round, it cuts "
                "them off at 0.",
            ),
            Option(
                "About half of them.",
                "With an average of 0, roughly half lie below it, and a ReLU makes 0 of these.",
                right=True,
            ),
            Option(
                "A few: only those that were 0 already.",
                "Those stay 0. But all that were below 0 join them.",
            ),
            Option(
                "All of them, since the average is 0.",
                "The *average* is 0 because numbers above and below it balance, not because each "
                "of them is 0.",
            ),
        ),
    ),
    Question(
        "rsu.what_is_added",
        "A residual block takes a photograph with 3 channels and gives maps with 64. What is "
        "added at its end to what its heart gives?",
        (
            Option(
                "The photograph.",
                "So it is in the first drawings of residual networks, where in and out are "
                "equally wide. But 3 channels and 64 cannot be added.",
            ),
            Option(
                "What the first layer made of the photograph.",
                "The first layer brings it to 64 channels. The paper calls it F₁(x), and adds "
                "that: U(F₁(x)) + F₁(x).",
                right=True,
            ),
            Option(
                "The photograph, filled up with 61 channels of zeros.",
                "Some residual networks do just that. U²-Net does not: it has a layer for it.",
            ),
            Option(
                "Nothing: the heart's output is stacked on the photograph.",
                "Stacking is what the joins inside a U do. The plus in the drawing is a sum.",
            ),
        ),
    ),
    Question(
        "rsu.silent",
        "In a residual block, somebody sets the last norm of the heart to zero, so that the "
        "heart answers 0 everywhere. What does the block give?",
        (
            Option(
                "Zeros.",
                "That is what happens in a plain block: if one layer is silent, all is. Here a "
                "second way leads past the heart.",
            ),
            Option(
                "The input, as it came.",
                "Nearly. But on the way past the heart stands one layer, F₁.",
            ),
            Option(
                "What the first layer gave.",
                "0 + F₁(x). The heart need only learn what is to be *changed* about F₁(x); and at "
                "the beginning of training, when it knows nothing, it cannot spoil it all.",
                right=True,
            ),
            Option(
                "An error: 0 cannot be added.",
                "A map of zeros is a map like any other, with height, width and channels.",
            ),
        ),
    ),
    Question(
        "rsu.layers",
        "An RSU-4 is 4 levels deep. How many layers (convolution, norm, ReLU) does it have in all?",
        (
            Option("4", "These are the layers on the way down alone, enc1 to enc4."),
            Option("7", "Four down and three up. And before the U begins?"),
            Option("8", "The first one, in; four down; three up.", right=True),
            Option(
                "9", "The way up has one layer less than the way down: it begins at the bottom."
            ),
        ),
    ),
)
