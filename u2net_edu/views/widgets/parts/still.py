"""The still picture of `explore_parts`: the mask before, after, and what changed."""

import textwrap

import numpy as np
from matplotlib.figure import Figure

from ...figures.sheets import png
from ...style import SCALES, themed


def parts_sheet(
    photo: np.ndarray, before: np.ndarray, after: np.ndarray, said: str, *, theme: str = "light"
) -> bytes:
    """Draw the photograph, a map (H, W) before and after, and their difference, as PNG."""
    with themed(theme) as colours:
        height, width = before.shape
        figure = Figure(figsize=(12, 3 * height / width + 0.9), layout="constrained")
        grey, change = SCALES["saliency"], SCALES["change"]
        for axes, pixels, name in zip(
            figure.subplots(1, 4),
            (photo, grey.paint(before, 0, 1), grey.paint(after, 0, 1),
             change.paint(after - before, -1, 1)),
            ("the picture", "the mask before", "the mask after", "what changed"),
        ):  # fmt: skip
            axes.imshow(pixels)
            axes.set_axis_off()
            axes.set_title(name, fontsize=11, weight="normal", color=colours.muted)
        figure.suptitle("\n".join(textwrap.wrap(said, 120)), x=0.01, ha="left", fontsize=11)
        return png(figure)
