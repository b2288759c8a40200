import errno
import json
import os
import shutil
from dataclasses import replace
from unittest.mock import ANY

import pytest
import torch
from torch import nn

from u2net_edu.architecture.u2net import U2Net
from u2net_edu.training import runs
from u2net_edu.training.data import SyntheticScenes
from u2net_edu.training.history import StopTraining
from u2net_edu.training.loop import fit
from u2net_edu.training.runs import RunError, checkpoints, read_run

from .conftest import TINY, build_tiny

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


def adam(groups):
    return torch.optim.Adam(groups, lr=0.01)


def faster(groups):
    return torch.optim.SGD(groups, lr=0.02, momentum=0.9)


def heavier(groups):
    return torch.optim.SGD(groups, lr=0.01, momentum=0.8)


def one_group(groups):
    return torch.optim.SGD([p for g in groups for p in g["params"]], lr=0.01, momentum=0.9)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (None, "optimizer.class: 'SGD' there, 'AdamW' now"),
        (adam, "optimizer.class: 'SGD' there, 'Adam' now"),
        (faster, "lr: 0.01 there, 0.02 now"),
        (heavier, "momentum: 0.9 there, 0.8 now"),
        (one_group, "optimizer.groups"),
    ],
)
def test_another_optimiser_is_another_run(tmp_path, other, words):
    train(tmp_path, 3, optimizer=momentum)
    model = build_tiny()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    with pytest.raises(RunError) as caught:
        fit(model, SCENES, checkpoint_dir=tmp_path, optimizer=other, **OPTIONS)
    assert words in str(caught.value)
    assert all(value.equal(before[key]) for key, value in model.state_dict().items())


def wider():
    return U2Net(replace(TINY, encoder=(TINY.encoder[0], replace(TINY.encoder[1], mid_channels=5))))


def with_a_buffer():
    model = build_tiny()
    model.register_buffer("average", torch.zeros(3))
    return model


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: U2Net(TINY, 2), "(1, 6, 3, 3) float32 there, (2, 6, 3, 3) float32 now"),
        (wider, "network: "),
        (lambda: build_tiny().double(), "float32 there"),
        (with_a_buffer, "average: nothing there, (3,) float32 now"),
        (lambda: nn.Conv2d(3, 1, 1), "more entries of the model"),
    ],
    ids=["channels", "width", "dtype", "buffer", "another network"],
)
def test_another_network_is_another_run_and_stays_as_it_was(tmp_path, build, words):
    train(tmp_path, 3)
    model = build()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    with pytest.raises(RunError) as caught:
        fit(model, SCENES, checkpoint_dir=tmp_path, **OPTIONS)
    assert words in str(caught.value)
    assert all(value.equal(before[key]) for key, value in model.state_dict().items())


class Forgetful(torch.optim.SGD):
    """An optimiser of the user's own that cannot take its state back."""

    def load_state_dict(self, state):
        raise KeyError("momentum")


def test_an_optimiser_that_refuses_its_state_leaves_the_model_as_it_was(tmp_path):
    def forgetful(groups):
        return Forgetful(groups, lr=0.01)

    train(tmp_path, 3, optimizer=forgetful)
    model = build_tiny()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    with pytest.raises(RunError, match="does not fit"):
        fit(model, SCENES, checkpoint_dir=tmp_path, optimizer=forgetful, **OPTIONS)
    assert all(value.equal(before[key]) for key, value in model.state_dict().items())


# --- a flipped bit, a malformed field, anywhere


def test_a_flip_of_any_bit_is_seen_or_changes_nothing(tmp_path):
    """The header says the step, the settings and the history: it is as precious as the weights."""
    whole, _ = train()
    train(tmp_path, 7)
    newest = checkpoints(tmp_path)[-1]
    good = newest.read_bytes()
    content, tensors = read_run(newest)
    header = 8 + int.from_bytes(good[:8], "little")
    places = [*range(0, header, 97), *range(header - 60, header + 60, 7), len(good) - 1]
    for place in places:
        damaged = bytearray(good)
        damaged[place] ^= 1 << (place % 8)
        newest.write_bytes(damaged)
        try:
            again, same = read_run(newest)
        except RunError:
            continue
        assert again == content  # a blank of the padding, say
        assert all(torch.equal(tensors[key], same[key]) for key in tensors)
    spoilt = bytearray(good)
    spoilt[good.index(b"batch_size")] ^= 1
    newest.write_bytes(spoilt)
    resumed, history = train(tmp_path)
    assert_same(whole, resumed)
    assert newest.name in history.warnings[0]


