"""The still picture of the cost explorer: the lines of its blocks, and where each stands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from ...figures import png
from ...figures.canvas import spread
from ...style import Theme, themed
from .axis import AXES

End = tuple[float, float, str, str]
"""Where a line ends, the block's name, and its colour."""


@dataclass(frozen=True)
class Shown:
    """What is drawn, named as the traits of a `CostExplorer`."""

    blocks: Sequence[str]
    focus: str
    width: int
    widths: dict[str, int]
    resolution: int
    x: str
    y: str
    log: bool
    at: Callable[[str, int], tuple[float | None, float | None]]
    """Where a block of a width lies in the plot; None for a time that is not measured."""


def costs_sheet(shown: Shown, *, theme: str = "light") -> bytes:
    """The lines of the blocks over two axes, each block's mark on its line, as PNG."""
    across, up = AXES[shown.x], AXES[shown.y]
    with themed(theme) as colours:
        figure = Figure(figsize=(10, 5), layout="constrained")
        axes = figure.subplots()
        if shown.log:
            axes.set(xscale="log", yscale="log")
        _name_ends(axes, _draw_lines(axes, colours, shown))
        axes.set(xlabel=across.label, ylabel=up.label)
        for axis, what in ((axes.xaxis, across), (axes.yaxis, up)):
            if what.thousands:
                axis.set_major_formatter(EngFormatter())
        title = f"What a block costs: {shown.focus} at M = {shown.width}"
        title += f" on {shown.resolution}×{shown.resolution}"
        figure.suptitle(title, x=0.01, ha="left", weight="bold")
        return png(figure)


def _draw_lines(axes: Axes, colours: Theme, shown: Shown) -> list[End]:
    widths = shown.widths
    top = max(128, *widths.values())
    timed = "latency" in (shown.x, shown.y)
    hues = (colours.encoder, colours.fuse, colours.decoder, colours.side)
    ends: list[End] = []
    for i, block in enumerate(shown.blocks):
        hue = hues[i % 4]
        places = [_place(shown, block, width) for width in range(1, top + 1)]
        line = [place for place in places if place]
        if line:
            style = "" if timed else ("-", "--", ":")[i // 4 % 3]
            axes.plot(*zip(*line), style, marker="o" if timed else "", color=hue)
            ends.append((*line[-1], block, hue))
        here = _place(shown, block, widths[block]) if widths[block] else None
        if here:
            axes.plot(*here, "o", color=hue, markeredgecolor=colours.ink)
    return ends


def _place(shown: Shown, block: str, width: int) -> tuple[float, float] | None:
    """Where it lies, in the units of the axes; None for a time that is not measured."""
    x, y = shown.at(block, width)
    if x is None or y is None:
        return None
    return x / AXES[shown.x].unit, y / AXES[shown.y].unit


def _name_ends(axes: Axes, ends: list[End]) -> None:
    """Write the names at the ends of the lines, apart from one another in height."""
    transform = axes.transData
    places = [transform.transform((x, y))[1] for x, y, *_ in ends]
    for (x, y, name, colour), place, at in zip(ends, spread(places, 14), places):
        axes.annotate(
            name, (x, y), xytext=(8, (place - at) * 0.72), textcoords="offset points",
            color=colour, va="center", weight="bold", annotation_clip=False,
        )  # fmt: skip
