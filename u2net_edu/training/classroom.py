"""The small trained network that ships with the package, and the command that makes it.

    python -m u2net_edu.training.classroom            in class: two quiet minutes on two cores
    python -m u2net_edu.training.classroom --ship     the long run, whose result is in assets/

Both train `U2NET_CLASSROOM` from its default initialisation with `fit`, and score it on the same
256 held-out scenes, which neither training nor the tuning of its options has seen.
"""

import argparse
import platform
import sys
import time
from pathlib import Path
from typing import Any

import torch

from ..architecture.spec import U2NET_CLASSROOM
from ..architecture.u2net import U2Net
from ..weights.checkpoints import save_checkpoint
from .data import SyntheticScenes
from .options import whole

SIZE = 64
TRAIN_SEED, WATCH_SEED, HELD_OUT_SEED = 0, 1, 2
"""Scenes to learn from; to watch and tune by; to give scores on."""

CLASSROOM_RECIPE: dict[str, Any] = {
    "steps": 1500,
    "batch_size": 8,
    "learning_rate": 5e-3,
    "terms": ("bce", "iou"),
    "side_weights": 0.3,
}
"""Options of `fit` with which `U2NET_CLASSROOM` learns in class, from 3000 scenes at 64×64."""

SCENES = {False: 3000, True: 12_000}
"""How many scenes to learn from: in class, and in the long run."""

SHIPPED_RECIPE = CLASSROOM_RECIPE | {"steps": 6000, "batch_size": 16, "learning_rate": 1e-2}
"""Options of the long run, from 12,000 scenes. BENCHMARKS.md tells what else was tried."""


def held_out_scenes(length: int = 256) -> SyntheticScenes:
    """The scenes that scores are given on."""
    return SyntheticScenes(SIZE, length, HELD_OUT_SEED)


def train_classroom(recipe: dict, scenes: int, seed: int = 0, **options):
    """Train the classroom network by a recipe: the network, its history, the CPU seconds it took.

    The CPU seconds hold everything: drawing the scenes, the steps, the looks at held-out scenes.
    """
    from .loop import fit

    torch.manual_seed(seed)
    model = U2Net(U2NET_CLASSROOM)
    train, watched = (
        SyntheticScenes(SIZE, scenes, TRAIN_SEED),
        SyntheticScenes(SIZE, 64, WATCH_SEED),
    )
    start = time.process_time()
    history = fit(model, train, watched, seed=seed, **recipe, **options)
    return model, history, time.process_time() - start


def main(argv: list[str] | None = None) -> int:
    """Train, score, write the weights and say how good they are."""
    from .metrics import evaluate

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ship", action="store_true", help="the long run")
    parser.add_argument("-o", "--output", type=Path, help="write the weights here (.safetensors)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--checkpoints", type=Path, help="a folder to resume from")
    args = parser.parse_args(argv)
    torch.set_num_threads(whole("--threads", args.threads))
    model, history, seconds = train_classroom(
        SHIPPED_RECIPE if args.ship else CLASSROOM_RECIPE,
        SCENES[args.ship],
        args.seed,
        device=args.device,
        checkpoint_dir=args.checkpoints,
        progress=sys.stderr.isatty(),
    )
    model.provenance = f"trained on {SCENES[args.ship]:,} drawn scenes at {SIZE}×{SIZE}"
    scores = evaluate(model, held_out_scenes(), device=args.device)
    print(history)
    print(f"{seconds:.0f} CPU seconds, {args.threads} threads, {platform.machine()}")
    print(scores)
    if args.output:
        print(f"wrote {save_checkpoint(model, args.output)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
