"""The still picture of the dilation explorer: what a cell reads, and the two kinds of size."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, Rectangle

from ....analysis.dilation import Padding, axis_reads, padding_of, taps_on_padding
from ...figures import png
from ...style import Theme, themed

HEADS = ("layer", "dilation", "this kernel\nalone spans", "the stack\nso far sees", "gives")


@dataclass(frozen=True)
class Shown:
    """What is drawn: the settings as `explore_dilation` takes them, and a cell (row, column)."""

    kernel: int
    stride: int
    padding: Padding
    layers: Sequence[int]
    size: int
    cell: Sequence[int]
    explain: bool = True
    plain: bool = False

    @property
    def stack(self) -> tuple[int, int, Padding, Sequence[int], int]:
        """As the functions of analysis/dilation.py take it."""
        return self.kernel, self.stride, self.padding, self.layers, self.size


def dilation_sheet(shown: Shown, found: dict, *, theme: str = "light") -> bytes:
    """The input with what a cell reads lit, beside a table of the layers, as PNG.

    Args:
        found: what `geometry` gives for these settings.
    """
    with themed(theme) as colours:
        figure = Figure(figsize=(10, 4.6), layout="constrained")
        grid, table = figure.subplots(1, 2, width_ratios=(1, 1.25))
        row, column = shown.cell
        figure.suptitle(
            f"The {shown.size}×{shown.size} input, and what output cell ({row}, {column}) reads",
            x=0.01,
            ha="left",
            weight="bold",
        )
        _draw_input(grid, colours, shown)
        if not found["problem"]:
            _draw_taps(grid, colours, shown)
        _draw_table(table, colours, shown, found)
        _write_closing(table, colours, shown, found)
        return png(figure)


def _draw_input(axes: Axes, colours: Theme, shown: Shown) -> None:
    before, after = padding_of(shown.padding, shown.kernel, shown.layers[0])
    low, high = -before, shown.size + after
    axes.set(xlim=(low - 0.05, high + 0.05), ylim=(high + 0.05, low - 0.05), aspect="equal")
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    _rule(axes, low, high, color=colours.line, linewidth=0.6, linestyle=(0, (2, 3)))
    _rule(axes, 0, shown.size, color=colours.line, linewidth=0.8)


def _rule(axes: Axes, low: int, high: int, **line) -> None:
    """Draw lines between the cells of a square map, from `low` to `high` on both axes."""
    cells = range(low, high + 1)
    axes.hlines(cells, low, high, **line)
    axes.vlines(cells, low, high, **line)


def _draw_taps(axes: Axes, colours: Theme, shown: Shown) -> None:
    """Fill the taps on the input; draw those on its padding hollow, with the zero they read."""
    along = [axis_reads(*shown.stack, index) for index in shown.cell]
    (rows, padded_rows), (columns, padded_columns) = ((r[0], p[0]) for r, p in along)
    every_row, every_column = rows | padded_rows, columns | padded_columns
    if not (every_row and every_column):  # between it and the input lies nothing but padding
        return
    for row in every_row:
        for column in every_column:
            if row in rows and column in columns:
                axes.add_patch(_filled(row, column, rows, columns, colours.accent))
            else:
                for patch in _hollow(row, column, colours.accent):
                    axes.add_patch(patch)
    left, top = min(every_column), min(every_row)
    width, height = max(every_column) - left + 1, max(every_row) - top + 1
    frame = Rectangle((left, top), width, height, fill=False, edgecolor=colours.accent, linewidth=2)
    axes.add_patch(frame)


def _filled(row: int, column: int, rows: Counter, columns: Counter, colour: str) -> Rectangle:
    """A tap on the input, stronger if it is read in more ways."""
    most = max(rows.values()) * max(columns.values())
    strength = 0.35 + 0.65 * rows[row] * columns[column] / most
    return Rectangle((column, row), 1, 1, color=colour, alpha=strength)


def _hollow(row: int, column: int, colour: str) -> tuple[Rectangle, Ellipse]:
    frame = Rectangle((column + 0.1, row + 0.1), 0.8, 0.8, fill=False, linewidth=1)
    zero = Ellipse((column + 0.5, row + 0.5), 0.28, 0.44, fill=False, linewidth=1)
    for patch in (frame, zero):
        patch.set_edgecolor(colour)
    return frame, zero


def _draw_table(axes: Axes, colours: Theme, shown: Shown, found: dict) -> None:
    axes.set(xlim=(0, 5), ylim=(len(shown.layers) + 1.6, -0.6))
    axes.set_axis_off()
    roles = (colours.ink, colours.ink, colours.encoder, colours.accent, colours.ink)
    layers = zip(shown.layers, found["spans"], found["fields"], found["sizes"][1:])
    rows = [(number, *layer) for number, layer in enumerate(layers, start=1)]
    hidden = {*(() if shown.explain else (2, 3)), *((0, 1, 2, 3) if shown.plain else ())}
    for line, row in enumerate([HEADS, *rows]):
        for column, (value, role) in enumerate(zip(row, roles)):
            if column in hidden:
                continue
            text = str(value)
            if line and column == 4:
                text = f"{value}×{value}" if value else "nothing"
            weight = "bold" if column in (2, 3) else "normal"
            axes.text(
                column + 0.5, line, text, ha="center", va="center", color=role, weight=weight,
                fontsize=16 if line else 11,
            )  # fmt: skip


def _write_closing(axes: Axes, colours: Theme, shown: Shown, found: dict) -> None:
    """What is impossible; or what no cell reads, and how many taps read padding."""
    text, role = found["problem"], colours.bad
    if not text:
        text = f"{found['untouched']} of {shown.size**2} input pixels are read by no output cell."
        role = colours.muted
        if shown.explain:
            outside, every = taps_on_padding(*shown.stack, shown.cell)[0]
            text += f"\nOf the {every} taps on the input, {outside} land on its padding: zeros."
    axes.text(0.1, len(shown.layers) + 1, text, color=role, va="top", wrap=True)
