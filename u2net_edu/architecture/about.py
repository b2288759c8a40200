"""What is known about a network's weights: one place that says it, for ours and for anybody's.

A `U2Net` carries these notes in attributes of its own. In a foreign network attributes of the same
names mean what its author wanted, so they are neither read nor written: what there is to note about
it is kept here, beside it.
"""

import weakref
from dataclasses import dataclass

from torch import nn

from .spec import U2NetSpec
from .stand_in import unwrapped
from .u2net import U2Net


@dataclass(frozen=True)
class About:
    """What is known about a network and its weights."""

    name: str
    """That of its table, or else of its class."""
    spec: U2NetSpec | None = None
    """The table of a network of ours; None for a foreign one."""
    preprocessing: str | None = None
    """The preprocessing, by name, that the weights were trained with; None: nobody has said."""
    size: int | tuple[int, int] | None = None
    """The side of the pictures that they were trained on, or their height and width."""
    provenance: str = ""
    """Where the weights come from."""


_notes: dict[int, tuple[weakref.ref, About]] = {}  # by identity: a module may define equality


def about(model: nn.Module) -> About:
    """What is known about a network, whatever is wrapped around it.

    Raises: TypeError for what is no module.
    """
    network = unwrapped(model)
    if isinstance(network, U2Net):
        spec = network.spec
        return About(spec.name, spec, network.preprocessing, network.size, network.provenance)
    if id(network) in _notes:
        reference, known = _notes[id(network)]
        if reference() is network:
            return known
    return About(type(network).__name__)


def note(
    model: nn.Module,
    *,
    preprocessing: str | None,
    size: int | tuple[int, int] | None,
    provenance: str,
) -> None:
    """Write down what a network's weights were trained on; `about` then says so.

    A copy of a foreign network (deepcopy, a stand-in) knows nothing of it.

    Raises: TypeError for what is no module.
    """
    network = unwrapped(model)
    if isinstance(network, U2Net):
        network.preprocessing, network.size = preprocessing, size
        network.provenance = provenance
        return
    key = id(network)
    known = About(type(network).__name__, None, preprocessing, size, provenance)
    _notes[key] = weakref.ref(network, lambda gone: _forget(key, gone)), known


def _forget(key: int, gone: weakref.ref) -> None:
    if key in _notes and _notes[key][0] is gone:
        del _notes[key]
