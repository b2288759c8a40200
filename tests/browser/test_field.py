"""The field explorer driven in a browser."""

import numpy as np
import pytest
import torch

import u2net_edu as u2

from .models import Untraceable, chain
from .page import overlaps, push, show


@pytest.fixture(scope="module")
def shared():
    torch.manual_seed(0)
    return u2.explore_field(u2.U2Net(u2.U2NET_CLASSROOM).eval(), "chelsea", "en1.enc4", size=96)


@pytest.fixture
def explorer(page, shared, complaints):
    """One widget for all tests, as new."""
    shared.selected, shared.pixel, shared.show, shared.heat = "en1.enc4", [-1, -1], "window", {}
    page.set_viewport_size({"width": 1180, "height": 1200})
    show(page, shared)
    page.wait_for_selector("svg.strip .bar")
    return shared


def words(page) -> str:
    return page.locator(".numbers .words").first.text_content()


def at(page, which: int, across: float, down: float) -> None:
    box = page.locator(".photo").nth(which).bounding_box()
    page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])


def test_the_window_is_the_support_that_python_finds(page, explorer):
    seen = explorer.shown.trace.support("en1.enc4", (6, 6))
    rows, columns = np.nonzero(seen)
    assert words(page).startswith(f"Pixel (6, 6) of en1.enc4 can see {seen.sum():,} pixels")
    assert f"rows {rows.min()}–{rows.max()}, columns {columns.min()}–{columns.max()}" in words(page)
    frame = page.locator(".big rect.window")
    assert int(frame.get_attribute("x")) == columns.min()
    assert int(frame.get_attribute("width")) == np.ptp(columns) + 1
    shade = page.locator(".big canvas").evaluate(
        """(canvas) => [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
            .data].filter((_, i) => i % 4 === 3).map((alpha) => (alpha ? 0 : 1))"""
    )
    assert (np.array(shade).reshape(seen.shape) == seen).all()


def test_click_drag_and_arrows_choose_the_pixel(page, explorer):
    at(page, 0, 0.99, 0.01)
    assert explorer.pixel == [0, 11]
    at(page, 1, 0.5, 0.99)  # on the output map
    assert explorer.pixel == [11, 6]
    box = page.locator(".photo").first.bounding_box()
    page.mouse.move(box["x"] + 4, box["y"] + 4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 4, steps=6)
    page.mouse.up()
    assert explorer.pixel == [0, 6]
    page.locator(".photo").first.press("ArrowDown")
    assert explorer.pixel == [1, 6]


def test_holes_are_told_and_left_dark(page, complaints):
    dilated = torch.nn.Conv2d(3, 4, 3, dilation=4, padding=4)
    widget = u2.explore_field(torch.nn.Sequential(dilated), "chelsea", size=32)
    widget.pixel = [16, 16]
    show(page, widget)
    assert "can see 9 pixels of the image, in a window of 9×9" in words(page)
    assert "72 inside it are holes" in words(page)
    lit = page.locator(".big canvas").evaluate(
        """(canvas) => [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
            .data].filter((alpha, i) => i % 4 === 3 && alpha === 0).length"""
    )
    assert lit == 9


def test_the_phase_effect_at_the_neighbour(page, explorer):
    push(page, explorer, selected="en1.dec5", pixel=[2, 2])
    trace = explorer.shown.trace
    columns = [np.nonzero(trace.support("en1.dec5", (2, c)))[1] for c in (2, 3)]
    widths = [np.ptp(c) + 1 for c in columns]
    edges = any(c.min() == 0 or c.max() == 95 for c in columns)
    text = words(page)
    assert "Its neighbour (2, 3)" in text
    if widths[0] == widths[1]:
        assert f"as wide, {widths[0]}" in text
    else:
        why = "(the border cuts)" if edges else "(its phase)"
        assert f"is {widths[1]} wide instead of {widths[0]} {why}" in text
    assert page.locator("rect.neighbour").count() == 1


def test_the_effective_field_comes_from_the_network(page, explorer):
    page.get_by_role("radio", name="what it listens to").click()
    page.wait_for_function("document.querySelector('.heat').hidden === false")
    assert explorer.show == "effective"
    assert explorer.asked == ["en1.enc4", 6, 6]
    assert f"about {explorer.heat['size']} px across" in page.locator(".numbers dl").text_content()
    assert page.locator(".big .heat").evaluate("img => img.complete")


def test_the_strip_grows_and_leads_to_its_layers(page, explorer):
    bars = page.locator("svg.strip .bar")
    paths = bars.evaluate_all("bars => bars.map((bar) => bar.dataset.path)")
    assert paths == ["en1.in", "en1.enc1", "en1.enc2", "en1.enc3", "en1.enc4"]
    heights = bars.evaluate_all("bars => bars.map((bar) => Number(bar.getAttribute('height')))")
    assert heights == sorted(heights)
    fields = [explorer.shown.trace.field(path).size for path in paths]
    assert f"en1.enc4 {fields[-1]} pixels" in page.locator("svg.strip").get_attribute("aria-label")
    bars.nth(2).click()
    assert explorer.selected == "en1.enc2"


def test_the_chooser_and_python_choose_the_layer(page, explorer):
    page.get_by_label("layer", exact=True).select_option("en2.enc2")
    assert explorer.selected == "en2.enc2"
    assert explorer.pixel == [13, 13]  # the same place of the image, on 24×24
    push(page, explorer, selected="side3.conv")
    assert "of side3.conv can see" in words(page)


def test_a_whole_view_is_told(page, complaints):
    widget = u2.explore_field(chain(), "chelsea", size=48)
    widget.selected = "5"
    show(page, widget)
    assert "all of the image" in words(page) or "can see" in words(page)


def test_what_cannot_be_shown_is_told_in_the_widget(page, complaints):
    show(page, u2.explore_field(Untraceable(), "chelsea", size=32))
    assert "TraceError" in page.get_by_role("alert").text_content()


@pytest.mark.parametrize("width", [1024, 1920])
def test_no_two_labels_overlap(page, explorer, width):
    page.set_viewport_size({"width": width, "height": 1000})
    push(page, explorer, selected="de1")
    page.wait_for_function("document.querySelectorAll('.strip .bar').length > 100")
    assert overlaps(page, ".strip text, dt, dd, figcaption, .numbers .words, .tools > *") == []
