"""Screenshots of the widgets into figures/: `python -m tests.browser.screenshots [WIDGET …]`.

Each widget in a bare page, both themes; the README and the notebooks show them.
"""

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

import u2net_edu as u2
from u2net_edu.files import atomic_write

from .chromium import CHROMIUM_FLAGS, find_chromium
from .page import push, show

FIGURES = Path(__file__).parents[2] / "figures"


def stage_explorer():
    """A stage at which the cup is still a cup, its strongest maps first."""
    explorer = u2.explore_stages(u2.model_at_hand(), "coffee", size=128)
    explorer.order = "energy"
    explorer.selected = "de3"
    return explorer


def nested_map():
    return u2.explore(u2.model_at_hand("astronaut"), "astronaut")


def field_explorer():
    return u2.explore_field(u2.model_at_hand("astronaut"), "astronaut")


# For each widget how it is made, and for each of its pictures what Python sets first.
WIDGETS = {
    "stage_explorer": (
        stage_explorer,
        {
            "": {"selected": "de3", "pinned": [], "pin_scope": "map", "problem": ""},
            "_pinned": {
                "pinned": [[f"{half}{n}", 0] for n in (2, 3, 4) for half in ("en", "de")],
                "pin_scope": "pinned",
            },
            "_own": {
                "pinned": [["side6", 0], ["side4", 0], ["side1", 0], ["fuse", 0]],
                "pin_scope": "map",
                "selected": "side3",
                "problem": "holiday.mov has 214 MB; at most 25 are read. Save it smaller, or as "
                "JPEG.",
            },
        },
    ),
    "nested_map": (
        nested_map,
        {
            "_network": {"selected": "de4", "lens": "role"},
            "_stage": {"selected": "en1.enc5", "pixel": [6, 9]},
            "_macs": {"selected": "de1", "opened": "", "pixel": [-1, -1], "lens": "macs"},
        },
    ),
    "field_explorer": (
        field_explorer,
        {
            "_window": {"selected": "en1.dec5", "pixel": [11, 9], "show": "window"},
            "_border": {"selected": "en1.enc7", "pixel": [4, 6]},
            "_effective": {"selected": "en3", "pixel": [24, 42], "show": "effective"},
        },
    ),
    "dilation_explorer": (
        u2.explore_dilation,
        {
            "_stack": {"layers": [1, 2, 4], "stride": 1, "padding": "same"},
            "_gridding": {"layers": [2], "stride": 2},
            "_impossible": {"layers": [4, 12], "stride": 1, "padding": 0},
        },
    ),
}
SETTLED = """() => [...document.images].every((image) => image.complete)
  && ![...document.querySelectorAll(".panel dd, .numbers dd, .features p")]
    .some((node) => node.textContent.endsWith("…"))"""


def take(page, path: Path) -> None:
    """The widget as PNG with 256 colours: a third of the size, and the eye sees no difference."""
    shot = Image.open(io.BytesIO(page.locator(".u2").screenshot())).convert("RGB")
    with atomic_write(path) as temporary:
        shot.quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(temporary, "PNG", optimize=True)
    print(path.relative_to(FIGURES.parent))


def main() -> None:
    wanted = sys.argv[1:] or list(WIDGETS)
    with sync_playwright() as playwright:
        executable = find_chromium(playwright.chromium.executable_path)
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        for name in wanted:
            make, states = WIDGETS[name]
            widget = make()
            for theme in ("light", "dark"):
                page = browser.new_page(
                    viewport={"width": 1180, "height": 800}, reduced_motion="reduce"
                )
                show(page, widget, theme)
                for state, changes in states.items():
                    for trait, value in changes.items():  # in this order: a layer opens its stage
                        push(page, widget, **{trait: value})
                    page.wait_for_timeout(800)  # what the page asks of Python only after a pause
                    page.wait_for_function(SETTLED, timeout=120_000)
                    take(page, FIGURES / f"{name}{state}_{theme}.png")
                page.close()
        browser.close()


if __name__ == "__main__":
    main()
