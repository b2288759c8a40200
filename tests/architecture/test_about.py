"""What is known about a network is said in one place; anybody's attributes are their own."""

import copy
import gc

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
