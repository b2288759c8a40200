"""Trainings with and without side losses, map by map: what notebook 09 says of them.

    python -m tests.benchmarks.side_losses        writes tests/course/side_losses.json, in minutes

The recipe, the scenes and the number of steps are the notebook's; a test holds its prose, its
lesson plan and its guess against the file.
"""

import json
import sys
from pathlib import Path

import torch

import u2net_edu as u2
from u2net_edu.files import atomic_write
from u2net_edu.training.metrics import batch_iou

FILE = Path(__file__).parents[1] / "course" / "side_losses.json"
SIZE, STEPS, SEEDS, EVERY = 64, 300, (0, 1, 2), 6
KINDS = {"with": {}, "without": {"side_weights": 0.0}}
MAPS = ["fused", *(f"side{n}" for n in range(1, 7))]


def stacked(scenes) -> tuple[torch.Tensor, torch.Tensor]:
    """All scenes as one batch: images (N, 3, H, W) and masks (N, 1, H, W)."""
    images, masks = zip(*(scenes[index] for index in range(len(scenes))))
    return torch.stack(images), torch.stack(masks)


def probabilities(model, images) -> list[torch.Tensor]:
    """The fused map and the six sides, (N, 1, H, W) in 0…1, as the network answers when asked."""
    with torch.no_grad():
        logits = model.eval()(images)
    return [each.sigmoid() for each in (logits.fused, *logits.sides)]


def trained(seed: int, **options) -> dict:
    """One training: IoU of each map on 32 held-out scenes, every few steps and at its end."""
    torch.manual_seed(seed)
    model = u2.U2Net(u2.U2NET_CLASSROOM)
    train, valid = u2.SyntheticScenes(SIZE, 600, seed=0), u2.SyntheticScenes(SIZE, 32, seed=1)
    images, masks = stacked(valid)
    looks = {}

    def look(event) -> None:
        if event.step % EVERY == 0:
            maps = probabilities(model, images)
            looks[event.step] = [round(float(batch_iou(m, masks).mean()), 4) for m in maps]

    recipe = u2.CLASSROOM_RECIPE | {"steps": STEPS} | options
    u2.fit(model, train, valid, seed=seed, callbacks=[look], progress=False, **recipe)
    maps = probabilities(model, images)
    inside = [round(float(m[masks > 0.5].mean()), 3) for m in maps]
    outside = [round(float(m[masks <= 0.5].mean()), 3) for m in maps]
    weights = [round(w, 3) for w in model.fuse.conv.weight.flatten().tolist()]
    return {"looks": looks, "inside": inside, "outside": outside, "fusion": weights}


def main() -> int:
    """Train with and without, each seed; write what came."""
    torch.set_num_threads(1)
    found = {
        kind: {seed: trained(seed, **options) for seed in SEEDS} for kind, options in KINDS.items()
    }
    with atomic_write(FILE) as path:
        path.write_text(json.dumps({"torch": torch.__version__, **found}, indent=1) + "\n")
    print(FILE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
