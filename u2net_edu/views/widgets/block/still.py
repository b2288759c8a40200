"""The still picture of the block explorer: a block's row, its drawing, its program."""

from ....analysis.listing import listing
from ....analysis.tracing import trace
from ....architecture.blocks import build_block
from ...figures import png
from ...figures.canvas import Canvas
from ...figures.layout import Node, Plan, layers_of
from ...style import themed

TOP, ROW, LINE = 170, 54, 19  # pixels: above the drawing, and of a row and a line of the program


def block_sheet(
    block: str,
    widths: tuple[int, int, int],
    size: tuple[int, int],
    *,
    code: bool = True,
    theme: str = "light",
) -> bytes:
    """A block's row, drawing and program, as PNG.

    Args: as `explore_block` takes them.
    """
    nodes = layers_of(trace(build_block(block, *widths), size, widths[0]))
    rows, crowd = 1 + max(node.row for node in nodes.values()), _most_in_one_place(nodes)
    halves = _halves(listing(block, *widths).text) if code else ([], [])
    below = TOP + ROW * (rows - 1 + (crowd - 1) / 2)
    height = int(below + 60 + LINE * max(map(len, halves)))
    with themed(theme) as colours:
        row = f"in {widths[0]}, mid {widths[1]}, out {widths[2]} channels"
        canvas = Canvas(colours, height, block, f"{row}, on maps of {size[0]}×{size[1]}")
        top = TOP + ROW * (crowd - 1) / 2
        Plan(canvas, nodes, 52, top, 1096, ROW, (44, 30)).draw(lift=18)
        for x, lines in zip((52, 640), halves):
            for number, text in enumerate(lines):
                y = below + 50 + LINE * number
                canvas.text(x, y, text, 9.5, family="DejaVu Sans Mono")
        return png(canvas.figure)


def _most_in_one_place(nodes: dict[str, Node]) -> int:
    places = [(node.column, node.row) for node in nodes.values()]
    return max(map(places.count, places))


def _halves(program: str) -> tuple[list[str], list[str]]:
    """The lines before and after the empty one, which stand beside one another."""
    lines = program.splitlines()
    middle = lines.index("")
    return lines[:middle], lines[middle + 1 :]
