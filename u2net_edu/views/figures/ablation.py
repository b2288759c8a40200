"""The ablation as a picture: blocks that do the same work, three trainings each."""

import json
from functools import cache
from typing import Any

from ...analysis.latency import Machine
from ...experiments.ablation import NAME, RSU, summary
from ..style import Theme
from .canvas import BODY, MARGIN, SMALL, Canvas, Drawing, count, mixed
from .measurements import folder

COLUMNS = (("parameters", 860), ("MACs", 965), ("sees, px", 1060), ("CPU s", 1148))
"""What stands beside the dots, and where each column ends."""


@cache
def found() -> dict[str, Any]:
    """Read the committed runs.

    Raises: FileNotFoundError where there are none.
    """
    path = folder() / NAME
    if not path.is_file():
        raise FileNotFoundError(f"no {path}: `python -m u2net_edu.experiments.ablation` makes it.")
    return json.loads(path.read_text(encoding="utf-8"))


def blocks_trained(colours: Theme) -> Drawing:
    """Draw each block's IoU on held-out scenes at matched MACs: every seed, mean, deviation."""
    runs, rows = found(), summary(found())
    settings, seeds = runs["settings"], max(row["runs"] for row in rows)
    side = settings["size"]
    canvas = Canvas(
        colours,
        812,
        _headline(rows),
        f"IoU on {settings['held_out_scenes']} held-out scenes after {settings['steps']} steps. "
        f"A dot is a training, {seeds} for each block; bars are mean ± deviation.\nIn every stage "
        "the block is as wide as the MACs of the RSU that it replaces allow.",
    )
    left, right, top, pitch = 166, 716, 226, 56
    low, high = _limits(rows)

    def x(value: float) -> float:
        return left + (right - left) * (value - low) / (high - low)

    bottom = top + pitch * (len(rows) - 1)
    ticks = round((high - low) / 0.05)
    for step in range(ticks + 1):
        value = low + 0.05 * step
        canvas.line([(x(value), top - 26), (x(value), bottom + 26)], colours.line, 0.8, zorder=0)
        words = f"{value:.2f}" if step else f"IoU {value:.2f}"
        canvas.text(x(value), bottom + 50, words, SMALL + 0.5, colours.muted, ha="center")
    for words, place in COLUMNS:
        canvas.text(place, top - 40, words, SMALL + 0.5, colours.muted, ha="right")
    for number, row in enumerate(rows):
        _row(canvas, row, top + pitch * number, x, left)
    canvas.foot(
        "Short runs of small networks on drawn scenes: not the paper's numbers, nor what long "
        f"training gives. {settings['batch_size']} scenes of {side}×{side} a step.\nThe recipe was "
        "tuned for the RSU. All but the RSUs are reconstructions. “sees”: what one pixel of de1 "
        f"sees where no border cuts it.\n{Machine(**runs['machine'])}, {runs['date']}."
    )
    return canvas.drawing(_alt(rows, settings, seeds))


def _headline(rows: list[dict]) -> str:
    if rows[0]["block"] != RSU:
        return f"At equal MACs {rows[0]['block']} learned most in a short run"
    return "At equal MACs the RSU learned most in a short run"


def _limits(rows: list[dict]) -> tuple[float, float]:
    values = [value for row in rows for value in row["IoUs"]]
    return int(min(values) * 20) / 20, -(int(-max(values) * 20 - 0.999) / 20)


def _row(canvas: Canvas, row: dict, y: float, x, left: float) -> None:
    colours, ours = canvas.colours, row["block"] == RSU
    colour = colours.accent if ours else mixed(colours.encoder, colours.background, 0.1)
    canvas.text(MARGIN, y, row["block"], BODY + 1, weight="bold", va="center_baseline")
    mean, deviation = row["IoU"], row["IoU_deviation"]
    box = (x(mean - deviation), y - 9, x(mean + deviation) - x(mean - deviation), 18)
    canvas.box(*box, mixed(colour, colours.background, 0.72), radius=3, zorder=1)
    canvas.line([(x(mean), y - 14), (x(mean), y + 14)], colour, 3)
    for value in row["IoUs"]:
        canvas.disc(x(value), y, 6, colour, colours.background, 1.4)
    sees = "all" if row["field"] is None else f"{row['field']:,.0f}"
    share, seconds = f"{row['share']:.0%}".replace("%", " %"), f"{row['cpu_seconds']:.0f}"
    words = (count(row["parameters"]), share, sees, seconds)
    for text, (_, place) in zip(words, COLUMNS):
        canvas.text(place, y, text, BODY, colours.ink, ha="right", va="center_baseline")


def _alt(rows: list[dict], settings: dict, seeds: int) -> str:
    listed = "; ".join(
        f"{row['block']} {row['IoU']:.3f} ± {row['IoU_deviation']:.3f}" for row in rows
    )
    return (
        f"Dots on a row for each of {len(rows)} blocks: the IoU on held-out scenes of {seeds} "
        f"short trainings, {settings['steps']} steps each, of the classroom network with this "
        f"block in every stage, at matched MACs. Mean ± standard deviation: {listed}. Where bars "
        "overlap, "
        "these runs do not tell the blocks apart. They are short runs of small networks on drawn "
        "scenes, by a recipe that was tuned for the RSU: they do not say how the blocks compare "
        "after long training, on photographs, or in the paper; the baselines are reconstructions."
    )
