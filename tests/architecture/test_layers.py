"""The building layer and the joins, each against the same arithmetic written out by hand."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from u2net_edu import RSU, U2NET_CLASSROOM, ConvNormRelu, DilatedRSU, U2Net, resize_like
from u2net_edu.architecture.layers import Down, Pool, Up

SIZES = [(1, 1), (1, 7), (2, 2), (5, 8), (13, 4)]


def bilinear(plane: np.ndarray, height: int, width: int) -> np.ndarray:
    """Output pixel centres mapped into the input, a weighted mean of the two nearest a side."""

    def weights(n_in: int, n_out: int) -> np.ndarray:
        matrix = np.zeros((n_out, n_in))
        for o in range(n_out):
            centre = max((o + 0.5) * n_in / n_out - 0.5, 0)
            i = int(centre)
            matrix[o, i] += 1 - (centre - i)
            matrix[o, min(i + 1, n_in - 1)] += centre - i
        return matrix

    return weights(plane.shape[0], height) @ plane @ weights(plane.shape[1], width).T


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("target", SIZES)
def test_resize_like_is_bilinear_with_corners_not_aligned(size, target):
    x = torch.randn(2, 3, *size)
    got = resize_like(x, torch.empty(9, 1, *target))
    assert got.shape == (2, 3, *target)
    expected = np.stack([bilinear(p, *target) for p in x.flatten(0, 1).double().numpy()])
    np.testing.assert_allclose(got.flatten(0, 1).numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("dilation", [1, 2, 4, 8])
def test_the_layer_is_conv_norm_relu_with_a_bias(dilation):
    layer = ConvNormRelu(2, 3, dilation).double().eval()
    layer.norm.running_mean.normal_()
    layer.norm.running_var.uniform_(0.5, 2)
    x = torch.randn(1, 2, 6, 9, dtype=torch.float64)

    padded = np.zeros((2, 6 + 2 * dilation, 9 + 2 * dilation))
    padded[:, dilation:-dilation, dilation:-dilation] = x[0]
    state = {key: value.numpy() for key, value in layer.state_dict().items()}
    expected = np.zeros((3, 6, 9))
    for row in range(6):
        for column in range(9):
            window = padded[:, row : row + 2 * dilation + 1 : dilation]
            window = window[:, :, column : column + 2 * dilation + 1 : dilation]
            total = (state["conv.weight"] * window).sum((1, 2, 3)) + state["conv.bias"]
            spread = np.sqrt(state["norm.running_var"] + layer.norm.eps)
            total = (total - state["norm.running_mean"]) / spread
            expected[:, row, column] = total * state["norm.weight"] + state["norm.bias"]
    with torch.no_grad():
        got = layer(x)[0].numpy()
    np.testing.assert_allclose(got, np.maximum(expected, 0), atol=1e-12)


@pytest.mark.parametrize("size", SIZES)
def test_a_pool_gives_an_odd_row_its_own_cell(size):
    x = torch.randn(1, 1, *size)
    got = Pool()(x)[0, 0].numpy()
    height, width = (math.ceil(side / 2) for side in size)
    assert got.shape == (height, width)
    for row in range(height):
        for column in range(width):
            cell = x[0, 0, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
            assert got[row, column] == cell.max()


def test_a_join_puts_what_comes_from_below_before_the_skip():
    join = Up(nn.Identity())
    below, skip = torch.zeros(1, 2, 3, 3), torch.ones(1, 1, 5, 6)
    got = join(below, skip)
    assert got.shape == (1, 3, 5, 6)
    assert got.mean((0, 2, 3)).tolist() == [0, 0, 1]


def test_wrappers_leave_no_word_in_the_paths():
    assert Down.path_names == Up.path_names == {"block": ""}


def test_a_layer_or_a_stage_that_was_swapped_for_another_is_the_one_that_runs():
    class Noted(nn.Module):
        def __init__(self, inside):
            super().__init__()
            self.inside, self.runs = inside, 0

        def forward(self, *maps):
            self.runs += 1
            return self.inside(*maps)

    model = U2Net(U2NET_CLASSROOM).eval()
    model.en1.dec3, model.de2 = Noted(model.en1.dec3), Noted(model.de2)
    model["side4"] = Noted(model["side4"])
    model(torch.zeros(1, 3, 32, 32))
    assert model.en1.dec3.runs == model.de2.runs == model.side4.runs == 1
    model.en1.dec12 = nn.Identity()  # one too many is not run
    model(torch.zeros(1, 3, 32, 32))


class NotATensor:
    pass


REFUSED = [
    (NotATensor(), TypeError, "got NotATensor: u2net_edu.preprocess"),
    (torch.zeros(3, 8, 8), ValueError, r"3 dimensions \(3, 8, 8\): images\[None\] adds"),
    (torch.zeros(8, 8), ValueError, r"2 dimensions"),
    (torch.zeros(1, 1, 3, 8, 8), ValueError, r"5 dimensions"),
    (torch.zeros(1, 4, 8, 8), ValueError, r"4 channels in \(1, 4, 8, 8\): convert"),
    (torch.zeros(1, 8, 8, 3), ValueError, r"8 channels .*permute\(0, 3, 1, 2\)"),
    (torch.zeros(1, 3, 0, 8), ValueError, r"each axis 1 or more"),
    (torch.zeros(0, 3, 8, 8), ValueError, r"each axis 1 or more"),
    (torch.zeros(1, 3, 8, 8, dtype=torch.uint8), TypeError, r"uint8: images\.float\(\) / 255"),
    (torch.zeros(1, 3, 8, 8, dtype=torch.float64), TypeError, r"dtype torch.float32.*float64"),
]


@pytest.mark.parametrize(
    "build",
    [lambda: U2Net(U2NET_CLASSROOM), lambda: RSU(4, 3, 2, 5), lambda: DilatedRSU(3, 2, 5)],
    ids=["U2Net", "RSU", "DilatedRSU"],
)
@pytest.mark.parametrize(("images", "error", "message"), REFUSED)
def test_a_tensor_that_does_not_fit_gets_one_sentence(build, images, error, message):
    model = build().eval()
    with pytest.raises(error, match=message) as raised:
        model(images)
    assert str(raised.value).startswith(f"{type(model).__name__} expects images of shape")
    assert "\n" not in str(raised.value)


def test_other_dtypes_work_when_the_network_has_them_too():
    model = U2Net(U2NET_CLASSROOM).double().eval()
    assert model(torch.zeros(1, 3, 8, 8, dtype=torch.float64)).fused.dtype == torch.float64
    model = U2Net(U2NET_CLASSROOM).eval()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert model(torch.zeros(1, 3, 8, 8)).fused.dtype == torch.bfloat16
        assert model(torch.zeros(1, 3, 8, 8, dtype=torch.bfloat16)).fused.shape == (1, 1, 8, 8)
