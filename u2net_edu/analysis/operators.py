"""What an ATen operator is called and what it costs, by the name in its schema.

Names, not overloads, so that `.vec` and `.default`, in-place and functional forms, and the
spellings of torch 2.6 to today meet in one row.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Signature:
    """What an operator's schema says, read once."""

    name: str
    arguments: tuple[str, ...]
    defaults: dict[str, Any]
    writes: tuple[str, ...]
    """Arguments that it changes in place."""
    is_view: bool
    is_pure: bool
    """Neither a view nor in place: its outputs are new tensors."""
    is_pointwise: bool


@cache
def signature(operator: torch._ops.OpOverload) -> Signature:
    """`aten.relu_.default` has the name `relu` and writes its first argument."""
    schema = operator._schema
    aliased = [a for a in schema.arguments if a.alias_info is not None]
    writes = tuple(a.name for a in aliased if a.alias_info.is_write)
    name = schema.name.split("::")[-1]
    name = name.rstrip("_") if writes else name
    return Signature(
        name,
        tuple(a.name for a in schema.arguments),
        {a.name: a.default_value for a in schema.arguments if a.has_default_value()},
        writes,
        bool(aliased) and not writes,
        not aliased,
        torch.Tag.pointwise in operator.tags or name in POINTWISE,
    )


class Call:
    """One operator call: its name, and all its arguments by name, defaults included."""

    def __init__(self, operator: torch._ops.OpOverload, args: tuple, kwargs: dict, result: Any):
        self.operator = operator
        self.signature = signature(operator)
        self.name = self.signature.name
        named = zip(self.signature.arguments, args)
        self.arguments = {**self.signature.defaults, **dict(named), **kwargs}
        self.result = result

    def __getitem__(self, argument: str) -> Any:
        return self.arguments[argument]

    def get(self, argument: str, default: Any = None) -> Any:
        return self.arguments.get(argument, default)

    @cached_property
    def tensors(self) -> list[Tensor]:
        """The tensors among its arguments, in order; those in lists too."""
        return tensors_in(self.arguments.values())

    @cached_property
    def reads(self) -> list[Tensor]:
        """The tensors whose values it uses: neither those it overwrites nor mere patterns of a
        shape.
        """
        if self.name in CONSTANTS:
            return []
        return tensors_in([self["src"]]) if self.name == "copy" else self.tensors

    @cached_property
    def outputs(self) -> list[Tensor]:
        return tensors_in([self.result])

    @property
    def settings(self) -> dict[str, Any]:
        """The arguments that are not tensors, as plain JSON: stride, padding, groups, mode, …"""
        return {
            name: _plain(value)
            for name, value in self.arguments.items()
            if not isinstance(value, Tensor) and not tensors_in([value])
        }


def tensors_in(values: Any) -> list[Tensor]:
    found = []
    for value in values:
        if isinstance(value, Tensor):
            found.append(value)
        elif isinstance(value, (list, tuple)):
            found += tensors_in(value)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    return str(value)


# --- What it is called -------------------------------------------------------------------------

BATCH_NORMS = {
    "batch_norm",
    "cudnn_batch_norm",
    "miopen_batch_norm",
    "native_batch_norm",
    "_batch_norm_no_update",
    "_batch_norm_with_update",
    "_native_batch_norm_legit",
    "_native_batch_norm_legit_no_training",
}
OTHER_NORMS = {"native_layer_norm", "native_group_norm", "layer_norm", "group_norm"}
OTHER_NORMS |= {"_fused_rms_norm", "rms_norm"}
MAX_POOLS = {"max_pool1d", "max_pool2d", "max_pool2d_with_indices", "max_pool3d_with_indices"}
AVERAGE_POOLS = {"avg_pool1d", "avg_pool2d", "avg_pool3d"}
ADAPTIVE_POOLS = {
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "_adaptive_avg_pool2d",
    "_adaptive_avg_pool3d",
    "adaptive_max_pool2d",
    "adaptive_max_pool3d",
}
CONVOLUTIONS = {"convolution", "_convolution", "conv2d", "cudnn_convolution", "mkldnn_convolution"}
LINEAR_RESIZES = {"upsample_bilinear2d", "upsample_linear1d"}
NEAREST_RESIZES = {
    "upsample_nearest1d",
    "upsample_nearest2d",
    "_upsample_nearest_exact1d",
    "_upsample_nearest_exact2d",
}
RESIZES = LINEAR_RESIZES | NEAREST_RESIZES
CONSTANT_PADS = {"constant_pad_nd"}
MIRROR_PADS = {"reflection_pad1d", "reflection_pad2d"}
EDGE_PADS = {"replication_pad1d", "replication_pad2d"}
PADS = CONSTANT_PADS | MIRROR_PADS | EDGE_PADS
SOFTMAXES = {"_softmax", "_log_softmax", "_safe_softmax", "softmax", "log_softmax"}
ATTENTIONS = {
    "scaled_dot_product_attention",
    "_scaled_dot_product_flash_attention",
    "_scaled_dot_product_flash_attention_for_cpu",
    "_scaled_dot_product_efficient_attention",
    "_scaled_dot_product_cudnn_attention",
    "_scaled_dot_product_fused_attention_overrideable",
    "_scaled_dot_product_attention_math",
    "_scaled_dot_product_attention_math_for_mps",
}
LINEARS = {"linear", "mm", "addmm", "mv"}
PRODUCTS = {"bmm", "baddbmm", "matmul", "dot"}
REDUCTIONS = {
    "all",
    "amax",
    "amin",
    "any",
    "argmax",
    "argmin",
    "linalg_vector_norm",
    "logsumexp",
    "max",
    "mean",
    "min",
    "norm",
    "prod",
    "std",
    "std_mean",
    "sum",
    "var",
    "var_mean",
}
CONSTANTS = {
    "arange",
    "eye",
    "fill",
    "full",
    "full_like",
    "linspace",
    "new_full",
    "new_ones",
    "new_zeros",
    "ones",
    "ones_like",
    "rand",
    "rand_like",
    "randn",
    "randn_like",
    "scalar_tensor",
    "zero",
    "zeros",
    "zeros_like",
}
"""Their values owe nothing to any tensor."""

