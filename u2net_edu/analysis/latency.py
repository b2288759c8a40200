"""How long a network takes, measured so that the number means something.

A time means little without its machine, its threads and its spread, so every result carries them.
The first runs, in which memory is reserved and kernels are chosen, are not counted.
"""

import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from statistics import median, quantiles
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.benchmark import Timer

from ..architecture.checks import number, whole
from ..architecture.stand_in import stand_in
from .tracing import checked_size, input_channels

FEWEST_RUNS = 5  # fewer have no quartiles worth the name


@dataclass(frozen=True)
class Machine:
    """Where a time was measured, and with what."""

    device: str
    """The processor or the GPU by its name."""
    threads: int
    """Threads that torch used on the processor."""
    system: str
    python: str
    torch: str

    def __str__(self) -> str:
        threads = f"{self.threads} thread{'s' * (self.threads != 1)}"
        return f"{self.device}, {threads}, torch {self.torch}, Python {self.python}, {self.system}"


def this_machine(device: str | torch.device = "cpu", threads: int | None = None) -> Machine:
    """This machine as a measurement on `device` should name it."""
    device = torch.device(device)
    if device.type == "cuda":
        name = torch.cuda.get_device_name(device)
    elif device.type == "mps":
        name = f"{_processor()} (MPS)"
    else:
        name = _processor()
    return Machine(
        name,
        checked_threads(threads),
        platform.system(),
        platform.python_version(),
        version("torch"),
    )


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            named = (line.partition(":") for line in file)
            return next(value.strip() for key, _, value in named if key.strip() == "model name")
    except (OSError, StopIteration):  # not Linux, or a processor that does not say
        return platform.processor() or platform.machine()


@dataclass(frozen=True)
class Latency:
    """The times of one network at one size; `median` is the answer, `iqr` how far to trust it."""

    times: tuple[float, ...]
    """Seconds of one forward, for each run."""
    batch: int
    size: tuple[int, int]
    dtype: str
    peak_bytes: int | None
    """The most memory held at once, weights included; None where the device does not say."""
    machine: Machine

    @property
    def median(self) -> float:
        """Seconds of one forward of the whole batch."""
        return median(self.times)

    @property
    def iqr(self) -> float:
        """Seconds between the first and the third quartile of the runs."""
        low, _, high = quantiles(self.times, n=4, method="inclusive")
        return high - low

    @property
    def threads(self) -> int:
        return self.machine.threads

    @property
    def device(self) -> str:
        return self.machine.device

    @property
    def images_per_second(self) -> float:
        return self.batch / self.median

    def __str__(self) -> str:
        height, width = self.size
        memory = "" if self.peak_bytes is None else f", peak {self.peak_bytes / 2**20:,.0f} MiB"
        return (
            f"{1e3 * self.median:.1f} ms (IQR {1e3 * self.iqr:.1f}, {len(self.times)} runs) for "
            f"{self.batch}×{height}×{width} {self.dtype}{memory}; {self.machine}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON, the derived figures included."""
        derived = {"median": self.median, "iqr": self.iqr}
        return {**asdict(self), "times": list(self.times), "size": list(self.size), **derived}


def measure_latency(
    module: nn.Module,
    size: tuple[int, int],
    *,
    batch: int = 1,
    channels: int | None = None,
    threads: int | None = None,
    seconds: float = 1.0,
    channels_last: bool = False,
    before_run: Callable[[], None] | None = None,
) -> Latency:
    """Time a forward in eval mode without gradients, on the device where the module is.

    A CUDA device is timed by events, others by `torch.utils.benchmark`, with torch's own number of
    threads in place of its default of one. Afterwards the module's modes and torch's threads are as
    before.

    Args:
        module: ours, or any module that takes one tensor (B, C, height, width).
        size: height and width in pixels.
        batch: images at once.
        channels: of the images; by default what the first convolution takes.
        threads: of the processor, at most four to each core; torch's present number if not given.
        seconds: to measure for, at least; and at least 5 runs.
        channels_last: give the images in that memory format (the module is taken as it is).
        before_run: called before each run, the uncounted ones too; what it raises ends the timing.

    Raises: ValueError for a size, batch, channels, threads or seconds that are not positive, and
    for too many threads.
    """
    batch = whole("batch", batch)
    images = random_images(module, size, batch, channels, channels_last)
    threads, seconds = checked_threads(threads), number("seconds", seconds, above=0)
    time = _time_by_events if images.device.type == "cuda" else _time_by_benchmark
    twin = stand_in(module, compiled=True)
    if before_run is not None:
        # On the stand-in: a hook of the caller's module that only watches would not run there.
        twin.register_forward_pre_hook(lambda *_: before_run())
    with torch.no_grad():
        for _ in range(2):  # compiles, reserves memory, picks kernels
            twin(images)
        times, peak_bytes = time(twin, images, threads, seconds)
    machine = this_machine(images.device, threads)
    dtype = str(images.dtype).removeprefix("torch.")
    return Latency(
        tuple(times), batch, (images.shape[2], images.shape[3]), dtype, peak_bytes, machine
    )


def _time_by_benchmark(module: nn.Module, images: Tensor, threads: int, seconds: float):
    finish = torch.mps.synchronize if images.device.type == "mps" else lambda: None
    work = {"module": module, "images": images, "finish": finish}
    timer = Timer("module(images); finish()", globals=work, num_threads=threads)
    times: list[float] = []
    while len(times) < FEWEST_RUNS:
        times += timer.blocked_autorange(min_run_time=seconds).times
    return times, None


def _time_by_events(module: nn.Module, images: Tensor, threads: int, seconds: float):
    times: list[float] = []
    with using_threads(threads):
        torch.cuda.synchronize(images.device)
        torch.cuda.reset_peak_memory_stats(images.device)
        while len(times) < FEWEST_RUNS or sum(times) < seconds:
            start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            start.record()
            module(images)
            end.record()
            end.synchronize()  # each run begins on an idle device, as a single picture would
            times.append(start.elapsed_time(end) / 1e3)
    return times, torch.cuda.max_memory_allocated(images.device)


def random_images(
    module: nn.Module,
    size: tuple[int, int],
    batch: int = 1,
    channels: int | None = None,
    channels_last: bool = False,
) -> Tensor:
    """Noise that the module can take, (batch, channels, height, width), where its weights are."""
    height, width = checked_size(size)
    taken = input_channels(module)[0] if channels is None else whole("channels", channels)
    shape = (whole("batch", batch), taken, height, width)
    weight = next(module.parameters(), torch.zeros(()))
    images = torch.rand(shape, generator=torch.Generator().manual_seed(0))
    form = torch.channels_last if channels_last else torch.contiguous_format
    return images.to(weight.device, weight.dtype, memory_format=form)


def checked_threads(threads: int | None) -> int:
    """That many threads; torch's present number for None.

    Raises: ValueError for less than 1, or more than four to each core: what torch starts far beyond
    that may end the process.
    """
    if threads is None:
        return torch.get_num_threads()
    return whole("threads", threads, 1, 4 * (os.cpu_count() or 1))


@contextmanager
def using_threads(threads: int) -> Iterator[None]:
    """Torch on that many threads inside, and on as many as before afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
