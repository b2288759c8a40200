import numpy as np
import pytest

from u2net_edu.training.shapes import SHAPES, Draws, coverage, hole, place, polar


def signed_area(polygon: np.ndarray) -> float:
    """Positive where the points turn from x towards y."""
    x, y = polygon.T
    return 0.5 * float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))


def brute_force(polygons, size, fine=16):
    """Another road: count sub-pixel centres by even-odd crossings, one polygon at a time."""
    axis = (np.arange(size * fine) + 0.5) / fine
    x, y = np.meshgrid(axis, axis)
    winding = np.zeros(x.shape)
    for polygon in polygons:
        inside = np.zeros(x.shape, bool)
        for (ax, ay), (bx, by) in zip(polygon, np.roll(polygon, -1, axis=0)):
            if ay != by:
                crosses = (np.minimum(ay, by) <= y) & (y < np.maximum(ay, by))
                inside ^= crosses & (x > ax + (y - ay) * (bx - ax) / (by - ay))
        winding += np.sign(signed_area(polygon)) * inside
    return np.clip(winding, 0, 1).reshape(size, fine, size, fine).mean(axis=(1, 3))


def test_an_axis_aligned_square_covers_its_exact_share_of_each_pixel():
    square = np.array([(1.5, 1.25), (3.0, 1.25), (3.0, 3.0), (1.5, 3.0)])
    expected = np.zeros((4, 4))
    expected[1, 1], expected[1, 2], expected[2, 1], expected[2, 2] = 0.375, 0.75, 0.5, 1.0
    np.testing.assert_allclose(coverage([square], 4), expected, atol=1e-12)


def test_a_hole_is_not_covered():
    outer = np.array([(1, 1), (7, 1), (7, 7), (1, 7)], float)
    inner = np.array([(3, 3), (5, 3), (5, 5), (3, 5)], float)
    cover = coverage([outer, hole(inner)], 8)
    assert cover.sum() == pytest.approx(32)
    assert cover[3:5, 3:5].max() == 0


@pytest.mark.parametrize("name", SHAPES)
def test_coverage_agrees_with_counting_points(name):
    polygons = place(SHAPES[name](Draws(3, 1)), (14.2, 16.7), 12.0, 0.7)
    exact, counted = coverage(polygons, 32), brute_force(polygons, 32)
    assert np.abs(exact - counted).max() < 0.3  # four scanlines a pixel against sixteen
    assert np.abs(exact - counted).mean() < 0.006


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_fill_their_box_and_wind_the_right_way(name):
    for seed in range(20):
        polygons = SHAPES[name](Draws(seed))
        points = np.concatenate(polygons)
        assert 0.6 < np.abs(points).max() < 1.35
        assert 0.1 < sum(map(signed_area, polygons)) < 4


def test_shapes_that_leave_the_picture_are_cut():
    disc = polar(np.full(64, 12.0))
    assert coverage([disc], 8).min() > 0.99  # centred on a corner, and larger than the picture
    assert coverage([disc + 100], 8).max() == 0


def test_draws_are_those_of_this_seed_on_every_platform():
    draws = Draws(1, 2)  # recorded once; PCG64's stream never changes
    assert [round(draws.uniform(), 12) for _ in range(3)] == RECORDED
    assert Draws(1, 2).below(1000) == int(RECORDED[0] * 1000)
    assert sorted(Draws(5).permutation(9)) == list(range(9))


RECORDED = [0.448415143332, 0.430881987544, 0.419999129392]
