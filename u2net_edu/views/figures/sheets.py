"""Sheets of pictures that widgets and notebooks show as they are asked for."""

import io

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image
from torch import Tensor

from ...images import as_array
from ..style import SCALES, themed

TILE = 96  # pixels of a feature map in a sheet of many


def stage_sheet(
    photo: np.ndarray, maps: dict[str, Tensor], *, columns: int = 6, theme: str = "light"
) -> bytes:
    """One row a stage with its strongest feature maps, the photograph at their left, as PNG.

    Args:
        photo: (H, W, 3) uint8.
        maps: {path: (C, h, w)}.
    """
    # One picture with all maps in it: axes of their own for each would take seconds to draw.
    step, left = TILE + 8, 2 * TILE + 130
    with themed(theme) as colours:
        paper = (np.array(to_rgb(colours.background)) * 255).round().astype(np.uint8)
        sheet = np.tile(paper, (step * max(len(maps), 2) + 8, left + step * columns, 1))
        sheet[8 : 8 + 2 * TILE, 8 : 8 + 2 * TILE] = _resized(photo, 2 * TILE)
        figure = Figure(figsize=(sheet.shape[1] / 100, sheet.shape[0] / 100))
        axes = figure.add_axes((0, 0, 1, 1))
        for row, (path, output) in enumerate(maps.items()):
            top, values = 8 + row * step, output.numpy()
            scale = SCALES["signed" if values.min() < 0 else "activation"]
            order = np.argsort(-np.square(values).mean((1, 2)), kind="stable")[:columns]
            limits = scale.limits(values[order])
            for column, channel in enumerate(order):
                x = left + column * step
                tile = scale.paint(values[channel], *limits)
                sheet[top : top + TILE, x : x + TILE] = _resized(tile, TILE)
            right, middle = left - 12, top + TILE / 2
            axes.text(right, middle, path, ha="right", va="bottom", weight="bold", fontsize=14)
            size = "×".join(str(n) for n in values.shape)
            axes.text(right, middle + 4, size, ha="right", va="top", color=colours.muted)
        axes.imshow(sheet, aspect="auto")
        axes.set_axis_off()
        return png(figure)


def _resized(pixels: np.ndarray, side: int) -> np.ndarray:
    """Pixels in a square of this side: shrunk by averaging, enlarged with their edges kept."""
    how = Image.Resampling.BOX if max(pixels.shape[:2]) > side else Image.Resampling.NEAREST
    return np.asarray(Image.fromarray(pixels).resize((side, side), how))


def saliency_sheet(
    picture: np.ndarray, saliency: np.ndarray, *, title: str = "", theme: str = "light"
) -> bytes:
    """A picture, its saliency map, and the picture dimmed by it, side by side, as PNG.

    Args:
        picture: (H, W, 3) floats in 0…1.
        saliency: (H, W) in 0…1.
    """
    with themed(theme) as colours:
        height, width = saliency.shape
        figure = Figure(figsize=(11, 11 / 3 * height / width + 0.75), layout="constrained")
        panels = figure.subplots(1, 3)
        scale = SCALES["saliency"]
        cut = picture * saliency[..., None] + (1 - saliency[..., None])
        for axes, pixels, name in zip(
            panels,
            (picture, scale.paint(saliency, 0, 1), cut),
            ("the picture", "saliency: black 0, white 1", "what would be cut out"),
        ):
            axes.imshow(pixels)
            axes.set_axis_off()
            axes.set_title(name, fontsize=11, weight="normal", color=colours.muted)
        figure.suptitle(title, x=0.01, ha="left", weight="bold")
        return png(figure)


def show_saliency(picture, saliency: np.ndarray, *, title: str = ""):
    """Show a picture, its saliency and the cut-out in a notebook.

    Args:
        picture: anything that `as_array` takes.
        saliency: (H, W) in 0…1, as `predict` gives it for this picture.
    """
    import IPython.display

    pixels = as_array(picture)
    if saliency.shape != pixels.shape[:2]:
        raise ValueError(
            f"the saliency map is {saliency.shape}, the picture {pixels.shape[:2]}: "
            "take the map that predict gave for this picture."
        )
    marked = f"{100 * float((saliency > 0.5).mean()):.0f} %"
    return IPython.display.Image(
        saliency_sheet(pixels, saliency, title=title),
        alt=f"Picture, saliency map, cut-out; {marked} of its pixels exceed one half.",
        embed=True,
    )


def maps_sheet(
    maps: dict[str, np.ndarray], *, scale: str | None = None, theme: str = "light"
) -> bytes:
    """Maps side by side, each with its title and its own colour bar, as PNG.

    Args:
        maps: {title: (H, W)}.
        scale: by its name in `SCALES`; without one, `signed` for a map with values below zero and
            `activation` for the others.
    """
    with themed(theme) as colours:
        tallest = max(values.shape[0] / values.shape[1] for values in maps.values())
        figure = Figure(figsize=(4.2 * len(maps), 3.4 * tallest + 0.5), layout="constrained")
        for axes, (title, values) in zip(
            figure.subplots(1, len(maps), squeeze=False)[0], maps.items()
        ):
            used = SCALES[scale or ("signed" if values.min() < 0 else "activation")]
            low, high = used.limits(values)
            # A map is often smaller than its picture on the page: squares, not a blur.
            image = axes.imshow(
                values, cmap=used.colormap, vmin=low, vmax=high, interpolation="nearest"
            )
            axes.set_axis_off()
            axes.set_title(title, fontsize=11, weight="normal", color=colours.muted)
            figure.colorbar(image, ax=axes, shrink=0.8)
        return png(figure)


def show_maps(maps: dict, *, scale: str | None = None):
    """Show maps side by side in a notebook: what layers answer, what a pixel sees.

    Args:
        maps: {title: (H, W) array or tensor} of numbers or booleans.
        scale: as `maps_sheet` takes it.

    Raises: ValueError for a map that has not two axes.
    """
    import IPython.display

    arrays = {title: np.asarray(values, dtype=float) for title, values in maps.items()}
    for title, values in arrays.items():
        if values.ndim != 2:
            raise ValueError(f"a map has two axes, height and width; {title!r} has {values.shape}.")
    said = "; ".join(f"{title}, {_in_words(values)}" for title, values in arrays.items())
    return IPython.display.Image(maps_sheet(arrays, scale=scale), alt=said, embed=True)


def _in_words(values: np.ndarray) -> str:
    height, width = values.shape
    return f"{height}×{width}, from {values.min():.3g} to {values.max():.3g}"


def png(figure: Figure) -> bytes:
    """A figure as PNG bytes. Notebooks show these; a bare figure may print as text there."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()
