"""The ablation: which block learns best when all of them may do the same work?

    python -m u2net_edu.experiments.ablation        some minutes; started again, it goes on

The paper's Table 2 asks this of large networks on photographs. Here small networks learn from drawn
scenes for a short while, each stage with the MACs of the RSU that it replaces. The figure of the
result (`figures/ablation-*.png`) says what that shows, and what it does not.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from ..architecture.blocks import build_block
from ..architecture.spec import U2NET_CLASSROOM, StageSpec, U2NetSpec
from ..architecture.u2net import U2Net
from ..files import atomic_write
from ..training.classroom import CLASSROOM_RECIPE, HELD_OUT_SEED, TRAIN_SEED
from ..training.data import SyntheticScenes
from ..training.options import whole

NAME = "ablation.json"
RSU = "RSU"
BASELINES = ("NIV", "PPM", "INC", "DSE", "RES", "PLN", "RSU-4F")
"""The blocks that replace the RSU in every stage. NIV is as deep in each stage as its RSU was."""

SEEDS = (0, 1, 2)
SETTINGS: dict[str, Any] = {
    "network": U2NET_CLASSROOM.name,
    "size": 64,
    "train_scenes": 1500,
    "held_out_scenes": 256,
    **CLASSROOM_RECIPE,
    "steps": 350,
    "terms": list(CLASSROOM_RECIPE["terms"]),
}


def spec_of(block: str, size: int = SETTINGS["size"]) -> U2NetSpec:
    """The classroom network with another block in every stage, each as wide as its budget allows.

    The budget of a stage is the MACs of its RSU on the map that it works on, counted by the trace.
    """
    if block == RSU:
        return U2NET_CLASSROOM
    rows = {row.name: _matched(row, block, size) for row in U2NET_CLASSROOM.stages}
    return replace(
        U2NET_CLASSROOM,
        name=f"{U2NET_CLASSROOM.name}, {block}",
        encoder=tuple(rows[row.name] for row in U2NET_CLASSROOM.encoder),
        decoder=tuple(rows[row.name] for row in U2NET_CLASSROOM.decoder),
    )


def _matched(row: StageSpec, block: str, size: int) -> StageSpec:
    from ..analysis.comparison import match_blocks, trace_block

    side = size
    for _ in range(int(row.name[2:]) - 1):
        side = -(-side // 2)
    name = block
    if block == "NIV":
        name = f"NIV-{row.block.removeprefix('RSU-').removesuffix('F')}"
    channels = row.in_channels, row.out_channels
    budget = trace_block(row.block, channels[0], row.mid_channels, channels[1], (side, side))
    table = match_blocks([name], *channels, (side, side), macs=budget.total_macs)
    return replace(row, block=name, mid_channels=int(table.loc[0, "mid_channels"]))


def describe(block: str, size: int) -> dict[str, Any]:
    """What a network of these blocks is: inner widths, parameters, MACs, what a pixel sees."""
    from ..analysis.tracing import trace

    spec = spec_of(block, size)
    counted = trace(U2Net(spec), (size, size))
    field = counted.field("de1").size
    return {
        "blocks": {row.name: row.block for row in spec.stages},
        "mid_channels": {row.name: row.mid_channels for row in spec.stages},
        "parameters": counted.total_parameters,
        "macs": counted.total_macs,
        "field": None if field == float("inf") else field,
    }


def train_one(block: str, seed: int, settings: dict[str, Any]) -> dict[str, Any]:
    """One run: its scores on held-out scenes, and the CPU seconds of its training."""
    from ..training.loop import fit
    from ..training.metrics import evaluate

    size = settings["size"]
    train = _drawn(size, settings["train_scenes"], TRAIN_SEED)
    held_out = _drawn(size, settings["held_out_scenes"], HELD_OUT_SEED)
    recipe = {name: settings[name] for name in CLASSROOM_RECIPE}
    torch.manual_seed(seed)
    model = U2Net(spec_of(block, size))
    start = time.process_time()
    history = fit(model, train, seed=seed, device="cpu", progress=False, **recipe)
    seconds = time.process_time() - start
    scores = evaluate(model, held_out, device="cpu")
    numbers = {
        "IoU": scores["IoU"],
        "MAE": scores["MAE"],
        "loss": history.records[-1]["loss"],
        "cpu_seconds": seconds,
    }
    rounded = {name: float(f"{value:.4g}") for name, value in numbers.items()}
    return {"block": block, "seed": seed, **rounded}


@lru_cache(maxsize=2)
def _drawn(size: int, length: int, seed: int) -> SyntheticScenes:
    """Scenes, drawn once for all runs: their seconds are no block's."""
    scenes = SyntheticScenes(size, length, seed)
    for index in range(length):
        scenes.pixels(index)
    return scenes


