"""Any picture as numbers: the bundled photographs, files, masks, and preprocessing by name."""

import io
import os
from dataclasses import dataclass
from numbers import Integral
from typing import Literal, TypeAlias

import numpy as np
import torch
from PIL import Image, ImageCms, ImageFile, ImageOps
from torch import Tensor, nn

from .architecture.about import about
from .decoding import PictureError, check_format, check_size, opened, reading

PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "rocket")
"""Names of the photographs at hand, which scikit-image carries: usable wherever a picture is."""

Picture: TypeAlias = str | os.PathLike | Image.Image | np.ndarray
Size: TypeAlias = int | tuple[int, int] | Literal["auto"] | None

ROUNDING = 1e-5  # floats this far outside 0…1 come from resizing, not from another scale


def photograph(name: str) -> np.ndarray:
    """Load a bundled photograph: (H, W, 3) uint8.

    Raises: PictureError for a name that is not in `PHOTOGRAPHS`.
    """
    if name not in PHOTOGRAPHS:
        raise PictureError(f"no photograph {name!r} at hand; there are {', '.join(PHOTOGRAPHS)}.")
    import skimage.data  # takes a while, and only these four need it

    return getattr(skimage.data, name)()


def as_array(picture: Picture) -> np.ndarray:
    """Read any picture as red, green and blue in 0…1: (H, W, 3) float32, to show or to feed.

    Args:
        picture: the name of a bundled photograph; a path; a PIL image; or an array (H, W),
            (H, W, 1), (H, W, 3) or (H, W, 4) of bool, uint8, uint16 or floats in 0…1. A file with
            the name of a photograph is meant by `./coffee`.

    Grey becomes three equal channels, 16 bits are scaled, colours in another profile (ICC) become
    sRGB, transparency is laid on white, a picture that the camera marked as turned (EXIF) is turned
    upright, an animation gives its first frame.

    Raises: FileNotFoundError; PictureError for what is not a picture, a file that is damaged or
    larger than `decoding.MAX_PIXELS`, or an array of another shape, dtype or range; TypeError.
    """
    colour, opacity = colour_and_opacity(picture)
    return colour if opacity is None else on_white(colour, opacity)


