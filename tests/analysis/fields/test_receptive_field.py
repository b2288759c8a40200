"""What pixels see, against the gradients of the real networks."""

import math
import warnings
from fractions import Fraction
from unittest import mock

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

import u2net_edu as u2

from ..nets import NETS, Applied, PlainUNet, conv, slim_u2net
from . import oracle


def hull(mask):
    index = np.argwhere(mask)
    if not len(index):
        return None
    return tuple((int(a), int(b)) for a, b in zip(index.min(0), index.max(0)))


def check_every_pixel(model, size):
    """Support and box of every output pixel equal the oracle's."""
    traced = u2.trace(model, size, channels=1)
    path = traced.output_path
    field = traced.field(path)
    found = oracle.gradients(model, size)
    found /= found.max()
    seen = found > oracle.THRESHOLD
    assert found[seen].min() > 1e-6
    assert found[~seen].max(initial=0) < 1e-15
    for pixel in np.ndindex(*found.shape[:2]):
        np.testing.assert_array_equal(traced.support(path, pixel), seen[pixel], f"{pixel}")
        assert field.box(*pixel) == hull(seen[pixel]), pixel
    for axis, (lo, hi) in enumerate((field.rows, field.columns)):
        for i in range(found.shape[axis]):  # what any pixel of that row, or column, sees
            anywhere = seen.take(i, axis).any(0).any(1 - axis)
            expected = np.flatnonzero(anywhere)
            assert (lo[i], hi[i]) == ((expected[0], expected[-1]) if len(expected) else (0, -1))
    assert field.exact
    return field


@pytest.mark.parametrize("name", NETS)
def test_every_pixel_equals_the_gradient_oracle(name):
    build, size = NETS[name]
    torch.manual_seed(0)
    check_every_pixel(build(), size)


@pytest.mark.parametrize("block", u2.BLOCKS)
def test_every_pixel_of_every_block(block):
    torch.manual_seed(0)
    field = check_every_pixel(u2.build_block(block, 1, 2, 1), (9, 7))
    assert field.size >= max(field.size_here)


def test_a_full_depth_network_on_a_tall_narrow_image():
    """All eleven stages of the paper's blocks, to the last pixel of 6624."""
    model = slim_u2net(
        1,
        ["RSU-7", "RSU-6", "RSU-5", "RSU-4", "RSU-4F", "RSU-4F"],
        ["RSU-4F", "RSU-4", "RSU-5", "RSU-6", "RSU-7"],
    )
    traced = u2.trace(model, (6752, 1))
    generator = torch.Generator().manual_seed(0)
    model = model.double().eval()
    for parameter in model.parameters():
        parameter.data = 0.5 + torch.rand(parameter.shape, generator=generator).double()
    outputs = {}
    for stage in ("en3", "en6", "de5", "de1", "fuse"):
        model.get_submodule(stage).register_forward_hook(
            lambda module, args, output, stage=stage: outputs.__setitem__(stage, output)
        )
    image = torch.ones(1, 1, 6752, 1, dtype=torch.float64, requires_grad=True)
    with mock.patch("torch.nn.functional.max_pool2d", oracle.mean_pool):
        model(image)
    for stage, output in outputs.items():
        middle = output.shape[2] // 2
        for row in (0, middle, middle + 1, middle + 17, output.shape[2] - 2):
            (gradient,) = torch.autograd.grad(output[0, 0, row, 0], image, retain_graph=True)
            # the size is a multiple of 32: every resize weight is a quarter, and no zero is rounded
            seen = gradient[0, 0].numpy() > 0
            np.testing.assert_array_equal(traced.support(stage, (row, 0)), seen)
            assert traced.field(stage).box(row, 0) == hull(seen)
    assert traced.field("de1").size_here == (6624, 1)


