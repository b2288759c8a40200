"""Twelve networks to paint before, ours and of others: name → (build, size of the picture)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import u2net_edu as u2

from ..conftest import load_golden
from .nets import NETS, PlainUNet, ValidUNet, conv, wide_awake


class Basic(nn.Module):
    """A block of a ResNet, whose shortcut may take a stride."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1):
        super().__init__()
        self.one = nn.Conv2d(inputs, outputs, 3, stride, 1)
        self.two = nn.Conv2d(outputs, outputs, 3, 1, 1)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, stride) if stride > 1 else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return (self.two(self.one(x).relu_()) + self.shortcut(x)).relu_()


class SmallResNet(nn.Sequential):
    """Stem of stride 2, overlapping pool, blocks of which one halves the map, a dense head."""

    def __init__(self):
        super().__init__(
            nn.Conv2d(1, 3, 7, 2, 3), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1),
            Basic(3, 3), Basic(3, 4, stride=2), nn.Conv2d(4, 1, 1),
        )  # fmt: skip


class Atrous(nn.Module):
    """Branches of dilation 1, 2 and 4 side by side, as DeepLab has them, without its global one."""

    def __init__(self):
        super().__init__()
        self.stem = conv(1, 3, stride=2, padding=1)
        self.branches = nn.ModuleList(conv(3, 2, dilation=d) for d in (1, 2, 4))
        self.head = nn.Conv2d(6, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        small = self.stem(x).relu()
        small = self.head(torch.cat([branch(small) for branch in self.branches], 1))
        return F.interpolate(small, x.shape[2:], mode="bilinear", align_corners=False)


class Pyramid(nn.Module):
    """Top-down sums of maps by nearest resizing, as a feature pyramid has them."""

    def __init__(self):
        super().__init__()
        self.down = nn.ModuleList(conv(c, 3, stride=2, padding=1) for c in (1, 3, 3))
        self.lateral = nn.ModuleList(nn.Conv2d(3, 2, 1) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        maps = []
        for layer in self.down:
            x = layer(x).relu()
            maps.append(x)
        top = self.lateral[2](maps[2])
        for n in (1, 0):
            top = F.interpolate(top, maps[n].shape[2:], mode="nearest") + self.lateral[n](maps[n])
        return top


def awake(build):
    return lambda: wide_awake(build()).eval()


PAINTED = {
    "U²-Net, golden": (lambda: load_golden("u2net").model(), (45, 38), 5),
    "U²-Net†, golden": (lambda: load_golden("u2netp").model(), (70, 53), 18),
    "classroom": (lambda: u2.load_classroom_model().eval(), (64, 49), 18),
    "U-Net": (awake(PlainUNet), (41, 38), 18),
    "valid U-Net": (awake(ValidUNet), (30, 28), 18),
    "ResNet": (awake(SmallResNet), (61, 47), 18),
    "atrous": (awake(Atrous), (39, 40), 18),
    "feature pyramid": (awake(Pyramid), (37, 41), 18),
    "strided": (awake(NETS["strided"][0]), (41, 33), 18),
    "transposed": (awake(NETS["transposed"][0]), (21, 18), 18),
    "pooled": (awake(NETS["pooled"][0]), (27, 30), 18),
    "dense": (awake(NETS["dense"][0]), (24, 23), 18),
}
"""Name → (build, size of the picture, how many pixels are painted for)."""