def on_white(colour: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    """A picture (H, W, 3) whose opacity is (H, W), both in 0…1, laid on white: (H, W, 3)."""
    return colour * opacity[..., None] + (1 - opacity[..., None])


def colour_and_opacity(picture: Picture) -> tuple[np.ndarray, np.ndarray | None]:
    """What `as_array` takes, its colours (H, W, 3) and its opacity (H, W) apart; float32 in 0…1.

    The opacity is None where the picture says nothing about it. Raises: as `as_array`.
    """
    if isinstance(picture, str) and picture in PHOTOGRAPHS:
        picture = photograph(picture)
    if isinstance(picture, (str, os.PathLike)):
        return _from_file(picture)
    if isinstance(picture, Image.Image):
        with reading(getattr(picture, "filename", "") or "the PIL image"):
            if isinstance(picture, ImageFile.ImageFile):  # perhaps not decoded yet
                check_format(picture)
                check_size(picture)
            return _split(_pixels(picture))
    if isinstance(picture, np.ndarray):
        return _split(_plain(picture))
    hint = ""
    if isinstance(picture, Tensor):
        hint = ": tensor.permute(1, 2, 0).numpy() turns an image (3, H, W) into one"
    raise TypeError(
        "a picture is a path, a PIL image, a NumPy array or one of "
        f"{', '.join(PHOTOGRAPHS)}; got {type(picture).__name__}{hint}."
    )


def load_picture(picture: Picture) -> Image.Image:
    """Load any picture that `as_array` takes as a PIL image in RGB, which a notebook shows."""
    return Image.fromarray((as_array(picture) * 255).round().astype(np.uint8))


def _from_file(path: str | os.PathLike) -> tuple[np.ndarray, np.ndarray | None]:
    try:
        with opened(path) as image:
            return _split(_pixels(image))
    except FileNotFoundError:
        raise FileNotFoundError(
            f"no picture at {path}, and no photograph of that name; "
            f"there are {', '.join(PHOTOGRAPHS)}."
        ) from None


def _pixels(image: Image.Image) -> np.ndarray:
    """The pixels of a PIL image as an array that `as_array` takes, its values not yet scaled."""
    image = ImageOps.exif_transpose(image)
    if image.mode == "F":
        return np.asarray(image)
    if image.mode.startswith("I"):
        return _deep_grey(image)
    image = _in_srgb(image)
    return np.asarray(image.convert("RGBA" if image.has_transparency_data else "RGB"))


def _deep_grey(image: Image.Image) -> np.ndarray:
    """A grey picture of 16 bits, or of integers that some formats hand over as 32 bits."""
    values = np.asarray(image)
    low, high = (values.min(), values.max()) if values.size else (0, 0)
    if low < 0 or high > 65535:
        raise PictureError(
            f"a picture of 32-bit integers, {low} to {high}: which of them is white? "
            "Scale them to floats in 0…1."
        )
    # 32-bit integers do not say how many bits count: what fits into 8 is taken as 8 bits, unless
    # it comes from a format that has 16 and that some versions of Pillow hand over in this mode.
    if image.mode == "I" and high <= 255 and image.format not in ("PNG", "PPM"):
        return values.astype(np.uint8)
    values = values.astype(np.uint16)
    clear = image.info.get("transparency")  # PNG: the one grey that stands for nothing
    if not isinstance(clear, int):
        return values
    opacity = np.where(values == clear, 0, 65535).astype(np.uint16)
    return np.dstack([values, values, values, opacity])


def _in_srgb(image: Image.Image) -> Image.Image:
    """The picture with its colours in sRGB, as every other picture's are, by its ICC profile.

    A profile that is damaged, or made for another kind of pixel, changes nothing.
    """
    profile = image.info.get("icc_profile")
    if not profile:
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        to_srgb = ImageCms.createProfile("sRGB")
        space = source.profile.xcolor_space.strip()
        mode = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}[space]
        if (mode == "CMYK") != (image.mode == "CMYK"):
            return image
        transform = ImageCms.buildTransform(source, to_srgb, mode, "RGB")
        if mode == "RGB" and _changes_nothing(transform):
            return image
        opacity = image.convert("RGBA").getchannel("A") if image.has_transparency_data else None
        turned = ImageCms.applyTransform(image.convert(mode), transform)
        image = image if turned is None else turned  # None only where it works in place
    except (ImportError, KeyError, OSError, ValueError, ImageCms.PyCMSError):
        return image
    if opacity is not None:
        image.putalpha(opacity)
    return image


def _changes_nothing(transform) -> bool:
    """Whether a transform of colours keeps a grid of them, up to rounding: it is sRGB already."""
    levels = np.arange(0, 256, 51, dtype=np.uint8)
    grid = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(1, -1, 3)
    after = np.asarray(ImageCms.applyTransform(Image.fromarray(grid), transform))
    return int(np.abs(after.astype(int) - grid).max()) <= 2


def _plain(array: np.ndarray) -> np.ndarray:
    """An array without what subclasses add to it: a masked array's mask, a matrix's two axes."""
    if isinstance(array, np.ma.MaskedArray):
        hidden = int(np.ma.getmaskarray(array).sum())
        if hidden:
            raise PictureError(
                f"a picture has a value everywhere; {hidden:,} of this masked array are masked. "
                "array.filled(0) makes them black."
            )
        array = np.ma.getdata(array)
    return np.asarray(array)


