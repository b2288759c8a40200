"""The still picture of the field explorer."""

from matplotlib.figure import Figure

from ...figures import png
from ...style import themed
from ..network.network import NetworkOnImage


def window_sheet(
    shown: NetworkOnImage, path: str, pixel: tuple[int, int], *, theme: str = "light"
) -> bytes:
    """What one output pixel can see on the photograph, as PNG.

    Args:
        pixel: (row, column); the middle where it lies outside.
    """
    grid = shown.trace.operators[shown.trace.position(path)].grid
    if not all(0 <= at < count for at, count in zip(pixel, grid)):
        pixel = grid[0] // 2, grid[1] // 2
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
