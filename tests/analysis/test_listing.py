"""The written-out program of a block, run beside the block itself."""

import pytest
import torch
from torch import nn

import u2net_edu as u2
from u2net_edu.analysis.listing import WIDTHS, listing, vocabulary

NAMES = [*u2.BLOCKS, "RSU-2", "RSU-3", "RSU-9", "NIV-2", "NIV-4"]


def program(name, *widths) -> type[nn.Module]:
    """The class that a listing defines."""
    scope = vocabulary()
    exec(listing(name, *widths).text, scope)
    (made,) = [v for v in scope.values() if isinstance(v, type) and v.__module__ == "builtins"]
    return made


@pytest.mark.parametrize("size", [(32, 32), (37, 53)])
@pytest.mark.parametrize("name", NAMES)
def test_the_program_is_the_block(name, size):
    torch.manual_seed(0)
    block, written = u2.build_block(name, 3, 8, 12), program(name, 3, 8, 12)(3, 8, 12)
    mine, theirs = block.state_dict().values(), written.state_dict()
    assert [tuple(a.shape) for a in mine] == [tuple(b.shape) for b in theirs.values()]
    written.load_state_dict(dict(zip(theirs, mine)))
    images = torch.rand(2, 3, *size)
    with torch.no_grad():
        assert torch.equal(written.eval()(images), block.eval()(images))


@pytest.mark.parametrize("name", [name for name in NAMES if name != "PPM"])
def test_the_program_holds_at_other_widths_too(name):
    """`2 * mid_channels` is right for every width, not only for the one that was listed."""
    written = program(name, 3, 8, 12)(5, 2, 7)
    block = u2.build_block(name, 5, 2, 7)
    assert [p.shape for p in written.parameters()] == [p.shape for p in block.parameters()]


@pytest.mark.parametrize("name", NAMES)
def test_each_layer_has_a_line_that_makes_it_and_one_that_runs_it(name):
    found = listing(name, 3, 8, 12)
    assert found.complete
    traced = u2.trace(u2.build_block(name, 3, 8, 12), (64, 64))
    layers = traced.groups("layer")
    assert [line.path for line in found.lines if line.path and not line.makes] == list(layers)
    made = [line.path for line in found.lines if line.makes]
    assert made == [path for path in layers if path != "add"]
    assert set(found.uses) == set(layers)


def test_which_widths_decide_a_layer():
    uses = listing("RSU-5", 16, 16, 16).uses  # told apart though the numbers are alike
    assert uses["in"] == ("in_channels", "out_channels")
    assert uses["enc1"] == uses["dec1"] == ("mid_channels", "out_channels")
    assert uses["enc3"] == uses["dec4"] == ("mid_channels",)
    assert uses["add"] == ()
    assert listing("PPM", 3, 32, 64).uses["bins3"] == ("mid_channels",)  # a quarter of it
    assert set(WIDTHS) == {width for widths in uses.values() for width in widths}


def test_a_block_of_somebody_elses_is_written_as_far_as_it_goes(monkeypatch):
    class Odd(nn.Module):
        def __init__(self, *widths):
            super().__init__()
            self.layer1 = u2.ConvNormRelu(widths[0], widths[2])

        def forward(self, x):
            return torch.tanh(self.layer1(x))

    monkeypatch.setitem(u2.BLOCKS, "ODD", Odd)
    found = listing("ODD", 3, 8, 12)
    assert not found.complete
    assert "tanh(" in found.text
