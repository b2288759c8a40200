"""The sizes of all maps of a network on the way down and up, and where doubling would not fit."""

from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from ...analysis.tracing import Trace, trace
from ...architecture.u2net import U2Net
from ..style import Theme, themed
from .sheets import Sheet, png

Size = tuple[int, int]
ENCODER, DECODER, WIDTH = 1.75, 9.25, 11.0  # centres of the two columns, and the sheet


@dataclass(frozen=True)
class Rung:
    """One level of the U: an encoder stage, and the decoder stage of the same number if any."""

    encoder: str
    decoder: str
    size: Size
    inside: tuple[Size, ...]
    """All sizes of maps inside the encoder stage, the largest first."""
    below: Size | None
    """What the decoder stage resizes to `size`; None at the bottom."""

    @property
    def doubled(self) -> Size | None:
        return self.below and (2 * self.below[0], 2 * self.below[1])

    @property
    def odd(self) -> bool:
        return self.size[0] % 2 == 1 or self.size[1] % 2 == 1


def rungs(traced: Trace) -> list[Rung]:
    """The levels of a traced U²-Net, from the top down."""
    stages = traced.groups("stage")
    encoder = [name for name in stages if name.startswith("en")]
    found = []
    for name in encoder:
        decoder = name.replace("en", "de")
        resizes = [o for o in traced.operators if o.path == f"{decoder}.resize"]
        maps = {_size(traced.operators[i].output_shape) for i in stages[name]}
        found.append(
            Rung(
                encoder=name,
                decoder=decoder if decoder in stages else "",
                size=_size(traced.operators[traced.position(name)].output_shape),
                inside=tuple(sorted(maps, reverse=True)),
                below=_size(resizes[0].input_shapes[0]) if resizes else None,
            )
        )
    return found


def _size(shape: tuple[int, ...]) -> Size:
    return shape[-2], shape[-1]


def times(size: Size) -> str:
    return f"{size[0]}×{size[1]}"


def show_ladder(model: U2Net, size) -> Sheet:
    """The sizes of all maps on the way down and up, for a picture of any height and width.

    Odd sizes are framed; where twice the map below is not the size of the skip, it says so.

    Args:
        model: a `U2Net`; only its shapes are asked, nothing is computed.
        size: (height, width) of the picture, or one number for a square.

    Raises: ValueError for a size that is not one or two positive integers.
    """
    size = (size, size) if isinstance(size, int) else tuple(size)
    levels = rungs(trace(model, size))
    return Sheet.drawn(partial(ladder_sheet, levels, model.spec.name), in_words(levels))


def in_words(levels: list[Rung]) -> str:
    """What the sheet shows."""
    down = "; ".join(
        f"{level.encoder} {times(level.size)}"
        + (", odd" if level.odd else "")
        + f", inside {_inside(level)}"
        for level in levels
    )
    misses = [
        f"{level.decoder}: twice {times(level.below)} is {times(level.doubled)}, "
        f"its skip has {times(level.size)}"
        for level in levels
        if level.below and level.doubled != level.size
    ]
    told = "; ".join(misses) if misses else "none"
    return f"Down: {down}. Joins where doubling would not fit: {told}."


def _inside(level: Rung) -> str:
    square = all(height == width for height, width in level.inside)
    words = [str(size[0]) if square else times(size) for size in level.inside]
    return " → ".join(words)


def ladder_sheet(levels: list[Rung], name: str, *, theme: str = "light") -> bytes:
    """The sheet as PNG."""
    with themed(theme) as colours:
        figure = Figure(figsize=(WIDTH, 1.06 * len(levels) + 0.9), layout="constrained")
        axes = figure.subplots()
        axes.set(xlim=(0, WIDTH), ylim=(len(levels) - 0.4, -0.75))
        axes.set_axis_off()
        for x, words in ((ENCODER, "down: pool"), (DECODER, "up: resize to the skip")):
            axes.text(x, -0.58, words, ha="center", color=colours.muted)
        for row, level in enumerate(levels):
            _draw(axes, colours, row, level, levels[0].size)
        title = f"{name} on a picture of {times(levels[0].size)}"
        figure.suptitle(title, x=0.01, ha="left", weight="bold")
        return png(figure)


def _draw(axes, colours: Theme, row: int, level: Rung, largest: Size) -> None:
    half = _box(axes, colours, ENCODER, row, level.encoder, level, largest, colours.encoder)
    axes.text(
        ENCODER, row + 0.33, f"inside: {_inside(level)}", ha="center", va="center",
        color=colours.muted, fontsize=8.5,
    )  # fmt: skip
    if not level.decoder:
        _arrow(axes, colours.muted, (ENCODER + half, row), (DECODER, row), (DECODER, row - 0.72))
        return
    _arrow(axes, colours.muted, (ENCODER, row + 0.42), (ENCODER, row + 0.76))
    _arrow(axes, colours.muted, (ENCODER + half, row), (DECODER - half, row))
    middle = (ENCODER + DECODER) / 2
    axes.text(
        middle,
        row - 0.1,
        f"skip {times(level.size)}",
        ha="center",
        va="bottom",
        color=colours.muted,
    )
    fits = level.doubled == level.size
    sign = "" if fits else f"; twice that, {times(level.doubled)}, would not fit"
    axes.text(
        middle, row + 0.08, f"from below {times(level.below)}{sign}", ha="center", va="top",
        fontsize=10, weight="normal" if fits else "bold",
        color=colours.muted if fits else colours.bad,
    )  # fmt: skip
    if row:
        _arrow(axes, colours.muted, (DECODER, row - 0.22), (DECODER, row - 0.78))
    _box(axes, colours, DECODER, row, level.decoder, level, largest, colours.decoder)


def _box(axes, colours: Theme, x, row, name, level: Rung, largest: Size, fill: str) -> float:
    """A stage, as wide as its map beside the largest one, but never too small for its words."""
    half = 0.78 + 0.72 * (level.size[1] / largest[1])
    style = "round,pad=0,rounding_size=0.08"
    frame = colours.accent if level.odd else fill
    box = FancyBboxPatch(
        (x - half, row - 0.2), 2 * half, 0.4, boxstyle=style, facecolor=colours.surface,
        edgecolor=frame, linewidth=3 if level.odd else 1.6, mutation_aspect=1,
    )  # fmt: skip
    axes.add_patch(box)
    odd = "  odd" if level.odd else ""
    axes.text(x, row, f"{name}  {times(level.size)}{odd}", ha="center", va="center", weight="bold")
    return half


def _arrow(axes, colour: str, *points: tuple[float, float]) -> None:
    for start, end in pairwise(points[:-1]):
        axes.plot(*zip(start, end), color=colour, linewidth=1.4, zorder=0)
    axes.annotate(
        "", points[-1], points[-2], arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 1.4}
    )
