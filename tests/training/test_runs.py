import errno
import shutil

import pytest
import torch

from u2net_edu.training import runs
from u2net_edu.training.data import SyntheticScenes
from u2net_edu.training.history import StopTraining
from u2net_edu.training.loop import fit
from u2net_edu.training.runs import RunError, checkpoints, read_run

from .conftest import build_tiny

SCENES = SyntheticScenes(32, 12, seed=3)
OPTIONS = {"steps": 9, "checkpoint_every": 2, "batch_size": 2, "progress": False, "device": "cpu"}


def stop_at(step):
    def callback(event):
        if event.kind == "step" and event.step == step:
            raise StopTraining

    return callback


def train(folder=None, stop=None, **options):
    model = build_tiny()
    callbacks = [stop_at(stop)] if stop else []
    history = fit(model, SCENES, checkpoint_dir=folder, callbacks=callbacks, **(OPTIONS | options))
    return model, history


def assert_same(model, other):
    for (key, value), mine in zip(model.state_dict().items(), other.state_dict().values()):
        assert torch.equal(value, mine), key


def test_a_run_that_was_stopped_and_resumed_ends_like_one_that_was_not(tmp_path):
    whole, history = train()
    for stop in (1, 4, 7):
        train(tmp_path, stop)
    resumed, again = train(tmp_path)
    assert_same(whole, resumed)
    for name in ("loss", "side1", "iou", "learning_rate", "gradient_norm"):
        assert [r[name] for r in again.records] == [r[name] for r in history.records]
    assert again.records[-1]["seconds"] >= again.records[0]["seconds"]


def momentum(groups):
    return torch.optim.SGD(groups, lr=0.01, momentum=0.9)


def adagrad(groups):
    return torch.optim.Adagrad(groups, lr=0.01)


@pytest.mark.parametrize("optimizer", [momentum, adagrad])
def test_other_optimisers_resume_as_well(tmp_path, optimizer):
    whole, _ = train(optimizer=optimizer)
    train(tmp_path, 5, optimizer=optimizer)
    assert_same(whole, train(tmp_path, optimizer=optimizer)[0])


def test_a_finished_run_is_not_trained_further(tmp_path):
    model, _ = train(tmp_path)
    again, history = train(tmp_path)
    assert_same(model, again)
    assert history.stopped == "steps"
    assert len(history.records) == 9


def test_the_newest_few_checkpoints_stay(tmp_path):
    train(tmp_path)
    assert [path.name for path in checkpoints(tmp_path)] == [
        f"step-{step:08d}.safetensors" for step in (6, 8, 9)
    ]


def cut_short(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip_one_bit(path):
    content = bytearray(path.read_bytes())
    content[-100] ^= 1  # in the middle of a tensor: the file's structure stays whole
    path.write_bytes(content)


def empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [cut_short, flip_one_bit, empty])
def test_a_damaged_newest_checkpoint_loses_nothing_older(tmp_path, damage):
    whole, _ = train()
    train(tmp_path, 7)
    newest = checkpoints(tmp_path)[-1]
    damage(newest)
    resumed, history = train(tmp_path)
    assert_same(whole, resumed)
    assert newest.name in history.warnings[0]


def test_where_none_can_be_read_the_run_does_not_start_anew_in_silence(tmp_path):
    train(tmp_path, 7)
    for path in checkpoints(tmp_path):
        cut_short(path)
    with pytest.raises(RunError, match="another folder"):
        train(tmp_path)


@pytest.mark.parametrize("change", [{"seed": 1}, {"batch_size": 3}, {"steps": 20}, {"clip": 1.0}])
def test_another_run_is_not_gone_on_with(tmp_path, change):
    train(tmp_path, 3)
    name = next(iter(change))
    with pytest.raises(RunError, match=f"{name}: .* there, {change[name]} now"):
        train(tmp_path, **change)


def full_disk(*args, **kwargs):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_costs_a_checkpoint_not_the_run(tmp_path, monkeypatch):
    whole, _ = train()
    train(tmp_path, 5)
    before = {path.name: path.read_bytes() for path in checkpoints(tmp_path)}
    with monkeypatch.context() as patch:
        patch.setattr(runs.safetensors.torch, "save_file", full_disk)
        with pytest.warns(UserWarning, match="No space left"):
            model, history = train(tmp_path)
    assert_same(whole, model)
    assert "No space left" in history.warnings[0]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert_same(whole, train(tmp_path)[0])


def test_what_a_killed_write_left_behind_is_removed(tmp_path):
    train(tmp_path, 3)
    leftover = tmp_path / ".step-00000004-x1y2.safetensors"
    shutil.copy(checkpoints(tmp_path)[-1], leftover)
    train(tmp_path)
    assert not leftover.exists()


def test_a_checkpoint_holds_settings_and_optimiser_and_runs_no_code(tmp_path):
    train(tmp_path, 4)
    content, tensors = read_run(checkpoints(tmp_path)[-1])
    assert content["step"] == 4
    assert content["settings"]["batch_size"] == 2
    assert len(content["history"]["records"]) == 4
    assert {key.split(".")[0] for key in tensors} == {"model", "optimizer"}
    with pytest.raises(RunError, match="passed over"):
        read_run(tmp_path / "missing.safetensors")
