"""Still pictures of widgets, for places where no script runs."""

from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, Rectangle
from matplotlib.ticker import EngFormatter

from .figures import png
from .figures.canvas import spread
from .style import themed


def dilation_sheet(
    kernel, stride, padding, layers, size, cell, *, explain=True, plain=False, theme: str = "light"
) -> bytes:
    """What an output cell reads, seen from above, beside the two kinds of size; PNG.

    Args: as `explore_dilation` takes them; `cell` is (row, column) of the output.
    """
    from ..analysis.dilation import padding_of, taps_on_padding
    from .widgets.dilation.widget import geometry

    found = geometry(kernel, stride, padding, layers, size)
    with themed(theme) as colours:
        figure = Figure(figsize=(10, 4.6), layout="constrained")
        grid, table = figure.subplots(1, 2, width_ratios=(1, 1.25))
        before, after = padding_of(padding, kernel, layers[0])
        low, high = -before - 0.05, size + after + 0.05
        grid.set(xlim=(low, high), ylim=(high, low), aspect="equal", xticks=[], yticks=[])
        grid.spines[:].set_visible(False)
        _rule(grid, -before, size + after, color=colours.line, linewidth=0.6, linestyle=(0, (2, 3)))
        _rule(grid, 0, size, color=colours.line, linewidth=0.8)
        if not found["problem"]:
            _draw_taps(grid, colours, kernel, stride, padding, layers, size, cell)
        title = f"The {size}×{size} input, and what output cell ({cell[0]}, {cell[1]}) reads"
        figure.suptitle(title, x=0.01, ha="left", weight="bold")
        table.set(xlim=(0, 5), ylim=(len(layers) + 1.6, -0.6))
        table.set_axis_off()
        heads = ("layer", "dilation", "this kernel\nalone spans", "the stack\nso far sees", "gives")
        roles = (colours.ink, colours.ink, colours.encoder, colours.accent, colours.ink)
        rows = [
            (i + 1, layers[i], found["spans"][i], found["fields"][i], found["sizes"][i + 1])
            for i in range(len(found["spans"]))
        ]
        hidden = {*(() if explain else (2, 3)), *((0, 1, 2, 3) if plain else ())}
        for line, row in enumerate([heads, *rows]):
            for column, (text, role) in enumerate(zip(row, roles)):
                if column in hidden:
                    continue
                if line and column == 4:
                    text = f"{text}×{text}" if text else "nothing"
                table.text(
                    column + 0.5, line, text, ha="center", va="center", color=role,
                    weight="bold" if column in (2, 3) else "normal", fontsize=16 if line else 11,
                )  # fmt: skip
        closing = found["problem"] or (
            f"{found['untouched']} of {size**2} input pixels are read by no output cell."
        )
        if explain and not found["problem"]:
            outside, every = taps_on_padding(kernel, stride, padding, layers, size, cell)[0]
            closing += f"\nOf the {every} taps on the input, {outside} land on its padding: zeros."
        role = colours.bad if found["problem"] else colours.muted
        table.text(0.1, len(layers) + 1, closing, color=role, va="top", wrap=True)
        return png(figure)


def _rule(axes, low: int, high: int, **line) -> None:
    """Lines between the cells of a square map, from `low` to `high` on both axes."""
    cells = range(low, high + 1)
    axes.hlines(cells, low, high, **line)
    axes.vlines(cells, low, high, **line)


def _draw_taps(axes, colours, kernel, stride, padding, layers, size, cell) -> None:
    """Taps on the input filled, taps on its padding hollow with the zero that they read."""
    from ..analysis.dilation import axis_reads

    along = [axis_reads(kernel, stride, padding, layers, size, index) for index in cell]
    (rows, padded_rows), (columns, padded_columns) = ((r[0], p[0]) for r, p in along)
    every_row, every_column = rows | padded_rows, columns | padded_columns
    if not (every_row and every_column):  # between it and the input lies nothing but padding
        return
    most = max(rows.values(), default=1) * max(columns.values(), default=1)
    for row, down in every_row.items():
        for column, across in every_column.items():
            if row in rows and column in columns:
                strength = 0.35 + 0.65 * down * across / most
                axes.add_patch(Rectangle((column, row), 1, 1, color=colours.accent, alpha=strength))
            else:
                look = {"fill": False, "linewidth": 1, "edgecolor": colours.accent}
                axes.add_patch(Rectangle((column + 0.1, row + 0.1), 0.8, 0.8, **look))
                axes.add_patch(Ellipse((column + 0.5, row + 0.5), 0.28, 0.44, **look))
    left, top = min(every_column), min(every_row)
    width, height = max(every_column) - left + 1, max(every_row) - top + 1
    frame = Rectangle((left, top), width, height, fill=False, edgecolor=colours.accent, linewidth=2)
    axes.add_patch(frame)


def message_sheet(message: str, *, theme: str = "light") -> bytes:
    """What went wrong, as PNG."""
    with themed(theme) as colours:
        figure = Figure(figsize=(10, 1.2))
        figure.text(0.02, 0.5, message, color=colours.bad, va="center", wrap=True)
        return png(figure)


