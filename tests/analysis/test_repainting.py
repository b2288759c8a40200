"""The proof by painting: nothing outside of a support moves a value, and painting finds a lie."""

import numpy as np
import pytest
import torch
from torch import nn

import u2net_edu as u2
from u2net_edu.analysis.repainting import repainted

from .nets import Applied, conv, wide_awake
from .painted_nets import PAINTED


def picture(model, size, seed=0, **settings):
    channels = u2.trace(model, size).channels
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(1, channels, *size, generator=generator, **settings)


def some_pixels(traced, count, seed=0):
    """Paths and pixels by lot, of those that do not see the whole picture."""
    rng = np.random.default_rng(seed)
    paths = [o.path for o in traced.operators[1:] if len(o.output_shape) == 4]
    paths += [path for path in traced.paths if "." in path and path not in paths]
    found, tries = [], 0
    while len(found) < count:
        tries += 1
        assert tries < 50 * count, "this network sees nearly everything"
        path = paths[rng.integers(len(paths))]
        rows, columns = traced.operators[traced.position(path)].map_size
        pixel = int(rng.integers(rows)), int(rng.integers(columns))
        if not traced.support(path, pixel).all():
            found.append((path, pixel))
    return found


@pytest.mark.parametrize("name", PAINTED)
def test_nothing_outside_moves_the_value_and_something_inside_does(name):
    torch.manual_seed(0)
    build, size, count = PAINTED[name]
    model = build()
    image, traced = picture(model, size), u2.trace(model, size)
    moved = 0
    for path, pixel in some_pixels(traced, count):
        found = repainted(traced, image, path, pixel, paint="noise")
        assert found.stays, (path, pixel, str(found))
        assert found.holds
        assert found.covered.sum() == (~found.support).sum() > 0
        same = (found.painted == image)[0].all(0).numpy()
        assert same[found.support].all()
        assert not same[~found.support].all()
        assert found.inside.moves or found.inside.why, (path, pixel)
        moved += found.inside.moves
    assert moved >= 0.9 * count


def test_two_hundred_pixels_are_painted_for():
    assert len(PAINTED) == 12
    assert sum(count for _, _, count in PAINTED.values()) >= 200


@pytest.mark.parametrize("name", PAINTED)
def test_what_a_pixel_listens_to_lies_inside_what_it_sees(name):
    torch.manual_seed(0)
    build, size, _ = PAINTED[name]
    model = build()
    image, traced = picture(model, size), u2.trace(model, size)
    for path, pixel in some_pixels(traced, 2, seed=1):
        try:
            effective = u2.effective_field(model, image, path, pixel)
        except ValueError:  # no gradient: it listens to nothing
            continue
        assert not effective[~traced.support(path, pixel)].any()


# Wrong claims


def support_of(model, size, pixel, channels=1):
    traced = u2.trace(model, size, channels)
    return traced.support(traced.output_path, pixel)


def two(**settings):
    """A convolution of 3×3, and one of 3×3 or 5×5 with these settings."""
    kernel = settings.pop("kernel", 3)
    return nn.Sequential(conv(1, 2), nn.Conv2d(2, 1, kernel, **settings))


def halved(ceil: bool):
    return nn.Sequential(
        nn.MaxPool2d(2, ceil_mode=ceil), conv(1, 1), nn.Upsample((15, 15), mode="bilinear")
    )


def enlarged(**settings):
    return nn.Sequential(conv(1, 1, stride=2, padding=1), nn.Upsample((15, 15), **settings))


