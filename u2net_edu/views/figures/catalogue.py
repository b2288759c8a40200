"""All figures by name, and how they become files: SVG and PNG, light and dark, with their words."""

import base64
import io
import json
import re
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from xml.sax.saxutils import escape

from matplotlib.figure import Figure
from PIL import Image

from ...architecture.spec import U2NET_LITE
from ...files import atomic_write
from ..style import THEMES, Theme, themed
from . import (
    ablation,
    answers,
    costs,
    fields,
    knock_out,
    network,
    photographs,
    proof,
    structure,
    taps,
)
from .canvas import WIDTH, Drawing
from .measurements import folder

FIGURES: dict[str, Callable[[Theme], Drawing]] = {
    "network": network.whole_network,
    "network-lite": partial(network.whole_network, spec=U2NET_LITE),
    "residual-and-rsu": structure.residual_and_rsu,
    "blocks": structure.blocks,
    "macs-by-width": costs.macs_by_width,
    "costs-by-stage": costs.where_it_sits,
    "blocks-plane": costs.blocks_in_the_plane,
    "field-growth": fields.field_growth,
    "dilation-stacks": fields.dilation_stacks,
    "why-rsu4f-dilates": fields.why_rsu4f_dilates,
    "painted-proof": proof.painted_proof,
    "three-answers": answers.three_answers,
    "taps-on-small-maps": taps.taps_on_small_maps,
    "ablation": ablation.blocks_trained,
    "cut-outs": photographs.cut_outs,
    "photograph-stages": photographs.stages_of_a_photograph,
    "side-maps": photographs.side_maps,
    "classroom-masks": photographs.classroom_masks,
    "knock-out-scenes": knock_out.on_scenes,
    "knock-out-photographs": knock_out.on_photographs,
}
"""Each takes a theme, in whose `themed` block it is called, and gives a `Drawing`."""

OF_THE_AUTHORS = ("cut-outs", "photograph-stages", "side-maps")
"""Those that show the authors' network; without its weights, the classroom network."""

INDEX = "index.json"
PIXELS = 1600  # width of the PNG


def draw(name: str, theme: str = "light") -> Drawing:
    """Draw one figure.

    Raises: KeyError for a name that is not in `FIGURES`; it lists those that are.
    """
    check_names([name])
    with themed(theme) as colours:
        return FIGURES[name](colours)


def check_names(names: Iterable[str]) -> None:
    """Refuse names that are not in `FIGURES`. Raises: KeyError, which lists those that are."""
    for name in names:
        if name not in FIGURES:
            raise KeyError(f"no figure {name!r}; there are {', '.join(FIGURES)}.")


def write(names: Iterable[str], target: Path) -> list[Path]:
    """Draw figures into a folder, update its index, and return the paths of the files."""
    written, entries = [], {}
    for name in names:
        for theme in THEMES:
            with themed(theme) as colours:
                drawing = FIGURES[name](colours)
                contents = {"svg": as_svg(drawing), "png": as_png(drawing.figure)}
            for kind, content in contents.items():
                with atomic_write(target / f"{name}-{theme}.{kind}") as path:
                    path.write_bytes(content)
                written.append(target / f"{name}-{theme}.{kind}")
        entries[name] = {"title": drawing.title, "alt": drawing.alt}
    _update_index(target / INDEX, entries)
    return [*written, target / INDEX]


def _update_index(path: Path, entries: dict[str, dict[str, str]]) -> None:
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    merged = {name: entries.get(name) or known.get(name) for name in FIGURES}
    text = json.dumps({k: v for k, v in merged.items() if v}, indent=1, ensure_ascii=False)
    with atomic_write(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def index() -> dict[str, dict[str, str]]:
    """Read title and alt text of every committed figure, by name; notebooks quote them."""
    return json.loads((folder() / INDEX).read_text(encoding="utf-8"))


def markdown(name: str, where: str = "../figures") -> str:
    """Write a figure's HTML for a notebook or README, light or dark, with alt text."""
    alt = index()[name]["alt"].replace('"', "&quot;")
    return (
        f'<picture><source media="(prefers-color-scheme: dark)" srcset="{where}/{name}-dark.png">'
        f'<img src="{where}/{name}-light.png" alt="{alt}"></picture>'
    )


def as_svg(drawing: Drawing) -> bytes:
    """Write the figure as SVG that tells a screen reader its title and description."""
    buffer = io.StringIO()
    drawing.figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    words = f"<title>{escape(drawing.title)}</title><desc>{escape(drawing.alt)}</desc>"
    svg = lean(buffer.getvalue())
    head, tag, rest = re.split(r"(<svg [^>]*)>", svg, maxsplit=1)
    return f'{head}{tag} role="img">{words}{rest}\n'.encode()


def lean(svg: str) -> str:
    """Make matplotlib's SVG a sixth smaller; what is seen stays the same.

    Its pictures are packed like our own, places are given to 1/7200 inch, where it writes six
    decimals, and white space and the empty metadata go.
    """
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(data:image/png;base64,)([^"]+)', _repacked, svg)
    svg = re.sub(r'( d="|translate\()([^")]*)', _short, svg)
    return "\n".join(line.strip() for line in svg.splitlines() if line.strip())


def _repacked(embedded: re.Match) -> str:
    picture = Image.open(io.BytesIO(base64.b64decode(embedded[2])), formats=["PNG"])
    opaque = picture.mode != "RGBA" or picture.getchannel("A").getextrema() == (255, 255)
    image = picture.convert("RGB" if opaque else "RGBA")
    return embedded[1] + base64.b64encode(_packed(image, colours=256)).decode()


def _short(places: re.Match) -> str:
    """Numbers with two decimals, and no space beside the letters of a path."""
    text = re.sub(r"(\.\d\d)\d+", r"\1", places[2])
    return places[1] + re.sub(r"\s*([A-Za-z])\s*", r"\1", text)


def as_png(figure: Figure, pixels: int = PIXELS) -> bytes:
    """Write the figure as PNG, that many pixels wide."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100 * pixels / WIDTH)
    # Drawn colours and their soft edges; a photograph has more.
    return _packed(Image.open(buffer, formats=["PNG"]).convert("RGB"), colours=1 << 13)


def _packed(image: Image.Image, colours: int) -> bytes:
    """A picture as PNG, as small as it gets; one of no more than so many colours with a palette."""
    if image.mode == "RGB" and image.getcolors(colours):
        image = image.quantize(256, dither=Image.Dither.NONE)  # the background stays what it is
    packed = io.BytesIO()
    image.save(packed, "png", optimize=True)
    return packed.getvalue()
