"""Masks that several people painted on one picture: how far do they agree?"""

import os
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

from ...files import atomic_write
from ...images import as_array
from ..style import MASKS, SCALES, themed
from .sheets import Sheet, png

NAME = re.compile(r"\w[\w .-]{0,79}")  # of a file that every system can write


def check_name(name: str) -> str:
    """Return the name that a mask is saved under. Raises: ValueError for one that no file has."""
    name = name.strip() if isinstance(name, str) else name
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ValueError(
            f"a name has letters, digits, spaces, dots or hyphens, 80 at most; got {name!r}."
        )
    return name


def write_mask(path: Path, mask: np.ndarray) -> None:
    """Write a mask, bool (H, W), as PNG: white where it is marked."""
    with atomic_write(path) as temporary:
        Image.fromarray(mask.astype(np.uint8) * 255).save(temporary, "PNG", optimize=True)


def read_mask(path: Path) -> np.ndarray:
    """Read a mask, bool (H, W): marked where it is brighter than half. Raises: PictureError."""
    return as_array(path).mean(axis=2) > 0.5


def mask_iou(one: np.ndarray, other: np.ndarray) -> float:
    """The pixels that both mark, as a share of those that one of them marks; 1 if none is."""
    either = int((one | other).sum())
    return float((one & other).sum() / either) if either else 1.0


def overlay(yours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Two masks (H, W) on one picture, uint8 (H, W, 3): a colour for both, and for each alone."""
    colours = [bytes.fromhex(MASKS[kind][1:]) for kind in ("neither", "yours", "theirs", "both")]
    table = np.array([list(colour) for colour in colours], np.uint8)
    return table[yours.astype(int) + 2 * theirs.astype(int)]


@dataclass(frozen=True)
class Agreement:
    """What several people marked on one picture; a notebook shows it as a figure.

    `masks`: {name: bool (H, W)}; `table`: the IoU of each with each; `share`: of how many a pixel
    is marked, (H, W) in 0…1.
    """

    masks: dict[str, np.ndarray]
    table: pd.DataFrame
    share: np.ndarray

    def __repr__(self) -> str:
        pairs = self.table.to_numpy()[np.triu_indices(len(self.table), 1)]
        names = ", ".join(self.masks)
        if not len(pairs):
            return f"One mask, of {names}: nobody to compare it with."
        return (
            f"{len(self.masks)} masks, of {names}. IoU of two of them: {pairs.mean():.2f} on "
            f"average, {pairs.min():.2f} to {pairs.max():.2f}."
        )

    def _repr_html_(self) -> str:
        return Sheet.drawn(partial(agreement_sheet, self), repr(self))._repr_html_()


def agreement(folder: str | os.PathLike) -> Agreement:
    """Compare the masks in a folder, one a person, painted on one picture by `paint_saliency`.

    Every PNG of the folder is a mask, and its name is a person's.

    Raises: FileNotFoundError for a folder that is not there or has no masks; PictureError for a
    file that is no picture; ValueError for masks of different sizes.
    """
    folder = Path(folder)
    files = sorted(path for path in folder.glob("*.png") if path.name[0] != ".")
    if not files:
        raise FileNotFoundError(
            f"no masks in {folder}: paint_saliency(image, folder=…) saves them there, as NAME.png."
        )
    masks = {path.stem: read_mask(path) for path in files}
    first, *others = masks
    for name in others:
        if masks[name].shape != masks[first].shape:
            raise ValueError(
                f"{name}.png is {masks[name].shape}, {first}.png {masks[first].shape}: a folder "
                "holds masks of one picture. Move those of another one away."
            )
    table = [[mask_iou(one, other) for other in masks.values()] for one in masks.values()]
    frame = pd.DataFrame(table, index=list(masks), columns=list(masks))
    return Agreement(masks, frame, np.mean(list(masks.values()), axis=0))


def agreement_sheet(found: Agreement, *, theme: str = "light") -> bytes:
    """Draw of how many each pixel is marked, and the table of IoUs, as PNG."""
    names, count = list(found.masks), len(found.masks)
    with themed(theme) as colours:
        figure = Figure(figsize=(11, max(4.2, 0.5 * count + 1.4)), layout="constrained")
        left, right = figure.subplots(1, 2)
        drawn = left.imshow(found.share, cmap=SCALES["saliency"].colormap, vmin=0, vmax=1)
        left.set_axis_off()
        left.set_title("how many marked a pixel", fontsize=11)
        bar = figure.colorbar(drawn, ax=left, shrink=0.6, ticks=[0, 0.5, 1])
        bar.ax.set_yticklabels(["nobody", "half", "all"])
        cells = right.imshow(found.table, cmap=SCALES["cost"].colormap, vmin=0, vmax=1)
        right.set_xticks(range(count), names, rotation=30, ha="right")
        right.set_yticks(range(count), names)
        right.set_title("IoU of each with each", fontsize=11)
        for row, values in enumerate(found.table.to_numpy()):
            for column, value in enumerate(values):
                dark = sum(cells.cmap(value)[:3]) < 1.5
                ink = "#ffffff" if dark else "#000000"
                right.text(column, row, f"{value:.2f}", color=ink, ha="center", va="center")
        figure.suptitle(repr(found), x=0.01, ha="left", fontsize=11, color=colours.ink, wrap=True)
        return png(figure)
