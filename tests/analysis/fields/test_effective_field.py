"""Effective fields against finite differences and the exact support."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

import u2net_edu as u2

from ..nets import Applied, PlainUNet, conv, wide_awake


def by_differences(model, image, pixel, step=1e-5):
    """The gradient's size at each image pixel, by moving each value of the image in turn."""
    model = copy.deepcopy(model).double().eval()
    image = image.double()
    found = np.zeros(image.shape[1:])
    with torch.no_grad():
        for place in np.ndindex(*found.shape):
            up, down = image.clone(), image.clone()
            up[(0, *place)] += step
            down[(0, *place)] -= step
            change = (model(up) - model(down))[0, :, pixel[0], pixel[1]].sum()
            found[place] = abs(change.item()) / (2 * step)
    total = found.sum(0)
    return total / total.sum()


@pytest.mark.parametrize(
    ("build", "size"),
    [
        (lambda: nn.Sequential(conv(2, 3), nn.Sigmoid(), conv(3, 2, dilation=2)), (9, 8)),
        (lambda: u2.RSU(3, 2, 2, 2), (8, 7)),
    ],
)
def test_it_is_the_gradient(build, size):
    torch.manual_seed(1)
    model, image = build(), torch.rand(1, 2, *size)
    path = "2" if isinstance(model, nn.Sequential) else "add"
    found = u2.effective_field(model.double(), image.double(), path, (4, 3))
    np.testing.assert_allclose(found, by_differences(model, image, (4, 3)), atol=1e-7)


@pytest.mark.parametrize("path", ["en1.in.conv", "en1.in.norm", "en2", "de1.dec2.concat", "side3"])
def test_it_lies_inside_what_can_be_seen_and_sums_to_one(path):
    torch.manual_seed(0)
    model, image = u2.U2Net(u2.U2NET_CLASSROOM), torch.rand(1, 3, 32, 40)
    effective = u2.effective_field(model, image, path, (3, 2))
    traced = u2.trace(model, (32, 40))
    assert effective.shape == (32, 40)
    assert effective.dtype == np.float64
    assert effective.sum() == pytest.approx(1)
    assert (effective >= 0).all()
    assert not effective[~traced.support(path, (3, 2))].any()
    assert u2.mass_inside(effective, traced.field(path).box(3, 2)) == pytest.approx(1)


@pytest.mark.parametrize("path", ["pool_1", "pad_2", "concat_1", "enc1.1", "out"])
def test_functional_operators_have_one_too(path):
    model, image = wide_awake(PlainUNet()), torch.rand(1, 1, 15, 13)
    effective = u2.effective_field(model, image, path, (2, 3))
    support = u2.trace(model, (15, 13)).support(path, (2, 3))
    assert not effective[~support].any()
    assert (effective > 0).sum() > 0.5 * support.sum()


def test_the_second_of_two_of_a_kind():
    model = Applied(conv(1, 1), forward=lambda x, a: (x * 2) + a(x) * 3)
    image = torch.rand(1, 1, 5, 5)
    assert (u2.effective_field(model, image, "mul_1", (2, 2)) > 0).sum() == 1
    assert (u2.effective_field(model, image, "mul_2", (2, 2)) > 0).sum() == 9


def test_an_average_gives_each_pixel_the_same_voice():
    model, image = wide_awake(u2.RSU(3, 3, 2, 2)), torch.rand(1, 3, 12, 12)
    pixels = [(2, 3), (9, 9)]
    one, other = (u2.effective_field(model, image, "add", pixel) for pixel in pixels)
    both = u2.effective_field(model, image, "add", pixels)
    np.testing.assert_allclose(both, (one + other) / 2)


def test_a_later_relu_in_place_does_not_reach_back():
    model = nn.Sequential(conv(1, 1), nn.ReLU(inplace=True))
    with torch.no_grad():
        model[0].weight.fill_(-1)
        model[0].bias.fill_(0)
    image = torch.rand(1, 1, 5, 5)
    assert (u2.effective_field(model, image, "0", (2, 2)) > 0).sum() == 9
    with pytest.raises(ValueError, match="no gradient reaches the image from 1 at"):
        u2.effective_field(model, image, "1", (2, 2))


def test_mass_inside_a_box():
    effective = np.full((4, 5), 1 / 20)
    assert u2.mass_inside(effective, ((0, 3), (0, 4))) == pytest.approx(1)
    assert u2.mass_inside(effective, ((1, 2), (1, 1))) == pytest.approx(0.1)
    assert u2.mass_inside(effective, ((-3, 0), (4, 9))) == pytest.approx(0.05)


def test_the_model_stays_as_it_was():
    model, image = u2.RSU(3, 3, 2, 2).train(), torch.rand(1, 3, 12, 12)
    values = copy.deepcopy(model.state_dict())
    u2.effective_field(model, image, "add", (0, 0))
    assert all(module.training for module in model.modules())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not image.requires_grad
    assert all(torch.equal(value, values[name]) for name, value in model.state_dict().items())
    assert not any(module._forward_hooks for module in model.modules())


def test_what_is_refused():
    model, image = u2.RSU(3, 3, 2, 2), torch.rand(1, 3, 12, 12)
    with pytest.raises(u2.PathError, match=r"enc1\.conv"):
        u2.effective_field(model, image, "enc1.convolution", (0, 0))
    with pytest.raises(IndexError, match="add has 12 rows and 12 columns"):
        u2.effective_field(model, image, "add", (12, 0))
    with pytest.raises(ValueError, match=r"one image.*\(2, 3, 12, 12\)"):
        u2.effective_field(model, image.expand(2, 3, 12, 12), "add", (0, 0))
    with pytest.raises(ValueError, match="got str"):
        u2.effective_field(model, "cat.png", "add", (0, 0))


def test_the_size_of_a_round_field_is_known():
    """A bell of width s stays above a share q of its peak up to s·√(2·ln(1/q)) from its middle."""
    width, share = 12.0, 0.0455
    r, c = np.mgrid[-80:81, -80:81]
    bell = 7 * np.exp(-(r**2 + c**2) / (2 * width**2))
    radius = width * np.sqrt(2 * np.log(1 / share))
    assert u2.effective_size(bell) == pytest.approx(np.sqrt(np.pi) * radius, rel=0.01)
    assert u2.effective_size(bell, least=1.0) == 1
    assert u2.effective_size(np.ones((4, 9))) == 6
