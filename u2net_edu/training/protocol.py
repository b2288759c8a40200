"""How maps become what is measured: as they are, or as the maps of published tables were made.

The authors' u2net_test.py squashes a photograph to 320×320, stretches the fused map from its own
smallest value to its own largest, cuts it to 8 bits, resizes those as PIL does, and saves a PNG.
What is measured afterwards are these files.
"""

import os
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from ..files import atomic_write
from ..images import preprocess

PROTOCOLS = ("plain", "paper")
"""`plain`: the map, resized. `paper`: stretched, 8 bits, the authors' resizing at both ends."""


def check_protocol(name: str) -> None:
    """Raise ValueError for what is none of `PROTOCOLS`."""
    if name not in PROTOCOLS:
        raise ValueError(f"no protocol {name!r}; there are {', '.join(PROTOCOLS)}.")


def paper_input(dataset, index: int, image: Tensor, preprocessing: str, size) -> Tensor:
    """A picture as the authors' test gives it to a network: (1, 3, height, width).

    From the picture's own file, if the dataset knows it (`picture(index)`); else from the item.
    """
    file = getattr(dataset, "picture", None)
    picture = image.permute(1, 2, 0).numpy() if file is None else file(index)
    return preprocess(picture, preprocessing, size)


def paper_map(saliency: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A map (h, w) in 0…1 as the authors save it: (H, W) uint8.

    A flat map, which they divide by 0, stays as it is. Source: normPRED and save_output in the
    authors' u2net_test.py.
    """
    low, high = saliency.min(), saliency.max()
    stretched = (saliency - low) / (high - low) if high > low else saliency
    eight_bits = Image.fromarray((stretched * 255).astype(np.float32)).convert("L")
    return np.asarray(eight_bits.resize(shape[::-1], Image.Resampling.BILINEAR))


def plain_map(saliency: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A map (h, w) in 0…1 at another size: (H, W) float32, averaged where it shrinks."""
    one = torch.from_numpy(saliency)[None, None]
    resized = F.interpolate(one, shape, mode="bilinear", antialias=True)
    return resized[0, 0].clamp(0, 1).numpy()


def save_map(folder: str | os.PathLike, name: str, saliency: np.ndarray) -> Path:
    """Write a map as `folder/name.png`, 8 bits, grey: what the public toolboxes read.

    They take a folder of maps for each method and data set, named as the masks are.
    """
    if saliency.dtype != np.uint8:
        saliency = np.rint(saliency * 255).astype(np.uint8)
    path = Path(folder) / f"{name}.png"
    with atomic_write(path) as temporary:
        Image.fromarray(saliency).save(temporary)
    return path
