"""The one pass: every operator of a network, under its own path, with what it costs and sees.

The network runs where tensors have a shape and no values, so a pass needs no arithmetic and no
memory, at any size. Everything that is shown or said about a network, ours or your own, comes from
the `Trace` that it returns.
"""

import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

import pandas as pd
from numpy.typing import NDArray
from torch import nn

from ..architecture.about import about
from ..architecture.checks import whole
from ..architecture.stand_in import unwrapped
from .fields.receptive_field import ReceptiveField, Seen, see_all, support
from .fields.unclipped import Run, Unclipped
from .paths import unknown_path
from .recording import Recording, record
from .schema import Part, as_dict

LEVELS = ("operator", "layer", "stage")


class Trace:
    """What one pass over a network saw; made by `trace`.

    `operators[0]` is the image, of kind `input`; no table lists it.
    """

    def __init__(self, model: nn.Module, size: tuple[int, int], channels: int, record: Recording):
        self.model = model
        self.name = about(model).name
        self.size = size
        self.channels = channels
        self._recording = record
        self.operators = record.named()
        self._positions = {operator.path: i for i, operator in enumerate(self.operators)}

    @property
    def total_macs(self) -> int:
        return sum(operator.macs for operator in self.operators)

    @property
    def total_parameters(self) -> int:
        """Numbers in the parameters that the pass read; `unused_parameters` names the others."""
        return sum(operator.parameters for operator in self.operators)

    @property
    def unused_parameters(self) -> tuple[str, ...]:
        return self._recording.unused

    @property
    def peak_activation_bytes(self) -> int:
        """The most memory that activations take at one time, in eval mode without gradients.

        The image counts. Weights do not, and neither does the scratch memory of a machine's own
        kernels.
        """
        return max(operator.live_bytes for operator in self.operators)

    @property
    def uncounted(self) -> tuple[str, ...]:
        """Paths of operators whose cost is not known and is in no sum."""
        return tuple(operator.path for operator in self.operators if not operator.counted)

    @property
    def output_path(self) -> str:
        """The path of the operator that made the network's (first) output."""
        return self.operators[self._recording.outputs[""][0]].path

    @property
    def paths(self) -> list[str]:
        """Every path that `field`, `support` and `capture` understand, in order of execution."""
        modules = (path for path in self._recording.outputs if path)
        return list(dict.fromkeys([*modules, *self._positions]))

    def position(self, path: str) -> int:
        """The position in `operators` of what gives a stage's, a layer's or an operator's output.

        Raises: PathError; ValueError for a module that gives no tensor, or several.
        """
        if not isinstance(path, str):
            raise unknown_path(path, self.paths)
        made = self._recording.outputs.get(path)
        if path in self._positions and (made is None or len(set(made)) != 1):
            return self._positions[path]
        if made is None or not path:
            if path in self._recording.classes and path:
                raise ValueError(f"{path} did not run in this pass, so nothing is known about it.")
            raise unknown_path(path, self.paths)
        if len(set(made)) != 1:
            choice = ", ".join(dict.fromkeys(self.operators[i].path for i in made))
            raise ValueError(
                f"{path} gives {len(made)} tensors"
                + (f": ask for one of {choice}." if choice else " that can be followed.")
            )
        return made[0]

    def table(self, level: str = "operator") -> pd.DataFrame:
        """What everything costs, in order of execution; the index is the path.

        Args:
            level: `operator`; `layer`, the largest part with a single convolution or matrix product
                (`en1.enc2`: pool, conv, norm and relu); `stage`, the network's own children (`en1`,
                `de5`, `side3`, `fuse`).

        Columns: kind, input_shapes, output_shape, parameters, macs, macs_share (0…1), other_ops,
        output_bytes, live_bytes (the largest while it ran), counted. Each level sums to the totals.
        Raises: ValueError for another level.
        """
        if level not in LEVELS:
            raise ValueError(f"level must be one of {', '.join(LEVELS)}, got {level!r}.")
        groups = self.groups(level)
        rows = [self._row(path, members) for path, members in groups.items()]
        return pd.DataFrame(rows, pd.Index(groups, name="path"), _COLUMNS)

    def groups(self, level: str) -> dict[str, list[int]]:
        """The operators of each row of `table`: {path: positions}, the image left out."""
        name_of: Callable[[int], str] = {
            "operator": lambda i: self.operators[i].path,
            "layer": lambda i: self._layers[i],
            "stage": lambda i: self.operators[i].home.split(".")[0] or self.operators[i].path,
        }[level]
        found: dict[str, list[int]] = defaultdict(list)
        for i in range(1, len(self.operators)):
            found[name_of(i)].append(i)
        return dict(found)

    @cached_property
    def _layers(self) -> list[str]:
        """For each operator the largest module around it with at most one weighty operator."""
        weighty: dict[str, int] = defaultdict(int)
        for operator in self.operators:
            for module in _around(operator.home):
                weighty[module] += operator.macs > 0
        return [
            next((m for m in _around(o.home) if weighty[m] <= 1), o.home or o.path)
            for o in self.operators
        ]

    def output_of(self, path: str, members: list[int]) -> int:
        """The operator of a group that gives its output."""
        return (self._recording.outputs.get(path) or members[-1:])[0]

    def _row(self, path: str, members: list[int]) -> dict[str, Any]:
        operators = [self.operators[i] for i in members]
        outside = dict.fromkeys(
            (source, shape)
            for operator in operators
            for source, shape in zip(operator.inputs, operator.input_shapes)
            if source not in members
        )
        macs = sum(operator.macs for operator in operators)
        return {
            "kind": self.kind(path, operators[-1].kind),
            "input_shapes": tuple(shape for _, shape in outside),
            "output_shape": self.operators[self.output_of(path, members)].output_shape,
            "parameters": sum(operator.parameters for operator in operators),
            "macs": macs,
            "macs_share": macs / max(self.total_macs, 1),
            "other_ops": sum(operator.other_ops for operator in operators),
            "output_bytes": sum(operator.output_bytes for operator in operators),
            "live_bytes": max(operator.live_bytes for operator in operators),
            "counted": all(operator.counted for operator in operators),
        }

    def kind(self, path: str, default: str = "") -> str:
        """`conv` for an operator, `RSU` for a stage: the kind, or the name of the class."""
        if path in self._positions:
            return self.operators[self._positions[path]].kind
        return self._recording.classes.get(path, default)

    def field(self, path: str) -> ReceptiveField:
        """What each pixel of a stage, a layer or an operator can see of the image.

        Raises: PathError; UnknownOperatorError, which names the operator that is in the way.
        """
        position, free = self.position(path), lambda *one: self.unclipped.field(*one)
        return ReceptiveField(path, position, self.operators, self.seen, self.size, free)

    def support(self, path: str, pixel: tuple[int, int]) -> NDArray:
        """Exactly the pixels of the image that one output pixel can see: bool (H, W).

        Args:
            pixel: (row, column) of the output; by the image's axes where the network turned them.

        Raises: PathError; IndexError for a pixel that the output does not have;
        UnknownOperatorError.
        """
        return support(self.operators, self.size, self.position(path), path, pixel)

    @cached_property
    def seen(self) -> list[Seen]:
        """What the output of each operator sees, as `see_all` says."""
        return see_all(self.operators, self.size)

    @cached_property
    def unclipped(self) -> Unclipped:
        """Its fields on an image so large that some pixels of each map see no border."""
        return Unclipped(Run(self.operators, self.size), self._again)

    def _again(self, size: tuple[int, int]) -> Run:
        """The same network at another size, or what ran of it before it failed there."""
        found = record(self.model, size, self.channels, complete=False)
        return Run(found.named(), size, found.error)

    def to_dict(self, fields: bool = False) -> dict[str, Any]:
        """The trace as plain JSON: what figures, browser widgets and the stand-alone page read.

        `schema` says what is in it. With `fields`, which takes a second pass, each operator has its
        field's sizes too.
        """
        return as_dict(
            self.name,
            self.channels,
            self.size,
            self.operators,
            self.unused_parameters,
            self._parts("stage"),
            self._parts("layer"),
            self.field if fields else None,
        )

    def _parts(self, level: str) -> list[Part]:
        return [
            Part(path, self.kind(path), members, self.output_of(path, members))
            for path, members in self.groups(level).items()
        ]

    def __repr__(self) -> str:
        return (
            f"<Trace of {self.name} at {self.size[0]}×{self.size[1]}: {len(self.operators) - 1} "
            f"operators, {self.total_macs:,} MACs, {self.total_parameters:,} parameters, "
            f"{self.peak_activation_bytes:,} bytes of activations at most>"
        )


