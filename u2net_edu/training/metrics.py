"""How good a saliency map is: the field's measures, one picture at a time.

MAE, F, weighted F, S and E are pysodmetrics' own; IoU and the relaxed boundary F are here.
"""

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..architecture.devices import pick_device
from ..architecture.stand_in import stand_in
from .data import normalised, preprocessing_of
from .loss import as_logits

EMPTY_SHARE = 1e-3
"""An empty scene is right when less than this share of its pixels is marked."""

RELAXED_BY = 3
"""Pixels by which a boundary may be off and still count (the paper's ρ)."""


class PaperRow(NamedTuple):
    """One row of the paper's Tables 3 and 4."""

    images: int
    u2net: tuple[float, ...]
    u2net_lite: tuple[float, ...]


PAPER_COLUMNS = ("maxF", "MAE", "wF", "S", "boundaryF")
PAPER = {
    "DUT-OMRON": PaperRow(
        5168, (0.823, 0.054, 0.757, 0.847, 0.702), (0.813, 0.060, 0.731, 0.837, 0.676)
    ),
    "DUTS-TE": PaperRow(
        5019, (0.873, 0.044, 0.804, 0.861, 0.765), (0.852, 0.054, 0.763, 0.847, 0.723)
    ),
    "HKU-IS": PaperRow(
        4447, (0.935, 0.031, 0.890, 0.916, 0.812), (0.928, 0.037, 0.867, 0.908, 0.794)
    ),
    "ECSSD": PaperRow(
        1000, (0.951, 0.033, 0.910, 0.928, 0.836), (0.943, 0.041, 0.885, 0.918, 0.808)
    ),
    "PASCAL-S": PaperRow(
        850, (0.859, 0.074, 0.797, 0.844, 0.657), (0.849, 0.086, 0.768, 0.831, 0.627)
    ),
    "SOD": PaperRow(300, (0.861, 0.108, 0.748, 0.786, 0.613), (0.841, 0.124, 0.697, 0.759, 0.559)),
}
"""The paper's own numbers, columns as in PAPER_COLUMNS, for the sake of comparison."""


def iou(prediction: np.ndarray, mask: np.ndarray, threshold: float = 0.5) -> float:
    """Intersection over union of `prediction` ≥ threshold and `mask` > 0.5.

    An empty mask scores 1 when under 0.1 % is marked, else 0.
    """
    marked, true = prediction >= threshold, mask > 0.5
    if not true.any():
        return float(marked.mean() < EMPTY_SHARE)
    return float((marked & true).sum() / (marked | true).sum())


def boundary(region: np.ndarray) -> np.ndarray:
    """The pixels of a region that touch its outside (four neighbours), (H, W) → bool.

    The picture's edge is no outside: an object that leaves the picture has no boundary there.
    """
    inside = np.pad(region, 1, mode="edge")
    kept = inside[:-2, 1:-1] & inside[2:, 1:-1] & inside[1:-1, :-2] & inside[1:-1, 2:]
    return region & ~kept


def boundary_f(
    prediction: np.ndarray, mask: np.ndarray, relaxed_by: int = RELAXED_BY, beta2: float = 0.3
) -> float:
    """The relaxed boundary F: F of boundary pixels that have one of the other within a distance.

    Prediction and mask are cut at 0.5. Precision is the share of predicted boundary pixels within
    `relaxed_by` pixels (Euclidean) of the mask's boundary, recall the share of the mask's within
    as much of the predicted. Without any boundary on either side 1, on one side alone 0.
    Source: paper, section 4.3, after Ehrig and Euzenat (2005), with ρ = 3 and β² = 0.3.
    """
    from scipy.ndimage import distance_transform_edt

    found, true = boundary(prediction >= 0.5), boundary(mask > 0.5)
    if not found.any() or not true.any():
        return float(not found.any() and not true.any())
    precision = (distance_transform_edt(~true)[found] <= relaxed_by).mean()
    recall = (distance_transform_edt(~found)[true] <= relaxed_by).mean()
    if precision + recall == 0:
        return 0.0
    return float((1 + beta2) * precision * recall / (beta2 * precision + recall))


class Scores(dict):
    """{measure: value} over a dataset, with `.images`, the number of pictures; prints as a row."""

    images: int = 0

    def __str__(self) -> str:
        names = "  ".join(f"{name:>9}" for name in self)
        values = "  ".join(f"{value:9.3f}" for value in self.values())
        return f"{names}\n{values}   ({self.images:,} images)"


