import contextlib
import math
import os
import signal
import threading

import pytest
import torch
from torch import nn

from u2net_edu.architecture.about import about
from u2net_edu.training.batches import batch_keys
from u2net_edu.training.data import SyntheticScenes
from u2net_edu.training.history import History, StopTraining, TrainingDiverged
from u2net_edu.training.loop import fit
from u2net_edu.training.loss import saliency_loss
from u2net_edu.training.metrics import evaluate
from u2net_edu.training.runs import checkpoints
from u2net_edu.views.figures.curves import show_curves

from .conftest import build_tiny

SCENES = SyntheticScenes(32, 12, seed=3)
QUIET = {"progress": False, "device": "cpu"}


def weights(model):
    return {key: value.clone() for key, value in model.state_dict().items()}


def same(a, b):
    return all(torch.equal(a[key], b[key]) for key in a)


def test_a_network_learns_one_picture(tiny):
    """Overfit one image first: the advice for every training that does not work."""
    one = [SCENES[0]]
    history = fit(
        tiny, one, one, steps=60, batch_size=4, learning_rate=0.02, augmentation="none", **QUIET
    )
    assert history.records[0]["loss"] > 3 * math.log(2) * 0.8
    assert history.evaluations[-1]["IoU"] > 0.9
    assert history.stopped == "steps"
    assert not tiny.training


def test_a_step_is_the_plain_step_of_torch(tiny):
    """By another road: the same step written out, with SGD."""
    plain = build_tiny().train()
    keys = batch_keys(len(SCENES), 4, seed=5, step=0)
    images, masks = map(torch.stack, zip(*(SCENES[index] for index, _ in keys)))
    loss = saliency_loss(plain(images), masks, side_weights=0.5)
    loss.total.backward()
    with torch.no_grad():
        for parameter in plain.parameters():
            parameter -= 0.1 * parameter.grad
    history = fit(
        tiny, SCENES, steps=1, batch_size=4, seed=5, side_weights=0.5, schedule="constant",
        optimizer=sgd, augmentation="none", **QUIET,
    )  # fmt: skip
    assert history.records[0]["loss"] == pytest.approx(loss.total.item(), rel=1e-5)
    for mine, theirs in zip(tiny.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-5)


def sgd(groups):
    for group in groups:
        group["weight_decay"] = 0.0
    return torch.optim.SGD(groups, lr=0.1)


def test_the_same_seed_gives_the_same_weights_and_leaves_the_users_generator_alone():
    results = []
    torch.manual_seed(1)
    expected = torch.rand(1)
    for seed in (0, 0, 1):
        model = build_tiny()
        torch.manual_seed(1)
        fit(model, SCENES, steps=3, seed=seed, **QUIET)
        assert torch.equal(torch.rand(1), expected)
        results.append(weights(model))
    assert same(results[0], results[1])
    assert not same(results[0], results[2])


def test_the_history_holds_every_term_and_reads_back(tiny):
    history = fit(tiny, SCENES, steps=4, evaluate_every=2, valid=SCENES, **QUIET)
    assert [record["step"] for record in history.records] == [1, 2, 3, 4]
    record = history.records[-1]
    assert record["loss"] == pytest.approx(
        record["fused"] + record["side1"] + record["side2"], rel=1e-5
    )
    assert 0 <= record["iou"] <= 1
    assert record["gradient_norm"] > 0
    table = history.table()
    assert table.index.tolist() == [1, 2, 3, 4]
    assert {"loss", "side2", "learning_rate", "seconds"} <= set(table.columns)
    assert [e["step"] for e in history.evaluations] == [2, 4]
    scores = evaluate(tiny, SCENES, device="cpu")
    assert history.evaluations[-1]["IoU"] == pytest.approx(scores["IoU"], abs=1e-6)
    assert history.evaluations[-1]["MAE"] == pytest.approx(scores["MAE"], abs=1e-6)
    assert vars(History.from_dict(history.to_dict())) == vars(history)
    assert "4 steps" in repr(history)


