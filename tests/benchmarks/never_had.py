"""A skip cut after training, and a network that never had it: what notebook 10 says of the two.

    python -m tests.benchmarks.never_had        writes tests/course/never_had.json, in minutes

The recipe, the scenes and the number of steps are the notebook's; a test holds its prose, its
lesson plan and its guess against the file.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

import u2net_edu as u2
from u2net_edu.files import atomic_write

FILE = Path(__file__).parents[1] / "course" / "never_had.json"
SIZE, STEPS, SEEDS, SCENES, FRESH = 64, 300, (0, 1, 2), 600, 64
DECODER = [stage.name for stage in u2.U2NET_CLASSROOM.decoder]
SKIPS = [f"en{name[2:]} -> {name}.concat" for name in DECODER]
STAGES = [stage.name for stage in u2.U2NET_CLASSROOM.stages]


class WithoutSkip(nn.Module):
    """In place of a concatenation: zeros come over the skip."""

    def forward(self, below: Tensor, skip: Tensor) -> Tensor:
        return torch.cat([below, torch.zeros_like(skip)], 1)


class WithoutResidual(nn.Module):
    """In place of the sum at the end of a block: what the inner U gives, alone."""

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return x


def _skipless(model) -> None:
    for name in DECODER:
        model[name].concat = WithoutSkip()


def _without_residual(model) -> None:
    for name in STAGES:
        stage = model[name]
        getattr(stage, "block", stage).add = WithoutResidual()


KINDS: dict[str, tuple[Callable | None, list[str]]] = {
    "skips": (_skipless, SKIPS),
    "residuals": (_without_residual, [f"{name}.in -> {name}.add" for name in STAGES]),
    "en6": (None, ["en6"]),
}
"""What is missed → how a network is built without it, and what to cut for the same afterwards."""


def trained(seed: int, build: Callable | None) -> nn.Module:
    """The classroom network after a short training; with `build`, without a part from the start."""
    torch.manual_seed(seed)
    model = u2.U2Net(u2.U2NET_CLASSROOM)
    if build:
        build(model)
    train = u2.SyntheticScenes(SIZE, SCENES, seed=0)
    recipe = u2.CLASSROOM_RECIPE | {"steps": STEPS}
    u2.fit(model, train, seed=seed, progress=False, **recipe)
    return model


def scores(model, changes: dict | None = None) -> list[float]:
    """The IoU of the fused map and the six sides on fresh scenes, with parts changed."""
    from u2net_edu.training.metrics import batch_iou

    scenes = u2.SyntheticScenes(SIZE, FRESH, seed=2)
    images, masks = (torch.stack(each) for each in zip(*(scenes[n] for n in range(FRESH))))
    with torch.no_grad():
        logits = u2.intervene(model, images, changes or {})
    maps = (logits.fused, *logits.sides)
    return [round(float(batch_iou(m.sigmoid(), masks).mean()), 4) for m in maps]


def one(seed: int) -> dict:
    """All trainings of one seed: whole, cut afterwards, and never had."""
    whole = trained(seed, None)
    found = {"whole": scores(whole)}
    for kind, (build, cuts) in KINDS.items():
        found[f"{kind} cut"] = scores(whole, dict.fromkeys(cuts, "zero"))
        if build:
            found[f"{kind} never had"] = scores(trained(seed, build))
    print(seed, {name: values[0] for name, values in found.items()}, flush=True)
    return found


def main() -> int:
    """Train with and without, each seed; write what came."""
    torch.set_num_threads(1)
    found = {seed: one(seed) for seed in SEEDS}
    with atomic_write(FILE) as path:
        path.write_text(json.dumps({"torch": torch.__version__, **found}, indent=1) + "\n")
    print(FILE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
