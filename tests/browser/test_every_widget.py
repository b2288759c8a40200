"""What holds for every browser widget: both themes, a scale for projectors, controls with names."""

import pytest
import torch

import u2net_edu as u2

from .page import push, show, watch

WIDGETS = {
    "stages": lambda model: u2.explore_stages(model, "coffee", size=48),
    "map": lambda model: u2.explore(model, "coffee", size=48),
    "field": lambda model: u2.explore_field(model, "coffee", size=48),
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
