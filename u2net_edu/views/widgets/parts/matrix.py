"""The table of `knock_out` as the page takes it."""

import pandas as pd

from ...figures.canvas import readable_on
from ...figures.knock_out import UNITS, signed
from ...style import SCALES


def matrix_for_page(frame: pd.DataFrame) -> dict:
    """Write each cell as {"value", "text", "fill", "ink"}, in {"columns", "words", "rows"}.

    Args:
        frame: what `knock_out` returns.
    """
    values = frame.to_numpy(float)
    scale = SCALES["change"]
    painted = scale.paint(values, *scale.limits(values))
    measure, images = frame.attrs.get("measure", "IoU"), frame.attrs.get("images")
    seen = f", mean of {images} picture{'' if images == 1 else 's'}" if images else ""
    rows = []
    for part, numbers, colours in zip(frame.index, values, painted):
        fills = [f"#{bytes(colour).hex()}" for colour in colours]
        cells = [
            {"value": float(value), "text": signed(value), "fill": fill, "ink": readable_on(fill)}
            for value, fill in zip(numbers, fills)
        ]
        rows.append({"part": str(part), "cells": cells})
    words = f"{UNITS.get(measure, measure)}{seen}"
    return {"columns": [str(name) for name in frame.columns], "words": words, "rows": rows}
