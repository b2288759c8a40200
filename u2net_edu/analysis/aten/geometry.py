"""Which pixels of its inputs a pixel of an operator's output reads: the rule for each operator."""

from collections.abc import Callable

from ..fields.axes import whole
from . import mixing, names, sliding
from .calls import Call
from .layout import Geometry, Sources, Unknown


def geometry(call: Call, sources: Sources) -> Geometry:
    """Say how the output of a call lies on what it reads.

    Raises: Unknown.
    """
    if all(source.constant for _, source in sources):  # nothing of the image comes in
        labels = "." * call.outputs[0].dim() if call.outputs else ""
        links = ((whole(1), whole(1)),) * len(sources)
        bound = next((source.bound for _, source in sources if source.bound), "")
        bound = bound or _MASKS.get(call.name, "")
        return Geometry(labels, (1, 1), links, bound=bound, constant=True)
    if call.name in _RULES:
        return _RULES[call.name](call, sources)
    if call.signature.is_pointwise:
        return mixing.elementwise(call, sources)
    raise Unknown("there is no rule for which pixels it reads")


_MASKS = dict.fromkeys(("tril", "triu"), "a mask hides one side of a diagonal")
"""Constants that hide part of what is seen; how much they hide is not followed."""


_RULES: dict[str, Callable[[Call, Sources], Geometry]] = {
    **dict.fromkeys(names.COPIES, mixing.elementwise),
    **dict.fromkeys(names.CONVOLUTIONS, sliding.convolution),
    **dict.fromkeys(names.MAX_POOLS | names.AVERAGE_POOLS, sliding.pool),
    **dict.fromkeys(names.ADAPTIVE_POOLS, sliding.resized(sliding.adaptive)),
    **dict.fromkeys(names.LINEAR_RESIZES, sliding.resized(sliding.linear)),
    "upsample_bicubic2d": sliding.resized(sliding.cubic),
    "_upsample_bilinear2d_aa": sliding.resized(sliding.smoothed(1)),
    "_upsample_bicubic2d_aa": sliding.resized(sliding.smoothed(2)),
    **dict.fromkeys(names.NEAREST_RESIZES, sliding.resized(sliding.nearest)),
    **dict.fromkeys(names.PADS, sliding.pad),
    **dict.fromkeys(names.REDUCTIONS, mixing.reduction),
    **dict.fromkeys(names.BATCH_NORMS | names.OTHER_NORMS, mixing.norm),
    **dict.fromkeys(names.SOFTMAXES, mixing.softmax),
    **dict.fromkeys(names.ATTENTIONS, mixing.attention),
    **dict.fromkeys(names.RESHAPES, mixing.reshape),
    **dict.fromkeys(("permute", "transpose", "t", "numpy_T"), mixing.permute),
    **dict.fromkeys(names.SPLITS, sliding.part),
    **dict.fromkeys(names.JOINS, mixing.join),
    **dict.fromkeys(("channel_shuffle", "native_channel_shuffle"), sliding.channel_shuffle),
    "mm": mixing.matrix_product("self", "mat2"),
    "addmm": mixing.matrix_product("mat1", "mat2", added="self"),
    "mv": mixing.matrix_product("self", "vec"),
    "bmm": mixing.matrix_product("self", "mat2"),
    "baddbmm": mixing.matrix_product("batch1", "batch2", added="self"),
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
    "as_strided": mixing.restride,
}
