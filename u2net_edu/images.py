"""Any picture as numbers: loading, the bundled photographs, and preprocessing by name."""

import os
import warnings
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "rocket")
"""Names of the photographs at hand, which scikit-image carries: usable wherever a picture is."""

Picture: TypeAlias = str | os.PathLike | Image.Image | np.ndarray

ROUNDING = 1e-5  # floats this far outside 0…1 come from resizing, not from another scale


class PictureError(ValueError):
    """A picture that cannot be read or used; the message says what came and the way out."""


def photograph(name: str) -> np.ndarray:
    """A bundled photograph: (H, W, 3) uint8.

    Raises: PictureError for a name that is not in `PHOTOGRAPHS`.
    """
    if name not in PHOTOGRAPHS:
        raise PictureError(f"no photograph {name!r} at hand; there are {', '.join(PHOTOGRAPHS)}.")
    import skimage.data  # takes a while, and only these four need it

    return getattr(skimage.data, name)()


def as_array(picture: Picture) -> np.ndarray:
    """Any picture as red, green and blue in 0…1: (H, W, 3) float32, to show or to feed a network.

    Args:
        picture: the name of a bundled photograph; a path; a PIL image; or an array (H, W),
            (H, W, 1), (H, W, 3) or (H, W, 4) of bool, uint8, uint16 or floats in 0…1. A file with
            the name of a photograph is meant by `./coffee`.

    Grey becomes three equal channels, 16 bits are scaled, transparency is laid on white, a picture
    that the camera marked as turned (EXIF) is turned upright, an animation gives its first frame.

    Raises: FileNotFoundError; PictureError for what is not a picture, or an array of another
    shape, dtype or range; TypeError.
    """
    if isinstance(picture, str) and picture in PHOTOGRAPHS:
        picture = photograph(picture)
    if isinstance(picture, (str, os.PathLike)):
        picture = _open(Path(picture))
    if isinstance(picture, Image.Image):
        picture = _pixels(picture)
    if not isinstance(picture, np.ndarray):
        hint = ""
        if isinstance(picture, Tensor):
            hint = ": tensor.permute(1, 2, 0).numpy() turns an image (3, H, W) into one"
        raise TypeError(
            "a picture is a path, a PIL image, a NumPy array or one of "
            f"{', '.join(PHOTOGRAPHS)}; got {type(picture).__name__}{hint}."
        )
    _check_shape(picture.shape)
    values = _unit_range(picture)
    if values.ndim == 2:
        values = values[..., None]
    if values.shape[2] == 1:
        values = values.repeat(3, axis=2)
    if values.shape[2] == 4:
        colour, opacity = values[..., :3], values[..., 3:]
        values = colour * opacity + (1 - opacity)
    return np.ascontiguousarray(values)


def load_picture(picture: Picture) -> Image.Image:
    """Any picture that `as_array` takes, as a PIL image in RGB: what a notebook shows."""
    return Image.fromarray((as_array(picture) * 255).round().astype(np.uint8))


def _open(path: Path) -> Image.Image:
    if not path.exists():
        raise FileNotFoundError(
            f"no picture at {path}, and no photograph of that name; "
            f"there are {', '.join(PHOTOGRAPHS)}."
        )
    try:
        with warnings.catch_warnings():
            # Pillow warns from MAX_IMAGE_PIXELS on and refuses at twice that: one limit is clearer.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                image.load()
                return image
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise PictureError(
            f"{path} unpacks to more than {Image.MAX_IMAGE_PIXELS:,} pixels. Make it smaller; or, "
            "where you trust the file, raise PIL.Image.MAX_IMAGE_PIXELS."
        ) from None
    except UnidentifiedImageError:
        raise PictureError(
            f"{path} is not a picture in a format that Pillow {Image.__version__} reads. "
            "Save it as PNG or JPEG."
        ) from None
    except (OSError, SyntaxError, ValueError) as error:  # a folder, no permission, cut short
        raise PictureError(f"{path} cannot be read as a picture: {error}") from error


def _pixels(image: Image.Image) -> np.ndarray:
    """The pixels of a PIL image as an array that `as_array` takes, its values not yet scaled."""
    image = ImageOps.exif_transpose(image)
    if image.mode == "F":
        return np.asarray(image)
    if image.mode.startswith("I"):  # 16 bits; some formats hand them over as 32-bit integers
        values = np.asarray(image)
        if values.size and (values.min() < 0 or values.max() > 65535):
            raise PictureError(
                f"a picture of 32-bit integers, {values.min()} to {values.max()}: which of them is "
                "white? Scale them to floats in 0…1."
            )
        values = values.astype(np.uint16)
        clear = image.info.get("transparency")  # PNG: the one grey that stands for nothing
        if clear is None:
            return values
        opacity = np.where(values == clear, 0, 65535).astype(np.uint16)
        return np.dstack([values, values, values, opacity])
    try:
        return np.asarray(image.convert("RGBA" if image.has_transparency_data else "RGB"))
    except ValueError as error:
        raise PictureError(f"a picture in mode {image.mode} has no colours: {error}") from error


