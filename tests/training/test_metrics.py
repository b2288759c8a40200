import math

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from u2net_edu.training.data import FolderScenes, SyntheticScenes
from u2net_edu.training.metrics import (
    PAPER,
    Measures,
    Scores,
    batch_iou,
    beside_the_paper,
    boundary,
    boundary_f,
    evaluate,
    iou,
)


def square(size=20, low=5, high=13):
    mask = np.zeros((size, size), bool)
    mask[low:high, low:high] = True
    return mask


# prediction, mask → IoU
IOU_CASES = {
    "the same": (square(), square(), 1.0),
    "nothing of it": (~square(), square(), 0.0),
    "half of it": (square() & (np.arange(20) < 9), square(), 0.5),
    "shifted by 4 of 8": (square(20, 9, 17), square(), 16 / (64 + 64 - 16)),
    "exactly one half counts": (np.where(square(), 0.5, 0.49), square(), 1.0),
    "empty and nothing marked": (np.zeros((40, 40)), np.zeros((40, 40)), 1.0),
    "empty and 1 of 1600 marked": (np.diag([1.0] + [0.0] * 39), np.zeros((40, 40)), 1.0),
    "empty and 2 of 1600 marked": (np.diag([1.0, 1.0] + [0.0] * 38), np.zeros((40, 40)), 0.0),
}  # fmt: skip


@pytest.mark.parametrize(("prediction", "mask", "expected"), IOU_CASES.values(), ids=IOU_CASES)
def test_iou(prediction, mask, expected):
    assert iou(prediction, mask) == pytest.approx(expected)
    tensors = [torch.tensor(part, dtype=torch.float64)[None, None] for part in (prediction, mask)]
    assert batch_iou(*tensors).tolist() == pytest.approx([expected])


def test_the_boundary_is_the_ring_of_pixels_that_touch_the_outside():
    ring = boundary(square())
    assert ring.sum() == 4 * 8 - 4
    assert not ring[6:12, 6:12].any()
    assert not boundary(np.ones((6, 6), bool)).any()  # an object that fills the picture
    assert boundary(square(20, 0, 8)).sum() == 8 + 8 - 1  # cut by the picture's edge on two sides


def boundary_f_by_brute_force(prediction, mask, rho):
    """Another road: every pair of boundary pixels."""
    found, true = (np.argwhere(boundary(part >= 0.5)) for part in (prediction, mask))
    distance = np.hypot(*np.moveaxis(found[:, None] - true[None], 2, 0))
    precision = (distance.min(axis=1) <= rho).mean()
    recall = (distance.min(axis=0) <= rho).mean()
    return 1.3 * precision * recall / (0.3 * precision + recall)


def test_boundary_f_agrees_with_comparing_all_pairs():
    rng = np.random.default_rng(0)
    for _ in range(5):
        smooth = rng.random((6, 6)).repeat(5, 0).repeat(5, 1)
        prediction, mask = smooth, np.roll(smooth > 0.6, rng.integers(0, 6, 2), axis=(0, 1))
        for rho in (0, 1, 3):
            expected = boundary_f_by_brute_force(prediction, mask, rho)
            assert boundary_f(prediction, mask.astype(float), rho) == pytest.approx(expected)


def test_boundary_f_forgives_three_pixels_and_no_more():
    mask = square(40, 10, 30).astype(float)
    assert boundary_f(np.roll(mask, 3, axis=1), mask) == 1.0
    assert boundary_f(np.roll(mask, 4, axis=1), mask) < 1.0
    assert boundary_f(np.zeros((9, 9)), np.zeros((9, 9))) == 1.0
    assert boundary_f(np.zeros((40, 40)), mask) == 0.0


def test_measures_of_a_perfect_map_and_of_its_opposite():
    right, wrong = Measures(), Measures()
    for mask in (square(), square(20, 2, 9)):
        right.add(mask.astype(float), mask)
        wrong.add(1.0 - mask, mask)
    right, wrong = right.scores(), wrong.scores()
    assert right.images == 2
    for name, value in right.items():
        assert value == pytest.approx(0 if name == "MAE" else 1, abs=0.005), name
    assert wrong["MAE"] == 1
    assert wrong["IoU"] == 0
    assert wrong["S"] < 0.2


