"""The verdicts of the notebook of myths, by other roads than its cells."""

import pytest
import torch
from torch import nn

import u2net_edu as u2


def meta(spec) -> u2.U2Net:
    with torch.device("meta"):
        return u2.U2Net(spec)


@pytest.fixture(scope="module")
def trace():
    return u2.trace(meta(u2.U2NET), (320, 320))


def kernels(module) -> list[int]:
    return [layer.kernel_size[0] for layer in module.modules() if isinstance(layer, nn.Conv2d)]


def test_one_convolution_of_1_by_1():
    model = meta(u2.U2NET)
    assert kernels(model).count(1) == 1
    assert kernels(model.fuse) == [1]


def test_two_networks_and_the_sizes_of_their_files():
    """From the released files: their bytes are four to a parameter, and a little more."""
    for spec, released in ((u2.U2NET, 176_304_630), (u2.U2NET_LITE, 4_696_951)):
        weights = 4 * sum(weight.numel() for weight in meta(spec).parameters())
        assert 0 < released - weights < 400_000
        assert (len(spec.encoder), len(spec.decoder)) == (6, 5)


@pytest.mark.parametrize(
    ("dilations", "field"), [((1,), 3), ((3,), 7), ((1, 2), 7), ((1, 2, 4), 15)]
)
def test_what_kernels_and_stacks_see(dilations, field):
    pixels = {0}
    for dilation in dilations:
        pixels = {pixel + tap * dilation for pixel in pixels for tap in (-1, 0, 1)}
    assert max(pixels) - min(pixels) + 1 == field


def test_fewer_parameters_and_more_multiplications(trace):
    table = trace.table("stage")
    en6, de1 = table.loc["en6"], table.loc["de1"]
    assert round(en6["parameters"] / de1["parameters"]) == 72
    assert 10 < de1["macs"] / en6["macs"] < 11
    small = u2.trace(meta(u2.U2NET_LITE), (320, 320))
    assert round(trace.total_macs / small.total_macs) == 3
    assert round(trace.total_parameters / small.total_parameters) == 39


def test_sums_concatenations_pools_and_dilations(trace):
    kinds = [operator.kind for operator in trace.operators]
    assert kinds.count("add") == len(u2.U2NET.stages) == 11
    model = meta(u2.U2NET)
    dilated = {
        name
        for name, layer in model.named_modules()
        if isinstance(layer, nn.Conv2d) and layer.dilation[0] > 2
    }
    assert {name.split(".")[0] for name in dilated} == {"en5", "en6", "de5"}
    assert sum(isinstance(layer, nn.MaxPool2d) for layer in model.en1.modules()) == 5


def test_logits_are_mixed():
    torch.manual_seed(0)
    model = u2.U2Net(u2.U2NET_CLASSROOM).eval()
    with torch.no_grad():
        logits = model(torch.rand(1, 3, 64, 64))
    weights, bias = model.fuse.conv.weight[0, :, 0, 0], model.fuse.conv.bias[0]
    by_hand = sum(w * side for w, side in zip(weights, logits.sides)) + bias
    assert torch.allclose(by_hand, logits.fused, atol=1e-5)


def test_14400_biases_before_a_norm():
    model = meta(u2.U2NET)
    layers = [m for m in model.modules() if isinstance(m, u2.ConvNormRelu)]
    assert sum(layer.conv.bias.numel() for layer in layers) == 14_400


def test_the_side_maps_of_a_crop():
    at_288 = u2.trace(meta(u2.U2NET), (288, 288))
    sides = [o.output_shape[-1] for o in at_288.operators if o.path.endswith(".conv")
             and o.path.startswith("side")]  # fmt: skip
    assert sides == [288, 144, 72, 36, 18, 9]
