"""The blocks that the paper compares with the RSU (its Fig. 2, Fig. 4 and ablation, Table 2).

**Reconstructions.** Neither the paper nor the authors' code gives their layers: Fig. 2 names them
and Fig. 4 plots their cost against the inner width M. Each block here is the plainest one of its
kind whose cost grows as that figure shows, and its docstring lists its layers. Their numbers
compare kinds of block; they are not the paper's numbers.

In the layer lists `a → b` is a `ConvNormRelu` (3×3 convolution, batch norm, ReLU) from a to b
channels; I, M and O are the channels in, inside and out. "MACs" are those of the convolutions, for
a map of H×W.
"""

import torch.nn.functional as F
from torch import Tensor, nn

from .blocks import check_depth
from .layers import Add, Concat, ConvNormRelu, Resize, check_images
from .rsu import UBlock


class PLN(nn.Module):
    """Plain: two layers in a row. A reconstruction.

    Layers: layer1 I → M, layer2 M → O.
    MACs: 9·H·W·(I·M + M·O), linear in M: no layer has M on both sides.
    Reason: the shortest stack with an inner width.

    Shapes: (B, in_channels, H, W) → (B, out_channels, H, W), any H and W ≥ 1.
    """

    def __init__(self, in_channels: int, mid_channels: int, out_channels: int):
        super().__init__()
        self.in_channels = in_channels
        self.layer1 = ConvNormRelu(in_channels, mid_channels)
        self.layer2 = ConvNormRelu(mid_channels, out_channels)

    def forward(self, x: Tensor) -> Tensor:
        check_images(x, self.in_channels, self)
        return self.layer2(self.layer1(x))


class RES(nn.Module):
    """Residual-like: two layers whose output is added to what went into them. A reconstruction.

    Layers: in I → O, giving F₁(x); layer1 O → M, layer2 M → O; sum with F₁(x).
    MACs: 9·H·W·(I·O + 2·M·O), linear in M.
    Reason: Fig. 3 of the paper compares a residual block with the RSU. This is an RSU with two
    plain layers in place of its U, so that the U is all that differs.

    Shapes: (B, in_channels, H, W) → (B, out_channels, H, W), any H and W ≥ 1.
    """

    path_names = {"input": "in"}

    def __init__(self, in_channels: int, mid_channels: int, out_channels: int):
        super().__init__()
        self.in_channels = in_channels
        self.input = ConvNormRelu(in_channels, out_channels)
        self.layer1 = ConvNormRelu(out_channels, mid_channels)
        self.layer2 = ConvNormRelu(mid_channels, out_channels)
        self.add = Add()

    def forward(self, x: Tensor) -> Tensor:
        check_images(x, self.in_channels, self)
        x = self.input(x)  # F₁(x): (B, out, H, W)
        return self.add(self.layer2(self.layer1(x)), x)


class Gathered(nn.Module):
    """Concatenate all the maps, then run `block`."""

    path_names = {"block": ""}

    def __init__(self, block: nn.Module):
        super().__init__()
        self.concat = Concat()
        self.block = block

    def forward(self, *maps: Tensor) -> Tensor:
        return self.block(self.concat(*maps))


class DSE(nn.Module):
    """Dense-like: every layer takes the outputs of all layers before it. A reconstruction.

    Layers: layer1 I → M, layer2 M → M, layer3 2M → M, layer4 3M → M, out 4M → O.
    MACs: 9·H·W·(I·M + 6·M² + 4·M·O), quadratic in M.
    Reason: the growth rate is the inner width, hence M². Four layers make a stack as deep as
    RSU-4 is on its way down. The input itself is not passed on, so a stage with 1024 input channels
    pays for them once.

    Shapes: (B, in_channels, H, W) → (B, out_channels, H, W), any H and W ≥ 1.
    """

    def __init__(self, in_channels: int, mid_channels: int, out_channels: int):
        super().__init__()
        self.in_channels = in_channels
        mid = mid_channels
        self.layer1 = ConvNormRelu(in_channels, mid)
        self.layer2 = ConvNormRelu(mid, mid)
        self.layer3 = Gathered(ConvNormRelu(2 * mid, mid))
        self.layer4 = Gathered(ConvNormRelu(3 * mid, mid))
        self.out = Gathered(ConvNormRelu(4 * mid, out_channels))

    def forward(self, x: Tensor) -> Tensor:
        check_images(x, self.in_channels, self)
        maps = [self.layer1(x)]
        for layer in (self.layer2, self.layer3, self.layer4):  # each (B, mid, H, W)
            maps.append(layer(*maps))
        return self.out(*maps)  # (B, out, H, W)


