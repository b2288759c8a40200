"""A step is taken whole, or nothing of it remains."""

import os
import signal

import numpy as np
import pytest
import torch
from torch import nn

import u2net_edu as u2
from u2net_edu.training.augmentation import AUGMENTATIONS
from u2net_edu.training.data import SyntheticScenes
from u2net_edu.training.history import TrainingDiverged
from u2net_edu.training.loop import fit
from u2net_edu.training.steps import Stepper

from .conftest import build_tiny

SCENES = SyntheticScenes(32, 8, seed=3)
QUIET = {"progress": False, "device": "cpu", "batch_size": 2}


class Remembering(nn.Module):
    """Writes down what it sees in every place that a module has for it."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.spectral = nn.utils.parametrizations.spectral_norm(nn.Conv2d(4, 1, 1))
        self.register_buffer("mean", torch.zeros(3))  # written to in place
        self.register_buffer("count", torch.zeros((), dtype=torch.int64))  # put anew each time
        self.register_buffer("last", None)  # nothing before the first forward
        self.register_buffer("hidden", torch.zeros(2, 3), persistent=False)
        self.plain = torch.zeros(3)  # no buffer at all
        self.fail_at = None

    def forward(self, images):
        seen = images.detach().mean(dim=(0, 2, 3))
        if self.training:
            self.mean.mul_(0.9).add_(seen)
            self.count = self.count + 1
            self.last = seen
            self.hidden = torch.cat([self.hidden[1:], seen[None]])
            self.plain = self.plain + seen
        logits = self.spectral(self.norm(self.conv(images)).relu())
        if self.fail_at == int(self.count) and self.training:
            raise ZeroDivisionError("in the forward")
        return logits


def build_remembering():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return Remembering()


def everything(model):
    """Weights, buffers of all kinds, and tensors that are plain attributes."""
    found = {f"p {k}": v for k, v in model.named_parameters()}
    found |= {f"b {k}": v for k, v in model.named_buffers()}
    for name, module in model.named_modules():
        found |= {
            f"a {name}.{k}": v for k, v in vars(module).items() if isinstance(v, torch.Tensor)
        }
    return {key: value.detach().clone() for key, value in found.items()}


def assert_same(a, b):
    assert a.keys() == b.keys()
    for key in a:
        assert torch.equal(a[key], b[key]), key


def after_steps(build, steps, data=SCENES):
    """By another road: the same training, ended before the step that fails."""
    kept = {}

    def stop(event):
        if event.kind == "step" and event.step == steps:
            kept.update(everything(model))
            raise u2.StopTraining

    model = build()
    if steps:
        fit(model, data, steps=8, callbacks=[stop], augmentation="none", **QUIET)
    else:
        kept.update(everything(model))
    return kept


def bad_gradient(model):
    """Makes the gradient infinite, the loss being as it should be."""
    calls = [0]

    def spoil(gradient):
        calls[0] += 1
        return gradient * float("inf") if calls[0] == 3 else gradient

    next(iter(model.parameters())).register_hook(spoil)


def interrupted(model):
    """Two times Ctrl-C in the third forward: the second is not waited for."""
    calls = [0]

    def press(module, inputs, output):
        calls[0] += module.training
        if calls[0] == 3:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    list(model.modules())[-1].register_forward_hook(press)


def failing(model):
    """An error of the network's own, in its third forward, late."""
    calls = [0]

    def fail(module, inputs, output):
        calls[0] += module.training
        if calls[0] == 3:
            raise ZeroDivisionError

    model.register_forward_hook(fail)


CAUSES = {
    "a gradient": (bad_gradient, TrainingDiverged, {}),
    "a gradient, clipped": (bad_gradient, TrainingDiverged, {"clip": 1.0}),
    "two times Ctrl-C": (interrupted, KeyboardInterrupt, {}),
    "an error in the network": (failing, ZeroDivisionError, {}),
}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal to send to oneself")
@pytest.mark.parametrize("build", [build_tiny, build_remembering], ids=["U²-Net", "a foreign one"])
@pytest.mark.parametrize("cause", CAUSES)
def test_nothing_of_a_step_that_is_not_taken_remains(build, cause):
    prepare, error, options = CAUSES[cause]
    model = build()
    prepare(model)
    with pytest.raises(error):
        fit(model, SCENES, steps=8, augmentation="none", **QUIET, **options)
    if options:  # steps that are clipped are other steps: what matters is that all is finite
        assert all(value.isfinite().all() for value in everything(model).values())
    else:
        assert_same(everything(model), after_steps(build, 2))


