"""What notebook 03 and its lesson plan say in prose about blocks, asked of the blocks."""

import torch

import u2net_edu as u2
from u2net_edu.analysis.listing import listing


def shown(name, *widths):
    return u2.explore_block(name, *widths).shown


def layers(name) -> int:
    return sum(isinstance(m, u2.ConvNormRelu) for m in u2.build_block(name, 3, 8, 16).modules())


def kinds(name, size=(320, 320)) -> list[str]:
    return [o.kind for o in u2.trace(u2.build_block(name, 3, 8, 16), size).operators]


def test_the_brick():
    layer = u2.ConvNormRelu(3, 4)
    assert (tuple(layer.conv.weight.shape), layer.conv.bias.numel()) == ((4, 3, 3, 3), 4)
    assert [p.numel() for p in layer.norm.parameters()] == [4, 4]
    with torch.device("meta"):
        network = u2.U2Net(u2.U2NET)
    assert sum(isinstance(m, u2.ConvNormRelu) for m in network.modules()) > 100


def test_about_half_is_zero_after_the_relu():
    torch.manual_seed(0)
    maps = u2.ConvNormRelu(3, 4)(u2.preprocess("coffee", size=160))
    assert 0.4 < (maps == 0).float().mean() < 0.6


def test_an_rsu_4_has_eight_layers_and_an_rsu_has_two_a_level():
    assert layers("RSU-4") == 8
    assert [layers(f"RSU-{depth}") for depth in (5, 6, 7)] == [10, 12, 14]


def test_what_is_overlooked_in_rsu_4():
    words = {box["id"]: shown("RSU-4", 3, 16, 64)["items"][box["id"]]["words"]
             for box in shown("RSU-4", 3, 16, 64)["boxes"]}  # fmt: skip
    assert [path for path, told in words.items() if "dilation" in told] == ["enc4"]
    assert [path for path, told in words.items() if "a pool" in told] == ["enc2", "enc3"]
    assert "takes dec3 and enc2" in words["dec2"]
    assert "32 channels to 16" in words["dec2"]
    assert [path for path, told in words.items() if "resize" in told] == ["dec2", "dec1"]


def test_line_30_of_rsu_7_and_the_boxes_that_mid_does_not_light():
    lines = listing("RSU-7", 3, 32, 64).lines
    assert (lines[29].path, lines[29].makes) == ("dec4", False)
    seven = shown("RSU-7", 3, 32, 64)
    dark = {box["id"] for box in seven["boxes"]} - set(seven["items"]["row.mid"]["lights"])
    assert dark == {"in", "add"}


def test_rsu_6_has_one_box_less_down_one_less_up_and_one_pool_less():
    six, seven = ({line.path for line in listing(n, 3, 32, 64).lines} for n in ("RSU-6", "RSU-7"))
    assert seven - six == {"enc7", "dec6"}
    assert kinds("RSU-7").count("pool") - kinds("RSU-6").count("pool") == 1
    assert kinds("RSU-7").count("pool") == 5


def test_the_first_stage_is_the_block_that_is_shown():
    row = u2.U2NET.encoder[0]
    widths = (row.in_channels, row.mid_channels, row.out_channels)
    assert (row.name, row.block, *widths) == ("en1", "RSU-7", 3, 32, 64)


def test_eight_stages_of_the_classroom_network_are_rebuilt():
    blocks = [row.block for row in u2.load_classroom_model().spec.stages]
    assert sum(block in ("RSU-4", "RSU-5", "RSU-6", "RSU-7") for block in blocks) == 8


def test_a_relu_after_the_sum_would_change_nothing():
    for name in ("RES", "RSU-5"):
        block = u2.build_block(name, 3, 8, 16).eval()
        with torch.no_grad():
            answer = block(u2.preprocess("coffee", size=64))
        assert torch.equal(torch.relu(answer), answer)


def test_which_blocks_have_small_maps():
    assert "pool" in kinds("PPM")
    assert {"pool", "mean"}.isdisjoint([*kinds("DSE"), *kinds("INC"), *kinds("RSU-4F")])
    assert "resize" not in kinds("RSU-4F")


def test_rsu_9_on_a_small_picture():
    smallest = min(o.grid for o in u2.trace(u2.RSU(9, 3, 8, 16), (320, 320)).operators)
    assert smallest == (3, 3)
    assert min(o.grid for o in u2.trace(u2.RSU(9, 3, 8, 16), (32, 32)).operators) == (1, 1)
