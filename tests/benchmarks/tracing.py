"""How long a trace takes beside other tools: `python -m tests.benchmarks.tracing`.

All of them in one process, in turn, several times over; medians, quartiles, and ratios to the bare
forward on the meta device, which none of them can do without. Prints a Markdown table.
"""

import argparse
import gc
import os
import platform
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version

import torch
import torchinfo
from torch.utils.flop_counter import FlopCounterMode

import u2net_edu as u2
from u2net_edu.analysis.aten import meta
from u2net_edu.architecture.stand_in import stand_in

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from fvcore.nn import FlopCountAnalysis

SIZE = (320, 320)


def candidates(model: torch.nn.Module) -> dict[str, Callable[[], object]]:
    """What is timed, by the words of the table; the first is what the others are compared with."""
    twin = stand_in(model, meta.shadow)
    image = torch.empty(1, 3, *SIZE, device="meta")
    real, real_image = stand_in(model), torch.zeros(1, 3, *SIZE)
    traced = u2.trace(model, SIZE)
    pixel = (SIZE[0] // 2, SIZE[1] // 2)
    stages = [row.name for row in model.spec.stages]

    def forward():
        with torch.no_grad():
            twin(image)

    def flop_counter():
        with torch.no_grad(), FlopCounterMode(display=False) as count:
            twin(image)
        return count.get_total_flops()

    def fvcore():
        count = FlopCountAnalysis(real, real_image)
        count.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
        return count.tracer_warnings("none").by_module()

    def afresh():
        meta._SHAPES.clear()
        return u2.trace(model, SIZE)

    def everything():
        meta._SHAPES.clear()
        found = u2.trace(model, SIZE)
        return found.table("stage"), found.seen, found.support("fuse", pixel)

    return {
        "bare forward on meta": forward,
        "FlopCounter on meta (operations)": flop_counter,
        "torchinfo on meta (shapes, parameters, mult-adds)": lambda: torchinfo.summary(
            twin, input_data=[image], device="meta", verbose=0
        ),
        "fvcore (MACs; real arithmetic)": fvcore,
        "`trace`, shapes new to it": afresh,
        "`trace`, shapes seen before": lambda: u2.trace(model, SIZE),
        "`trace` anew, its table, every field, one support": everything,
        "`trace` at a virtual 16384²": lambda: u2.trace(model, (16384, 16384)),
        "fields of all stages without a border": lambda: [
            field(stage).sizes for field in [u2.trace(model, SIZE).field] for stage in stages
        ],
        "`support` of one pixel of the fused output": lambda: traced.support("fuse", pixel),
        "`to_dict`": traced.to_dict,
    }


def measure(runs: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each run in each round; every round runs all in another order."""
    names = list(runs)
    for name in names:
        runs[name]()  # first uses import and compile
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            gc.collect()
            start = time.perf_counter()
            runs[name]()
            seconds[name].append(time.perf_counter() - start)
    return seconds


def table(seconds: dict[str, list[float]]) -> str:
    first = next(iter(seconds.values()))
    lines = ["| | median, ms | quartiles, ms | ÷ bare forward |", "|---|--:|--:|--:|"]
    for name, found in seconds.items():
        low, middle, high = (1000 * q for q in statistics.quantiles(found, n=4))
        ratio = statistics.median(mine / base for mine, base in zip(found, first))
        lines.append(f"| {name} | {middle:.1f} | {low:.1f} … {high:.1f} | {ratio:.2f} |")
    return "\n".join(lines)


def machine() -> str:
    """The processor, the threads in use, and the versions that matter."""
    name = platform.processor() or platform.machine()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo") as file:
            names = (
                line.split(":", 1)[1].strip() for line in file if line.startswith("model name")
            )
            name = next(names, name)
    packages = ", ".join(f"{p} {version(p)}" for p in ("torch", "numpy", "torchinfo", "fvcore"))
    return (
        f"{name}, {os.cpu_count()} cores, {torch.get_num_threads()} threads; {platform.system()}, "
        f"Python {platform.python_version()}, {packages}"
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    model = u2.U2Net(u2.U2NET).eval()
    seconds = measure(candidates(model), chosen.rounds)
    print(f"U²-Net at {SIZE[0]}×{SIZE[1]}, {chosen.rounds} rounds in turn.  \n{machine()}\n")
    print(table(seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
