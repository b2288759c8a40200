"""What a dilation of 8 does on a small map: its taps read padding."""

from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from ...analysis.operators import Operator
from ...analysis.tracing import trace
from ...architecture.spec import U2NET
from ...architecture.u2net import U2Net
from ..style import Theme
from .canvas import BODY, MARGIN, SMALL, TITLE, Canvas, Drawing, mixed, readable_on
from .structure import SIZE

LAYER = "enc4.conv"
STAGES = ("en6", "en5")
SIDE = 244  # of a panel


def landings(conv: Operator) -> NDArray:
    """Find the taps of a 3×3 convolution that land on its map: bool (rows, columns, 3, 3)."""
    height, width = conv.grid
    steps = np.array([-1, 0, 1]) * conv.settings["dilation"][0]
    rows = np.arange(height)[:, None] + steps
    columns = np.arange(width)[:, None] + steps
    down, across = (rows >= 0) & (rows < height), (columns >= 0) & (columns < width)
    return down[:, None, :, None] & across[None, :, None, :]


def taps_on_small_maps(colours: Theme) -> Drawing:
    """Draw RSU-4F's bottom layer on the maps of en6 and en5: how much of it reads padding."""
    traced = trace(U2Net(U2NET), SIZE)
    convs = {s: traced.operators[traced.position(f"{s}.{LAYER}")] for s in STAGES}
    share = {s: landings(conv).mean() for s, conv in convs.items()}
    small = convs["en6"]
    side, dilation = small.grid[0], small.settings["dilation"][0]
    title = f"On {side}×{side} cells, dilation {dilation} reads mostly padding"
    canvas = Canvas(
        colours,
        940,
        title,
        f"The layer {LAYER[:4]} of RSU-4F on two maps of U²-Net. Left: the nine taps of an output "
        "in the middle, on the map\n(filled) or on the padding around it (empty). Then all "
        "outputs, and all taps.",
    )
    spoken = []
    for row, (stage, conv) in enumerate(convs.items()):
        y = 234 + row * 346
        landed = landings(conv)
        height, width = conv.grid
        made = canvas.text(MARGIN, y - 40, stage, BODY + 4, weight="bold")
        canvas.after(made, f"{height}×{width}", BODY, colours.muted)
        _middle_output(canvas, conv, MARGIN, y, SIDE)
        counts = landed.sum((2, 3))
        _heading(canvas, "taps on the map, by output", 334, y)
        _regions(canvas, counts, 334, y, SIDE)
        served = landed.sum((0, 1))
        _heading(canvas, f"outputs, of {height * width}, by tap", 616, y)
        _served(canvas, served, height * width, 616, y, SIDE)
        canvas.text(
            908, y + 96, f"{100 * share[stage]:.0f} %", TITLE + 12, colours.accent, weight="bold"
        )
        words = f"of its taps read the map:\n{landed.sum():,} of {landed.size:,}."
        words += "\nThe others read zeros."
        canvas.text(908, y + 118, words, BODY, va="top", linespacing=1.5)
        alone = int((counts == 1).sum())
        also = f"{alone} of {counts.size} outputs read it with one tap, " if alone else ""
        spoken.append(
            f"On the {height}×{width} map of {stage} {landed.sum():,} of {landed.size:,} taps "
            f"land on the map, {100 * share[stage]:.0f} %; {also}the centre tap serves "
            f"{served[1, 1]} outputs, a tap above or beside it {served[0, 1]}, one in the corner "
            f"{served[0, 0]}"
        )
    canvas.foot("Counted from the trace: size of the map, dilation and padding of the layer.")
    return canvas.drawing(
        f"Two rows, en6 and en5, each with the map and its frame of padding with nine taps, the "
        f"number of taps on the map for each output, and the number of outputs for each tap. "
        f"{'. '.join(spoken)}. On the small map the layer is little more than a 1×1 convolution; "
        "only the outer rows and columns read what is at the opposite border."
    )


