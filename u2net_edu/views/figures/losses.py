"""The seven losses as a still picture."""

import io

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from ..style import SCALES, themed
from .sheets import png


def loss_sheet(shown, *, theme: str = "light") -> bytes:
    """Image, mask and seven maps with their losses; below them the sum as a bar; PNG.

    Args:
        shown: a `LossExplorer`.
    """
    height, width = shown.network["size"]
    photo = np.asarray(Image.open(io.BytesIO(shown.photo), formats=["PNG"]))
    mask = np.frombuffer(shown.mask, np.float32).reshape(height, width)
    terms, maps, counted = shown.terms, shown.probabilities(), shown.counted
    paint = SCALES["saliency"].paint
    pictures = {"image": photo, "mask": paint(mask, 0, 1)}
    pictures |= {name: paint(values, 0, 1) for name, values in maps.items()}
    with themed(theme) as colours:
        figure = Figure(figsize=(12, 12 / len(pictures) * height / width + 2.1))
        top, bottom = figure.subfigures(2, 1, squeeze=False, height_ratios=(1.2, 1))[:, 0]
        edges = {"left": 0.01, "right": 0.99, "top": 0.8, "bottom": 0.02, "wspace": 0.06}
        row = top.subplots(1, len(pictures), gridspec_kw=edges)
        for axes, (name, pixels) in zip(row, pictures.items()):
            axes.imshow(pixels)
            axes.set_axis_off()
            said = f"{name}\n{terms[name]:.4f}" if name in terms else f"{name}\n"
            axes.set_title(said, fontsize=10, loc="center", weight="normal")
        bar, start = bottom.add_axes((0.05, 0.45, 0.9, 0.3)), 0.0
        for i, name in enumerate(shown.names):
            part = counted[i] * terms[name]
            colour, alpha = (colours.fuse, 1) if i == 0 else (colours.side, 1.12 - 0.15 * i)
            bar.barh(0, part, left=start, color=colour, alpha=alpha, label=name)
            start += part
        bar.set(yticks=[], xlim=(0, None))
        bar.set_title(f"the loss: {start:.4f}, the weighted sum of the terms", fontsize=11)
        bar.legend(
            ncols=len(shown.names), loc="upper left", bbox_to_anchor=(0, -0.5), frameon=False,
            fontsize=9,
        )  # fmt: skip
        return png(figure)
