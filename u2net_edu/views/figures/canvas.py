"""The hand that draws every figure: a wide sheet, a claim for a title, marks with their labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch, Patch, PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.text import Text

from ..style import Theme

WIDTH = 1200  # units of a sheet; a unit is 1/100 inch
MARGIN = 52
TITLE, BODY, SMALL = 25, 13.5, 11.5  # points: on a slide as wide as the figure, what they say


@dataclass(frozen=True)
class Drawing:
    """A figure, and in words what it shows and what follows from it."""

    figure: Figure
    title: str
    alt: str


class Canvas:
    """A sheet in units of 1/100 inch, 1200 wide, its origin at the top left."""

    def __init__(self, colours: Theme, height: int, title: str, claim: str):
        self.colours, self.height, self.title = colours, height, title
        self.figure = Figure(figsize=(WIDTH / 100, height / 100))
        self.figure.suppressComposite = True  # each picture keeps its own pixels in an SVG
        # (text, the patch it must lie in), for anyone who checks
        self.frames: list[tuple[Text, Patch]] = []
        self.figure.frames = self.frames  # type: ignore[attr-defined]
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set(xlim=(0, WIDTH), ylim=(height, 0))
        self.axes.set_axis_off()
        self.text(MARGIN, 62, title, TITLE, weight="bold")
        self.text(MARGIN, 82, claim, BODY + 1, colours.muted, va="top", linespacing=1.45)

    def drawing(self, alt: str) -> Drawing:
        return Drawing(self.figure, self.title, alt)

    def foot(self, words: str) -> None:
        """Write at the foot where the numbers come from."""
        self.text(
            MARGIN, self.height - 20, words, SMALL, self.colours.muted, va="bottom", linespacing=1.4
        )

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float = BODY,
        colour: str | None = None,
        *,
        inside: Patch | None = None,
        halo: bool = False,
        **options: Any,
    ) -> Text:
        """Write words at a place; `ha`, `va`, `weight` are matplotlib's.

        `inside` is the box that must hold them; `halo` keeps rules from running through them.
        """
        options = {"va": "baseline", "color": colour or self.colours.ink, **options}
        made = self.axes.text(x, y, words, fontsize=size, **options)
        if halo:
            made.set_path_effects([withStroke(linewidth=5, foreground=self.colours.background)])
        if inside is not None:
            self.frames.append((made, inside))
        return made

    def after(self, made: Text, words: str, size: float = BODY, colour: str | None = None, **more):
        """Write words on the same line, after a text."""
        box = made.get_window_extent().transformed(self.axes.transData.inverted())
        return self.text(box.x1 + 9, made.get_position()[1], words, size, colour, **more)

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str | None = None,
        edge: str = "none",
        *,
        radius: float = 4,
        line: float = 1.4,
        **options: Any,
    ) -> Patch:
        radius = min(radius, width / 2, height / 2)
        style = f"round,pad=0,rounding_size={radius}"
        face = fill or "none"
        options = {"zorder": 2, **options}
        return self.axes.add_patch(
            FancyBboxPatch(
                (x, y), width, height, style, facecolor=face, edgecolor=edge, lw=line, **options
            )
        )

    def disc(self, x: float, y: float, radius: float, fill: str, edge: str = "none", line=1.8):
        return self.axes.add_patch(
            Circle((x, y), radius, facecolor=fill, edgecolor=edge, lw=line, zorder=2)
        )

    def line(
        self,
        points: Sequence[tuple[float, float]],
        colour: str | None = None,
        width: float = 1.6,
        *,
        head: bool = False,
        radius: float = 0,
        **options: Any,
    ) -> None:
        """Draw a line through points, its corners rounded by `radius`, with or without an arrow."""
        colour = colour or self.colours.muted
        options = {"zorder": 1, "capstyle": "round", "joinstyle": "round", **options}
        self.axes.add_patch(
            PathPatch(_rounded(points, radius), fc="none", ec=colour, lw=width, **options)
        )
        if head:
            self.head(points[-2], points[-1], colour, width)

    def head(self, before, tip, colour: str, width: float) -> None:
        """Draw an arrow head at `tip`, coming from `before`."""
        tip, before = np.asarray(tip, float), np.asarray(before, float)
        along = (tip - before) / max(np.hypot(*(tip - before)), 1e-9)
        across = np.array([-along[1], along[0]])
        size = 3.2 + 2.2 * width
        corners = [tip, tip - size * along + 0.5 * size * across]
        corners += [tip - size * along - 0.5 * size * across]
        self.axes.fill(*zip(*corners), color=colour, lw=0, zorder=1.5)

    def picture(
        self, pixels: np.ndarray, x: float, y: float, width: float, height: float, **options: Any
    ) -> None:
        """Draw an image in that rectangle, its pixels with sharp edges."""
        options = {"interpolation": "none", "zorder": 2, **options}
        extent = (x, x + width, y + height, y)
        self.axes.imshow(pixels, extent=extent, aspect="auto", **options)
        self.axes.set(xlim=(0, WIDTH), ylim=(self.height, 0))

    def chart(self, x: float, y: float, width: float, height: float) -> Axes:
        """Make axes in that rectangle, with thin rules for reading values and no frame."""
        place = (x / WIDTH, 1 - (y + height) / self.height, width / WIDTH, height / self.height)
        axes = self.figure.add_axes(place)
        axes.patch.set_alpha(0)
        axes.set_zorder(-1)  # labels and marks of the sheet lie over it
        for spine in axes.spines.values():
            spine.set_visible(False)
        axes.tick_params(length=0, labelsize=SMALL + 0.5, labelcolor=self.colours.muted, pad=7)
        axes.set_axisbelow(True)
        axes.grid(axis="y", lw=0.8)
        return axes


def _rounded(points: Sequence[tuple[float, float]], radius: float) -> Path:
    places = [np.asarray(point, float) for point in points]
    vertices, codes = [places[0]], [Path.MOVETO]
    for before, corner, after in zip(places, places[1:], places[2:]):
        ways = [place - corner for place in (before, after)]
        lengths = [float(np.hypot(*way)) or 1.0 for way in ways]
        cut = min(radius, *(length / 2 for length in lengths))
        start, end = (corner + way / length * cut for way, length in zip(ways, lengths))
        vertices += [start, corner, end]
        codes += [Path.LINETO, Path.CURVE3, Path.CURVE3]
    return Path([*vertices, places[-1]], [*codes, Path.LINETO])


def spread(wanted: Sequence[float], gap: float) -> list[float]:
    """Return places as near as possible to those wanted, at least `gap` apart, in the same order.

    For labels beside the ends of lines: neighbours that would touch move apart together.
    """
    order = np.argsort(wanted, kind="stable")
    groups: list[list[float]] = []  # [sum of (wanted − own offset), members]
    for index in order:
        groups.append([float(wanted[index]), 1])
        while len(groups) > 1:
            (low, n), (high, m) = groups[-2], groups[-1]
            if high / m >= low / n + n * gap:
                break
            groups[-2:] = [[low + high - m * n * gap, n + m]]
    places, position = [0.0] * len(wanted), 0
    for total, members in groups:
        for step in range(int(members)):
            places[order[position]] = total / members + step * gap
            position += 1
    return places


def mixed(one: str, other: str, share: float) -> str:
    """Return a colour on the way from one to the other."""
    from matplotlib.colors import to_hex, to_rgb

    a, b = np.array(to_rgb(one)), np.array(to_rgb(other))
    return to_hex(a + (b - a) * share)


def readable_on(fill: str) -> str:
    """Return black or white, whichever is easier to read on that colour."""
    from matplotlib.colors import to_rgb

    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(fill)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#ffffff" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else "#000000"


def giga(value: float) -> str:
    """Write 6 780 000 000 as `6.78`: three digits."""
    scaled = value / 1e9
    return f"{scaled:.2f}" if scaled < 10 else f"{scaled:.1f}"


def count(value: float) -> str:
    """Write a number as `206 k` or `44.0 M`: three digits and the unit."""
    if value >= 1e6:
        return f"{value / 1e6:.{2 if value < 1e7 else 1}f} M"
    return f"{value / 1e3:.{1 if value < 1e5 else 0}f} k"
