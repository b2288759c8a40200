"""Where the time goes, operator by operator, and how fast this machine could be.

A roofline has two parts: no operator is faster than the arithmetic it does, at the machine's best
rate, nor than the bytes it moves, at the best rate of memory. Both rates are measured here, on the
machine at hand, not taken from a data sheet.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from time import perf_counter
from typing import Any

import pandas as pd
import torch
from torch import Tensor, nn

from ..architecture.checks import number, whole
from ..architecture.devices import pick_device
from ..architecture.stand_in import stand_in
from .aten.calls import Call, operator_kind
from .aten.costs import cost
from .aten.names import ALLOCATIONS, SILENT
from .latency import Machine, checked_threads, random_images, this_machine, using_threads
from .paths import operator_paths
from .stream import OperatorStream

LEVELS = ("operator", "kind", "stage")


@dataclass(frozen=True)
class Ceilings:
    """The best rates that this machine reached."""

    macs_per_second: float
    bytes_per_second: float
    dtype: str
    machine: Machine

    @property
    def ridge(self) -> float:
        """MACs for each byte moved, above which arithmetic is what limits."""
        return self.macs_per_second / self.bytes_per_second

    def seconds(self, macs: float, moved_bytes: float) -> float:
        """The least time in which this machine can do that much."""
        return max(macs / self.macs_per_second, moved_bytes / self.bytes_per_second)

    def __str__(self) -> str:
        return (
            f"{self.macs_per_second / 1e9:,.0f} GMAC/s in {self.dtype}, "
            f"{self.bytes_per_second / 1e9:,.1f} GB/s; {self.machine}"
        )

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class OperatorTime:
    """One operator of the pass, timed."""

    path: str
    kind: str
    seconds: float
    """Median over the passes."""
    macs: int
    moved_bytes: int
    """What it must read and write at least: each of its tensors once, weights included."""


@dataclass(frozen=True)
class OperatorTimes:
    """Where a forward's time goes."""

    operators: tuple[OperatorTime, ...]
    batch: int
    size: tuple[int, int]
    dtype: str
    machine: Machine

    @property
    def seconds(self) -> float:
        return sum(operator.seconds for operator in self.operators)

    @property
    def share_without_macs(self) -> float:
        """Share of the time in operators that multiply nothing: what a MAC count cannot see."""
        return sum(o.seconds for o in self.operators if not o.macs) / self.seconds

    def table(self, level: str = "operator", ceilings: Ceilings | None = None) -> pd.DataFrame:
        """One row for each operator, kind of operator or stage.

        Columns: seconds, share (of the whole), macs, moved_bytes; with `ceilings` also
        `least_seconds`, what the roofline allows, `reached`, least_seconds / seconds, and
        `limit`, "arithmetic" or "memory". Small maps stay in the processor's caches, which are
        faster than the memory that the ceiling stands for: `reached` can pass 1 there.

        Raises: ValueError for an unknown level.
        """
        if level not in LEVELS:
            raise ValueError(f"level is one of {', '.join(LEVELS)}, got {level!r}.")
        rows = pd.DataFrame([asdict(operator) for operator in self.operators])
        if ceilings is not None:
            arithmetic = rows["macs"] / ceilings.macs_per_second
            memory = rows["moved_bytes"] / ceilings.bytes_per_second
            rows["least_seconds"] = pd.concat([arithmetic, memory], axis=1).max(axis=1)
            rows["arithmetic"] = rows["seconds"].where(arithmetic > memory, 0)
        if level == "operator":
            rows = rows.set_index("path")
        else:
            key = rows["kind"] if level == "kind" else rows["path"].str.partition(".")[0]
            rows = rows.drop(columns=["path", "kind"]).groupby(key.rename(level), sort=False).sum()
        rows.insert(rows.columns.get_loc("seconds") + 1, "share", rows["seconds"] / self.seconds)
        if ceilings is not None:
            rows["reached"] = rows["least_seconds"] / rows["seconds"]
            mostly = rows.pop("arithmetic") > rows["seconds"] / 2
            rows["limit"] = mostly.map({True: "arithmetic", False: "memory"})
        return rows

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "size": list(self.size), "seconds": self.seconds}


class _Clock(OperatorStream):
    """Times each operator by itself; what Python does between two of them is not counted."""

    def __init__(self, model: nn.Module, mark: Callable[[], Any]):
        super().__init__(model, self.note)
        self.mark = mark
        self.rows: list[tuple[str, str, int, int]] = []
        self.spans: list[tuple[Any, Any]] = []

    def run(self, operator, args: tuple, kwargs: dict) -> Any:
        start = self.mark()
        result = operator(*args, **kwargs)
        self.last = start, self.mark()
        return result

    def note(self, module: str, operator, args: tuple, kwargs: dict, result: Any) -> None:
        call = Call(operator, args, kwargs, result)
        if call.name in ALLOCATIONS or call.name in SILENT:  # no steps of the network
            return
        macs, _ = cost(call) or (0, 0)
        moved = sum(tensor.numel() * tensor.element_size() for tensor in _once(call))
        self.rows.append((module, operator_kind(operator), macs, moved))
        self.spans.append(self.last)


