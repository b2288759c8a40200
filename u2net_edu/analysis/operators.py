"""What a pass records of each operator: every fact has one place, and all the rest reads it."""

from dataclasses import dataclass
from typing import Any

from .fields.axes import Rule


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator as it ran: a convolution, a pool, an addition, …"""

    path: str
    """Its own; while the pass runs, that of the module at work."""
    kind: str
    """conv, norm, relu, pool, resize, concat, …; `input` for the image itself."""
    inputs: tuple[int, ...]
    """Positions in `Trace.operators` of what it reads; parameters are not among them."""
    input_shapes: tuple[tuple[int, ...], ...]
    output_shape: tuple[int, ...]
    parameters: int
    """Numbers in the parameters that it is the first to read."""
    macs: int
    """Multiply-accumulates of convolutions and matrix products, without the bias."""
    other_ops: int
    """Other elementary operations: bias, norm, activation, pool, resize, sum, …"""
    output_bytes: int
    """Bytes of new memory for its output; none for a view or a result written in place."""
    live_bytes: int
    """Bytes of all activations in memory right after it ran, the image included."""
    counted: bool
    """False where what it costs is not known: macs and other_ops are then 0."""
    aten: str
    """torch's own name for it."""
    settings: dict[str, Any]
    """Its arguments that are not tensors: stride, padding, groups, …"""
    grid: tuple[int, int]
    """Rows and columns of the output; 1 where it has no such dimension."""
    map_size: tuple[int, int]
    """Rows and columns from which a pixel of the output is chosen, also where all see the same."""
    links: tuple[tuple[Rule, Rule], ...] | None
    """For each input how its rows and its columns are read; None where that is not known."""
    bound: str
    """Why `links` may name more than is read; empty where they are exact."""
    unknown: str
    """Why there are no links."""
    home: str
    """Path of the module at work."""