LIES = {
    "a dilation off by one": (two(padding=3, dilation=3), two(padding=2, dilation=2), (7, 7)),
    "a pool that leaves out the last row": (halved(True), halved(False), (14, 14)),
    "too small a padding": (two(kernel=5, padding=2), two(kernel=5, padding=1), (7, 7)),
    "too small a kernel": (two(kernel=5, padding=2), two(padding=1), (7, 7)),
    "nearest in place of bilinear": (
        enlarged(mode="bilinear"), enlarged(mode="nearest"), (7, 7),
    ),
    "the branch without a dilation": (
        u2.DilatedRSU(1, 2, 1), nn.Sequential(*(conv(1, 1) for _ in range(5))), (7, 7),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LIES)
def test_a_wrong_field_is_caught_by_painting(name):
    torch.manual_seed(0)
    network, lie, pixel = LIES[name]
    network, image = wide_awake(network).eval(), picture(network, (15, 15))
    path = u2.trace(network, (15, 15)).output_path
    truth, claim = (support_of(one, (15, 15), pixel) for one in (network, lie))
    assert (truth & ~claim).any()
    assert u2.repaint(network, image, path, pixel).holds
    found = u2.repaint(network, image, path, pixel, support=claim)
    assert not found.holds
    assert "the claim is wrong" in str(found)


@pytest.mark.parametrize("offset", [(0, 1), (1, 0)])
def test_a_field_that_is_one_pixel_off_is_caught_in_ours(offset):
    model = u2.load_classroom_model()
    image, traced = picture(model, (64, 64)), u2.trace(model, (64, 64))
    claim = np.roll(traced.support("en1.enc3", (6, 6)), offset, (0, 1))
    assert not repainted(traced, image, "en1.enc3", (6, 6), paint="noise", support=claim).holds


# What is said


def test_a_pixel_that_sees_everything():
    model = Applied(conv(1, 1), forward=lambda x, a: a(x) * x.mean((2, 3), True))
    found = u2.repaint(model, torch.rand(1, 1, 9, 9), "mul", (4, 4))
    assert not found.covered.any()
    assert found.stays
    assert found.inside.moves
    assert "nothing lies outside, so there is nothing to prove" in str(found)


def flat(weight, bias, *after):
    model = nn.Sequential(conv(1, 1), *after)
    with torch.no_grad():
        model[0].weight.fill_(weight)
        model[0].bias.fill_(bias)
    return model


@pytest.mark.parametrize(
    ("model", "path", "says"),
    [
        (flat(1.0, -99, nn.ReLU()), "1", "nor do all of them at once: its ReLU is shut"),
        (flat(0.0, 1), "0", "a ReLU that is shut or a weight of 0"),
        (flat(1.0, 99, nn.Sigmoid()), "1", "a ReLU that is shut or a weight of 0|below rounding"),
    ],
)
def test_why_nothing_inside_moves_it(model, path, says):
    found = u2.repaint(model, torch.rand(1, 1, 9, 9), path, (4, 4))
    assert not found.inside.moves
    assert 1 < found.inside.tried <= 8
    assert "No pixel inside moves it" in str(found)
    assert any(words in found.inside.why for words in says.split("|"))


def test_rounding_hides_what_float64_shows():
    model = flat(0.1, 17, nn.Sigmoid())  # 1 - 4e-8: the next number after it is 1
    found = u2.repaint(model, torch.rand(1, 1, 9, 9), "1", (4, 4))
    assert found.inside.moves
    assert found.inside.shift.units <= 1
    assert 1e-12 < found.inside.shift.in_float64 < 1e-7
    assert "which only float64 shows" in str(found)


def test_a_pixel_behind_padding_sees_nothing():
    model = nn.Sequential(nn.Conv2d(1, 1, 1, padding=2))
    found = u2.repaint(model, torch.rand(1, 1, 5, 5), "0", (0, 0))
    assert found.inside.shift is None
    assert "sees no pixel" in str(found)


def test_rounding_is_told_from_a_change():
    """What all pixels share goes in and out again, as in a convolution that works in tiles."""
    model = Applied(conv(1, 1), forward=lambda x, a: a(x) * x.mean() / x.mean())
    image = torch.rand(1, 1, 24, 24)
    claim = support_of(conv(1, 1), (24, 24), (9, 9))
    path = u2.trace(model, (24, 24)).output_path
    tried = (u2.repaint(model, image, path, (9, 9), seed=n, support=claim) for n in range(50))
    found = next(one for one in tried if one.shift.largest)
    with torch.no_grad():
        before, after = (model(one)[0, 0, 9, 9].item() for one in (image, found.painted))
    assert found.before == before != after == found.after
    assert found.stays
    assert found.shift.largest == abs(after - before)
    size = max(abs(before), abs(after))
    assert found.shift.units == abs(after - before) / np.spacing(np.float32(size))
    assert found.digits == int(-np.log10(abs(after - before) / size))
    assert found.digits <= found.shift.all_digits == 7
    assert found.shift.in_float64 < 1e-14
    assert "units of rounding" in str(found)
    assert "In float64 the difference is" in found.why
    precise = u2.repaint(model.double(), image.double(), path, (9, 9), support=claim)
    assert precise.stays
    assert precise.shift.all_digits == 15


def test_to_the_last_bit():
    model = nn.Sequential(conv(1, 2))
    found = u2.repaint(model, torch.rand(1, 1, 9, 9), "0", (4, 4))
    assert found.before.shape == (2,)
    np.testing.assert_array_equal(found.before, found.after)
    assert (found.digits, found.shift.units, found.why) == (7, 0, "")
    assert "9 of 81 pixels" in str(found)
    assert "all 2 channels stays, to the last bit" in str(found)


# Paints


def test_noise_stays_within_the_picture_and_follows_its_seed():
    model, image = (
        nn.Sequential(conv(2, 1)),
        torch.rand(1, 2, 9, 9) * torch.tensor([1.0, 5.0]).view(1, 2, 1, 1),
    )
    one, same, other = (
        u2.repaint(model, image, "0", (4, 4), seed=seed).painted for seed in (0, 0, 1)
    )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert (one.amax((2, 3)) <= image.amax((2, 3))).all()
    assert (one.amin((2, 3)) >= image.amin((2, 3))).all()


@pytest.mark.parametrize("form", [lambda x: x, lambda x: x[0], lambda x: x[0].numpy()])
def test_another_picture(form):
    model, image = nn.Sequential(conv(1, 1)), torch.rand(1, 1, 9, 9)
    other = torch.rand(1, 1, 9, 9)
    found = u2.repaint(model, image, "0", (4, 4), paint=form(other))
    np.testing.assert_array_equal(
        found.painted[0, 0].numpy()[found.covered], other[0, 0].numpy()[found.covered]
    )
    assert found.stays
    assert "another picture" in str(found)


def test_a_brush_paints_its_mask_inside_too():
    model, image = wide_awake(nn.Sequential(conv(3, 1))), torch.rand(1, 3, 9, 9)
    mask = np.zeros((9, 9), bool)
    mask[:3] = True
    found = u2.repaint(model, image, "0", (4, 4), paint=(mask, [2.0, 3.0, 4.0]))
    assert found.painted[0, :, 0, 0].tolist() == [2, 3, 4]
    np.testing.assert_array_equal(found.covered, mask)
    assert found.stays
    assert found.painted_inside == 0
    mask[3] = True
    found = u2.repaint(model, image, "0", (4, 4), paint=(torch.from_numpy(mask), 9))
    assert not found.stays
    assert found.holds
    assert found.painted_inside == 3
    assert "3 of them inside" in str(found)


@pytest.mark.parametrize(
    ("settings", "error", "says"),
    [
        ({"paint": "cat"}, TypeError, 'preprocess\\("cat"\\)'),
        ({"paint": None}, TypeError, "a brush, \\(mask, colour\\)"),
        ({"paint": torch.rand(1, 1, 9, 8)}, ValueError, "image's shape.*9, 9.*9, 8"),
        ({"paint": torch.full((1, 1, 9, 9), torch.nan)}, ValueError, "finite"),
        ({"paint": (np.ones((9, 9)), 0)}, ValueError, "mask is boolean.*float64"),
        ({"paint": (np.ones((9, 9), bool), "red")}, ValueError, "one for each of 1 channels"),
        ({"paint": (np.ones((9, 9), bool), [0, 1])}, ValueError, "one for each of 1 channels"),
        ({"support": np.ones((3, 3), bool)}, ValueError, "support is boolean, \\(9, 9\\)"),
        ({"seed": -1}, ValueError, "seed is a whole number"),
        ({"pixel": (9, 0)}, IndexError, "9 rows and 9 columns"),
        ({"path": "1"}, KeyError, "no path '1'"),
        ({"image": torch.rand(2, 1, 9, 9)}, ValueError, "repaint takes one image"),
        ({"image": torch.ones(1, 1, 9, 9, dtype=torch.uint8)}, ValueError, "floating-point"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)  # fmt: skip
def test_what_does_not_fit_is_refused(settings, error, says):
    asked = {"image": torch.rand(1, 1, 9, 9), "path": "0", "pixel": (4, 4), **settings}
    with pytest.raises(error, match=says):
        u2.repaint(nn.Sequential(conv(1, 1)), **asked)


def test_the_model_and_the_picture_stay_as_they_were():
    model, image = u2.U2Net(u2.U2NET_CLASSROOM).train(), torch.rand(1, 3, 32, 32)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    kept = image.clone()
    u2.repaint(model, image, "en1.enc2", (3, 3))
    assert model.training
    assert torch.equal(image, kept)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


@pytest.mark.parametrize("name", PAINTED)
def test_a_value_is_what_a_whole_run_captures(name):
    """The run ends where the value is made; nothing of what comes before may be missed."""
    torch.manual_seed(0)
    build, size, _ = PAINTED[name]
    model = build()
    image, traced = picture(model, size), u2.trace(model, size)
    for path, (row, column) in some_pixels(traced, 5, seed=3):
        found = repainted(traced, image, path, (row, column), paint="noise")
        captured = u2.capture(model, image, path)[path][0, :, row, column]
        np.testing.assert_array_equal(found.before, captured.double().numpy())


def test_a_network_whose_support_is_not_known():
    class ThroughAView(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = conv(1, 4), conv(4, 2)

        def forward(self, x):
            x = self.one(x)
            x[:, :2].mul_(0)
            return self.two(x)

    with pytest.raises(u2.UnknownOperatorError, match="what two sees is not known"):
        u2.repaint(ThroughAView(), torch.rand(1, 1, 12, 12), "two", (0, 0))
    assert u2.repaint(ThroughAView(), torch.rand(1, 1, 12, 12), "one", (5, 5)).stays
