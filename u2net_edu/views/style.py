"""One hand for everything that is drawn: two themes, colours by role, colour scales by meaning.

Figures take it through matplotlib (`themed`, `Scale.colormap`), widgets through CSS variables
(`css`) and ready-coloured pixels (`Scale.paint`). A colour is written here and nowhere else.

The four role colours of the network's parts were searched for the largest smallest difference
(CIEDE2000) under normal vision and the three kinds of colour blindness; a test holds that. The
scales rise evenly in lightness or, where a zero matters, fall off evenly on both sides of it, so
that they survive a grey print.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from matplotlib import colormaps, rc_context
from matplotlib.colors import Colormap


@dataclass(frozen=True)
class Theme:
    """Colours by role, as #rrggbb; the roles are the same in every theme."""

    background: str
    surface: str  # cards and panels on the background
    line: str  # thin rules, grids, borders
    muted: str  # secondary text
    ink: str  # text
    accent: str  # what is selected or asked about
    encoder: str
    decoder: str
    side: str
    fuse: str
    good: str
    bad: str


LIGHT = Theme(
    background="#ffffff",
    surface="#f4f6f8",
    line="#cdd4db",
    muted="#55606b",
    ink="#16202a",
    accent="#c23b00",
    encoder="#3170df",
    decoder="#006448",
    side="#980574",
    fuse="#936f04",
    good="#006448",
    bad="#b3261e",
)
DARK = Theme(
    background="#12171d",
    surface="#1c232b",
    line="#3a4550",
    muted="#a3aeb9",
    ink="#eef2f6",
    accent="#ffe066",
    encoder="#0087f7",
    decoder="#99f0b0",
    side="#ffbce9",
    fuse="#d87729",
    good="#99f0b0",
    bad="#ff8a80",
)
THEMES = {"light": LIGHT, "dark": DARK}


@dataclass(frozen=True)
class Scale:
    """How numbers of one meaning become colours, wherever they appear."""

    name: str
    meaning: str
    colormap_name: str
    diverging: bool = False
    clip: float = 0.0  # share of the values at each open end that may leave the colours' range

    @property
    def colormap(self) -> Colormap:
        return colormaps[self.colormap_name]

    def limits(self, values: np.ndarray) -> tuple[float, float]:
        """The range that the colours span for these values: symmetric where zero matters.

        A few huge values would make all others one colour, so `clip` of them may lie outside.
        """
        finite = values[np.isfinite(values)]
        if not finite.size:
            return 0.0, 0.0
        if self.diverging:
            reach = float(np.quantile(np.abs(finite), 1 - self.clip))
            return -reach, reach
        low, high = float(finite.min()), float(np.quantile(finite, 1 - self.clip))
        return low, high if high > low else float(finite.max())

    def paint(self, values: np.ndarray, low: float, high: float) -> np.ndarray:
        """Colour values (…) as uint8 (…, 3). A flat range gives the middle, NaN the lowest."""
        table = (self.colormap(np.linspace(0, 1, 256))[:, :3] * 255).round().astype(np.uint8)
        if high - low > 0:
            position = np.nan_to_num((values - low) / (high - low)).clip(0, 1)
        else:
            position = np.full(values.shape, 0.5)
        return table[(position * 255).round().astype(np.uint8)]

    def gradient(self) -> str:
        """The scale as a CSS gradient, low to high, for a colour bar."""
        stops = (self.colormap(np.linspace(0, 1, 17))[:, :3] * 255).round().astype(int)
        return (
            "linear-gradient(to right, " + ", ".join(f"rgb({r},{g},{b})" for r, g, b in stops) + ")"
        )


SCALES = {
    scale.name: scale
    for scale in (
        Scale("activation", "what a layer answers, from least to most", "viridis", clip=0.005),
        Scale("signed", "answers and weights on both sides of zero", "PuOr", True, clip=0.005),
        Scale("change", "what became less, and what became more", "RdBu", True),
        Scale("saliency", "how salient a pixel is, black 0 to white 1", "gray"),
        Scale("field", "how much a pixel listens to another", "inferno"),
        Scale("loss", "what a pixel adds to the loss, black 0", "gist_heat", clip=0.005),
        Scale("cost", "parameters, MACs, bytes, time", "cividis"),
    )
}


MASKS = {"neither": "#000000", "yours": "#e69f00", "theirs": "#56b4e9", "both": "#ffffff"}
"""Two masks on one picture; Okabe and Ito's colours, told apart by every reader."""


def css() -> str:
    """The themes as CSS variables (`--u2-ink`, …) on elements of class `u2`.

    The page's own theme decides: JupyterLab's and Notebook's attribute, VS Code's class, Colab's
    attribute, else the system's. `class="u2 dark"` or `"u2 light"` overrules them.
    """

    def rule(selector: str, theme: Theme) -> str:
        body = [f"--u2-{role}: {colour};" for role, colour in asdict(theme).items()]
        body += [f"--u2-{whose}: {colour};" for whose, colour in MASKS.items()]
        # For what exists once for each theme, such as pictures: only the fitting one is shown.
        body += [f"--u2-if-{n}: {'block' if t is theme else 'none'};" for n, t in THEMES.items()]
        return f"{selector} {{ {' '.join(body)} }}"

    dark_hosts = ('[data-jp-theme-light="false"]', ".vscode-dark", "html[theme=dark]")
    dark = ", ".join([*(f"{host} .u2:not(.light)" for host in dark_hosts), ".u2.dark"])
    undecided = "body:not([data-jp-theme-light]):not([class*=vscode])"
    system = rule(f"{undecided} .u2:not(.light)", DARK)
    return "\n".join(
        [
            rule(".u2", LIGHT),
            f"@media (prefers-color-scheme: dark) {{ {system} }}",
            rule(dark, DARK),
        ]
    )


@contextmanager
def themed(theme: str = "light") -> Iterator[Theme]:
    """Matplotlib drawn in our style inside the block; gives the theme's colours."""
    colours = THEMES[theme]
    settings: dict[Any, Any] = {
        "figure.facecolor": colours.background,
        "savefig.facecolor": colours.background,
        "axes.facecolor": colours.background,
        "axes.edgecolor": colours.line,
        "axes.labelcolor": colours.ink,
        "axes.titlecolor": colours.ink,
        "axes.titlelocation": "left",
        "axes.titleweight": "bold",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": False,
        "grid.color": colours.line,
        "grid.linewidth": 0.6,
        "text.color": colours.ink,
        "xtick.color": colours.muted,
        "ytick.color": colours.muted,
        "xtick.labelcolor": colours.ink,
        "ytick.labelcolor": colours.ink,
        "font.family": "DejaVu Sans",
        "font.size": 11,
        "lines.linewidth": 2.2,
        "lines.solid_capstyle": "round",
        "figure.dpi": 100,
        "svg.fonttype": "path",  # the same letters on a machine without the font
        "svg.hashsalt": "u2net_edu",  # the same file from the same figure
    }
    with rc_context(settings):
        yield colours
