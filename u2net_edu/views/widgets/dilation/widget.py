"""`explore_dilation`: what one cell reads, through a kernel or a stack of them, set by hand."""

from typing import Any

import traitlets

from ....analysis.dilation import Padding, Stretch, stretches, untouched
from ..kit.bundle import bundle
from ..kit.settings import Whole, Wholes
from ..kit.widget import BrowserWidget, shows_errors, stylesheet
from .still import Shown, dilation_sheet

LIMITS = {
    "kernel": (1, 7),
    "dilation": (1, 12),
    "stride": (1, 4),
    "padding": (0, 12),
    "size": (5, 33),
    "layers": (1, 4),
}


def explore_dilation(
    *,
    kernel: int = 3,
    dilation: int = 1,
    stride: int = 1,
    padding: int | str = "same",
    layers=None,
    size: int = 17,
    scale: float = 1.0,
    explain: bool = True,
    plain: bool = False,
) -> "DilationExplorer":
    """Set kernel, dilation, stride, padding, stack layers, and see which pixels a cell reads.

    Every setting is a trait of the widget, which can be set and observed from Python.

    Args:
        kernel: taps along each axis, 1…7; the same in all layers, like stride and padding.
        dilation: distance of neighbouring taps, 1…12; of the first layer if there are several.
        stride: 1…4.
        padding: pixels on each side, 0…12, or "same": dilation·(kernel-1)/2.
        layers: the dilations of a stack of up to four layers, such as (1, 2, 4), in place of
            `dilation`.
        size: height and width of the input in pixels, 5…33.
        scale: enlarges everything, for a projector.
        explain: whether the widget gives spans, fields, their formulas and the pixels that a cell
            reads; turn it off while an exercise asks for them. The widget always draws what the
            cell reads, and says it in words behind a fold that the reader opens.
        plain: show one ordinary kernel, without dilation, stacks and examples.

    Raises: SettingError, a ValueError and a TraitError, for a setting outside its range.
    """
    if layers is None:
        layers = [_whole("dilation", 1).check("dilation", dilation)]
    return DilationExplorer(
        kernel=kernel,
        stride=stride,
        padding=padding,
        layers=layers,
        size=size,
        scale=scale,
        explain=explain,
        plain=plain,
    )


def _whole(name: str, default: int) -> Whole:
    return Whole(default, *LIMITS[name])


class DilationExplorer(BrowserWidget):
    """The widget that `explore_dilation` makes.

    The results follow the settings: `spans` (what each layer's kernel alone spans, in cells of its
    own input), `fields` (what the stack up to each layer sees, in input pixels, away from the
    border), `sizes` (of the input and each layer's output), `untouched` (input pixels that no
    output cell reads) and `problem` (why these settings are impossible, else ""). After an
    impossible layer the lists end, with an output size of 0.
    """

    alt = "The input pixels that one output cell reads, beside a table of the layers."

    _esm = bundle("dilation/widget")
    _css = stylesheet("dilation/widget")

    kernel = _whole("kernel", 3).tag(sync=True)
    stride = _whole("stride", 1).tag(sync=True)
    padding = traitlets.Union(
        [_whole("padding", 0), traitlets.Enum(["same"])], default_value="same"
    ).tag(sync=True)
    layers = Wholes(_whole("dilation", 1), [1], LIMITS["layers"]).tag(sync=True)
    size = _whole("size", 17).tag(sync=True)
    limits = traitlets.Dict(LIMITS, read_only=True).tag(sync=True)
    explain = traitlets.Bool(True).tag(sync=True)
    plain = traitlets.Bool(False).tag(sync=True)
    cell = traitlets.List(traitlets.Int(), [0, 0], minlen=2, maxlen=2).tag(sync=True)  # row, column

    dilation = _whole("dilation", 1)
    spans: "traitlets.List[Any]" = traitlets.List(read_only=True)
    fields: "traitlets.List[Any]" = traitlets.List(read_only=True)
    sizes: "traitlets.List[Any]" = traitlets.List(read_only=True)
    untouched = traitlets.Int(read_only=True)
    problem = traitlets.Unicode(read_only=True)

    def __init__(self, **settings):
        super().__init__(**settings)
        self._compute()
        middle = max(self.output_size - 1, 0) // 2
        self.cell = [middle, middle]
        self.observe(self._compute, ["kernel", "stride", "padding", "layers", "size"])
        self.observe(self._first_layer, "dilation")

    @property
    def field(self) -> int:
        """What an output cell of the whole stack sees along an axis, away from the border."""
        return self.fields[-1]

    @property
    def output_size(self) -> int:
        """Height and width of the output; 0 for impossible settings."""
        return self.sizes[-1]

    def _first_layer(self, change) -> None:
        self.layers = [change["new"], *self.layers[1:]]

    @shows_errors
    def _compute(self, change=None) -> None:
        found = geometry(self.kernel, self.stride, self.padding, self.layers, self.size)
        for name, value in found.items():
            self.set_trait(name, value)
        self.dilation = self.layers[0]
        last = max(self.output_size - 1, 0)
        self.cell = [min(max(index, 0), last) for index in self.cell]  # the map may have shrunk

    def still(self) -> bytes:
        """The footprint of the chosen cell and the two kinds of size, as PNG."""
        shown = Shown(
            self.kernel, self.stride, self.padding, self.layers, self.size, self.cell,
            explain=self.explain, plain=self.plain,
        )  # fmt: skip
        return dilation_sheet(shown, geometry(*shown.stack))


def geometry(
    kernel: int, stride: int, padding: Padding, layers, size: int, *, explain: bool = True
) -> dict:
    """What the widget tells of a stack: spans, fields, sizes, untouched, and problem."""
    settings = dict(kernel=kernel, stride=stride, padding=padding, layers=layers, size=size)
    rows = stretches(kernel, stride, padding, layers, size)
    problem = ""
    if not rows[-1].output:
        problem = _why_not(len(rows), rows[-1], settings) if explain else "impossible"
    return {
        "spans": [row.span for row in rows],
        "fields": [row.field for row in rows],
        "sizes": [size, *(row.output for row in rows)],
        "untouched": untouched(kernel, stride, padding, layers, size),
        "problem": problem,
    }


def _why_not(number: int, row: Stretch, settings: dict) -> str:
    which = f"Layer {number}: its kernel" if len(settings["layers"]) > 1 else "The kernel"
    padded = f"{row.room} with its padding" if row.room > row.input else "no padding"
    return (
        f"{which} spans {row.span} pixels, but its input has only {row.input} ({padded}). "
        f"What fits: {', or '.join(_what_fits(number, settings))}."
    )


def _what_fits(number: int, settings: dict) -> list[str]:
    """For each setting on its own, the nearest value with which the whole stack is possible."""
    layers = list(settings["layers"])

    def redilated(dilation: int) -> dict:
        return {"layers": [*layers[: number - 1], dilation, *layers[number:]]}

    tries = [
        ("a padding of {}", settings["padding"], LIMITS["padding"][1], lambda n: {"padding": n}),
        ("a dilation of {}", layers[number - 1], LIMITS["dilation"][0], redilated),
        ("a kernel of {0}×{0}", settings["kernel"], LIMITS["kernel"][0], lambda n: {"kernel": n}),
        ("an input of {0}×{0}", settings["size"], LIMITS["size"][1], lambda n: {"size": n}),
    ]
    found = []
    for words, start, end, change in tries:
        step = 1 if end > start else -1
        for value in range(start + step, end + step, step) if end != start else ():
            if not geometry(**{**settings, **change(value)}, explain=False)["problem"]:
                found.append(words.format(value))
                break
    return found
