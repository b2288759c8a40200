"""Cut a network and see: change what a part gives, or what one reader gets of it.

One run of a stand-in, operator by operator, under the same stream that gives paths and `capture`.
The trace says at which step a part is made and at which step it is read; there the change is made,
and nowhere else, so that cutting a skip leaves what the way down gets as it was.
"""

import math
import re
from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any

import pandas as pd
import torch
from torch import Tensor, nn

from ..architecture.stand_in import stand_in
from .changing import Changing, Edit, Plain
from .operators import Operator
from .paths import unknown_path
from .tracing import Trace, trace
from .values import check_values

Change = str | float | Tensor
"""`"zero"`, `"mean"`, a gain, or the tensor that the part gave for another picture."""

ARROW = re.compile(r"\s*->\s*")
CHANNELS = re.compile(r"(?P<path>.*?)\s*\[(?P<channels>[^\]]*)\]\s*")


def intervene(model: nn.Module, images: Tensor, changes: Mapping[str, Change]) -> Any:
    """Run a network with some of its parts changed; the model stays as it was.

    Args:
        model: ours, or any network that can be traced and takes one tensor.
        images: (B, C, H, W), as `preprocess` gives them.
        changes: {part: change}. A part is a path (`en3`, `de2.enc4`, `en1.in.conv`), whose output
            is changed for all who read it; or a connection (`en3 -> de3.concat`), where one reader
            alone gets something else; `connections` lists them. Channels can follow the source:
            `en3[4, 7]`, `en3[4, 7] -> de3.concat`. A change is `"zero"`; `"mean"`, of each
            channel over its map; a number, the gain by which the part is multiplied; or a tensor
            in the part's shape, such as what `capture` found there for another picture.

    Returns: the model's own output, for these images.
    Raises: PathError for a part that the network does not have, with the nearest; ValueError for a
    connection that is none, channels that are not there, and a change that does not apply, with the
    reason; TypeError for what is no change; TraceError.
    """
    check_values(images, "intervene")
    traced = trace(model, (images.shape[-2], images.shape[-1]), images.shape[1])
    edits = edits_of(traced, changes, len(images))
    return Changing(stand_in(model), traced.operators, edits).output(images)


class Replay:
    """A network on the same images again and again, each time with other changes.

    What comes before the first change of a run is taken from the run before, where that was still
    plain there: go through the parts in the order of the network (`position`).

    Args: as for `intervene`. Raises: TraceError.
    """

    def __init__(self, model: nn.Module, images: Tensor):
        check_values(images, "intervene")
        self.traced = trace(model, (images.shape[-2], images.shape[-1]), images.shape[1])
        self._model, self._images = stand_in(model), images
        self._plain = Plain(self.traced.operators)
        self.unchanged = self.run({})
        """The model's output without any change."""

    @property
    def connections(self) -> pd.DataFrame:
        """As the function `connections` gives them."""
        return connections_of(self.traced)

    def position(self, part: str, change: Change = "zero") -> int:
        """The last operator that a change of this part leaves as it was. Raises: as `intervene`."""
        return edits_of(self.traced, {part: change}, len(self._images))[0].last_plain

    def run(self, changes: Mapping[str, Change]) -> Any:
        """What `intervene` returns. Raises: as `intervene`."""
        edits = edits_of(self.traced, changes, len(self._images))
        return Changing(self._model, self.traced.operators, edits, self._plain).output(self._images)


def connections(model: nn.Module, size: tuple[int, int]) -> pd.DataFrame:
    """List every arrow of a network: which part reads which, as `intervene` takes them.

    Columns: `source`, the part that gives; `reader`, the operator that takes; `kind`: `skip` (into
    a concatenation, from before what comes from below), `up` (from below, resized or joined),
    `residual` (into a sum), `side` (to a side head or the fusion), `down` (every other step to the
    next layer); `where`: the stage inside of which it lies, or `outer` between two stages.
    The index is `source -> reader`.

    Raises: ValueError for a size that is none; TraceError.
    """
    return connections_of(trace(model, size))


def connections_of(traced: Trace) -> pd.DataFrame:
    """As the function `connections` gives them, of a network that is traced already."""
    layer = {i: path for path, members in traced.groups("layer").items() for i in members}
    names = _names(traced)
    rows = {}
    for i, operator in enumerate(traced.operators):
        for source in dict.fromkeys(operator.inputs):
            if layer.get(source) == layer.get(i):
                continue
            giver = names[source]
            stages = _stage(giver), _stage(operator.path)
            rows[f"{giver} -> {operator.path}"] = {
                "source": giver,
                "reader": operator.path,
                "kind": _kind(operator, source),
                "where": stages[0] if stages[0] == stages[1] else "outer",
            }
    return pd.DataFrame.from_dict(
        rows, orient="index", columns=["source", "reader", "kind", "where"]
    )


