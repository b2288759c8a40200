"""The sizes of all maps of a network on the way down and up, and where doubling would not fit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from numbers import Integral

from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from ...analysis.tracing import Trace, trace
from ...architecture.about import about
from ...architecture.stand_in import unwrapped
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
    pooling: tuple[str, ...] = ()
    """The stages of this level whose own size is pooled, inside them or on the way down."""
    misfits: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Stage → its layers whose join, inside the stage, would not fit if it doubled; in order."""

    @property
    def doubled(self) -> Size | None:
        return self.below and _doubled(self.below)

    def odd(self, stage: str) -> bool:
        """Whether this stage's size is odd and pooled, so that doubling cannot bring it back."""
        return stage in self.pooling and (self.size[0] % 2 == 1 or self.size[1] % 2 == 1)


def rungs(traced: Trace) -> list[Rung]:
    """List the levels of a traced U²-Net, from the top down."""
    stages = traced.groups("stage")
    encoder = [name for name in stages if name.startswith("en")]
    found = []
    for name in encoder:
        decoder = name.replace("en", "de")
        resizes = [o for o in traced.operators if o.path == f"{decoder}.resize"]
        maps = {_size(traced.operators[i].output_shape) for i in stages[name]}
        both = [stage for stage in (name, decoder) if stage in stages]
        found.append(
            Rung(
                encoder=name,
                decoder=decoder if decoder in stages else "",
                size=_size(traced.operators[traced.position(name)].output_shape),
                inside=tuple(sorted(maps, reverse=True)),
                below=_size(resizes[0].input_shapes[0]) if resizes else None,
                pooling=tuple(stage for stage in both if _is_pooled(traced, stages, stage)),
                misfits={stage: _misfits(traced, stages[stage], stage) for stage in both},
            )
        )
    return found


def _is_pooled(traced: Trace, stages: dict, stage: str) -> bool:
    """Say whether a pool, in this stage or right after it, takes a map of the stage's size."""
    end = traced.position(stage)
    size = _size(traced.operators[end].output_shape)
    return any(
        operator.kind == "pool" and _size(operator.input_shapes[0]) == size
        for position, operator in enumerate(traced.operators)
        if position in stages[stage] or end in operator.inputs
    )


def _misfits(traced: Trace, positions: Iterable[int], stage: str) -> tuple[str, ...]:
    inner = [traced.operators[i] for i in positions if traced.operators[i].kind == "resize"]
    return tuple(
        resize.path.removeprefix(f"{stage}.").removesuffix(".resize")
        for resize in inner
        if resize.path != f"{stage}.resize"  # this one joins two stages
        and _doubled(_size(resize.input_shapes[0])) != _size(resize.output_shape)
    )


def _doubled(size: Size) -> Size:
    return 2 * size[0], 2 * size[1]


def _size(shape: tuple[int, ...]) -> Size:
    return shape[-2], shape[-1]


def times(size: Size | None) -> str:
    return f"{size[0]}×{size[1]}" if size else "nothing"


def show_ladder(model: U2Net, size) -> Sheet:
    """Show the sizes of all maps on the way down and up, for a picture of any height and width.

    Odd sizes that are pooled are framed; where twice the map below is not the size of the skip, it
    says so: between the stages, and for the layers inside each of them.

    Args:
        model: a `U2Net`; only its shapes are asked, nothing is computed.
        size: (height, width) of the picture, or one number for a square.

    Raises: TypeError for a model that is no `U2Net`; ValueError for a size that is not one or two
    positive integers.
    """
    network = unwrapped(model)
    if not isinstance(network, U2Net):
        raise TypeError(
            f"a ladder is of a U2Net, which has stages to compare; got {type(network).__name__}. "
            "trace(model, size).operators lists the shapes of any network."
        )
    size = _sides(size)
    levels = rungs(trace(model, size))
    return Sheet.drawn(partial(ladder_sheet, levels, about(model).name), in_words(levels))


def _sides(size) -> Size:
    """Height and width. Raises: ValueError."""
    sides = size if isinstance(size, Sequence) and not isinstance(size, str) else (size, size)
    found = [int(n) for n in sides if isinstance(n, Integral) and not isinstance(n, bool)]
    if len(sides) != 2 or len(found) != 2 or min(found) < 1:
        raise ValueError(f"size is a number of pixels or (height, width); got {size!r}.")
    return found[0], found[1]


