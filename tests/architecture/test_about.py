"""What is known about a network is said in one place; anybody's attributes are their own."""

import copy
import gc

import numpy as np
import pytest
from torch import nn
from torch.optim.swa_utils import AveragedModel

import u2net_edu as u2
from u2net_edu.architecture import about as room
from u2net_edu.architecture.about import about, note


class Foreign(nn.Conv2d):
    size, preprocessing, provenance, spec = (16, 16), {"mean": 0}, nn.Identity(), "v2"

    def __eq__(self, other):
        return True

    __hash__ = nn.Module.__hash__


def test_ours_carries_its_notes_in_its_attributes():
    model = u2.load_classroom_model()
    known = about(model)
    assert (known.name, known.spec) == ("U²-Net classroom", model.spec)
    assert (known.preprocessing, known.size) == (model.preprocessing, model.size) == ("plain", 64)
    assert known.provenance == model.provenance
    note(model, preprocessing=None, size=(3, 4), provenance="mine")
    assert (model.preprocessing, model.size, model.provenance) == (None, (3, 4), "mine")
    model.preprocessing = "upstream"
    assert about(model).preprocessing == "upstream"


def test_a_foreign_network_keeps_its_own_attributes():
    model, twin = Foreign(3, 1, 1), Foreign(3, 1, 1)
    before = dict(vars(model))
    nothing = room.About("Foreign")
    assert about(model) == nothing
    note(model, preprocessing="plain", size=64, provenance="trained")
    assert about(model) == room.About("Foreign", None, "plain", 64, "trained")
    assert about(twin) == about(copy.deepcopy(model)) == nothing
    assert vars(model) == before


@pytest.mark.parametrize("wrap", [nn.DataParallel, AveragedModel])
@pytest.mark.parametrize("make", [u2.load_classroom_model, lambda: Foreign(3, 1, 1)])
def test_wrappers_are_looked_through(wrap, make):
    wrapped = wrap(make())
    note(wrapped, preprocessing="plain", size=8, provenance="here")
    assert about(wrapped.module) == about(wrapped)
    assert about(wrapped).size == 8
    assert not hasattr(wrapped, "size")


def test_notes_go_with_the_network():
    model = nn.Identity()
    note(model, preprocessing="plain", size=8, provenance="here")
    key = id(model)
    assert key in room._notes
    del model
    gc.collect()
    assert key not in room._notes


@pytest.mark.parametrize(
    "wrap",
    [
        nn.Sequential,
        lambda m: nn.Sequential(nn.Sequential(m)),
        lambda m: nn.Sequential(nn.DataParallel(m)),
        lambda m: nn.DataParallel(nn.Sequential(m)),
    ],
)
def test_a_sequential_of_one_network_hides_nothing_that_is_known(wrap):
    model = u2.load_classroom_model()
    known, wrapped = about(model), about(wrap(model))
    assert (wrapped.preprocessing, wrapped.size) == ("plain", 64)
    assert wrapped.provenance == known.provenance
    assert wrapped.spec is None  # its paths are not the table's
    note(wrap(model), preprocessing="imagenet", size=(32, 48), provenance="mine")
    assert about(model).preprocessing == about(wrap(model)).preprocessing == "imagenet"


def test_a_sequential_of_one_network_predicts_what_the_network_does():
    model = u2.load_classroom_model()
    expected = u2.predict(model, "chelsea", device="cpu")
    assert np.array_equal(u2.predict(nn.Sequential(model), "chelsea", device="cpu"), expected)
