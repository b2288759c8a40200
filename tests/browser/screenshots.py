"""Screenshots of the widgets into figures/: `python -m tests.browser.screenshots [WIDGET …]`.

Each widget in a bare page, both themes; the README and the notebooks show them.
"""

import io
import sys
import time
from functools import partial
from pathlib import Path

import torch
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
    return u2.explore(u2.model_at_hand("astronaut"), "astronaut", size=320)


def field_explorer():
    return u2.explore_field(u2.model_at_hand("astronaut"), "astronaut", size=320)


def parts_explorer():
    return u2.explore_parts(u2.model_at_hand("astronaut"), "astronaut", size=320)


def live_training(until: int = 150):
    """A short training in class, paused half way or at its end."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    model = u2.U2Net(u2.U2NET_CLASSROOM)
    train, valid = u2.SyntheticScenes(64, 600, 0), u2.SyntheticScenes(64, 32, 1)
    recipe = u2.CLASSROOM_RECIPE | {"steps": 300}
    training = u2.fit_live(model, train, valid, evaluate_every=25, **recipe)
    while training.history.last_step < until and training.status == "running":
        time.sleep(0.02)
    if until < 300:
        training.pause()
        time.sleep(1)  # the step at hand
    else:
        training.wait()
    return training.view


def loss_explorer():
    """A scene with thin strokes, which the coarse maps cannot draw."""
    return u2.explore_loss(u2.load_classroom_model(), scene=10)


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
    "parts_explorer": (
        parts_explorer,
        {
            "": {"changes": {}, "selected": "en3"},
            "_skip": {
                "changes": {"en1 -> de1.concat": "zero"},
                "selected": "en1 -> de1.concat",
            },
            "_inside": {
                "changes": {
                    "en6": "zero",
                    "de2.enc3[1, 4]": "zero",
                    "de2.enc2 -> de2.dec2.concat": 0.5,
                },
                "selected": "de2.enc3",
                "opened": "de2",
                "channels": True,
            },
        },
    ),
    "cost_explorer": (
        u2.explore_costs,
        {
            "_width": {
                "match": "width",
                "x": "width",
                "y": "macs",
                "log": False,
                "resolution": 320,
            },
            "_matched": {"x": "macs", "y": "field", "log": True, "match": "macs"},
            "_odd": {
                "match": "width",
                "x": "width",
                "y": "memory",
                "log": False,
                "resolution": 333,
            },
        },
    ),
    "loss_explorer": (
        loss_explorer,
        {
            "": {
                "weights": [1.0] * 7,
                "on": [True] * 7,
                "sigmoid": "after",
                "selected": "fused",
                "pixel": [25, 57],
            },
            "_weights": {
                "weights": [1.0, 1.0, 1.0, 2.0, 1.0, 0.5, 1.0],
                "on": [True, True, True, True, True, True, False],
                "selected": "side3",
                "pixel": [50, 28],
            },
            "_sigmoid_first": {
                "weights": [1.0] * 7,
                "on": [True] * 7,
                "sigmoid": "before",
                "selected": "fused",
                "pixel": [10, 8],
            },
        },
    ),
    "live_training": (live_training, {"_early": {"at": 3}, "_paused": {"at": -1}}),
    "live_training_finished": (partial(live_training, 300), {"": {}}),
    "block_explorer": (
        lambda: u2.explore_block("RSU-7", 3, 32, 64),
        {
            "_box": {"block": "RSU-7", "selected": "dec5"},
            "_row": {"block": "RSU-7", "selected": "row.mid"},
            "_line": {"block": "RSU-4F", "selected": "line.19"},
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
    .some((node) => node.textContent.endsWith("…"))
  && !document.querySelector(".shares.stale")"""


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
