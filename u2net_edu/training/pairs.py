"""What a dataset gives, as image and mask: every form that is taken, and one check for all.

Datasets come as tuples and as dicts, in tensors, in NumPy arrays and in PIL images. Training,
evaluation and the widgets read every item through `as_pair`, so that what one of them takes all
take, and what one refuses all refuse.
"""

from collections.abc import Mapping, Sequence, Sized
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader

from ..images import ROUNDING, as_array, mask_of, unit_range

IMAGE_KEYS = ("image", "img", "pixel_values")
MASK_KEYS = ("mask", "label", "labels", "gt", "annotation", "segmentation_mask")


class DataError(ValueError):
    """Pictures or masks that cannot be used; the message names every one concerned."""


def as_pair(item, name: str = "the item", *, finite: bool = True) -> tuple[Tensor, Tensor]:
    """An item of a dataset as image (C, H, W) and mask (1, H, W), float32 in 0…1, on the CPU.

    Args:
        item: (image, mask), or a dict with one of `IMAGE_KEYS` and one of `MASK_KEYS`; tensors,
            NumPy arrays or PIL images. An image is (C, H, W) or (H, W, C): floats in 0…1, or
            bool, uint8 and uint16, whose dtype says what white is. A mask is (H, W), (1, H, W) or
            (H, W, 1): bool, or numbers in 0…1; a PIL image is white at its brightest.
        name: what the messages call it.
        finite: whether NaN and infinity are refused; training reports them itself, with the step.

    Raises: DataError for anything else, for values out of range, and for sizes that differ.
    """
    image, mask = _image(*_parts(item, name), name, finite)
    if image.shape[-2:] != mask.shape[-2:]:
        raise DataError(
            f"{name}: the image is {_by(image)}, its mask {_by(mask)} (height×width). "
            "Bring both to one size."
        )
    return image, mask


def check_dataset(dataset, name: str, way_out: str) -> None:
    """Refuse what is no dataset with a length and an index, or an empty one. Raises: DataError."""
    indexed = hasattr(dataset, "__getitem__")
    if (
        not indexed
        or isinstance(dataset, (DataLoader, dict, str))
        or not isinstance(dataset, Sized)
    ):
        raise DataError(
            f"{name} is a dataset with a length and an index, or a list of pairs; got "
            f"{type(dataset).__name__}. Give the dataset itself, not its DataLoader."
        )
    if len(dataset) == 0:
        raise DataError(f"{name} is empty: {way_out}.")


def name_of(dataset, index: int, role: str = "the dataset") -> str:
    """What messages call an item: `picture 3 of the training data (cat)`."""
    names = getattr(dataset, "names", None)
    text = f"picture {index} of {role}"
    if isinstance(names, Sequence) and not isinstance(names, str) and index < len(names):
        return f"{text} ({names[index]})"
    return text


def pair_at(
    dataset, index: int, role: str = "the dataset", *, finite: bool = True
) -> tuple[Tensor, Tensor]:
    """Item `index` of a dataset through `as_pair`, which calls it by its name."""
    return as_pair(dataset[index], name_of(dataset, index, role), finite=finite)


