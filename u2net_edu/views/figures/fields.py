"""What a pixel sees: along the whole path, through stacks of dilations, and in RSU-4F."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from ...analysis.fields.effective_field import effective_field
from ...analysis.tracing import Trace, trace
from ...architecture.blocks import build_block
from ...architecture.rsu import UBlock
from ...architecture.spec import U2NET
from ...architecture.u2net import U2Net
from ..style import SCALES, Theme
from .canvas import BODY, MARGIN, SMALL, Canvas, Drawing, mixed
from .measurements import recorded
from .structure import SIZE

# --- Along the path -----------------------------------------------------------------------------


GROWTH = (110, 200, 1010, 490)
"""Left, top, width and height of the chart."""
LEAST, MOST = 2, 12000  # pixels, on its logarithmic axis


@dataclass(frozen=True)
class Growth:
    """Fields along the path of the full network, and effective fields of its stages."""

    layers: list[str]
    sizes: list[float]
    ends: dict[str, float]
    """What a pixel of each stage can see."""
    heard: dict[str, float]
    """What it listens to."""

    @classmethod
    def measured(cls) -> "Growth":
        """Trace the network; take the effective fields from the recorded measurements."""
        traced = trace(U2Net(U2NET), SIZE)
        macs = traced.table("layer")["macs"]
        layers = [path for path in macs.index[macs > 0] if path[:2] in ("en", "de")]
        return cls(
            layers,
            [traced.field(path).size for path in layers],
            {stage.name: traced.field(stage.name).size for stage in U2NET.stages},
            recorded()["effective"]["pixels"],
        )

    @property
    def lasts(self) -> list[int]:
        """Find the index of each stage's last layer."""
        return [
            max(index for index, path in enumerate(self.layers) if path.startswith(f"{stage}."))
            for stage in self.ends
        ]

    def place(self, index: float, pixels: float) -> tuple[float, float]:
        """Find the place of a layer and a number of pixels on the sheet."""
        left, top, width, height = GROWTH
        x = left + width * (index + 1) / (len(self.layers) + 1)
        return x, top + height * (1 - np.log(pixels / LEAST) / np.log(MOST / LEAST))


def field_growth(colours: Theme) -> Drawing:
    """Draw how the field grows along the path: what a pixel can see, and what it listens to."""
    growth = Growth.measured()
    ends, heard = growth.ends, growth.heard
    widest = max(heard, key=heard.__getitem__)
    canvas = Canvas(
        colours,
        822,
        "After one stage a pixel already sees past the image",
        f"The field of en1 is {ends['en1']} pixels wide, the image {SIZE[0]}. What a pixel "
        f"listens to stays inside, widest in {widest}:\nhalf of its gradient comes from a square "
        f"of {heard[widest]} pixels there, of {heard['de1']} in de1.",
    )
    axes = _growth_lines(canvas, growth)
    _growth_stages(canvas, axes, growth)
    _growth_labels(canvas, growth)
    effective = recorded()["effective"]
    canvas.foot(
        f"Theoretical: {U2NET.name}, layer by layer, without a border. Effective: the median of "
        f"nine places in {effective['network']}\n({effective['weights']}) on the photograph "
        f"{effective['photograph']}."
    )
    theory = ", ".join(f"{stage} {size}" for stage, size in ends.items())
    effect = ", ".join(f"{stage} {size:.0f}" for stage, size in heard.items())
    return canvas.drawing(
        f"A line rises over all {len(growth.layers)} layers from {growth.sizes[0]} to "
        f"{growth.sizes[-1]:,} pixels on a logarithmic axis; it crosses the image's {SIZE[0]} "
        f"pixels while it is still inside en1. Ends of stages, in pixels: {theory}. Dots below it "
        f"show the effective field, the square that holds half of the gradient: {effect}. After "
        "the first stage every pixel can see the whole image; what it listens to is far less, "
        f"grows down to {widest} and shrinks again on the way up."
    )


def _growth_lines(canvas: Canvas, growth: Growth):
    """Draw the axes, the image's own size, and both lines; return the axes."""
    colours, axes = canvas.colours, canvas.chart(*GROWTH)
    axes.set(yscale="log", xlim=(-1, len(growth.layers)), ylim=(LEAST, MOST), xticks=[])
    ticks = [3, 10, 30, 100, SIZE[0], 1000, 3000]
    axes.set_yticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
    axes.axhspan(SIZE[0], MOST, color=colours.accent, alpha=0.07, lw=0, zorder=0.5)
    axes.axhline(SIZE[0], color=colours.accent, lw=2)
    axes.plot(growth.sizes, color=colours.encoder, lw=3.5, zorder=4)
    heard = list(growth.heard.values())
    axes.plot(growth.lasts, heard, color=colours.fuse, lw=2, ls=(0, (1, 2)), zorder=3)
    return axes