def _check_shape(shape: tuple[int, ...]) -> None:
    wanted = "a picture is (H, W), (H, W, 1), (H, W, 3) or (H, W, 4)"
    if 0 in shape:
        raise PictureError(f"{wanted} with at least one pixel; got an empty array {shape}.")
    if len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3, 4)):
        return
    if len(shape) == 4 and shape[0] == 1:
        hint = ": array[0] takes the picture out of its batch"
    elif len(shape) == 3 and shape[0] in (1, 3, 4):
        hint = ", channels first: array.transpose(1, 2, 0) puts them last"
    else:
        hint = ""
    raise PictureError(f"{wanted}; got {shape}{hint}.")


def _unit_range(array: np.ndarray) -> np.ndarray:
    """The values in 0…1, float32."""
    if array.dtype == bool:
        return array.astype(np.float32)
    if array.dtype.kind == "u" and array.dtype.itemsize <= 2:
        return array.astype(np.float32) / np.iinfo(array.dtype).max
    if array.dtype.kind != "f":
        raise PictureError(
            f"a picture is bool, uint8, uint16 or floats in 0…1; got {array.dtype}. "
            "array.astype(np.uint8) keeps values of 0…255."
        )
    low, high = float(array.min()), float(array.max())
    if not np.isfinite([low, high]).all():
        raise PictureError("a picture's floats lie in 0…1; some here are NaN or infinite.")
    if low < -ROUNDING or high > 1 + ROUNDING:
        raise PictureError(
            f"a picture's floats lie in 0…1; got {low:.4g} to {high:.4g}. "
            "Divide values of 0…255 by 255, or pass them as uint8."
        )
    return np.clip(array, 0, 1).astype(np.float32)


IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Preprocessing:
    """What happens to a picture's values between 0…1 and the network: (value - mean) / std."""

    divide_by_maximum: bool = False
    """First make the picture's own brightest value 1, so that a dark picture is stretched."""
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)


PREPROCESSING = {
    "upstream": Preprocessing(True, IMAGENET_MEAN, IMAGENET_STD),
    "imagenet": Preprocessing(False, IMAGENET_MEAN, IMAGENET_STD),
    "plain": Preprocessing(),
}
"""Preprocessing by name: a network must be given pictures as it was trained on. `upstream` is what
the released weights need, `imagenet` what most pretrained networks need, `plain` leaves 0…1. Add
your own here."""


def preprocess(
    picture: Picture, name: str = "upstream", size: int | tuple[int, int] | None = 320
) -> Tensor:
    """A picture as a network takes it: (1, 3, height, width) float32, on the CPU.

    Args:
        picture: anything that `as_array` takes.
        name: one of `PREPROCESSING`.
        size: height and width, or one number for both: the picture is squashed, its proportions
            are not kept, because that is how the released networks were trained. None keeps the
            picture's own size.

    Source: RescaleT and ToTensorLab in the authors' data_loader.py, which divides by the maximum
    after resizing. A black picture, which they divide by 0, stays black here.
    Raises: as `as_array`; KeyError for an unknown name; ValueError for a size below 1.
    """
    if name not in PREPROCESSING:
        raise KeyError(f"no preprocessing {name!r}; there are {', '.join(PREPROCESSING)}.")
    how = PREPROCESSING[name]
    values = as_array(picture)
    if size is not None:
        values = _squash(values, size)
    brightest = values.max()
    if how.divide_by_maximum and brightest > 0:
        values = values / brightest
    values = (values - np.float32(how.mean)) / np.float32(how.std)
    return torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1)))[None]


def preprocessing_of(model: object, choice: str = "auto") -> str:
    """The name of the preprocessing for a model: `auto` is what its weights were trained with.

    `upstream` for a model that does not say, in an attribute `preprocessing`.
    """
    return (getattr(model, "preprocessing", None) or "upstream") if choice == "auto" else choice


def _squash(values: np.ndarray, size: int | tuple[int, int]) -> np.ndarray:
    shape = size if isinstance(size, (tuple, list)) else (size, size)
    whole = all(isinstance(n, Integral) and not isinstance(n, bool) and n >= 1 for n in shape)
    if len(shape) != 2 or not whole:
        raise ValueError(f"size is a number of pixels, (height, width) or None; got {size!r}.")
    import skimage.transform

    # mode="constant" darkens the outermost pixels a little where it shrinks: so did the training.
    return skimage.transform.resize(values, tuple(shape), mode="constant")
