"""The live view of a training in a bare page: charts, slider, buttons, and what goes wrong."""

import pytest

import u2net_edu as u2
from tests.training.conftest import build_tiny

from .page import overlaps, push, show, watch

TRAIN, VALID = u2.SyntheticScenes(32, 16, 0), u2.SyntheticScenes(32, 6, 1)


@pytest.fixture(scope="module")
def trained():
    """A view that saw a training of twenty steps; taking every look that it wants."""
    from u2net_edu.views.widgets.live import widget as live

    share, live.SHARE = live.SHARE, 1e9
    model = build_tiny()
    view = u2.TrainingView(model, VALID, title="A <b>title</b>")
    u2.fit(model, TRAIN, VALID, steps=20, batch_size=2, progress=False, callbacks=[view])
    live.SHARE = share
    return view


@pytest.fixture
def view(page, trained):
    """Another view of the same, in the page; no error and no request meanwhile."""
    complaints = watch(page)
    again = u2.explore_training(trained)
    show(page, again)
    yield again
    assert complaints == []


def test_charts_and_maps_are_there_and_say_what_they_show(page, view):
    assert page.locator("svg.chart").count() == 2
    label = page.locator("svg.chart").nth(1).get_attribute("aria-label")
    assert label.startswith("IoU over 20 steps: of training batches from ")
    assert "of held-out scenes from " in label
    heads = page.get_by_role("columnheader").all_inner_texts()
    assert [head.split("\n")[0] for head in heads] == ["picture", "mask", "fused", "side1", "side2"]
    assert page.get_by_label("scene 3, side2 after step 20").count() == 1
    assert page.locator(".maps .row i").count() == 3 * 5
    assert page.locator(".controls").is_hidden()


def test_the_page_says_which_scenes_these_are_and_how_they_are_scored(page, view):
    note = page.locator(".note")
    assert "Dots and maps are of held-out scenes" in note.inner_text()
    assert page.locator(".maps").get_attribute("aria-label").startswith("held-out scenes and")
    note.locator("summary").press("Enter")
    note.get_by_text("batch norm uses running averages").wait_for()
    push(page, view, trained_on=True)
    assert "Dots and maps are of scenes that the network is trained on." in note.inner_text()
    assert page.locator(".key.held").inner_text() == "of scenes it is trained on, evaluated"


def test_the_slider_goes_back_over_the_saved_steps(page, view):
    slider = page.get_by_label("saved step", exact=True)
    assert slider.get_attribute("aria-valuetext") == "step 20"
    before = page.get_by_label("scene 1, fused after step 20").get_attribute("style")
    slider.press("Home")
    assert view.at == 0
    assert slider.get_attribute("aria-valuetext") == "step 0"
    assert page.get_by_label("scene 1, fused after step 0").get_attribute("style") != before
    slider.press("ArrowRight")
    assert view.at == 1
    slider.press("End")
    assert view.at == -1  # the newest, whatever comes
    push(page, view, at=2)
    assert slider.input_value() == "2"


def test_a_new_step_is_followed_until_one_looks_back(page, view):
    frames = view.frames
    push(page, view, frames=frames[:3], at=-1)
    assert page.get_by_label("saved step", exact=True).input_value() == "2"
    push(page, view, frames=frames[:4])
    assert page.get_by_label("saved step", exact=True).input_value() == "3"
    push(page, view, at=1)
    push(page, view, frames=frames[:5])
    assert page.get_by_label("saved step", exact=True).input_value() == "1"


def test_the_buttons_say_what_they_do_and_tell_python(page, trained):
    said = []
    view = u2.explore_training(trained)
    view._pressed = said.append
    view.controls = True
    view.learning_rate = 0.005
    show(page, view)
    push(page, view, now={"step": 7, "steps": 20, "status": "running", "words": "loss 1.000"})
    assert page.locator(".status").inner_text() == "running"
    assert page.get_by_role("progressbar").get_attribute("aria-valuenow") == "35"
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="halve the learning rate").press("Enter")
    push(page, view, now={"step": 7, "steps": 20, "status": "paused", "words": "loss 1.000"})
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("button", name="Resume").click()  # again: it is heard again
    page.get_by_role("button", name="Stop").click()
    assert said == ["pause", "halve", "resume", "resume", "stop"]
    push(page, view, now={"step": 9, "steps": 20, "status": "stopped", "words": ""})
    assert page.get_by_role("button", name="Stop").is_disabled()


def test_what_went_wrong_is_shown_as_text(page, view):
    push(page, view, message="TrainingDiverged: step 3: <img src=x> not finite.\nLikely: …")
    alert = page.get_by_role("alert")
    assert alert.inner_text().startswith("TrainingDiverged: step 3: <img src=x>")
    assert page.locator("img").count() == 0
    assert page.locator(".head b").inner_text() == "Saved steps"


def test_an_error_of_a_button_reaches_the_page(page, trained):
    view = u2.explore_training(trained)

    def fails(action):
        raise RuntimeError(f"{action} failed")

    view._pressed = fails
    view.controls = True
    view.now = {**view.now, "status": "running"}
    show(page, view)
    page.get_by_role("button", name="Stop").click()
    assert page.get_by_role("alert").inner_text() == "RuntimeError: stop failed"


def test_before_anything_happened(page):
    complaints = watch(page)
    show(page, u2.TrainingView(build_tiny(), VALID, count=2))
    assert page.get_by_role("columnheader").all_inner_texts() == ["picture", "mask"]
    assert page.get_by_label("saved step", exact=True).is_disabled()
    assert "nothing yet" in page.locator("svg.chart").first.get_attribute("aria-label")
    assert complaints == []


@pytest.mark.parametrize("width", [700, 1024, 1920])
def test_nothing_overlaps(page, view, width):
    page.set_viewport_size({"width": width, "height": 1000})
    assert overlaps(page, ".head > *, .charts figcaption > *, [role=columnheader]") == []
    assert overlaps(page, ".chart text") == []


def test_nothing_listens_after_the_view_is_gone(page, view):
    page.evaluate("window.leave()")
    assert page.evaluate("window.listenerCount()") == 0
