"""A block laid out from its trace: what runs later stands further right, smaller maps lower."""

from dataclasses import dataclass

from ...analysis.tracing import Trace
from ..style import Theme
from .canvas import SMALL, Canvas, mixed, readable_on


@dataclass(frozen=True)
class Node:
    """A layer, or the sum at the end."""

    path: str
    kind: str
    column: int
    """How many layers must run before it, at least one after the other."""
    row: int
    """0 for maps of the largest size, 1 for the next smaller one, …"""
    channels: int
    side: int
    """Rows of the map on which it works."""
    dilation: int
    sources: tuple[str, ...]


def layers_of(trace: Trace, root: str = "") -> dict[str, Node]:
    """List the layers of a traced block, or of the stage `root` of a network, by path."""
    groups = {
        path: members
        for path, members in trace.groups("layer").items()
        if not root or path.startswith(f"{root}.")
    }
    owner = {i: path for path, members in groups.items() for i in members}
    sides, facts = {}, {}
    for path, members in groups.items():
        operators = [trace.operators[i] for i in members]
        main = next((o for o in operators if o.macs), operators[-1])
        sides[path] = main.output_shape[2]
        outside = [i for o in operators for i in o.inputs if i not in members]
        sources = tuple(dict.fromkeys(owner[i] for i in outside if i in owner))
        dilation = main.settings.get("dilation") or [1]
        facts[path] = main.kind, operators[-1].output_shape[1], dilation[0], sources
    sizes = sorted(set(sides.values()), reverse=True)
    nodes: dict[str, Node] = {}
    for path, (kind, channels, dilation, sources) in facts.items():
        column = 1 + max((nodes[source].column for source in sources), default=-1)
        row = sizes.index(sides[path])
        nodes[path] = Node(path, kind, column, row, channels, sides[path], dilation, sources)
    return nodes


class Plan:
    """Places for the layers in a rectangle, and the strokes between them."""

    def __init__(
        self,
        canvas: Canvas,
        nodes: dict[str, Node],
        x: float,
        y: float,
        width: float,
        row_height: float,
        node: tuple[float, float],
    ):
        self.canvas, self.nodes, self.size = canvas, nodes, node
        self.columns = 1 + max(n.column for n in nodes.values())
        self.pitch = (width - node[0]) / max(self.columns - 1, 1)
        self.places: dict[str, tuple[float, float]] = {}
        together: dict[tuple[int, int], list[str]] = {}
        for path, n in nodes.items():
            together.setdefault((n.column, n.row), []).append(path)
        for (column, row), paths in together.items():
            for order, path in enumerate(paths):
                shift = (order - (len(paths) - 1) / 2) * (node[1] + 24)
                centre = x + node[0] / 2 + column * self.pitch
                self.places[path] = centre, y + row * row_height + shift

    def draw(self, *, labels: bool = True, lift: float = 15) -> None:
        colours = self.canvas.colours
        for path, n in self.nodes.items():
            for source in n.sources:
                self._stroke(source, path, lift)
        for path, n in self.nodes.items():
            self._node(n, *self.places[path], colours, labels)

    def _node(self, n: Node, x: float, y: float, colours: Theme, labels: bool) -> None:
        width, height = self.size
        if n.kind == "add":
            radius = height * 0.46
            self.canvas.disc(x, y, radius, colours.background, colours.ink)
            for dx, dy in ((0.5, 0), (0, 0.5)):
                ends = [(x - dx * radius, y - dy * radius), (x + dx * radius, y + dy * radius)]
                self.canvas.line(ends, colours.ink, 1.8, zorder=3)
            return
        fill = fill_of(n, colours)
        box = self.canvas.box(x - width / 2, y - height / 2, width, height, fill, radius=3.5)
        if labels:
            self.canvas.text(
                x,
                y,
                str(n.channels),
                SMALL,
                readable_on(fill),
                inside=box,
                ha="center",
                va="center_baseline",
                weight="bold",
                zorder=4,
            )
            if n.dilation > 1:
                y += height / 2 + 5
                self.canvas.text(x, y, f"×{n.dilation}", SMALL, ha="center", va="top")

    def _stroke(self, source: str, target: str, lift: float) -> None:
        a, b = self.nodes[source], self.nodes[target]
        (x1, y1), (x2, y2) = self.places[source], self.places[target]
        half, high = self.size[0] / 2, self.size[1] / 2
        colours = self.canvas.colours
        span = b.column - a.column
        colour = mixed(colours.muted, colours.background, 0.25 if span > 1 else 0)
        if b.kind == "add":
            half_end, tip = high * 0.92, y2 - high * 0.92
        else:
            half_end, tip = half, y2 - high
        blocked = any(
            a.column < n.column < b.column and abs(self.places[path][1] - y1) < high
            for path, n in self.nodes.items()
        )
        if a.row == b.row and blocked:  # over the heads of what stands between
            more = 0 if b.kind == "add" else span - 2
            top, shift = y1 - high - lift - 9 * more, 4 * more
            points = [(x1 + shift, y1 - high), (x1 + shift, top), (x2 - shift, top)]
            points += [(x2 - shift, tip)]
            if b.kind == "add":
                colour = colours.accent
        elif abs(y1 - y2) < 1:
            points = [(x1 + half, y1), (x2 - half_end, y2)]
        elif a.row == b.row:  # branches of one size, one above the other
            middle = (x1 + half + x2 - half) / 2
            points = [(x1 + half, y1), (middle, y1), (middle, y2), (x2 - half_end, y2)]
        elif y2 > y1:
            points = [(x1, y1 + high), (x1, y2), (x2 - half, y2)]
        else:
            points = [(x1 + half, y1), (x2, y1), (x2, y2 + high)]
        width = 2 if b.kind == "add" and span > 1 else 1.5
        self.canvas.line(points, colour, width, head=True, radius=12)


def fill_of(n: Node, colours: Theme) -> str:
    """Choose a node's colour: the decoder's on the way up, otherwise the encoder's."""
    word = n.path.rpartition(".")[2]
    return colours.decoder if word.startswith("dec") else colours.encoder
