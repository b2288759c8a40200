"""Each block is held against a list of its layers, written down here a second time."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import u2net_edu as u2
from u2net_edu.architecture.baselines import BinPool

BASELINES = ["PLN", "RES", "DSE", "INC", "PPM", "NIV-2", "NIV-4", "NIV-7"]
GRIDS = (1, 2, 3, 6)


def quarter(mid: int) -> int:
    return math.ceil(mid / 4)


LAYERS = {  # every ConvNormRelu as (in, out), every other convolution apart
    "PLN": lambda i, m, o: [(i, m), (m, o)],
    "RES": lambda i, m, o: [(i, o), (o, m), (m, o)],
    "DSE": lambda i, m, o: [(i, m), (m, m), (2 * m, m), (3 * m, m), (4 * m, o)],
    "INC": lambda i, m, o: [(i, m), (m, m), (m, m), (m, m), (m, m), (4 * m, o)],
    "PPM": lambda i, m, o: [(i, m), (m + 4 * quarter(m), o)],
    "NIV-2": lambda i, m, o: [(i, m), (m, m), (2 * m, o)],
    "NIV-4": lambda i, m, o: [(i, m), *[(m, m)] * 3, *[(2 * m, m)] * 2, (2 * m, o)],
    "NIV-7": lambda i, m, o: [(i, m), *[(m, m)] * 6, *[(2 * m, m)] * 5, (2 * m, o)],
}


def parameters(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize("widths", [(3, 16, 64), (64, 32, 64), (5, 7, 11), (1, 1, 1)])
@pytest.mark.parametrize("name", BASELINES)
def test_parameters(name, widths):
    # 9 weights a pair of channels; a bias, and the norm's own scale and shift, a channel out
    expected = sum(9 * a * b + 3 * b for a, b in LAYERS[name](*widths))
    if name == "PPM":
        expected += len(GRIDS) * (widths[1] + 1) * quarter(widths[1])
    assert parameters(u2.build_block(name, *widths)) == expected


GOLDEN = {  # (64, 32, 64) alone; U2NET and U2NET_LITE with this block in every stage
    "PLN": (37_152, 11_427_709, 246_157),
    "RES": (74_208, 23_648_797, 765_661),
    "DSE": (148_032, 38_630_893, 703_933),
    "INC": (129_696, 34_298_557, 653_773),
    "PPM": (56_640, 16_397_677, 350_525),
    "NIV-7": (204_096, 50_886_253, 758_845),
    "RSU-7": (241_152, 63_107_341, 1_278_349),
    "RSU-4F": (157_632, 43_572_013, 1_047_085),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_parameters(name):
    with torch.device("meta"):
        block = u2.build_block(name, 64, 32, 64)
        networks = [u2.U2Net(spec.with_block(name)) for spec in (u2.U2NET, u2.U2NET_LITE)]
    assert tuple(map(parameters, (block, *networks))) == GOLDEN[name]


def measured_macs(block: nn.Module, channels: int, height: int, width: int) -> int:
    """What torch counts: FLOPs of convolutions, two for a multiply and its add."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        block.eval()(torch.rand(1, channels, height, width))
    return counter.get_total_flops() // 2


CELLS = sum(bins**2 for bins in GRIDS)

CLOSED_FORMS = {  # MACs, as the docstrings have them
    "PLN": lambda h, w, i, m, o: 9 * h * w * (i * m + m * o),
    "RES": lambda h, w, i, m, o: 9 * h * w * (i * o + 2 * m * o),
    "DSE": lambda h, w, i, m, o: 9 * h * w * (i * m + 6 * m**2 + 4 * m * o),
    "INC": lambda h, w, i, m, o: 9 * h * w * (i * m + 4 * m**2 + 4 * m * o),
    "PPM": lambda h, w, i, m, o: (
        9 * h * w * (i * m + (m + 4 * quarter(m)) * o) + CELLS * m * quarter(m)
    ),
    **dict.fromkeys(
        ["NIV-2", "NIV-4", "NIV-7"],
        lambda h, w, i, m, o: 9 * h * w * (i * m + m**2 + 2 * m * o),
    ),
}


@pytest.mark.parametrize("widths", [(3, 16, 64), (5, 6, 7)])
@pytest.mark.parametrize("name", BASELINES)
def test_macs_where_every_size_divides(name, widths):
    block = u2.build_block(name, *widths)
    assert CELLS == 50
    assert measured_macs(block, widths[0], 96, 96) == CLOSED_FORMS[name](96, 96, *widths)


@pytest.mark.parametrize("size", [(37, 53), (1, 1), (2, 7)])
@pytest.mark.parametrize("name", BASELINES)
def test_macs_at_other_sizes(name, size):
    widths = (3, 6, 7)
    measured = measured_macs(u2.build_block(name, *widths), 3, *size)
    formula = CLOSED_FORMS[name](*size, *widths)
    if name in ("NIV-4", "NIV-7"):  # a pool rounds up: the formula is a lower bound
        assert formula <= measured
        assert measured == niv_macs(int(name[4:]), *size, *widths)
    else:
        assert measured == formula