def in_words(levels: list[Rung]) -> str:
    """Say in words what the sheet shows."""
    inside = _inside(levels)
    down = "; ".join(
        f"{level.encoder} {times(level.size)}"
        + (", odd" if level.odd(level.encoder) else "")
        + f", inside {sizes}"
        for level, sizes in zip(levels, inside)
    )
    misses = [
        f"{level.decoder}: twice {times(level.below)} is {times(level.doubled)}, "
        f"its skip has {times(level.size)}"
        for level in levels
        if level.below and level.doubled != level.size
    ]
    inner = {stage: layers for level in levels for stage, layers in level.misfits.items() if layers}
    misses += [f"inside {stage}: {', '.join(layers)}" for stage, layers in sorted(inner.items())]
    told = "; ".join(misses) if misses else "none"
    return f"Down: {down}. Joins where doubling would not fit: {told}."


def _inside(levels: list[Rung]) -> list[str]:
    """Write the sizes inside each encoder stage; one number each if all maps are square."""
    square = all(height == width for level in levels for height, width in level.inside)
    return [
        " → ".join(str(size[0]) if square else times(size) for size in level.inside)
        for level in levels
    ]


def ladder_sheet(levels: list[Rung], name: str, *, theme: str = "light") -> bytes:
    """Draw the sheet as PNG."""
    with themed(theme) as colours:
        figure = Figure(figsize=(WIDTH, 1.2 * len(levels) + 0.9), layout="constrained")
        axes = figure.subplots()
        axes.set(xlim=(0, WIDTH), ylim=(len(levels) - 0.4, -0.75))
        axes.set_axis_off()
        for x, words in ((ENCODER, "down: pool"), (DECODER, "up: resize to the skip")):
            axes.text(x, -0.58, words, ha="center", color=colours.muted)
        for row, (level, sizes) in enumerate(zip(levels, _inside(levels))):
            _draw(axes, colours, row, level, levels[0].size)
            _under(axes, colours, row, level, sizes)
        title = f"{name} on a picture of {times(levels[0].size)}"
        figure.suptitle(title, x=0.01, ha="left", weight="bold")
        return png(figure)


def _draw(axes, colours: Theme, row: int, level: Rung, largest: Size) -> None:
    half = _box(axes, colours, ENCODER, row, level.encoder, level, largest, colours.encoder)
    if not level.decoder:
        _arrow(axes, colours.muted, (ENCODER + half, row), (DECODER, row), (DECODER, row - 0.72))
        return
    _arrow(axes, colours.muted, (ENCODER, row + 0.54), (ENCODER, row + 0.78))
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


def _under(axes, colours: Theme, row: int, level: Rung, sizes: str) -> None:
    """Write what happens inside the two stages: the sizes, and the joins that doubling breaks."""
    words = partial(axes.text, ha="center", va="center", fontsize=8.5, zorder=6)
    words(ENCODER, row + 0.31, f"inside: {sizes}", color=colours.muted)
    ground = {"facecolor": colours.background, "edgecolor": "none", "pad": 1.5}
    for stage, x, y in ((level.encoder, ENCODER, row + 0.45), (level.decoder, DECODER, row + 0.43)):
        if level.misfits.get(stage):
            layers = ", ".join(level.misfits[stage])
            words(x, y, f"doubling fails inside: {layers}", color=colours.bad, bbox=ground)


def _box(axes, colours: Theme, x, row, name, level: Rung, largest: Size, fill: str) -> float:
    """Draw a stage, as wide as its map relative to the largest, but wide enough for its words."""
    half = 0.78 + 0.72 * (level.size[1] / largest[1])
    style = "round,pad=0,rounding_size=0.08"
    frame = colours.accent if level.odd(name) else fill
    box = FancyBboxPatch(
        (x - half, row - 0.2), 2 * half, 0.4, boxstyle=style, facecolor=colours.surface,
        edgecolor=frame, linewidth=3 if level.odd(name) else 1.6, mutation_aspect=1,
    )  # fmt: skip
    axes.add_patch(box)
    odd = "  odd" if level.odd(name) else ""
    axes.text(x, row, f"{name}  {times(level.size)}{odd}", ha="center", va="center", weight="bold")
    return half


def _arrow(axes, colour: str, *points: tuple[float, float]) -> None:
    for start, end in pairwise(points[:-1]):
        axes.plot(*zip(start, end), color=colour, linewidth=1.4, zorder=0)
    axes.annotate(
        "", points[-1], points[-2], arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 1.4}
    )