@pytest.mark.parametrize("build", [build_tiny, build_remembering], ids=["U²-Net", "a foreign one"])
@pytest.mark.parametrize("augmentation", AUGMENTATIONS)
@pytest.mark.parametrize("part", [0, 1], ids=["image", "mask"])
def test_a_broken_picture_leaves_no_trace_whatever_is_done_to_it(build, augmentation, part):
    if augmentation == "upstream" and build is build_tiny:
        pytest.skip("a second at 288×288: the other network shows it")
    data = [list(SCENES[i]) for i in range(8)]
    data[5][part] = data[5][part].clone()
    data[5][part][..., 3:9, 3:9] = float("nan")
    model, kept = build(), []
    kept.append(everything(model))
    with pytest.raises(TrainingDiverged, match="holds NaN"):
        fit(
            model, [tuple(pair) for pair in data], steps=8, augmentation=augmentation,
            callbacks=[lambda event: event.kind == "step" and kept.append(everything(model))],
            **QUIET,
        )  # fmt: skip
    assert_same(everything(model), kept[-1])
    model.eval()
    assert u2.predict(model, "coffee", size=32, device="cpu").max() <= 1


def skipped_steps(precision, device):
    """Train two steps that are skipped: the state before, and after each of them."""
    model, seen = build_remembering(), []
    before = everything(model)

    def look(event):
        if event.kind == "step":
            seen.append({key: value.cpu() for key, value in everything(model).items()})

    options = {**QUIET, "device": device, "precision": precision}
    history = fit(model, SCENES, steps=2, augmentation="none", callbacks=[look], **options)
    assert history.last_step == len(seen) == 2
    return before, seen


def test_a_step_that_a_scaler_skips_leaves_nothing(monkeypatch):
    monkeypatch.setattr(Stepper, "_write_weights", lambda self: False)
    before, seen = skipped_steps("32-true", "cpu")
    for state in seen:
        assert_same(state, before)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_step_that_float16_overflows_leaves_nothing(monkeypatch):
    backward = torch.Tensor.backward
    monkeypatch.setattr(torch.Tensor, "backward", lambda x, *a, **k: backward(x * 1e30, *a, **k))
    before, seen = skipped_steps("16-mixed", "cuda")
    for state in seen:
        assert_same(state, before)


def test_pictures_of_one_colour_are_named_as_the_cause():
    black = [(torch.zeros(3, 32, 32), SCENES[0][1])] * 4
    model = u2.U2Net(u2.U2NET_CLASSROOM)
    before = everything(model)
    with pytest.raises(TrainingDiverged, match="single colour"):
        fit(model, black, steps=1, preprocessing="upstream", **QUIET)
    assert_same(everything(model), before)


def test_a_batch_that_is_too_small_for_batch_norm_is_told_what_would_do():
    model = u2.U2Net(u2.U2NET_CLASSROOM)
    before = everything(model)
    with pytest.raises(ValueError, match=r"32×32 is a single value.*batch_size=2.*freeze_norm"):
        fit(model, SCENES, steps=1, **{**QUIET, "batch_size": 1})
    assert_same(everything(model), before)
    history = fit(model, SCENES, steps=1, freeze_norm=True, **{**QUIET, "batch_size": 1})
    assert history.last_step == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal to send to oneself")
def test_a_second_ctrl_c_waits_until_the_weights_are_whole():
    """Pressed while the optimiser writes, it raises after the step, which is then taken."""

    class Slow(torch.optim.SGD):
        def step(self, *args):
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            return super().step(*args)

    model = build_tiny()
    with pytest.raises(KeyboardInterrupt):
        fit(model, SCENES, steps=8, optimizer=lambda g: Slow(g, lr=0.1), **QUIET)
    whole = build_tiny()
    sgd = lambda groups: torch.optim.SGD(groups, lr=0.1)  # noqa: E731

    def stop(event):
        if event.step == 1:
            raise u2.StopTraining

    fit(whole, SCENES, steps=8, optimizer=sgd, callbacks=[stop], **QUIET)
    assert_same(everything(model), everything(whole))


