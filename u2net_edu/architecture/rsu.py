"""The ReSidual U-block (RSU): a small U-Net in place of a convolution (paper, section 3.1)."""

from collections.abc import Sequence

from torch import Tensor, nn

from .blocks import check_depth
from .layers import Add, ConvNormRelu, Down, Up, check_images


class UBlock(nn.ModuleDict):
    """Run a U of layers: `enc1` … `encL` on the way down, `dec(L-1)` … `dec1` on the way up.

    With `residual` the block computes U(F₁(x)) + F₁(x): one more layer, `in` (F₁), first brings the
    input to `out_channels`, and the U runs on what it gives. The residual is F₁(x), not x, and
    nothing follows the sum.

    Args:
        in_channels, mid_channels, out_channels: channels (paper: C_in, M, C_out).
        dilations: one for each layer on the way down; the way up mirrors them.
        pooled: put a pool before every layer on the way down except the first and the last. The
            last, the bottom, widens its view by dilation instead.
        residual: add F₁(x), as the RSU does.

    Shapes: (B, in_channels, H, W) → (B, out_channels, H, W), any H and W ≥ 1.
    """

    path_names = {"input": "in"}  # `in` is a keyword of Python

    def __init__(
        self,
        in_channels: int,
        mid_channels: int,
        out_channels: int,
        dilations: Sequence[int],
        *,
        pooled: bool,
        residual: bool,
    ):
        super().__init__()
        self.in_channels, self.mid_channels = in_channels, mid_channels
        self.out_channels, self.depth = out_channels, len(dilations)
        self.residual = residual
        if residual:
            self["input"] = ConvNormRelu(in_channels, out_channels)
            in_channels = out_channels
        for level, dilation in enumerate(dilations, start=1):
            taken = in_channels if level == 1 else mid_channels
            layer = ConvNormRelu(taken, mid_channels, dilation)
            inside = 1 < level < self.depth
            self[f"enc{level}"] = Down(layer) if pooled and inside else layer
        for level in range(self.depth - 1, 0, -1):
            given = out_channels if level == 1 else mid_channels
            layer = ConvNormRelu(2 * mid_channels, given, dilations[level - 1])
            # The bottom has no pool, so the first join meets its skip at the same size.
            self[f"dec{level}"] = Up(layer, resize=pooled and level < self.depth - 1)
        if residual:
            self["add"] = Add()

    def forward(self, x: Tensor) -> Tensor:
        check_images(x, self.in_channels, self)
        if not self.residual:
            return self.u(x)
        x = self["input"](x)  # F₁(x): (B, out, H, W)
        return self["add"](self.u(x), x)  # U(F₁(x)) + F₁(x)

    def u(self, x: Tensor) -> Tensor:
        skips = []
        for level in range(1, self.depth + 1):
            x = self[f"enc{level}"](x)  # (B, mid, H / 2^pools, W / 2^pools)
            skips.append(x)
        x = skips.pop()
        for level in range(self.depth - 1, 0, -1):
            x = self[f"dec{level}"](x, skips.pop())  # back up to (B, out, H, W)
        return x


class RSU(UBlock):
    """Build RSU-L: a residual U-block of `depth` levels, with pools between them (paper, Fig. 2e).

    There are depth - 2 pools. The bottom layer has no pool, but dilation 2.

    Args:
        depth: layers on the way down (paper: L), 2 or more.
        in_channels, mid_channels, out_channels: channels (paper: C_in, M, C_out).

    Shapes: (B, in_channels, H, W) → (B, out_channels, H, W), any H and W ≥ 1.
    Raises: ValueError for a depth below 2 or above 64.
    """

    def __init__(self, depth: int, in_channels: int, mid_channels: int, out_channels: int):
        depth = check_depth("RSU", depth)
        channels = in_channels, mid_channels, out_channels
        super().__init__(*channels, [1] * (depth - 1) + [2], pooled=True, residual=True)


class DilatedRSU(UBlock):
    """Build RSU-4F: a residual U-block that never pools and dilates by 1, 2, 4, 8 instead.

    The maps that reach it are already small (20×20 and 10×10 in U²-Net at 320×320). Pooling them
    further would leave little to see, so all its maps keep height and width ("F" for full).

    Shapes: (B, in_channels, H, W) → (B, out_channels, H, W), any H and W ≥ 1.
    Source: paper, section 3.2; dilations 1, 2, 4 | 8 | 4, 2, 1 as in the authors' code.
    """

    def __init__(self, in_channels: int, mid_channels: int, out_channels: int):
        channels = in_channels, mid_channels, out_channels
        super().__init__(*channels, [1, 2, 4, 8], pooled=False, residual=True)
