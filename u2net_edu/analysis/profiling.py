"""What a network or a block costs: counted by the trace, timed on this machine, as plain JSON."""

from collections.abc import Sequence
from typing import Any

from torch import nn

from ..architecture.about import about
from ..architecture.blocks import build_block
from ..architecture.devices import pick_device
from .latency import measure_latency
from .roofline import measure_ceilings, time_operators
from .tracing import trace


def profile_network(
    model: nn.Module,
    size: tuple[int, int],
    *,
    level: str = "stage",
    time: bool = True,
    batch: int = 1,
    device: str = "cpu",
    threads: int | None = None,
    seconds: float = 1.0,
) -> dict[str, Any]:
    """Parameters, MACs, memory and, with `time`, latency by stage, layer or operator.

    Args:
        size: height and width in pixels.
        batch, device, threads, seconds: of the times, as for `measure_latency`.

    Raises: ValueError for a size, level or device that makes no sense; what `trace` raises.
    """
    chosen, spec = pick_device(device), about(model).spec
    traced = trace(model, size)
    blocks = {stage.name: stage.block for stage in spec.stages} if spec else {}
    rows = _counted(traced, level, blocks)
    result: dict[str, Any] = {
        "network": traced.name,
        "size": list(size),
        "level": level,
        "totals": traced.to_dict()["totals"],
        "rows": rows,
    }
    if not time:
        return result
    options: dict[str, Any] = {"batch": batch, "threads": threads}
    latency = measure_latency(model.to(chosen), size, seconds=seconds, **options)
    times = time_operators(model, size, **options)
    ceilings = measure_ceilings(chosen, threads=threads)
    timed = times.table(ceilings=ceilings)
    for row, members in zip(rows, traced.groups(level).values()):
        paths = [traced.operators[i].path for i in members]
        part = timed.loc[timed.index.intersection(paths)]
        spent = float(part["seconds"].sum())
        row["seconds"], row["time_share"] = spent, spent / times.seconds
        row["reached"] = float(part["least_seconds"].sum()) / spent if spent else None
    kinds = times.table("kind", ceilings).sort_values("seconds", ascending=False)
    return {
        **result,
        "latency": latency.to_dict(),
        "ceilings": ceilings.to_dict(),
        "kinds": kinds.reset_index().to_dict("records"),
        "share_without_macs": times.share_without_macs,
        "reached": float(timed["least_seconds"].sum()) / times.seconds,
    }


def profile_blocks(
    names: Sequence[str],
    channels: tuple[int, int, int],
    size: tuple[int, int],
    *,
    time: bool = True,
    batch: int = 1,
    device: str = "cpu",
    threads: int | None = None,
    seconds: float = 1.0,
) -> dict[str, Any]:
    """The same of blocks side by side, at the same (in, mid, out) channels.

    Raises: ValueError for a block that does not exist, and as `profile_network`.
    """
    chosen, rows = pick_device(device), []
    for name in names:
        block = build_block(name, *channels)
        traced = trace(block, size)
        row: dict[str, Any] = {
            "block": name,
            "parameters": traced.total_parameters,
            "macs": traced.total_macs,
            "peak_bytes": traced.peak_activation_bytes,
        }
        if time:
            latency = measure_latency(
                block.to(chosen), size, batch=batch, threads=threads, seconds=seconds
            )
            row["latency"] = latency.to_dict()
        rows.append(row)
    return {"channels": list(channels), "size": list(size), "blocks": rows}


def _counted(traced, level: str, blocks: dict[str, str]) -> list[dict[str, Any]]:
    """The rows of the trace's table as plain JSON."""
    columns = ["kind", "parameters", "macs", "macs_share", "other_ops", "output_bytes"]
    table = traced.table(level)
    rows = table[columns].to_dict("records")
    return [
        {
            **{"path": path, "block": blocks.get(path, "")},
            **{"output": list(shape[1:]), "live_bytes": live},
            **row,
        }
        for path, shape, live, row in zip(
            table.index, table["output_shape"], table["live_bytes"].tolist(), rows
        )
    ]
