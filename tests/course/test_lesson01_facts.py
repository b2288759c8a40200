"""What notebook 01 and its lesson plan say in prose about the network, asked of the network."""

import torch
from torch import nn

import u2net_edu as u2


def convolutions(module) -> list[nn.Conv2d]:
    return [layer for layer in module.modules() if isinstance(layer, nn.Conv2d)]


def row_field(block, width: int = 63) -> int:
    """How many pixels of a row the middle output feels, with weights that cannot cancel."""
    for layer in convolutions(block):
        nn.init.ones_(layer.weight)
        nn.init.zeros_(layer.bias)
    pictures = torch.eye(width).reshape(width, 1, 1, width)
    with torch.no_grad():
        felt = block.eval()(pictures)[:, 0, 0, width // 2] > 0
    return int(felt.sum())


def test_119_convolutions_all_but_one_of_3_by_3():
    with torch.device("meta"):
        kernels = [layer.kernel_size for layer in convolutions(u2.U2Net(u2.U2NET))]
    assert len(kernels) == 119
    assert kernels.count((3, 3)) == 118


def test_en1_has_fourteen_layers():
    first = u2.U2NET.encoder[0]
    assert (first.name, first.block) == ("en1", "RSU-7")
    assert len(convolutions(u2.build_block("RSU-7", 3, 4, 4))) == 14


def test_en5_of_the_small_network_is_the_block_of_the_notebook():
    en5 = u2.U2NET_LITE.encoder[4]
    channels = (en5.in_channels, en5.mid_channels, en5.out_channels)
    assert (en5.name, en5.block, *channels) == ("en5", "RSU-4F", 64, 16, 64)
    stages = [row.name for row in u2.U2NET.stages if row.block == "RSU-4F"]
    assert stages == ["en5", "en6", "de5"]


def test_the_block_sees_47_pixels_and_17_without_its_dilations():
    block = u2.build_block("RSU-4F", 1, 1, 1)
    assert [layer.dilation[0] for layer in convolutions(block)] == [1, 1, 2, 4, 8, 4, 2, 1]
    assert row_field(block) == 47
    before = sum(weight.numel() for weight in block.parameters())
    for layer in convolutions(block):
        layer.dilation = layer.padding = (1, 1)
    assert row_field(block) == 17
    assert sum(weight.numel() for weight in block.parameters()) == before


def test_dilation_8_on_the_map_of_en6():
    """10×10 at 320; from (5, 5) only the centre tap lands inside, from two outer rows a second."""
    layer = nn.Conv2d(1, 1, 3, padding=8, dilation=8, bias=False)
    nn.init.ones_(layer.weight)
    with torch.no_grad():
        taps = layer(torch.ones(1, 1, 10, 10))[0, 0]
    assert taps[5, 5] == 1
    inner = taps[2:8, 2:8]
    assert inner.unique().tolist() == [1]
    outer = taps.clone()
    outer[2:8, 2:8] = 2
    assert outer.min() >= 2
    with torch.device("meta"):
        trace = u2.trace(u2.U2Net(u2.U2NET_LITE), (320, 320))
    shapes = {operator.path: operator.output_shape for operator in trace.operators}
    assert shapes["en6.enc4.conv"][-2:] == (10, 10)


def test_the_size_of_the_edge_map():
    grey = u2.as_array("chelsea").mean(axis=2)
    assert grey.shape == (300, 451)
    assert 298 * 449 - 1 == 133_801
