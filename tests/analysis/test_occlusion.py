"""Occlusion against covering by hand, and against what the pixel can see."""

import numpy as np
import pytest
import torch
from torch import nn

import u2net_edu as u2
from u2net_edu.analysis.watching import Watched

from .nets import conv, wide_awake
from .painted_nets import PAINTED
from .test_repainting import picture, some_pixels


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return wide_awake(nn.Sequential(conv(2, 3, dilation=2), nn.Sigmoid(), conv(3, 2))).eval()


def by_hand(model, image, patch, stride, fill, value):
    """Two loops and a copy of the picture."""
    height, width = image.shape[2:]
    rows = list(range(0, max(height - patch, 0) + stride, stride))
    columns = list(range(0, max(width - patch, 0) + stride, stride))
    found = np.zeros((len(rows), len(columns)))
    with torch.no_grad():
        before = value(model(image))
        for i, top in enumerate(rows):
            for j, left in enumerate(columns):
                covered = image.clone()
                for channel, colour in enumerate(fill):
                    covered[0, channel, top : top + patch, left : left + patch] = colour
                found[i, j] = (value(model(covered)) - before).abs().sum()
    return found


@pytest.mark.parametrize(("patch", "stride"), [(3, 2), (4, 4), (1, 1), (12, 5)])
def test_it_is_covering_by_hand(model, patch, stride):
    image = torch.rand(1, 2, 12, 9, dtype=torch.float64)
    model = model.double()
    settings = {"patch": patch, "stride": stride, "progress": False}
    found = u2.occlusion(model, image, "2", (5, 4), **settings)
    means = image[0].mean((1, 2)).tolist()
    expected = by_hand(model, image, patch, stride, means, lambda y: y[0, :, 5, 4])
    np.testing.assert_allclose(found.map, expected, atol=1e-12)
    found = u2.occlusion(model, image, fill=[1, 0.5], **settings)
    expected = by_hand(model, image, patch, stride, [1, 0.5], lambda y: y[0].mean((1, 2)))
    np.testing.assert_allclose(found.map, expected, atol=1e-12)
    assert found.path == "2"
    assert found.pixel is None
    model.float()


@pytest.mark.parametrize("batch_size", [1, 3, 50])
def test_batches_make_no_difference(model, batch_size):
    image = torch.rand(1, 2, 9, 9)
    one, other = (
        u2.occlusion(model, image, patch=2, batch_size=n, progress=False) for n in (4, batch_size)
    )
    np.testing.assert_allclose(one.changes, other.changes, atol=1e-6)
    np.testing.assert_allclose(one.before, other.before, atol=1e-6)


@pytest.mark.parametrize("name", PAINTED)
def test_it_lies_inside_what_the_pixel_sees(name):
    torch.manual_seed(0)
    build, size, _ = PAINTED[name]
    model = build()
    image, traced = picture(model, size), u2.trace(model, size)
    for path, pixel in some_pixels(traced, 1, seed=2):
        found = u2.occlusion(model, image, path, pixel, patch=8, stride=8, progress=False)
        blind = found.map[~found.sees]
        scale = max(np.abs(found.before).max(), found.map.max())
        assert blind.max(initial=0) <= 1e-5 * scale
        np.testing.assert_array_equal(found.support, traced.support(path, pixel))


def test_a_patch_moves_the_value_exactly_where_it_touches_the_field(model):
    image = torch.rand(1, 2, 20, 20, dtype=torch.float64)
    found = u2.occlusion(model.double(), image, "2", (10, 10), patch=2, progress=False)
    np.testing.assert_array_equal(found.map > 1e-12, found.sees)
    assert 0 < found.sees.sum() < found.sees.size
    model.float()


def test_the_mean_over_a_map_sees_what_any_of_its_pixels_sees():
    model = wide_awake(nn.Sequential(nn.Conv2d(1, 1, 3, stride=4), nn.Conv2d(1, 1, 1)))
    image = torch.rand(1, 1, 16, 16, dtype=torch.float64)
    found = u2.occlusion(model.double(), image, patch=1, progress=False)
    traced = u2.trace(model, (16, 16))
    each = [traced.support("1", (row, column)) for row, column in np.ndindex(4, 4)]
    np.testing.assert_array_equal(found.support, np.any(each, 0))
    assert 0 < found.support.sum() < 256
    np.testing.assert_array_equal(found.map > 1e-12, found.support)


def test_for_each_pixel_the_mean_of_the_patches_over_it(model):
    found = u2.occlusion(model, torch.rand(1, 2, 7, 5), patch=3, stride=2, progress=False)
    expected = np.zeros((7, 5))
    for row, column in np.ndindex(7, 5):
        over = [
            found.map[place]
            for place, (rows, columns) in found.boxes()
            if rows.start <= row < rows.stop and columns.start <= column < columns.stop
        ]
        expected[row, column] = np.mean(over)
    np.testing.assert_allclose(found.per_pixel, expected)


def test_the_patch_is_an_eighth_of_the_picture(model):
    found = u2.occlusion(model, torch.rand(1, 2, 32, 48), "0", (3, 3), progress=False)
    assert (found.patch, found.stride) == ((6, 6), 3)
    assert "patches of 6×6 pixels, one every 3" in str(found)
    assert "lie where it cannot see, and move it by 0 at most" in str(found)


def test_an_interruption_leaves_nothing_half(model, monkeypatch, capsys):
    """Ctrl-C comes at the third run."""
    runs = iter([Watched.maps, Watched.maps])

    def maps(self, images):
        run = next(runs, None)
        if run is None:
            raise KeyboardInterrupt
        return run(self, images)

    monkeypatch.setattr(Watched, "maps", maps)
    with pytest.raises(KeyboardInterrupt):
        u2.occlusion(model, torch.rand(1, 2, 9, 9), patch=2, progress=True)
    assert "4/64" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "error", "says"),
    [
        ({"patch": 0}, ValueError, "patch is a whole number, 1 … 9; got 0"),
        ({"patch": 10}, ValueError, "patch is a whole number, 1 … 9; got 10"),
        ({"patch": 3, "stride": 4}, ValueError, "stride is a whole number, 1 … 3; got 4"),
        ({"batch_size": 0}, ValueError, "batch_size is a whole number"),
        ({"fill": "black"}, ValueError, "one for each of 2 channels"),
        ({"fill": [1, 2, 3]}, ValueError, "one for each of 2 channels"),
        ({"path": "3"}, KeyError, "no path '3'"),
        ({"pixel": (0, 9)}, IndexError, "9 rows and 9 columns"),
        ({"image": np.zeros((1, 2, 9, 9))}, ValueError, "occlusion takes one image"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_does_not_fit_is_refused(model, settings, error, says):
    with pytest.raises(error, match=says):
        u2.occlusion(model, **{"image": torch.rand(1, 2, 9, 9), "progress": False, **settings})