BLOCK_FIELDS = {
    "RSU-7": (448, 480),
    "RSU-6": (224, 240),
    "RSU-5": (112, 120),
    "RSU-4": (56,),
    "RSU-4F": (47,),
}
STAGE_FIELDS = {
    "en1": (448, 480),
    "en2": (896, 928),
    "en3": (1344, 1376),
    "en4": (1792, 1792),
    "en5": (2528, 2528),
    "en6": (4000, 4000),
    "de5": (4768, 4768),
    "de4": (5248, 5248),
    "de3": (5696, 5728),
    "de2": (6144, 6176),
    "de1": (6592, 6624),
}
STRIDES = dict(zip(STAGE_FIELDS, (1, 2, 4, 8, 16, 32, 16, 8, 4, 2, 1)))


@pytest.mark.parametrize("size", [(32, 32), (61, 190), (1, 1)])
@pytest.mark.parametrize("block", BLOCK_FIELDS)
def test_the_fields_of_blocks_whatever_size_was_traced(block, size):
    field = u2.trace(u2.build_block(block, 3, 2, 2), size).field("add")
    assert field.sizes == BLOCK_FIELDS[block]
    assert field.size == BLOCK_FIELDS[block][-1]
    assert field.stride == 1
    assert field.why == ""


@pytest.mark.parametrize("size", [(320, 320), (37, 291), (5, 3)])
def test_the_fields_of_all_stages_whatever_size_was_traced(size):
    traced = u2.trace(u2.U2Net(u2.U2NET_CLASSROOM), size)
    for stage, (smallest, largest) in STAGE_FIELDS.items():
        field = traced.field(stage)
        assert (field.sizes[0], field.size) == (smallest, largest), stage
        assert field.strides == (STRIDES[stage],) * 2
        low, high = field.offset
        assert low == -high  # all is symmetric, or mirrored at the other phase
        assert not field.everything


def test_sizes_are_those_of_pixels_far_from_the_border():
    """The virtual pass, against a real trace in whose middle nothing is cut."""
    model = u2.RSU(5, 1, 1, 1)
    here = u2.trace(model, (512, 384)).field("add")
    there = u2.trace(model, (16, 16)).field("add")
    rows = here.rows[1][128:-128] - here.rows[0][128:-128] + 1
    assert set(rows) == set(there.sizes)
    assert there.size_here == (16, 16)
    assert here.size_here == (120, 120)


def test_sizes_where_strides_have_no_common_multiple_but_their_product():
    def forward(x, a, b):
        halved, thirded = a(F.max_pool2d(x, 2)), b(F.max_pool2d(x, 3))
        return sum(F.interpolate(y, x.shape[2:], mode="bilinear") for y in (halved, thirded))

    model = Applied(conv(1, 1), nn.Conv2d(1, 1, 4, padding=2), forward=forward)
    here = u2.trace(model, (120, 120), 1)
    field = here.field(here.output_path)
    rows = field.rows[1][30:-30] - field.rows[0][30:-30] + 1
    assert set(rows) == set(field.sizes)
    assert here.unclipped.size[0] % 6 == 0
    assert field.strides == (1, 1)


def test_textbook_strides_and_offsets():
    model = nn.Sequential(nn.Conv2d(1, 1, 3, stride=2), nn.MaxPool2d(2), nn.Conv2d(1, 1, (1, 3)))
    field = u2.trace(model, (40, 40)).field("2")
    # pixel 0: rows 0…4, columns 0…12; its place is (0 + ½)·4
    assert field.sizes == (5, 13)
    assert field.strides == (4, 4)
    assert field.offset == (Fraction(1, 2), Fraction(9, 2))
    assert field.box(1, 0) == ((4, 8), (0, 12))


def test_upsampling_has_a_stride_below_one():
    field = u2.trace(nn.ConvTranspose2d(1, 1, 2, stride=2), (9, 9)).field("conv")
    assert field.sizes == (1,)
    assert field.stride == Fraction(1, 2)
    assert field.offset == (Fraction(-1, 4), Fraction(1, 4))