def network_sheet(shown, *, theme: str = "light") -> bytes:
    """The photograph beside what each stage costs and sees, as PNG.

    Args:
        shown: a `NetworkOnImage`.
    """
    table = shown.trace.table("stage")
    with themed(theme) as colours:
        rows = len(table)
        figure = Figure(figsize=(11, max(3.5, 0.3 * rows + 1)), layout="constrained")
        photo, costs = figure.subplots(1, 2, width_ratios=(1, 2))
        photo.imshow(shown.photo)
        photo.set_axis_off()
        costs.barh(range(rows), table.macs / 1e6, color=colours.encoder, height=0.7)
        shapes = ["×".join(map(str, shape[1:])) for shape in table.output_shape]
        costs.set_yticks(range(rows), [f"{p}   {s}" for p, s in zip(table.index, shapes)])
        costs.invert_yaxis()
        costs.set_xlabel("million multiply-accumulates")
        figure.suptitle(repr(shown.trace)[1:-1], x=0.01, ha="left", fontsize=11)
        return png(figure)


def window_sheet(shown, path: str, pixel, *, theme: str = "light") -> bytes:
    """What one output pixel can see on the photograph, as PNG.

    Args:
        shown: a `NetworkOnImage`.
        pixel: (row, column); the middle where it lies outside.
    """
    grid = shown.trace.operators[shown.trace.position(path)].grid
    if not all(0 <= at < count for at, count in zip(pixel, grid)):
        pixel = tuple(count // 2 for count in grid)
    with themed(theme):
        figure = Figure(figsize=(5.5, 6), layout="constrained")
        axes = figure.subplots()
        try:
            seen = shown.trace.support(path, pixel)
            words = f"{path}, pixel {pixel}: {int(seen.sum()):,} pixels of the image"
            axes.imshow((shown.photo * (0.3 + 0.7 * seen[..., None])).astype("uint8"))
        except NotImplementedError as error:
            words = str(error)
            axes.imshow(shown.photo)
        axes.set_axis_off()
        axes.set_title(words, fontsize=11, wrap=True)
        return png(figure)


def costs_sheet(explorer, *, theme: str = "light") -> bytes:
    """The lines of a cost explorer over its two axes, each block's mark on its line, as PNG.

    Args:
        explorer: a `CostExplorer`.
    """
    from .widgets.costs.widget import AXES

    widths = explorer.widths
    top = max(128, *widths.values())
    timed = "latency" in (explorer.x, explorer.y)
    with themed(theme) as colours:
        figure = Figure(figsize=(10, 5), layout="constrained")
        axes = figure.subplots()
        if explorer.log:
            axes.set(xscale="log", yscale="log")
        hues = (colours.encoder, colours.fuse, colours.decoder, colours.side)
        ends = []
        for i, block in enumerate(explorer.blocks):
            line = [explorer.at(block, width) for width in range(1, top + 1)]
            line = [point for point in line if None not in point]
            style = "" if timed else ("-", "--", ":")[i // 4 % 3]
            marker = "o" if timed else ""
            axes.plot(*zip(*line), style, marker=marker, color=hues[i % 4]) if line else None
            here = explorer.at(block, widths[block]) if widths[block] else (None, None)
            if None not in here:
                axes.plot(*here, "o", color=hues[i % 4], markeredgecolor=colours.ink)
            if line:
                ends.append((*line[-1], block, hues[i % 4]))
        _name_ends(axes, ends)
        axes.set(xlabel=AXES[explorer.x].title, ylabel=AXES[explorer.y].title)
        title = f"What a block costs: {explorer.focus} at M = {explorer.width}"
        title += f" on {explorer.resolution}×{explorer.resolution}"
        figure.suptitle(title, x=0.01, ha="left", weight="bold")
        axes.xaxis.set_major_formatter(EngFormatter())
        axes.yaxis.set_major_formatter(EngFormatter())
        return png(figure)


def _name_ends(axes, ends) -> None:
    """The names at the ends of the lines, apart from one another in height."""
    transform = axes.transData
    places = [transform.transform((x, y))[1] for x, y, *_ in ends]
    for (x, y, name, colour), place, at in zip(ends, spread(places, 14), places):
        axes.annotate(
            name, (x, y), xytext=(8, (place - at) * 0.72), textcoords="offset points",
            color=colour, va="center", weight="bold", annotation_clip=False,
        )  # fmt: skip


def block_sheet(block: str, widths, size, *, code: bool = True, theme: str = "light") -> bytes:
    """A block's row, drawing and program, as PNG.

    Args: as `explore_block` takes them.
    """
    from ..analysis.listing import listing
    from ..analysis.tracing import trace
    from ..architecture.blocks import build_block
    from .figures.canvas import Canvas
    from .figures.layout import Plan, layers_of

    nodes = layers_of(trace(build_block(block, *widths), size, widths[0]))
    rows = 1 + max(node.row for node in nodes.values())
    crowd = max(sum((n.column, n.row) == (m.column, m.row) for n in nodes.values())
                for m in nodes.values())  # fmt: skip
    drawing = 170 + 54 * (rows - 1 + (crowd - 1) / 2)
    lines = listing(block, *widths).text.splitlines() if code else []
    middle = lines.index("") if lines else 0
    longest = max(middle, len(lines) - middle)
    with themed(theme) as colours:
        row = f"in {widths[0]}, mid {widths[1]}, out {widths[2]} channels"
        height = int(drawing + 60 + 19 * longest)
        canvas = Canvas(colours, height, block, f"{row}, on maps of {size[0]}×{size[1]}")
        top = 170 + 54 * (crowd - 1) / 2
        Plan(canvas, nodes, 52, top, 1096, 54, (44, 30)).draw(lift=18)
        for x, part in ((52, lines[:middle]), (640, lines[middle + 1 :])):
            for number, text in enumerate(part):
                canvas.text(x, drawing + 50 + 19 * number, text, 9.5, family="DejaVu Sans Mono")
        return png(canvas.figure)