def _split(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Colours (H, W, 3) and opacity (H, W) or None, float32 in 0…1, of any array of a picture."""
    _check_shape(pixels.shape)
    values = unit_range(pixels)
    if values.ndim == 2:
        values = values[..., None]
    if values.shape[2] == 1:
        values = values.repeat(3, axis=2)
    opacity = np.ascontiguousarray(values[..., 3]) if values.shape[2] == 4 else None
    return np.ascontiguousarray(values[..., :3]), opacity


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


def unit_range(array: np.ndarray) -> np.ndarray:
    """The values in 0…1, float32."""
    if array.dtype == bool:
        return array.astype(np.float32)
    if array.dtype.kind == "u" and array.dtype.itemsize <= 2:
        values = array.astype(np.float32)
        values /= np.iinfo(array.dtype).max
        return values
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
    return np.clip(array, 0, 1).astype(np.float32, copy=False)


def picture_size(path: str | os.PathLike) -> tuple[int, int]:
    """The height and width, upright, of a file that `as_array` takes, after reading it to its end.

    Raises: as `as_array`, before anything slow begins that needs the picture.
    """
    with opened(path) as image:
        turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
        if image.format in ("JPEG", "MPO"):  # these need not be unpacked at full size
            size = image.size
            image.draft("L", (1, 1))
            image.load()
        else:
            _split(_pixels(image))
            size = image.size
        return (size[0], size[1]) if turned else (size[1], size[0])


def read_mask(path: str | os.PathLike) -> np.ndarray:
    """A file that holds a mask, as (H, W) float32 in 0…1, its brightest value 1.

    The mask is what is bright, or what is opaque: a file whose transparency varies, such as a
    cut-out, holds the mask there if its colours tell no other one (they are all the same, or
    a photograph's, or the same shape). Colour profiles are left alone: values are no colours here.

    Raises: FileNotFoundError; PictureError for what is not a picture, values that are negative or
    not finite, or a file in which brightness and transparency are two different masks.
    """
    with opened(path, kind="mask") as image:
        return mask_of(image)


def mask_of(image: Image.Image) -> np.ndarray:
    """A PIL image that holds a mask, as `read_mask` gives that of a file.

    Raises: PictureError, as `read_mask`.
    """
    if isinstance(image, ImageFile.ImageFile):
        check_format(image)
    image = ImageOps.exif_transpose(image)
    if image.has_transparency_data and not image.mode.startswith("I"):
        pixels = np.asarray(image.convert("RGBA")).astype(np.float32)
        values = _mask_of_two(pixels[..., :3], pixels[..., 3])
    else:
        if image.mode in ("P", "CMYK", "YCbCr", "HSV", "LAB"):
            image = image.convert("RGB")
        values = np.asarray(image).astype(np.float32)
        if values.ndim == 3:
            values = values.mean(axis=2)
    if not np.isfinite(values).all() or values.min() < 0:
        raise PictureError(
            "a mask's values are 0 or more; some here are negative, NaN or infinite."
        )
    return values / max(float(values.max()), 1e-6)


def _mask_of_two(colour: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    """Which of the two is the mask: colours (H, W, 3) or opacity (H, W), both in 0…255."""
    grey = colour.mean(axis=2)
    if opacity.min() == opacity.max():
        return grey
    visible = colour[opacity > 0]
    # Colours that are a mask lie on one line, say from black to white; a photograph's do not.
    spread = np.sqrt(np.clip(np.linalg.eigvalsh(np.cov(visible.T, ddof=0)), 0, None))
    one_colour, on_a_line = spread[2] < 1, spread[1] < 4
    if one_colour or not on_a_line:
        return opacity
    by_colour = (grey >= grey[opacity > 0].max() / 2) & (opacity > 0)
    by_opacity = opacity >= opacity.max() / 2
    if by_opacity.all():  # it varies, but has no shape
        return grey
    if (by_colour == (opacity > 0)).all() or (by_colour == by_opacity).all():
        return opacity
    raise PictureError(
        "both its brightness and its transparency vary, and they are two different masks. "
        "Save the one that is meant as a grey picture without transparency."
    )


IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Preprocessing:
    """What happens to a picture's values between 0…1 and the network: (value - mean) / std."""

    divide_by_maximum: bool = False
    """First make the picture's own brightest value 1, so that a dark picture is stretched."""
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    smooth: bool = True
    """Smooth a picture before it shrinks. Without it each pixel is read at one place, between four
    neighbours, as the scikit-image that the authors pinned (0.14.0) does: from about 450 pixels on
    that gives other masks."""


PREPROCESSING = {
    "upstream": Preprocessing(True, IMAGENET_MEAN, IMAGENET_STD, smooth=False),
    "imagenet": Preprocessing(False, IMAGENET_MEAN, IMAGENET_STD),
    "plain": Preprocessing(),
}
"""Preprocessing by name: a network must be given pictures as it was trained on. `upstream` is what
the released weights need, `imagenet` what most pretrained networks need, `plain` leaves 0…1. Add
your own here."""


def preprocess(
    picture: Picture,
    name: str = "upstream",
    size: int | tuple[int, int] | None = 320,
    channels: int = 3,
) -> Tensor:
    """Prepare a picture as a network takes it: (1, channels, height, width) float32, on the CPU.

    Args:
        picture: anything that `as_array` takes.
        name: one of `PREPROCESSING`.
        size: height and width, or one number for both: the picture is squashed, its proportions
            are not kept, because that is how the released networks were trained. None keeps the
            picture's own size.
        channels: 3, the colours, laid on white; 1, their luminance; 4, the colours as they are and
            their opacity, which is 1 where the picture says nothing of it.

    Source: RescaleT and ToTensorLab in the authors' data_loader.py, which divides by the maximum
    after resizing. A black picture, which they divide by 0, stays black here.
    Raises: as `as_array`; KeyError for an unknown name; ValueError for a size below 1, for another
    number of channels, and for a preprocessing that subtracts means of colours from 4.
    """
    if name not in PREPROCESSING:
        raise KeyError(f"no preprocessing {name!r}; there are {', '.join(PREPROCESSING)}.")
    how = PREPROCESSING[name]
    values = _of_channels(picture, channels)
    mean, std = (per_channel(name, numbers, channels) for numbers in (how.mean, how.std))
    if size is not None:
        values = _squash(values, size, how.smooth)
    brightest = values.max()
    if how.divide_by_maximum and brightest > 0:
        values = values / brightest
    values = (values - mean) / std
    return torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1)))[None]


