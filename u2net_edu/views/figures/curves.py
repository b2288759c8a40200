"""Curves of trainings, as notebooks ask for them."""

from collections.abc import Iterable
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from torch import Tensor

from ...training.history import History
from ..style import SCALES, Theme, themed
from .sheets import Sheet, png

CURVES = {
    "loss": "loss of training batches",
    "iou": "IoU: line, of training batches;\ndots, of held-out scenes",
    "gradient_norm": "length of the gradient",
    "learning_rate": "learning rate",
}
"""What `show_curves` can draw, and what it is called there."""

LETTERS = 11.5  # points: 12 pixels where a figure of two panels is shown 700 pixels wide
DASHES = ("solid", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)))


def show_curves(runs: dict[str, History], of: tuple[str, ...] = ("loss", "iou")) -> Sheet:
    """Show how trainings went, side by side in the same axes, in a notebook.

    Args:
        runs: {name: History}, up to four. A History alone is one run.
        of: which of `CURVES`.

    Raises: ValueError for no run, more than four, an unknown curve.
    """
    runs = {"": runs} if isinstance(runs, History) else runs
    of = (of,) if isinstance(of, str) else tuple(of)
    histories = runs.values() if isinstance(runs, dict) else [None]
    if not all(isinstance(history, History) for history in histories):
        raise ValueError("runs are {name: History}, or one History, as fit returns it.")
    unknown = [name for name in of if name not in CURVES]
    if unknown or not of:
        raise ValueError(f"there are curves of {', '.join(CURVES)}; got {list(of)}.")
    if not 1 <= len(runs) <= len(DASHES):
        raise ValueError(f"curves of 1 to {len(DASHES)} runs can be told apart; got {len(runs)}.")
    said = "; ".join(_in_words(name, history, of) for name, history in runs.items())
    return Sheet.drawn(partial(curves_sheet, runs, of), f"Curves over steps. {said}.")


def _evaluated(histories: Iterable[History]) -> str:
    """On which scenes the scores of all these runs were taken."""
    kinds = {history.trained_on for history in histories if history.evaluations}
    if kinds == {True}:
        return "of scenes it is trained on"
    return "of held-out scenes" if kinds <= {False} else "of held-out or trained-on scenes"


def _in_words(name: str, history: History, of: tuple[str, ...]) -> str:
    words = [f"{len(history.records)} steps"]
    for key in of if history.records else ():
        smooth = _smooth([r[key] for r in history.records])
        words.append(f"{key} from {smooth[0]:.3g} to {smooth[-1]:.3g}")
    if "iou" in of and history.evaluations:
        words.append(f"{history.scored_on} IoU at the end {history.evaluations[-1]['IoU']:.2f}")
    return f"{name}: {', '.join(words)}" if name else ", ".join(words)


def curves_sheet(runs: dict[str, History], of: tuple[str, ...], *, theme: str = "light") -> bytes:
    """The same as PNG, a panel a curve, two beside one another: a page is no wider than that."""
    columns = min(len(of), 2)
    rows = -(-len(of) // columns)
    with themed(theme) as colours:
        figure = Figure(figsize=(4.6 * columns, 3.5 * rows), layout="constrained")
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        for axes, key in zip(panels, of):
            for (name, history), (colour, dash) in zip(runs.items(), _styles(colours)):
                draw_curve(axes, history, key, colour, dash, name)
            title = CURVES[key].replace("of held-out scenes", _evaluated(runs.values()))
            axes.set_title(title, fontsize=LETTERS, weight="normal", color=colours.muted)
            _axes_of(axes, key, [r[key] for h in runs.values() for r in h.records])
        for axes in panels[len(of) :]:
            axes.set_axis_off()
        if any(runs):
            panels[0].legend(frameon=False, fontsize=LETTERS)
        return png(figure)


def _styles(colours: Theme):
    return zip((colours.encoder, colours.accent, colours.side, colours.decoder), DASHES)


def draw_curve(axes: Axes, history: History, key: str, colour: str, dash, name: str) -> None:
    """One run in one panel: every step pale, their running mean strong, held-out scores as dots."""
    records = history.records[:]  # training may add to it meanwhile
    steps = [record["step"] for record in records]
    values = [record[key] for record in records]
    axes.plot(steps, values, color=colour, alpha=0.22, lw=1)
    axes.plot(steps, _smooth(values), color=colour, ls=dash, label=name)
    if key == "iou" and history.evaluations:
        looked = [(e["step"], e["IoU"]) for e in history.evaluations]
        axes.plot(*zip(*looked), "o", color=colour, ms=6, mec=axes.get_facecolor())


def _smooth(values: list[float]) -> np.ndarray:
    """The mean over a window around each step, a twentieth of the run wide."""
    half = max(len(values) // 40, 0)
    array = np.asarray(values, float)
    return np.array([array[max(i - half, 0) : i + half + 1].mean() for i in range(len(array))])


def _axes_of(axes: Axes, key: str, values: list[float]) -> None:
    axes.set_xlabel("step", fontsize=LETTERS)
    axes.tick_params(labelsize=LETTERS)
    axes.grid(axis="y")
    wild = key == "gradient_norm" or (values and max(values) > 10 * float(np.median(values)))
    if key == "iou":
        axes.set_ylim(0, 1)
    elif wild:  # one peak would press all else flat
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    else:
        axes.set_ylim(bottom=0)


def training_sheet(
    history: History,
    images: Tensor,
    masks: Tensor,
    maps: dict[str, np.ndarray],
    frame: dict | None,
    *,
    evaluated: str = "of held-out scenes",
    theme: str = "light",
) -> bytes:
    """What the live view shows, as PNG: both curves above, the maps of the saved step below."""
    with themed(theme) as colours:
        count = len(images)
        figure = Figure(figsize=(9.4, 3.4 + 1.1 * count), layout="constrained")
        upper, lower = figure.subfigures(
            2, 1, squeeze=False, height_ratios=[3.1, 0.3 + 1.1 * count]
        )[:, 0]
        for axes, key in zip(upper.subplots(1, 2), ("loss", "iou")):
            if history.records:
                draw_curve(axes, history, key, colours.encoder, "solid", "")
            title = CURVES[key].replace("of held-out scenes", evaluated)
            axes.set_title(title, fontsize=LETTERS, weight="normal", color=colours.muted)
            _axes_of(axes, key, [r[key] for r in history.records])
        _draw_maps(lower, images, masks, maps)
        if frame is not None:
            lower.suptitle(f"after step {frame['step']:,}", fontsize=LETTERS, x=0.01, ha="left")
        return png(figure)


def _draw_maps(figure, images: Tensor, masks: Tensor, maps: dict[str, np.ndarray]) -> None:
    saliency = SCALES["saliency"]
    columns = {"picture": images.permute(0, 2, 3, 1).numpy(), "mask": masks[:, 0].numpy(), **maps}
    grid = figure.subplots(len(images), len(columns), squeeze=False)
    for row, line in enumerate(grid):
        for axes, (name, pictures) in zip(line, columns.items()):
            axes.imshow(pictures[row], cmap=saliency.colormap, vmin=0, vmax=1)
            axes.set_axis_off()
            if row == 0:
                axes.set_title(name, fontsize=LETTERS, weight="normal")
