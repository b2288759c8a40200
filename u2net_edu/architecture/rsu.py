"""The ReSidual U-block (RSU): a small U-Net in the place of a convolution (paper, section 3.1)."""

from collections.abc import Sequence

from torch import Tensor, nn

from .layers import Add, ConvNormRelu, Joined, Pooled, check_images, numbered


class UBlock(nn.Module):
    """A U of layers enc1 … encL, dec(L-1) … dec1; what RSU, its dilated form and NIV share.

    `dilations` has one entry a layer on the way down; the way up mirrors it. With `pooled`, every
    layer on the way down but the first and the last is preceded by a pool. The last, the bottom,
    is not: it widens its view by dilation instead.

    Shapes: (B, in_channels, H, W) → (B, out_channels, H, W), any H and W ≥ 1.
    """

    def __init__(self, in_channels: int, mid_channels: int, out_channels: int):
        super().__init__()
        self.in_channels = in_channels
        self.mid_channels = mid_channels
        self.out_channels = out_channels

    def add_u(self, in_channels: int, dilations: Sequence[int], pooled: bool) -> None:
        mid, bottom = self.mid_channels, len(dilations)
        for level, dilation in enumerate(dilations, start=1):
            layer = ConvNormRelu(in_channels if level == 1 else mid, mid, dilation)
            down = pooled and 1 < level < bottom
            self.add_module(f"enc{level}", Pooled(layer) if down else layer)
        for level in range(bottom - 1, 0, -1):
            out = self.out_channels if level == 1 else mid
            layer = ConvNormRelu(2 * mid, out, dilations[level - 1])
            # The bottom has no pool, so the first join meets its skip at the same size.
            self.add_module(f"dec{level}", Joined(layer, resize=pooled and level < bottom - 1))

    def u(self, x: Tensor) -> Tensor:
        skips = []
        for layer in numbered(self, "enc"):  # enc1 … encL
            x = layer(x)  # (B, mid, H / 2^pools, W / 2^pools)
            skips.append(x)
        x = skips.pop()
        for layer in numbered(self, "dec"):  # dec(L-1) … dec1
            x = layer(x, skips.pop())  # back up to (B, out, H, W)
        return x


class ResidualUBlock(UBlock):
    """U(F₁(x)) + F₁(x), where F₁ is one layer and U a U-Net; RSU and DilatedRSU say which U.

    The residual adds F₁(x), not x: `in` first brings the input to `out_channels`. Nothing follows
    the sum.
    """

    path_names = {"input": "in"}  # `in` is a keyword of Python

    def __init__(
        self,
        in_channels: int,
        mid_channels: int,
        out_channels: int,
        dilations: Sequence[int],
        pooled: bool,
    ):
        super().__init__(in_channels, mid_channels, out_channels)
        self.depth = len(dilations)
        self.input = ConvNormRelu(in_channels, out_channels)
        self.add_u(out_channels, dilations, pooled)
        self.add = Add()

    def forward(self, x: Tensor) -> Tensor:
        check_images(x, self.in_channels, self)
        x = self.input(x)  # F₁(x): (B, out, H, W)
        return self.add(self.u(x), x)  # U(F₁(x)) + F₁(x)


class RSU(ResidualUBlock):
    """RSU-L: a residual U-block of `depth` levels, with pools between them (paper, Fig. 2e).

    There are depth - 2 pools. The bottom layer has none and dilation 2 instead.

    Args:
        depth: layers on the way down (paper: L), 2 or more.
        in_channels, mid_channels, out_channels: channels (paper: C_in, M, C_out).

    Shapes: (B, in_channels, H, W) → (B, out_channels, H, W), any H and W ≥ 1.
    Raises: ValueError where depth < 2.
    """

    def __init__(self, depth: int, in_channels: int, mid_channels: int, out_channels: int):
        if depth < 2:
            raise ValueError(f"RSU needs a depth of 2 or more, a level and a bottom; got {depth}.")
        dilations = [1] * (depth - 1) + [2]
        super().__init__(in_channels, mid_channels, out_channels, dilations, pooled=True)


class DilatedRSU(ResidualUBlock):
    """RSU-4F: a residual U-block that widens its view by dilation 1, 2, 4, 8 and never pools.

    The maps in front of it are small already (20×20 and 10×10 in U²-Net at 320×320); pooling them
    further would leave little to see, so all its maps keep height and width ("F" for full).

    Shapes: (B, in_channels, H, W) → (B, out_channels, H, W), any H and W ≥ 1.
    Source: paper, section 3.2; dilations 1, 2, 4 | 8 | 4, 2, 1 as in the authors' code.
    """

    def __init__(self, in_channels: int, mid_channels: int, out_channels: int):
        super().__init__(in_channels, mid_channels, out_channels, [1, 2, 4, 8], pooled=False)