class Measures:
    """All measures, fed one picture at a time; maps are not kept.

    IoU, MAE, S and E take every picture. F, weighted F and boundary F are means over pictures with
    an object in them: without one there is nothing to recall.
    """

    def __init__(self) -> None:
        import py_sod_metrics as sod

        self.images = 0
        self._iou: list[float] = []
        self._boundary: list[float] = []
        self._f = sod.FmeasureV2({"f": sod.FmeasureHandler(True, False, beta=0.3)})
        self._always = {"mae": sod.MAE(), "sm": sod.Smeasure(), "em": sod.Emeasure()}
        self._weighted = sod.WeightedFmeasure()

    def add(self, prediction: np.ndarray, mask: np.ndarray) -> None:
        """One picture: prediction (H, W) in 0 … 1, mask (H, W) in 0 … 1, cut at 0.5.

        Raises: ValueError for shapes that differ, or a prediction that leaves 0 … 1 or is NaN.
        """
        prediction = np.asarray(prediction, dtype=np.float64)
        if prediction.ndim != 2 or prediction.shape != np.shape(mask):
            raise ValueError(
                f"prediction {prediction.shape} and mask {np.shape(mask)} must be (H, W), the "
                "same for both: resize the prediction to the mask."
            )
        if not (prediction.size and prediction.min() >= 0 and prediction.max() <= 1):
            raise ValueError("a prediction lies in 0 … 1 and holds no NaN: apply the sigmoid.")
        true = np.asarray(mask) > 0.5
        self.images += 1
        self._iou.append(iou(prediction, true))
        for measure in self._always.values():
            measure.step(prediction, true, normalize=False)
        if true.any():
            self._f.step(prediction, true, normalize=False)
            self._weighted.step(prediction, true, normalize=False)
            self._boundary.append(boundary_f(prediction, true))

    def scores(self) -> Scores:
        """The measures so far. Raises: ValueError before the first picture."""
        if not self.images:
            raise ValueError("no picture was added: there is nothing to score.")
        result = {name: measure.get_results() for name, measure in self._always.items()}
        some = bool(self._boundary)
        curve = self._f.get_results()["f"]["dynamic"] if some else np.array([np.nan])
        scores = Scores(
            IoU=float(np.mean(self._iou)),
            MAE=float(result["mae"]["mae"]),
            maxF=float(curve.max()),
            meanF=float(curve.mean()),
            wF=float(self._weighted.get_results()["wfm"]) if some else float("nan"),
            S=float(result["sm"]["sm"]),
            E=float(result["em"]["em"]["curve"].mean()),
            boundaryF=float(np.mean(self._boundary)) if some else float("nan"),
        )
        scores.images = self.images
        return scores


# --- a network on a dataset


def saliency(twin: nn.Module, images: Tensor, preprocessing: str) -> Tensor:
    """The fused map of a batch, (B, 1, H, W) in 0 … 1 float32, where the stand-in is."""
    home = next(twin.parameters(), torch.zeros(()))
    with torch.inference_mode(False), torch.no_grad():
        inputs = normalised(images.to(home.device), preprocessing).to(home.dtype)
        return as_logits(twin(inputs)).fused.float().sigmoid()


def evaluate(
    model: nn.Module,
    dataset,
    *,
    preprocessing: str | None = None,
    batch_size: int = 16,
    device: str | torch.device = "auto",
) -> Scores:
    """All measures of a network over a dataset.

    Args:
        model: a U2Net, or any network that gives logits (B, 1, H, W). A stand-in runs: the
            model stays as it was, and may be in use elsewhere at the same time.
        dataset: items are image (3, H, W) in 0 … 1 and mask (1, H, W). Where it offers
            `full_mask(i)`, as FolderScenes does, maps are resized to that mask and measured there,
            as the paper measures.
        preprocessing: what the model was trained with; its own by default.
        batch_size: pictures a forward.
        device: see `pick_device`.

    Returns: Scores: IoU, MAE, maxF, meanF, wF, S, E, boundaryF. Maps are not stretched to 0 … 1
    one by one, as many published numbers are.
    Raises: ValueError for an empty dataset or a network that gives NaN.
    """
    preprocessing = preprocessing or preprocessing_of(model)
    twin = stand_in(model, device=pick_device(device))
    full_mask = getattr(dataset, "full_mask", None)
    measures = Measures()
    for start in range(0, len(dataset), batch_size):
        chosen = range(start, min(start + batch_size, len(dataset)))
        images, masks = zip(*(dataset[i] for i in chosen))
        maps = saliency(twin, torch.stack(images), preprocessing).cpu()
        for i, one, mask in zip(chosen, maps, masks):
            truth = mask[0].numpy() if full_mask is None else full_mask(i)
            resized = F.interpolate(one[None], truth.shape, mode="bilinear", antialias=True)
            measures.add(resized[0, 0].clamp(0, 1).numpy(), truth)
    return measures.scores()


def quick_scores(model: nn.Module, images: Tensor, masks: Tensor, preprocessing: str):
    """IoU and MAE of a batch as tensors (B,), with its maps: what training shows as it goes."""
    maps = saliency(stand_in(model), images, preprocessing)
    masks = masks.to(maps.device)
    return batch_iou(maps, masks), (maps - masks).abs().mean(dim=(1, 2, 3)), maps


def batch_iou(maps: Tensor, masks: Tensor) -> Tensor:
    """`iou` of every picture of a batch: probabilities and masks (B, 1, H, W) → (B,)."""
    marked, true = maps >= 0.5, masks > 0.5
    both = (marked & true).sum(dim=(1, 2, 3))
    either = (marked | true).sum(dim=(1, 2, 3))
    right = marked.float().mean(dim=(1, 2, 3)) < EMPTY_SHARE
    empty = ~true.flatten(1).any(dim=1)
    return torch.where(empty, right.float(), both / either.clamp(min=1))


def beside_the_paper(scores: Scores, dataset: str) -> str:
    """The scores as a row of the paper's table, under the paper's own two.

    Args:
        dataset: one of `PAPER`, in any case.

    Raises: KeyError for a dataset that the paper does not report.
    """
    names = {name.lower(): name for name in PAPER}
    if dataset.lower() not in names:
        raise KeyError(f"the paper has no row for {dataset!r}; it has {', '.join(PAPER)}.")
    name = names[dataset.lower()]
    row = PAPER[name]
    rows = [
        ("U²-Net, paper", row.images, row.u2net),
        ("U²-Net†, paper", row.images, row.u2net_lite),
    ]
    rows.append(("measured here", scores.images, [scores[column] for column in PAPER_COLUMNS]))
    lines = [f"{name:<16} images  " + "  ".join(f"{column:>9}" for column in PAPER_COLUMNS)]
    for label, images, values in rows:
        lines.append(f"{label:<16} {images:6,}  " + "  ".join(f"{value:9.3f}" for value in values))
    return "\n".join(lines)