def run_ablation(
    path: Path,
    blocks: Iterable[str] = (RSU, *BASELINES),
    seeds: Iterable[int] = SEEDS,
    settings: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Train what `path` does not hold yet, and write it there after every run.

    Raises: ValueError for a block that does not exist, and if the file holds runs with other
    settings or from another machine, which cannot be compared with these.
    """
    from ..analysis.latency import this_machine

    settings = settings or SETTINGS
    blocks, seeds = list(blocks), list(seeds)
    for seed in seeds:
        whole("seed", seed, 0)
    for block in blocks:  # a name that does not exist is told now, not after hours
        build_block("NIV-4" if block == "NIV" else "RSU-4" if block == RSU else block, 3, 4, 4)
    machine = asdict(this_machine())
    found: dict[str, Any] = {"settings": settings, "machine": machine, "networks": {}, "runs": []}
    if path.is_file():
        found = _checked(json.loads(path.read_text(encoding="utf-8")), settings, machine, path)
    done = {(run["block"], run["seed"]) for run in found["runs"]}
    wanted = [(block, seed) for seed in seeds for block in blocks]
    missing = [pair for pair in wanted if pair not in done]
    start = time.monotonic()
    for number, (block, seed) in enumerate(missing, start=1):
        run = train_one(block, seed, settings)
        found["networks"].setdefault(block, describe(block, settings["size"]))
        found["runs"].append(run)
        found["date"] = date.today().isoformat()
        with atomic_write(path) as temporary:
            text = json.dumps(found, indent=1, ensure_ascii=False)
            temporary.write_text(text + "\n", encoding="utf-8")
        left = (time.monotonic() - start) / number * (len(missing) - number) / 60
        print(
            f"{block:7} seed {seed}: IoU {run['IoU']:.3f}, MAE {run['MAE']:.3f}, "
            f"{run['cpu_seconds']:.0f} CPU s  ({number} of {len(missing)}, "
            f"about {left:.0f} min left)",
            flush=True,
        )
    return found


def _checked(found: dict, settings: dict, machine: dict, path: Path) -> dict:
    for what, wanted in (("settings", settings), ("machine", machine)):
        if found[what] != wanted:
            differing = {
                name: (found[what].get(name), wanted.get(name))
                for name in {**found[what], **wanted}
                if found[what].get(name) != wanted.get(name)
            }
            raise ValueError(
                f"{path} holds runs with other {what} (there, now): {differing}. "
                "Name another file with --output, or remove this one."
            )
    return found


def summary(found: dict[str, Any]) -> list[dict[str, Any]]:
    """A row a block, best first: runs, mean and standard deviation of IoU and MAE over seeds."""
    rows, networks = [], found["networks"]
    reference = networks.get(RSU) or describe(RSU, found["settings"]["size"])
    for block, network in networks.items():
        runs = [run for run in found["runs"] if run["block"] == block]
        row = {"block": block, "runs": len(runs), **network}
        row["share"] = network["macs"] / reference["macs"]
        for score in ("IoU", "MAE", "cpu_seconds"):
            values = [run[score] for run in runs]
            row[f"{score}s"] = values
            row[score] = statistics.fmean(values)
            row[f"{score}_deviation"] = statistics.stdev(values) if len(values) > 1 else 0.0
        rows.append(row)
    return sorted(rows, key=lambda row: -row["IoU"])


def words(found: dict[str, Any]) -> str:
    """The summary as a table to print."""
    lines = [f"{'block':8}{'MACs':>8}{'of RSU':>8}{'parameters':>12}  {'IoU':14}{'MAE':14}CPU s"]
    for row in summary(found):
        lines.append(
            f"{row['block']:8}{row['macs'] / 1e6:6.1f} M{row['share']:8.1%}{row['parameters']:12,}"
            f"  {row['IoU']:.3f} ± {row['IoU_deviation']:.3f} "
            f"{row['MAE']:.3f} ± {row['MAE_deviation']:.3f} {row['cpu_seconds']:6.0f}"
        )
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """The command; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path("figures") / NAME
    parser.add_argument(
        "-o", "--output", type=Path, default=default, help=f"default: {default}, here"
    )
    parser.add_argument("--blocks", nargs="+", default=[RSU, *BASELINES], metavar="BLOCK")
    parser.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS), metavar="SEED")
    parser.add_argument("--steps", type=int, default=SETTINGS["steps"])
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args(argv)
    try:
        torch.set_num_threads(whole("--threads", args.threads))
        found = run_ablation(args.output, args.blocks, args.seeds, SETTINGS | {"steps": args.steps})
    except KeyboardInterrupt:
        print(f"stopped; finished runs are in {args.output}. The same command goes on from there.")
        return 1
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print(words(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
