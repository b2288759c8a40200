"""Two processes that train as one, over gloo on a CPU, started as torchrun starts them."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.patience import PATIENCE
from u2net_edu.training.data import SyntheticScenes
from u2net_edu.training.loop import fit

from .conftest import build_tiny

SCRIPT = """
import sys, torch
torch.set_num_threads(1)
from tests.training.test_distributed import train
train(sys.argv[1])
"""


def sgd(groups):
    return torch.optim.SGD(groups, lr=0.05)


def train(folder):
    """Train with batch norm frozen; every process writes its weights and first gradients."""
    model = build_tiny()
    gradients = []

    def read(event):
        if event.kind == "step" and event.step == 1:
            gradients.extend(p.grad.clone() for p in model.parameters())

    history = fit(
        model, SyntheticScenes(32, 8, seed=3), steps=4, batch_size=4, optimizer=sgd,
        freeze_norm=True, device="cpu", progress=False, callbacks=[read],
        checkpoint_dir=f"{folder}/run",
    )  # fmt: skip
    rank = torch.distributed.get_rank() if torch.distributed.is_initialized() else "alone"
    content = {"weights": model.state_dict(), "gradients": gradients, "steps": history.last_step}
    torch.save(content, f"{folder}/{rank}.pt")


@pytest.mark.skipif(
    not torch.distributed.is_available() or sys.platform == "win32", reason="needs torchrun"
)
def test_two_processes_train_as_one(tmp_path):
    script = tmp_path / "script.py"
    root = Path(__file__).parents[2]
    script.write_text(f"import sys; sys.path.insert(0, {str(root)!r})\n" + SCRIPT)
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    result = subprocess.run(
        [sys.executable, *launch, str(script), str(tmp_path)],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    (tmp_path / "one").mkdir()
    train(tmp_path / "one")
    first, second, alone = (
        torch.load(path, weights_only=True)
        for path in (tmp_path / "0.pt", tmp_path / "1.pt", tmp_path / "one" / "alone.pt")
    )
    for mine, theirs in zip(first["gradients"], alone["gradients"], strict=True):
        assert (mine - theirs).abs().max() <= 1e-5
    for key, value in first["weights"].items():
        assert torch.equal(value, second["weights"][key]), key
        torch.testing.assert_close(value, alone["weights"][key], rtol=1e-4, atol=1e-5)
    assert first["steps"] == alone["steps"] == 4