_COLUMNS = [
    "kind",
    "input_shapes",
    "output_shape",
    "parameters",
    "macs",
    "macs_share",
    "other_ops",
    "output_bytes",
    "live_bytes",
    "counted",
]


def trace(model: nn.Module, size: tuple[int, int], channels: int | None = None) -> Trace:
    """Look at every operator of a network on an image of that size, in one pass without arithmetic.

    The pass is in eval mode, on a batch of one, without gradients. What runs is a stand-in without
    values: the model keeps its mode, device, dtype and hooks, and may be in use elsewhere at the
    same time. torch's global switches (deterministic algorithms, autocast, …) make no difference.

    Args:
        model: ours, or any `torch.nn.Module` that takes one image.
        size: (height, width) in pixels; as large as you like.
        channels: of the image; by default what the network says that it takes, or what its first
            convolution takes, or else 3 or 1, whichever it runs on.

    Raises: ValueError for a size that is not two positive integers, or channels that are not one;
    TypeError for what is no
    Python module; TraceError (a ValueError) where the forward fails, depends on the values of a
    tensor, or gives no tensor.
    Warns: about operators whose cost is not known; they are listed in `Trace.uncounted`.
    """
    size = checked_size(size)
    model = unwrapped(model)
    choices = input_channels(model) if channels is None else [whole("channels", channels)]
    for choice in choices:
        found = record(model, size, choice, complete=False)
        if not found.error:
            break
    else:
        found = record(model, size, choices[0])  # raises
    traced = Trace(model, size, found.operators[0].output_shape[1], found)
    if traced.uncounted:
        unknown = sorted({o.aten for o in traced.operators if not o.counted})
        warnings.warn(
            f"the cost of {', '.join(unknown)} is not known and not in the sums; "
            f"Trace.uncounted lists where: {', '.join(traced.uncounted[:4])}"
            + (", …" if len(traced.uncounted) > 4 else ""),
            stacklevel=2,
        )
    return traced


def input_channels(model: nn.Module) -> list[int]:
    """Channels of the images that a network may take, the likeliest first."""
    return list(dict.fromkeys([about(model).channels, 3, 1]))


def checked_size(size: Iterable[int]) -> tuple[int, int]:
    """A size as two ints. Raises: ValueError."""
    try:
        height, width = (whole("a side", n) for n in size)
    except (TypeError, ValueError):
        raise ValueError(
            f"size must be (height, width), integers of 1 or more, got {size!r}."
        ) from None
    return height, width


def _around(home: str) -> list[str]:
    """The modules around an operator, the largest first: en1, en1.enc2, en1.enc2.conv."""
    words = home.split(".") if home else []
    return [".".join(words[: i + 1]) for i in range(len(words))]
