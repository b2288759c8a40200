"""Lesson 02, down, up, and odd sizes: our solutions."""

import torch


def pooled_size(size, ceil_mode):
    """How many numbers a row of `size` pixels becomes in a max pool of 2, stride 2."""
    if ceil_mode:
        return (size + 1) // 2
    return size // 2


def ladder(size, pools):
    """The sizes on the way down: before the first pool, after it, …, after the last.

    Every pool is of 2, stride 2, with ceil_mode.
    """
    sizes = [size]
    for _ in range(pools):
        sizes.append(pooled_size(sizes[-1], ceil_mode=True))
    return sizes


def join(low, skip):
    """Resize `low` to the height and width of `skip`, then stack its channels before skip's.

    `low` is (pictures, C, h, w), `skip` is (pictures, D, H, W); the answer (pictures, C + D, H, W).
    """
    size = skip.shape[-2:]
    resized = torch.nn.functional.interpolate(low, size=size, mode="bilinear", align_corners=False)
    return torch.cat([resized, skip], dim=1)