def _growth_stages(canvas: Canvas, axes, growth: Growth) -> None:
    """Draw a band for each stage, its name, and its two numbers as discs."""
    colours, previous = canvas.colours, -0.5
    _, top, _, height = GROWTH
    for number, (stage, last) in enumerate(zip(growth.ends, growth.lasts)):
        x0, x1 = growth.place(previous, LEAST)[0], growth.place(last + 0.5, LEAST)[0]
        if number % 2 == 0:
            axes.axvspan(previous, last + 0.5, color=colours.surface, lw=0, zorder=0)
        canvas.text((x0 + x1) / 2, top + height + 26, stage, BODY, ha="center", weight="bold")
        x, y = growth.place(last, growth.ends[stage])
        canvas.disc(x, y, 6, colours.encoder, colours.background, 1.5).set_zorder(5)
        weight = "bold" if stage == "en1" else "normal"
        seen = f"{growth.ends[stage]:,}"
        canvas.text(x - 2, y - 15, seen, SMALL + 0.5, ha="center", weight=weight)
        x, y = growth.place(last, growth.heard[stage])
        canvas.disc(x, y, 6, colours.background, colours.fuse, 2.6).set_zorder(5)
        canvas.text(x, y + 28, f"{growth.heard[stage]:.0f}", SMALL + 0.5, ha="center", halo=True)
        previous = last + 0.5


def _growth_labels(canvas: Canvas, growth: Growth) -> None:
    """Say what the axis, the border and the two lines are."""
    colours, many = canvas.colours, len(growth.layers)
    canvas.text(MARGIN, 180, "pixels of the image", BODY, colours.muted)
    x, y = growth.place(many, SIZE[0])
    words = f"the image ends: {SIZE[0]} px"
    canvas.text(x - 6, y - 10, words, BODY, colours.accent, ha="right", weight="bold")
    x, y = growth.place(many * 0.36, 640)
    words = "what a pixel can see: the theoretical field"
    canvas.text(x, y, words, BODY, colours.encoder, weight="bold")
    x, y = growth.place(many * 0.36, 190)
    words = "what it listens to: the square with half of its gradient"
    canvas.text(x, y, words, BODY, colours.fuse, weight="bold")


# --- Stacks of dilations ------------------------------------------------------------------------

STACKS = ((1, 1, 1), (1, 2, 4), (2, 2, 2), (4, 4, 4))
GRID = 29


def _stack(dilations: Sequence[int]) -> nn.Module:
    """Build 3×3 convolutions in a row, all weights 1, so that a gradient counts paths."""
    layers = [nn.Conv2d(1, 1, 3, padding=d, dilation=d, bias=False) for d in dilations]
    for layer in layers:
        nn.init.ones_(layer.weight)
    return nn.Sequential(*layers).eval()