def test_attention_sees_everything_and_says_so():
    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.norm = conv(3, 8), nn.LayerNorm(8)
            self.attend, self.out = nn.MultiheadAttention(8, 2, batch_first=True), conv(8, 1, 1)

        def forward(self, x):
            x = self.embed(x)
            tokens = self.norm(x.flatten(2).transpose(1, 2))
            tokens, _ = self.attend(tokens, tokens, tokens)
            return self.out(x + tokens.transpose(1, 2).reshape(x.shape))

    traced = u2.trace(Attention(), (9, 7))
    assert traced.field("norm").size == 3  # tokens still know their pixels
    field = traced.field("out")
    assert field.everything
    assert field.exact
    assert field.size == math.inf
    assert "attend" in field.why
    assert traced.support("out", (8, 6)).all()


@pytest.mark.parametrize(
    "forward",
    [
        lambda x, a, b: a(x) * b(F.adaptive_avg_pool2d(x, 1)),
        lambda x, a, b: a(x) + b(x).amax((2, 3), keepdim=True),
        lambda x, a, b: F.group_norm(a(x), 1),
        lambda x, a, b: F.instance_norm(b(a(x))),
        lambda x, a, b: F.interpolate(F.adaptive_max_pool2d(a(x), 1), x.shape[2:]),
        lambda x, a, b: F.scaled_dot_product_attention(
            *[a(x).flatten(2).transpose(1, 2)] * 3
        ).mT.reshape(x.shape),
        lambda x, a, b: (a(x).flatten(2) @ (b(x).flatten(2).mT @ b(x).flatten(2)).softmax(-1)).view(
            x.shape
        ),
        lambda x, a, b: a(x).flatten(2).softmax(-1).view(x.shape),
    ],
)
def test_global_operators_see_everything(forward):
    traced = u2.trace(Applied(conv(2, 2), conv(2, 2, 1), forward=forward), (6, 5))
    field = traced.field(traced.output_path)
    assert field.everything
    assert field.exact
    assert traced.support(traced.output_path, (3, 3)).all()
    assert field.box(0, 0) == ((0, 5), (0, 4))


def test_a_layer_norm_over_channels_is_pointwise_and_a_batch_norm_in_eval_too():
    model = Applied(
        nn.LayerNorm(2),
        nn.BatchNorm2d(2),
        forward=lambda x, a, b: b(a(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)),
    )
    traced = u2.trace(model.train(), (5, 6), channels=2)
    assert traced.field("layers.1").sizes == (1,)


def test_some_channels_of_a_concatenation_are_an_upper_bound():
    model = Applied(conv(1, 2), forward=lambda x, a: torch.cat([x, a(x)], 1)[:, :1])
    traced = u2.trace(model, (8, 8))
    field = traced.field(traced.output_path)
    assert not field.exact
    assert "channels" in field.why
    assert field.size == 3  # truly 1
    # a dense convolution mixes channels: what follows is exact again
    mixed = Applied(
        conv(1, 2),
        conv(3, 2),
        forward=lambda x, a, b: b(torch.cat([x, a(x)], 1))[:, :1],
    )
    traced = u2.trace(mixed, (8, 8))
    assert traced.field(traced.output_path).exact


def test_a_convolution_that_is_shared_by_channels_does_not_mix_them():
    def forward(x, a, b):
        x = torch.cat([x, a(x)], 1)
        return b(x.transpose(0, 1)).transpose(0, 1)[:, :1]  # the channels as a batch

    traced = u2.trace(Applied(conv(1, 1), conv(1, 1), forward=forward), (8, 8))
    assert not traced.field(traced.output_path).exact


def test_windows_of_tokens_are_an_upper_bound():
    def forward(x, a):
        parts = a(x).view(1, 2, 2, 3, 2, 3).permute(0, 2, 4, 1, 3, 5)
        return parts.reshape(4, 2, 9).softmax(-1)

    traced = u2.trace(Applied(conv(2, 2), forward=forward), (6, 6))
    field = traced.field(traced.output_path)
    assert not field.exact
    assert "fold" in field.why


