"""Fields without a border, against the middle of real images that are large enough."""

import math
import random

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import u2net_edu as u2

from ..nets import Applied

REACH = 24
"""What lies so near to the border may be cut by it."""


def convolution(draw):
    kernel, dilation = draw.choice([1, 3, 5]), draw.choice([1, 2])
    mode = draw.choice(["zeros", "reflect", "circular", "replicate"])
    padding = dilation * (kernel // 2)
    return nn.Conv2d(1, 1, kernel, padding=padding, dilation=dilation, padding_mode=mode)


def there_and_back(draw):
    dimension, shift = draw.choice([2, 3]), draw.choice([1, 3])
    layer = nn.Conv2d(1, 1, 3, padding=1)
    if draw.random() < 0.5:
        return Applied(layer, forward=lambda x, a: x + a(x.flip(dimension)).flip(dimension))
    return Applied(
        layer, forward=lambda x, a: x + a(x.roll(shift, dimension)).roll(-shift, dimension)
    )


def turned(draw):
    dimension = draw.choice([2, 3])
    return Applied(forward=lambda x: x.flip(dimension))


def resized(draw):
    if draw.random() < 0.5:
        return nn.AvgPool2d(2)
    return nn.Upsample(scale_factor=2, mode=draw.choice(["nearest", "bilinear", "bicubic"]))


def cut(draw):
    if draw.random() < 0.5:
        return Applied(forward=lambda x: x[:, :, 2:-1, 1:])
    return Applied(forward=lambda x: F.pad(x, (1, 2, 0, 1)))


def halves(draw):
    """Halves laid on one another, or two maps side by side: what was far apart comes together."""
    if draw.random() < 0.5:
        return Applied(forward=lambda x: torch.cat([x, x], 3))

    def forward(x):
        half = x.shape[2] // 2
        return x[:, :, :half] + x[:, :, half : 2 * half]

    return Applied(forward=forward)


STEPS = [convolution, there_and_back, turned, resized, cut, halves]


def largest(net: nn.Module, side: int) -> tuple[int, int]:
    """(the largest extent far from the border, the largest anywhere) on a square image."""
    traced = u2.trace(net, (side, side), 1)
    field = traced.field(traced.output_path)
    found = 0
    for lo, hi in (field.rows, field.columns):
        inside = (lo > REACH) & (hi < side - 1 - REACH)
        found = max(found, int((hi - lo + 1)[inside].max(initial=0)))
    return found, max(field.size_here)


@pytest.mark.parametrize("first", [0, 40])
def test_the_size_is_that_of_pixels_far_from_the_border(first):
    for seed in range(first, first + 40):
        draw = random.Random(seed)
        chosen = [draw.choice(STEPS) for _ in range(draw.randint(1, 4))]
        net = nn.Sequential(*(step(draw) for step in chosen))
        said = f"{seed}: {[step.__name__ for step in chosen]}"
        traced = u2.trace(net, (32, 32), 1)
        size = traced.field(traced.output_path).size
        (inner, here), (inner_there, there) = largest(net, 128), largest(net, 192)
        if size == math.inf:
            assert there > here, said
        else:
            assert inner <= size, said
            assert inner_there == size, said