def dilation_stacks(colours: Theme) -> Drawing:
    """Draw stacks of three dilated layers: how far they see, and which pixels they miss."""
    canvas = Canvas(
        colours,
        1152,
        "Growing dilations see everything, equal ones a grid",
        "Which pixels of the image one output pixel sees after one, two and three 3×3 layers. The "
        "brighter, the more\npaths lead there. All stacks have the same weights and the same cost.",
    )
    pitch, side, top, fall = 280, 254, 236, 302
    image, middle = torch.zeros(1, 1, GRID, GRID), (GRID // 2, GRID // 2)
    spoken = []
    for column, dilations in enumerate(STACKS):
        model = _stack(dilations)
        traced = trace(model, (GRID, GRID))
        x = MARGIN + column * pitch
        canvas.text(x, 182, ", ".join(map(str, dilations)), BODY + 6, weight="bold")
        for layer in range(len(dilations)):
            y = top + layer * fall
            seen = traced.support(str(layer), middle)
            share = effective_field(model, image, str(layer), middle)
            extent = int(np.ptp(np.nonzero(seen.any(0))[0])) + 1
            _grid(canvas, np.where(seen, share, np.nan), x, y, side)
            words = f"{extent}×{extent}"
            number = int(seen.sum())
            full = number == extent**2
            verdict = "every pixel" if full else f"{number} of {extent**2} pixels"
            made = canvas.text(x, y - 10, words, BODY, weight="bold")
            canvas.after(made, verdict, SMALL + 0.5, colours.muted if full else colours.accent)
        spoken.append(f"{', '.join(map(str, dilations))}: {extent}×{extent}, {verdict}")
    canvas.foot("From the trace's exact support, and from gradients of the stack with weights 1.")
    return canvas.drawing(
        "Four columns, one for each stack of three 3×3 layers; in each, three grids show the "
        "pixels "
        f"seen after one, two and three layers. After three: {'; '.join(spoken)}. Growing "
        "dilations "
        "leave no holes, equal ones above 1 leave a grid of unseen pixels: gridding."
    )


def _grid(canvas: Canvas, values: np.ndarray, x: float, y: float, side: float) -> None:
    """Draw the cells of a map; NaN is a cell that is not seen."""
    colours, cell = canvas.colours, side / len(values)
    seen = np.isfinite(values)
    low = 0.28  # of the scale: the faintest seen pixel still stands out
    scaled = low + (1 - low) * np.sqrt(np.nan_to_num(values) / np.nanmax(values))
    tints = SCALES["field"].paint(scaled, 0, 1.12)
    canvas.box(x, y, side, side, colours.surface, radius=0)
    pixels = np.zeros((*values.shape, 4), np.uint8)
    pixels[..., :3], pixels[..., 3] = tints, 255 * seen
    canvas.picture(pixels, x, y, side, side)
    for i in range(len(values) + 1):
        canvas.line(
            [(x + i * cell, y), (x + i * cell, y + side)], colours.background, 0.7, zorder=3
        )
        canvas.line(
            [(x, y + i * cell), (x + side, y + i * cell)], colours.background, 0.7, zorder=3
        )


# --- Why RSU-4F dilates -------------------------------------------------------------------------


def why_rsu4f_dilates(colours: Theme) -> Drawing:
    """Draw RSU-4, RSU-4F and RSU-4F without its dilation, on the small map of en5."""
    en5 = next(stage for stage in U2NET.stages if stage.name == "en5")
    channels = en5.in_channels, en5.mid_channels, en5.out_channels
    in5 = trace(U2Net(U2NET), SIZE)
    side = in5.operators[in5.position("en5")].output_shape[2]
    neither = UBlock(*channels, [1, 1, 1, 1], pooled=False, residual=True)
    rows = {
        "RSU-4": ("pools", build_block("RSU-4", *channels)),
        "RSU-4F": ("dilates", build_block("RSU-4F", *channels)),
        "neither": ("pools nor dilates", neither),
    }
    canvas = Canvas(
        colours,
        1036,
        "Dilation sees the whole map and keeps every cell",
        f"The four layers on the way down in {en5.name}, each on its own map. The nine cells that "
        "it reads for\none output are bright. At the right is what the whole block sees, with the "
        f"{side}×{side} map in its middle.",
    )
    pitch, size, top = 212, 184, 212
    spoken = []
    for row, (name, (verb, block)) in enumerate(rows.items()):
        traced = trace(block, (side, side))
        field = traced.field("add").size
        y = top + row * 262
        title = canvas.text(MARGIN, y - 14, name, BODY + 4, weight="bold")
        canvas.after(title, verb, BODY, colours.muted)
        maps = []
        for column, layer in enumerate(("enc1", "enc2", "enc3", "enc4")):
            conv = traced.operators[traced.position(f"{layer}.conv")]
            maps.append(conv.grid[0])
            x = MARGIN + column * pitch
            _taps(canvas, conv, x, y, size)
            words = f"{layer}: {conv.grid[0]}×{conv.grid[1]}"
            dilation = conv.settings["dilation"][0]
            words += f", dilation {dilation}" if dilation > 1 else ""
            canvas.text(x, y + size + 20, words, SMALL + 0.5, colours.muted)
        _seen_on_map(canvas, traced, field, MARGIN + 4 * pitch + 16, y, size)
        spoken.append(f"{name}: maps of {', '.join(map(str, maps))} cells a side, sees {field}")
    canvas.foot(
        f"Traces of the blocks with {en5.name}'s channels. A tap outside the map reads padding."
    )
    return canvas.drawing(
        f"Three rows of four grids, the maps on which the first four layers of a block work in "
        f"{en5.name}, with the nine cells that one output reads. {'; '.join(spoken)}, in cells of "
        f"its {side}×{side} input. Pooling leaves a few coarse cells; without pools and dilation "
        "the "
        "block does not see its own map; dilation sees the whole of it at full resolution."
    )


def _taps(canvas: Canvas, conv, x: float, y: float, size: float) -> None:
    """Draw the map of a convolution, and the cells that it reads for one output."""
    cells, dilation = conv.grid[0], conv.settings["dilation"][0]
    centre = cells // 2
    read = np.full((cells, cells), np.nan)
    taps = [centre + step * dilation for step in (-1, 0, 1)]
    inside = [tap for tap in taps if 0 <= tap < cells]
    read[np.ix_(inside, inside)] = 0.55
    read[centre, centre] = 1.0
    _grid(canvas, read, x, y, size)


def _seen_on_map(canvas: Canvas, traced: Trace, field: float, x: float, y: float, size: float):
    """Draw the map, and the square that one output of the block sees, to scale."""
    colours, side = canvas.colours, traced.size[0]
    reach = 3.0  # maps across that the picture spans
    unit = size * 1.2 / (reach * side)
    middle_x, middle_y = x + size * 0.6, y + size / 2
    half = min(field, reach * side) * unit / 2
    canvas.box(
        middle_x - half,
        middle_y - half,
        2 * half,
        2 * half,
        mixed(colours.accent, colours.background, 0.75),
        colours.accent,
        radius=0,
    )
    own = side * unit / 2
    canvas.box(
        middle_x - own, middle_y - own, 2 * own, 2 * own, None, colours.ink, radius=0, line=1.8
    )
    canvas.text(
        middle_x,
        middle_y + size / 2 + 32,
        f"sees {field} cells across",
        BODY + 1,
        ha="center",
        weight="bold",
    )
