"""Blocks with one thing wrong: how the misconceptions of lesson 03 answer."""

from functools import partial

import torch
import torch.nn.functional as F
from torch import nn

from ...architecture.layers import ConvNormRelu, resize_like


class _Chain(nn.Module):
    def __init__(self, steps, used, turned, *widths):
        super().__init__()
        width = dict(zip("imo", widths))
        made = [ConvNormRelu(width[a], width[b]) for a, b in steps]
        self.layers = nn.ModuleList(made)
        self.running = made[::-1] if turned else made[:used]

    def forward(self, x):
        for layer in self.running:
            x = layer(x)
        return x


def chain(*steps: str, used: int | None = None, turned: bool = False):
    """Layers in a row, each from one width to another: "im" from in to mid."""
    return partial(_Chain, steps, used, turned)


def bare_convolutions(into: int, mid: int, out: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(into, mid, 3, padding=1), nn.Conv2d(mid, out, 3, padding=1))


def unregistered(block):
    """The same block, hidden from PyTorch in a plain list."""

    class Hidden(nn.Module):
        def __init__(self, *widths):
            super().__init__()
            self.hidden = [block(*widths)]

        def forward(self, x):
            return self.hidden[0](x)

    return Hidden


class _Residual(nn.Module):
    """A residual block with one thing wrong, named by `how`."""

    def __init__(self, how: str, into: int, mid: int, out: int):
        super().__init__()
        self.how = how
        begin = into if how in ("from x", "no first") else out
        self.first = None if how == "no first" else ConvNormRelu(into, out)
        inner = [(begin, out)] if how == "one inside" else [(begin, mid), (mid, out)]
        self.heart = nn.Sequential(*(ConvNormRelu(a, b) for a, b in inner))

    def forward(self, x):
        f1 = x if self.first is None else self.first(x)
        y = self.heart(x if self.how == "from x" else f1)
        return combine(self.how, y, f1, x)


def residual(how: str):
    return partial(_Residual, how)


def combine(how: str, y, f1, x):
    """The end of a block, wrong in most of its ways."""
    ends = {
        "none": lambda: y,
        "x": lambda: y + x,
        "stack": lambda: torch.cat([y, f1], 1),
        "product": lambda: y * f1,
    }
    return ends.get(how, lambda: y + f1)()


class _Variant(nn.Module):
    """An RSU with one thing wrong; without options it is right.

    Args:
        residual: as `combine` takes it.
        start: "f1" or "x", where the U begins.
        order: "skip first" or another word.
        pools: "right", "all" (before the bottom too), "first too", "none".
        dilation, dilated: of the bottom, or of "all" layers on the way down.
        ceil: of the pools. resize: "size", "double", "nearest".
        levels: how many too many.
    """

    def __init__(
        self, depth, into, mid, out, *, residual="right", start="f1", order="low first",
        pools="right", dilation=2, dilated="bottom", ceil=True, resize="size", levels=0,
    ):  # fmt: skip
        super().__init__()
        depth = max(depth + levels, 1)
        self.residual, self.start, self.order = residual, start, order
        self.pools, self.ceil, self.resize = pools, ceil, resize
        self.first = ConvNormRelu(into, out)
        begin = into if start == "x" else out
        self.down = nn.ModuleList()
        for level in range(depth):
            wide = dilation if level == depth - 1 or dilated == "all" else 1
            self.down.append(ConvNormRelu(mid if level else begin, mid, wide))
        self.up = nn.ModuleList(
            ConvNormRelu(2 * mid, out if level == 0 else mid) for level in range(depth - 1)
        )

    def forward(self, x):
        f1 = self.first(x)
        y = x if self.start == "x" else f1
        skips = []
        for level, layer in enumerate(self.down):
            y = layer(self.pooled(y) if self.pools_before(level) else y)
            skips.append(y)
        skips.pop()
        for layer in reversed(self.up):
            skip = skips.pop()
            low = self.resized(y, skip)
            y = layer(torch.cat([skip, low] if self.order == "skip first" else [low, skip], 1))
        if self.pools == "first too":
            y = resize_like(y, f1)
        return combine(self.residual, y, f1, x)

    def pools_before(self, level: int) -> bool:
        last = len(self.down) - 1
        return {
            "none": False,
            "all": level > 0,
            "first too": level < last,
        }.get(self.pools, 0 < level < last)

    def pooled(self, y):
        return F.max_pool2d(y, 2, 2, ceil_mode=self.ceil)

    def resized(self, y, skip):
        if y.shape[2:] == skip.shape[2:]:
            return y
        if self.resize == "double":
            return F.interpolate(y, scale_factor=2, mode="bilinear")
        return (
            F.interpolate(y, skip.shape[2:]) if self.resize == "nearest" else resize_like(y, skip)
        )


def of_any(**options):
    """An RSU of any depth with one thing wrong."""
    return partial(_Variant, **options)


def of_four(**options):
    """An RSU of depth 4 with one thing wrong."""
    return partial(_Variant, 4, **options)


def always_four(depth: int, *widths: int) -> nn.Module:
    return _Variant(4, *widths)
