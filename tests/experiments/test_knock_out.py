"""Parts silenced one by one, against networks with weights at zero, scored by `evaluate`."""

import copy

import pandas as pd
import pytest
import torch
from torch import nn

import u2net_edu as u2
from u2net_edu.analysis.paths import module_paths
from u2net_edu.experiments import knock_out as module

SCENES = u2.SyntheticScenes(64, 6, seed=3)
SIDES = [f"side{n}" for n in range(1, 7)]


@pytest.fixture(scope="module")
def model():
    return u2.load_classroom_model()


@pytest.fixture(scope="module")
def every(model):
    return u2.knock_out(model, SCENES, batch_size=4, progress=False)


def without_skip(model, stage: str) -> nn.Module:
    """`en3 -> de3.concat`: what comes from below is read first, the skip by the weights after."""
    model = copy.deepcopy(model)
    reads = {path: m for m, path in module_paths(model).items()}[f"{stage}.in.conv"].weight
    with torch.no_grad():
        reads[:, reads.shape[1] // 2 :] = 0
    return model


def without_side(model, side: str) -> nn.Module:
    model = copy.deepcopy(model)
    with torch.no_grad():
        for values in dict(model.named_modules())[side].parameters():
            values.zero_()
    return model


@pytest.mark.parametrize("part", ["en3 -> de3.concat", "en1 -> de1.concat", "side1", "side6"])
def test_as_the_network_with_those_weights_at_zero(model, every, part):
    changed = (
        without_side(model, part)
        if part.startswith("side")
        else without_skip(model, part.split(" -> ")[1].split(".")[0])
    )
    before, after = (u2.evaluate(m, SCENES)["IoU"] for m in (model, changed))
    assert every.loc[part, "fused"] == pytest.approx(after - before, abs=1e-6)


def test_the_rows_and_the_columns(every):
    stages = [f"en{n}" for n in range(1, 7)] + [f"de{n}" for n in range(1, 6)]
    skips = [f"en{n} -> de{n}.concat" for n in range(1, 6)]
    assert set(every.index) == {*stages, *skips, *SIDES}
    assert list(every.columns) == ["fused", *SIDES]
    assert list(every["fused"].abs()) == sorted(every["fused"].abs(), reverse=True)
    assert every.attrs == {"measure": "IoU", "images": 6}
    above = every.loc["de1", [f"side{n}" for n in range(2, 7)]]
    assert (above == 0).all()  # de1 comes after them


def test_batches_change_nothing_that_is_seen(model, every):
    one = u2.knock_out(model, SCENES, ["en6", "de2"], batch_size=1, progress=False)
    pd.testing.assert_frame_equal(one, every.loc[one.index], atol=1e-3, rtol=0)


def test_how_far_the_mask_moves_on_a_photograph(model):
    found = u2.knock_out(model, ["coffee"], ["en6", "side1"], "change", progress=False)
    images = u2.preprocess("coffee", "plain", size=64)
    with torch.no_grad():
        before = model.eval()(images)
        after = without_side(model, "side1").eval()(images)
    moved = (before.fused.sigmoid() - after.fused.sigmoid()).abs().mean()
    assert found.loc["side1", "fused"] == pytest.approx(float(moved), abs=1e-6)
    assert found.loc["side1", "side2"] == 0


class OneConv(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 1, 1)

    def forward(self, x):
        return self.two(self.one(x).relu())


def test_a_network_of_somebody_else():
    found = u2.knock_out(OneConv(), SCENES, measure="change", progress=False)
    assert list(found.columns) == ["fused"]
    assert "one" in found.index


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"parts": "en3"}, TypeError, r"\['en3'\]"),
        ({"parts": []}, ValueError, "no parts"),
        ({"parts": ["en33"]}, KeyError, "no path 'en33'"),
        ({"measure": "F"}, ValueError, "IoU, change; got 'F'"),
        ({"change": "nought"}, TypeError, "a gain"),
        ({"batch_size": 0}, ValueError, "batch_size"),
    ],
)
def test_what_does_not_fit_is_refused(model, options, error, says):
    with pytest.raises(error, match=says):
        u2.knock_out(model, SCENES, progress=False, **options)


def test_no_pictures(model):
    with pytest.raises(ValueError, match="is empty"):
        u2.knock_out(model, [])


def test_stopped_it_gives_what_is_finished(model, monkeypatch):
    """Ctrl-C in the second batch; and in the first, where there is nothing to give."""
    run, calls = module.Replay.run, []

    def interrupted(self, changes):
        calls.append(changes)
        if len(calls) == stop:
            raise KeyboardInterrupt
        return run(self, changes)

    monkeypatch.setattr(module.Replay, "run", interrupted)
    stop = 5  # a run without changes and two parts a batch
    found = u2.knock_out(model, SCENES, ["en6", "side1"], batch_size=3, progress=False)
    assert found.attrs["images"] == 3
    assert found.notna().all(axis=None)
    calls.clear()
    stop = 2
    with pytest.raises(KeyboardInterrupt):
        u2.knock_out(model, SCENES, ["en6", "side1"], batch_size=3, progress=False)


def test_the_model_is_untouched(model):
    before = {name: value.clone() for name, value in model.state_dict().items()}
    model.train()
    u2.knock_out(model, SCENES, ["en6"], progress=False)
    assert model.training
    model.eval()
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
