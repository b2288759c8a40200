"""Whatever is asked of a model leaves it as it was, also when several ask at once or it trains."""

import copy
import threading

import numpy as np
import pytest
import torch
from torch import nn

import u2net_edu as u2
from u2net_edu.views.widgets.network.network import NetworkOnImage

SIZE = 32
SCENES = u2.SyntheticScenes(SIZE, 4, seed=3)
IMAGE = SCENES[0][0][None]
MASK = SCENES[0][1][None]


ASK = {
    "predict": lambda m, _: u2.predict(m, "coffee", size=SIZE, device="cpu"),
    "evaluate": lambda m, _: u2.evaluate(m, SCENES, device="cpu"),
    "capture": lambda m, _: u2.capture(m, IMAGE, ["en3", "de1.enc2.conv"]),
    "trace": lambda m, _: u2.trace(m, (SIZE, SIZE)).table("stage"),
    "field": lambda m, _: u2.trace(m, (SIZE, SIZE)).field("en3").size,
    "support": lambda m, _: u2.trace(m, (SIZE, SIZE)).support("en3", (1, 1)),
    "effective_field": lambda m, _: u2.effective_field(m, IMAGE, "en3", (1, 1)),
    "effective_field of an operator": lambda m, _: u2.effective_field(m, IMAGE, "en2.pool", (1, 1)),
    "repaint": lambda m, _: u2.repaint(m, IMAGE, "en1.enc2", (1, 1)),
    "occlusion": lambda m, _: u2.occlusion(m, IMAGE, patch=16, progress=False),
    "measure_latency": lambda m, _: u2.measure_latency(m, (SIZE, SIZE), seconds=0.001),
    "time_operators": lambda m, _: u2.time_operators(m, (SIZE, SIZE), passes=1),
    "cross_check": lambda m, _: u2.cross_check(m, (SIZE, SIZE)),
    "gradient_shares": lambda m, _: u2.gradient_shares(m, IMAGE.repeat(2, 1, 1, 1), MASK[[0, 0]]),
    "rebuild": lambda m, _: rebuilt(m),
    "reference_state_dict": lambda m, _: u2.reference_state_dict(m),
    "save_checkpoint": lambda m, folder: u2.save_checkpoint(m, folder / "net.safetensors"),
    "TrainingView": lambda m, _: u2.TrainingView(m, SCENES)._look(),
    "explore": lambda m, _: u2.explore(m, IMAGE),
    "explore_field": lambda m, _: u2.explore_field(m, IMAGE, "en3"),
    "explore_parts": lambda m, _: u2.explore_parts(m, IMAGE, changes={"en3": "zero"}).still(),
    "explore_stages": lambda m, _: u2.explore_stages(m, IMAGE),
    "explore_loss": lambda m, _: u2.explore_loss(m, IMAGE, MASK),
    "maps, fields and times of the map": lambda m, _: all_of_the_map(m),
    "show_ladder": lambda m, _: u2.show_ladder(m, SIZE),
}


def rebuilt(model):
    with torch.random.fork_rng():  # a block that is built draws its weights
        return u2.rebuild(model, u2.RSU, "en3")


def all_of_the_map(model):
    shown = NetworkOnImage(model, IMAGE, size=SIZE)
    return shown.data, u2.explore(model, IMAGE).still()


def taught() -> u2.U2Net:
    """A network in the middle of things: modes mixed, gradients there, some weights frozen."""
    model = u2.load_classroom_model().train()
    model.en2.eval()
    model.de1.requires_grad_(False)
    model(IMAGE.repeat(2, 1, 1, 1)).fused.sum().backward()
    model.register_forward_hook(lambda module, args, output: None)
    model.en1.add.register_forward_pre_hook(lambda module, args: None)
    model.note = {"a": [1]}
    return model


def state_of(model: nn.Module) -> list:
    """All that a caller could see of it."""
    found = [torch.is_grad_enabled(), torch.get_num_threads(), torch.get_rng_state().tolist()]
    for name, module in model.named_modules():
        own = {key: repr(value) for key, value in vars(module).items() if key[0] != "_"}
        hooks = [len(value) for key, value in vars(module).items() if key.endswith("hooks")]
        found.append((name, id(module), type(module), sorted(vars(module)), own, hooks))
    for name, tensor in (*model.named_parameters(), *model.named_buffers()):
        place = (id(tensor), tensor.data_ptr(), tensor.device, tensor.dtype, tensor.stride())
        grad = None if tensor.grad is None else (id(tensor.grad), tensor.grad.sum().item())
        found.append((name, *place, tensor._version, tensor.requires_grad, grad, vars(tensor)))
        found.append(tensor.detach().clone().numpy().tobytes())
    return found


