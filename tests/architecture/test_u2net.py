"""The network against the authors' outputs, and against faults that others have made."""

import copy
import inspect
import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from u2net_edu import RSU, U2NET, U2NET_CLASSROOM, DilatedRSU, StageSpec, U2Net, U2NetSpec
from u2net_edu.architecture import layers, rsu, u2net

TOLERANCE = 1e-5
SMALL = U2NetSpec(
    "two pools and a bottom",
    [
        StageSpec("en1", "RSU-4", 3, 2, 3),
        StageSpec("en2", "RSU-3", 3, 2, 4),
        StageSpec("en3", "RSU-4F", 4, 2, 4),
    ],
    [StageSpec("de2", "RSU-3", 8, 2, 4), StageSpec("de1", "RSU-4", 7, 2, 3)],
)


@pytest.fixture(scope="module")
def golden_model(golden):
    return golden.model()


def test_seven_maps_equal_the_authors(golden, golden_model):
    assert len(golden.outputs) >= 3
    assert any(height % 2 and width % 2 for height, width in golden.outputs)
    for size in golden.outputs:
        assert golden.largest_difference(golden_model, size) <= TOLERANCE, size


@pytest.mark.gpu
def test_seven_maps_equal_the_authors_on_cuda(golden):
    tf32 = torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32
    try:
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
        model = golden.model().cuda()
        for size in golden.outputs:
            assert golden.largest_difference(model, size) <= 1e-4, size
    finally:
        torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = tf32


def test_every_map_is_compared(golden_lite):
    """The oracle itself: a difference in any of the seven shows."""
    size = (40, 56)
    model = golden_lite.model()
    for number in range(7):
        other = copy.deepcopy(model)
        convolution = other.fuse.conv if number == 0 else getattr(other, f"side{number}").conv
        with torch.no_grad():
            convolution.bias += 0.01
        assert golden_lite.largest_difference(other, size) > TOLERANCE


# Faults seen in public ports (and planted here): each must turn the comparison red.


def dilation_of_one(model: U2Net) -> None:
    for block in model.modules():
        if isinstance(block, DilatedRSU):
            for module in block.modules():
                if isinstance(module, nn.Conv2d):
                    module.dilation = module.padding = (1, 1)


def one_pool_too_many(model: U2Net) -> None:
    """A pool before the bottom layer of en1, and the resize that it then needs."""
    block = model.en1
    block.enc7 = layers.Down(block.enc7)
    block.dec6.resize = layers.Resize()


def pools_where_none_belong(model: U2Net) -> None:
    """RSU-4 in place of RSU-4F: the same weights fit."""
    for stage in model.children():
        block = getattr(stage, "block", None)
        if isinstance(block, DilatedRSU):
            pooling = RSU(4, block.in_channels, block.mid_channels, block.out_channels)
            weights = zip(pooling.state_dict(), block.state_dict().values())
            pooling.load_state_dict(dict(weights))
            stage.block = pooling.eval()


def residual_from_x(model: U2Net) -> None:
    def forward(self, x):
        first = self.input(x)
        return self.u(first) + (x if x.shape == first.shape else first)

    for module in model.modules():
        if isinstance(module, rsu.UBlock):
            module.forward = forward.__get__(module)


def sigmoid_before_the_fusion(model: U2Net) -> None:
    model.fuse.concat.register_forward_pre_hook(lambda _, maps: tuple(m.sigmoid() for m in maps))


def skip_before_what_comes_from_below(model: U2Net) -> None:
    for module in model.modules():
        if isinstance(module, layers.Up):
            module.concat.register_forward_pre_hook(lambda _, maps: maps[::-1])


def pool_without_ceil_mode(model: U2Net) -> None:
    for module in model.modules():
        if isinstance(module, nn.MaxPool2d):
            module.ceil_mode = False


def dilation_two_forgotten_at_the_bottom(model: U2Net) -> None:
    for block in model.modules():
        if isinstance(block, RSU):
            convolution = list(block.children())[block.depth].conv
            assert convolution.dilation == (2, 2)
            convolution.dilation = convolution.padding = (1, 1)