def niv_macs(depth: int, h: int, w: int, i: int, m: int, o: int) -> int:
    """The same layer by layer, each at the size to which the pools have brought it."""
    total = 9 * h * w * (i * m + 2 * m * o)  # enc1 and dec1
    for _ in range(2, depth):  # enc2 … enc(L-1) and their mirrors
        h, w = math.ceil(h / 2), math.ceil(w / 2)
        total += 9 * h * w * (m * m + 2 * m * m)
    return total + 9 * h * w * m * m  # the bottom, which has no pool


GROWTH = {  # the coefficient of M² in 9·H·W·(…); linear where it is nothing
    "PLN": 0,
    "RES": 0,
    "PPM": 0,
    "DSE": 6,
    "INC": 4,
    "NIV-4": 1,
    "RSU-4": 1,
    "RSU-4F": 7,
}


@pytest.mark.parametrize("name", GROWTH)
def test_growth_in_the_inner_width(name):
    side, widths = 48, [8, 16, 32, 64]
    macs = [measured_macs(u2.build_block(name, 3, m, 64), 3, side, side) for m in widths]
    square, line, constant = np.polyfit(widths, np.array(macs) / (9 * side**2), 2)
    # PPM's grids add 50/4 M² in all, whatever the map's size
    assert square == pytest.approx(GROWTH[name], abs=50 / 4 / (9 * side**2) + 1e-9)
    assert line > 64  # at least one layer between M and the 64 channels out
    fit = np.polyval([square, line, constant], widths) * 9 * side**2
    np.testing.assert_allclose(fit, macs, rtol=1e-9)


@pytest.mark.parametrize("name", BASELINES)
@settings(max_examples=12, deadline=None)
@given(
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    widths=st.tuples(*[st.integers(1, 9)] * 3),
)
def test_height_and_width_are_kept(name, size, widths):
    block = u2.build_block(name, *widths).eval()
    with torch.no_grad():
        x = block(torch.rand(2, widths[0], *size))
    assert x.shape == (2, widths[2], *size)
    assert x.isfinite().all()


@pytest.mark.parametrize(
    ("spec", "name"),
    [(u2.U2NET, "PLN"), *((u2.U2NET_LITE, name) for name in [*BASELINES, "RSU-7", "RSU-4F"])],
)
def test_a_whole_network_of_one_block_learns(spec, name):
    torch.manual_seed(0)
    network = u2.U2Net(spec.with_block(name)).train()
    logits = network(torch.rand(2, 3, 37, 53))
    assert [x.shape for x in (logits.fused, *logits.sides)] == [(2, 1, 37, 53)] * 7
    sum(x.square().mean() for x in (logits.fused, *logits.sides)).backward()
    for key, p in network.named_parameters():
        assert p.grad is not None, key
        assert p.grad.isfinite().all(), key


@pytest.mark.parametrize("name", ["DSE", "PPM", "NIV-5"])
def test_one_stage_swapped(name):
    network = u2.U2Net(u2.U2NET_CLASSROOM.with_block(name, "en3")).eval()
    kinds = {type(network.en3.block), type(network.en2.block), type(network.de3.block)}
    assert kinds == {type(u2.build_block(name, 1, 1, 1)), u2.RSU}
    with torch.no_grad():
        assert network(torch.rand(1, 3, 37, 53)).fused.shape == (1, 1, 37, 53)


@pytest.mark.parametrize("name", BASELINES)
def test_one_image_can_be_trained_on(name):
    block = u2.build_block(name, 3, 8, 4).train()
    block(torch.rand(1, 3, 64, 64)).sum().backward()


