"""Row, drawing and program in a browser: pointing, clicking and walking light what belongs."""

import pytest

import u2net_edu as u2

from .page import overlaps, push, show

LABELS = ".box .name, .box .channels, .size, th, td .cell, .head b, .head label"


@pytest.fixture
def explorer(page, complaints):
    widget = u2.explore_block("RSU-4", 3, 16, 64)
    show(page, widget)
    return widget


def thing(page, item: str):
    return page.locator(f'[data-id="{item}"]')


def lit(page) -> set[str]:
    return set(page.locator(".lit[data-id]").evaluate_all("all => all.map((e) => e.dataset.id)"))


def test_pointing_lights_and_leaving_lets_go(page, explorer):
    assert lit(page) == set()
    thing(page, "enc3").hover()
    expected = {"enc3", *explorer.shown["items"]["enc3"]["lights"]}
    assert lit(page) == expected
    assert page.locator("path.wire.lit").count() == 1  # the way into it
    assert "a pool to 80×80" in page.locator(".words").inner_text()
    page.mouse.move(2, 2)
    assert lit(page) == set()
    assert explorer.selected == ""


@pytest.mark.parametrize("item", ["row.mid", "row.depth", "dec2", "add", "line.5", "line.20"])
def test_a_click_keeps_exactly_what_python_says(page, explorer, item):
    thing(page, item).click()
    page.mouse.move(2, 2)
    assert explorer.selected == item
    assert lit(page) == set(explorer.lit)
    assert thing(page, item).get_attribute("aria-pressed") == "true"
    assert page.locator(".words").inner_text() == explorer.shown["items"][item]["words"]
    thing(page, item).click()
    page.mouse.move(2, 2)
    assert (explorer.selected, lit(page)) == ("", set())


def test_the_arrow_keys_walk_and_escape_lets_go(page, explorer):
    thing(page, "enc1").click()
    page.mouse.move(2, 2)
    page.keyboard.press("ArrowRight")
    assert explorer.selected == "enc2"
    page.keyboard.press("End")
    assert explorer.selected == "add"
    page.keyboard.press("ArrowRight")  # there is no further
    assert explorer.selected == "add"
    page.keyboard.press("Escape")
    assert explorer.selected == ""
    thing(page, "line.6").focus()
    page.keyboard.press("ArrowDown")
    assert explorer.selected == "line.7"
    assert page.evaluate("document.activeElement.dataset.id") == "line.7"


def test_tab_stops_once_in_each_of_the_three(page, explorer):
    push(page, explorer, selected="dec1")
    stops = page.locator('[data-id][tabindex="0"]')
    groups = stops.evaluate_all("all => all.map((e) => [e.dataset.group, e.dataset.id])")
    assert sorted(group for group, _ in groups) == ["box", "line", "row"]
    assert ["box", "dec1"] in groups


def test_everything_that_lights_has_a_role_and_a_name(page, explorer):
    for item in explorer.shown["items"]:
        node = thing(page, item)
        assert node.get_attribute("role") == "button"
        assert explorer.shown["items"][item]["words"] in node.get_attribute("aria-label")


def test_another_block_is_drawn_anew(page, explorer):
    page.get_by_label("block", exact=True).select_option("PPM")
    assert explorer.block == "PPM"
    page.wait_for_function("document.querySelectorAll('g.box').length === 6")
    assert "average(f1, 3)" in page.locator(".program").inner_text()
    push(page, explorer, block="RSU-3", selected="")
    page.wait_for_function("document.querySelector('.head b').textContent.startsWith('RSU-3')")
    assert page.get_by_label("block", exact=True).input_value() == "RSU-3"


def test_a_block_that_does_not_exist_is_an_error_in_python_and_changes_nothing(page, explorer):
    with pytest.raises(Exception, match="no block is called"):
        push(page, explorer, block="XYZ")
    assert page.locator("g.box").count() == 9


def test_without_the_program_nothing_tells_it(page, complaints):
    widget = u2.explore_block("RSU-4", 3, 16, 64, code=False)
    show(page, widget)
    assert page.locator(".program").is_hidden()
    assert "program" not in page.locator(".u2").inner_text()
    thing(page, "enc4").click()
    assert lit(page) & {"enc4", "row.mid"} == {"enc4", "row.mid"}


def test_text_is_text(page, complaints, monkeypatch):
    monkeypatch.setitem(u2.BLOCKS, "<b>x</b>", lambda *widths: u2.PLN(*widths))
    show(page, u2.explore_block("<b>x</b>", 3, 16, 64))
    assert "<b>x</b>" in page.locator(".head b").inner_text()
    assert page.locator(".head b b").count() == 0


def test_nothing_is_left_when_the_widget_goes(page, explorer):
    assert page.evaluate("window.listenerCount()") > 0
    page.evaluate("window.leave()")
    assert page.evaluate("window.listenerCount()") == 0
    assert page.locator(".u2").count() == 0


@pytest.mark.parametrize("width", [1024, 1920])
def test_no_two_labels_overlap_and_no_line_is_cut(page, complaints, width):
    page.set_viewport_size({"width": width, "height": 900})
    widget = u2.explore_block("RSU-7", 3, 32, 64)
    show(page, widget)
    for name in [*u2.BLOCKS, "RSU-9"]:
        push(page, widget, block=name)
        assert overlaps(page, LABELS) == [], name
        beyond = "all => all.map((e) => e.scrollWidth - e.clientWidth)"
        cut = page.locator(".code").evaluate_all(beyond)
        assert max(cut) <= 0, (name, cut)