@pytest.mark.parametrize("where", ["the same", "a part", "others"])
def test_scores_are_called_held_out_only_where_they_are(tiny, capfd, where):
    valid = {
        "the same": SCENES,
        "a part": torch.utils.data.Subset(SCENES, [2, 3]),
        "others": SyntheticScenes(32, 4, seed=1),
    }[where]
    options = {**QUIET, "progress": True}
    history = fit(tiny, SCENES, steps=2, evaluate_every=1, valid=valid, **options)
    called, not_called = "trained-on", "held-out"
    if where == "others":
        called, not_called = not_called, called
    said = (repr(history), capfd.readouterr().err, show_curves({"a": history}).alt)
    for text in said:
        assert f"{called} IoU" in text
        assert not_called not in text
    assert History.from_dict(history.to_dict()).trained_on == (where != "others")


def test_a_long_history_thins_out():
    history = History()
    for step in range(1, 20_001):
        history.add({"step": step, "seconds": 0.0, "loss": 0.0})
    assert 4000 <= len(history.records) <= 8192
    assert history.last_step == 20_000
    steps = [record["step"] for record in history.records]
    assert steps == list(range(steps[0], 20_001, steps[0]))


def test_callbacks_follow_the_run_and_can_end_it(tiny):
    events = []

    def watch(event):
        events.append(event)
        if event.step == 3 and event.kind == "step":
            raise StopTraining

    history = fit(tiny, SCENES, SCENES, steps=9, evaluate_every=2, callbacks=[watch], **QUIET)
    assert [(e.kind, e.step) for e in events] == [
        ("start", 0), ("step", 1), ("step", 2), ("evaluation", 2), ("step", 3), ("end", 3),
    ]  # fmt: skip
    assert history.stopped == "callback"
    shown = events[3]
    assert shown.images.shape == (12, 3, 32, 32)
    assert shown.maps.shape == shown.masks.shape == (12, 1, 32, 32)
    assert 0 <= shown.maps.min() <= shown.maps.max() <= 1
    assert shown.record["IoU"] == history.evaluations[-1]["IoU"]
    assert events[1].steps == 9


def test_callbacks_are_told_of_an_error_and_add_none_of_their_own(tiny):
    kinds = []

    def watch(event):
        kinds.append(event.kind)
        if event.kind in ("step", "failed"):
            raise ZeroDivisionError(event.kind)

    with pytest.raises(ZeroDivisionError, match="step"):
        fit(tiny, SCENES, steps=9, callbacks=[watch], **QUIET)
    assert kinds == ["start", "step", "failed"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal to send to oneself")
def test_ctrl_c_ends_the_run_cleanly_and_gives_back_the_handler(tiny):
    before = signal.getsignal(signal.SIGINT)

    def press(event):
        if event.step == 2:
            signal.raise_signal(signal.SIGINT)

    history = fit(tiny, SCENES, steps=50, callbacks=[press], **QUIET)
    assert history.stopped == "interrupted"
    assert history.last_step == 2
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_ends_the_run_after_the_step_with_a_checkpoint(tmp_path, name):
    """SIGTERM is what a cluster or a container sends before it ends a process by force."""
    number = getattr(signal, name)
    before = signal.getsignal(number)

    def send(event):
        if event.kind == "step" and event.step == 2:
            signal.raise_signal(number)

    options = {"steps": 6, "batch_size": 2, "checkpoint_dir": tmp_path, **QUIET}
    history = fit(build_tiny(), SCENES, callbacks=[send], checkpoint_every=6, **options)
    assert (history.stopped, history.last_step) == ("interrupted", 2)
    assert [path.name for path in checkpoints(tmp_path)] == ["step-00000002.safetensors"]
    assert signal.getsignal(number) is before
    resumed, whole = build_tiny(), build_tiny()
    fit(resumed, SCENES, **options)
    fit(whole, SCENES, steps=6, batch_size=2, **QUIET)
    assert same(weights(whole), weights(resumed))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_a_second_sigterm_ends_the_process_as_the_first_one_would_have():
    def send(event):
        if event.kind == "step":
            signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGTERM)

    with pytest.raises(SystemExit) as caught:
        fit(build_tiny(), SCENES, steps=6, callbacks=[send], **QUIET)
    assert caught.value.code == 128 + signal.SIGTERM


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_a_signal_that_the_user_ignores_stays_ignored():
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        history = fit(
            build_tiny(), SCENES, steps=2,
            callbacks=[lambda event: signal.raise_signal(signal.SIGTERM)], **QUIET,
        )  # fmt: skip
        assert history.stopped == "steps"
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)