def rewritten(path, change):
    """The checkpoint with its content changed, and a digest that fits."""
    content, tensors = read_run(path)
    change(content)
    run = json.dumps(content)
    header = {"format": runs.FORMAT, "run": run, "digest": runs._digest(run, tensors)}
    runs.safetensors.torch.save_file(tensors, path, metadata=header)


MALFORMED = {
    "no step": lambda c: c.pop("step"),
    "a step that is no number": lambda c: c.update(step="seven"),
    "a step below 0": lambda c: c.update(step=-1),
    "no settings": lambda c: c.pop("settings"),
    "no optimiser": lambda c: c.pop("optimizer"),
    "half an optimiser": lambda c: c["optimizer"].pop(),
    "no history": lambda c: c.update(history=None),
    "a history of nothing": lambda c: c.update(history={}),
    "a history of other things": lambda c: c["history"]["records"].append("a step"),
    "a step without a number": lambda c: c["history"]["records"].append({"loss": 1.0}),
    "a history of words": lambda c: c["history"].update(records="many"),
}


@pytest.mark.parametrize("change", MALFORMED.values(), ids=MALFORMED)
def test_a_checkpoint_with_a_malformed_field_is_passed_over(tmp_path, change):
    whole, _ = train()
    train(tmp_path, 7)
    newest = checkpoints(tmp_path)[-1]
    rewritten(newest, change)
    resumed, history = train(tmp_path)
    assert_same(whole, resumed)
    assert newest.name in history.warnings[0]


def test_damaged_checkpoints_never_push_out_good_ones(tmp_path):
    """Three damaged ones of later steps: those that are written now stay all the same."""
    train(tmp_path, 5)
    good = checkpoints(tmp_path)[-1]
    for step in (97, 98, 99):
        (tmp_path / f"step-{step:08d}.safetensors").write_bytes(b"damaged")
    train(tmp_path, 6)
    assert good.exists()
    assert (tmp_path / "step-00000006.safetensors").exists()
    _, history = train(tmp_path, 7)
    assert history.last_step == 7
    assert history.records[0]["step"] == 1


# --- two runs in one folder; a folder that cannot be written


def test_a_second_run_leaves_the_firsts_temporary_file_alone(tmp_path, monkeypatch):
    save, seen = runs.safetensors.torch.save_file, []

    def save_while_another_begins(tensors, path, **options):
        if not seen:
            seen.append(path)
            state = runs.RunState(build_tiny(), torch.optim.SGD(build_tiny().parameters(), lr=0.1))
            assert runs.resume_run(tmp_path, state, {}) == (0, ANY)
            assert path.exists()
        save(tensors, path, **options)

    monkeypatch.setattr(runs.safetensors.torch, "save_file", save_while_another_begins)
    _, history = train(tmp_path)
    assert seen
    assert history.warnings == []


@pytest.mark.parametrize("kind", ["a file", "under a file", "a folder without rights"])
def test_a_folder_that_cannot_be_written_is_told_before_the_first_step(tmp_path, kind):
    folder, steps = tmp_path / "run", []
    if kind == "a folder without rights":
        folder.mkdir(mode=0o500)
        if os.access(folder, os.W_OK):
            pytest.skip("rights do not bind this user")
    else:
        folder.write_text("a file")
    if kind == "under a file":
        folder = folder / "below"
    model = build_tiny()
    model.provenance = "mine"
    with pytest.raises(RunError, match="another checkpoint_dir"):
        fit(model, SCENES, checkpoint_dir=folder, callbacks=[steps.append], **OPTIONS)
    assert steps == []
    assert model.provenance == "mine"


def test_looking_whether_a_folder_can_be_written_leaves_nothing_in_it(tmp_path):
    runs.check_folder(tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []


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
