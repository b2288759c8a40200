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
