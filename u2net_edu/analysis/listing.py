"""A block written out as a program, line by line, from its trace.

What the trace saw becomes lines of Python: a layer made, a layer run, a pool, a join, a sum.
`vocabulary` defines the names that the program uses; a test checks that it equals the block.
"""

import re
from dataclasses import dataclass

import torch
from torch import nn

from ..architecture.baselines import BinPool
from ..architecture.blocks import build_block
from ..architecture.layers import Add, Concat, ConvNormRelu, Pool, resize_like
from .paths import module_paths
from .tracing import Trace, trace

WIDTHS = ("in_channels", "mid_channels", "out_channels")
INDENT = "    "


@dataclass(frozen=True)
class Line:
    """A line of the program; `path` is the layer that it makes or runs, "" for the others."""

    text: str
    path: str = ""
    makes: bool = False


@dataclass(frozen=True)
class Width:
    """Channels of a layer, written with the block's own: `2 * mid_channels`."""

    text: str
    uses: tuple[str, ...]
    """Which of WIDTHS decide it."""


@dataclass(frozen=True)
class Listing:
    """The program of a block."""

    lines: tuple[Line, ...]
    uses: dict[str, tuple[str, ...]]
    """For each layer which of WIDTHS decide its channels."""
    complete: bool
    """False where an operator has no word here, so that the program cannot run."""

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines) + "\n"


def vocabulary() -> dict:
    """The words that a listing uses and Python does not know."""
    return {
        "nn": nn,
        "ConvNormRelu": ConvNormRelu,
        "pool": Pool(),
        "resize": resize_like,
        "concat": Concat(),
        "add": Add(),
        "relu": torch.relu,
        "average": lambda x, bins: BinPool(bins)(x),
    }


def listing(name: str, in_channels: int, mid_channels: int, out_channels: int) -> Listing:
    """Write the program of the block `name` at these widths.

    Raises: ValueError if no block has that name.
    """
    widths = (in_channels, mid_channels, out_channels)
    traced = trace(build_block(name, *widths), (64, 64), in_channels)
    makes, uses = _makes(name, widths, traced)
    runs, complete = _Forward(traced).lines()
    lines = [
        Line(f"class {re.sub('[^0-9A-Za-z]', '', name)}(nn.Module):"),
        Line(f"{INDENT}def __init__(self, {', '.join(WIDTHS)}):"),
        Line(f"{INDENT * 2}super().__init__()"),
        *makes,
        Line(""),
        Line(f"{INDENT}def forward(self, x):"),
        *runs,
    ]
    return Listing(tuple(lines), uses, complete)


# The layers, made


def _makes(name: str, widths: tuple[int, ...], traced: Trace):
    convs = _convs(name, widths)
    varied = [
        _convs(name, tuple(w * (2 if i == k else 1) for i, w in enumerate(widths)))
        for k in range(len(WIDTHS))
    ]
    lines: list[Line] = []
    uses: dict[str, tuple[str, ...]] = {}
    for path, members in traced.groups("layer").items():
        conv = convs.get(f"{path}.conv")
        if conv is None:
            uses[path] = ()
            continue
        others = [one[f"{path}.conv"] for one in varied]
        into = _width(conv.in_channels, [o.in_channels for o in others], widths)
        out = _width(conv.out_channels, [o.out_channels for o in others], widths)
        kinds = [traced.operators[i].kind for i in members]
        made = _layer(conv, into.text, out.text, "norm" in kinds)
        lines.append(Line(f"{INDENT * 2}self.{_attribute(path)} = {made}", path, makes=True))
        uses[path] = tuple(w for w in WIDTHS if w in into.uses + out.uses)
    return lines, uses


def _convs(name: str, widths: tuple[int, ...]) -> dict[str, nn.Conv2d]:
    with torch.device("meta"):
        paths = module_paths(build_block(name, *widths))
    return {path: module for module, path in paths.items() if isinstance(module, nn.Conv2d)}


def _width(number: int, doubled: list[int], widths: tuple[int, ...]) -> Width:
    """How a number of channels is made of the block's: found by doubling each of these in turn."""
    shares = [(after - number) / width for after, width in zip(doubled, widths)]
    uses = tuple(word for word, share in zip(WIDTHS, shares) if share)
    whole = all(share == int(share) and share >= 0 for share in shares)
    if not whole or sum(s * w for s, w in zip(shares, widths)) != number:
        return Width(str(number), uses)
    terms = [
        word if share == 1 else f"{int(share)} * {word}"
        for word, share in zip(WIDTHS, shares)
        if share
    ]
    return Width(" + ".join(terms), uses)


def _layer(conv: nn.Conv2d, into: str, out: str, normed: bool) -> str:
    if not normed:
        return f"nn.Conv2d({into}, {out}, {conv.kernel_size[0]})"
    dilation = conv.dilation[0]
    more = f", dilation={dilation}" if dilation > 1 else ""
    return f"ConvNormRelu({into}, {out}{more})"


def _attribute(path: str) -> str:
    return "input" if path == "in" else path.replace(".", "_")


def _variable(path: str) -> str:
    return "f1" if path == "in" else path.replace(".", "_")


# The layers, run


class _Forward:
    """Writes the operators of a trace as expressions, one line a layer."""

    def __init__(self, traced: Trace):
        self.operators = traced.operators
        self.groups = traced.groups("layer")
        self.words = {0: "x"}  # operator → what stands for its output
        self.complete = True

    def lines(self) -> tuple[list[Line], bool]:
        found = []
        for path, members in self.groups.items():
            for i in members:
                self.words[i] = self._expression(path, i)
            result = self.words[members[-1]]
            last = members[-1] == len(self.operators) - 1
            start = "return" if last else f"{_variable(path)} ="
            found.append(Line(f"{INDENT * 2}{start} {result}", path))
            self.words[members[-1]] = _variable(path)
        return found, self.complete

    def _expression(self, path: str, i: int) -> str:
        operator = self.operators[i]
        given = [self.words[source] for source in operator.inputs]
        kind = operator.kind
        if kind == "conv":
            return f"self.{_attribute(path)}({given[0]})"
        if kind in ("norm", "relu") and self._in_layer(path):
            return given[0]  # ConvNormRelu does these
        if kind == "pool" and "output_size" not in operator.settings:
            return f"pool({given[0]})"
        if kind == "pool" or (kind == "mean" and operator.grid == (1, 1)):
            return f"average({given[0]}, {operator.grid[0]})"
        if kind == "resize":
            return f"resize({given[0]}, {self._reference(i)})"
        if kind == "add":
            return " + ".join(given)
        self.complete &= kind in ("relu", "concat")
        return f"{kind}({', '.join(given)})"

    def _in_layer(self, path: str) -> bool:
        kinds = {self.operators[i].kind for i in self.groups[path]}
        return {"conv", "norm", "relu"} <= kinds

    def _reference(self, i: int) -> str:
        """What an operator resizes to: the first map at its join that is not resized itself."""
        joins = [o for o in self.operators if i in o.inputs and o.kind == "concat"]
        for source in joins[0].inputs if joins else ():
            if self.operators[source].kind != "resize":
                return self.words[source]
        self.complete = False
        return "…"
