"""*Prove it*: what the page asks for, painted and measured, as the page draws it."""

import numpy as np

from ..kit.pictures import png_bytes
from ..network.network import NetworkOnImage
from ..network.proof import channel_of, lines_of, picture_of, proved

PAINTS = {"noise": "noise", "picture": "another photograph", "brush": "your own brush"}


def proof_of(shown: NetworkOnImage, asked: dict) -> dict:
    """Answer what the page asked, or say what is wrong with it.

    Args:
        asked: {"path", "pixel", "paint", "count"}, of which the last makes the noise another each
            time; for `picture` "other", a photograph's name; for `brush` "mask", bytes, one a
            pixel, and "colour", #rrggbb.
    """
    known = {name: asked.get(name) for name in ("path", "pixel", "paint", "count")}
    try:
        row, column = asked["pixel"]
        found = proved(shown, asked["path"], (row, column), _paint(shown, asked), asked["count"])
    except Exception as error:  # whatever a student's own network may raise on a painted picture
        return {**known, "error": str(error)}
    return {
        **known,
        "png": png_bytes(picture_of(shown, found.painted)),
        "inside": list(found.inside.pixel or ()),
        "lines": [[line.done, line.value, line.says, line.as_claimed] for line in lines_of(found)],
        "channel": f"channel {channel_of(found)}, one of {len(found.before)}",
        "words": str(found).replace("\n", " "),
    }


def _paint(shown: NetworkOnImage, asked: dict):
    if asked["paint"] == "picture":
        return asked["other"]
    if asked["paint"] == "brush":
        mask = np.frombuffer(asked["mask"], np.uint8).reshape(shown.trace.size)
        return mask > 0, asked["colour"]
    return asked["paint"]