RESHAPES = {"view", "_unsafe_view", "reshape", "_reshape_alias", "flatten", "unflatten"}
MOVES = {"permute", "transpose", "t", "numpy_T", "movedim", "unsqueeze", "squeeze", "expand"}
CUTS = {"slice", "select", "narrow", "split", "split_with_sizes", "chunk", "unbind"}
SHUFFLES = {"pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "native_channel_shuffle"}
TURNS = {"flip", "roll"}
JOINS = {"cat", "stack"}
COPIES = {"clone", "contiguous", "copy", "_to_copy", "expand_copy", "view_copy", "dropout"}
SILENT = {"alias", "detach", "lift_fresh", "lift", "_conj", "conj"}
"""They hand on their input as it is, and are no step of the network."""

ALLOCATIONS = {"empty", "empty_like", "empty_strided", "new_empty", "new_empty_strided"}
"""They reserve memory that a later operator fills."""

POINTWISE = {
    "_prelu_kernel",
    "clamp",
    "dropout",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "log_sigmoid_forward",
    "logit",
    "masked_fill",
    "native_dropout",
    "prelu",
    "relu",
    "relu6",
    "rrelu_with_noise",
    "softplus",
}
"""Elementwise operators that torch's own tag `pointwise` leaves out in some version."""

_WORDS = {
    "concat": {"cat"},
    "conv": CONVOLUTIONS,
    "linear": LINEARS,
    "matmul": PRODUCTS,
    "norm": BATCH_NORMS | OTHER_NORMS,
    "pool": MAX_POOLS | AVERAGE_POOLS | ADAPTIVE_POOLS,
    "resize": RESIZES | {"upsample_bicubic2d", "_upsample_bilinear2d_aa"},
    "pad": PADS,
    "softmax": SOFTMAXES,
    "attention": ATTENTIONS,
    "prelu": {"_prelu_kernel"},
}
KINDS = {name: word for word, names in _WORDS.items() for name in names}
"""The learner's word for an ATen operator; the others keep the name that torch gives them."""


def operator_kind(operator: torch._ops.OpOverload) -> str:
    """`aten.relu_.default` → `relu`, `aten.cat.default` → `concat`."""
    name = signature(operator).name
    return KINDS.get(name, name)


def is_step(operator: torch._ops.OpOverload) -> bool:
    """Whether an operator does something: False for reserving memory and for handing on."""
    return signature(operator).name not in ALLOCATIONS | SILENT


# --- What it costs -----------------------------------------------------------------------------

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
PER_INPUT |= dict.fromkeys(("std", "std_mean", "var", "var_mean"), 4)
"""Elementary operations for each element of the input."""


def cost(call: Call) -> tuple[int, int] | None:
    """(multiply-accumulates, other elementary operations) of one call; None where unknown.

    Multiply-accumulates are those of convolutions and matrix products, nothing else. An elementwise
    operator counts 1 for each output element, whatever its function.
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
    **dict.fromkeys(("mm", "bmm", "matmul", "mv", "dot"), _matrix_product("self")),
    "addmm": _matrix_product("mat1", bias="self"),
    "baddbmm": _matrix_product("batch1", bias="self"),
    "linear": _matrix_product("input", bias="bias"),
}
