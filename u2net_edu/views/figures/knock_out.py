"""The knock-out matrix: what silencing each part does to each of the seven maps.

    python -m u2net_edu.views.figures.knock_out      measures both figures' tables again, in minutes

The tables are kept in `figures/knock_out.json`, so that a figure redrawn elsewhere is the same one.
"""

import json
import re
import sys
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from ...experiments.knock_out import knock_out
from ...files import atomic_write
from ...images import PHOTOGRAPHS
from ...training.classroom import held_out_scenes
from ...training.metrics import evaluate
from ...weights.checkpoints import load_authors, load_classroom_model
from ..style import SCALES, Theme, themed
from .canvas import BODY, MARGIN, WIDTH, Canvas, Drawing, readable_on
from .measurements import folder
from .sheets import Sheet, png

NAME = "knock_out.json"
SCENES, SEEN = 64, PHOTOGRAPHS
TOP, ROW, LEFT = 186, 27, 296  # where the cells begin, and how high one is
UNITS = {
    "IoU": "the change of the IoU with the mask (below 0: worse)",
    "change": "how far a pixel of the map moves on average (a pixel is 0…1)",
}


def show_knock_out(frame: pd.DataFrame) -> Sheet:
    """Show what `knock_out` found: a row a part, a column a map, a number in each cell.

    Args:
        frame: what `knock_out` returns, whole or some of its rows and columns, in their order.

    Raises: TypeError for what is no DataFrame; ValueError for one without rows or columns, or
    whose cells are not finite numbers.
    """
    check_table(frame, "show_knock_out")
    measure = frame.attrs.get("measure", "IoU")
    images = frame.attrs.get("images")
    title = "What each part does to each map"
    seen = f", mean of {images} picture{'' if images == 1 else 's'}" if images else ""
    claim = f"A row: this part was changed. A number: {UNITS.get(measure, measure)}{seen}."

    def draw(theme: str) -> bytes:
        with themed(theme) as colours:
            return png(matrix(colours, frame, title, claim).figure)

    return Sheet.drawn(draw, f"{title}. {claim} {in_words(frame)}")


def check_table(frame: Any, taker: str) -> None:
    """Raises: as `show_knock_out`."""
    if not isinstance(frame, pd.DataFrame):
        raise TypeError(
            f"{taker} takes the table that knock_out returns; got {type(frame).__name__}."
        )
    if frame.empty:
        raise ValueError("the table of knock_out has no rows or no columns: nothing to show.")
    numbers = all(kind.kind in "if" for kind in frame.dtypes)
    if not numbers or not np.isfinite(frame.to_numpy(float)).all():
        raise ValueError("every cell of the table is a finite number, as knock_out gives it.")


def matrix(colours: Theme, frame: pd.DataFrame, title: str, claim: str, foot: str = "") -> Canvas:
    """Draw the table on a sheet: its numbers, on the colours of what became less or more."""
    lines = claim.count("\n")
    top = TOP + 22 * lines
    foot = "\n".join(filter(None, ["A plain 0 is exactly 0.", foot]))
    height = top + ROW * len(frame) + 34 + 22 * (foot.count("\n") + 1)
    canvas = Canvas(colours, height, title, claim)
    scale = SCALES["change"]
    painted = scale.paint(frame.to_numpy(float), *scale.limits(frame.to_numpy(float)))
    wide = (WIDTH - MARGIN - LEFT) / len(frame.columns)
    for column, name in enumerate(frame.columns):
        x = LEFT + wide * (column + 0.5)
        colour = colours.fuse if name == "fused" else colours.side
        canvas.text(x, top - 12, str(name), BODY, colour, weight="bold", ha="center")
    for row, (part, values) in enumerate(frame.iterrows()):
        y = top + ROW * row
        canvas.text(MARGIN, y + ROW / 2, _arrow(part), BODY, va="center_baseline")
        for column, value in enumerate(values):
            x = LEFT + wide * column
            fill = "#{:02x}{:02x}{:02x}".format(*painted[row, column]) if value else None
            _cell(canvas, (x, y, wide, ROW), value, fill)
    canvas.foot(foot)
    return canvas


def _cell(canvas: Canvas, place: tuple[float, ...], value: float, fill: str | None) -> None:
    x, y, wide, high = place
    colours = canvas.colours
    if fill:
        canvas.box(x + 1, y + 1, wide - 2, high - 2, fill, radius=3)
    words = signed(value) if fill else "0"
    colour = readable_on(fill) if fill else colours.muted
    canvas.text(x + wide / 2, y + high / 2, words, BODY, colour, ha="center", va="center_baseline")