FAULTS = [
    dilation_of_one,
    one_pool_too_many,
    pools_where_none_belong,
    residual_from_x,
    sigmoid_before_the_fusion,
    skip_before_what_comes_from_below,
    pool_without_ceil_mode,
    dilation_two_forgotten_at_the_bottom,
]


@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: plant.__name__)
def test_a_planted_fault_shows(golden_lite, plant):
    model = golden_lite.model()
    plant(model)
    assert golden_lite.largest_difference(model, (40, 56)) > 10 * TOLERANCE


def test_corners_aligned_would_show(golden_lite, monkeypatch):
    def aligned(x, reference):
        size = reference.shape[-2:]
        return nn.functional.interpolate(x, size, mode="bilinear", align_corners=True)

    monkeypatch.setattr(layers, "resize_like", aligned)
    assert golden_lite.largest_difference(golden_lite.model(), (40, 56)) > 10 * TOLERANCE


@settings(max_examples=20)
@given(st.integers(1, 70), st.integers(1, 70), st.integers(1, 2), st.integers(1, 3))
def test_any_size_gives_seven_maps_of_that_size(height, width, batch, out_channels):
    model = U2Net(U2NET_CLASSROOM, out_channels).eval()
    with torch.no_grad():
        logits = model(torch.randn(batch, 3, height, width))
    maps = [logits.fused, *logits.sides]
    assert len(maps) == 7
    for saliency in maps:
        assert saliency.shape == (batch, out_channels, height, width)
        assert torch.isfinite(saliency).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 70), (33, 65)])
def test_an_image_of_a_batch_does_not_see_the_others(size):
    model = U2Net(SMALL).eval()
    images = torch.randn(3, 3, *size)
    with torch.no_grad():
        together = model(images).fused
        alone = torch.cat([model(image[None]).fused for image in images])
    torch.testing.assert_close(together, alone)


def test_a_table_of_ones_own_is_a_network():
    model = U2Net(SMALL, out_channels=2)
    fused, sides = model(torch.randn(2, 3, 20, 24))
    assert fused.shape == (2, 2, 20, 24)
    assert [side.shape for side in sides] == [fused.shape] * 3
    (fused.sum() + sum(side.sum() for side in sides)).backward()
    assert all(p.grad is not None for p in model.parameters())


@pytest.mark.parametrize("out_channels", [0, -1, 1.0, True, "1"])
def test_a_number_of_maps_below_one_is_refused(out_channels):
    with pytest.raises(ValueError, match="out_channels is a whole number, more than 0; got"):
        U2Net(SMALL, out_channels)


def test_the_first_side_is_at_full_size_already():
    model = U2Net(SMALL)
    assert model.side1.resize is None
    assert model.side2.resize is not None


def test_logits_are_not_probabilities(golden_lite):
    with torch.no_grad():
        fused = golden_lite.model()(torch.randn(1, 3, 32, 32)).fused
    assert fused.min() < 0 or fused.max() > 1


def test_it_can_be_copied_and_pickled():
    model = U2Net(SMALL).eval()
    images = torch.randn(1, 3, 17, 19)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert torch.equal(other(images).fused, model(images).fused)
        assert other.spec == SMALL


def test_a_full_network_builds_without_memory_on_the_meta_device():
    with torch.device("meta"):
        model = U2Net(U2NET).eval()
        logits = model(torch.empty(1, 3, 320, 320))
    assert [side.shape for side in logits.sides] == [(1, 1, 320, 320)] * 6


@pytest.mark.parametrize(
    "function",
    [
        u2net.U2Net.forward,
        u2net.U2Net.__init__,
        u2net.SideHead.forward,
        u2net.Fuse.forward,
        rsu.UBlock.u,
        rsu.UBlock.forward,
        layers.ConvNormRelu.forward,
        layers.Up.forward,
        layers.Down.forward,
    ],
    ids=lambda function: function.__qualname__,
)
def test_what_one_reads_first_fits_on_a_screen(function):
    assert len(inspect.getsource(function).splitlines()) <= 30


def test_the_recipe_of_the_golden_data_has_not_changed(golden_lite):
    """Else every comparison above would be with something else."""
    state = golden_lite.state_dict()
    assert len(state) == 798
    total = sum(float(value.double().abs().sum()) for value in state.values())
    assert np.isclose(total, 61285.301795386076, rtol=1e-9)
