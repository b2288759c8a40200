"""Latency of U²-Net and U²-Net† on a GPU, step by step faster, with the roofline of the machine.

    python -m tests.benchmarks.gpu_latency [--size 320] [--batches 1 8 32] [--seconds 2]

Each row adds one thing to the row above it: fp32, tf32, bf16, channels_last, compiled. For each:
the median of a forward by CUDA events with its IQR, images a second, the peak of memory with the
weights, and how far the answers are from those of fp32. `least` is the roofline: what the operators
take at the best rates of arithmetic and memory that this GPU reached in that precision, each tensor
read and written once; `reached` is the median's share of it. A compiled network fuses operators and
moves fewer bytes, so there `least` is of the network as it is written, and 100 % can be passed.

It prints Markdown. Without a CUDA device it explains itself and stops; `--cpu` runs the same there,
to see that it works.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from u2net_edu.analysis.latency import measure_latency, random_images, this_machine
from u2net_edu.analysis.roofline import measure_ceilings, time_operators
from u2net_edu.architecture.spec import U2NET, U2NET_CLASSROOM, U2NET_LITE, U2NetSpec
from u2net_edu.architecture.u2net import U2Net
from u2net_edu.images import preprocess
from u2net_edu.inference import calibrate_norms

SPECS = {"u2net": U2NET, "lite": U2NET_LITE, "classroom": U2NET_CLASSROOM}
HEAD = (
    "batch",
    "mode",
    "median ms",
    "IQR ms",
    "images/s",
    "peak MiB",
    "least ms",
    "reached",
    "off",
)


@dataclass(frozen=True)
class Mode:
    name: str
    dtype: torch.dtype = torch.float32
    tf32: bool = False
    channels_last: bool = False
    compiled: bool = False


MODES = (
    Mode("fp32"),
    Mode("tf32", tf32=True),
    Mode("bf16", torch.bfloat16, True),
    Mode("bf16, channels_last", torch.bfloat16, True, True),
    Mode("bf16, channels_last, compiled", torch.bfloat16, True, True, True),
)


@contextmanager
def precision(mode: Mode) -> Iterator[None]:
    """TF32 as the mode has it, and cuDNN free to try its kernels; all as before afterwards."""
    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    before = matmul.allow_tf32, cudnn.allow_tf32, cudnn.benchmark
    matmul.allow_tf32, cudnn.allow_tf32, cudnn.benchmark = mode.tf32, mode.tf32, True
    try:
        yield
    finally:
        matmul.allow_tf32, cudnn.allow_tf32, cudnn.benchmark = before


def network(spec: U2NetSpec, mode: Mode, device: torch.device) -> U2Net:
    torch.manual_seed(0)
    form = torch.channels_last if mode.channels_last else torch.contiguous_format
    # measured norms, as training would leave them: else the maps fade and hide what is off
    model = calibrate_norms(U2Net(spec), preprocess("astronaut", size=160))
    return model.to(device, mode.dtype, memory_format=form)


def rows(spec: U2NetSpec, args: argparse.Namespace, device: torch.device) -> Iterator[list[str]]:
    size = (args.size, args.size)
    for batch in args.batches:
        expected = None
        for mode in MODES:
            if mode.compiled and args.no_compile:
                continue
            with precision(mode), torch.no_grad():
                model = network(spec, mode, device)
                ceilings = measure_ceilings(device, dtype=mode.dtype, scale=args.scale)
                operators = time_operators(model, size, batch=batch, passes=3)
                least = float(operators.table(ceilings=ceilings)["least_seconds"].sum())
                images = random_images(model, size, batch, channels_last=mode.channels_last)
                run = torch.compile(model) if mode.compiled else model
                answer = run(images).fused.float().sigmoid()
                expected = answer if expected is None else expected
                latency = measure_latency(
                    run,
                    size,
                    batch=batch,
                    channels=spec.in_channels,
                    seconds=args.seconds,
                    channels_last=mode.channels_last,
                )
            memory = "" if latency.peak_bytes is None else f"{latency.peak_bytes / 2**20:,.0f}"
            yield [
                *(str(batch), mode.name, f"{1e3 * latency.median:.2f}", f"{1e3 * latency.iqr:.2f}"),
                *(f"{latency.images_per_second:.0f}", memory, f"{1e3 * least:.2f}"),
                *(f"{least / latency.median:.0%}", f"{(answer - expected).abs().max().item():.4f}"),
            ]
            if device.type == "cuda":
                del model, run, images, answer
                torch.cuda.empty_cache()
                torch.compiler.reset()


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--specs", nargs="+", choices=SPECS, default=["u2net", "lite"])
    parser.add_argument("--size", type=int, default=320)
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 8, 32])
    parser.add_argument("--seconds", type=float, default=2.0, help="for each row, at least")
    parser.add_argument("--scale", type=float, default=1.0, help="of the work for the ceilings")
    parser.add_argument("--no-compile", action="store_true", help="leave the last row out")
    parser.add_argument("--cpu", action="store_true", help="run on the processor instead")
    args = parser.parse_args(argv)
    if not args.cpu and not torch.cuda.is_available():
        print(__doc__, "\nThis machine has no CUDA device that torch can use.", file=sys.stderr)
        return 1
    device = torch.device("cpu" if args.cpu else "cuda")
    print(f"{this_machine(device)}\n")
    for mode in MODES[:3]:
        with precision(mode):
            print(f"- {mode.name}: {measure_ceilings(device, dtype=mode.dtype, scale=args.scale)}")
    for name in args.specs:
        print(f"\n### {SPECS[name].name}, {args.size}×{args.size}\n")
        print("| " + " | ".join(HEAD) + " |")
        print("|" + " --- |" * len(HEAD))
        for row in rows(SPECS[name], args, device):
            print("| " + " | ".join(row) + " |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
