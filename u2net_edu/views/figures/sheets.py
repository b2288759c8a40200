"""Sheets of pictures that widgets and notebooks show as they are asked for."""

import base64
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from html import escape

import numpy as np
import torch
from matplotlib.colors import ListedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from PIL import Image
from torch import Tensor

from ...images import ROUNDING, as_array
from ..style import SCALES, THEMES, Scale, css, themed

TILE = 96  # pixels of a feature map in a sheet of many
COUNTABLE = 24  # up to this many rows or columns, the cells of a map are ruled


@dataclass(frozen=True)
class Sheet:
    """A figure drawn once for each theme; a notebook shows the one that fits its page.

    `pictures` is {theme: PNG bytes}; `alt` says in words what can be seen.
    """

    pictures: dict[str, bytes]
    alt: str

    @classmethod
    def drawn(cls, draw: Callable[..., bytes], alt: str) -> "Sheet":
        return cls({theme: draw(theme=theme) for theme in THEMES}, alt)

    def __repr__(self) -> str:
        return self.alt

    def _repr_html_(self) -> str:
        images = "".join(
            # Where a host takes our style sheet away, the light one stands alone.
            f'<img alt="{escape(self.alt)}" style="max-width: 100%; '
            f'display: var(--u2-if-{theme}, {"block" if theme == "light" else "none"})" '
            f'src="data:image/png;base64,{base64.b64encode(png).decode()}">'
            for theme, png in self.pictures.items()
        )
        return f'<style>{css()}</style><div class="u2">{images}</div>'


def stage_sheet(
    photo: np.ndarray, maps: dict[str, Tensor], *, columns: int = 6, theme: str = "light"
) -> bytes:
    """Draw a row for each stage with its strongest maps, the photograph at the left, as PNG.

    Args:
        photo: (H, W, 3) uint8.
        maps: {path: (C, h, w)}.
    """
    # One picture with all maps in it: axes of their own for each would take seconds to draw.
    step, left = TILE + 8, 2 * TILE + 130
    with themed(theme) as colours:
        paper = (np.array(to_rgb(colours.background)) * 255).round().astype(np.uint8)
        sheet = np.tile(paper, (step * max(len(maps), 2) + 8, left + step * columns, 1))
        sheet[8 : 8 + 2 * TILE, 8 : 8 + 2 * TILE] = _resized(photo, 2 * TILE)
        figure = Figure(figsize=(sheet.shape[1] / 100, sheet.shape[0] / 100))
        axes = figure.add_axes((0, 0, 1, 1))
        for row, (path, output) in enumerate(maps.items()):
            top, values = 8 + row * step, output.numpy()
            scale = SCALES["signed" if values.min() < 0 else "activation"]
            order = np.argsort(-np.square(values).mean((1, 2)), kind="stable")[:columns]
            limits = scale.limits(values[order])
            for column, channel in enumerate(order):
                x = left + column * step
                tile = scale.paint(values[channel], *limits)
                sheet[top : top + TILE, x : x + TILE] = _resized(tile, TILE)
            right, middle = left - 12, top + TILE / 2
            axes.text(right, middle, path, ha="right", va="bottom", weight="bold", fontsize=14)
            size = "×".join(str(n) for n in values.shape)
            axes.text(right, middle + 4, size, ha="right", va="top", color=colours.muted)
        axes.imshow(sheet, aspect="auto")
        axes.set_axis_off()
        return png(figure)


def _resized(pixels: np.ndarray, side: int) -> np.ndarray:
    """Resize pixels to a square: shrink by averaging, enlarge with sharp edges."""
    how = Image.Resampling.BOX if max(pixels.shape[:2]) > side else Image.Resampling.NEAREST
    return np.asarray(Image.fromarray(pixels).resize((side, side), how))


def saliency_sheet(
    picture: np.ndarray, saliency: np.ndarray, *, title: str = "", theme: str = "light"
) -> bytes:
    """Draw a picture, its saliency map, and the picture dimmed by it, side by side, as PNG.

    Args:
        picture: (H, W, 3) floats in 0…1.
        saliency: (H, W) in 0…1.
    """
    with themed(theme) as colours:
        height, width = saliency.shape
        figure = Figure(figsize=(11, 11 / 3 * height / width + 0.75), layout="constrained")
        panels = figure.subplots(1, 3)
        scale = SCALES["saliency"]
        cut = picture * saliency[..., None] + (1 - saliency[..., None])
        for axes, pixels, name in zip(
            panels,
            (picture, scale.paint(saliency, 0, 1), cut),
            ("the picture", "saliency: black 0, white 1", "what would be cut out"),
        ):
            axes.imshow(pixels)
            axes.set_axis_off()
            axes.set_title(name, fontsize=11, weight="normal", color=colours.muted)
        figure.suptitle(title, x=0.01, ha="left", weight="bold")
        return png(figure)


