"""Lesson 03, build an RSU: our solutions."""

import torch
from torch import nn

import u2net_edu as u2

pool = nn.MaxPool2d(2, stride=2, ceil_mode=True)


def join(low, skip):
    """As in notebook 02; notebook 03 begins with it."""
    return torch.cat([u2.resize_like(low, skip), skip], dim=1)


class Plain(nn.Module):
    """Two layers in a row: in_channels → mid_channels → out_channels."""

    def __init__(self, in_channels, mid_channels, out_channels):
        super().__init__()
        self.layer1 = u2.ConvNormRelu(in_channels, mid_channels)
        self.layer2 = u2.ConvNormRelu(mid_channels, out_channels)

    def forward(self, x):
        return self.layer2(self.layer1(x))


class Residual(nn.Module):
    """F₂(F₁(x)) + F₁(x): F₁ one layer to out_channels, F₂ a plain block from there and back."""

    def __init__(self, in_channels, mid_channels, out_channels):
        super().__init__()
        self.first = u2.ConvNormRelu(in_channels, out_channels)
        self.heart = Plain(out_channels, mid_channels, out_channels)

    def forward(self, x):
        f1 = self.first(x)
        return self.heart(f1) + f1


class RSU4(nn.Module):
    """U(F₁(x)) + F₁(x), where U is a U-Net of four levels."""

    def __init__(self, in_channels, mid_channels, out_channels):
        super().__init__()
        self.first = u2.ConvNormRelu(in_channels, out_channels)
        self.enc1 = u2.ConvNormRelu(out_channels, mid_channels)
        self.enc2 = u2.ConvNormRelu(mid_channels, mid_channels)
        self.enc3 = u2.ConvNormRelu(mid_channels, mid_channels)
        self.enc4 = u2.ConvNormRelu(mid_channels, mid_channels, dilation=2)
        self.dec3 = u2.ConvNormRelu(2 * mid_channels, mid_channels)
        self.dec2 = u2.ConvNormRelu(2 * mid_channels, mid_channels)
        self.dec1 = u2.ConvNormRelu(2 * mid_channels, out_channels)

    def forward(self, x):
        f1 = self.first(x)
        enc1 = self.enc1(f1)
        enc2 = self.enc2(pool(enc1))
        enc3 = self.enc3(pool(enc2))
        enc4 = self.enc4(enc3)
        dec3 = self.dec3(join(enc4, enc3))
        dec2 = self.dec2(join(dec3, enc2))
        dec1 = self.dec1(join(dec2, enc1))
        return dec1 + f1


class AnyRSU(nn.Module):
    """U(F₁(x)) + F₁(x), where U is a U-Net of `depth` levels, 3 or more."""

    def __init__(self, depth, in_channels, mid_channels, out_channels):
        super().__init__()
        self.first = u2.ConvNormRelu(in_channels, out_channels)
        down = [u2.ConvNormRelu(out_channels, mid_channels)]
        up = [u2.ConvNormRelu(2 * mid_channels, out_channels)]
        for _ in range(depth - 2):
            down.append(u2.ConvNormRelu(mid_channels, mid_channels))
            up.append(u2.ConvNormRelu(2 * mid_channels, mid_channels))
        self.down = nn.ModuleList(down)
        self.bottom = u2.ConvNormRelu(mid_channels, mid_channels, dilation=2)
        self.up = nn.ModuleList(reversed(up))

    def forward(self, x):
        f1 = self.first(x)
        skips = [self.down[0](f1)]
        for layer in self.down[1:]:
            skips.append(layer(pool(skips[-1])))
        y = self.bottom(skips[-1])
        for layer in self.up:
            y = layer(join(y, skips.pop()))
        return y + f1
