import numpy as np
import pytest
from skimage.filters import threshold_otsu

from u2net_edu.training.metrics import iou
from u2net_edu.training.scenes import draw_scene

HELD_OUT = [draw_scene(2, index, 64) for index in range(256)]
MASKS = [scene.mask > 0 for scene in HELD_OUT]


def mean_iou(predictions):
    return np.mean([iou(p, mask) for p, mask in zip(predictions, MASKS)])


def test_otsus_threshold_is_not_enough_even_with_the_better_polarity_of_each_scene():
    scores = []
    for scene, mask in zip(HELD_OUT, MASKS):
        grey = scene.image @ [0.299, 0.587, 0.114]
        bright = grey > threshold_otsu(grey)
        scores.append(max(iou(bright, mask), iou(~bright, mask)))
    assert 0.4 < np.mean(scores) < 0.6


def test_the_best_linear_pixel_classifier_is_not_enough():
    axis = (np.arange(64) + 0.5) / 64 - 0.5
    x, y = (part.ravel() for part in np.meshgrid(axis, axis))

    def features(scene):  # colour, place and distance from the centre
        colour = scene.image.reshape(-1, 3) / 255 - 0.5
        return np.column_stack([colour, np.ones_like(x), x, y, x * x + y * y])

    learned = [draw_scene(0, index, 64) for index in range(256)]
    inputs = np.concatenate([features(scene) for scene in learned])
    target = np.concatenate([scene.mask.ravel() > 0 for scene in learned]).astype(float)
    weights = np.linalg.lstsq(inputs, target, rcond=None)[0]
    maps = [(features(scene) @ weights).reshape(64, 64) for scene in HELD_OUT]
    best = max(mean_iou([m >= cut for m in maps]) for cut in np.linspace(0.02, 0.6, 30))
    assert best < 0.6


def test_a_disc_in_the_centre_is_not_enough():
    axis = (np.arange(64) + 0.5) / 64 - 0.5
    radius = np.hypot(axis[:, None], axis)
    assert max(mean_iou([radius < r] * 256) for r in np.linspace(0.05, 0.7, 27)) < 0.6


def test_scenes_vary_and_some_are_empty():
    shares = np.array([mask.mean() for mask in MASKS])
    assert 0.02 < (shares == 0).mean() < 0.12
    assert 0.08 < shares.mean() < 0.2
    assert shares[shares > 0].min() > 0.004
    assert np.std([scene.image.mean() for scene in HELD_OUT]) > 20


def test_a_scene_is_its_seed_and_index():
    again = draw_scene(2, 17, 64)
    np.testing.assert_array_equal(again.image, HELD_OUT[17].image)
    np.testing.assert_array_equal(again.mask, HELD_OUT[17].mask)
    assert (draw_scene(3, 17, 64).image != HELD_OUT[17].image).any()


@pytest.mark.parametrize("index", [0, 5, 11])
def test_a_seed_shows_the_same_scene_at_any_size(index):
    small, large = draw_scene(2, index, 64), draw_scene(2, index, 128)
    shrunk = large.mask.reshape(64, 2, 64, 2).mean(axis=(1, 3)) / 255
    assert np.abs(shrunk - small.mask / 255).mean() < 0.03
    means = large.image.astype(float).reshape(64, 2, 64, 2, 3).mean(axis=(1, 3))
    assert np.abs(means - small.image).mean() < 12  # the noise differs


def test_recorded_scenes():
    """Scene parameters are the same everywhere: a few pixels, recorded once, within 1/255."""
    for index, (pixels, marked) in RECORDED.items():
        scene = HELD_OUT[index]
        assert np.abs(scene.image[8::16, 8::16, 1].astype(int).ravel() - pixels).max() <= 1
        assert abs(int((scene.mask > 0).sum()) - marked) <= 2


RECORDED = {
    0: ([202, 213, 235, 228, 211, 71, 188, 56, 54, 202, 196, 222, 163, 182, 199, 194], 773),
    3: ([162, 119, 121, 139, 177, 162, 134, 135, 191, 155, 67, 145, 195, 171, 172, 145], 120),
    7: ([167, 166, 164, 173, 171, 188, 170, 40, 167, 161, 41, 184, 168, 182, 165, 183], 699),
}


def test_difficulty_adds_clutter():
    calm = [draw_scene(4, i, 64, difficulty=0.0) for i in range(24)]
    wild = [draw_scene(4, i, 64, difficulty=1.0) for i in range(24)]

    def roughness(scenes):  # of the ground alone
        steps = [np.abs(np.diff(s.image.astype(float), axis=1))[s.mask[:, 1:] == 0] for s in scenes]
        return np.mean([step.mean() for step in steps])

    assert roughness(wild) > 2 * roughness(calm)