LUMINANCE = (0.299, 0.587, 0.114)
"""What red, green and blue give to a grey picture (ITU-R BT.601, as PIL's mode L)."""


def _of_channels(picture: Picture, channels: int) -> np.ndarray:
    """A picture in 0…1 as (H, W, channels)."""
    if channels == 3:
        return as_array(picture)
    if channels == 1:
        grey = as_array(picture) @ np.array(LUMINANCE, np.float32)
        return np.clip(grey, 0, 1)[..., None]
    if channels == 4:
        colour, opacity = colour_and_opacity(picture)
        opaque = np.ones(colour.shape[:2], np.float32) if opacity is None else opacity
        return np.concatenate([colour, opaque[..., None]], axis=2)
    raise ValueError(
        f"a picture is given to a network as 1, 3 or 4 channels; this one takes {channels}. "
        f"Make the images yourself, a tensor (1, {channels}, height, width), and call the model."
    )


def per_channel(name: str, numbers: tuple[float, ...], channels: int) -> np.ndarray:
    """The numbers of a preprocessing for red, green and blue, for images of so many channels."""
    if len(set(numbers)) == 1 or channels == 1:
        numbers = (float(np.mean(numbers)),) * channels
    if len(numbers) != channels:
        raise ValueError(
            f"the preprocessing {name!r} subtracts the means of red, green and blue, and the "
            f"network takes {channels} channels: preprocessing='plain' gives it 0…1."
        )
    return np.array(numbers, np.float32)


def preprocessing_of(model: nn.Module, choice: str = "auto") -> str:
    """The name of the preprocessing for a model: `auto` is what its weights were trained with.

    For a model of which that is not known it is `upstream`, and `plain` if it takes more than
    colours.
    """
    if choice != "auto":
        return choice
    known = about(model)
    return known.preprocessing or ("upstream" if known.channels in (1, 3) else "plain")


def size_of(model: nn.Module, choice: Size = "auto") -> int | tuple[int, int] | None:
    """The size at which a model is shown a picture: `auto` is the one that it was trained at.

    320, the paper's, for a model of which that is not known. Everything that runs a
    network on a picture asks here, so that one network gives one answer wherever it is looked at.
    """
    return (about(model).size or 320) if choice == "auto" else choice


def _squash(values: np.ndarray, size: int | tuple[int, int], smooth: bool) -> np.ndarray:
    shape = size if isinstance(size, (tuple, list)) else (size, size)
    whole = all(isinstance(n, Integral) and not isinstance(n, bool) and n >= 1 for n in shape)
    if len(shape) != 2 or not whole:
        raise ValueError(f"size is a number of pixels, (height, width) or None; got {size!r}.")
    import skimage.transform

    # What lies beyond the border is black, as in the training.
    return skimage.transform.resize(values, tuple(shape), mode="constant", anti_aliasing=smooth)
