"""The stage explorer driven in a browser, by mouse and by keyboard."""

from itertools import combinations

import pytest
import torch

import u2net_edu as u2

from .page import push, show

BOXES = """() => [...document.querySelectorAll("g.stop")].map((stop) => {
    const box = (node) => {
        const { left, top, right, bottom } = node.getBoundingClientRect();
        return [left, top, right, bottom];
    };
    return [stop.dataset.path, box(stop.querySelector("rect")), box(stop.querySelector("text"))];
})"""


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return u2.U2Net(u2.U2NET_CLASSROOM).eval()


@pytest.fixture
def explorer(page, model):
    """The widget in the page; the test fails on any console error and on any request."""
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on(
        "request",
        lambda r: (
            None if r.url.startswith(("blob:", "data:", "about:")) else complaints.append(r.url)
        ),
    )
    widget = u2.explore_stages(model, "chelsea", size=64)
    show(page, widget)
    yield widget
    assert complaints == []


def title(page) -> str:
    return page.locator(".about h3").text_content()


def test_appears_with_every_stop_labelled(page, explorer):
    for path in explorer.stops:
        label = page.locator(f"[data-path={path}]").get_attribute("aria-label")
        assert label.startswith(f"{path} · ")
    assert title(page) == "en1 · RSU-7"
    assert page.locator(".maps button").count() == 16
    loaded = "img => img.complete && img.naturalWidth > 0"
    assert all(image.evaluate(loaded) for image in page.locator("img").all())


def test_a_click_selects_and_python_sees_it(page, explorer):
    page.locator("[data-path=de4]").click()
    page.wait_for_function("document.querySelector('.about h3').textContent === 'de4 · RSU-4'")
    assert explorer.selected == "de4"
    feeding = page.locator("path.feeds").count()
    assert feeding == 2  # de5 from below, en4 across the U


def test_arrow_keys_walk_along_the_data(page, explorer):
    page.locator("[data-path=en1]").focus()
    for path in explorer.stops[1:]:
        page.keyboard.press("ArrowRight")
        page.wait_for_function(f"document.activeElement.dataset.path === '{path}'")
        assert explorer.selected == path
    page.keyboard.press("ArrowRight")
    assert explorer.selected == "fuse"
    page.keyboard.press("Home")
    page.wait_for_function("document.activeElement.dataset.path === 'en1'")
    page.keyboard.press("ArrowLeft")
    assert explorer.selected == "en1"


def test_only_the_selected_stop_is_in_the_tab_order(page, explorer):
    page.locator("[data-path=en3]").click()
    assert page.locator("g.stop[tabindex='0']").count() == 1


def test_scope_and_order_are_chosen_by_button(page, explorer):
    page.get_by_role("radio", name="whole network").click()
    page.get_by_role("radio", name="strongest first").click()
    assert (explorer.scope, explorer.order) == ("network", "energy")
    checked = page.locator("[role=radio][aria-checked=true]").all_text_contents()
    assert checked == ["whole network", "strongest first"]


def test_a_click_on_a_map_enlarges_it(page, explorer):
    page.locator(".maps button").nth(5).click()
    assert page.locator(".pictures figcaption").nth(1).text_content().startswith("channel 5, 64×64")


def test_what_python_sets_is_drawn(page, explorer):
    push(page, explorer, selected="side2")
    assert title(page) == "side2 · side map"
    assert page.locator(".maps button").count() == 7


def test_a_message_takes_the_place_of_the_widget_and_goes_again(page, explorer):
    push(page, explorer, message="the picture <b>cannot</b> be read")
    alert = page.get_by_role("alert")
    assert alert.text_content() == "the picture <b>cannot</b> be read"
    push(page, explorer, message="")
    assert title(page) == "en1 · RSU-7"


def test_nothing_listens_after_the_widget_is_gone(page, explorer):
    assert page.evaluate("window.listenerCount()") > 0
    page.evaluate("window.leave()")
    assert page.evaluate("window.listenerCount()") == 0


@pytest.mark.parametrize("spec", [u2.U2NET_CLASSROOM, u2.U2NET], ids=lambda spec: spec.name)
def test_no_label_leaves_its_box_and_no_boxes_overlap(page, spec):
    # The longest labels: large channel counts and three digits of size.
    explorer = u2.explore_stages(u2.U2Net(spec).eval(), "rocket", size=112)
    show(page, explorer)
    for width in (1024, 1920):
        page.set_viewport_size({"width": width, "height": 1000})
        boxes = page.evaluate(BOXES)
        assert len(boxes) == 18
        for path, rect, text in boxes:
            assert rect[0] <= text[0], path
            assert text[2] <= rect[2], path
        for (_, one, _), (_, other, _) in combinations(boxes, 2):
            beside = one[2] <= other[0] or other[2] <= one[0]
            assert beside or one[3] <= other[1] or other[3] <= one[1]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_follows_the_theme_of_the_page(page, model, theme):
    show(page, u2.explore_stages(model, "coffee", size=48), theme)
    ink = page.evaluate("getComputedStyle(document.querySelector('.u2')).color")
    assert ink == {"light": "rgb(22, 32, 42)", "dark": "rgb(238, 242, 246)"}[theme]
