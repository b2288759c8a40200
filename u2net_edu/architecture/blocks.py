"""Blocks by name: the one place that knows which block a word in a table stands for."""

import re
from collections.abc import Callable
from functools import partial

from torch import nn

from .rivals import DSE, INC, NIV, PLN, PPM, RES
from .rsu import RSU, DilatedRSU

BLOCKS: dict[str, Callable[[int, int, int], nn.Module]] = {
    **{f"RSU-{depth}": partial(RSU, depth) for depth in (7, 6, 5, 4)},
    "RSU-4F": DilatedRSU,
    "PLN": PLN,
    "RES": RES,
    "DSE": DSE,
    "INC": INC,
    "PPM": PPM,
    "NIV-7": partial(NIV, 7),
}
"""The blocks of the paper by name: its own, then their rivals, which are reconstructions. Each
builds from (in, mid, out) channels. Add your own here."""

ANY_DEPTH: dict[str, Callable[[int, int, int, int], nn.Module]] = {"RSU": RSU, "NIV": NIV}
"""Families of blocks that exist at every depth ≥ 2: RSU-2, RSU-3, …, NIV-12, …"""


def block_builder(name: str) -> Callable[[int, int, int], nn.Module]:
    """What builds the block `name` from (in, mid, out) channels.

    Raises: ValueError where no block has that name; it lists those that exist.
    """
    if name in BLOCKS:
        return BLOCKS[name]
    match = re.fullmatch(r"(.+)-([0-9]+)", name) if isinstance(name, str) else None
    if match and match[1] in ANY_DEPTH and int(match[2]) >= 2:
        return partial(ANY_DEPTH[match[1]], int(match[2]))
    families = ", ".join(f"{family}-<depth ≥ 2>" for family in ANY_DEPTH)
    raise ValueError(f"no block is called {name!r}. There are {', '.join(BLOCKS)}, and {families}.")


def build_block(name: str, in_channels: int, mid_channels: int, out_channels: int) -> nn.Module:
    """Build a block by its name in the paper: (B, in, H, W) → (B, out, H, W).

    Raises: ValueError where no block has that name.
    """
    return block_builder(name)(in_channels, mid_channels, out_channels)