@pytest.mark.parametrize(
    ("forward", "name"),
    [
        (lambda x, a: a(x).cumsum(2), "aten.cumsum"),
        (lambda x, a: F.unfold(a(x), 3), "aten.im2col"),
        (lambda x, a: a(x)[:, :, torch.tensor([0, 2])], "aten.index"),
        (
            lambda x, a: F.grid_sample(
                a(x), x.expand(1, 2, 6, 6).mT.permute(0, 2, 3, 1), align_corners=False
            ),
            "aten.grid_sampler_2d",
        ),
        (lambda x, a: a(x) + a(x).transpose(2, 3), "aten.add"),
        (lambda x, a: a(x).split(2, 2)[0], "aten.split"),
    ],
)
def test_an_operator_without_a_rule_is_named(forward, name):
    model = Applied(conv(1, 1), forward=forward)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        traced = u2.trace(model, (6, 6))
    with pytest.raises(u2.UnknownOperatorError, match=name):
        traced.field(traced.output_path)
    with pytest.raises(u2.UnknownOperatorError, match=name):
        traced.support(traced.output_path, (0, 0))
    assert traced.field("layers.0").size == 3  # what comes before it is known


def test_weights_and_constants_see_nothing():
    def forward(x, a, b):
        ramp = torch.linspace(0, 1, x.shape[3], device=x.device).cumsum(0)
        return b(a(x) * ramp)

    normed = torch.nn.utils.parametrizations.weight_norm(conv(1, 1))
    traced = u2.trace(Applied(normed, conv(1, 1), forward=forward), (6, 5))
    assert traced.field(traced.output_path).sizes == (5,)
    assert traced.field(traced.output_path).exact
    ramp = traced.field("cumsum")
    assert ramp.size_here == (0, 0)
    assert ramp.box(0, 0) is None
    assert not traced.support("cumsum", (0, 0)).any()


def test_memory_written_through_a_view_is_refused_by_name():
    def forward(x, a):
        y = a(x)
        y[:, :, 1:].add_(x[:, :, :-1])
        return y * 2

    traced = u2.trace(Applied(conv(1, 1), forward=forward), (6, 6))
    with pytest.raises(u2.UnknownOperatorError, match="in place through another view"):
        traced.field(traced.output_path)

    def gives_it_at_once(x, a):
        y = a(x)
        y[:, :, 1:] = x[:, :, 1:]
        return y

    traced = u2.trace(Applied(conv(1, 1), forward=gives_it_at_once), (6, 6))
    with pytest.raises(u2.UnknownOperatorError, match="in place through another view"):
        traced.field(traced.output_path)
    # parts that do not overlap are no such case
    model = Applied(conv(1, 2), forward=lambda x, a: sum(part.relu_() for part in a(x).chunk(2, 1)))
    traced = u2.trace(model, (6, 6))
    assert traced.field(traced.output_path).size == 3


def test_paths_and_pixels_that_do_not_exist():
    traced = u2.trace(u2.U2Net(u2.U2NET_CLASSROOM), (32, 40))
    with pytest.raises(u2.PathError, match=r"en1\.enc7"):
        traced.field("en1.enc8")
    with pytest.raises(u2.PathError, match="no path 'nowhere'"):
        traced.support("nowhere", (0, 0))
    for pixel in ((16, 0), (0, 20), (-1, 0), (0,)):
        with pytest.raises(IndexError, match=r"en2 has 16 rows and 20 columns.*\(15, 19\)"):
            traced.support("en2", pixel)
    with pytest.raises(IndexError, match="en2 has 16 rows"):
        traced.field("en2").box(16, 0)


def test_a_network_that_runs_at_one_size_alone_keeps_what_holds_there():
    model = nn.Sequential(conv(1, 1), nn.Flatten(), nn.Linear(36, 5))
    traced = u2.trace(model, (6, 6))
    assert traced.field("0").size == 3
    assert traced.field("2").size_here == (6, 6)
    assert traced.support("2", (0, 0)).all()
    with pytest.raises(ValueError, match=r"without a border.*size_here hold"):
        _ = traced.field("2").size


