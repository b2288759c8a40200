"""torch's operators by name, sorted by what they do.

Names of schemas, not overloads, so that `.vec` and `.default`, in-place and functional forms, and
the spellings of torch 2.6 to today meet in one place.
"""

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
PRODUCTS = {"bmm", "baddbmm", "matmul", "dot", "vdot"}
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
SPLITS = {"split", "split_with_sizes", "unsafe_split", "unsafe_split_with_sizes"}
SPLITS |= {"chunk", "unsafe_chunk", "unbind"}
CUTS = SPLITS | {"slice", "select", "narrow"}
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
    "resize": RESIZES | {"upsample_bicubic2d", "_upsample_bilinear2d_aa", "_upsample_bicubic2d_aa"},
    "pad": PADS,
    "softmax": SOFTMAXES,
    "attention": ATTENTIONS,
    "prelu": {"_prelu_kernel"},
}
KINDS = {name: word for word, names in _WORDS.items() for name in names}
"""The learner's word for an ATen operator; the others keep the name that torch gives them."""
