"""What training minimises: the sum of seven losses, one a map, and what each of them does."""

import copy
from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import NamedTuple, cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..architecture.stand_in import stand_in, unwrapped
from ..architecture.u2net import SaliencyLogits, U2Net
from .options import loss_weights
from .pairs import check_range


class LossTerms(NamedTuple):
    """A loss and what it is made of; scalars, on the graph."""

    total: Tensor
    """The weighted sum that training minimises."""
    fused: Tensor
    """The fused map's own loss, before its weight."""
    sides: tuple[Tensor, ...]
    """The same of side1 … side6."""


class LossMaps(NamedTuple):
    """Binary cross-entropy at every pixel, (B, 1, H, W) a map."""

    fused: Tensor
    sides: tuple[Tensor, ...]


def as_logits(output: SaliencyLogits | Tensor) -> SaliencyLogits:
    """A network's output as `SaliencyLogits`; a single tensor is a fused map without sides."""
    if isinstance(output, SaliencyLogits):
        return output
    if isinstance(output, Tensor):
        return SaliencyLogits(output, ())
    raise TypeError(
        f"expected SaliencyLogits or one tensor of logits, got {type(output).__name__}: a network "
        "to train gives (B, 1, H, W) before the sigmoid."
    )


def saliency_loss(
    logits: SaliencyLogits | Tensor,
    masks: Tensor,
    side_weights: float | Sequence[float] = 1.0,
    fuse_weight: float = 1.0,
    terms: Sequence[str] = ("bce",),
) -> LossTerms:
    """Sum seven losses against the same mask, weighted; the paper's are all BCE, weight 1.

    Args:
        logits: of the network, before the sigmoid: a BCE after a sigmoid has a gradient of exactly
            0 on a wrong pixel with a logit of 20, in float32.
        masks: (B, 1, H, W) in 0 … 1, floating point, the size of the maps.
        side_weights: one weight for all sides, or one a side from side1 on.
        fuse_weight: the weight of the fused map.
        terms: what a map's loss sums, of "bce", "iou", "ssim"; all three make BASNet's hybrid loss.

    Returns: LossTerms. At random weights the total is near 7 ln 2 = 4.85.
    Raises: TypeError for masks that are no tensor; ValueError for masks of another shape, dtype or
    range, for unknown terms, and for weights that are negative, not finite, or do not match the
    sides.
    Source: paper, section 3.3, equation 1; the hybrid: Qin et al., BASNet, CVPR 2019, section 3.4.
    """
    logits = as_logits(logits)
    masks = _check_masks(logits, masks)
    check_range(masks, "masks")
    return sum_of_losses(logits, masks, side_weights, fuse_weight, terms)


def sum_of_losses(
    logits: SaliencyLogits,
    masks: Tensor,
    side_weights: float | Sequence[float] = 1.0,
    fuse_weight: float = 1.0,
    terms: Sequence[str] = ("bce",),
) -> LossTerms:
    """`saliency_loss` without a look at the masks' values, which would wait for the device.

    Raises: ValueError for masks of another shape or dtype, and for weights and terms.
    """
    masks = _check_masks(logits, masks)
    loss_weights(side_weights, fuse_weight)
    weights = _side_weights(side_weights, len(logits.sides))
    check_terms(terms)

    def of_map(x: Tensor) -> Tensor:
        return reduce(add, (TERMS[term](x, masks) for term in terms))

    fused = of_map(logits.fused)
    sides = tuple(of_map(side) for side in logits.sides)
    total = fuse_weight * fused + sum(w * side for w, side in zip(weights, sides))
    return LossTerms(total, fused, sides)


