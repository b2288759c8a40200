"""The brush for what stands out, by mouse and by keyboard."""

import numpy as np

import u2net_edu as u2

from .page import push, show


def test_one_paints_says_done_and_sees_the_network(page, complaints, tmp_path):
    widget = u2.paint_saliency("coffee", u2.load_classroom_model(), tmp_path)
    show(page, widget)
    assert not page.locator(".answer").is_visible()
    box = page.locator(".surface").bounding_box()
    page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 0.5 * box["height"], steps=4)
    page.mouse.up()
    painted = widget.mask
    height, width = painted.shape
    assert painted[height // 2, width // 4 : 3 * width // 4].all()
    assert not painted[: height // 4].any()
    page.get_by_role("button", name="I am done").click()
    page.locator(".answer img").wait_for()
    assert page.locator(".sentence").text_content() == widget.result["sentence"]
    page.mouse.click(box["x"] + 5, box["y"] + 5)  # no more strokes
    assert np.array_equal(widget.mask, painted)
    page.get_by_label("your name").fill("Ann")
    page.get_by_role("button", name="Save").click()
    assert page.get_by_text("Saved as Ann.png.").is_visible()
    assert list(u2.agreement(tmp_path).masks) == ["Ann"]
    page.get_by_label("your name").fill("../Ann")
    page.get_by_role("button", name="Save").click()
    assert "a name has letters" in page.locator(".tools").text_content()


def test_by_keys_and_rubbed_out(page, complaints):
    widget = u2.paint_saliency("coffee")
    show(page, widget)
    page.locator(".surface").focus()
    page.keyboard.press(" ")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    two = widget.mask.sum()
    assert two > 0
    page.get_by_role("radio", name="rub out").click()
    page.locator(".surface").press(" ")
    assert 0 < widget.mask.sum() < two
    page.get_by_role("button", name="Wipe").click()
    assert not widget.mask.any()
    push(page, widget, mask=np.ones(widget.mask.shape))
    assert "100 % painted" in page.locator(".surface").get_attribute("aria-label")
