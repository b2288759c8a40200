"""Read the weights of an ONNX file, without the onnx package: protobuf, as far as that needs it.

A message is a sequence of fields; a field is a number and a wire type in one varint, then its
value. Source: protobuf's encoding guide; onnx.proto for the fields' numbers.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

VARINT, EIGHT_BYTES, BYTES, FOUR_BYTES = 0, 1, 2, 5  # wire types
FLOAT = 1  # TensorProto.DataType


class OnnxError(ValueError):
    """A file that is no ONNX model, or uses more of the format than is read here."""


@dataclass(frozen=True)
class Node:
    """An operator: what it is, and the names of the values that it takes."""

    kind: str
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class Graph:
    """The operators of a model in the order they run, and its constants by name, float32."""

    nodes: tuple[Node, ...]
    constants: dict[str, Tensor]


def read_graph(content: bytes) -> Graph:
    """The graph of an ONNX file.

    Raises: OnnxError.
    """
    try:
        [graph] = _all(memoryview(content), 7)
        nodes = tuple(
            Node(
                "".join(_text(kind) for kind in _all(node, 4)),
                tuple(_text(name) for name in _all(node, 1)),
            )
            for node in _all(graph, 1)
        )
        constants = dict(filter(None, map(_constant, _all(graph, 5))))
    except (IndexError, ValueError, UnicodeDecodeError, RuntimeError) as error:
        raise OnnxError(f"an ONNX file that is damaged or cut short ({error})") from error
    return Graph(nodes, constants)


def _constant(tensor: memoryview) -> tuple[str, Tensor] | None:
    """Its name and values; None for one of another type, such as the numbers of a shape."""
    shape: list[int] = []
    kind, name, raw = 0, "", memoryview(b"")
    for field, value in _fields(tensor):
        if field == 1:  # packed into one field, or one field a number
            shape += [value] if isinstance(value, int) else list(_varints(value))
        elif field == 2 and isinstance(value, int):
            kind = value
        elif field == 8 and isinstance(value, memoryview):
            name = _text(value)
        elif field == 9 and isinstance(value, memoryview):
            raw = value
    if kind != FLOAT:
        return None
    if len(raw) != 4 * math.prod(shape):
        raise ValueError(f"{name} has {len(raw):,} bytes for the shape {tuple(shape)}")
    values = torch.frombuffer(bytearray(raw), dtype=torch.float32) if len(raw) else torch.zeros(0)
    return name, values.reshape(shape)


def _all(message: memoryview, number: int) -> Iterator[memoryview]:
    for field, value in _fields(message):
        if field == number and isinstance(value, memoryview):
            yield value


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """The fields of a message: their numbers, and an integer or bytes each."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        kind = key & 7
        if kind == VARINT:
            value, at = _varint(message, at)
            yield key >> 3, value
            continue
        if kind == BYTES:
            length, at = _varint(message, at)
        elif kind in (EIGHT_BYTES, FOUR_BYTES):
            length = 8 if kind == EIGHT_BYTES else 4
        else:
            raise ValueError(f"wire type {kind} at byte {at}")
        if at + length > len(message):
            raise ValueError("it is cut short")
        yield key >> 3, message[at : at + length]
        at += length


def _varints(packed: memoryview) -> Iterator[int]:
    at = 0
    while at < len(packed):
        value, at = _varint(packed, at)
        yield value


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """Seven bits a byte, the lowest first; the eighth says that more follow."""
    value = 0
    for shift in range(0, 70, 7):
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise ValueError(f"a number without an end at byte {at}")


def _text(value: memoryview) -> str:
    return bytes(value).decode("utf-8")
