import numpy as np
import pytest
from PIL import Image

import u2net_edu as u2
from tests.training.conftest import build_tiny
from u2net_edu.cli import main


@pytest.fixture
def weights(tmp_path):
    return str(u2.save_checkpoint(build_tiny(), tmp_path / "tiny.safetensors"))


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for kind in ("Image", "Mask"):
        (tmp_path / "data" / f"x-{kind}").mkdir(parents=True)
    for name in "abc":
        mask = np.zeros((40, 40), np.uint8)
        mask[10:30, 10:30] = 255
        picture = rng.integers(0, 256, (40, 40, 3), np.uint8)
        Image.fromarray(picture).save(tmp_path / "data" / "x-Image" / f"{name}.png")
        Image.fromarray(mask).save(tmp_path / "data" / "x-Mask" / f"{name}.png")
    return str(tmp_path / "data")


def test_train_on_drawn_scenes_then_resume(tmp_path, weights, capsys):
    out, run = str(tmp_path / "out.safetensors"), str(tmp_path / "run")
    command = ["train", weights, "--steps", "2", "--size", "32", "--device", "cpu"]
    command += ["--batch-size", "2", "--checkpoints", run, "-o", out]
    assert main(command) == 0
    assert "2 steps" in capsys.readouterr().out
    first = u2.load_checkpoint(out)
    assert first.size == 32
    assert main(command) == 0  # finished already
    again = u2.load_checkpoint(out)
    assert all(map(np.array_equal, first.state_dict().values(), again.state_dict().values()))


def test_train_on_a_folder_and_evaluate_beside_the_paper(tmp_path, weights, folder, capsys):
    out = str(tmp_path / "out.safetensors")
    train = ["train", weights, "--data", folder, "--valid", folder, "--size", "32"]
    assert main([*train, "--steps", "2", "--batch-size", "2", "--device", "cpu", "-o", out]) == 0
    command = ["evaluate", out, "--data", f"{folder}/x-Image", f"{folder}/x-Mask"]
    assert main([*command, "--dataset", "ECSSD", "--device", "cpu"]) == 0
    printed = capsys.readouterr().out
    assert "U²-Net, paper" in printed
    assert "measured here" in printed


def test_a_mistake_gets_one_clear_line(tmp_path, weights, folder, capsys):
    (tmp_path / "data" / "x-Mask" / "a.png").unlink()
    assert main(["train", weights, "--data", folder, "--steps", "1"]) == 2
    said = capsys.readouterr().err
    assert "a.png: no mask" in said
    assert "Traceback" not in said
    assert main(["evaluate", str(tmp_path / "weights.pth")]) == 2
    assert "no network" in capsys.readouterr().err


def test_a_training_that_is_interrupted_keeps_what_there_is_and_says_so(
    tmp_path, weights, capsys, monkeypatch
):
    """A cluster that sends SIGTERM sees that the training is not finished."""

    def interrupted(model, *args, **options):
        history = u2.History()
        history.stopped = "interrupted"
        return history

    monkeypatch.setattr("u2net_edu.training.loop.fit", interrupted)
    out = tmp_path / "out.safetensors"
    assert main(["train", weights, "--steps", "2", "-o", str(out)]) == 1
    assert "interrupted" in capsys.readouterr().err
    assert out.exists()