# --- what the caller's model is afterwards


@pytest.mark.parametrize(
    "dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16], ids=str
)
@pytest.mark.parametrize("precision", ["auto", "32-true", "64-true", "bf16-true", "bf16-mixed"])
def test_weights_of_any_dtype_train_and_come_back_as_they_were(dtype, precision):
    model = build_tiny().to(dtype)
    before = everything(model)
    kinds = {key: value.dtype for key, value in before.items()}
    history = fit(model, SCENES, steps=1, precision=precision, **QUIET)
    assert history.last_step == 1
    assert {key: value.dtype for key, value in everything(model).items()} == kinds
    assert not torch.equal(model.fuse.conv.weight, before["p fuse.conv.weight"])
    assert u2.evaluate(model.float(), SCENES, device="cpu").images == 8


def test_a_failed_training_gives_back_the_dtype_too():
    model = build_tiny().double()
    failing(model)
    with pytest.raises(ZeroDivisionError):
        fit(model, SCENES, steps=8, precision="bf16-true", **QUIET)
    assert {p.dtype for p in model.parameters()} == {torch.float64}
    assert not model.training


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_a_callers_no_grad_is_for_what_the_caller_does(mode):
    plain, inside = build_tiny(), build_tiny()
    fit(plain, SCENES, steps=2, **QUIET)
    with mode():
        data = [tuple(part.clone() for part in SCENES[i]) for i in range(8)]
        fit(inside, data, steps=2, augmentation="symmetries", **QUIET)
        assert not torch.is_grad_enabled()
    assert_same(everything(plain), everything(inside))


def test_a_model_made_in_inference_mode_is_told_so():
    with torch.inference_mode():
        model = build_tiny()
    with pytest.raises(ValueError, match=r"made inside torch\.inference_mode"):
        fit(model, SCENES, steps=1, **QUIET)


def test_a_model_without_anything_to_learn_is_told_so():
    for model in (nn.Identity(), build_tiny().requires_grad_(False)):
        with pytest.raises(ValueError, match="requires a gradient"):
            fit(model, SCENES, steps=1, **QUIET)
    with pytest.raises(TypeError, match=r"torch\.nn\.Module; got str"):
        fit("u2net", SCENES, steps=1, **QUIET)


@pytest.mark.parametrize("data", [iter([]), {"image": 1}, "folder", 3, None, range(0)])
def test_what_is_no_dataset_is_told_so(data):
    with pytest.raises(ValueError, match="train is"):
        fit(build_tiny(), data, steps=1, **QUIET)
    if data is not None:
        with pytest.raises(ValueError, match="valid is"):
            fit(build_tiny(), SCENES, data, steps=1, **QUIET)


def test_a_dataloader_is_not_a_dataset():
    loader = torch.utils.data.DataLoader([SCENES[0]])
    with pytest.raises(ValueError, match="not its DataLoader"):
        fit(build_tiny(), loader, steps=1, **QUIET)


def test_volumes_keep_their_layout():
    """channels_last is for pictures: a network with a convolution over volumes has none."""

    class Volumes(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv3d(1, 1, 3, padding=1)

        def forward(self, images):
            return self.conv(images[:, None])[:, 0].mean(dim=1, keepdim=True)

    assert fit(Volumes(), SCENES, steps=1, **QUIET).last_step == 1


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.gpu
def test_training_on_the_cpu_leaves_the_gpus_generator_alone():
    torch.cuda.manual_seed(7)
    before = torch.cuda.get_rng_state()
    fit(build_tiny(), SCENES, steps=1, **QUIET)
    assert torch.equal(torch.cuda.get_rng_state(), before)


def test_seeding_a_step_reaches_no_other_device(monkeypatch):
    """`torch.manual_seed` seeds every device there is, and only the training's own comes back."""
    model = build_tiny()
    monkeypatch.setattr(torch, "manual_seed", lambda seed: pytest.fail("seeds all devices"))
    fit(model, SCENES, steps=1, **QUIET)


def test_numpys_generator_is_left_alone():
    np.random.seed(5)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    fit(build_tiny(), SCENES, steps=1, **QUIET)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002
