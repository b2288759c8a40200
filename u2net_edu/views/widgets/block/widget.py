"""`explore_block`: a row of the table, the block that it builds, its program, lit together."""

import re
from numbers import Integral
from typing import Any

import traitlets

from ....analysis.listing import WIDTHS, Line, Listing, listing
from ....analysis.tracing import Trace, trace
from ....architecture.blocks import BLOCKS, build_block
from ....architecture.spec import StageSpec
from ...figures.layout import Node, layers_of
from ..kit.bundle import bundle
from ..kit.widget import BrowserWidget, shows_errors, stylesheet
from .blockplan import plan
from .still import block_sheet

ROW = {"row.in": WIDTHS[0], "row.mid": WIDTHS[1], "row.out": WIDTHS[2]}
"""The numbers of the row by their ids, and the names that the program has for them."""


def explore_block(
    block: str = "RSU-7",
    in_channels: int = 3,
    mid_channels: int = 32,
    out_channels: int = 64,
    *,
    size=(320, 320),
    code: bool = True,
    scale: float = 1.0,
) -> "BlockExplorer":
    """Show a row of the network's table beside the block that it builds and the block's program.

    Point at a number of the row, a box of the drawing or a line of the program, and its
    counterparts light up in the other two. A click keeps them lit; the arrow keys walk on.

    Args:
        block: by its name: "RSU-<depth>", "NIV-<depth>", or one of `BLOCKS`. Can be set later.
        in_channels, mid_channels, out_channels: the widths of the row (paper: C_in, M, C_out).
        size: (height, width) of the map that the block is given, or one number for a square.
        code: whether the program is shown; not while an exercise asks for it.
        scale: enlarges everything, for a projector.

    Raises: ValueError for a block or a size that does not exist.
    """
    widths = (in_channels, mid_channels, out_channels)
    size = (size, size) if isinstance(size, Integral) else tuple(size)
    return BlockExplorer(block, widths, size, code=code, scale=scale)


class BlockExplorer(BrowserWidget):
    """The widget that `explore_block` makes.

    `selected` is "" or an id: of a number ("row.mid", "row.depth"), of a layer by its path
    ("enc3"), of a line of the program ("line.4", counted from 1). `lit` lists what it lights.
    """

    alt = "The block as a row of the table, as a drawing and as a program."

    _esm = bundle("block/widget")
    _css = stylesheet("block/widget")

    block = traitlets.Unicode().tag(sync=True)
    code = traitlets.Bool(True).tag(sync=True)
    choices: "traitlets.List[Any]" = traitlets.List().tag(sync=True)
    shown = traitlets.Dict().tag(sync=True)
    selected = traitlets.Unicode("").tag(sync=True)

    def __init__(self, block: str, widths: tuple[int, int, int], size, **settings):
        self._widths, self._size = widths, size
        described = describe(block, widths, size)
        choices = list(dict.fromkeys([*BLOCKS, block]))
        super().__init__(block=block, choices=choices, shown=described, **settings)
        self.observe(self._rebuild, "block")

    @property
    def lit(self) -> list[str]:
        """The ids that are lit now, the selected one first; of lines only while they are shown."""
        if not self.selected:
            return []
        ids = [self.selected, *self.shown["items"][self.selected]["lights"]]
        return [i for i in ids if self.code or not i.startswith("line.")]

    @traitlets.validate("selected")
    def _known(self, proposal):
        items = self.shown.get("items", {})
        if proposal["value"] and proposal["value"] not in items:
            raise traitlets.TraitError(
                f"selected must be one of {', '.join(items)}; got {proposal['value']!r}."
            )
        return proposal["value"]

    @traitlets.validate("block")
    def _exists(self, proposal):
        try:
            build_block(proposal["value"], 1, 1, 1)
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from None
        return proposal["value"]

    @shows_errors
    def _rebuild(self, change) -> None:
        described = describe(self.block, self._widths, self._size)
        with self.hold_sync():
            if self.selected not in described["items"] or self.selected.startswith("line."):
                self.selected = ""
            self.shown = described
            self.choices = list(dict.fromkeys([*self.choices, self.block]))

    def still(self) -> bytes:
        """Drawing and program, as PNG."""
        return block_sheet(self.block, self._widths, self._size, code=self.code)


def describe(block: str, widths: tuple[int, int, int], size: tuple[int, int]) -> dict:
    """All that the browser draws, and for each thing in it what it lights and says."""
    row = StageSpec(f"({block})", block, *widths)  # refuses what no table may have
    traced = trace(build_block(row.block, *widths), size, widths[0])
    nodes = layers_of(traced)
    program = listing(block, *widths)
    return {
        "row": _row(block, widths, nodes),
        "plan": plan(nodes),
        "boxes": [_box(traced, node) for node in nodes.values()],
        "rows": _rows(traced, nodes),
        "lines": [{"id": f"line.{n}", "text": line.text} for n, line in _numbered(program)],
        "items": _items(block, widths, traced, nodes, program),
    }


def _numbered(program: Listing) -> list[tuple[int, Line]]:
    return list(enumerate(program.lines, start=1))


def _row(block: str, widths: tuple[int, int, int], nodes: dict[str, Node]) -> list[dict]:
    cells = [{"id": "", "head": "block", "text": block}]
    if _levels(nodes):
        cells.append({"id": "row.depth", "head": "depth (L)", "text": str(len(_levels(nodes)))})
    heads = ("in (I)", "mid (M)", "out (O)")
    cells += [{"id": i, "head": h, "text": str(w)} for i, h, w in zip(ROW, heads, widths)]
    return cells


def _levels(nodes: dict[str, Node]) -> list[str]:
    """The layers on the way down, if the block is a U."""
    return [path for path in nodes if re.fullmatch(r"enc\d+", path)]


