"""The polynomials of a block's cost against its trace, at widths and sizes that nobody chose."""

import random

import pytest
import torch
from torch import nn

import u2net_edu as u2
from u2net_edu.analysis.comparison import trace_block
from u2net_edu.analysis.polynomials import cost_polynomials, pixels
from u2net_edu.architecture.layers import ConvNormRelu


def both(block: str, width: int, size: tuple[int, int], channels=(3, 64)):
    found, trace = (
        cost_polynomials(block, *channels),
        trace_block(block, channels[0], width, *channels[1:], size),
    )
    ours = found.macs(width, size), found.parameters(width), found.memory(width, size)
    return ours, (trace.total_macs, trace.total_parameters, trace.peak_activation_bytes)


@pytest.mark.parametrize("block", [*u2.BLOCKS, "RSU-9", "NIV-2"])
def test_it_is_the_trace_at_any_width_and_size(block):
    draw = random.Random(block)
    for _ in range(6):
        size = draw.randint(1, 700), draw.randint(1, 700)
        ours, counted = both(block, draw.randint(1, 300), size)
        assert ours == counted


def test_other_channels_have_other_polynomials():
    ours, counted = both("RSU-4", 17, (31, 90), (13, 5))
    assert ours == counted


def test_pixels_round_up():
    assert [pixels(level, (37, 5)) for level in (0, 1, 2, 3, -1)] == [185, 57, 20, 5, 1]


@pytest.mark.parametrize(("kind", "words"), [("macs", "macs"), ("parameters", "parameters")])
def test_the_widest_is_that_of_match_blocks(kind, words):
    size, budget = (50, 50), {"macs": 200_000_000, "parameters": 90_000}[kind]
    table = u2.match_blocks(None, 3, 64, size, **{words: budget}).set_index("block")
    for block in u2.BLOCKS:
        assert (
            cost_polynomials(block, 3, 64).widest(kind, budget, size) == table.mid_channels[block]
        )
    assert cost_polynomials("RSU-7", 3, 64).widest(kind, 10, size) == 0


class Attention(nn.Module):
    """Every pixel with every pixel: no sum over maps of halved sizes."""

    def __init__(self, in_channels, mid_channels, out_channels):
        super().__init__()
        self.layer = ConvNormRelu(in_channels, mid_channels)
        self.out = ConvNormRelu(mid_channels, out_channels)

    def forward(self, x):
        x = self.layer(x)
        flat = x.flatten(2)
        return self.out((flat.mT @ flat @ flat.mT).mT.reshape(x.shape))


def test_a_block_without_such_polynomials_is_refused(monkeypatch):
    monkeypatch.setitem(u2.BLOCKS, "ATT", Attention)
    assert Attention(3, 4, 8)(torch.zeros(1, 3, 6, 6)).shape == (1, 8, 6, 6)
    with pytest.raises(ValueError, match="ATT: its costs are no polynomial"):
        cost_polynomials("ATT", 3, 8)


def test_an_unknown_block_is_named():
    with pytest.raises(ValueError, match="no block is called 'RSV'"):
        cost_polynomials("RSV", 3, 64)


def test_a_block_that_does_not_depend_on_its_width_has_no_widest(monkeypatch):
    monkeypatch.setitem(u2.BLOCKS, "OWN", lambda i, m, o: u2.build_block("PLN", i, 32, o))
    found = cost_polynomials("OWN", 3, 64)
    assert found.macs(1, (64, 64)) == found.macs(300, (64, 64))
    assert found.widest("macs", found.macs(1, (64, 64)), (64, 64)) >= 2**19
    assert found.widest("macs", found.macs(1, (64, 64)) - 1, (64, 64)) == 0


def test_another_builder_under_the_same_name_has_other_polynomials(monkeypatch):
    for width in (32, 8):
        monkeypatch.setitem(
            u2.BLOCKS, "OWN", lambda i, m, o, w=width: u2.build_block("PLN", i, w, o)
        )
        counted = trace_block("OWN", 3, 4, 64, (16, 16))
        assert cost_polynomials("OWN", 3, 64).macs(4, (16, 16)) == counted.total_macs
