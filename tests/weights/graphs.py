"""ONNX files written by hand: protobuf the other way round, as an exporter would leave them."""

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from u2net_edu import U2Net


def varint(value: int) -> bytes:
    done = bytearray()
    while value > 127:
        done.append(value & 127 | 128)
        value >>= 7
    return bytes([*done, value])


def field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def constant(name: str, tensor: torch.Tensor, packed: bool = False) -> bytes:
    if packed:
        shape = field(1, b"".join(map(varint, tensor.shape)))
    else:
        shape = b"".join(field(1, side) for side in tensor.shape)
    return shape + field(2, 1) + field(8, name) + field(9, tensor.numpy().tobytes())


def node(kind: str, *inputs: str) -> bytes:
    return b"".join(field(1, name) for name in inputs) + field(2, "out") + field(4, kind)


def model_of(nodes: list[bytes], constants: list[bytes]) -> bytes:
    graph = b"".join(field(1, one) for one in nodes) + field(2, "torch_jit")
    graph += b"".join(field(5, one) for one in constants)
    return field(1, 6) + field(2, "pytorch") + field(3, "1.9") + field(7, graph)


def exported(model: U2Net) -> bytes:
    """A network with its norms folded into its convolutions, as ONNX."""
    nodes, constants = [], []
    modules = dict(model.named_modules())
    for number, (path, layer) in enumerate(modules.items()):
        if not isinstance(layer, nn.Conv2d):
            continue
        weight, bias = layer.weight.detach(), layer.bias.detach()
        norm = modules.get(path.removesuffix(".conv") + ".norm")
        if isinstance(norm, _BatchNorm):
            scale = (norm.weight / (norm.running_var + norm.eps).sqrt()).detach()
            weight = weight * scale[:, None, None, None]
            bias = (bias - norm.running_mean) * scale + norm.bias.detach()
        names = f"w{number}", f"b{number}"
        constants += [constant(names[0], weight), constant(names[1], bias, packed=True)]
        nodes += [node("Conv", "x", *names), node("Relu", "x")]
    return model_of(nodes, constants)
