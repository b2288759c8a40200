"""Blocks by name: the one place that knows which block a word in a table stands for.

Nothing here needs torch until a block is built: a table can be read and checked without it.
"""

import importlib
import re
from collections.abc import Callable
from typing import Any, TypeAlias

from .checks import whole

Builder: TypeAlias = Callable[[int, int, int], Any]
"""A function that builds a block from its channels in, inside and out."""


def _of(module: str, name: str, *depth: int) -> Builder:
    def build(in_channels: int, mid_channels: int, out_channels: int) -> Any:
        block = getattr(importlib.import_module(f".{module}", __package__), name)
        return block(*depth, in_channels, mid_channels, out_channels)

    return build


BLOCKS: dict[str, Builder] = {
    **{f"RSU-{depth}": _of("rsu", "RSU", depth) for depth in (7, 6, 5, 4)},
    "RSU-4F": _of("rsu", "DilatedRSU"),
    **{name: _of("baselines", name) for name in ("PLN", "RES", "DSE", "INC", "PPM")},
    "NIV-7": _of("baselines", "NIV", 7),
}
"""The blocks of the paper by name: its own, then those that it compares them with, which are
reconstructions. Each builds from (in, mid, out) channels. Add your own here."""

ANY_DEPTH = {"RSU": "rsu", "NIV": "baselines"}
"""Families of blocks that exist at every depth ≥ 2 (RSU-2, NIV-12, …), and the module of each."""


DEEPEST = 64
"""The largest depth of a block: each level but two halves the map, so 20 is already too many for
any photograph.
"""


def check_depth(family: str, depth: int) -> int:
    """Check the depth of a U-block, and return it as an int.

    Raises: ValueError for less than 2, a level and a bottom, or more than `DEEPEST`.
    """
    if isinstance(depth, int) and depth < 2:
        raise ValueError(f"{family} needs a depth of 2 or more, a level and a bottom; got {depth}.")
    depth = whole(f"the depth of {family}", depth, 2)
    if depth > DEEPEST:
        raise ValueError(
            f"{family} has a depth of {DEEPEST} at most, since each level but two halves the map; "
            f"got {depth if depth < 10**12 else 'far more'}."
        )
    return depth


def block_builder(name: str) -> Builder:
    """Find the function that builds the block `name` from (in, mid, out) channels.

    Raises: ValueError if no block has that name; it lists those that exist.
    """
    if name in BLOCKS:
        return BLOCKS[name]
    match = re.fullmatch(r"(.+)-([0-9]+)", name) if isinstance(name, str) else None
    depth = int(match[2][:30]) if match else 0  # Python refuses thousands of digits
    if match and match[1] in ANY_DEPTH and depth >= 2:
        return _of(ANY_DEPTH[match[1]], match[1], check_depth(match[1], depth))
    families = ", ".join(f"{family}-<depth ≥ 2>" for family in ANY_DEPTH)
    raise ValueError(f"no block is called {name!r}. There are {', '.join(BLOCKS)}, and {families}.")


def build_block(name: str, in_channels: int, mid_channels: int, out_channels: int) -> Any:
    """Build a block by its name in the paper: a module, (B, in, H, W) → (B, out, H, W).

    Raises: ValueError if no block has that name, or for channels that are not 1 or more.
    """
    build = block_builder(name)
    given = {"in_channels": in_channels, "mid_channels": mid_channels, "out_channels": out_channels}
    return build(*(whole(f"block {name}: {which}", n) for which, n in given.items()))
