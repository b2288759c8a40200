"""Small networks with all that a receptive field must follow: name → (build, size of image)."""

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import u2net_edu as u2


def conv(inputs: int, outputs: int, kernel=3, **settings) -> nn.Conv2d:
    """A convolution that keeps the size, unless told otherwise."""
    if "padding" not in settings and settings.get("stride", 1) == 1:
        settings["padding"] = settings.get("dilation", 1) * (kernel // 2)
    return nn.Conv2d(inputs, outputs, kernel, **settings)


class Applied(nn.Module):
    """A function as a network's last word: what students write in a forward."""

    def __init__(self, *layers: nn.Module, forward):
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self._forward = forward

    def forward(self, x: Tensor) -> Tensor:
        return self._forward(x, *self.layers)


def dense() -> nn.Module:
    def forward(x, *layers):
        for layer in layers:
            x = torch.cat([x, layer(x)], 1)
        return x

    layers = [conv(1, 2), conv(3, 2, dilation=2), conv(5, 2, dilation=3)]
    return Applied(*layers, forward=forward)


def inception() -> nn.Module:
    """Branches of dilation 1, 3 and 5 beside one another: a field with holes."""

    def forward(x, *branches):
        return torch.cat([branch(x) for branch in branches], 1)

    return nn.Sequential(
        Applied(*(conv(1, 2, dilation=d) for d in (3, 5)), conv(1, 2, 1), forward=forward),
        conv(6, 2, dilation=2),
    )


def pyramid() -> nn.Module:
    def forward(x, *layers):
        pooled = (layer(F.adaptive_avg_pool2d(x, n)) for n, layer in zip((2, 3, 4), layers))
        parts = [F.interpolate(p, x.shape[2:], mode="bilinear") for p in pooled]
        return torch.cat([x, *parts], 1)

    return Applied(conv(1, 1, 1), conv(1, 1, 1), conv(1, 1), forward=forward)


def wide_awake(model: nn.Module) -> nn.Module:
    """Positive weights throughout: no ReLU of a tiny network is shut by chance."""
    for parameter in model.parameters():
        parameter.data = 0.1 + torch.rand(parameter.shape)
    return model


class DoubleConv(nn.Sequential):
    def __init__(self, inputs: int, outputs: int):
        super().__init__(conv(inputs, outputs), nn.ReLU(), conv(outputs, outputs), nn.ReLU())


class PlainUNet(nn.Module):
    """A U-Net as a student would write it: floor pooling, and padding to the skip's size."""

    def __init__(self):
        super().__init__()
        self.enc1, self.enc2, self.bottom = DoubleConv(1, 2), DoubleConv(2, 3), DoubleConv(3, 4)
        self.up2, self.up1 = (nn.Upsample(scale_factor=2, mode="bilinear") for _ in range(2))
        self.dec2, self.dec1, self.out = DoubleConv(7, 3), DoubleConv(5, 2), conv(2, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        a = self.enc1(x)
        b = self.enc2(F.max_pool2d(a, 2))
        x = self.bottom(F.max_pool2d(b, 2))
        x = self.dec2(self.join(self.up2(x), b))
        return self.out(self.dec1(self.join(self.up1(x), a)))

    @staticmethod
    def join(x: Tensor, skip: Tensor) -> Tensor:
        rows, columns = skip.shape[2] - x.shape[2], skip.shape[3] - x.shape[3]
        sides = [columns // 2, columns - columns // 2, rows // 2, rows - rows // 2]
        return torch.cat([skip, F.pad(x, sides)], 1)


class ValidUNet(nn.Module):
    """The first U-Net: convolutions without padding, the skip cropped, upsampling transposed."""

    def __init__(self):
        super().__init__()
        self.enc, self.bottom = conv(1, 2, padding=0), conv(2, 2, padding=0)
        self.up, self.dec = nn.ConvTranspose2d(2, 2, 2, stride=2), conv(4, 1, padding=0)

    def forward(self, x: Tensor) -> Tensor:
        skip = self.enc(x)
        x = self.up(self.bottom(F.max_pool2d(skip, 2)))
        top, left = (skip.shape[2] - x.shape[2]) // 2, (skip.shape[3] - x.shape[3]) // 2
        skip = skip[:, :, top : top + x.shape[2], left : left + x.shape[3]]
        return self.dec(torch.cat([skip, x], 1))


def padded() -> nn.Module:
    """Padding by more than later layers reach: some pixels see nothing of one branch."""

    def forward(x, first, second, last):
        wide = F.pad(first(x)[:, :, 2:, :-3], (3, 0, 0, 2))
        return last(torch.cat([wide, second(x)], 1))

    return Applied(conv(1, 1, 5), conv(1, 1, 1), conv(2, 1), forward=forward)


def apply(*layers: nn.Module, forward):
    return lambda: Applied(*copy.deepcopy(layers), forward=forward)


def resize(**settings):
    """A strided convolution, a resize to another size, a convolution."""

    def forward(x, down, after):
        x = down(x)
        if "scale_factor" not in settings:
            return after(F.interpolate(x, size=(9, 14), **settings))
        return after(F.interpolate(x, **settings))

    down, after = conv(1, 2, stride=2, padding=1), conv(2, 1)
    return apply(down, after, forward=forward)


def slim_u2net(channels: int, encoder: list[str], decoder: list[str]) -> u2.U2Net:
    """A U²-Net of those blocks with `channels` maps throughout."""
    down = [
        u2.StageSpec(f"en{i}", block, 1 if i == 1 else channels, 1, channels)
        for i, block in enumerate(encoder, start=1)
    ]
    up = [
        u2.StageSpec(f"de{len(decoder) - i}", block, 2 * channels, 1, channels)
        for i, block in enumerate(decoder)
    ]
    return u2.U2Net(u2.U2NetSpec("slim", down, up))


def tiny_u2net() -> nn.Module:
    model = slim_u2net(2, ["RSU-4", "RSU-3", "RSU-4F"], ["RSU-3", "RSU-4"])
    return Applied(model, forward=lambda x, net: net(x).fused)


NETS = {
    "one 5×3": (lambda: nn.Conv2d(1, 2, (5, 3), padding=(2, 1)), (9, 7)),
    "dilated 1, 2, 4": (
        lambda: nn.Sequential(*(conv(1, 1, dilation=d) for d in (1, 2, 4))),
        (17, 9),
    ),
    "strided": (
        lambda: nn.Sequential(conv(1, 2, stride=2), conv(2, 2, 5, stride=3, padding=1), conv(2, 1)),
        (23, 19),
    ),
    "grouped": (
        lambda: nn.Sequential(
            conv(1, 4), conv(4, 4, dilation=2, groups=4), nn.ChannelShuffle(2), conv(4, 2, groups=2)
        ),
        (11, 12),
    ),
    "transposed": (
        lambda: nn.Sequential(
            conv(1, 2, stride=2, padding=1),
            nn.ConvTranspose2d(2, 2, 3, stride=2, padding=1, output_padding=1),
            nn.ConvTranspose2d(2, 1, 4, stride=3, padding=2, dilation=2),
        ),
        (8, 9),
    ),
    "pooled": (
        lambda: nn.Sequential(
            nn.MaxPool2d(3, 2, 1), conv(1, 2), nn.AvgPool2d(2, ceil_mode=True), conv(2, 1)
        ),
        (19, 22),
    ),
    "adaptive": (
        lambda: nn.Sequential(conv(1, 1), nn.AdaptiveAvgPool2d((5, 4)), conv(1, 1)),
        (13, 11),
    ),
    "RSU-5, odd": (lambda: u2.RSU(5, 1, 1, 1), (19, 9)),
    "RSU-7, odd": (lambda: u2.RSU(7, 1, 1, 1), (35, 3)),
    "RSU-4F": (lambda: u2.DilatedRSU(1, 1, 1), (27, 5)),
    "tiny U²-Net": (tiny_u2net, (13, 10)),
    "dense": (dense, (14, 13)),
    "inception, holes": (inception, (17, 15)),
    "pyramid": (pyramid, (13, 10)),
    "student's U-Net": (PlainUNet, (15, 13)),
    "valid U-Net": (ValidUNet, (20, 18)),
    "padded": (padded, (12, 11)),
    "cropped": (
        apply(conv(1, 2), conv(2, 1), forward=lambda x, a, b: b(a(x)[:, :, 1:-2, 3::2])),
        (12, 13),
    ),
    "reflected": (
        apply(conv(1, 1), forward=lambda x, a: a(F.pad(x, (2, 3, 1, 2), mode="reflect"))),
        (8, 9),
    ),
    "replicated": (
        apply(conv(1, 1), forward=lambda x, a: a(F.pad(x, (2, 3, 1, 2), mode="replicate"))),
        (8, 9),
    ),
    "circular": (lambda: conv(1, 2, 5, padding=2, padding_mode="circular"), (8, 9)),
    "circular, dilated": (
        lambda: nn.Sequential(
            conv(1, 2, padding=3, dilation=2, padding_mode="circular"), conv(2, 1)
        ),
        (7, 9),
    ),
    "filled by slices": (
        apply(conv(1, 1), forward=lambda x, a: a(F.pad(x, (1, 2, 3, 0), mode="circular"))),
        (6, 7),
    ),
    "Conv1d over rows": (
        apply(nn.Conv1d(7, 7, 3, padding=1), forward=lambda x, a: a(x[:, 0])[:, None]),
        (7, 6),
    ),
    "rows as channels": (
        apply(
            conv(7, 5),
            conv(1, 1),
            forward=lambda x, a, b: b(a(x.permute(0, 2, 1, 3)).permute(0, 2, 1, 3)),
        ),
        (7, 6),
    ),
    "rows as channels in groups": (
        apply(
            conv(6, 6, groups=3),
            conv(1, 1),
            forward=lambda x, a, b: b(a(x.permute(0, 2, 1, 3)).permute(0, 2, 1, 3)),
        ),
        (6, 7),
    ),
    "columns mixed": (
        apply(nn.Linear(6, 6), conv(1, 1), forward=lambda x, a, b: x + b(a(x))),
        (7, 6),
    ),
    "nearest": (resize(mode="nearest"), (13, 11)),
    "nearest ×1.7": (resize(mode="nearest", scale_factor=1.7), (13, 11)),
    "nearest-exact": (resize(mode="nearest-exact"), (13, 11)),
    "bilinear": (resize(mode="bilinear"), (13, 11)),
    "bilinear ×1.7": (resize(mode="bilinear", scale_factor=1.7), (13, 11)),
    "bilinear ×1.6, size alone": (
        resize(mode="bilinear", scale_factor=1.6, recompute_scale_factor=True),
        (13, 11),
    ),
    "align_corners": (resize(mode="bilinear", align_corners=True), (13, 11)),
    "shuffled": (
        lambda: nn.Sequential(conv(1, 4), nn.PixelShuffle(2), conv(1, 1), nn.PixelUnshuffle(2)),
        (7, 6),
    ),
    "turned": (
        apply(conv(1, 1), forward=lambda x, a: a(x).flip(2) + a(x).roll(3, 3) + a(x)),
        (9, 8),
    ),
    "side by side": (
        apply(conv(1, 1), conv(1, 1), forward=lambda x, a, b: b(torch.cat([a(x), x], 3))),
        (7, 6),
    ),
    "squeeze and excite": (
        apply(conv(1, 2), conv(1, 2, 1), forward=lambda x, a, b: a(x) * b(x.mean((2, 3), True))),
        (7, 6),
    ),
    "coordinate gate": (
        apply(conv(1, 2), forward=lambda x, a: a(x) * x.mean(3, True) * x.mean(2, True)),
        (7, 6),
    ),
    "channels last, by hand": (
        apply(
            nn.Linear(1, 3),
            conv(3, 1),
            forward=lambda x, a, b: b(a(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)),
        ),
        (7, 6),
    ),
}
"""Each takes one channel and gives one map."""
