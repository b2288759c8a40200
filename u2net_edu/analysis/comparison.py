"""Compare blocks: as they are, and at a budget that all of them meet."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pandas as pd
import torch

from ..architecture.blocks import BLOCKS, build_block
from .tracing import Trace, trace


def compare_blocks(
    names: Iterable[str] | None = None,
    in_channels: int = 3,
    mid_channels: Sequence[int] | int = (8, 16, 32, 64),
    out_channels: int = 64,
    size: tuple[int, int] = (320, 320),
) -> pd.DataFrame:
    """Compare blocks over a sweep of inner widths (paper, Fig. 4), one row per block and width.

    By default all of `BLOCKS`.

    Columns: block, mid_channels, parameters, macs, other_ops, peak_bytes, field: the largest
    extent in input pixels, infinite for a block that pools over all of its map.

    Raises: ValueError for a block that does not exist.
    """
    widths = list(mid_channels) if isinstance(mid_channels, Iterable) else [mid_channels]
    fields: dict[str, int | float] = {}
    rows = []
    for name in BLOCKS if names is None else names:
        for width in widths:
            counted = trace_block(name, in_channels, width, out_channels, size)
            if name not in fields:  # width does not change what a pixel sees
                fields[name] = counted.field(counted.output_path).size
            rows.append(_row(name, width, counted, fields[name]))
    return pd.DataFrame(rows)


def match_blocks(
    names: Iterable[str] | None = None,
    in_channels: int = 3,
    out_channels: int = 64,
    size: tuple[int, int] = (320, 320),
    *,
    macs: int | None = None,
    parameters: int | None = None,
    peak_bytes: int | None = None,
) -> pd.DataFrame:
    """Find the largest inner width of each block within one budget; by default of all blocks.

    Columns as in `compare_blocks`, and `share`, the part of the budget that is used. A block that
    exceeds the budget at every width has no width and no figures.

    Args: the budget, one of `macs`, `parameters` and `peak_bytes`.
    Raises: ValueError for none or several, or a block that does not exist.
    """
    given = {"macs": macs, "parameters": parameters, "peak_bytes": peak_bytes}
    budgets = [(kind, limit) for kind, limit in given.items() if limit is not None]
    if len(budgets) != 1:
        raise ValueError("a budget is macs=…, parameters=… or peak_bytes=…, one of the three.")
    ((kind, budget),) = budgets
    total = {"peak_bytes": "peak_activation_bytes"}.get(kind, f"total_{kind}")
    rows = []
    for name in BLOCKS if names is None else names:

        def within(width: int, name: str = name) -> Trace | None:
            counted = trace_block(name, in_channels, width, out_channels, size)
            return counted if getattr(counted, total) <= budget else None

        width, counted = _widest(within)
        if counted is None:
            rows.append({"block": name})
            continue
        row = _row(name, width, counted, counted.field(counted.output_path).size)
        rows.append({**row, "share": row[kind] / budget})
    columns = ["mid_channels", "parameters", "macs", "other_ops", "peak_bytes"]
    table = pd.DataFrame(rows, columns=["block", *columns, "field", "share"])
    return table.astype(dict.fromkeys(columns, "Int64"))


def _widest(within: Callable[[int], Trace | None]) -> tuple[int, Trace | None]:
    """The largest width that is within a budget, by doubling and halving; and its trace."""
    best, counted, width = 0, None, 1
    while (found := within(width)) is not None:
        best, counted, width = width, found, 2 * width
    low, high = best, width
    while high - low > 1:
        middle = (low + high) // 2
        found = within(middle)
        if found is None:
            high = middle
        else:
            low, counted = middle, found
    return low, counted


def trace_block(
    name: str, in_channels: int, mid_channels: int, out_channels: int, size: tuple[int, int]
) -> Trace:
    with torch.device("meta"):  # only shapes are wanted: no memory, no random numbers
        block = build_block(name, in_channels, mid_channels, out_channels)
    return trace(block, size, in_channels)


def _row(name: str, width: int, counted: Trace, field: int | float) -> dict[str, Any]:
    return {
        "block": name,
        "mid_channels": width,
        "parameters": counted.total_parameters,
        "macs": counted.total_macs,
        "other_ops": sum(operator.other_ops for operator in counted.operators),
        "peak_bytes": counted.peak_activation_bytes,
        "field": field,
    }
