"""Where the layers of a block stand on its drawing, and the lines between them.

What runs later stands further right, smaller maps lower; the rule is that of the figures.
"""

from ..figures.layout import Node

WIDTH, LEFT, TOP = 1120.0, 74.0, 46.0
ROW, HEIGHT, LIFT = 62.0, 38.0, 16.0

Place = tuple[float, float]


def plan(nodes: dict[str, Node]) -> dict:
    """{"width", "height", "box": [w, h], "places": {path: [x, y]}, "wires": [{from, to, d}]}.

    Places are centres; `d` is an SVG path that ends in an arrow's tip.
    """
    columns = 1 + max(node.column for node in nodes.values())
    pitch = min((WIDTH - LEFT) / columns, 150)
    box = min(pitch - 12, 84)
    together: dict[tuple[int, int], list[str]] = {}
    for path, node in nodes.items():
        together.setdefault((node.column, node.row), []).append(path)
    crowd = max(map(len, together.values()))
    top = TOP + (crowd - 1) * ROW / 2
    places = {
        path: (
            LEFT + pitch * (column + 0.5),
            top + ROW * row + (order - (len(paths) - 1) / 2) * ROW,
        )
        for (column, row), paths in together.items()
        for order, path in enumerate(paths)
    }
    places = _apart(nodes, places)
    wires = [
        {"from": source, "to": path, "d": _wire(nodes, places, source, path, box)}
        for path, node in nodes.items()
        for source in node.sources
    ]
    height = max(y for _, y in places.values()) + HEIGHT / 2 + 12
    return {
        "width": WIDTH,
        "height": height,
        "box": [box, HEIGHT],
        "places": {path: list(place) for path, place in places.items()},
        "wires": wires,
    }


def _apart(nodes: dict[str, Node], places: dict[str, Place]) -> dict[str, Place]:
    """Rows moved down where branches of one map size would reach into the next row."""
    moved, shift, lowest = {}, 0.0, None
    for row in sorted({node.row for node in nodes.values()}):
        members = [path for path, node in nodes.items() if node.row == row]
        highest = min(places[path][1] for path in members)
        if lowest is not None:
            shift = max(shift, lowest + ROW - highest)
        for path in members:
            moved[path] = places[path][0], places[path][1] + shift
        lowest = max(y for _, y in (moved[path] for path in members))
    return moved


def _wire(nodes: dict[str, Node], places, source: str, target: str, box: float) -> str:
    a, b = nodes[source], nodes[target]
    (x1, y1), (x2, y2) = places[source], places[target]
    half, high = box / 2, HEIGHT / 2
    end = high if b.kind == "add" else half
    blocked = any(
        a.column < node.column < b.column and abs(places[path][1] - y1) < high
        for path, node in nodes.items()
    )
    if a.row == b.row and blocked:  # over the heads of what stands between
        more = 0 if b.kind == "add" else b.column - a.column - 2
        top, aside = y1 - high - LIFT - 5 * min(more, 2), 6 * more
        return _path((x1 + aside, y1 - high), (x1 + aside, top), (x2 - aside, top),
                     (x2 - aside, y2 - high))  # fmt: skip
    if abs(y1 - y2) < 1:
        return _path((x1 + half, y1), (x2 - end, y2))
    if a.row == b.row:  # branches of one size, one above the other
        middle = (x1 + half + x2 - end) / 2
        return _path((x1 + half, y1), (middle, y1), (middle, y2), (x2 - end, y2))
    if y2 > y1:
        return _path((x1, y1 + high), (x1, y2), (x2 - half, y2))
    return _path((x1 + half, y1), (x2, y1), (x2, y2 + high))


def _path(*points: Place) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
