"""How good a saliency map is: the field's measures, one picture at a time.

MAE, F, weighted F, S and E are pysodmetrics' own; IoU and the relaxed boundary F are here.
"""

import os

import numpy as np
import torch
from torch import Tensor, nn

from ..architecture.about import about
from ..architecture.devices import pick_device
from ..architecture.stand_in import stand_in
from .data import normalised, preprocessing_of
from .loss import as_logits
from .options import folder, number, whole
from .pairs import check_dataset, check_range, pair_at, stacked
from .protocol import check_protocol, paper_input, paper_map, plain_map, save_map

EMPTY_SHARE = 1e-3
"""An empty scene is right when less than this share of its pixels is marked."""

RELAXED_BY = 3
"""Pixels by which a boundary may be off and still count (the paper's ρ)."""


def iou(prediction: np.ndarray, mask: np.ndarray, threshold: float = 0.5) -> float:
    """Compute the intersection over union of `prediction` ≥ threshold and `mask` > 0.5.

    Args:
        prediction, mask: of one shape, in 0…1 or bool.
        threshold: in 0…1.

    An empty mask scores 1 if less than 0.1 % is marked, else 0.
    Raises: ValueError for shapes that differ, values that leave 0…1, and NaN.
    """
    prediction, mask = _measurable(prediction, mask)
    number("threshold", threshold, least=0, most=1)
    return _iou(prediction >= threshold, mask > 0.5)


def _iou(marked: np.ndarray, true: np.ndarray) -> float:
    if not true.any():
        return float(marked.mean() < EMPTY_SHARE)
    return float((marked & true).sum() / (marked | true).sum())