def show_saliency(picture, saliency: np.ndarray, *, title: str = ""):
    """Show a picture, its saliency map and the cut-out in a notebook.

    Args:
        picture: anything that `as_array` takes.
        saliency: (H, W) in 0…1, as `predict` gives it for this picture; an array, or a tensor.

    Raises: TypeError for a map that is neither; ValueError for one of another shape, or with values
    that leave 0…1 or are not finite; as `as_array`.
    """
    pixels = as_array(picture)
    saliency = _numbers(saliency, "the saliency map")
    if saliency.shape != pixels.shape[:2]:
        raise ValueError(
            f"the saliency map is {saliency.shape}, the picture {pixels.shape[:2]}: "
            "take the map that predict gave for this picture."
        )
    low, high = float(saliency.min()), float(saliency.max())
    if not (low >= -ROUNDING and high <= 1 + ROUNDING):  # NaN is neither
        raise ValueError(
            f"the saliency map lies in 0…1, as predict gives it; got {low:.4g} to {high:.4g}. "
            "Divide values of 0…255 by 255; logits need a sigmoid."
        )
    saliency = saliency.astype(float).clip(0, 1)
    marked = f"{100 * float((saliency > 0.5).mean()):.0f} %"
    return Sheet.drawn(
        partial(saliency_sheet, pixels, saliency, title=title),
        f"Picture, saliency map, cut-out; {marked} of its pixels exceed one half.",
    )


def _numbers(values, name: str) -> np.ndarray:
    """Real numbers or booleans as an array, wherever a tensor keeps them.

    Raises: TypeError for anything else.
    """
    wanted = f"{name} is an array or a tensor of real numbers or booleans"
    if isinstance(values, Tensor):
        if values.is_meta or values.layout != torch.strided or values.is_complex():
            raise TypeError(f"{wanted}; got {values.dtype}, {values.layout}, on {values.device}.")
        values = values.detach().cpu()
        values = (values.float() if values.dtype == torch.bfloat16 else values).numpy()
    if not isinstance(values, (np.ndarray)):
        raise TypeError(f"{wanted}; got {type(values).__name__}.")
    if values.dtype.kind not in "biuf":
        raise TypeError(f"{wanted}; got {values.dtype}.")
    return values


