"""How long a cut takes beside one full forward: `python -m tests.benchmarks.cuts`.

Forward and cut in turn, each part several times over; medians, 95th percentiles, and the share of
the network's MACs that follow the part, which is the least that a cut can cost. Prints a Markdown
table.
"""

import argparse
import os
import platform
import statistics
import sys
import time

import torch

import u2net_edu as u2
from u2net_edu.analysis.interventions import Replay

PARTS = ("en1", "en3", "en6", "en3 -> de3.concat", "de2", "en1 -> de1.concat", "side1")


def seconds(call) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def rows(model: torch.nn.Module, images: torch.Tensor, repeats: int):
    model.eval()
    replay = Replay(model, images)
    operators = replay.traced.operators
    everything = sum(operator.macs for operator in operators)

    def forward():
        with torch.no_grad():
            model(images)

    forward()
    for part in sorted(PARTS, key=replay.position):
        replay.run({part: "zero"})  # what lies before it is kept from now on
        pairs = [
            (seconds(forward), seconds(lambda p=part: replay.run({p: "zero"})))
            for _ in range(repeats)
        ]
        left = sum(operator.macs for operator in operators[replay.position(part) + 1 :])
        whole, cut = (sorted(times) for times in zip(*pairs))
        ratio = statistics.median(b / a for a, b in pairs)
        slow = cut[min(len(cut) - 1, round(0.95 * len(cut)))]
        yield part, left / everything, statistics.median(whole), statistics.median(cut), slow, ratio


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=15)
    repeats = parser.parse_args().repeats
    print(f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}\n")
    print("| network | part | MACs after it | forward, ms | cut, ms | p95 | cut : forward |")
    print("|---|---|--:|--:|--:|--:|--:|")
    for name, model, size in (
        ("classroom, 64×64", u2.U2Net(u2.U2NET_CLASSROOM), 64),
        ("U²-Net†, 320×320", u2.U2Net(u2.U2NET_LITE), 320),
    ):
        for part, left, *times, ratio in rows(model, torch.rand(1, 3, size, size), repeats):
            words = " | ".join(f"{1000 * t:.0f}" for t in times)
            print(f"| {name} | `{part}` | {left:.0%} | {words} | {ratio:.2f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
