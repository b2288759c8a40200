"""An image and its mask, however they are given, as the network and the loss take them."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .... import images
from ....inference import channels_of
from ..kit.pictures import check_finite, shown_picture

LARGEST = 640  # pixels a side: seven maps of that size go to the browser


def network_input(
    model: nn.Module, image, mask, size: images.Size, preprocessing: str
) -> tuple[Tensor, Tensor, np.ndarray]:
    """Images (1, C, H, W), masks (1, 1, H, W) in 0 … 1, and the picture to show, (H, W, 3) uint8.

    Raises: ValueError where the mask is missing, of another size than its image, empty, or not in
    0 … 1; what `preprocess` raises.
    """
    if image is None or mask is None:
        missing = "mask" if mask is None else "image"
        raise ValueError(
            f"the {missing} is missing: a loss compares an image's maps with its mask. "
            "explore_loss(model, image, mask); or leave out both for drawn scenes."
        )
    if isinstance(image, Tensor) and image.dim() == 4:
        tensor, own = image, tuple(image.shape[-2:])
        if len(tensor) != 1 or not tensor.numel():
            raise ValueError(f"one image at a time, (1, C, H, W); got {tuple(tensor.shape)}.")
        check_finite(tensor)
    else:
        if isinstance(image, Tensor):
            image = _channels_last(image)
            size = size or image.shape[:2]
        pixels = images.as_array(image)
        own = pixels.shape[:2]
        shown = images.size_of(model, size or "auto")
        how = images.preprocessing_of(model, preprocessing)
        tensor = images.preprocess(pixels, how, shown, channels_of(model))
        image = pixels
    masks = _mask(mask)
    if tuple(masks.shape[-2:]) != tuple(own):
        raise ValueError(
            f"the image has {_by(own)} pixels (height×width), its mask {_by(masks.shape[-2:])}: "
            "a mask has a value for every pixel of its image."
        )
    if max(tensor.shape[-2:]) > LARGEST:
        raise ValueError(
            f"{_by(tensor.shape[-2:])} pixels are too many to send to the browser; "
            f"the largest side is {LARGEST}. Choose a smaller `size`."
        )
    return tensor, _squashed(masks, tensor.shape[-2:]), shown_picture(image, tensor)


def _channels_last(image: Tensor) -> np.ndarray:
    if image.dim() != 3 or image.shape[0] not in (1, 3):
        raise ValueError(
            "an image tensor is (3, H, W) in 0 … 1, or (1, C, H, W) ready for the network; "
            f"got {tuple(image.shape)}."
        )
    return image.detach().cpu().permute(1, 2, 0).numpy()


def _mask(mask) -> Tensor:
    """(1, 1, H, W) float32 in 0 … 1; in pictures and whole numbers the brightest value is 1."""
    if isinstance(mask, Tensor):
        if mask.dim() not in (2, 3, 4) or any(n != 1 for n in mask.shape[:-2]):
            raise ValueError(
                f"a mask is (H, W), (1, H, W) or (1, 1, H, W); got {tuple(mask.shape)}."
            )
        counted = not mask.is_floating_point()
        values = mask.detach().cpu().float().reshape(1, 1, *mask.shape[-2:])
    else:
        counted = not (isinstance(mask, np.ndarray) and mask.dtype.kind == "f")
        values = torch.from_numpy(images.as_array(mask).mean(axis=2))[None, None]
    if not values.numel():
        raise ValueError(f"the mask is empty: {_by(values.shape[-2:])} pixels.")
    if counted and values.max() > 0:
        values = values / values.max()
    if not ((values >= 0) & (values <= 1)).all():
        raise ValueError(
            f"a mask lies in 0 … 1, 1 where it is salient; got {values.min():g} to "
            f"{values.max():g}."
        )
    return values


def _squashed(masks: Tensor, size) -> Tensor:
    if tuple(masks.shape[-2:]) == tuple(size):
        return masks
    resized = F.interpolate(masks, tuple(size), mode="bilinear", antialias=True)
    return (resized >= 0.5).float()


def _by(size) -> str:
    return "×".join(str(int(n)) for n in size)
