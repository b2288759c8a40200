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
    shared.paint, shared.prove, shared.proof = "noise", {}, {}
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


# Prove it


def prove(page) -> str:
    page.get_by_role("button", name="Prove it").click()
    page.wait_for_function("document.querySelector('section.prove .words').textContent")
    return page.locator("section.prove").text_content()


def stroke(page, start, end) -> None:
    """Paint from one place of the picture to another; places are shares of it, across and down."""
    surface = page.locator(".surface")
    surface.scroll_into_view_if_needed()
    box = surface.bounding_box()
    (x0, y0), (x1, y1) = (
        (box["x"] + across * box["width"], box["y"] + down * box["height"])
        for across, down in (start, end)
    )
    page.mouse.move(x0, y0)
    page.mouse.down()
    page.mouse.move(x1, y1, steps=6)
    page.mouse.up()


def test_noise_outside_leaves_the_value_and_one_pixel_inside_moves_it(page, explorer):
    push(page, explorer, selected="en1.enc3", pixel=[9, 12])
    text = prove(page)
    shown = explorer.shown
    seed = explorer.prove["count"]
    found = u2.repaint(shown.model, shown.on_device, "en1.enc3", (9, 12), seed=seed)
    assert found.stays
    assert f"{found.covered.sum():,} pixels painted over with noise" in text
    assert "stays" in page.locator("section.prove .good").first.text_content()
    assert f"pixel {found.inside.pixel} inside painted" in text
    row, column = found.inside.pixel
    ring = page.locator(".surface .ring")
    assert float(ring.get_attribute("cy")) == row + 0.5
    assert float(ring.get_attribute("cx")) == column + 0.5
    drawn = page.evaluate(
        """async () => {
          const image = document.querySelector(".surface img");
          await image.decode();
          const canvas = document.createElement("canvas");
          [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
          const pen = canvas.getContext("2d");
          pen.drawImage(image, 0, 0);
          return [...pen.getImageData(0, 0, canvas.width, canvas.height).data];
        }"""
    )
    drawn = np.array(drawn).reshape(96, 96, 4)[..., :3]
    assert (drawn[found.support] == shown.photo[found.support]).all()
    assert (drawn[~found.support] != shown.photo[~found.support]).any(1).mean() > 0.95


def test_another_photograph(page, explorer):
    push(page, explorer, selected="en1.enc3", pixel=[9, 12])
    page.get_by_role("radio", name="another photograph").click()
    page.get_by_label("another photograph").last.select_option("rocket")
    assert "painted over with another picture" in prove(page)
    assert explorer.prove["other"] == "rocket"


def test_the_brush_outside_and_inside(page, explorer):
    push(page, explorer, selected="en1.enc3", pixel=[9, 12])
    page.get_by_role("radio", name="your own brush").click()
    stroke(page, (0.05, 0.05), (0.9, 0.1))
    how = page.locator("section.prove .told p").first
    assert "all outside" in how.text_content()
    assert ", to the last bit" in prove(page) or "units of rounding" in prove(page)
    mask = np.frombuffer(explorer.prove["mask"], np.uint8).reshape(96, 96)
    assert set(np.unique(mask)) == {0, 1}
    assert how.text_content().startswith(f"{mask.sum():,} pixels painted")
    assert mask[5, 5]
    assert mask[8, 70]
    assert not mask[20:].any()
    stroke(page, (0.4, 0.4), (0.6, 0.6))
    assert page.locator("section.prove .words").text_content() == ""  # that was another painting
    support = explorer.shown.trace.support("en1.enc3", (9, 12))
    prove(page)
    mask = np.frombuffer(explorer.prove["mask"], np.uint8).reshape(96, 96) > 0
    assert f"{(mask & support).sum():,} of them inside: they are chequered" in how.text_content()
    assert f"{(mask & support).sum():,} of them inside" in explorer.proof["words"]
    page.get_by_role("button", name="Wipe").click()
    assert "Paint on the picture" in how.text_content()


def test_the_brush_by_keyboard(page, explorer):
    page.get_by_role("radio", name="your own brush").click()
    surface = page.locator(".surface")
    for key in ("ArrowUp", "ArrowLeft", " "):
        surface.press(key)
    assert "Brush at row 44, column 44." in surface.get_attribute("aria-label")
    prove(page)
    mask = np.frombuffer(explorer.prove["mask"], np.uint8).reshape(96, 96)
    rows, columns = np.nonzero(mask)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (40, 48, 40, 48)


def test_an_answer_belongs_to_its_pixel(page, explorer):
    prove(page)
    push(page, explorer, pixel=[1, 1])
    assert page.locator("section.prove .words").text_content() == ""
    push(page, explorer, pixel=[-1, -1])
    assert "pixels painted over with noise" in page.locator("section.prove .words").text_content()


def test_a_pixel_that_sees_everything_leaves_nothing_to_paint(page, explorer):
    push(page, explorer, selected="en6")
    assert "This pixel can see all of the picture" in page.locator("section.prove").text_content()
    assert "nothing lies outside" in prove(page)


def test_what_went_wrong_is_told_beside_the_button(page, explorer):
    push(page, explorer, proof={})
    explorer.prove = {"path": "en1.enc3", "pixel": [99, 0], "paint": "noise", "count": 1}
    assert "expected (row, column)" in explorer.proof["error"]
    push(page, explorer, prove={"path": "en1.enc4", "pixel": [6, 6], "paint": "noise", "count": -1})
    assert "seed is a whole number" in page.locator("section.prove .words").text_content()


def test_without_a_kernel_nothing_can_be_proved(page, explorer):
    page.evaluate("window.leave()")
    other = page.context.new_page()
    show(other, explorer, manager=True, cut=True)
    assert other.get_by_role("button", name="Prove it").is_disabled()
    assert "Only Python can run the network" in other.locator("section.prove").text_content()
    other.close()