def _once(call: Call) -> list[Tensor]:
    """What the operator reads and what it writes; none of either for a mere view."""
    return [] if call.signature.is_view else [*call.reads, *call.outputs]


def time_operators(
    module: nn.Module,
    size: tuple[int, int],
    *,
    batch: int = 1,
    channels: int | None = None,
    threads: int | None = None,
    passes: int = 5,
) -> OperatorTimes:
    """Time every operator of a forward by itself, in eval mode without gradients.

    The sum is less than `measure_latency` gives by what Python does in between. On a CUDA device
    the operators are timed by events; where Python is slower than the device, the time of a small
    operator holds the wait for its launch.

    Args: as `measure_latency`; passes: the median of that many is taken.
    """
    batch = whole("batch", batch)
    images = random_images(module, size, batch, channels)
    threads = checked_threads(threads)
    passes = whole("passes", passes)
    cuda = images.device.type == "cuda"
    seconds = []
    twin = stand_in(module)
    with torch.inference_mode(False), torch.no_grad(), using_threads(threads):
        twin(images)
        for _ in range(passes):
            clock = _Clock(twin, _event if cuda else perf_counter)
            with clock:
                twin(images)
            if cuda:
                torch.cuda.synchronize(images.device)
            seconds.append([_span(start, end) for start, end in clock.spans])
    leaves = [path for child, path in clock.paths.items() if not child._modules]
    calls = [(home, kind) for home, kind, _, _ in clock.rows]
    paths = operator_paths(calls, leaves, clock.paths.values())
    operators = (
        OperatorTime(path, kind, median(times), macs, moved)
        for path, (_, kind, macs, moved), times in zip(paths, clock.rows, zip(*seconds))
    )
    machine = this_machine(images.device, threads)
    dtype = str(images.dtype).removeprefix("torch.")
    return OperatorTimes(
        tuple(operators), batch, (images.shape[2], images.shape[3]), dtype, machine
    )


def _event():
    event = torch.cuda.Event(enable_timing=True)
    event.record()
    return event


def _span(start: Any, end: Any) -> float:
    return end - start if isinstance(start, float) else start.elapsed_time(end) / 1e3


def measure_ceilings(
    device: str | torch.device = "cpu",
    *,
    dtype: torch.dtype = torch.float32,
    threads: int | None = None,
    runs: int = 5,
    scale: float = 1.0,
) -> Ceilings:
    """Measure the best rates of arithmetic and memory that torch reaches on this machine.

    Arithmetic: the faster of a large matrix product and a large 3×3 convolution. Memory: a copy of
    a tensor larger than any cache, each byte read once and written once. The best of the runs is
    taken, since a ceiling is what was reached at all.

    Args:
        runs: of each kind of work.
        scale: of the sizes, at most 10; below 1 it is quicker and may read low.

    Raises: ValueError for a device, dtype, threads, runs or scale that makes no sense.
    """
    runs, scale = whole("runs", runs), number("scale", scale, above=0, most=10)
    if not isinstance(dtype, torch.dtype) or not dtype.is_floating_point:
        raise ValueError(f"dtype is one of torch's floating-point types; got {dtype!r}.")
    device = pick_device(device)
    threads = checked_threads(threads)
    large = device.type != "cpu"
    side = max(int((8192 if large else 1536) * scale), 16)
    width = max(int((512 if large else 96) * scale), 8)
    count = max(int((2**29 if large else 2**26) * scale), 1024)

    def tensor(*shape: int) -> Tensor:
        return torch.ones(shape, dtype=dtype, device=device)

    with torch.no_grad(), using_threads(threads):
        a, b = tensor(side, side), tensor(side, side)
        matmul = side**3 / _best(lambda: a @ b, device, runs)
        conv = nn.Conv2d(width, width, 3, padding=1, device=device, dtype=dtype).eval()
        images = tensor(1, width, 160, 160)
        conv_macs = conv.weight.numel() * 160 * 160
        convolution = conv_macs / _best(lambda: conv(images), device, runs)
        source, target = tensor(count), tensor(count)
        moved = 2 * count * source.element_size()
        copy = moved / _best(lambda: target.copy_(source), device, runs)
    name = str(dtype).removeprefix("torch.")
    return Ceilings(max(matmul, convolution), copy, name, this_machine(device, threads))


def _best(work: Callable[[], Any], device: torch.device, runs: int) -> float:
    """Seconds of the fastest of the runs, after one that is not counted."""
    wait = {"cuda": torch.cuda.synchronize, "mps": torch.mps.synchronize}.get(device.type)
    times = []
    for _ in range(runs + 1):
        if wait:
            wait()
        start = perf_counter()
        work()
        if wait:
            wait()
        times.append(perf_counter() - start)
    return min(times[1:])
