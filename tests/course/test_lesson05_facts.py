"""What notebook 05 and its lesson plan say in prose, asked of the network; oracles checked."""

import pytest
import torch
from torch import nn

import u2net_edu as u2
from u2net_edu.course.exercises import find_exercise
from u2net_edu.course.solutions import lesson05 as ours


@pytest.fixture(scope="module")
def network():
    with torch.device("meta"):
        return u2.trace(u2.U2Net(u2.U2NET), (320, 320))


def block(name: str, side: int = 10):
    return u2.trace(u2.build_block(name, 512, 256, 512), (side, side))


def sides(traced) -> list[int]:
    return [o.output_shape[-1] for o in traced.operators if o.path.endswith(".conv")]


# A third road for the oracles.


@pytest.mark.parametrize("depth", [3, 4, 5, 6, 7])
def test_the_smallest_map_is_that_of_the_real_block(depth):
    for cells in (1, 2, 3):
        side = ours.smallest_map(depth, cells)
        deepest = [
            min(sides(u2.trace(u2.build_block(f"RSU-{depth}", 2, 2, 2), (n, n))))
            for n in (side - 1, side)
            if n
        ]
        assert deepest[-1] == cells
        assert deepest[0] < cells or side == 1


@pytest.mark.parametrize(
    ("dilations", "channels", "side"), find_exercise("dilate.price").drawn_cases()
)
def test_price_and_field_are_those_of_the_trace(dilations, channels, side):
    layers = [
        nn.Conv2d(channels, channels, 3, padding=d, dilation=d, bias=False) for d in dilations
    ]
    traced = u2.trace(nn.Sequential(*layers), (side, side), channels)
    found = traced.total_macs, traced.field(str(len(layers) - 1)).size
    assert ours.price(dilations, channels, side) == found


@pytest.mark.parametrize(("side", "dilation"), find_exercise("dilate.taps").drawn_cases())
def test_taps_on_the_map_are_what_a_convolution_of_ones_sums(side, dilation):
    layer = nn.Conv2d(1, 1, 3, padding=dilation, dilation=dilation, bias=False)
    nn.init.ones_(layer.weight)
    with torch.no_grad():
        assert ours.taps_on_the_map(side, dilation) == layer(torch.ones(1, 1, side, side)).sum()


# What the notebook says.


def test_rsu7_on_ten_cells():
    assert sides(block("RSU-7")) == [10, 10, 5, 3, 2, 1, 1, 1, 1, 1, 2, 3, 5, 10]
    assert sides(block("RSU-4")) == [10, 10, 5, 3, 3, 3, 5, 10]
    assert set(sides(block("RSU-4F"))) == {10}
    for depth in (4, 5, 6, 7):
        pools = [o for o in block(f"RSU-{depth}", 320).operators if o.path.endswith("pool")]
        assert len(pools) == depth - 2


def test_stages_and_their_maps(network):
    blocks = {row.name: row.block for row in u2.U2NET.stages}
    assert [name for name, of in blocks.items() if of == "RSU-4F"] == ["en5", "en6", "de5"]
    maps = [
        network.operators[network.position(f"en{i}.in.conv")].output_shape[-1] for i in range(1, 7)
    ]
    assert maps == [320, 160, 80, 40, 20, 10]
    needs = [ours.smallest_map(depth, 3) for depth in (7, 6, 5, 4)]
    assert needs == [65, 33, 17, 9]


def test_costs(network):
    rsu4, rsu4f, rsu7 = (block(name) for name in ("RSU-4", "RSU-4F", "RSU-7"))
    assert rsu4.total_parameters == rsu4f.total_parameters < rsu7.total_parameters
    assert rsu4f.total_macs / rsu4.total_macs == pytest.approx(1.53, abs=0.01)
    assert [t.field("add").size for t in (rsu4, rsu4f, rsu7)] == [56, 47, 480]
    dilated, plain = ours.price([1, 1, 2, 4, 8, 4, 2, 1], 256, 10), ours.price([1] * 23, 256, 10)
    assert dilated[1] == plain[1] == 47
    assert plain[0] / dilated[0] == 23 / 8
    macs = network.table("stage")["macs"]
    assert macs["en6"] / 1e9 == pytest.approx(1.00, abs=0.005)
    assert network.total_macs / 1e9 == pytest.approx(58.60, abs=0.005)
    layer = network.operators[network.position("en6.enc4.conv")]
    assert layer.macs / 1e9 == pytest.approx(0.06, abs=0.005)


def test_taps_of_dilation_8():
    assert ours.taps_on_the_map(10, 8) == 196
    layer = nn.Conv2d(1, 1, 3, padding=8, dilation=8, bias=False)
    nn.init.ones_(layer.weight)
    with torch.no_grad():
        counts = layer(torch.ones(1, 1, 10, 10))
    assert (counts == 1).sum() == 36


def test_what_learns_and_what_does_not():
    model = u2.load_classroom_model()
    kernel = model.en6.block.enc4.conv.weight
    taps = {}
    for size in (64, 288):
        image, mask = u2.SyntheticScenes(size, length=1, seed=0)[0]
        model.zero_grad()
        u2.saliency_loss(model(image[None]), mask[None]).total.backward()
        taps[size] = int((kernel.grad != 0).any(dim=0).any(dim=0).sum())
    assert taps == {64: 1, 288: 9}


def without_taps(model):
    """For each photograph how far the answer moves without the outer taps, and without the middle.

    By another road than the notebook: a hook changes what the layer gives.
    """
    layer = model.en6.block.enc4.conv
    found = {}
    for photograph in ("coffee", "chelsea", "astronaut"):
        images = u2.preprocess(photograph, model.preprocessing, size=320)
        with torch.no_grad():
            answers = [model(images).fused.sigmoid()]
            centre = torch.zeros_like(layer.weight)
            centre[:, :, 1, 1] = layer.weight[:, :, 1, 1]
            for kept in (centre, layer.weight - centre):
                handle = layer.register_forward_hook(
                    lambda module, args, given, kept=kept: nn.functional.conv2d(
                        args[0], kept, module.bias, padding=8, dilation=8
                    )
                )
                answers.append(model(images).fused.sigmoid())
                handle.remove()
        found[photograph] = [float((a - answers[0]).abs().max()) for a in answers[1:]]
    return found


def test_the_middle_tap_does_the_work_in_the_classroom_network():
    for outer, middle in without_taps(u2.load_classroom_model()).values():
        assert outer < 0.004
        assert 10 * outer < middle < 0.06


def test_the_outer_taps_do_work_in_the_authors_network(authors):
    found = without_taps(authors)
    assert max(found["coffee"]) < 0.04
    assert found["chelsea"] == pytest.approx([0.167, 0.527], abs=0.005)
    assert found["astronaut"] == pytest.approx([0.341, 0.114], abs=0.005)


def test_where_the_dilation_is_needed():
    made = u2.build_block("RSU-4F", 512, 256, 512)
    seen = {}
    for dilation in (8, 4, 2, 1):
        made.enc4.conv.dilation = made.enc4.conv.padding = (dilation, dilation)
        seen[dilation] = u2.trace(made, (20, 20)).field("add").size
    assert seen == {8: 47, 4: 39, 2: 35, 1: 33}
    assert seen[1] >= 2 * 9 + 1  # en6: every cell of 10
    assert seen[1] < 2 * 19 + 1 <= seen[4]  # en5 and de5: not every cell of 20
