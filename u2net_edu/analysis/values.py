"""Checks of the images whose maps or gradients are asked for."""

from typing import Any

import torch
from torch import Tensor


def check_values(images: Any, who: str) -> None:
    """Refuse images that have no values, or no finite ones: every map would be NaN.

    Raises: TypeError for what is no tensor; ValueError.
    """
    if not isinstance(images, Tensor):
        raise TypeError(
            f"{who} takes a torch.Tensor (B, C, H, W), got {type(images).__name__}: "
            "u2net_edu.preprocess(picture) makes one from any picture."
        )
    if images.is_meta:
        raise ValueError(
            f"{who} needs values, and a tensor on the meta device has none: "
            "give images on the model's device."
        )
    if not torch.isfinite(images).all():
        raise ValueError(
            f"{who} takes finite values, and the images hold NaN or infinity: "
            "torch.nan_to_num(images) replaces them."
        )


def check_one(image: Any, who: str) -> None:
    """Refuse what is not one image of floating-point values. Raises: TypeError, ValueError."""
    if not isinstance(image, Tensor) or image.dim() != 4 or len(image) != 1:
        shape = tuple(image.shape) if isinstance(image, Tensor) else type(image).__name__
        raise ValueError(f"{who} takes one image, a tensor (1, C, H, W); got {shape}.")
    check_values(image, who)
    if not image.is_floating_point():
        raise ValueError(
            f"{who} takes an image of a floating-point dtype, got {image.dtype}: "
            "images.float() / 255 turns 0…255 into 0…1."
        )
