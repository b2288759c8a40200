"""The stand-alone page: the browser widgets on one photograph, in one file without a kernel.

`u2net-edu explorer -o page.html` writes it. It opens from disk and fetches nothing: its content
policy forbids it. Shapes, costs and supports are computed in the page from the trace, as in
a notebook; feature maps and times are stored for every layer, effective fields for nine pixels of
each stage.
"""

import base64
import hashlib
import html
import json
from collections.abc import Callable
from pathlib import Path

from ..files import atomic_write

VIEWS = {
    "explore": "The map",
    "field": "What a pixel sees",
    "dilation": "What one cell reads",
}
MAPS, MAP_SIDE, HEAT_SIDE = 8, 40, 80  # what is stored of each layer, and how large, in pixels


def write_page(
    path, model, image, *, size: int = 320, say: Callable[[str], None] = lambda text: None
) -> Path:
    """Write the page for a model and an image; the path of the file.

    Args: as `explore`; `say` is called with a line about each step.
    Raises: what `trace` and `preprocess` raise; OSError.
    """
    from .widgets.network.network import NetworkOnImage

    shown = NetworkOnImage(model, image, size=size)
    page = page_of(shown, say)
    path = Path(path)
    with atomic_write(path) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return path


def store_of(shown, say: Callable[[str], None] = lambda text: None) -> dict:
    """All that the page's widgets are given: their traits, and answers to what they may ask."""
    from .widgets.dilation import explore_dilation
    from .widgets.explore.widget import LENSES
    from .widgets.field.widget import SHOWS, heats_of
    from .widgets.kit.pictures import png_bytes
    from .widgets.network.network import palette

    data = shown.data
    stages = [stage["path"] for stage in data["stages"]]
    layers = [layer["path"] for layer in data["layers"]]
    say("fields, feature maps, times …")
    maps = {path: shown.maps(path, MAPS, MAP_SIDE) for path in dict.fromkeys([*stages, *layers])}
    heats = {}
    for path in [stage["path"] for stage in data["stages"] if len(stage["operators"]) > 4]:
        say(f"effective fields of {path} …")
        found = heats_of(shown, path, _grid(shown, path), HEAT_SIDE)
        heats[path] = [heat for heat in found if "png" in heat]
    first = stages[0]
    dilation = explore_dilation(layers=(1, 2, 4))
    return {
        "explore": {
            "network": data,
            "provenance": shown.provenance,
            "photo": png_bytes(shown.photo),
            "palettes": {name: palette(name) for name in ("cost", "field")},
            "selected": first,
            "hovered": "",
            "opened": "",
            "pixel": [-1, -1],
            "lens": "role",
            "lenses": list(LENSES.items()),
            "times": shown.times,
        },
        "field": {"show": "window", "shows": list(SHOWS.items()), "asked": [], "heat": {}},
        "dilation": dilation.shown_traits(),
        "fields": shown.fields(
            [*stages, *(operator.path for operator in shown.trace.operators), *layers]
        ),
        "maps": maps,
        "heats": {path: stored for path, stored in heats.items() if stored},
    }


def _grid(shown, path: str) -> list[tuple[int, int]]:
    """Nine pixels of a layer's output, evenly spread; fewer where it is smaller."""
    rows, columns = shown.trace.operators[shown.trace.position(path)].grid

    def thirds(count: int) -> list[int]:
        return sorted({(2 * i + 1) * count // 6 for i in range(3)})

    return [(row, column) for row in thirds(rows) for column in thirds(columns)]


def page_of(shown, say: Callable[[str], None] = lambda text: None) -> str:
    from .widgets.kit.bundle import bundle
    from .widgets.kit.widget import stylesheet
    from .widgets.network.still import network_sheet

    store = json.dumps(_plain(store_of(shown, say)), ensure_ascii=False, separators=(",", ":"))
    still = base64.b64encode(network_sheet(shown)).decode()
    name = html.escape(shown.trace.name)
    tabs = "\n".join(
        f'<button role="tab" data-view="{view}" aria-controls="view-{view}">{title}</button>'
        for view, title in VIEWS.items()
    )
    views = "\n".join(f'<section id="view-{view}" role="tabpanel"></section>' for view in VIEWS)
    program = bundle("page/main")
    return PAGE.format(
        name=name,
        style=stylesheet("network/network", "field/widget", "field/proof", "dilation/widget"),
        tabs=tabs,
        views=views,
        still=still,
        alt=html.escape(repr(shown.trace)),
        store=store.replace("<", "\\u003c"),  # nothing in it can end the element
        script=program,
        hash=_hash_of(program),
    )


def _hash_of(text: str) -> str:
    """The one script that the page's policy allows to run: this."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _plain(value):
    if isinstance(value, bytes):
        return {"__bytes__": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
img-src data: blob:; style-src 'unsafe-inline'; script-src '{hash}'; \
base-uri 'none'; form-action 'none'">
<title>{name}: fall into the U</title>
<style>
{style}
body {{ margin: 0; background: Canvas; }}
main {{ max-width: 1440px; margin: 0 auto; padding: 14px 20px 30px; }}
main .tabs {{ border: 0; padding: 0 0 12px; max-width: none; display: flex; gap: 8px; \
flex-wrap: wrap; align-items: center; background: none; }}
main .tabs [aria-selected="true"] {{ border-color: var(--u2-accent); font-weight: 700; \
box-shadow: inset 0 0 0 1px var(--u2-accent); }}
main .tabs h1 {{ font-size: 1.3em; margin: 0 18px 0 0; }}
section > .u2 {{ margin: 0 auto; }}
</style>
</head>
<body>
<main>
<div class="u2 tabs" role="tablist" aria-label="views"><h1>{name}</h1>
{tabs}
</div>
{views}
<noscript><img src="data:image/png;base64,{still}" alt="{alt}" style="max-width: 100%"></noscript>
</main>
<script type="application/json" id="store">{store}</script>
<script type="module">{script}</script>
</body>
</html>
"""
