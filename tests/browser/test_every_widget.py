"""What holds for every browser widget: both themes, a scale for projectors, controls with names."""

import copy

import pytest
import torch

import u2net_edu as u2

from .layout import SMALLEST, faults
from .page import overlaps, push, show, watch

WIDGETS = {
    "stages": lambda model: u2.explore_stages(model, "coffee", size=48),
    "map": lambda model: u2.explore(model, "coffee", size=48),
    "field": lambda model: u2.explore_field(model, "coffee", size=48),
    "parts": lambda model: u2.explore_parts(model, "coffee", size=48),
    "paint": lambda model: u2.paint_saliency("coffee", model, folder="masks"),
    "dilation": lambda model: u2.explore_dilation(),
    "costs": lambda model: u2.explore_costs(["RSU-7", "PLN"]),
    "loss": lambda model: u2.explore_loss(model),
    "block": lambda model: u2.explore_block("RSU-4", 3, 4, 8),
    "training": lambda model: u2.TrainingView(model, u2.SyntheticScenes(48, 4, seed=1)),
    "guess": lambda model: u2.guess("conv.how_many"),
}
CONTROLS = "button, input, select, textarea, [tabindex='0'], [role=button], [role=slider]"


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return u2.U2Net(u2.U2NET_CLASSROOM).eval()


@pytest.fixture(params=WIDGETS)
def widget(request, model):
    return WIDGETS[request.param](model)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_decides_the_theme(page, widget, theme):
    found = watch(page)
    show(page, widget, theme)
    ink = page.evaluate("getComputedStyle(document.querySelector('.u2')).color")
    assert ink == {"light": "rgb(22, 32, 42)", "dark": "rgb(238, 242, 246)"}[theme]
    assert found == []


def test_a_projector_gets_it_larger(page, widget):
    """Half as large again, letters too, and still inside the page."""
    page.set_viewport_size({"width": 1180, "height": 900})
    show(page, widget)
    letters = "document.querySelector('.u2').currentCSSZoom"
    before = page.evaluate(letters)
    push(page, widget, scale=1.5)
    assert page.evaluate(letters) == 1.5 * before
    box = page.locator(".u2").bounding_box()
    left, right = box["x"], box["x"] + box["width"]
    assert 0 <= left < right <= 1180


def trained_view(model):
    """After a few steps, with its buttons and all seven maps."""
    model, scenes = copy.deepcopy(model), u2.SyntheticScenes(48, 4, seed=1)
    training = u2.fit_live(model, scenes, scenes, steps=3, batch_size=2, evaluate_every=1)
    training.wait()
    return training.view


# States with more in them than the plain ones, in which there is the least room.
CROWDED = {
    "dilation, all that fits": lambda model: u2.explore_dilation(layers=(12,) * 4, size=33),
    "dilation, an exercise": lambda model: u2.explore_dilation(dilation=8, size=10, explain=False),
    "dilation, impossible": lambda model: u2.explore_dilation(
        layers=(4, 12), padding=0, size=15, stride=2
    ),
    "costs, all blocks": lambda model: u2.explore_costs(u2.BLOCKS, match="macs", log=True),
    "costs, memory": lambda model: u2.explore_costs(y="memory", x="parameters", match="memory"),
    "costs, budget upright": lambda model: u2.explore_costs(x="macs", y="field", match="macs"),
    "costs, large": lambda model: u2.explore_costs(width=512, resolution=1024, in_channels=512),
    "block, deep": lambda model: u2.explore_block("RSU-9", 512, 256, 512),
    "block, branches": lambda model: u2.explore_block("INC", 3, 16, 64),
    "training, seven maps": trained_view,
    "parts, much of it cut": lambda model: u2.explore_parts(
        model,
        "coffee",
        size=48,
        matrix=u2.knock_out(model, ["coffee"], ["en6", "de2"], "change", progress=False),
        changes={"en3 -> de3.concat": "zero", "en6": "zero", "de2[1, 2]": "mean", "de4": 0.5},
    ),
}


@pytest.mark.parametrize("width", [700, 1024, 1400, 1920])
@pytest.mark.parametrize("name", [*WIDGETS, *CROWDED])
def test_text_stays_in_its_place_and_can_be_read(page, model, name, width):
    """At the widths of a window, a file list beside the notebook or not, and for a projector."""
    page.set_viewport_size({"width": width, "height": 900})
    widget = (WIDGETS | CROWDED)[name](model)
    show(page, widget)
    wrong = {}
    for scale in (1.0, 1.5):
        push(page, widget, scale=scale)
        page.wait_for_timeout(300)  # what is drawn anew for its width, or asked of Python
        wrong[scale] = faults(page, SMALLEST)
    assert wrong == {1.0: [], 1.5: []}


BROKEN = {
    "runs out of div.card": ".u2-loss .card { width: 40px }",
    "lies on": ".u2-loss .switch { margin-top: -22px }",
    "px high": ".u2-loss .formula { font-size: 9px }",
    "runs out of div.u2 u2-loss": ".u2-loss .words { margin-left: 1000px; white-space: nowrap }",
}


@pytest.mark.parametrize("fault", BROKEN)
def test_such_faults_are_seen(page, model, fault):
    """The test above can fail: each kind of fault, made by a style sheet, is told."""
    show(page, WIDGETS["loss"](model))
    page.add_style_tag(content=BROKEN[fault])
    assert any(fault in each for each in faults(page))


def test_every_control_has_a_name(page, widget):
    show(page, widget)
    nameless = page.evaluate(
        """(controls) => [...document.querySelectorAll(controls)].filter((node) =>
          !node.getAttribute("aria-label") && !node.getAttribute("aria-labelledby")
          && !node.textContent.trim() && !(node.labels?.length) && !node.title
        ).map((node) => node.outerHTML.slice(0, 80))""",
        CONTROLS,
    )
    assert nameless == []


def test_where_no_script_runs_there_is_a_picture_or_words(widget):
    bundle, _ = widget._repr_mimebundle_()
    still = bundle.get("image/png")
    assert bundle.get("text/html") or still[:4] == b"\x89PNG"


def test_nothing_is_left_when_it_goes(page, widget):
    show(page, widget)
    assert page.evaluate("window.listenerCount()") > 0
    page.evaluate("window.leave()")
    assert page.evaluate("window.listenerCount()") == 0
    assert page.locator(".u2").count() == 0


NAMES = "svg.map .here > text > .name, svg.map .stop text"
LETTERS = """(names) => [...document.querySelectorAll(names)]
  .map((node) => [node.textContent,
    parseFloat(getComputedStyle(node).fontSize) * node.closest("svg").getScreenCTM().a])"""


@pytest.mark.parametrize("width", [300, 380, 560, 700])
@pytest.mark.parametrize("name", ["stages", "map", "parts"])
def test_the_u_is_readable_in_a_narrow_page(page, model, name, width):
    """700 pixels of JupyterLab with its file list open leave 300 to a widget."""
    page.set_viewport_size({"width": width + 32, "height": 900})
    show(page, WIDGETS[name](model))
    page.wait_for_timeout(100)  # a round of layout
    letters = page.evaluate(LETTERS, NAMES)
    assert len(letters) >= 13
    assert {text: size for text, size in letters if size < 9} == {}
    assert overlaps(page, NAMES) == []
