"""Whatever a forward gives its tensors in."""

import dataclasses
from collections import OrderedDict, UserDict, UserList, defaultdict, deque, namedtuple
from types import SimpleNamespace
from typing import NamedTuple

import pytest
import torch
from torch import nn

import u2net_edu as u2
from u2net_edu.analysis.containers import tensors_of

from .nets import Applied, conv


@dataclasses.dataclass
class Plain:
    logits: torch.Tensor
    loss: torch.Tensor | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    logits: torch.Tensor


@dataclasses.dataclass
class ModelOutput(OrderedDict):
    """A dict and a dataclass at once, as a well-known library's outputs are."""

    logits: torch.Tensor | None = None

    def __post_init__(self):
        self["logits"] = self.logits


class Ordered(OrderedDict):
    pass


class Named(NamedTuple):
    logits: torch.Tensor
    side: torch.Tensor


class Slotted:
    __slots__ = ("logits",)

    def __init__(self, logits):
        self.logits = logits


class Attributes:
    def __init__(self, logits):
        self.logits, self.parent = logits, self  # refers to itself


Old = namedtuple("Old", "logits")

KINDS = {
    "dataclass": Plain,
    "frozen, with slots": Frozen,
    "dict and dataclass": ModelOutput,
    "OrderedDict": lambda x: OrderedDict(logits=x),
    "subclass of it": lambda x: Ordered(logits=x),
    "defaultdict": lambda x: defaultdict(list, logits=x),
    "UserDict": lambda x: UserDict(logits=x),
    "UserList": lambda x: UserList([x]),
    "NamedTuple": lambda x: Named(x, x),
    "namedtuple": Old,
    "deque": lambda x: deque([x]),
    "set": lambda x: {x},
    "namespace": lambda x: SimpleNamespace(logits=x),
    "object": Attributes,
    "object with slots": Slotted,
    "one in another": lambda x: {"a": [Plain(x), (None, 1.5, "text")], "b": Attributes([])},
}


@pytest.mark.parametrize("kind", KINDS)
def test_tensors_are_found_in_a_container(kind):
    wrap = KINDS[kind]
    traced = u2.trace(Applied(conv(3, 1), forward=lambda x, a: wrap(a(x))), (8, 9))
    assert traced.output_path == "layers.0"
    assert traced.field(traced.output_path).size == 3
    tensor = torch.ones(2)
    assert {id(found) for found in tensors_of(wrap(tensor))} == {id(tensor)}


def test_a_stage_in_the_middle_may_give_one_too():
    class Inner(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = conv(3, 2)

        def forward(self, x):
            return Plain(self.conv(x))

    model = Applied(Inner(), conv(2, 1), forward=lambda x, a, b: b(a(x).logits))
    traced = u2.trace(model, (8, 9))
    assert traced.field("layers.0").size == 3
    assert traced.field("layers.1").size == 5


@pytest.mark.parametrize(
    "nothing", [None, 3.5, "text", [], {}, [None, ("a", 2)], SimpleNamespace()]
)
def test_no_tensor_is_found_where_there_is_none(nothing):
    assert tensors_of(nothing) == []
    with pytest.raises(u2.TraceError, match="no tensor that an operator made"):
        u2.trace(Applied(conv(3, 1), forward=lambda x, a: nothing), (8, 9))


@pytest.mark.parametrize("kind", ["dataclass", "dict and dataclass", "NamedTuple", "object"])
def test_the_one_tensor_in_a_container_is_captured_and_has_an_effective_field(kind):
    class Inner(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = conv(3, 2)

        def forward(self, x):
            return KINDS[kind](self.conv(x))

    model, image = Applied(Inner(), forward=lambda x, a: a(x)), torch.rand(1, 3, 6, 6)
    inner = u2.capture(model, image, ["layers.0", "layers.0.conv"])
    assert torch.equal(inner["layers.0"], inner["layers.0.conv"])
    assert (u2.effective_field(model, image, "layers.0", (3, 3)) > 0).sum() == 9