def stacked(pairs: Sequence[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    """Images (B, C, H, W) and masks (B, 1, H, W) of a batch.

    Raises: DataError if they differ in shape.
    """
    images, masks = zip(*pairs)
    shapes = sorted({tuple(image.shape) for image in images})
    if len(shapes) > 1:
        raise DataError(
            f"the pictures of a batch have one shape; here are {', '.join(map(str, shapes))}. "
            "Bring all to one size (FolderScenes does), or take batch_size=1."
        )
    return torch.stack(images), torch.stack(masks)


def as_mask(values, name: str = "the mask", *, finite: bool = True) -> Tensor:
    """A mask of numbers as (1, H, W) float32 in 0…1, on the CPU; see `as_pair`.

    Raises: DataError.
    """
    if isinstance(values, Image.Image):
        try:
            values = mask_of(values)
        except ValueError as error:
            raise DataError(f"{name}: {error}") from error
    mask = _tensor(values)
    if mask is None or mask.dim() not in (2, 3) or mask.numel() == 0:
        raise DataError(
            f"{name}: a mask is a tensor or an array (H, W) or (1, H, W); got {_what(values)}."
        )
    if mask.dim() == 3 and mask.shape[0] != 1 and mask.shape[2] == 1:
        mask = mask.movedim(2, 0)
    if mask.dim() == 2:
        mask = mask[None]
    if mask.shape[0] != 1:
        raise DataError(
            f"{name}: a mask has one channel, (1, H, W); got {tuple(mask.shape)}. "
            "Take one of its channels."
        )
    mask = mask.float()
    check_range(mask, name, finite=finite)
    return mask


def check_range(values: Tensor | np.ndarray, name: str, *, finite: bool = True) -> None:
    """Refuse values that leave 0…1; and, with `finite`, NaN and infinity.

    Raises: DataError, which is a ValueError.
    """
    low, high = float(values.min()), float(values.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        if finite:
            raise DataError(f"{name}: values lie in 0…1; some here are NaN or infinite.")
        return
    if low < -ROUNDING or high > 1 + ROUNDING:
        raise DataError(
            f"{name}: values lie in 0…1; got {low:.4g} to {high:.4g}. "
            "Divide values of 0…255 by 255."
        )


def _parts(item, name: str) -> tuple[Any, Any]:
    """Image and mask, whatever holds them."""
    if isinstance(item, Mapping):
        found = [[key for key in keys if key in item] for keys in (IMAGE_KEYS, MASK_KEYS)]
        if all(found):
            return item[found[0][0]], item[found[1][0]]
        raise DataError(
            f"{name}: a dict has an image under one of {', '.join(IMAGE_KEYS)}, and a mask under "
            f"one of {', '.join(MASK_KEYS)}; got {', '.join(map(str, item)) or 'an empty one'}."
        )
    if isinstance(item, (Tensor, np.ndarray)) or not isinstance(item, Sequence) or len(item) != 2:
        count = f" of {len(item)}" if isinstance(item, Sequence) else ""
        raise DataError(
            f"{name}: a dataset gives (image, mask) or a dict with both; got "
            f"{type(item).__name__}{count}."
        )
    image, mask = item
    return image, mask


def _image(image, mask, name: str, finite: bool) -> tuple[Tensor, Tensor]:
    mask = as_mask(mask, f"{name}, its mask", finite=finite)
    try:
        tensor = _tensor(as_array(image) if isinstance(image, Image.Image) else image)
    except ValueError as error:
        raise DataError(f"{name}: {error}") from error
    if tensor is None or tensor.dim() != 3 or tensor.numel() == 0:
        raise DataError(
            f"{name}: an image is a tensor or an array (C, H, W) or (H, W, C); got {_what(image)}."
        )
    # Channels first, unless only the last dimension can be the channels.
    if tensor.shape[1:] != mask.shape[1:] and tensor.shape[:2] == mask.shape[1:]:
        tensor = tensor.movedim(2, 0)
    values = tensor.contiguous().numpy()
    if not finite and values.dtype.kind == "f" and not np.isfinite(values).all():
        return tensor.float(), mask
    try:
        return torch.from_numpy(unit_range(values)), mask
    except ValueError as error:
        raise DataError(f"{name}: {error}") from error


def _tensor(values) -> Tensor | None:
    """Numbers as a plain tensor on the CPU, without a copy if none is needed."""
    if isinstance(values, np.ndarray):
        values = np.ascontiguousarray(values)
        try:
            return torch.from_numpy(values if values.flags.writeable else values.copy())
        except (TypeError, ValueError):  # strings, objects, another byte order
            return None
    if isinstance(values, Tensor):
        values = values.detach().cpu()
        return values.float() if values.dtype == torch.bfloat16 else values
    return None


def _what(values) -> str:
    shape = getattr(values, "shape", None)
    return type(values).__name__ if shape is None else f"{type(values).__name__} {tuple(shape)}"


def _by(values: Tensor) -> str:
    return "×".join(str(n) for n in values.shape[-2:])