def _measurable(prediction, mask, dimensions: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """A prediction and its mask as arrays, float64, once they are fit to be compared.

    Args:
        dimensions: how many both have; None for any number.

    Raises: ValueError for shapes that differ, values that leave 0…1, and NaN.
    """
    arrays = []
    for name, values in (("the prediction", prediction), ("the mask", mask)):
        if isinstance(values, Tensor):
            values = values.detach().cpu().numpy()
        if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
            raise ValueError(f"{name} has masked values: array.filled(0) makes them background.")
        values = np.asarray(values)
        if values.dtype.kind not in "buif":
            raise ValueError(f"{name} holds numbers in 0…1 or bool; got {values.dtype}.")
        arrays.append(values.astype(np.float64))
    prediction, mask = arrays
    wanted = "(H, W)" if dimensions else "of one shape"
    if prediction.shape != mask.shape or dimensions not in (None, prediction.ndim):
        raise ValueError(
            f"prediction {prediction.shape} and mask {mask.shape} must be {wanted}, the same for "
            "both: resize the prediction to the mask."
        )
    if not prediction.size:
        raise ValueError(f"prediction and mask have no pixel; got {prediction.shape}.")
    if not (prediction.min() >= 0 and prediction.max() <= 1):
        raise ValueError(
            "a prediction lies in 0…1 and holds no NaN: apply the sigmoid, or divide 0…255 by 255; "
            f"got {prediction.min():.4g} to {prediction.max():.4g}."
        )
    check_range(mask, "the mask")
    return prediction, mask


def boundary(region: np.ndarray) -> np.ndarray:
    """The pixels of a region that touch its outside (four neighbours): (H, W) bool → the same.

    The picture's edge is no outside: an object that leaves the picture has no boundary there.
    Raises: ValueError for anything but a bool array (H, W).
    """
    region = np.asarray(region)
    if region.dtype != bool or region.ndim != 2:
        raise ValueError(
            f"a region is a bool array (H, W), such as mask > 0.5; got {region.dtype} "
            f"{region.shape}."
        )
    inside = np.pad(region, 1, mode="edge")
    kept = inside[:-2, 1:-1] & inside[2:, 1:-1] & inside[1:-1, :-2] & inside[1:-1, 2:]
    return region & ~kept


def boundary_f(
    prediction: np.ndarray, mask: np.ndarray, relaxed_by: int = RELAXED_BY, beta2: float = 0.3
) -> float:
    """Compute the relaxed boundary F: of boundary pixels that lie close to one of the other's.

    Prediction and mask, (H, W) in 0…1, are cut at 0.5. Precision is the share of predicted
    boundary pixels within `relaxed_by` pixels (Euclidean) of the mask's boundary, recall the share
    of the mask's within as much of the predicted. If neither has a boundary it is 1, if one has
    none it is 0.
    Raises: ValueError for shapes that differ, values that leave 0…1, NaN, a distance below 0.
    Source: paper, section 4.3, after Ehrig and Euzenat (2005), with ρ = 3 and β² = 0.3.
    """
    prediction, mask = _measurable(prediction, mask, 2)
    number("relaxed_by", relaxed_by, least=0)
    number("beta2", beta2, above=0)
    return _boundary_f(prediction >= 0.5, mask > 0.5, relaxed_by, beta2)


def _boundary_f(
    marked: np.ndarray, true: np.ndarray, relaxed_by: float = RELAXED_BY, beta2: float = 0.3
) -> float:
    from scipy.ndimage import distance_transform_edt

    found, wanted = boundary(marked), boundary(true)
    if not found.any() or not wanted.any():
        return float(not found.any() and not wanted.any())
    precision = (distance_transform_edt(~wanted)[found] <= relaxed_by).mean()
    recall = (distance_transform_edt(~found)[wanted] <= relaxed_by).mean()
    if precision + recall == 0:
        return 0.0
    return float((1 + beta2) * precision * recall / (beta2 * precision + recall))


class Scores(dict):
    """{measure: value} over a dataset; prints as a row, with its intervals below if it has any."""

    images: int = 0
    """How many pictures there were."""
    intervals: dict[str, tuple[float, float]]
    """{measure: (low, high)}: where 95 % of the values lie if the pictures are drawn again from
    these, with replacement (bootstrap); empty if nobody asked for it."""

    def __init__(self, *values, **more) -> None:
        super().__init__(*values, **more)
        self.intervals = {}

    def __str__(self) -> str:
        names = "  ".join(f"{name:>9}" for name in self)
        values = "  ".join(f"{value:9.3f}" for value in self.values())
        lines = [names, f"{values}   ({self.images:,} images)"]
        for end, label in enumerate(("95 % from", "to")) if self.intervals else ():
            row = "  ".join(f"{self.intervals[name][end]:9.3f}" for name in self)
            lines.append(f"{row}   ({label})")
        return "\n".join(lines)


class Measures:
    """All measures, fed one picture at a time; maps are not kept.

    IoU, MAE, S and E take every picture. F, weighted F and boundary F are means over pictures with
    an object in them: without one there is nothing to recall. All lie in 0…1.

    S and E are pysodmetrics' but for two faults, which it shares with the papers' own programs: S
    is NaN for an object whose centre lies in the last row or column, because a part of the picture
    without a pixel enters with the weight 0 and the similarity NaN; and E divides by one pixel less
    than there are, so that it passes 1 in small pictures. Here the empty part is left out, and E
    is the mean over all pixels that its paper defines.
    """

    def __init__(self) -> None:
        import py_sod_metrics as sod

        self.images = 0
        self._iou: list[float] = []
        self._boundary: list[float] = []
        self._has_object: list[bool] = []
        self._structure: list[float] = []
        self._alignment: list[np.ndarray] = []
        self._handler = sod.FmeasureHandler(True, False, beta=0.3)
        self._f = sod.FmeasureV2({"f": self._handler})
        self._mae = sod.MAE()
        self._weighted = sod.WeightedFmeasure()

    def add(self, prediction: np.ndarray, mask: np.ndarray) -> None:
        """Take in one picture: prediction (H, W) and mask (H, W), both in 0…1, cut at 0.5.

        Raises: ValueError for shapes that differ, values that leave 0…1, and NaN.
        """
        prediction, mask = _measurable(prediction, mask, 2)
        true = mask > 0.5
        self.images += 1
        self._iou.append(_iou(prediction >= 0.5, true))
        self._mae.step(prediction, true, normalize=False)
        self._structure.append(_s_measure(prediction, true))
        self._alignment.append(_e_curve(prediction, true))
        self._has_object.append(bool(true.any()))
        if true.any():
            self._f.step(prediction, true, normalize=False)
            self._weighted.step(prediction, true, normalize=False)
            self._boundary.append(_boundary_f(prediction >= 0.5, true))

    def scores(self) -> Scores:
        """The measures so far. Raises: ValueError before the first picture."""
        if not self.images:
            raise ValueError("no picture was added: there is nothing to score.")
        some = bool(self._boundary)
        curve = self._f.get_results()["f"]["dynamic"] if some else np.array([np.nan])
        scores = Scores(
            IoU=float(np.mean(self._iou)),
            MAE=float(self._mae.get_results()["mae"]),
            maxF=float(curve.max()),
            meanF=float(curve.mean()),
            wF=float(self._weighted.get_results()["wfm"]) if some else float("nan"),
            S=float(np.mean(self._structure)),
            E=float(np.mean(self._alignment)),
            boundaryF=float(np.mean(self._boundary)) if some else float("nan"),
        )
        scores.images = self.images
        return scores

    def intervals(self, draws: int = 1000, seed: int = 0) -> dict[str, tuple[float, float]]:
        """Where 95 % of each score lie, were the pictures drawn again: {measure: (low, high)}.

        A bootstrap over pictures, in percentiles. It tells what another choice of pictures of the
        same kind would change, and nothing of another kind of pictures.

        Raises: ValueError before the first picture, and for fewer than 100 draws.
        """
        whole("draws", draws, 100)
        if not self.images:
            raise ValueError("no picture was added: there is nothing to score.")
        rng = np.random.default_rng(seed)
        drawn = rng.multinomial(self.images, np.full(self.images, 1 / self.images), draws)
        with_object = drawn[:, np.array(self._has_object)]

        def means(values: list, counts: np.ndarray) -> np.ndarray:
            """The mean of each draw: (draws, …)."""
            if not values:
                return np.full(draws, np.nan)
            total = counts @ np.stack(values)
            return total / np.maximum(counts.sum(1), 1).reshape(-1, *[1] * (total.ndim - 1))

        curves = means(self._handler.dynamic_results, with_object)
        scores = {
            "IoU": means(self._iou, drawn),
            "MAE": means(self._mae.maes, drawn),
            "maxF": curves.reshape(draws, -1).max(axis=1),
            "meanF": curves.reshape(draws, -1).mean(axis=1),
            "wF": means(self._weighted.weighted_fms, with_object),
            "S": means(self._structure, drawn),
            "E": means([curve.mean() for curve in self._alignment], drawn),
            "boundaryF": means(self._boundary, with_object),
        }
        ends = {name: np.percentile(values, (2.5, 97.5)) for name, values in scores.items()}
        return {name: (float(low), float(high)) for name, (low, high) in ends.items()}


def _s_measure(prediction: np.ndarray, true: np.ndarray) -> float:
    """S of one picture.

    Source: Fan et al., Structure-measure, ICCV 2017; pysodmetrics, but for parts without a pixel.
    """
    import py_sod_metrics as sod

    class Structure(sod.Smeasure):
        def ssim(self, pred, gt):
            return super().ssim(pred, gt) if pred.size else 0.0  # its weight is 0, too

    return float(np.clip(Structure().cal_sm(prediction, true), 0, 1))


def _e_curve(prediction: np.ndarray, true: np.ndarray) -> np.ndarray:
    """E of one picture at each of 256 thresholds.

    Source: Fan et al., Enhanced-alignment Measure, IJCAI 2018, equation 5: a mean over all pixels.
    pysodmetrics, like the authors' program, divides by one pixel less.
    """
    import py_sod_metrics as sod

    measure = sod.Emeasure()
    measure.step(prediction, true, normalize=False)
    pixels = true.size
    divided_by = pixels - 1 + np.spacing(1)
    return np.clip(measure.changeable_ems[0] * (divided_by / pixels), 0, 1)


# --- a network on a dataset


def saliency(twin: nn.Module, images: Tensor, preprocessing: str) -> Tensor:
    """The fused map of a batch, (B, 1, H, W) in 0 … 1 float32, on the device of the stand-in."""
    home = next(twin.parameters(), torch.zeros(()))
    with torch.inference_mode(False):
        return run_stand_in(twin, normalised(images.to(home.device), preprocessing))


def run_stand_in(twin: nn.Module, inputs: Tensor) -> Tensor:
    """The fused map, (B, 1, H, W) in 0…1 float32, of a batch that has been preprocessed."""
    home = next(twin.parameters(), torch.zeros(()))
    with torch.inference_mode(False), torch.no_grad():
        return as_logits(twin(inputs.to(home.device, home.dtype))).fused.float().sigmoid()


def evaluate(
    model: nn.Module,
    dataset,
    *,
    preprocessing: str | None = None,
    batch_size: int = 16,
    device: str | torch.device = "auto",
    protocol: str = "plain",
    maps: str | os.PathLike | None = None,
    bootstrap: int = 0,
) -> Scores:
    """Measure a network over a dataset, by all measures of the field.

    Args:
        model: a U2Net, or any network that gives logits (B, 1, H, W). A stand-in runs: the
            model stays as it was, and may be in use elsewhere at the same time.
        dataset: items are image (3, H, W) and mask (1, H, W) in 0…1, or any other form that
            `training.pairs.as_pair` takes; images of uint8 are divided by 255. If it offers
            `full_mask(i)`, as FolderScenes does, maps are resized to that mask and measured there,
            as the paper measures.
        preprocessing: what the model was trained with; its own by default.
        batch_size: how many pictures go through the network at once.
        device: see `pick_device`.
        protocol: `plain` measures the maps as they are. `paper` does what the authors' test did
            before their numbers were taken: their resizing of pictures and maps, each map
            stretched to 0…1, 8 bits.
        maps: a folder to save the measured maps in, 8-bit PNGs named as the masks are, which
            public toolboxes read.
        bootstrap: how often to draw the pictures again for `.intervals`; 1000 is usual, 0 is none.

    Returns: Scores: IoU, MAE, maxF, meanF, wF, S, E, boundaryF.
    Raises: ValueError for an empty dataset or a network that gives NaN; DataError, which names the
    item, for what `as_pair` refuses.
    """
    whole("batch_size", batch_size)
    check_dataset(dataset, "the dataset", "there is nothing to score")
    if bootstrap:
        whole("bootstrap", bootstrap, 100)
    check_protocol(protocol)
    if maps is not None:
        folder("maps", maps)
    preprocessing = preprocessing or preprocessing_of(model)
    twin = stand_in(model, device=pick_device(device))
    full_mask = getattr(dataset, "full_mask", None)
    names = getattr(dataset, "names", None)
    size = about(model).size or 320
    measures = Measures()
    for start in range(0, len(dataset), batch_size):
        chosen = range(start, min(start + batch_size, len(dataset)))
        images, masks = stacked([pair_at(dataset, i) for i in chosen])
        if protocol == "paper":
            shown = [
                paper_input(dataset, i, image, preprocessing, size)
                for i, image in zip(chosen, images)
            ]
            found = run_stand_in(twin, torch.cat(shown)).cpu()
        else:
            found = saliency(twin, images, preprocessing).cpu()
        for i, one, mask in zip(chosen, found, masks):
            truth = mask[0].numpy() if full_mask is None else full_mask(i)
            if protocol == "paper":
                made = paper_map(one[0].numpy(), truth.shape)
                measures.add(made / np.float32(255), truth)
            else:
                made = plain_map(one[0].numpy(), truth.shape)
                measures.add(made, truth)
            if maps is not None:
                save_map(maps, names[i] if names else f"{i:05}", made)
    scores = measures.scores()
    if bootstrap:
        scores.intervals = measures.intervals(bootstrap)
    return scores


def quick_scores(model: nn.Module, images: Tensor, masks: Tensor, preprocessing: str):
    """IoU and MAE of a batch as tensors (B,), with its maps: what training shows as it goes.

    Raises: ValueError for masks of another shape than the maps, or values that leave 0…1.
    """
    maps = saliency(stand_in(model), images, preprocessing)
    if masks.shape != maps.shape:
        raise ValueError(
            f"masks must have the shape of the maps, {tuple(maps.shape)}; got {tuple(masks.shape)}."
        )
    check_range(masks, "masks")
    masks = masks.to(maps.device, maps.dtype)
    return batch_iou(maps, masks), (maps - masks).abs().mean(dim=(1, 2, 3)), maps


def batch_iou(maps: Tensor, masks: Tensor) -> Tensor:
    """`iou` of every picture of a batch: probabilities and masks (B, 1, H, W) → (B,).

    Raises: ValueError for shapes that differ.
    """
    if maps.shape != masks.shape:
        raise ValueError(
            f"maps {tuple(maps.shape)} and masks {tuple(masks.shape)} must have one shape."
        )
    marked, true = maps >= 0.5, masks > 0.5
    both = (marked & true).sum(dim=(1, 2, 3))
    either = (marked | true).sum(dim=(1, 2, 3))
    right = marked.float().mean(dim=(1, 2, 3)) < EMPTY_SHARE
    empty = ~true.flatten(1).any(dim=1)
    return torch.where(empty, right.float(), both / either.clamp(min=1))
