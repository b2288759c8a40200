"""Training speed: our loop against a plain one, alternating, on U²-Net† at 96×96, batch 8.

    python -m tests.benchmarks.training [--rounds 5] [--steps 6] [--threads 2]

The plain loop is written from what is known of upstream's: images in the default memory format, a
sigmoid and a BCE for each of seven maps, their sum, Adam, and the losses read out at every step. It
is given the same drawn scenes, finished beforehand, so that both loops only fetch them. Reported:
images per second of both (median over rounds, quartiles), their ratio, and the share of a step that
our loop spends on data, first drawing included and excluded.
"""

import argparse
import json
import platform
import statistics
import time
from itertools import pairwise

import torch
from torch import nn
from torch.utils.data import DataLoader

from u2net_edu.architecture.spec import U2NET_CLASSROOM, U2NET_LITE
from u2net_edu.architecture.u2net import U2Net
from u2net_edu.training.batches import Augmented, BatchSampler
from u2net_edu.training.data import SyntheticScenes
from u2net_edu.training.loop import fit

SPECS = {"u2net_lite": U2NET_LITE, "classroom": U2NET_CLASSROOM}


def plain_loop(model: nn.Module, scenes, steps: int, batch_size: int, device: str) -> list[float]:
    """Seconds of each step of the loop as most would write it."""
    model.train()
    loader = DataLoader(scenes, batch_size=batch_size, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001, betas=(0.9, 0.999), eps=1e-8)
    bce = nn.BCELoss(reduction="mean")
    times, done = [], 0
    while True:
        start = time.perf_counter()
        for images, masks in loader:
            images, masks = images.to(device), masks.to(device)
            optimizer.zero_grad()
            logits = model(images)
            losses = [bce(torch.sigmoid(x), masks) for x in (logits.fused, *logits.sides)]
            loss = sum(losses)
            loss.backward()
            optimizer.step()
            _ = [one.item() for one in (*losses, loss)]
            now = time.perf_counter()
            times.append(now - start)
            start, done = now, done + 1
            if done == steps:
                return times


def our_loop(model: nn.Module, scenes, steps: int, batch_size: int, device: str) -> list[float]:
    """Seconds of each step of `fit`, as a callback sees them."""
    stamps = []
    options = {"batch_size": batch_size, "learning_rate": 1e-3, "schedule": "constant"}
    fit(
        model, scenes, steps=steps, device=device, augmentation="none", progress=False,
        callbacks=[lambda event: stamps.append(time.perf_counter())], **options,
    )  # fmt: skip
    return [after - before for before, after in pairwise(stamps[:-1])]


def data_seconds(scenes, batches: int, batch_size: int) -> float:
    """Seconds a batch of our loop's data alone: order, fetching, augmentation, collation."""
    sampler = BatchSampler(len(scenes), batch_size, seed=0)
    loader = iter(
        DataLoader(
            Augmented(scenes, "symmetries", 0),
            batch_sampler=sampler,
            collate_fn=lambda batch: batch,
        )
    )
    start = time.perf_counter()
    for _ in range(batches):
        next(loader)
    return (time.perf_counter() - start) / batches


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", choices=SPECS, default="u2net_lite")
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    data_seconds(
        SyntheticScenes(args.size, 64, seed=1), 1, 64
    )  # loads the textures, once a process
    fresh = SyntheticScenes(args.size, 64, seed=0)
    drawing = data_seconds(fresh, 64 // args.batch_size, args.batch_size)
    fetching = data_seconds(fresh, 64, args.batch_size)

    loops = {"ours": our_loop, "plain": plain_loop}
    rates: dict[str, list[float]] = {name: [] for name in loops}
    for round_ in range(args.rounds + 1):
        for name in loops if round_ % 2 else reversed(loops):
            torch.manual_seed(0)
            model = U2Net(SPECS[args.network]).to(args.device)
            times = loops[name](model, fresh, args.steps, args.batch_size, args.device)
            if round_:  # the first round warms up
                rates[name].append(args.batch_size / statistics.median(times[1:]))

    step = args.batch_size / statistics.median(rates["ours"])
    pairs = [ours / plain for ours, plain in zip(rates["ours"], rates["plain"])]
    shares = drawing / (step + drawing - fetching), fetching / step
    report = {
        "network": args.network,
        "size": args.size,
        "batch_size": args.batch_size,
        "images_per_second": {
            name: [round(q, 2) for q in statistics.quantiles(values, n=4)]
            for name, values in rates.items()
        },
        "ratio_quartiles": [round(q, 3) for q in statistics.quantiles(pairs, n=4)],
        "data_ms": {"drawing": round(1e3 * drawing, 2), "fetching": round(1e3 * fetching, 2)},
        "data_share": {
            "first epoch": round(shares[0], 4),
            "later": round(shares[1], 4),
            "a run of four epochs, as in class": round((shares[0] + 3 * shares[1]) / 4, 4),
        },
        "threads": args.threads,
        "torch": torch.__version__,
        "machine": f"{platform.system()} {platform.machine()}",
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
