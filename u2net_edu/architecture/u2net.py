"""U²-Net: a U whose every stage is a U (paper, section 3.2, Fig. 5)."""

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor, nn

from .blocks import build_block
from .checks import whole
from .layers import Concat, Down, Resize, Up, check_images
from .spec import U2NET, U2NetSpec


class SaliencyLogits(NamedTuple):
    """The output of the network: maps before the sigmoid, all at the image's own size.

    Logits, not probabilities: the loss needs them (after a sigmoid the gradient of a confident
    mistake is exactly 0 in float32), and `.sigmoid()` is one call away.
    """

    fused: Tensor
    """(B, out, H, W): the network's answer, a weighted sum of the side maps."""
    sides: tuple[Tensor, ...]
    """side1 … side6, each (B, out, H, W), from the finest stage (de1) to the coarsest (en6)."""


class SideHead(nn.Module):
    """Give a stage's own answer: a 3×3 convolution at its resolution, resized to the full one."""

    def __init__(self, in_channels: int, out_channels: int, resize: bool = True):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.resize = Resize() if resize else None

    def forward(self, x: Tensor, full_size: Tensor) -> Tensor:
        side = self.conv(x)  # (B, out, H / 2^k, W / 2^k)
        return side if self.resize is None else self.resize(side, full_size)


class Fuse(nn.Module):
    """Weigh all sides into one map: concatenate them, then a 1×1 convolution.

    It takes logits. A sum of logits weighs evidence; a sum of probabilities would not reach 0 or 1.
    """

    def __init__(self, sides: int, out_channels: int):
        super().__init__()
        self.concat = Concat()
        self.conv = nn.Conv2d(sides * out_channels, out_channels, 1)

    def forward(self, sides: Sequence[Tensor]) -> Tensor:
        return self.conv(self.concat(*sides))


class U2Net(nn.ModuleDict):
    """Build the network that a table describes. `model["en3"]` is a stage, a side or the fusion.

    Args:
        spec: the table: `U2NET`, `U2NET_LITE`, `U2NET_CLASSROOM`, or your own `U2NetSpec`.
        out_channels: maps that each side gives; 1 for saliency.

    Shapes: images (B, spec.in_channels, H, W), floating point, any H and W ≥ 1 (in train mode,
    batch norm also needs more than one value a channel on the smallest map) →
    `SaliencyLogits`, every map (B, out_channels, H, W).
    Raises: ValueError if out_channels is below 1; TypeError or ValueError for a tensor of the wrong
    dtype, dimensions or channels.
    Source: paper, section 3.2, Fig. 5, Table 1.
    """

    fuse: "Fuse"
    preprocessing: str | None = None
    """The preprocessing, by name, that the weights were trained with; None if it is not known."""
    size: int | tuple[int, int] | None = None
    """The side of the pictures that they were trained on, or their height and width."""

    def __init__(self, spec: U2NetSpec = U2NET, out_channels: int = 1):
        super().__init__()
        out_channels = whole("out_channels", out_channels)
        self.spec = spec
        self.out_channels = out_channels
        self.provenance = "untrained: random weights"  # shown wherever the network's maps are
        for row in spec.stages:
            block = build_block(row.block, row.in_channels, row.mid_channels, row.out_channels)
            if row in spec.decoder:
                self[row.name] = Up(block)
            else:
                self[row.name] = block if row is spec.encoder[0] else Down(block)
        answering = (*reversed(spec.decoder), spec.encoder[-1])  # de1 … de5, en6
        for number, row in enumerate(answering, start=1):
            self[f"side{number}"] = SideHead(row.out_channels, out_channels, resize=number > 1)
        self.fuse = Fuse(len(answering), out_channels)

    def forward(self, images: Tensor) -> SaliencyLogits:
        check_images(images, self.spec.in_channels, self)
        x, skips = images, []
        for stage in self.spec.encoder:  # en1 … en6
            x = self[stage.name](x)  # (B, out, H / 2^k, W / 2^k)
            skips.append(x)
        x = skips.pop()
        answering = [x]
        for stage in self.spec.decoder:  # de5 … de1
            x = self[stage.name](x, skips.pop())  # (B, out, size of its skip)
            answering.append(x)
        finest_first = enumerate(reversed(answering), start=1)  # de1 … de5, en6
        sides = [self[f"side{number}"](stage_map, x) for number, stage_map in finest_first]
        return SaliencyLogits(self.fuse(sides), tuple(sides))