@pytest.mark.parametrize("name", ASK)
def test_nothing_of_the_model_is_touched(name, tmp_path):
    model = taught()
    before = state_of(model)
    ASK[name](model, tmp_path)
    after = state_of(model)
    assert [a for a, b in zip(before, after) if a != b] == []
    assert len(after) == len(before)


@pytest.mark.parametrize("name", ASK)
def test_wrappers_are_looked_through(name, tmp_path):
    model = u2.load_classroom_model()
    wrapped = nn.DataParallel(model)
    wrapped.size, wrapped.preprocessing, wrapped.provenance, wrapped.spec = "", [], 3, None
    with torch.random.fork_rng():
        plain, seen = ASK[name](model, tmp_path), ASK[name](wrapped, tmp_path)
    assert type(seen).__name__ == type(plain).__name__
    if isinstance(plain, np.ndarray):
        np.testing.assert_array_equal(seen, plain)
    if isinstance(plain, dict):
        assert [*seen] == [*plain]
    for attribute in ("message", "provenance"):
        assert getattr(seen, attribute, "") == getattr(plain, attribute, "")


def test_a_model_that_fails_is_left_as_it_was():
    model = taught()
    model.fuse.conv = nn.Conv2d(5, 1, 1)  # does not fit
    before = state_of(model)
    for ask in ("predict", "evaluate", "capture", "measure_latency", "trace"):
        with pytest.raises((RuntimeError, ValueError)):
            ASK[ask](model, None)
    assert state_of(model) == before


def test_several_threads_predict_with_a_model_in_train_mode():
    model = taught()
    expected = u2.predict(model, "coffee", size=SIZE, device="cpu")
    before = state_of(model)
    found, errors = [], []

    def ask():
        try:
            for _ in range(4):
                found.append(u2.predict(model, "coffee", size=SIZE, device="cpu"))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert state_of(model) == before
    assert all(np.array_equal(one, expected) for one in found)


def fitted(model, **options):
    u2.fit(
        model,
        SCENES,
        steps=12,
        batch_size=4,
        device="cpu",
        precision="32-true",
        progress=False,
        preprocessing="plain",
        **options,
    )
    return {key: value.clone() for key, value in model.state_dict().items()}


def test_a_training_that_is_watched_gives_the_weights_of_one_that_is_not():
    begin = u2.load_classroom_model()
    alone = fitted(copy.deepcopy(begin))
    model, done, errors, asked = copy.deepcopy(begin), threading.Event(), [], []
    ways = ("predict", "trace", "capture", "evaluate", "effective_field", "time_operators")

    def ask(name):
        try:
            while not done.is_set():
                ASK[name](model, None)
                asked.append(name)
        except Exception as error:
            errors.append((name, error))

    def wait_for_all(event):  # each question is answered at least once while it trains
        if event.kind == "step" and event.step == 6:
            for _ in range(6000):
                if set(asked) == set(ways) or errors:
                    return
                done.wait(0.01)

    threads = [threading.Thread(target=ask, args=(name,)) for name in ways]
    for thread in threads:
        thread.start()
    try:
        watched = fitted(model, callbacks=[wait_for_all])
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert errors == []
    assert set(asked) == set(ways)
    assert [key for key in alone if not torch.equal(alone[key], watched[key])] == []


def test_a_device_without_values_is_refused_wherever_one_is_taken():
    model = taught()
    before = state_of(model)
    for ask in (
        lambda: u2.predict(model, "coffee", device="meta"),
        lambda: u2.evaluate(model, SCENES, device="meta"),
        lambda: u2.pick_device("meta"),
        lambda: u2.measure_ceilings("meta"),
        lambda: u2.fit(model, SCENES, steps=1, device="meta"),
    ):
        with pytest.raises(ValueError, match="meta device"):
            ask()
    assert state_of(model) == before
