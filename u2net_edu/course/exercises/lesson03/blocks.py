"""Blocks with some things wrong: how the misconceptions of this lesson answer."""

from functools import partial

import torch
import torch.nn.functional as F
from torch import nn

from ....architecture.layers import ConvNormRelu, resize_like


class _Listed(nn.Module):
    """A block hidden from PyTorch in a plain list."""

    def __init__(self, block: nn.Module):
        super().__init__()
        self.hidden = [block]

    def forward(self, x):
        return self.hidden[0](x)


def _maybe_listed(make, listed: bool):
    """What makes a block; or the same block, hidden."""
    return (lambda *widths: _Listed(make(*widths))) if listed else make


def _layer(into: int, out: int, bare: bool) -> nn.Module:
    return nn.Conv2d(into, out, 3, padding=1) if bare else ConvNormRelu(into, out)


class _Chain(nn.Module):
    def __init__(self, steps, used, turned, bare, *widths):
        super().__init__()
        width = dict(zip("imo", widths))
        made = [_layer(width[a], width[b], bare) for a, b in steps]
        self.layers = nn.ModuleList(made)
        self.running = made[::-1] if turned else made[:used]

    def forward(self, x):
        for layer in self.running:
            x = layer(x)
        return x


def chain(steps=("im", "mo"), used=None, turned=False, bare=False, listed=False):
    """Layers in a row, each from one width to another ("im": from in to mid).

    Args:
        used: how many of them run. turned: in the wrong order. bare: convolutions alone.
    """
    return _maybe_listed(partial(_Chain, steps, used, turned, bare), listed)


class _Residual(nn.Module):
    """A residual block; without options it is right.

    Args:
        end: as `combine` takes it. start: "f1", "x" or "no first". inside: layers of the heart.
    """

    def __init__(self, end: str, start: str, inside: int, into: int, mid: int, out: int):
        super().__init__()
        self.end, self.start = end, start
        begin = out if start == "f1" else into
        self.first = None if start == "no first" else ConvNormRelu(into, out)
        inner = [(begin, out)] if inside == 1 else [(begin, mid), (mid, out)]
        self.heart = nn.Sequential(*(ConvNormRelu(a, b) for a, b in inner))

    def forward(self, x):
        f1 = x if self.first is None else self.first(x)
        y = self.heart(x if self.start == "x" else f1)
        return combine(self.end, y, f1, x)


def residual(end="right", start="f1", inside=2, listed=False):
    """A residual block with some things wrong."""
    return _maybe_listed(partial(_Residual, end, start, inside), listed)


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
    """An RSU with some things wrong; without options it is right.

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


def of_any(listed=False, depth=None, **options):
    """An RSU of any depth with some things wrong; `depth` is what it takes for the depth."""

    def make(asked: int, *widths: int) -> nn.Module:
        return _Variant(depth or asked, *widths, **options)

    return _maybe_listed(make, listed)


def of_four(listed=False, **options):
    """An RSU of depth 4 with some things wrong."""
    return _maybe_listed(partial(_Variant, 4, **options), listed)