def noted(model):
    return model.provenance, model.preprocessing, model.size


@pytest.mark.parametrize(
    "options",
    [{"steps": 0}, {"device": "tpu9"}, {"batch_size": 0}, {"checkpoint_dir": __file__}, {}],
    ids=["steps", "device", "batch", "folder", "an error in the second step"],
)
def test_a_training_that_is_refused_or_fails_leaves_what_the_model_says_of_itself(tiny, options):
    tiny.provenance, tiny.preprocessing, tiny.size = before = "mine", "imagenet", 99

    def fail(event):
        if event.step == 2:
            raise ZeroDivisionError

    with pytest.raises((ValueError, ZeroDivisionError)):
        fit(tiny, SCENES, callbacks=[fail], **{"steps": 3, **QUIET, **options})
    assert noted(tiny) == before


def test_while_it_trains_a_model_says_what_it_is_trained_on(tiny):
    seen = []
    fit(tiny, SCENES, steps=1, callbacks=[lambda event: seen.append(noted(tiny))], **QUIET)
    assert seen[0] == noted(tiny) == ("trained on 12 pictures of SyntheticScenes", "plain", 32)


def test_fit_runs_in_a_thread(tiny):
    result = []
    thread = threading.Thread(target=lambda: result.append(fit(tiny, SCENES, steps=2, **QUIET)))
    thread.start()
    thread.join()
    assert result[0].last_step == 2


def test_minutes_end_a_run_with_a_whole_schedule(tiny):
    history = fit(tiny, SCENES, minutes=0.02, **QUIET)
    assert history.stopped == "minutes"
    rates = history.table()["learning_rate"]
    assert rates.iloc[-1] < 0.2 * rates.max()