class INC(nn.Module):
    """Inception-like: branches side by side, each dilated more than the last. A reconstruction.

    Layers: in I → M; dilated1, dilated2, dilated4, dilated8, each M → M with that dilation, all on
    the output of `in`; out 4M → O.
    MACs: 9·H·W·(I·M + 4·M² + 4·M·O), quadratic in M.
    Reason: the paper says that this block widens its field by dilated branches. The dilations 1,
    2, 4 and 8 are those of RSU-4F, here side by side, there one after another.

    Shapes: (B, in_channels, H, W) → (B, out_channels, H, W), any H and W ≥ 1.
    """

    path_names = {"input": "in"}

    def __init__(self, in_channels: int, mid_channels: int, out_channels: int):
        super().__init__()
        self.in_channels = in_channels
        self.input = ConvNormRelu(in_channels, mid_channels)
        self.dilated1 = ConvNormRelu(mid_channels, mid_channels, 1)
        self.dilated2 = ConvNormRelu(mid_channels, mid_channels, 2)
        self.dilated4 = ConvNormRelu(mid_channels, mid_channels, 4)
        self.dilated8 = ConvNormRelu(mid_channels, mid_channels, 8)
        self.out = Gathered(ConvNormRelu(4 * mid_channels, out_channels))

    def forward(self, x: Tensor) -> Tensor:
        check_images(x, self.in_channels, self)
        x = self.input(x)  # (B, mid, H, W)
        branches = (self.dilated1, self.dilated2, self.dilated4, self.dilated8)
        return self.out(*(branch(x) for branch in branches))


class BinPool(nn.Module):
    """Average over a grid of bins×bins cells: (B, C, H, W) → (B, C, bins, bins).

    The cells cover the map whatever its size; on a small map they overlap.
    """

    def __init__(self, bins: int):
        super().__init__()
        self.bins = bins

    def forward(self, x: Tensor) -> Tensor:
        # On MPS torch pools adaptively only where `bins` divides the size.
        uneven = x.device.type == "mps" and any(size % self.bins for size in x.shape[-2:])
        return F.adaptive_avg_pool2d(x.cpu() if uneven else x, self.bins).to(x.device)


class PyramidLevel(nn.Module):
    """See the map from afar: pool to a grid, 1×1 convolution, ReLU, resize back.

    It has no batch norm: with one cell and one image there would be a single value to normalise.
    """

    def __init__(self, bins: int, in_channels: int, out_channels: int):
        super().__init__()
        self.pool = BinPool(bins)
        self.conv = nn.Conv2d(in_channels, out_channels, 1)
        self.relu = nn.ReLU(inplace=True)
        self.resize = Resize()

    def forward(self, x: Tensor) -> Tensor:
        return self.resize(self.relu(self.conv(self.pool(x))), x)


class PPM(nn.Module):
    """Pyramid pooling: the map beside four coarse views of itself. A reconstruction.

    Layers: in I → M; bins1, bins2, bins3, bins6, each the mean over a grid of that many rows and
    columns, a 1×1 convolution M → m = ⌈M/4⌉, ReLU, resized to H×W; out M + 4m → O.
    MACs: 9·H·W·(I·M + (M + 4·m)·O) + 50·M·m, where 50 = 1 + 4 + 9 + 36 counts the cells of all
    grids. Linear in M, apart from the last term, which does not grow with the map.
    Reason: the grids and a quarter of the width are those of the pyramid pooling module of PSPNet
    (Zhao et al., CVPR 2017), which the paper's ablation names.

    Shapes: (B, in_channels, H, W) → (B, out_channels, H, W), any H and W ≥ 1.
    """

    path_names = {"input": "in"}

    def __init__(self, in_channels: int, mid_channels: int, out_channels: int):
        super().__init__()
        self.in_channels = in_channels
        self.input = ConvNormRelu(in_channels, mid_channels)
        quarter = -(-mid_channels // 4)
        self.bins1 = PyramidLevel(1, mid_channels, quarter)
        self.bins2 = PyramidLevel(2, mid_channels, quarter)
        self.bins3 = PyramidLevel(3, mid_channels, quarter)
        self.bins6 = PyramidLevel(6, mid_channels, quarter)
        self.out = Gathered(ConvNormRelu(mid_channels + 4 * quarter, out_channels))

    def forward(self, x: Tensor) -> Tensor:
        check_images(x, self.in_channels, self)
        x = self.input(x)  # (B, mid, H, W)
        levels = (self.bins1, self.bins2, self.bins3, self.bins6)
        return self.out(x, *(level(x) for level in levels))


class NIV(UBlock):
    """NIV-L: the naive U-block, an RSU without its input layer and its residual. A reconstruction.

    Layers: enc1 I → M, enc2 … encL M → M, each after a pool except the last, which has dilation 2
    instead; dec(L-1) … dec2 2M → M, dec1 2M → O, each on the output from below and its
    skip.
    MACs: 9·H·W·(I·M + M² + 2·M·O) for any L if 2^(L-2) divides H and W; otherwise a little more,
    because a pool rounds up. Quadratic in M, with the RSU's small coefficient.
    Reason: the paper's ablation calls it naive. It is what is left of an RSU without its residual.

    Args:
        depth: layers on the way down (paper: L), 2 or more.

    Shapes: (B, in_channels, H, W) → (B, out_channels, H, W), any H and W ≥ 1.
    Raises: ValueError for a depth below 2 or above 64.
    """

    def __init__(self, depth: int, in_channels: int, mid_channels: int, out_channels: int):
        depth = check_depth("NIV", depth)
        channels = in_channels, mid_channels, out_channels
        super().__init__(*channels, [1] * (depth - 1) + [2], pooled=True, residual=False)
