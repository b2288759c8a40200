"""What is known about a network and its weights: the one place to ask, for any network.

A `U2Net` carries these notes in attributes. In any other network, attributes of the same names mean
whatever its author wanted, so they are neither read nor written: its notes are kept here.
"""

import weakref
from dataclasses import dataclass
from numbers import Integral
from typing import TypeAlias

from torch import nn

from .spec import U2NetSpec
from .stand_in import unwrapped
from .u2net import U2Net


@dataclass(frozen=True)
class About:
    """What is known about a network and its weights."""

    name: str
    """The name of its table, or else of its class."""
    spec: U2NetSpec | None = None
    """The table of a `U2Net`; None for any other network."""
    preprocessing: str | None = None
    """The preprocessing, by name, that the weights were trained with; None if it is not known."""
    size: int | tuple[int, int] | None = None
    """The side of the pictures that they were trained on, or their height and width."""
    provenance: str = ""
    """Where the weights come from."""
    channels: int = 3
    """The channels of its images: what the table says, or else what the first convolution takes."""


_Notes: TypeAlias = tuple[str | None, int | tuple[int, int] | None, str]
_notes: dict[int, tuple[weakref.ref, _Notes]] = {}  # by identity: a module may define equality


def about(model: nn.Module) -> About:
    """Say what is known about a network, whatever is wrapped around it.

    A Sequential of one module has that module's notes, but not its table: its paths are others.

    Raises: TypeError if the model is not a module.
    """
    network, noted = unwrapped(model), _noted(model)
    spec = network.spec if isinstance(network, U2Net) else None
    name = spec.name if spec else type(network).__name__
    if isinstance(noted, U2Net):
        notes = noted.preprocessing, noted.size, noted.provenance
        return About(name, spec, *notes, noted.spec.in_channels)
    kept = _notes.get(id(noted))
    written = kept[1] if kept and kept[0]() is noted else (None, None, "")
    return About(name, None, *written, _channels(network))


def note(
    model: nn.Module,
    *,
    preprocessing: str | None,
    size: int | tuple[int, int] | None,
    provenance: str,
) -> None:
    """Write down what a network's weights were trained on; `about` then says so.

    Copies of a network that is not a `U2Net` do not inherit its notes.

    Raises: TypeError if the model is not a module.
    """
    network = _noted(model)
    if isinstance(network, U2Net):
        network.preprocessing, network.size = preprocessing, size
        network.provenance = provenance
        return
    key = id(network)
    reference = weakref.ref(network, lambda gone: _forget(key, gone))
    _notes[key] = reference, (preprocessing, size, provenance)


def _noted(model: nn.Module) -> nn.Module:
    """The module that the notes are of: the network, or what a Sequential of one module holds."""
    network = unwrapped(model)
    while type(network) is nn.Sequential and len(network) == 1:
        network = unwrapped(network[0])
    return network


def _channels(network: nn.Module) -> int:
    said = (getattr(module, "in_channels", None) for module in network.modules())
    counts = (int(n) for n in said if isinstance(n, Integral) and not isinstance(n, bool))
    return next((channels for channels in counts if channels > 0), 3)


def _forget(key: int, gone: weakref.ref) -> None:
    if key in _notes and _notes[key][0] is gone:
        del _notes[key]
