"""Checks of the numbers that users give; errors say what was expected and what came.

Nothing here needs torch.
"""

import math
from numbers import Integral, Real


def whole(name: str, value, least: int = 1, most: int | None = None) -> int:
    """Check a whole number and return it as an int.

    Raises: ValueError for anything else, True and 2.0 among them, and for one out of bounds.
    """
    integer = isinstance(value, Integral) and not isinstance(value, bool)
    if integer and least <= value and (most is None or value <= most):
        return int(value)
    bounds = "more than 0" if least == 1 else f"{least:,} or more"
    if most is not None:
        bounds = f"{least:,} … {most:,}"
    raise ValueError(f"{name} is a whole number, {bounds}; got {value!r}.")


def number(
    name: str, value, *, above: float | None = None, least: float | None = None, most=None
) -> float:
    """Check a finite number and return it as a float.

    Args:
        above, least, most: the bounds, the first of them exclusive.

    Raises: ValueError for NaN, infinity, True, anything that is no number, or one out of bounds.
    """
    if isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value):
        found = float(value)
        low = (above is None or found > above) and (least is None or found >= least)
        if low and (most is None or found <= most):
            return found
    if above is not None:
        bounds = f" more than {above:g}" + (f" and at most {most:g}" if most is not None else "")
    elif most is not None:
        bounds = f" in {least:g} … {most:g}"
    else:
        bounds = f", {least:g} or more" if least is not None else ""
    raise ValueError(f"{name} is a finite number{bounds}; got {value!r}.")