def test_a_map_turned_and_turned_back_is_as_it_was():
    """Test-time augmentation: the average of a picture's map and of the mirrored one's."""
    both = Applied(conv(1, 2), forward=lambda x, a: a(x) + a(x.flip(3)).flip(3))
    rolled = Applied(
        conv(1, 2), forward=lambda x, a: a(x) + a(x.roll((2, 1), (2, 3))).roll((-2, -1), (2, 3))
    )
    for model in (both, rolled):
        for size in ((8, 8), (9, 13), (200, 160)):
            traced = u2.trace(model, size)
            field = traced.field(traced.output_path)
            assert field.size == 3
            assert field.sizes == (3,)
            assert field.offset == (0, 0)
            assert field.why == ""


def test_a_map_and_its_mirror_image_grow_with_the_image():
    model = Applied(conv(1, 1), forward=lambda x, a: a(x) + a(x).flip(2))
    field = u2.trace(model, (9, 8)).field("add")
    assert field.size == math.inf
    assert "add" in field.why
    alone = u2.trace(Applied(conv(1, 1), forward=lambda x, a: a(x).flip(2)), (9, 8)).field("flip")
    assert alone.size == 3  # a mirror sees no more, only elsewhere
    assert alone.offset is None


def test_halves_laid_on_one_another_grow_with_the_image():
    def forward(x, a):
        half = x.shape[2] // 2
        return a(x[:, :, :half] + x[:, :, half : 2 * half])

    field = u2.trace(Applied(conv(1, 1), forward=forward), (12, 10)).field("layers.0")
    assert field.size == math.inf
    assert field.size_here == (9, 3)  # its own three rows, and those six farther down
    for down in (nn.AvgPool2d(2), nn.AvgPool2d(5), nn.Conv2d(1, 1, 3, stride=4)):
        deep = nn.Sequential(down, Applied(conv(1, 1), forward=forward))
        assert u2.trace(deep, (60, 40)).field("1.layers.0").size == math.inf
    seam = Applied(conv(1, 1), forward=lambda x, a: a(torch.cat([x, x], 3)))
    assert u2.trace(seam, (12, 10)).field("layers.0").size == math.inf


PADDINGS = ["zeros", "reflect", "replicate", "circular"]


@pytest.mark.parametrize("mode", PADDINGS)
def test_a_convolution_sees_its_kernel_whatever_lies_beyond_the_border(mode):
    model = nn.Conv2d(1, 2, 5, padding=2, padding_mode=mode)
    for size in ((8, 9), (7, 200)):
        field = u2.trace(model, size).field("conv")
        assert (field.sizes, field.stride, field.exact) == ((5,), 1, True)
        assert field.offset == (0, 0)


@pytest.mark.parametrize(("factor", "sizes"), [(2, (4,)), (3, (1, 4)), (0.5, (4,))])
def test_a_cubic_resize_reads_four_pixels_or_the_one_it_meets(factor, sizes):
    field = u2.trace(nn.Upsample(scale_factor=factor, mode="bicubic"), (16, 20), 1).field("resize")
    assert field.sizes == sizes
    assert field.stride == 1 / Fraction(factor)


def test_maps_without_a_pixel_leave_the_others_as_they_are():
    def forward(x, a):
        y = a(x)
        empty = x[:, :, :0]
        torch.cat([empty.flip(2), empty, x], 2).roll(1, 2)
        empty + empty.relu()
        (empty + 1).sum(2), F.pad(empty, (1, 1)), empty.transpose(2, 3), empty.flatten(2)
        x[..., 8:].softmax(3)  # empty at 8 columns, not at more
        return y

    traced = u2.trace(Applied(conv(1, 1), forward=forward), (8, 8))
    field = traced.field("layers.0")
    assert (field.size_here, field.size) == ((3, 3), 3)
    flat = traced.field("flip")
    assert flat.size_here == (0, 0)
    assert flat.size == 0
    with pytest.raises(IndexError, match="no pixels here"):
        traced.support("flip", (0, 0))


