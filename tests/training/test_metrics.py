import math

import numpy as np
import py_sod_metrics as sod
import pytest
import torch
from PIL import Image
from torch import nn

from u2net_edu.training.data import FolderScenes, SyntheticScenes
from u2net_edu.training.metrics import (
    Measures,
    batch_iou,
    boundary,
    boundary_f,
    evaluate,
    iou,
    quick_scores,
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


@pytest.mark.parametrize(
    "data", [[], iter([1]), {"image": 1}, "folder", 3, None, torch.utils.data.DataLoader([1])]
)
def test_what_is_no_dataset_is_told_so(data):
    with pytest.raises(ValueError, match="the dataset is"):
        evaluate(Brightness(), data, device="cpu")


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


# --- values that are no probabilities, shapes that differ


NOT_COMPARABLE = {
    "a prediction of 0…255": (square().astype(np.uint8) * 255, square(), "0…1"),
    "a nearly black one": (square().astype(np.uint8) * 3 + 1, square(), "got 1 to 4"),
    "logits": (square() * 8.0 - 4, square(), "sigmoid"),
    "NaN": (np.where(square(), np.nan, 0), square(), "NaN"),
    "infinity": (np.where(square(), np.inf, 0), square(), "0…1"),
    "a mask of 0…255": (square(), square().astype(np.uint8) * 255, "got 0 to 255"),
    "a mask below 0": (square(), square() - 0.5, "got -0.5"),
    "a mask with NaN": (square(), np.where(square(), np.nan, 0), "NaN"),
    "shapes that broadcast": (square()[:1], square(), "resize"),
    "the other way round": (square()[:, :9], square()[:9], "resize"),
    "no pixel": (square()[:0], square()[:0], "no pixel"),
    "complex numbers": (square() * 1j, square(), "complex"),
    "words": (np.full((20, 20), "x"), square(), "numbers"),
    "a mask with holes": (square(), np.ma.masked_equal(square(), True), "masked"),
}


@pytest.mark.parametrize(
    ("prediction", "mask", "word"), NOT_COMPARABLE.values(), ids=NOT_COMPARABLE
)
@pytest.mark.parametrize(
    "measure", [iou, boundary_f, lambda p, m: Measures().add(p, m)], ids=["iou", "boundary", "all"]
)
def test_every_measure_refuses_what_cannot_be_compared(measure, prediction, mask, word):
    with pytest.raises(ValueError, match=word):
        measure(prediction, mask)


def test_a_refused_picture_is_not_counted():
    measures = Measures()
    measures.add(square(), square())
    before = measures.scores()
    with pytest.raises(ValueError, match="NaN"):
        measures.add(np.full((20, 20), np.nan), square())
    after = measures.scores()
    assert (before, before.images) == (after, after.images)


def test_measures_take_tensors_and_bool_as_well():
    as_floats = Measures()
    as_floats.add(square().astype(np.float32), square().astype(np.float64))
    for prediction, mask in (
        (square(), square()),
        (torch.from_numpy(square()).half(), torch.from_numpy(square())),
        (square().astype(np.uint8), square().astype(np.int64)),
    ):
        measures = Measures()
        measures.add(prediction, mask)
        assert measures.scores() == as_floats.scores()
        assert iou(prediction, mask) == boundary_f(prediction, mask) == 1


@pytest.mark.parametrize("threshold", [-0.1, 1.1, math.nan, None])
def test_a_threshold_lies_in_0_to_1(threshold):
    with pytest.raises(ValueError, match="threshold"):
        iou(square(), square(), threshold)


@pytest.mark.parametrize("options", [{"relaxed_by": -1}, {"beta2": 0}, {"beta2": math.nan}])
def test_a_boundarys_numbers_are_checked(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        boundary_f(square(), square(), **options)


def test_a_region_is_bool():
    with pytest.raises(ValueError, match=r"mask > 0\.5"):
        boundary(square().astype(float))


def test_quick_scores_refuse_what_evaluate_refuses():
    images, masks = torch.rand(2, 3, 8, 8), torch.ones(2, 1, 8, 8)
    for wrong, word in ((masks * 255, "got 255"), (masks[..., 1:], "shape"), (masks / 0, "inf")):
        with pytest.raises(ValueError, match=word):
            quick_scores(Brightness(), images, wrong, "plain")


# --- S and E, by their papers


def s_by_its_paper(prediction, true):
    """S as Fan et al. write it; a part of the picture counts by its share of the pixels."""
    share = true.mean()
    if share in (0, 1):
        return prediction.mean() if share else 1 - prediction.mean()

    def object_like(values):
        spread = values.std(ddof=1) if values.size > 1 else 0.0
        return 2 * values.mean() / (values.mean() ** 2 + 1 + spread)

    objects = share * object_like(prediction[true])
    objects += (1 - share) * object_like(1 - prediction[~true])
    rows, columns = (int(np.rint(np.nonzero(true)[axis].mean())) + 1 for axis in (0, 1))
    above, below = slice(rows), slice(rows, None)
    left, right = slice(columns), slice(columns, None)
    regions = 0.0
    for part in ((above, left), (above, right), (below, left), (below, right)):
        if prediction[part].size:
            regions += similarity(prediction[part], true[part]) * prediction[part].size / true.size
    return max(0.0, (objects + regions) / 2)


def similarity(x, y):
    """Equation 3: the product of luminance, contrast and structure, as their program has it."""
    x, y = x.ravel(), y.ravel().astype(float)
    freedom = max(x.size - 1, 1)
    both = ((x - x.mean()) * (y - y.mean())).sum() / freedom
    spread = ((x - x.mean()) ** 2).sum() / freedom + ((y - y.mean()) ** 2).sum() / freedom
    above = 4 * x.mean() * y.mean() * both
    below = (x.mean() ** 2 + y.mean() ** 2) * spread
    if abs(above) > 1e-15:
        return above / below
    return 1.0 if below < 1e-15 else 0.0


def e_by_its_paper(prediction, true):
    """E at 256 thresholds, pixel by pixel: equations 2 to 5 of Fan et al., IJCAI 2018."""
    levels, curve = np.floor(prediction * 255), []
    for threshold in range(256):
        marked = (levels >= threshold).astype(float)
        if not true.any():
            curve.append((1 - marked).mean())
        elif true.all():
            curve.append(marked.mean())
        else:
            p, t = marked - marked.mean(), true - true.mean()
            squares = p**2 + t**2
            aligned = np.divide(2 * p * t, squares, out=np.zeros_like(p), where=squares > 0)
            curve.append(((1 + aligned) ** 2 / 4).mean())
    return np.mean(curve)


PARTS = {
    "first row": np.s_[0],
    "last row": np.s_[-1],
    "first column": np.s_[:, 0],
    "last column": np.s_[:, -1],
    "first corner": np.s_[0, 0],
    "last corner": np.s_[-1, -1],
    "other corner": np.s_[-1, 0],
    "right half": np.s_[:, 1:],
    "lower half": np.s_[1:],
    "nothing": np.s_[:0],
    "all": np.s_[:],
}


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (4, 1), (2, 2), (3, 3), (5, 8), (8, 7), (23, 31)])
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.filterwarnings("error")
def test_s_and_e_are_those_of_their_papers_and_stay_in_0_to_1(size, part):
    mask = np.zeros(size, bool)
    mask[PARTS[part]] = True
    noise = np.random.default_rng(mask.size).random(size)
    predictions = {"right": mask.astype(float), "wrong": 1.0 - mask, "noise": noise}
    predictions |= {"nearly": mask * 0.8 + noise * 0.2, "grey": np.full(size, 0.5)}
    for name, prediction in predictions.items():
        measures = Measures()
        measures.add(prediction, mask)
        scores = measures.scores()
        assert scores["S"] == pytest.approx(s_by_its_paper(prediction, mask), abs=1e-6), name
        assert scores["E"] == pytest.approx(e_by_its_paper(prediction, mask), abs=1e-9), name
        for measure in ("S", "E", "MAE", "IoU"):
            assert 0 <= scores[measure] <= 1, (name, measure)
        for measure in ("maxF", "meanF", "wF", "boundaryF"):
            assert 0 <= scores[measure] <= 1 if mask.any() else math.isnan(scores[measure])
        if name == "right":
            assert scores["S"] == pytest.approx(1, abs=1e-6)


def test_elsewhere_s_and_e_are_pysodmetrics_own():
    rng = np.random.default_rng(1)
    for _ in range(5):
        prediction, mask = rng.random((40, 50)), square(50, 12, 37)[:40]
        structure, alignment, measures = sod.Smeasure(), sod.Emeasure(), Measures()
        for measure in (structure, alignment):
            measure.step(prediction, mask, normalize=False)
        measures.add(prediction, mask)
        scores = measures.scores()
        assert scores["S"] == pytest.approx(structure.get_results()["sm"], abs=1e-12)
        theirs = alignment.get_results()["em"]["curve"].mean()
        assert scores["E"] == pytest.approx(theirs * (2000 - 1) / 2000, abs=1e-12)
