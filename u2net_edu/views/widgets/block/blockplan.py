"""Where the layers of a block stand on its drawing, and the lines between them.

What runs later stands further right, smaller maps lower; the rule is that of the figures.
"""

from ...figures.layout import Node

WIDTH, LEFT = 1120.0, 74.0
ROW, HEIGHT, LIFT = 62.0, 38.0, 10.0

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
    arcs = _arcs(nodes, crowd)
    above = max((level for (s, _), level in arcs.items() if nodes[s].row == 0), default=0)
    top = HEIGHT / 2 + 6 + LIFT * (above + 0.5) + (crowd - 1) * ROW / 2
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
        {"from": source, "to": path, "d": _wire(nodes, places, arcs, source, path, box)}
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


def _arcs(nodes: dict[str, Node], crowd: int) -> dict[tuple[str, str], int]:
    """Ways along a row over the heads of what stands between, and how high: short ones below.

    Two that run over the same boxes never share a height.
    """
    jumps = []
    for path, node in nodes.items():
        for source in node.sources:
            start = nodes[source]
            beside = [n for n in nodes.values() if start.column < n.column < node.column]
            if crowd == 1 and start.row == node.row and any(n.row == node.row for n in beside):
                jumps.append((start.row, start.column, node.column, (source, path)))
    found: dict[tuple[str, str], int] = {}
    placed: list[tuple[int, int, int, int]] = []
    for row, left, right, way in sorted(jumps, key=lambda jump: jump[2] - jump[1]):
        met = [lv for r, le, ri, lv in placed if r == row and le < right and left < ri]
        found[way] = 1 + max(met, default=0)
        placed.append((row, left, right, found[way]))
    return found


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


def _wire(nodes: dict[str, Node], places, arcs, source: str, target: str, box: float) -> str:
    a, b = nodes[source], nodes[target]
    (x1, y1), (x2, y2) = places[source], places[target]
    half, high = box / 2, HEIGHT / 2
    end = high if b.kind == "add" else half
    if (source, target) in arcs:
        level = arcs[source, target]
        top, aside = y1 - high - LIFT * (level + 0.5), max(10.0 - 6 * (level - 1), 8 - half)
        land = x2 if b.kind == "add" else x2 - aside
        return _path((x1 + aside, y1 - high), (x1 + aside, top), (land, top), (land, y2 - high))
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
