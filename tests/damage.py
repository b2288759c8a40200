"""Pictures in every format, damaged at random: what a test and a longer search share."""

import io
from collections.abc import Iterator

import numpy as np
from PIL import Image, features


def whole_pictures() -> dict[str, bytes]:
    """One picture a format and kind of pixel, by the name of a file."""
    rng = np.random.default_rng(0)
    smooth = np.add.outer(np.arange(40), np.arange(50))[..., None] * np.array([1, 2, 3])
    colour = Image.fromarray(((smooth + rng.integers(0, 60, (40, 50, 3))) % 256).astype(np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    made = {
        "colour.png": (colour, {"exif": exif}),
        "palette.png": (colour.quantize(16), {"transparency": 3}),
        "deep.png": (Image.fromarray(rng.integers(0, 65536, (40, 50), dtype=np.uint16)), {}),
        "clear.png": (colour.convert("RGBA"), {}),
        "colour.jpg": (colour, {"exif": exif}),
        "progressive.jpg": (colour, {"progressive": True}),
        "cmyk.jpg": (colour.convert("CMYK"), {}),
        "colour.gif": (colour, {}),
        "moving.gif": (colour, {"save_all": True, "append_images": [colour.rotate(90)]}),
        "raw.tif": (colour, {}),
        "packed.tif": (colour, {"compression": "tiff_lzw"}),
        "deflated.tif": (colour, {"compression": "tiff_adobe_deflate"}),
        "floats.tif": (Image.fromarray(rng.random((40, 50), np.float32)), {}),
        "integers.tif": (Image.fromarray(rng.integers(0, 9, (40, 50)).astype(np.int32)), {}),
        "lossy.webp": (colour, {}),
        "clear.webp": (colour.convert("RGBA"), {"lossless": True}),
        "colour.bmp": (colour, {}),
        "palette.bmp": (colour.quantize(16), {}),
        "colour.ppm": (colour, {}),
    }
    if features.check("avif"):
        made["colour.avif"] = (colour, {})
    if features.check("jpg_2000"):
        made["colour.jp2"] = (colour, {})
    files = {}
    for name, (image, options) in made.items():
        data = io.BytesIO()
        image.save(data, Image.registered_extensions()[name[name.index(".") :]], **options)
        files[name] = data.getvalue()
    return files


def damaged(content: bytes, rng: np.random.Generator) -> bytes:
    """The file cut short, with bits flipped, bytes overwritten, or a piece taken out."""
    data = bytearray(content)
    kind = rng.integers(4)
    if kind == 0:
        return bytes(data[: rng.integers(len(data))])
    # Headers are where a flipped bit changes the most: half of the damage is done there.
    end = min(len(data), 100) if rng.random() < 0.5 else len(data)
    if kind == 1:
        for at in rng.integers(end, size=rng.integers(1, 9)):
            data[at] ^= 1 << int(rng.integers(8))
    elif kind == 2:
        at = int(rng.integers(end))
        data[at : at + 4] = rng.bytes(4)
    else:
        at = int(rng.integers(end))
        del data[at : at + int(rng.integers(1, 40))]
    return bytes(data)


def damaged_pictures(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """So many of them, the same for a seed: (name, content)."""
    rng = np.random.default_rng(seed)
    whole = whole_pictures()
    names = sorted(whole)
    for number in range(count):
        name = names[number % len(names)]
        yield name, damaged(whole[name], rng)
