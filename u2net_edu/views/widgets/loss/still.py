"""The still picture of the loss explorer: seven maps, seven losses, and their sum."""

import io

import numpy as np
from matplotlib.figure import Figure, SubFigure
from numpy.typing import NDArray
from PIL import Image

from ...figures.sheets import png
from ...style import SCALES, Theme, themed


def loss_sheet(shown, *, theme: str = "light") -> bytes:
    """Image, mask and seven maps with their losses; below them the sum as a bar; PNG.

    Args:
        shown: a `LossExplorer`.
    """
    height, width = shown.network["size"]
    terms, counted = shown.terms, shown.counted
    mask = np.frombuffer(shown.mask, np.float32).reshape(height, width)
    pictures = {"image": np.asarray(Image.open(io.BytesIO(shown.photo), formats=["PNG"]))}
    for name, values in {"mask": mask, **shown.probabilities()}.items():
        pictures[name] = SCALES["saliency"].paint(values, 0, 1)
    added = {name: weight * terms[name] for name, weight in zip(shown.names, counted)}
    with themed(theme) as colours:
        figure = Figure(figsize=(12, 12 / len(pictures) * height / width + 2.1))
        top, bottom = figure.subfigures(2, 1, squeeze=False, height_ratios=(1.2, 1))[:, 0]
        _draw_pictures(top, pictures, terms)
        _draw_sum(bottom, added, colours)
        return png(figure)


def _draw_pictures(
    figure: SubFigure, pictures: dict[str, NDArray], terms: dict[str, float]
) -> None:
    edges = {"left": 0.01, "right": 0.99, "top": 0.8, "bottom": 0.02, "wspace": 0.06}
    row = figure.subplots(1, len(pictures), gridspec_kw=edges)
    for axes, (name, pixels) in zip(row, pictures.items()):
        axes.imshow(pixels)
        axes.set_axis_off()
        said = f"{name}\n{terms[name]:.4f}" if name in terms else f"{name}\n"
        axes.set_title(said, fontsize=11, loc="center", weight="normal")


def _draw_sum(figure: SubFigure, added: dict[str, float], colours: Theme) -> None:
    """Lay what the terms add end to end, as one bar."""
    axes, start = figure.add_axes((0.05, 0.45, 0.9, 0.3)), 0.0
    for i, (name, part) in enumerate(added.items()):
        colour, alpha = (colours.fuse, 1.0) if i == 0 else (colours.side, 1.12 - 0.15 * i)
        axes.barh(0, part, left=start, color=colour, alpha=alpha, label=name)
        start += part
    axes.set(yticks=[], xlim=(0, None))
    axes.set_title(f"the loss: {start:.4f}, the weighted sum of the terms", fontsize=11)
    axes.legend(
        ncols=len(added), loc="upper left", bbox_to_anchor=(0, -0.5), frameon=False, fontsize=10
    )
