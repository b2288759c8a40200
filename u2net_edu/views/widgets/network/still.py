"""The still picture of a network on its image."""

from matplotlib.figure import Figure

from ...figures import png
from ...style import themed
from .network import NetworkOnImage


def network_sheet(shown: NetworkOnImage, *, theme: str = "light") -> bytes:
    """The photograph beside what each stage costs and sees, as PNG."""
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