def maps_sheet(
    maps: dict[str, np.ndarray],
    *,
    scale: str | None = None,
    answers: tuple[str, str] = ("not read", "read"),
    theme: str = "light",
) -> bytes:
    """Draw maps in rows, with numbered rows and columns, titles and colour bars, as PNG.

    Maps of one scale share its limits: the same colour means the same number on the whole sheet.

    Args:
        maps: {title: (H, W)} of numbers or booleans.
        scale: by its name in `SCALES`; without one, `signed` for a map with values below zero and
            `activation` for the others.
        answers: what False and True mean; a map of booleans has these two in place of a bar.
    """
    with themed(theme) as colours:
        tallest = max(values.shape[0] / values.shape[1] for values in maps.values())
        # A page is about a thousand pixels wide: more maps than three stand in rows.
        columns = len(maps) if len(maps) <= 3 else 4 if len(maps) in (4, 7, 8) else 3
        rows = -(-len(maps) // columns)
        wide, high = (5, 3.8) if rows == 1 and columns < 4 else (13 / columns, 10 / columns)
        figure = Figure(
            figsize=(wide * columns, (high * tallest + (0.9 if rows == 1 else 0.5)) * rows),
            layout="constrained",
        )
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        for axes in panels[len(maps) :]:
            axes.set_axis_off()
        for at, (axes, (title, values)) in enumerate(zip(panels, maps.items())):
            axes.set_title(title, fontsize=13, weight="normal")
            if at % columns == 0:
                axes.set_ylabel("row")
            if at + columns >= len(maps):  # none below it
                axes.set_xlabel("column")
            _number_cells(axes, values.shape, colours.line)
            if values.dtype == bool:
                _draw_answers(axes, values, answers, colours)
            else:
                used = _scale_of(values, scale)
                alike = [
                    v for v in maps.values() if v.dtype != bool and _scale_of(v, scale) is used
                ]
                _draw_values(axes, values, used, used.limits(np.concatenate(alike, axis=None)))
        return png(figure)


def _number_cells(axes, shape: tuple[int, int], line: str) -> None:
    """Put ticks at whole rows and columns, and lines between cells if one can count them."""
    axes.xaxis.set_major_locator(MaxNLocator(7, integer=True, steps=(1, 2, 5, 10)))
    axes.yaxis.set_major_locator(MaxNLocator(7, integer=True, steps=(1, 2, 5, 10)))
    axes.tick_params(length=3, labelsize=9)
    if max(shape) <= COUNTABLE:
        axes.set_xticks(np.arange(shape[1] + 1) - 0.5, minor=True)
        axes.set_yticks(np.arange(shape[0] + 1) - 0.5, minor=True)
        axes.grid(True, which="minor", color=line, linewidth=0.5)
        axes.tick_params(which="minor", length=0)


def _draw_answers(axes, values: np.ndarray, answers: tuple[str, str], colours) -> None:
    """Draw a map of yes and no: two colours, and below it what each means."""
    kinds = (colours.surface, colours.accent)
    axes.imshow(values, cmap=ListedColormap(kinds), vmin=0, vmax=1, interpolation="nearest")
    marks = [Patch(facecolor=c, edgecolor=colours.line, label=a) for c, a in zip(kinds, answers)]
    axes.legend(
        handles=marks[::-1], loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=10
    )


def _scale_of(values: np.ndarray, name: str | None) -> Scale:
    return SCALES[name or ("signed" if values.min() < 0 else "activation")]


def _draw_values(axes, values: np.ndarray, scale: Scale, limits: tuple[float, float]) -> None:
    low, high = limits
    # A map is often smaller than its picture on the page: squares, not a blur.
    image = axes.imshow(values, cmap=scale.colormap, vmin=low, vmax=high, interpolation="nearest")
    # Inside the axes' own frame, so that the bar is as high as the picture.
    bar = axes.figure.colorbar(
        image, cax=axes.inset_axes((1.03, 0, 0.035, 1)), extend=_beyond(values, low, high)
    )
    bar.ax.tick_params(labelsize=9)
    bar.locator = MaxNLocator(4, symmetric=scale.diverging)
    bar.update_ticks()


def _beyond(values: np.ndarray, low: float, high: float) -> str:
    """Say at which ends values go beyond a colour bar; matplotlib points it there."""
    ends = (bool((values < low).any()), bool((values > high).any()))
    return {(False, False): "neither", (True, False): "min", (False, True): "max"}.get(ends, "both")


def show_maps(
    maps: dict, *, scale: str | None = None, answers: tuple[str, str] = ("not read", "read")
) -> Sheet:
    """Show maps side by side in a notebook: what layers answer, what a pixel sees.

    Args:
        maps: {title: (H, W) array, tensor or list of rows} of numbers or booleans.
        scale, answers: as `maps_sheet` takes them.

    Raises: TypeError for what is no dictionary of arrays or tensors of real numbers; ValueError for
    an empty one, a map that is empty or does not have two axes, a scale that is not there, and
    answers that are not two.
    """
    if not isinstance(maps, Mapping):
        raise TypeError(f"maps is a dictionary {{title: (H, W)}}; got {type(maps).__name__}.")
    if not maps:
        raise ValueError("maps is a dictionary {title: (H, W)} with at least one map; got none.")
    if scale is not None and scale not in tuple(SCALES):
        raise ValueError(f"no scale {scale!r}; there are {', '.join(SCALES)}.")
    if isinstance(answers, str) or len(answers) != 2:
        raise ValueError(f"answers is two words, what False and True mean; got {answers!r}.")
    arrays = {}
    for title, values in maps.items():
        if isinstance(values, (list, tuple)):
            try:
                values = np.array(values)
            except (TypeError, ValueError):  # rows of several lengths
                raise ValueError(f"{title!r} is a list whose rows are no map (H, W).") from None
        arrays[str(title)] = _numbers(values, repr(title))
    for title, values in arrays.items():
        if values.ndim != 2 or not values.size:
            raise ValueError(f"a map has two axes, height and width; {title!r} has {values.shape}.")
        if values.dtype != bool:
            arrays[title] = values.astype(float)
    said = "; ".join(f"{title}, {_in_words(values, answers)}" for title, values in arrays.items())
    return Sheet.drawn(partial(maps_sheet, arrays, scale=scale, answers=answers), said)


def _in_words(values: np.ndarray, answers: tuple[str, str]) -> str:
    height, width = values.shape
    if values.dtype == bool:
        return f"{height}×{width}, {int(values.sum())} {answers[1]}"
    return f"{height}×{width}, from {values.min():.3g} to {values.max():.3g}"


def message_sheet(message: str, *, theme: str = "light") -> bytes:
    """Draw what went wrong, as PNG."""
    with themed(theme) as colours:
        figure = Figure(figsize=(10, 1.2))
        figure.text(0.02, 0.5, message, color=colours.bad, va="center", wrap=True)
        return png(figure)


def png(figure: Figure) -> bytes:
    """Write a figure as PNG bytes. Notebooks show these; a bare figure may print as text."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()
