"""Tables of U²-Net in which one entry is wrong, for notebook 06: which one, the student finds."""

from dataclasses import astuple

from ..architecture.spec import U2NET

# letter → stage, column, what stands there in place of the right one
_MISTAKES = {
    "A": ("en3", 4, 128),  # does not chain
    "B": ("de1", 3, 32),  # chains; en1 has 32 there, and de1 has not
    "C": ("en5", 1, "RSU-4"),  # chains, with the right number of parameters
}


def wrong_table(letter: str) -> list[tuple]:
    """A table of U²-Net with one wrong entry, as rows (name, block, in, mid, out).

    Raises: ValueError for a letter other than A, B and C.
    """
    if letter not in _MISTAKES:
        raise ValueError(f"there are the tables {', '.join(_MISTAKES)}; got {letter!r}.")
    stage, column, wrong = _MISTAKES[letter]
    rows = [list(astuple(row)) for row in U2NET.stages]
    next(row for row in rows if row[0] == stage)[column] = wrong
    return [tuple(row) for row in rows]
