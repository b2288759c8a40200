"""Trainings with something wrong in them, to be diagnosed from their curves, and a healthy one.

    python -m u2net_edu.experiments.broken          a minute; writes assets/broken_trainings.json

All four begin with the same weights and take as many steps. `FAULTS` says what is wrong with A, B
and C: anyone who wants to find it out should not read on.
"""

import json
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..architecture.spec import U2NET_CLASSROOM
from ..architecture.u2net import SaliencyLogits, U2Net
from ..files import atomic_write
from ..training.data import SyntheticScenes
from ..training.history import History

PATH = Path(__file__).parents[1] / "assets" / "broken_trainings.json"
SETTINGS: dict[str, Any] = {
    **{"steps": 160, "batch_size": 8, "learning_rate": 5e-3, "schedule": "constant"}
}
SIZE, SCENES, HELD_OUT = 48, 48, 32
KEPT = ("step", "loss", "fused", "iou", "gradient_norm", "learning_rate")
HEALTHY = "healthy"


class SigmoidTwice(nn.Module):
    """A network that gives probabilities instead of logits: the loss adds another sigmoid."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, x):
        logits = self.network(x)
        return SaliencyLogits(logits.fused.sigmoid(), tuple(s.sigmoid() for s in logits.sides))


def mirrored(pairs: list) -> list:
    """Exchange left and right in the masks, but not in the images."""
    return [(image, mask.flip(-1)) for image, mask in pairs]


FAULTS: dict[str, dict[str, Any]] = {
    HEALTHY: {},
    "A": {"network": SigmoidTwice},
    "B": {"learning_rate": 1.0},
    "C": {"train": mirrored},
}
"""What each run does differently."""


def train_one(name: str) -> History:
    """Train one of the four from the beginning."""
    from ..training.loop import fit

    fault = dict(FAULTS[name])
    scenes = SyntheticScenes(SIZE, SCENES, 0)
    train = [scenes[i] for i in range(SCENES)]
    train = fault.pop("train", list)(train)
    torch.manual_seed(0)
    model = fault.pop("network", lambda network: network)(U2Net(U2NET_CLASSROOM))
    options = {"augmentation": "none", "preprocessing": "plain", "device": "cpu"}
    watched = SyntheticScenes(SIZE, HELD_OUT, 1)
    every = {"evaluate_every": max(1, SETTINGS["steps"] // 10), "progress": False}
    return fit(model, train, watched, **{**SETTINGS, **options, **every, **fault})


def broken_trainings() -> dict[str, History]:
    """Load recorded trainings by name: `healthy`, and A, B and C, each with one thing wrong."""
    runs = json.loads(PATH.read_text(encoding="utf-8"))["runs"]
    return {name: History.from_dict(content) for name, content in runs.items()}


def main() -> int:
    """Train all four and write what they did."""
    from ..analysis.latency import this_machine

    runs = {}
    for name in FAULTS:
        history = train_one(name)
        content = history.to_dict()
        content["records"] = [{k: _short(r[k]) for k in KEPT} for r in content["records"]]
        content["evaluations"] = [
            {k: _short(e[k]) for k in ("step", "IoU", "MAE")} for e in content["evaluations"]
        ]
        runs[name] = content
        print(f"{name}: {history}", flush=True)
    about: dict[str, Any] = {"date": date.today().isoformat(), "machine": asdict(this_machine())}
    about |= {"settings": SETTINGS, "size": SIZE, "scenes": SCENES, "held_out": HELD_OUT}
    with atomic_write(PATH) as temporary:
        temporary.write_text(json.dumps({**about, "runs": runs}) + "\n", encoding="utf-8")
    print(f"wrote {PATH}")
    return 0


def _short(value: float) -> float:
    return value if isinstance(value, int) else float(f"{value:.4g}")


if __name__ == "__main__":
    sys.exit(main())
