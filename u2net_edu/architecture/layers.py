"""The layer that every block is built from, and the two steps that join layers into a U.

A U is drawn with two arrows: down (pool, then a block) and up (resize to the skip,
concatenate, then a block). `Down` and `Up` are these arrows. They wrap a layer inside a block
and a whole block inside the network alike, so the outer U and the inner U are the same code.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def resize_like(x: Tensor, reference: Tensor) -> Tensor:
    """Resize `x` to the height and width of `reference`: bilinear, corners not aligned.

    The network can take any height and width because it resizes to the size of the skip, not by a
    fixed factor of 2: a map of 37 rows pools to 19 rows, and 2 × 19 is not 37.

    Shapes: x (B, C, h, w), reference (B, D, H, W) → (B, C, H, W).
    """
    return F.interpolate(x, size=reference.shape[-2:], mode="bilinear", align_corners=False)


class ConvNormRelu(nn.Module):
    """Apply a 3×3 convolution, batch norm and ReLU: the layer that everything is built from.

    Padding equals dilation, so height and width are kept. The batch norm cancels the convolution's
    bias; it is there because the released weights have one.

    Shapes: (B, in_channels, H, W) → (B, out_channels, H, W).
    Source: REBNCONV in the authors' code, where the order is the same, whatever that name suggests.
    """

    def __init__(self, in_channels: int, out_channels: int, dilation: int = 1):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 3, padding=dilation, dilation=dilation)
        self.norm = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.norm(self.conv(x)))


class Pool(nn.MaxPool2d):
    """Pool the maximum of 2×2 pixels, stride 2. An odd last row or column keeps its own cell.

    Shapes: (B, C, H, W) → (B, C, ⌈H/2⌉, ⌈W/2⌉).
    """

    def __init__(self) -> None:
        super().__init__(2, stride=2, ceil_mode=True)


class Resize(nn.Module):
    """Call `resize_like` from a place in the module tree, so that output and cost have a path."""

    def forward(self, x: Tensor, reference: Tensor) -> Tensor:
        return resize_like(x, reference)


class Concat(nn.Module):
    """Concatenate along the channels: (B, C₁, H, W), (B, C₂, H, W), … → (B, ΣC, H, W)."""

    def forward(self, *maps: Tensor) -> Tensor:
        return torch.cat(maps, dim=1)


class Add(nn.Module):
    """Add two maps of equal shape: the residual sum."""

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return x + y


class Down(nn.Module):
    """Take one step down the encoder: pool, then `block`."""

    path_names = {"block": ""}

    def __init__(self, block: nn.Module):
        super().__init__()
        self.pool = Pool()
        self.block = block

    def forward(self, x: Tensor) -> Tensor:
        return self.block(self.pool(x))


class Up(nn.Module):
    """Take one step up the decoder: resize to the skip, concatenate with it, then `block`.

    With `resize=False` both must already have the same size.
    """

    path_names = {"block": ""}

    def __init__(self, block: nn.Module, resize: bool = True):
        super().__init__()
        self.resize = Resize() if resize else None
        self.concat = Concat()
        self.block = block

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        if self.resize is not None:
            x = self.resize(x, skip)
        return self.block(self.concat(x, skip))


def check_images(images: Tensor, channels: int, module: nn.Module) -> None:
    """Refuse a tensor that `module` cannot take, in one sentence that says what to do.

    Raises: TypeError if it is no tensor, not floating point, or of another dtype than the weights;
    ValueError for a wrong number of dimensions or channels, or an empty axis.
    """
    name = type(module).__name__
    wanted = f"{name} expects images of shape (batch, {channels}, height, width)"
    if not isinstance(images, Tensor):
        raise TypeError(
            f"{wanted} as a torch.Tensor, got {type(images).__name__}: "
            "u2net_edu.preprocess(picture) makes one from any picture."
        )
    shape = tuple(images.shape)
    if images.dim() != 4:
        hint = "images[None] adds the batch axis" if images.dim() == 3 else "check its axes"
        raise ValueError(f"{wanted}, got {images.dim()} dimensions {shape}: {hint}.")
    if shape[1] != channels:
        hint = (
            "images.permute(0, 3, 1, 2) puts the channels first"
            if shape[3] == channels
            else "convert the images, or build the network for that many channels"
        )
        raise ValueError(f"{wanted}, got {shape[1]} channels in {shape}: {hint}.")
    if 0 in shape:
        raise ValueError(f"{wanted}, each axis 1 or more, got {shape}.")
    dtype = next((p.dtype for p in module.parameters()), torch.float32)
    # asked only where it decides: autocast knows no meta device, where a trace runs
    if not images.is_floating_point() or (
        images.dtype != dtype and not torch.is_autocast_enabled(images.device.type)
    ):
        raise TypeError(
            f"{wanted} and dtype {dtype}, as its weights, got {images.dtype}: "
            + (
                "images.to(the weights' dtype) converts them."
                if images.is_floating_point()
                else "images.float() / 255 turns 0…255 into 0…1."
            )
        )