def _box(traced: Trace, node: Node) -> dict:
    last = traced.operators[traced.groups("layer")[node.path][-1]]
    role = "decoder" if node.path.startswith("dec") else "encoder"
    return {
        "id": node.path,
        "role": "add" if node.kind == "add" else role,
        "channels": str(last.output_shape[1]),
        "dilation": f"×{node.dilation}" if node.dilation > 1 else "",
    }


def _rows(traced: Trace, nodes: dict[str, Node]) -> list[dict]:
    """The size of the maps of each row of the drawing; where several share it, of the largest."""
    places = plan(nodes)["places"]
    found: dict[int, dict] = {}
    for path, node in nodes.items():
        y = places[path][1]
        if node.row not in found:
            found[node.row] = {"text": _map_size(traced, path), "ys": []}
        found[node.row]["ys"].append(y)
    return [{"text": r["text"], "y": sum(r["ys"]) / len(r["ys"])} for r in found.values()]


def _map_size(traced: Trace, path: str) -> str:
    members = [traced.operators[i] for i in traced.groups("layer")[path]]
    main = next((o for o in members if o.macs), members[-1])
    return "×".join(map(str, main.output_shape[2:]))


# What each thing lights, and says


def _items(block, widths, traced: Trace, nodes: dict[str, Node], program: Listing) -> dict:
    numbers = dict(zip(WIDTHS, widths))
    ids = {word: i for i, word in ROW.items()}
    lines_of: dict[str, list[str]] = {path: [] for path in nodes}
    for n, line in _numbered(program):
        if line.path in lines_of:
            lines_of[line.path].append(f"line.{n}")
    items = {}
    for path, node in nodes.items():
        cells = [ids[word] for word in program.uses[path]]
        words = _say_layer(traced, node, nodes)
        if cells:
            named = [f"{_short(i)} = {numbers[ROW[i]]}" for i in cells]
            words += f" Its channels are decided by {_listed(named)}."
        items[path] = {"lights": [*cells, *lines_of[path]], "words": words, "into": path}
    for n, line in _numbered(program):
        if line.path not in nodes:
            continue
        kind = "makes" if line.makes else "runs"
        cells = [ids[w] for w in program.uses[line.path]] if line.makes else []
        twins = [i for i in lines_of[line.path] if i != f"line.{n}"]
        items[f"line.{n}"] = {
            "lights": [line.path, *cells, *twins],
            "words": f"Line {n} {kind} {line.path}. {items[line.path]['words']}",
            "into": "" if line.makes else line.path,
        }
    for i, word in ROW.items():
        paths = [path for path in nodes if word in program.uses[path]]
        made = [line for path in paths for line in lines_of[path][:1]]
        items[i] = {
            "lights": [*paths, *made],
            "words": f"{_short(i)} = {numbers[word]}: {_MEANING[i]}. "
            f"It decides the channels of {_listed(paths or ['no layer'])}.",
            "into": "",
        }
    levels = _levels(nodes)
    if levels:
        lines = [line for path in levels for line in lines_of[path]]
        items["row.depth"] = {
            "lights": [*levels, *lines],
            "words": _say_depth(traced, nodes, levels),
            "into": "",
        }
    return items


_MEANING = {
    "row.in": "the channels that come in",
    "row.mid": "the channels inside",
    "row.out": "the channels that go out",
}


def _short(cell: str) -> str:
    return cell.removeprefix("row.")


def _say_depth(traced: Trace, nodes: dict[str, Node], levels: list[str]) -> str:
    pools = sum(operator.kind == "pool" for operator in traced.operators)
    down = f"with {pools} {'pool' if pools == 1 else 'pools'} between them" if pools else "no pool"
    bottom = nodes[levels[-1]]
    return (
        f"depth = {len(levels)}: {len(levels)} layers on the way down, {levels[0]} to "
        f"{levels[-1]}, {down}. The last, the bottom, has dilation {bottom.dilation}."
    )


def _say_layer(traced: Trace, node: Node, nodes: dict[str, Node]) -> str:
    members = [traced.operators[i] for i in traced.groups("layer")[node.path]]
    sources = _listed(list(node.sources) or ["the input"])
    targets = [path for path, other in nodes.items() if node.path in other.sources]
    gives = f" It goes to {_listed(targets)}." if targets else " It is the block's output."
    if node.kind == "add":
        return f"{node.path}: the sum of {sources}, pixel by pixel and channel by channel.{gives}"
    conv = next((o for o in members if o.kind == "conv"), None)
    if conv is None:
        return f"{node.path}: {_listed([o.kind for o in members])} of {sources}.{gives}"
    steps = [_step(o) for o in members if o.kind not in ("norm", "relu", "conv")]
    before = f" First {_listed(steps)}." if steps else ""
    parameters = sum(operator.parameters for operator in members)
    dilation = f", dilation {node.dilation}" if node.dilation > 1 else ""
    kinds = [o.kind for o in members]
    after = ", batch norm, ReLU" if "norm" in kinds else ", ReLU" if "relu" in kinds else ""
    return (
        f"{node.path}: takes {sources}.{before} A convolution{dilation}{after}: "
        f"{conv.input_shapes[0][1]} channels to {conv.output_shape[1]}, on maps of "
        f"{_map_size(traced, node.path)}; {parameters:,} parameters.{gives}"
    )


def _step(operator) -> str:
    size = "×".join(map(str, operator.output_shape[2:]))
    channels = operator.output_shape[1]
    return {
        "pool": f"a pool to {size}",
        "mean": f"an average over all, {size}",
        "resize": f"a resize to {size}",
        "concat": f"a concatenation to {channels} channels",
    }.get(operator.kind, operator.kind)


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
