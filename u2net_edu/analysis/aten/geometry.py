"""Which pixels of its inputs a pixel of an operator's output reads: the rule for each operator."""

from collections.abc import Callable

from ..axes import whole
from . import mixing, names, sliding
from .calls import Call
from .layout import Geometry, Sources, Unknown


def geometry(call: Call, sources: Sources) -> Geometry:
    """How the output of a call lies on what it reads.

    Raises: Unknown.
    """
    if all(source.constant for _, source in sources):  # nothing of the image comes in
        labels = "." * call.outputs[0].dim() if call.outputs else ""
        links = ((whole(1), whole(1)),) * len(sources)
        return Geometry(labels, (1, 1), links, constant=True)
    if call.name in _RULES:
        return _RULES[call.name](call, sources)
    if call.signature.is_pointwise:
        return mixing.elementwise(call, sources)
    raise Unknown("u2net_edu.analysis.aten has no rule for it")


_RULES: dict[str, Callable[[Call, Sources], Geometry]] = {
    **dict.fromkeys(names.COPIES, mixing.elementwise),
    **dict.fromkeys(names.CONVOLUTIONS, sliding.convolution),
    **dict.fromkeys(names.MAX_POOLS | names.AVERAGE_POOLS, sliding.pool),
    **dict.fromkeys(names.ADAPTIVE_POOLS, sliding.resized(sliding.adaptive)),
    **dict.fromkeys(names.LINEAR_RESIZES, sliding.resized(sliding.linear)),
    **dict.fromkeys(names.NEAREST_RESIZES, sliding.resized(sliding.nearest)),
    **dict.fromkeys(names.PADS, sliding.pad),
    **dict.fromkeys(names.REDUCTIONS, mixing.reduction),
    **dict.fromkeys(names.BATCH_NORMS | names.OTHER_NORMS, mixing.spread(mixing.normalized)),
    **dict.fromkeys(
        names.SOFTMAXES, mixing.spread(lambda call, tensor: [call["dim"] % tensor.dim()])
    ),
    **dict.fromkeys(names.ATTENTIONS, mixing.attention),
    **dict.fromkeys(names.RESHAPES, mixing.reshape),
    **dict.fromkeys(("permute", "transpose", "t", "numpy_T"), mixing.permute),
    **dict.fromkeys(names.SPLITS, sliding.part),
    **dict.fromkeys(names.JOINS, mixing.join),
    **dict.fromkeys(("channel_shuffle", "native_channel_shuffle"), mixing.elementwise),
    "mm": mixing.matrix_product("self", "mat2"),
    "addmm": mixing.matrix_product("mat1", "mat2"),
    "mv": mixing.matrix_product("self", "vec"),
    "bmm": mixing.matrix_product("self", "mat2"),
    "baddbmm": mixing.matrix_product("batch1", "batch2"),
    "matmul": mixing.matrix_product("self", "other"),
    "linear": mixing.matrix_product("input", "weight", transposed=True),
    "glu": mixing.glu,
    "slice": sliding.crop,
    "select": sliding.pick,
    "flip": sliding.flip,
    "roll": sliding.roll,
    "pixel_shuffle": sliding.pixel_shuffle,
    "pixel_unshuffle": sliding.pixel_unshuffle,
    "unsqueeze": mixing.unsqueeze,
    "squeeze": mixing.squeeze,
    "expand": mixing.expand,
}
