"""Learn how a segmentation network works, with U²-Net as the one that you take apart.

`import u2net_edu as u2` is quick: a name below imports its module, and torch, when first used.
"""

import importlib

__version__ = "0.1.0"

# module → the public names that live in it
_HOMES = {
    "analysis.activations": ["capture"],
    "analysis.comparison": ["compare_blocks", "match_blocks"],
    "analysis.cost": ["closed_form", "closed_forms", "cross_check"],
    "analysis.effective_field": ["effective_field", "mass_inside"],
    "analysis.paths": ["PathError"],
    "analysis.receptive_field": ["ReceptiveField", "UnknownOperatorError"],
    "analysis.recording": ["TraceError"],
    "analysis.tracing": ["Operator", "Trace", "trace"],
    "architecture.blocks": ["BLOCKS", "build_block"],
    "architecture.checkpoints": [
        "CheckpointError",
        "load_checkpoint",
        "load_reference",
        "reference_state_dict",
        "save_checkpoint",
    ],
    "architecture.layers": ["ConvNormRelu", "resize_like"],
    "architecture.rsu": ["RSU", "DilatedRSU"],
    "architecture.spec": ["U2NET", "U2NET_CLASSROOM", "U2NET_LITE", "StageSpec", "U2NetSpec"],
    "architecture.u2net": ["SaliencyLogits", "U2Net"],
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME)


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value  # the next use finds it without coming here
    return value


def __dir__():
    return sorted({*globals(), *__all__})