def test_at_odd_sizes_a_pixel_can_see_farther_and_truly_does():
    """A resize from 17 to 33 pixels is by an odd ratio: `.size` says what exact ratios give."""
    model = slim_u2net(1, ["RSU-4F"] * 2, ["RSU-4F"])
    for size in ((33, 296), (64, 300)):
        field = u2.trace(model, size, 1).field("fuse")
        assert field.size == 190
        assert max(field.size_here) == 190
    odd = u2.trace(model, (1, 297), 1).field("fuse")
    assert (odd.size, odd.size_here) == (190, (1, 192))
    model = model.double().eval()
    for parameter in model.parameters():
        parameter.data.fill_(0.1).abs_()
    lo, hi = odd.columns
    column = int((hi - lo).argmax())
    image = torch.ones(1, 1, 1, 297, dtype=torch.float64, requires_grad=True)
    with mock.patch("torch.nn.functional.max_pool2d", oracle.mean_pool):
        (gradient,) = torch.autograd.grad(model(image).fused[0, 0, 0, column], image)
    seen = np.flatnonzero(gradient[0, 0, 0].numpy())
    assert (seen[0], seen[-1]) == (lo[column], hi[column])


def test_columns_that_a_linear_layer_mixed_are_not_told_apart():
    model = Applied(nn.Linear(4, 4), forward=lambda x, a: torch.cat([a(x), a(x).flip(2)], 3))
    traced = u2.trace(model, (4, 4), 1)
    field = traced.field("concat")
    assert not field.exact
    assert "mixed" in field.why
    assert traced.support("concat", (0, 0)).sum() == 8
    # all columns of one map see the same: that is exact
    one = u2.trace(Applied(nn.Linear(4, 6), forward=lambda x, a: a(x)), (5, 4), 1)
    assert one.field(one.output_path).exact
    assert one.support(one.output_path, (2, 5)).sum() == 4


def test_a_map_plus_entries_that_differ_is_an_upper_bound():
    """Column j of the sum reads entry j alone of what was mixed, not all that its entries see."""

    def mixed(x, a):
        return x.repeat_interleave(2, 1)[:, :1] + torch.cat([a(x), a(x).flip(2)], 3)

    model = Applied(nn.Linear(6, 3), forward=mixed)
    traced = u2.trace(model, (4, 6), 1)
    path = traced.output_path
    assert not traced.field(path).exact
    assert "several channels" in traced.field(path).why
    assert traced.support(path, (0, 0)).sum() == 12  # truly the six of the first row
    alike = Applied(nn.Linear(6, 6), forward=lambda x, a: x + a(x))  # all entries see the same
    traced = u2.trace(alike, (4, 6), 1)
    assert traced.field(traced.output_path).exact
    assert traced.support(traced.output_path, (0, 0)).sum() == 6


def test_a_map_plus_windows_of_it_is_an_upper_bound():
    def windows(x):
        parts = x.view(1, 2, 2, 2, 3).permute(0, 1, 3, 2, 4).reshape(1, 1, 4, 6).softmax(3)
        return x + parts.view(1, 1, 4, 6)

    traced = u2.trace(Applied(forward=windows), (4, 6), 1)
    field = traced.field(traced.output_path)
    assert not field.exact
    assert "order is not known" in field.why


def test_some_pixels_of_a_list_are_a_bound_also_after_they_are_summed():
    model = Applied(forward=lambda x: x.flatten(2)[:, :, :5].sum(2))
    field = u2.trace(model, (4, 4), 1).field("sum")
    assert not field.exact
    assert "some pixels" in field.why
    assert u2.trace(Applied(forward=lambda x: x.flatten(2).sum(2)), (4, 4), 1).field("sum").exact


def test_memory_is_filled_part_by_part():
    def shifted(x, a):
        y = torch.zeros_like(x)
        y[:, :, 1:] = x[:, :, :-1]
        y[:, :, :1].add_(x[:, :, -1:])
        return a(y)

    traced = u2.trace(Applied(conv(1, 1, 1), forward=shifted), (5, 4))
    assert [np.argwhere(traced.support("layers.0", (r, 2))).tolist() for r in (0, 1, 4)] == [
        [[4, 2]],
        [[0, 2]],
        [[3, 2]],
    ]
    assert traced.field("layers.0").exact
    # memory that is only reserved owes nothing to the tensor whose shape it has
    bare = u2.trace(Applied(conv(1, 1), forward=lambda x, a: a(torch.empty_like(x))), (5, 4))
    assert not bare.support("layers.0", (2, 2)).any()


