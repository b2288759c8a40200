"""What the paper reports for six datasets, and our own row beside it (Tables 3 and 4)."""

import os
from pathlib import Path
from typing import NamedTuple

from .metrics import Scores


class PaperRow(NamedTuple):
    """One row of the paper's Tables 3 and 4."""

    images: int
    u2net: tuple[float, ...]
    u2net_lite: tuple[float, ...]


PAPER_COLUMNS = ("maxF", "MAE", "wF", "S", "boundaryF")
PAPER = {
    "DUT-OMRON": PaperRow(
        5168, (0.823, 0.054, 0.757, 0.847, 0.702), (0.813, 0.060, 0.731, 0.837, 0.676)
    ),
    "DUTS-TE": PaperRow(
        5019, (0.873, 0.044, 0.804, 0.861, 0.765), (0.852, 0.054, 0.763, 0.847, 0.723)
    ),
    "HKU-IS": PaperRow(
        4447, (0.935, 0.031, 0.890, 0.916, 0.812), (0.928, 0.037, 0.867, 0.908, 0.794)
    ),
    "ECSSD": PaperRow(
        1000, (0.951, 0.033, 0.910, 0.928, 0.836), (0.943, 0.041, 0.885, 0.918, 0.808)
    ),
    "PASCAL-S": PaperRow(
        850, (0.859, 0.074, 0.797, 0.844, 0.657), (0.849, 0.086, 0.768, 0.831, 0.627)
    ),
    "SOD": PaperRow(300, (0.861, 0.108, 0.748, 0.786, 0.613), (0.841, 0.124, 0.697, 0.759, 0.559)),
}
"""The paper's own numbers, columns as in PAPER_COLUMNS, for the sake of comparison."""


def paper_row(dataset: str) -> tuple[str, PaperRow]:
    """The paper's row for a dataset, named in any case, and its name as the paper has it.

    Raises: KeyError for a dataset that the paper does not report.
    """
    for name, row in PAPER.items():
        if name.lower() == dataset.lower():
            return name, row
    raise KeyError(f"the paper has no row for {dataset!r}; it has {', '.join(PAPER)}.")


def paper_name_in(folder: str | os.PathLike) -> str | None:
    """The dataset of the paper that a folder is called after, or one above it; None if none is.

    Case, spaces and signs between letters make no difference; "DUTS-TE-Image" is DUTS-TE.
    """

    def letters(text: str) -> str:
        return "".join(sign for sign in text.lower() if sign.isalnum())

    for part in reversed(Path(folder).parts):
        for name in PAPER:
            if letters(part).startswith(letters(name)):
                return name
    return None


def beside_the_paper(scores: Scores, dataset: str) -> str:
    """Put the scores as a row of the paper's table under the paper's own two.

    Args:
        dataset: one of `PAPER`, in any case.

    Raises: KeyError for a dataset that the paper does not report.
    """
    name, row = paper_row(dataset)
    rows = [
        ("U²-Net, paper", row.images, row.u2net),
        ("U²-Net†, paper", row.images, row.u2net_lite),
    ]
    rows.append(("measured here", scores.images, tuple(scores[c] for c in PAPER_COLUMNS)))
    lines = [f"{name:<16} images  " + "  ".join(f"{column:>9}" for column in PAPER_COLUMNS)]
    for label, images, values in rows:
        lines.append(f"{label:<16} {images:6,}  " + "  ".join(f"{value:9.3f}" for value in values))
    for end, label in enumerate(("95 % from", "95 % to")) if scores.intervals else ():
        text = "  ".join(f"{scores.intervals[column][end]:9.3f}" for column in PAPER_COLUMNS)
        lines.append(f"{label:<16} {'':6}  {text}")
    return "\n".join(lines)