def loss_maps(logits: SaliencyLogits | Tensor, masks: Tensor) -> LossMaps:
    """Say where the loss comes from: BCE per pixel; a map's mean is its term of `saliency_loss`.

    Raises: ValueError for masks of another shape, dtype or range.
    """
    logits = as_logits(logits)
    masks = _check_masks(logits, masks)
    check_range(masks, "masks")

    def of_map(x: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(x, masks, reduction="none")

    return LossMaps(of_map(logits.fused), tuple(of_map(side) for side in logits.sides))


def gradient_shares(model: U2Net, images: Tensor, masks: Tensor, **options):
    """Measure how much of each stage's gradient each of the seven terms gives.

    The gradient of the total is the sum of seven gradients. A term's share of a stage is the
    projection of its own gradient on that sum, over the sum's squared length: shares of a stage
    add up to 1, and a negative one pulls against the others.

    Args:
        model: a U2Net; the pass runs in train mode on a copy, the model stays as it was.
        images, masks: one batch.
        options: `side_weights`, `fuse_weight`, `terms` as in `saliency_loss`. Shares are of the
            weighted terms.

    Returns: a DataFrame, a row a stage (en1 … de1, in the order they run), a column a term
    (fused, side1 … side6). NaN if a stage gets no gradient at all.
    Raises: TypeError for a model that is no `U2Net`; ValueError for images that are not finite
    floats (B, C, H, W) or so few and small that a norm sees a single value, and for maps that are
    NaN or infinite; as `saliency_loss`.
    """
    _check_tensor(masks, "masks")
    check_range(masks, "masks")
    _check_images(images)
    network = unwrapped(model)
    if not isinstance(network, U2Net):
        raise TypeError(
            "gradient_shares is of a U2Net, which has stages and side maps; got "
            f"{type(network).__name__}."
        )
    twin = cast(U2Net, copy.deepcopy(stand_in(model)))
    twin.requires_grad_().train()
    try:
        logits = twin(images)
    except ValueError as error:
        if "more than 1 value per channel" not in str(error):
            raise
        batch, _, height, width = images.shape
        raise ValueError(
            f"in train mode each norm needs more than 1 value per channel, and in {batch} of "
            f"{height}×{width} pixels the smallest maps are single pixels: take larger images, or "
            "more of them."
        ) from error
    if not all(map_.isfinite().all() for map_ in (logits.fused, *logits.sides)):
        raise ValueError("the network's maps hold NaN or infinity: did its training diverge?")
    terms = saliency_loss(logits, masks, **options)
    weights = [options.get("fuse_weight", 1.0)]
    weights += _side_weights(options.get("side_weights", 1.0), len(terms.sides))
    gradients = stage_gradients(twin, (terms.fused, *terms.sides))
    return shares_of(gradient_products(gradients), weights)


def stage_gradients(model: U2Net, losses: Sequence[Tensor]) -> list[dict[str, Tensor]]:
    """For each loss {stage: its gradient there, all parameters of the stage in one row}."""
    stages = {row.name: list(getattr(model, row.name).parameters()) for row in model.spec.stages}
    everything = [parameter for group in stages.values() for parameter in group]
    found = []
    for loss in losses:
        gradients = iter(
            torch.autograd.grad(loss, everything, retain_graph=True, materialize_grads=True)
        )
        found.append(
            {
                stage: torch.cat([next(gradients).flatten() for _ in parameters])
                for stage, parameters in stages.items()
            }
        )
    return found


def gradient_products(gradients: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """For each stage the scalar products of the losses' gradients, (n, n) float64, on the CPU.

    All that the shares need: those of weighted losses follow for any weights without another
    backward pass.
    """
    products = {}
    for stage in gradients[0]:
        each = torch.stack([gradient[stage] for gradient in gradients]).cpu().double()
        products[stage] = each @ each.T
    return products


def shares_of(products: dict[str, Tensor], weights: Sequence[float]):
    """The table of `gradient_shares` for `weights`: of the fused map first, then side1 ….

    A term of weight w has w times the gradient, so the projection needs the products alone:
    share i = w_i Σ_j w_j P_ij / Σ_ij w_i w_j P_ij.
    """
    import pandas as pd

    w = torch.tensor(weights, dtype=torch.float64)
    shares = {stage: (w * (p @ w) / (w @ p @ w)).tolist() for stage, p in products.items()}
    columns = ["fused", *(f"side{i}" for i in range(1, len(w)))]
    return pd.DataFrame.from_dict(shares, orient="index", columns=columns).rename_axis("stage")


# --- the terms: logits and masks (B, 1, H, W) → a scalar


def bce(x: Tensor, masks: Tensor) -> Tensor:
    """Binary cross-entropy, the mean over pixels: is each pixel right?"""
    return F.binary_cross_entropy_with_logits(x, masks)


def soft_iou(x: Tensor, masks: Tensor) -> Tensor:
    """1 - intersection / union on probabilities, the mean over images: is the region right?

    One pixel is added to both, so that an empty mask asks for an empty map.
    """
    p = x.sigmoid()
    intersection = (p * masks).sum(dim=(1, 2, 3))
    union = (p + masks - p * masks).sum(dim=(1, 2, 3))
    return (1 - (intersection + 1) / (union + 1)).mean()


def ssim(x: Tensor, masks: Tensor) -> Tensor:
    """1 - SSIM on probabilities, 11×11 Gaussian windows of σ 1.5: are the edges right?

    Source: Wang et al., IEEE TIP 13 (2004), constants 0.01² and 0.03².
    """
    axis = torch.arange(-5, 6, device=x.device, dtype=x.dtype)
    line = torch.exp(-(axis**2) / (2 * 1.5**2))
    line = line / line.sum()
    channels = x.shape[1]
    window = torch.outer(line, line).expand(channels, 1, 11, 11)

    def blur(y: Tensor) -> Tensor:
        return F.conv2d(y, window, padding=5, groups=channels)

    p = x.sigmoid()
    mean_p, mean_m = blur(p), blur(masks)
    var_p = blur(p * p) - mean_p**2
    var_m = blur(masks * masks) - mean_m**2
    covariance = blur(p * masks) - mean_p * mean_m
    c1, c2 = 0.01**2, 0.03**2
    similarity = ((2 * mean_p * mean_m + c1) * (2 * covariance + c2)) / (
        (mean_p**2 + mean_m**2 + c1) * (var_p + var_m + c2)
    )
    return 1 - similarity.mean()


TERMS = {"bce": bce, "iou": soft_iou, "ssim": ssim}
"""What `saliency_loss` can sum for each map."""


# --- checks


def check_terms(terms: Sequence[str]) -> None:
    """Refuse anything but a sequence of names in `TERMS`. Raises: ValueError."""
    several = isinstance(terms, Sequence) and not isinstance(terms, str)
    if not several or not terms or any(term not in tuple(TERMS) for term in terms):
        came = list(terms) if several else repr(terms)
        raise ValueError(
            f"terms is a sequence of {', '.join(TERMS)}, such as ('bce',); got {came}."
        )


def _check_masks(logits: SaliencyLogits, masks: Tensor) -> Tensor:
    _check_tensor(masks, "masks")
    if masks.shape != logits.fused.shape:
        raise ValueError(
            f"masks must have the shape of the maps, {tuple(logits.fused.shape)}, "
            f"got {tuple(masks.shape)}: every map is judged at the mask's full size."
        )
    if not masks.is_floating_point():
        raise ValueError(f"masks must be floating point in 0 … 1, got {masks.dtype}: mask.float().")
    return masks.to(logits.fused.dtype)


def _check_images(images: Tensor) -> None:
    _check_tensor(images, "images")
    if images.dim() != 4 or not images.is_floating_point():
        raise ValueError(
            f"images: expected floats (B, C, H, W), got {images.dtype} {tuple(images.shape)}."
        )
    if not images.isfinite().all():
        raise ValueError("images: expected finite values; some here are NaN or infinite.")


def _check_tensor(values: Tensor, name: str) -> None:
    """Refuse what is no tensor with values. Raises: TypeError, ValueError."""
    if not isinstance(values, Tensor):
        hint = ": torch.from_numpy(array) makes one" if isinstance(values, np.ndarray) else ""
        raise TypeError(
            f"{name}: expected a tensor (B, C, H, W), got {type(values).__name__}{hint}."
        )
    if values.layout != torch.strided or values.is_meta or values.is_nested:
        kind = "on the meta device, without values" if values.is_meta else "sparse or nested"
        raise ValueError(f"{name}: expected a dense tensor with values; this one is {kind}.")
    if not values.numel():
        raise ValueError(f"{name}: expected at least one value, got {tuple(values.shape)}.")


def _side_weights(weights: float | Sequence[float], sides: int) -> list[float]:
    if not isinstance(weights, Sequence):
        return [weights] * sides
    if len(weights) != sides:
        raise ValueError(
            f"side_weights: expected one number or {sides}, side1 first; got {len(weights)}."
        )
    return list(weights)