# --- Random chains -----------------------------------------------------------------------------

kernels = st.integers(1, 4)
layers = st.one_of(
    st.builds(
        lambda k, s, d, p: nn.Conv2d(1, 1, k, s, p, d),
        kernels,
        st.integers(1, 3),
        st.integers(1, 3),
        st.integers(0, 3),
    ),
    st.builds(
        lambda k, s, c: nn.MaxPool2d(k, s, k // 2, ceil_mode=c),
        st.integers(2, 3),
        st.integers(1, 3),
        st.booleans(),
    ),
    st.builds(
        lambda k, s, p, d: nn.ConvTranspose2d(1, 1, k, s, min(p, (k - 1) * d), dilation=d),
        kernels,
        st.integers(1, 3),
        st.integers(0, 2),
        st.integers(1, 2),
    ),
    st.builds(
        lambda h, w, m, a: nn.Upsample(
            (h, w), mode=m, align_corners=a if m == "bilinear" else None
        ),
        st.integers(1, 9),
        st.integers(1, 9),
        st.sampled_from(["nearest", "bilinear"]),
        st.booleans(),
    ),
    st.builds(
        lambda f, m: nn.Upsample(scale_factor=f, mode=m),
        st.sampled_from([0.4, 0.5, 1.5, 2, 2.3]),
        st.sampled_from(["nearest", "bilinear"]),
    ),
    st.builds(
        nn.ZeroPad2d, st.tuples(*[st.integers(-1, 3)] * 4).filter(lambda sides: sum(sides) >= 0)
    ),
    st.builds(nn.AdaptiveAvgPool2d, st.tuples(st.integers(1, 4), st.integers(1, 4))),
)


@given(st.lists(layers, min_size=1, max_size=4), st.integers(3, 9), st.integers(3, 9))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_random_chains(chain, height, width):
    model, x = nn.Sequential(*chain), torch.zeros(1, 1, height, width)
    for layer in chain:
        try:
            with torch.no_grad():
                x = layer(x)
        except RuntimeError:  # a map too small for this layer
            return
        if not 0 < x.numel() <= 300:
            return
    traced = u2.trace(model, (height, width))
    found = oracle.gradients(model, (height, width))
    seen = found > oracle.THRESHOLD * max(found.max(), 1e-300)
    field = traced.field(traced.output_path)
    for pixel in np.ndindex(*found.shape[:2]):
        np.testing.assert_array_equal(traced.support(traced.output_path, pixel), seen[pixel])
        assert field.box(*pixel) == hull(seen[pixel])


@pytest.mark.parametrize("model", [PlainUNet(), u2.RSU(4, 1, 1, 1)])
def test_asking_twice_gives_the_same(model):
    traced = u2.trace(model, (21, 18))
    path = traced.output_path
    first, second = traced.field(path), traced.field(path)
    assert first.sizes == second.sizes
    np.testing.assert_array_equal(traced.support(path, (3, 4)), traced.support(path, (3, 4)))


@pytest.mark.parametrize(("stage", "before"), [("de2", "de3"), ("de5", "en6"), ("en3", "en2")])
@pytest.mark.parametrize("size", [(320, 320), (288, 296)])
def test_what_lies_before_a_pyramid_pool_is_seen_as_without_it(stage, before, size):
    """Its bins are as many for every image: they have no stride that the rest must fit."""
    with torch.device("meta"):
        plain = u2.U2Net(u2.U2NET_CLASSROOM)
        pooled = u2.U2Net(u2.U2NET_CLASSROOM.with_block("PPM", [stage]))
    expected, field = (u2.trace(model, size).field(before) for model in (plain, pooled))
    assert (field.sizes, field.stride) == (expected.sizes, expected.stride)
    assert field.offset == expected.offset
