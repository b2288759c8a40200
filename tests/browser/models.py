"""Networks of other people's making, to look at with the widgets."""

import torch
from torch import nn
from torch.nn import functional as F


class SmallUNet(nn.Module):
    """A U-Net with what ours has not: strided and transposed convolutions, a 1×1 bottleneck."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect")
        self.down = nn.Conv2d(4, 6, 3, stride=2, padding=1)
        self.deep = nn.Conv2d(6, 6, 3, stride=2, padding=2, dilation=2, groups=3)
        self.up1 = nn.ConvTranspose2d(6, 6, 2, stride=2)
        self.up2 = nn.ConvTranspose2d(12, 4, 4, stride=2, padding=1)
        self.last = nn.Conv2d(8, 2, 1)

    def forward(self, x):
        first = F.relu(self.first(x))
        down = F.relu(self.down(first))
        up = self.up1(self.deep(down))[..., : down.shape[-2], : down.shape[-1]]
        up = F.interpolate(up, down.shape[-2:], mode="nearest")
        up = self.up2(torch.cat([up, down], 1))
        up = F.interpolate(up, first.shape[-2:], mode="bilinear")
        return self.last(torch.cat([up, first], 1))


def chain() -> nn.Module:
    """A classifier: no skips, and an end that sees everything."""
    return nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.ReLU(), nn.MaxPool2d(3, 2), nn.Conv2d(8, 8, 3, stride=2),
        nn.AvgPool2d(2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5),
    )  # fmt: skip


class Untraceable(nn.Module):
    """What it does depends on the values of the image."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        return self.conv(x) if x.sum() > 0 else x
