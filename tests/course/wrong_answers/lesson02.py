"""Wrong answers to the exercises of lesson 02, as a student would write them."""

import math

import torch
from torch.nn import functional

import u2net_edu as u2


def pooled_drops_always(size, ceil_mode):
    return int(size / 2)


def pooled_keeps_always(size, ceil_mode):
    return size // 2 + size % 2


def pooled_swapped(size, ceil_mode):
    if not ceil_mode and size % 2:
        return size // 2 + 1
    return size // 2


def pooled_plus_one(size, ceil_mode):
    half = size // 2
    if ceil_mode:
        half = half + 1
    return half


def pooled_steps(size, ceil_mode):
    travelled = size - 2
    return math.ceil(travelled / 2) if ceil_mode else travelled // 2


def ladder_floors(size, pools):
    sizes = [size]
    for _ in range(pools):
        sizes.append(sizes[-1] // 2)
    return sizes


def ladder_without_start(size, pools):
    sizes = []
    for _ in range(pools):
        size = (size + 1) // 2
        sizes.append(size)
    return sizes


def ladder_short(size, pools):
    sizes = []
    for _ in range(pools):
        sizes.append(size)
        size = (size + 1) // 2
    return sizes


def ladder_long(size, pools):
    sizes = [size]
    for _ in range(pools + 1):
        sizes.append((sizes[-1] + 1) // 2)
    return sizes


def ladder_last(size, pools):
    for _ in range(pools):
        size = (size + 1) // 2
    return size


def ladder_same_rung(size, pools):
    sizes = [size]
    for _ in range(pools):
        sizes.append((size + 1) // 2)
    return sizes


def ladder_fractions(size, pools):
    sizes = [size]
    for _ in range(pools):
        sizes.append(sizes[-1] / 2)
    return sizes


def join_doubles(low, skip):
    low = torch.nn.Upsample(scale_factor=2, mode="bilinear")(low)
    return torch.cat((low, skip), dim=1)


def join_crops(low, skip):
    low = functional.interpolate(low, scale_factor=2, mode="bilinear")
    return torch.cat([low[:, :, : skip.shape[2], : skip.shape[3]], skip], dim=1)


def join_nearest(low, skip):
    height, width = skip.shape[2], skip.shape[3]
    return torch.cat([torch.nn.Upsample((height, width))(low), skip], dim=1)


def join_corners(low, skip):
    resize = torch.nn.UpsamplingBilinear2d(size=tuple(skip.shape[-2:]))  # aligns the corners
    return torch.cat([resize(low), skip], dim=1)


def join_other_order(low, skip):
    low = functional.interpolate(low, skip.size()[2:], mode="bilinear")
    return torch.cat([skip, low], axis=1)


def join_shrinks(low, skip):
    skip = functional.interpolate(skip, low.size()[2:], mode="bilinear")
    return torch.cat([low, skip], axis=1)


def join_adds(low, skip):
    return skip + functional.interpolate(low, skip.size()[2:], mode="bilinear")


def join_along_pictures(low, skip):
    low = functional.interpolate(low, skip.size()[2:], mode="bilinear")
    return torch.cat([low, skip])


def join_wide(low, skip):
    low = functional.interpolate(low, skip.size()[2:], mode="bilinear")
    return torch.cat([low, skip], dim=-1)


def join_swapped(low, skip):
    _, _, height, width = skip.shape
    low = functional.interpolate(low, size=(width, height), mode="bilinear")
    return torch.cat([low, skip], dim=1)


def join_with_ours(low, skip):
    return torch.cat([u2.resize_like(low, skip), skip], dim=1)


def join_forgets_skip(low, skip):
    return functional.interpolate(low, skip.size()[2:], mode="bilinear")


WRONG = {
    "sizes.pooled_size": [
        (pooled_drops_always, "always lost"),
        (pooled_keeps_always, "window of its own"),
        (pooled_swapped, "are swapped"),
        (lambda size, ceil_mode: size * 0.5, "Half a pixel"),
        (lambda size, ceil_mode: round(size * 0.5), "the even neighbour"),
        (pooled_plus_one, "always add one"),
        (pooled_steps, "count the steps"),
    ],
    "sizes.ladder": [
        (ladder_floors, "drop the last pixel"),
        (ladder_without_start, "start from is missing"),
        (ladder_short, "missing at the bottom"),
        (ladder_long, "One rung too many"),
        (ladder_last, "last rung alone"),
        (ladder_same_rung, "again and again"),
        (ladder_fractions, "have fractions"),
        (lambda size, pools: ladder_long(size, pools - 1)[::-1], "on its head"),
    ],
    "sizes.join": [
        (join_doubles, "You double. That"),
        (join_crops, "cut off"),
        (join_nearest, "repeats pixels"),
        (join_corners, "corners are aligned"),
        (join_other_order, "in the other order"),
        (join_shrinks, "shrink the skip"),
        (join_adds, "add where"),
        (join_along_pictures, "another axis"),
        (join_wide, "side by side"),
        (join_swapped, "begins with the width"),
        (join_with_ours, "half of this exercise"),
        (join_forgets_skip, "the skip is missing"),
    ],
}
"""Exercise → [(a wrong answer, words of its message)]. At least three for each exercise."""
