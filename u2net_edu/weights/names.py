"""The authors' two networks: their files, and their names for what is in them."""

import re

from ..architecture.spec import U2NET, U2NET_LITE

REFERENCE_FILES = {"u2net": "u2net.pth", "u2net_lite": "u2netp.pth"}
"""The authors' released weights and the names of their files."""

RELEASED = {"u2net": "u2net", "lite": "u2net_lite"}
"""Networks by the name that the course gives them, and what their releases are called."""

REFERENCE_SPECS = {"u2net": U2NET, "u2net_lite": U2NET_LITE}
"""The network that each of them fits."""


def release_called(name: str) -> str:
    """The release that a name stands for: `lite` is `u2net_lite`. Any other stays as it is."""
    return RELEASED.get(name, name)


# Ours → the authors', in this order: `de1.block.dec2.block.conv` is `stage1d.rebnconv2d.conv_s1`.
_RENAMES = [
    (r"\.block\b", ""),
    (r"^en(\d+)", r"stage\1"),
    (r"^de(\d+)", r"stage\1d"),
    (r"^(side\d+)\.conv", r"\1"),
    (r"^fuse\.conv", "outconv"),
    (r"\.input\b", ".rebnconvin"),
    (r"\.enc(\d+)", r".rebnconv\1"),
    (r"\.dec(\d+)", r".rebnconv\1d"),
    (r"\.conv\b", ".conv_s1"),
    (r"\.norm\b", ".bn_s1"),
]


def reference_key(key: str) -> str:
    """The authors' name of an entry of our state_dict: `en1.input.conv.weight` →
    `stage1.rebnconvin.conv_s1.weight`.
    """
    for pattern, replacement in _RENAMES:
        key = re.sub(pattern, replacement, key)
    return key