def field_by_gradient(block: nn.Module, side: int = 61) -> tuple[int, int]:
    """Rows and columns that the centre sees, where all weights are 1 and every ReLU is open."""
    block = block.eval().double()
    for module in block.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)
    x = torch.ones(1, 1, side, side, dtype=torch.float64, requires_grad=True)
    block(x)[0, 0, side // 2, side // 2].backward()
    seen = (x.grad[0, 0] != 0).nonzero()
    return tuple((seen.max(0).values - seen.min(0).values + 1).tolist())


FIELDS = {
    "PLN": 1 + 2 * 2,
    "RES": 1 + 3 * 2,
    "DSE": 1 + 5 * 2,
    "INC": 1 + 2 + 2 * 8 + 2,  # the widest branch
    "PPM": 61,  # one of its cells is the whole map
}


@pytest.mark.parametrize("name", FIELDS)
def test_what_a_pixel_sees(name):
    assert field_by_gradient(u2.build_block(name, 1, 4, 1)) == (FIELDS[name], FIELDS[name])


def test_the_branches_of_inc_differ_in_dilation_only():
    block = u2.build_block("INC", 2, 3, 4).eval()
    x = torch.rand(1, 2, 40, 40)
    maps = u2.capture(block, x, ["in", *(f"dilated{d}" for d in (1, 2, 4, 8)), "out.concat"])
    for dilation in (1, 2, 4, 8):
        layer = getattr(block, f"dilated{dilation}")
        taps = torch.zeros(1, 3, 40, 40)  # the convolution written out tap by tap
        padded = nn.functional.pad(maps["in"], [dilation] * 4)
        for row, column in itertools.product(range(3), range(3)):
            shifted = padded[..., row * dilation :, column * dilation :][..., :40, :40]
            taps += torch.einsum("oi,bihw->bohw", layer.conv.weight[..., row, column], shifted)
        taps += layer.conv.bias[:, None, None]
        expected = nn.functional.relu(layer.norm(taps))
        torch.testing.assert_close(maps[f"dilated{dilation}"], expected, atol=1e-5, rtol=1e-5)
    joined = torch.cat([maps[f"dilated{d}"] for d in (1, 2, 4, 8)], dim=1)
    torch.testing.assert_close(maps["out.concat"], joined)


def test_res_adds_what_its_first_layer_gives():
    block = u2.build_block("RES", 3, 5, 7).eval()
    x = torch.rand(1, 3, 9, 8)
    first = block.input(x)
    torch.testing.assert_close(block(x) - first, block.layer2(block.layer1(first)))


@pytest.mark.parametrize("depth", [2, 3, 5])
def test_niv_is_the_u_of_an_rsu(depth):
    torch.manual_seed(0)
    rsu = u2.RSU(depth, 3, 4, 6).eval()
    niv = u2.NIV(depth, 6, 4, 6).eval()
    state = rsu.state_dict()
    niv.load_state_dict({k: v for k, v in state.items() if not k.startswith("input.")})
    x = torch.rand(1, 3, 21, 34)
    first = rsu.input(x)
    torch.testing.assert_close(niv(first), rsu(x) - first)


@pytest.mark.parametrize("size", [(1, 1), (7, 13), (12, 18), (37, 53), (2, 40)])
@pytest.mark.parametrize("bins", GRIDS)
def test_bin_pool(bins, size):
    x = torch.rand(2, 3, *size)
    pooled = BinPool(bins)(x)
    assert pooled.shape == (2, 3, bins, bins)
    for i, j in itertools.product(range(bins), repeat=2):
        (top, bottom), (left, right) = (
            (k * n // bins, math.ceil((k + 1) * n / bins)) for k, n in zip((i, j), size)
        )
        torch.testing.assert_close(pooled[..., i, j], x[..., top:bottom, left:right].mean((2, 3)))


PATHS = {
    "PLN": "layer1.conv layer1.norm layer1.relu layer2.conv layer2",
    "RES": "in.conv in layer1.conv layer2.relu add",
    "DSE": "layer1 layer2.conv layer3.concat layer4.concat layer4.norm out.concat out.conv out",
    "INC": "in dilated1.conv dilated2 dilated4.norm dilated8.relu out.concat out.relu",
    "PPM": "in bins1.pool bins2.conv bins3.relu bins6.resize bins6 out.concat out.norm out",
    "NIV-4": "enc1.conv enc2.pool enc4 dec3.concat dec2.resize dec1.concat dec1.relu",
}


@pytest.mark.parametrize("name", PATHS)
def test_every_operator_has_a_path(name):
    network = u2.U2Net(u2.U2NET_CLASSROOM.with_block(name))
    paths = [f"{stage}.{path}" for stage in ("en1", "de5") for path in PATHS[name].split()]
    maps = u2.capture(network, torch.rand(1, 3, 33, 40), [*paths, "en1", "de5.concat"])
    last = f"en1.{PATHS[name].split()[-1]}"
    torch.testing.assert_close(maps[last], maps["en1"])


def test_names():
    assert {"PLN", "RES", "DSE", "INC", "PPM", "NIV-7"} < set(u2.BLOCKS)
    assert u2.build_block("NIV-12", 1, 1, 1).depth == 12
    with pytest.raises(ValueError, match=r"'NIV-1'.*PLN.*NIV-<depth ≥ 2>"):
        u2.build_block("NIV-1", 1, 1, 1)
    with pytest.raises(ValueError, match=r"2 or more.*got 1"):
        u2.NIV(1, 3, 4, 5)


@pytest.mark.parametrize("name", BASELINES)
def test_wrong_channels_are_refused(name):
    block = u2.build_block(name, 3, 4, 5)
    with pytest.raises(ValueError, match=f"{type(block).__name__} expects .*3, height"):
        block(torch.rand(1, 4, 8, 8))


@pytest.mark.parametrize("name", BASELINES)
def test_the_docstring_says_that_it_is_a_reconstruction(name):
    text = type(u2.build_block(name, 1, 1, 1)).__doc__
    assert all(word in text for word in ("reconstruction", "Layers:", "MACs:", "Reason:"))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("name", BASELINES)
def test_on_cuda(name, monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    torch.manual_seed(0)
    block, x = u2.build_block(name, 3, 8, 6).eval(), torch.rand(1, 3, 37, 53)
    with torch.no_grad():
        expected = block(x)
        torch.testing.assert_close(block.cuda()(x.cuda()).cpu(), expected, atol=1e-4, rtol=1e-4)