class Broken(nn.Module):
    """Gives NaN from its third forward on."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 1, 1)
        self.calls = 0

    def forward(self, images):
        self.calls += 1
        return self.conv(images) * (float("nan") if self.calls == 3 else 1.0)


def test_a_nan_stops_before_the_step_and_says_where_and_why():
    model = Broken()
    seen = []
    with pytest.raises(TrainingDiverged) as caught:
        fit(
            model, SCENES, steps=9, batch_size=2, seed=4,
            callbacks=[lambda event: seen.append(weights(model))], **QUIET,
        )  # fmt: skip
    text = str(caught.value)
    assert "step 3" in text
    pictures = ", ".join(str(index) for index, _ in batch_keys(12, 2, 4, 2))
    assert f"pictures {pictures} " in text
    assert "learning rate" in text
    assert same(weights(model), seen[-1])  # the step was not taken


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        (lambda image, mask: (image * float("nan"), mask), "an image of the batch"),
        (lambda image, mask: (image, mask * float("inf")), "0 … 1"),
    ],
)
def test_a_nan_in_the_data_is_named_as_the_cause(tiny, spoil, cause):
    data = [spoil(*SCENES[i]) for i in range(4)]
    with pytest.raises(TrainingDiverged, match=cause):
        fit(tiny, data, steps=2, augmentation="none", **QUIET)


def test_broken_weights_are_named_as_the_cause(tiny):
    with torch.no_grad():
        tiny.en2.block.input.conv.weight[0] = float("nan")
    with pytest.raises(TrainingDiverged, match=r"en2\.block\.input\.conv\.weight"):
        fit(tiny, SCENES, steps=2, **QUIET)


def test_frozen_norms_keep_their_statistics(tiny):
    before = weights(tiny)
    fit(tiny, SCENES, steps=2, freeze_norm=True, valid=SCENES, evaluate_every=1, **QUIET)
    for key, value in tiny.state_dict().items():
        if "running_" in key:
            assert torch.equal(value, before[key])
    assert not torch.equal(tiny.fuse.conv.weight, before["fuse.conv.weight"])


def test_clipping_bounds_the_step(tiny):
    free = fit(build_tiny(), SCENES, steps=1, **QUIET)
    clipped = fit(tiny, SCENES, steps=1, clip=1e-3, **QUIET)
    assert clipped.records[0]["gradient_norm"] == pytest.approx(free.records[0]["gradient_norm"])
    norm = torch.cat([p.flatten() for p in gradients_after_a_step(clip=1e-3)]).norm()
    assert norm == pytest.approx(1e-3, rel=1e-3)


def gradients_after_a_step(**options):
    """The gradients that the optimiser used, read by a callback."""
    model, found = build_tiny(), []

    def read(event):
        if event.kind == "step":
            found.extend(p.grad.clone() for p in model.parameters())

    fit(model, SCENES, steps=1, callbacks=[read], **options, **QUIET)
    return found


def test_the_model_remembers_its_preprocessing_and_size(tiny):
    fit(tiny, SCENES, steps=1, preprocessing="upstream", **QUIET)
    assert tiny.preprocessing == "upstream"
    assert tiny.size == 32


def test_workers_prepare_the_same_batches():
    results = []
    for workers in (0, 2):
        model = build_tiny()
        fit(model, SCENES, steps=2, workers=workers, **QUIET)
        results.append(weights(model))
    assert same(*results)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({}, "steps or minutes"),
        ({"steps": 2, "minutes": 1}, "steps or minutes"),
        ({"steps": 0}, "more than 0"),
        ({"steps": 1, "schedule": "zigzag"}, "one-cycle"),
        ({"steps": 1, "augmentation": "sideways"}, "symmetries"),
        ({"steps": 1, "batch_size": 0}, "batch_size"),
        ({"steps": 1, "device": "tpu9"}, "device"),
    ],
)
def test_options_that_do_not_fit_are_refused(tiny, options, word):
    with pytest.raises(ValueError, match=word):
        fit(tiny, SCENES, **({"progress": False} | options))


def test_an_empty_dataset_is_refused(tiny):
    with pytest.raises(ValueError, match="empty"):
        fit(tiny, [], steps=1, **QUIET)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_network_learns_one_picture_in_half_precision(tiny):
    one = [SCENES[0]]
    history = fit(
        tiny, one, one, steps=60, batch_size=4, learning_rate=0.02, augmentation="none",
        device="cuda", progress=False,
    )  # fmt: skip
    assert history.evaluations[-1]["IoU"] > 0.9
    assert next(tiny.parameters()).device.type == "cpu"


class Sized(nn.Module):
    """A network of somebody else's, whose attributes of our names mean something else."""

    def __init__(self):
        super().__init__()
        self.size, self.preprocessing, self.provenance = (16, 16), "mine", 3
        self.conv = nn.Conv2d(3, 1, 3, padding=1)

    def forward(self, images):
        assert self.size == (16, 16)
        small = nn.functional.interpolate(self.conv(images), self.size)
        return nn.functional.interpolate(small, images.shape[-2:])


@pytest.mark.parametrize("data", [SCENES, [SCENES[i] for i in range(4)]], ids=["scenes", "pairs"])
@pytest.mark.parametrize("fails", [False, True])
def test_nothing_of_ours_is_written_into_anybodys_network(data, fails):
    def fail(event):
        if fails:
            raise ZeroDivisionError

    network = Sized()
    attributes = set(vars(network))
    with pytest.raises(ZeroDivisionError) if fails else contextlib.nullcontext():
        fit(network, data, steps=1, batch_size=2, callbacks=[fail], **QUIET)
    assert set(vars(network)) == attributes
    assert (network.size, network.preprocessing, network.provenance) == ((16, 16), "mine", 3)
    assert about(network).preprocessing == (None if fails else "plain")