def _stage(path: str) -> str:
    return path.split(".")[0]


def _kind(reader: Operator, source: int) -> str:
    if _stage(reader.path).startswith(("side", "fuse")):
        return "side"
    if reader.kind == "add":
        return "residual"
    if reader.kind == "concat":
        return "up" if source == max(reader.inputs) else "skip"
    return "up" if reader.kind == "resize" else "down"


def _names(traced: Trace) -> list[str]:
    """For each operator the largest part whose output it makes: `en3` for its last addition."""
    names = [operator.path for operator in traced.operators]
    for path in traced.paths:
        try:
            made = traced.position(path)
        except ValueError:  # it gives several tensors, or none
            continue
        if len(path) < len(names[made]):
            names[made] = path
    return names


# What is changed, and where


def edits_of(traced: Trace, changes: Mapping[str, Change], batch: int) -> list[Edit]:
    """The changes, with the operators that give and that read. Raises: as `intervene`."""
    if not isinstance(changes, Mapping):
        raise TypeError(f"changes is {{part: change}}; got {type(changes).__name__}.")
    return [_edit(traced, part, change, batch) for part, change in changes.items()]


def _edit(traced: Trace, part: str, change: Change, batch: int) -> Edit:
    if not isinstance(part, str):
        raise unknown_path(part, traced.paths)
    given, *rest = ARROW.split(part.strip(), maxsplit=1)
    path, channels = _channels(part, given)
    source = traced.position(path)
    readers = frozenset(_readers(traced, part, source, rest[0])) if rest else None
    shape = traced.operators[source].output_shape
    if channels and (len(shape) < 2 or max(channels) >= shape[1]):
        there = f"channels 0 … {shape[1] - 1}" if len(shape) > 1 else "no channels"
        raise ValueError(f"{part!r}: {path} has {there}; got {channels}.")
    changed = _change(part, change, (batch, *shape[1:]))
    return Edit(part, source, readers, _in_channels(changed, channels))


def _channels(part: str, given: str) -> tuple[str, list[int]]:
    """A path, and the channels behind it in brackets; none for all."""
    if "[" not in given:
        return given.strip(), []
    found = CHANNELS.fullmatch(given)
    numbers = [word.strip() for word in found["channels"].split(",")] if found else []
    if not found or not all(word.isdecimal() for word in numbers):
        raise ValueError(f"{part!r}: channels stand behind a path, as in en3[4, 7].")
    return found["path"], [int(word) for word in numbers]


def _readers(traced: Trace, part: str, source: int, reader: str) -> list[int]:
    """The operators that a reader's path names and that read the source."""
    reading = [i for i, o in enumerate(traced.operators) if source in o.inputs]
    found = [
        i
        for i in reading
        if traced.operators[i].path == reader
        or traced.operators[i].home == reader
        or traced.operators[i].home.startswith(f"{reader}.")
    ]
    if not found:
        if reader not in traced.paths:
            raise unknown_path(reader, traced.paths)
        readers = ", ".join(traced.operators[i].path for i in reading) or "nothing"
        raise ValueError(f"{part!r} is no connection: what it names is read by {readers}.")
    return found


def _change(part: str, change: Change, shape: tuple[int, ...]) -> Callable[[Tensor], Tensor]:
    if isinstance(change, Tensor):
        if tuple(change.shape) not in (shape, (1, *shape[1:])):
            raise ValueError(
                f"{part!r} gives {_by(shape)}; the tensor to put there is {_by(change.shape)}. "
                "capture(model, other_images, path) gives one that fits."
            )
        return lambda x: change.to(x).expand_as(x)
    if isinstance(change, str):
        if change == "zero":
            return torch.zeros_like
        if change == "mean":
            if len(shape) != 4:
                raise ValueError(
                    f"{part!r} gives {_by(shape[1:])}, which are no maps: there is nothing to take "
                    'the mean over. "zero" or a gain applies.'
                )
            return lambda x: x.mean((2, 3), keepdim=True).expand_as(x)
    elif isinstance(change, Real) and not isinstance(change, bool) and math.isfinite(change):
        return lambda x: x * float(change)
    raise TypeError(
        f'{part!r}: a change is "zero", "mean", a gain (a finite number), or a tensor that the '
        f"part gave for another picture; got {change!r:.60}."
    )


def _by(shape) -> str:
    return "×".join(str(int(n)) for n in shape) or "a single number"


def _in_channels(change: Callable[[Tensor], Tensor], channels: list[int]):
    """The change, made in these channels alone; in memory of its own.

    A layer that works in place must write neither on the tensor that the caller gave, nor on a mean
    that all pixels share.
    """

    def changed(x: Tensor) -> Tensor:
        result = x.clone()
        if channels:
            result[:, channels] = change(x)[:, channels]
        else:
            result.copy_(change(x))
        return result

    return changed
