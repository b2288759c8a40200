"""Open a picture file safely: which formats are read, how large they may be, what errors say.

A file's content, not its name, chooses the decoder, and some of Pillow's decoders start other
programs (Ghostscript for EPS). So every picture in this package is opened here, or with a list of
formats of its own.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import IO

from PIL import Image, ImageFile, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "MPO", "GIF", "WEBP", "TIFF", "BMP", "AVIF", "JPEG2000", "PPM")
"""The formats that are read, under Pillow's names; MPO is what some cameras write as .jpg."""

MAX_PIXELS = 64_000_000
"""Larger pictures are refused as soon as their header is read: their floats alone would take more
than 0.75 GB. The largest ordinary cameras stay below it."""

_APPLE_AND_ADOBE = (".heic", ".heif", ".hif", ".jxl", ".psd", ".svg")
_CAMERAS = (".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".raf", ".rw2")
UNREADABLE_SUFFIXES = _APPLE_AND_ADOBE + _CAMERAS
"""Pictures that others read and this package does not: a folder that holds one says so."""

_STARTS = (  # how a file begins → what it is
    (b"%!PS", "a PostScript file"),
    (b"\xc5\xd0\xd3\xc6", "a PostScript file"),
    (b"%PDF", "a PDF document"),
    (b"8BPS", "a Photoshop file"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "an XML file, perhaps an SVG drawing"),
    (b"<!DOCTYPE", "a web page"),
    (b"<html", "a web page"),
    (b"version https://git-lfs", "a Git LFS pointer, not yet the picture: run `git lfs pull`"),
)
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


class PictureError(ValueError):
    """A picture that cannot be read or used; the message says what came and the way out."""

    reason: str | None = None
    """The message without the picture's name, if that is in it."""


@lru_cache
def suffixes() -> frozenset[str]:
    """The endings of files that hold pictures, in lower case: read here, or told to be unread."""
    readable = {s for s, kind in Image.registered_extensions().items() if kind in FORMATS}
    return frozenset(readable) | frozenset(UNREADABLE_SUFFIXES)


@contextmanager
def reading(name: object, kind: str = "picture") -> Iterator[None]:
    """Turn whatever a decoder raises into a PictureError that names the picture.

    Decoders raise what they like: Pillow's damaged files alone give a dozen types.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except Exception as error:
        reason = _reason(error)
        named = PictureError(f"{name} cannot be read as a {kind}: {reason}")
        named.reason = reason
        raise named from (error.__cause__ if isinstance(error, PictureError) else error)


def _reason(error: Exception) -> str:
    if isinstance(error, PictureError):
        return error.reason or str(error)
    if isinstance(error, MemoryError):
        return "it needs more memory than there is."
    text = getattr(error, "strerror", None) or str(error).strip() or type(error).__name__
    return text.splitlines()[0]


@contextmanager
def opened(
    source: str | os.PathLike | IO[bytes],
    name: object = None,
    most: int | None = None,
    kind: str = "picture",
) -> Iterator[Image.Image]:
    """Give a picture whose header is read and whose pixels are not yet.

    Args:
        source: a path or a binary file.
        name, kind: what errors call it; its own path where None, a picture or a mask.
        most: pixels that it may have, fewer than `MAX_PIXELS`.

    Raises: FileNotFoundError; PictureError, which names the picture, also for whatever is raised
    while it is decoded inside the `with`.
    """
    with reading(source if name is None else name, kind):
        Image.init()
        try:
            image = Image.open(source, formats=[kind for kind in FORMATS if kind in Image.OPEN])
        except UnidentifiedImageError:
            raise PictureError(_what_it_is(source)) from None
        except (Image.DecompressionBombWarning, Image.DecompressionBombError):
            raise PictureError(_too_large(_limit(most))) from None
        with image:
            check_size(image, most)
            yield image


def check_format(image: ImageFile.ImageFile) -> None:
    """Refuse a picture that PIL opened with a decoder that is not in `FORMATS`, before it runs.

    One whose pixels are there already needs no decoder any more. Raises: PictureError.
    """
    held = vars(image)  # "im" before Pillow 11
    if image.format not in FORMATS and held.get("_im", held.get("im")) is None:
        raise PictureError(
            f"it is {image.format}, not a picture in a format that is read here "
            f"({', '.join(FORMATS)}). Save it as PNG or JPEG; or, if you trust the file, decode it "
            "first with image.load()."
        )


def check_size(image: Image.Image, most: int | None = None) -> None:
    """Refuse a picture with too many pixels; its header says so, and nothing is decoded yet.

    Raises: PictureError.
    """
    limit = _limit(most)
    if image.width * image.height > limit:
        raise PictureError(_too_large(limit, f" ({image.width}×{image.height})"))


def _limit(most: int | None) -> int:
    limits = (MAX_PIXELS, Image.MAX_IMAGE_PIXELS, most)
    return min(limit for limit in limits if limit is not None)


def _too_large(limit: int, size: str = "") -> str:
    text = f"it has more than {limit:,} pixels{size}. Make it smaller first"
    if limit == MAX_PIXELS:
        return f"{text}; or, if you trust the file, raise u2net_edu.decoding.MAX_PIXELS."
    return f"{text}."


def _what_it_is(source: str | os.PathLike | IO[bytes]) -> str:
    """Why a file that no decoder knows is none, as far as its first bytes tell."""
    if isinstance(source, (str, os.PathLike)):
        with Path(source).open("rb") as file:
            start = file.read(64)
    else:
        source.seek(0)
        start = source.read(64)
    text = start.lstrip()
    what = [said for begins, said in _STARTS if text[: len(begins)].lower() == begins.lower()]
    if not start:
        what = ["an empty file"]
    elif start[4:8] == b"ftyp" and start[8:12] in _HEIC_BRANDS:
        what = ["a HEIC picture, as iPhones take them"]
    elif start[4:8] == b"ftyp" and start[8:12] in (b"avif", b"avis"):
        what = [f"an AVIF picture, and Pillow {Image.__version__} here is without AVIF"]
    came = f"{what[0]}, " if what else ""
    return (
        f"it is {came}not a picture in a format that is read here ({', '.join(FORMATS)}). "
        "Save it as PNG or JPEG."
    )
