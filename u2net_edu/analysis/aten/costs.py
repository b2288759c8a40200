"""What one call of an operator costs."""

import math
from collections.abc import Callable

from .calls import Call
from .names import (
    ADAPTIVE_POOLS,
    ATTENTIONS,
    AVERAGE_POOLS,
    BATCH_NORMS,
    CONSTANTS,
    CONVOLUTIONS,
    COPIES,
    CUTS,
    JOINS,
    MAX_POOLS,
    MOVES,
    NEAREST_RESIZES,
    OTHER_NORMS,
    PADS,
    REDUCTIONS,
    RESHAPES,
    SHUFFLES,
    SOFTMAXES,
    TURNS,
)

FREE = RESHAPES | MOVES | CUTS | SHUFFLES | TURNS | JOINS | COPIES | PADS | CONSTANTS
FREE |= NEAREST_RESIZES | {"index", "index_select", "gather", "embedding", "im2col", "as_strided"}
"""They move values and compute none."""

PER_OUTPUT = {
    "glu": 2,  # sigmoid, product
    **dict.fromkeys(BATCH_NORMS, 2),  # scale, shift
    **dict.fromkeys(OTHER_NORMS, 6),  # mean; subtract, square, add; scale, shift
    **dict.fromkeys(SOFTMAXES, 5),  # maximum, subtract, exponential, sum, divide
    "upsample_linear1d": 3,  # 2 products, 1 sum
    "upsample_bilinear2d": 7,  # 4 products, 3 sums
    "upsample_bicubic2d": 35,  # five times 4 products and 3 sums
}
"""Elementary operations for each element of the output."""

PER_INPUT = {**dict.fromkeys(REDUCTIONS, 1), "cumsum": 1, "linalg_vector_norm": 2, "norm": 2}
PER_INPUT["_weight_norm_interface"] = 3  # square, add, scale
PER_INPUT |= dict.fromkeys(("std", "std_mean", "var", "var_mean"), 4)
"""Elementary operations for each element of the input."""


def cost(call: Call) -> tuple[int, int] | None:
    """(multiply-accumulates, other elementary operations) of one call; None where unknown.

    Multiply-accumulates are those of convolutions and matrix products, nothing else. An elementwise
    operator counts 1 for each output element, whatever the function.
    """
    name = call.name
    if name in _MACS:
        return _MACS[name](call)
    numel = call.outputs[0].numel() if call.outputs else 0
    if name in BATCH_NORMS and is_training_norm(call):
        return 0, 6 * numel
    if name in PER_OUTPUT:
        return 0, PER_OUTPUT[name] * numel
    if name in FREE:
        return 0, 0
    if name in MAX_POOLS:  # comparisons; an average adds as often and divides once
        return 0, numel * (_window(call) - 1)
    if name in AVERAGE_POOLS:
        return 0, numel * _window(call)
    if name in PER_INPUT or name in ADAPTIVE_POOLS:
        return 0, PER_INPUT.get(name, 1) * call.tensors[0].numel()
    if call.signature.is_pointwise:
        return 0, numel
    return None


def is_training_norm(call: Call) -> bool:
    """Whether a batch norm takes its statistics from this very input."""
    if call.name in ("_batch_norm_with_update", "_native_batch_norm_legit"):
        return bool(call.get("training", True))
    return bool(call.get("training", False))


def _window(call: Call) -> int:
    kernel = call["kernel_size"]
    dimensions = call["self"].dim() - 2
    return math.prod(kernel if len(kernel) > 1 else kernel * dimensions)


def _convolution(call: Call) -> tuple[int, int]:
    weight, output = call["weight"], call.outputs[0]
    # each weight of a filter meets each position once: the output's, or the input's if transposed
    positions = (call["input"] if call.get("transposed") else output).numel()
    filters = weight.shape[0]
    macs = positions // filters * weight.numel() if weight.numel() else 0
    return macs, output.numel() if call.get("bias") is not None else 0


def _matrix_product(first: str, bias: str | None = None) -> Callable[[Call], tuple[int, int]]:
    def count(call: Call) -> tuple[int, int]:
        numel = call.outputs[0].numel()
        added = bias is not None and call.get(bias) is not None
        return numel * call[first].shape[-1], numel if added else 0

    return count


def _attention(call: Call) -> tuple[int, int]:
    query, key, value = call.tensors[:3]
    scores = query.numel() // query.shape[-1] * key.shape[-2]
    return scores * (query.shape[-1] + value.shape[-1]), scores * (1 + PER_OUTPUT["_softmax"])


_MACS: dict[str, Callable[[Call], tuple[int, int]]] = {
    **dict.fromkeys(CONVOLUTIONS, _convolution),
    **dict.fromkeys(ATTENTIONS, _attention),
    **dict.fromkeys(("mm", "bmm", "matmul", "mv", "dot", "vdot"), _matrix_product("self")),
    "addmm": _matrix_product("mat1", bias="self"),
    "baddbmm": _matrix_product("batch1", bias="self"),
    "linear": _matrix_product("input", bias="bias"),
}