def signed(value: float) -> str:
    """Write a change with two digits: `−0.90`, `0.43`; and one that rounds to nothing as `0.00`."""
    return f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−")


def _arrow(part: Any) -> str:
    return str(part).replace(" -> ", " → ")


def in_words(frame: pd.DataFrame) -> str:
    """Say in words what the first column holds, in its order."""
    first = str(frame.columns[0])
    said = ", ".join(f"{_arrow(part)} {signed(value)}" for part, value in frame.iloc[:, 0].items())
    return f"{first}: {said}."


# The two figures


def on_scenes(colours: Theme) -> Drawing:
    """Draw what each part of the classroom network is worth on drawn scenes."""
    frame, found = recorded("scenes")
    canvas = matrix(
        colours,
        frame,
        "Which part can the small network not do without?",
        f"Each part set to zero, in turn: the change of the IoU on {found['images']} held-out "
        f"scenes (unchanged: {found['IoU']:.2f}).\nSides from fine (side1) to coarse (side6); "
        "the skips are the rows with an arrow.",
        f"{found['network']}, {found['weights']}.",
    )
    return canvas.drawing(
        f"A table of {len(frame)} parts by seven maps: how the IoU of the classroom network on "
        f"{found['images']} drawn scenes changes if the part is set to zero. {in_words(frame)} "
        "Cutting a stage touches only the maps that are made behind it. The bottom, en6, and the "
        "deepest skip hardly count on these scenes; the uppermost skip is the one that matters."
    )


def on_photographs(colours: Theme) -> Drawing:
    """Draw how far the masks of photographs move if a part of the authors' network is silent."""
    frame, found = recorded("photographs")
    canvas = matrix(
        colours,
        frame,
        "No stage is spare; the skips hardly move the mask",
        "Each part set to zero, in turn: how far a pixel of each map (0…1) moves on average, over "
        f"{found['images']} photographs.\nSides from fine (side1) to coarse (side6); the skips are "
        "the rows with an arrow.",
        f"{found['network']}, {found['weights']}. Photographs: {', '.join(SEEN)}, by scikit-image.",
    )
    return canvas.drawing(
        f"A table of {len(frame)} parts by seven maps: how far a pixel of the authors' U²-Net† "
        f"moves on average if the part is set to zero, over {found['images']} photographs. "
        f"{in_words(frame)} Each of the stages moves the fused map far more than any outer skip. "
        "Of the sides only side1 counts for the fused map."
    )


@cache
def _file() -> dict[str, Any]:
    path = folder() / NAME
    if not path.is_file():
        raise FileNotFoundError(
            f"no {path}: `python -m u2net_edu.views.figures.knock_out` makes it."
        )
    return json.loads(path.read_text(encoding="utf-8"))


def recorded(name: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Read a committed table, `scenes` or `photographs`, and what it was made with.

    Raises: FileNotFoundError where there is none.
    """
    found = _file()[name]
    frame = pd.DataFrame.from_dict(found["rows"], orient="index", columns=found["columns"])
    frame.attrs.update(measure=found["measure"], images=found["images"])
    return frame, found


def measured(name: str, parts: list[str] | None = None, length: int = SCENES) -> dict[str, Any]:
    """Measure one of the tables, or some of its rows.

    Raises: FileNotFoundError for the photographs, if the authors' weights are not at hand.
    """
    if name == "scenes":
        model, seen = load_classroom_model(), held_out_scenes(length)
        frame = knock_out(model, seen, parts, "IoU")
        extra = {"IoU": float(f"{evaluate(model, seen)['IoU']:.4g}")}
    else:
        found = load_authors("lite")
        if found is None:
            raise FileNotFoundError("no weights of the authors: `u2net-edu weights` fetches them.")
        model, extra = found, {}
        frame = knock_out(model, SEEN, parts, "change", batch_size=1)
    rows = {part: [float(f"{v:.4g}") for v in row] for part, row in frame.T.items()}
    said = {"network": model.spec.name, "weights": model.provenance, **frame.attrs, **extra}
    return {**said, "columns": list(frame.columns), "rows": rows}


def main() -> int:
    """The command; the exit status."""
    found = {name: measured(name) for name in ("scenes", "photographs")}
    with atomic_write(folder() / NAME) as path:
        text = json.dumps(found, indent=1, ensure_ascii=False)
        path.write_text(re.sub(r"\n {4,}|\n {3}(?=\])", " ", text) + "\n", encoding="utf-8")
    print(folder() / NAME)
    return 0


if __name__ == "__main__":
    sys.exit(main())
