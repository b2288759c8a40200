"""What a picture is painted over with: noise, another picture, or a brush of one's own."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def noise(image: Tensor, seed: int) -> Tensor:
    """Draw a picture of noise: uniform between the least and the largest value of each channel."""
    low, high = limits(image)
    generator = torch.Generator().manual_seed(seed)
    return low + (high - low) * torch.rand(image.shape, generator=generator).to(image)


def limits(image: Tensor) -> tuple[Tensor, Tensor]:
    """Find the least and the largest value of each channel, (1, C, 1, 1); 1 apart at least
    where the channel is flat.
    """
    low, high = image.amin((2, 3), keepdim=True), image.amax((2, 3), keepdim=True)
    return low, torch.where(high > low, high, low + 1)


def over(image: Tensor, mask: NDArray, paint: Tensor) -> Tensor:
    """Paint over the pixels of a mask (H, W)."""
    return torch.where(torch.from_numpy(mask).to(image.device), paint.to(image), image)


def painted(image: Tensor, outside: NDArray, paint: Any, seed: int) -> tuple[NDArray, Tensor, str]:
    """Paint a picture as `repaint` says: where it was painted, the result, and what with.

    Raises: TypeError, ValueError for a paint that is none.
    """
    if isinstance(paint, str) and paint == "noise":
        return outside, over(image, outside, noise(image, seed)), "noise"
    if isinstance(paint, (Tensor, np.ndarray)):
        return outside, over(image, outside, _picture(image, paint)), "another picture"
    if isinstance(paint, tuple) and len(paint) == 2:
        mask = _mask(image, paint[0])
        return mask, over(image, mask, colour_of(image, paint[1])), "a brush"
    raise TypeError(
        'paint is "noise"; another picture as the network takes it, such as preprocess("cat") '
        f"gives; or a brush, (mask, colour). Got {paint!r:.60}."
    )


def _picture(image: Tensor, paint: Tensor | NDArray) -> Tensor:
    picture = torch.as_tensor(paint)
    picture = picture[None] if picture.dim() == 3 else picture
    if picture.shape != image.shape or not torch.isfinite(picture).all():
        raise ValueError(
            f"another picture to paint with has the image's shape, {tuple(image.shape)}, and "
            f"finite values; got {tuple(picture.shape)}."
        )
    return picture


def _mask(image: Tensor, mask: Any) -> NDArray:
    found = mask.cpu().numpy() if isinstance(mask, Tensor) else np.asarray(mask)
    if found.shape != image.shape[2:] or found.dtype != bool:
        raise ValueError(
            f"a brush's mask is boolean, {tuple(image.shape[2:])}; got {found.dtype}, "
            f"{found.shape}."
        )
    return found


def colour_of(image: Tensor, colour: Any) -> Tensor:
    """Turn a number, or one a channel, into (1, C, 1, 1). Raises: ValueError."""
    channels = image.shape[1]
    try:
        found = torch.as_tensor(colour, dtype=torch.float64).flatten()
        if len(found) not in (1, channels) or not torch.isfinite(found).all():
            raise ValueError
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(
            f"a colour is a finite number, or one for each of {channels} channels, as the "
            f"network takes them; got {colour!r:.60}."
        ) from None
    return found.to(image).reshape(1, -1, 1, 1)
