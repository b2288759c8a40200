"""Still pictures of widgets that show a network, for places where no script runs."""

from matplotlib.figure import Figure

from .figures import png
from .style import themed


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