def _heading(canvas: Canvas, words: str, x: float, y: float) -> None:
    canvas.text(x, y - 12, words, SMALL + 0.5, canvas.colours.muted)


def _middle_output(canvas: Canvas, conv: Operator, x: float, y: float, size: float) -> None:
    """Draw the map inside its padding, and the nine taps of an output in its middle."""
    colours, dilation = canvas.colours, conv.settings["dilation"][0]
    side = conv.grid[0]
    cell = size / (side + 2 * dilation)
    _heading(canvas, f"output ({side // 2}, {side // 2}), padding {dilation}", x, y)
    canvas.box(x, y, size, size, None, colours.line, radius=0, line=1.2)
    start, own = dilation * cell, side * cell
    canvas.box(x + start, y + start, own, own, colours.surface, radius=0)
    _rules(canvas, side, x + start, y + start, own)
    canvas.box(x + start, y + start, own, own, None, colours.ink, radius=0, line=1.8, zorder=4)
    centre = dilation + side // 2
    for row in (centre - dilation, centre, centre + dilation):
        for column in (centre - dilation, centre, centre + dilation):
            inside = all(dilation <= n < dilation + side for n in (row, column))
            _tap(canvas, x + column * cell, y + row * cell, cell, inside)


def _tap(canvas: Canvas, x: float, y: float, cell: float, inside: bool) -> None:
    colours = canvas.colours
    fill = colours.accent if inside else colours.background
    room = 1.0 if cell > 8 else 0.4
    edge, wide = x - room, cell + 2 * room
    canvas.box(edge, y - room, wide, wide, fill, colours.accent, radius=0, line=1.6, zorder=5)


def _regions(canvas: Canvas, counts: NDArray, x: float, y: float, size: float) -> None:
    """Draw the counts as tints, with each region's number in its middle."""
    colours, side = canvas.colours, len(counts)
    cell = size / side
    borders = [0, *(np.flatnonzero(np.diff(counts[0])) + 1), side]
    spans = list(pairwise(borders))
    for top, bottom in spans:
        for left, right in spans:
            number = int(counts[top, left])
            fill = mixed(colours.background, colours.accent, 0.08 + 0.62 * number / 9)
            px, py = x + left * cell, y + top * cell
            canvas.box(px, py, (right - left) * cell, (bottom - top) * cell, fill, radius=0)
            middle = px + (right - left) * cell / 2, py + (bottom - top) * cell / 2
            looks: dict[str, Any] = {"ha": "center", "va": "center", "weight": "bold"}
            made = canvas.text(*middle, str(number), BODY + 2, readable_on(fill), zorder=6, **looks)
            made.set_path_effects([withStroke(linewidth=6, foreground=fill)])
    _rules(canvas, side, x, y, size)


def _rules(canvas: Canvas, cells: int, x: float, y: float, size: float) -> None:
    """Draw lines between the cells of a map."""
    colour, cell = canvas.colours.background, size / cells
    for i in range(cells + 1):
        canvas.line([(x + i * cell, y), (x + i * cell, y + size)], colour, 0.7, zorder=3)
        canvas.line([(x, y + i * cell), (x + size, y + i * cell)], colour, 0.7, zorder=3)


def _served(canvas: Canvas, served: NDArray, outputs: int, x: float, y: float, size: float) -> None:
    """Draw the nine taps; the more a tap is used, the darker it is."""
    colours, cell = canvas.colours, size / 3
    for row in range(3):
        for column in range(3):
            number = int(served[row, column])
            fill = mixed(colours.background, colours.accent, 0.08 + 0.62 * number / outputs)
            px, py = x + column * cell, y + row * cell
            canvas.box(px, py, cell - 3, cell - 3, fill, radius=0)
            middle = px + (cell - 3) / 2, py + (cell - 3) / 2
            canvas.text(
                *middle,
                f"{number}",
                BODY + 3,
                readable_on(fill),
                ha="center",
                va="center",
                weight="bold",
            )