def test_max_f_is_the_maximum_of_the_mean_curve():
    """By its definition: F at each of 256 thresholds, averaged over pictures, then its maximum."""
    rng = np.random.default_rng(3)
    pairs = [(rng.random((16, 16)), rng.random((16, 16)) > 0.6) for _ in range(4)]
    measures = Measures()
    curves = []
    for prediction, mask in pairs:
        measures.add(prediction, mask)
        levels = np.floor(prediction * 255)
        curve = []
        for threshold in range(256):
            marked = levels >= threshold
            hits = (marked & mask).sum()
            precision, recall = hits / max(marked.sum(), 1), hits / mask.sum()
            curve.append(1.3 * precision * recall / max(0.3 * precision + recall, 1e-12))
        curves.append(curve)
    mean = np.mean(curves, axis=0)
    scores = measures.scores()
    assert scores["maxF"] == pytest.approx(mean.max())
    assert scores["meanF"] == pytest.approx(mean.mean())
    assert scores["MAE"] == pytest.approx(np.mean([np.abs(p - m).mean() for p, m in pairs]))


def test_an_empty_scene_counts_for_iou_and_mae_but_not_for_f():
    measures = Measures()
    measures.add(square().astype(float), square())
    before = measures.scores()
    measures.add(np.zeros((20, 20)), np.zeros((20, 20)))
    after = measures.scores()
    assert after["IoU"] == 1
    assert after.images == 2
    for name in ("maxF", "wF", "boundaryF"):
        assert after[name] == before[name]
    nothing = Measures()
    nothing.add(np.zeros((20, 20)), np.zeros((20, 20)))
    assert math.isnan(nothing.scores()["maxF"])


@pytest.mark.parametrize(
    ("prediction", "word"),
    [
        (np.full((20, 20), 1.2), "sigmoid"),
        (np.full((20, 20), np.nan), "NaN"),
        (np.zeros((9, 9)), "resize"),
    ],
)
def test_a_map_that_cannot_be_measured_is_refused(prediction, word):
    with pytest.raises(ValueError, match=word):
        Measures().add(prediction, square())


def test_no_picture_no_score():
    with pytest.raises(ValueError, match="no picture"):
        Measures().scores()


class Brightness(nn.Module):
    """A network that calls bright pixels salient."""

    def __init__(self):
        super().__init__()
        self.gain = nn.Parameter(torch.tensor(20.0))

    def forward(self, images):
        return (images.mean(dim=1, keepdim=True) - 0.5) * self.gain


def test_evaluate_is_measures_over_the_predictions():
    scenes = SyntheticScenes(32, 5, seed=9)
    model = Brightness().train()
    measures = Measures()
    for image, mask in scenes:
        measures.add(model(image[None]).sigmoid()[0, 0].detach().numpy(), mask[0].numpy())
    scores = evaluate(model, scenes, batch_size=2, device="cpu")
    assert scores == pytest.approx(dict(measures.scores()), nan_ok=True)
    assert scores.images == 5
    assert model.training
    assert "5 images" in str(scores)


def test_a_folder_is_measured_at_the_size_of_its_masks(tmp_path):
    (tmp_path / "x-Image").mkdir()
    (tmp_path / "x-Mask").mkdir()
    mask = np.zeros((60, 90), np.uint8)
    mask[20:40, 30:60] = 255
    Image.fromarray(mask).save(tmp_path / "x-Mask" / "a.png")
    Image.fromarray(np.repeat(mask[..., None], 3, 2)).save(tmp_path / "x-Image" / "a.png")
    scores = evaluate(Brightness(), FolderScenes(tmp_path, size=32), device="cpu")
    assert scores["IoU"] > 0.8
    assert scores["IoU"] < 1  # 60×90 cannot be told from 32×32 to the pixel


def test_the_papers_row_stands_beside_ours():
    scores = Scores(maxF=0.5, MAE=0.25, wF=0.4, S=0.3, boundaryF=0.2, IoU=1.0)
    scores.images = 12
    text = beside_the_paper(scores, "duts-te")
    head, full, lite, ours = text.splitlines()
    assert head.split() == ["DUTS-TE", "images", "maxF", "MAE", "wF", "S", "boundaryF"]
    assert full.split()[:4] == ["U²-Net,", "paper", "5,019", "0.873"]
    assert lite.split()[:4] == ["U²-Net†,", "paper", "5,019", "0.852"]
    assert ours.split() == ["measured", "here", "12", "0.500", "0.250", "0.400", "0.300", "0.200"]
    with pytest.raises(KeyError, match="ECSSD"):
        beside_the_paper(scores, "no such")


def test_the_papers_numbers_are_whole():
    assert len(PAPER) == 6
    for row in PAPER.values():
        assert len(row.u2net) == len(row.u2net_lite) == 5
        assert row.u2net[1] < row.u2net_lite[1]  # the larger network errs less everywhere
        assert all(a > b for a, b in zip(row.u2net[2:], row.u2net_lite[2:]))
