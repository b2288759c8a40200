"""The map with scissors, driven in a browser by mouse and by keyboard."""

import pytest
import torch

import u2net_edu as u2
from tests.views.test_parts import OneMask

from .page import push, show

SKIP = "en3 -> de3.concat"
ON_LINE = """(path) => {
  const line = document.querySelector(`.map .arrow[data-path='${path}'] .hit`);
  const at = line.getPointAtLength(0.4 * line.getTotalLength());
  const { x, y } = at.matrixTransform(line.getScreenCTM());
  return [x, y];
}"""


@pytest.fixture(scope="module")
def shared():
    return u2.explore_parts(u2.load_classroom_model(), "chelsea", size=64)


@pytest.fixture
def explorer(page, shared, complaints):
    page.emulate_media(reduced_motion="reduce")
    shared.changes = {}
    shared.set_trait("selected", "en1")
    shared.opened = shared.hovered = ""
    shared.click, shared.channels = "cut", False
    show(page, shared)
    page.locator(".cards .card").first.wait_for()
    return shared


def node(page, path: str):
    return page.locator(f".map .node[data-path='{path}']")


def arrow(page, part: str):
    return page.locator(f".map .arrow[data-path='{part}']")


def click_line(page, part: str) -> None:
    page.mouse.click(*page.evaluate(ON_LINE, part))
    page.evaluate("() => window.settled()")


def button(page, name: str):
    return page.get_by_role("button", name=name, exact=True)


def test_a_click_on_an_arrow_cuts_it_and_another_one_mends_it(page, explorer):
    click_line(page, SKIP)
    assert explorer.changes == {SKIP: "zero"}
    assert arrow(page, SKIP).get_attribute("aria-pressed") == "true"
    assert page.locator(".sentence").text_content() == explorer.sentence
    assert page.locator(".list li").all_text_contents() == ["skip en3 → de3×0×"]
    click_line(page, SKIP)
    assert explorer.changes == {}
    assert arrow(page, SKIP).get_attribute("aria-pressed") == "false"


def test_every_arrow_of_every_level_cuts_what_it_is(page, explorer):
    """Each arrow that is drawn, clicked where it is drawn; together they are all that are drawn."""
    drawn = 0
    for level in ("", "en1", "de5", "en6"):
        push(page, explorer, opened=level)
        parts = page.locator(".map .arrow.here").evaluate_all("all => all.map(n => n.dataset.path)")
        lines = page.locator(f".map .level[data-level='{level}'] > .arrow").count()
        assert len(parts) == lines > 5
        for part in parts:
            push(page, explorer, changes={})
            arrow(page, part).dispatch_event("click")
            assert explorer.changes == {part: "zero"}
        drawn += len(parts)
    assert drawn > 60
    listed = set(u2.connections(explorer.shown.model, (64, 64)).query("where == 'outer'").index)
    push(page, explorer, opened="")
    here = page.locator(".map .arrow.here").evaluate_all("all => all.map(n => n.dataset.path)")
    # What leaves de5.resize is inside of de5; all others are arrows between stages.
    assert set(here) == listed


def test_a_click_on_a_box_silences_it_or_opens_it(page, explorer):
    node(page, "en6").click(position={"x": 8, "y": 8})
    assert explorer.changes == {"en6": "zero"}
    assert "cut" in node(page, "en6").get_attribute("class")
    page.get_by_role("radio", name="opens").click()
    node(page, "en3").click()
    assert explorer.opened == "en3"
    assert explorer.changes == {"en6": "zero"}
    page.get_by_role("radio", name="cuts").click()
    node(page, "en3.enc2").click()
    assert explorer.changes == {"en6": "zero", "en3.enc2": "zero"}
    page.keyboard.press("Escape")
    assert explorer.opened == ""


def test_keys_walk_over_boxes_and_arrows_cut_and_open(page, explorer):
    node(page, "en1").focus()
    walked = []
    for _ in range(3):
        page.keyboard.press("ArrowRight")
        walked.append(page.evaluate("document.activeElement.dataset.path"))
    assert set(walked) == {"en1 -> en2.pool", "en1 -> de1.concat", "en2"}
    assert explorer.selected == walked[-1] == "en2"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("x")
    part = page.evaluate("document.activeElement.dataset.path")
    assert explorer.changes == {part: "zero"}
    page.keyboard.press("Enter")  # an arrow has no inside
    assert explorer.changes == {}
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert explorer.opened == "en2"
    page.keyboard.press("Escape")
    page.keyboard.press("Delete")
    assert page.locator(".map [tabindex='0']").count() == 1


def test_undo_redo_reset_and_taking_back_one(page, explorer):
    for part in (SKIP, "en2 -> de2.concat"):
        click_line(page, part)
    button(page, "undo").click()
    assert explorer.changes == {SKIP: "zero"}
    button(page, "redo").click()
    assert list(explorer.changes) == [SKIP, "en2 -> de2.concat"]
    button(page, "put skip en3 → de3 back").click()
    assert list(explorer.changes) == ["en2 -> de2.concat"]
    page.keyboard.press("Control+z")
    assert list(explorer.changes) == [SKIP, "en2 -> de2.concat"]
    button(page, "reset").click()
    assert explorer.changes == {}
    assert button(page, "reset").is_disabled()
    button(page, "undo").click()
    assert len(explorer.changes) == 2


def test_gain_mean_and_another_picture(page, explorer):
    push(page, explorer, selected="en5")
    dial = page.get_by_role("slider", name="gain")
    dial.fill("0.5")
    assert explorer.changes == {"en5": 0.5}
    dial.fill("1.5")
    assert explorer.changes == {"en5": 1.5}
    button(page, "undo").click()  # one turn of the dial is one step
    assert explorer.changes == {}
    button(page, "mean").click()
    assert explorer.changes == {"en5": "mean"}
    page.get_by_label("as for another picture").select_option("coffee")
    assert explorer.answer["cuts"] == [["en5", {"as": "coffee"}]]
    assert page.locator(".map .node[data-path=en5] > .mark").text_content() == "coffee"
    button(page, "put back").click()
    assert explorer.changes == {}


def test_single_channels(page, explorer):
    push(page, explorer, selected="en3 -> de3.concat")
    page.locator("summary", has_text="single channels of en3").click()
    tile = page.locator(".maps button")
    tile.first.wait_for()
    numbers = sorted(int(tile.nth(i).get_attribute("data-channel")) for i in range(2))
    for i in range(2):
        tile.nth(i).click()
    part = f"en3[{numbers[0]}, {numbers[1]}] -> de3.concat"
    assert explorer.changes == {part: "zero"}
    assert page.locator(".maps [aria-pressed=true]").count() == 2
    tile.nth(0).click()
    tile.nth(1).click()
    assert explorer.changes == {}


def test_what_python_sets_is_seen(page, explorer):
    push(page, explorer, changes={"en6": "zero", "de1.enc1[3]": "mean"})
    assert page.locator(".list li").count() == 2
    assert node(page, "en6").get_attribute("aria-pressed") == "true"
    assert node(page, "de1.enc1").locator("> .mark").text_content() == "1 channel mean"
    page.locator(".list li button", has_text="de1.enc1").first.click()
    assert (explorer.selected, explorer.opened) == ("de1.enc1", "de1")


def test_the_mask_that_is_looked_at(page, explorer):
    push(page, explorer, changes={"en6": "zero"})
    page.locator(".card[data-map=side6]").click()
    assert explorer.shown_map == "side6"
    assert page.locator(".large img").nth(2).get_attribute("alt") == "side6, after"
    loaded = "all => all.every((img) => img.complete && img.naturalWidth > 0)"
    page.wait_for_function(f"({loaded})([...document.querySelectorAll('.masks img')])")
    page.locator("summary", has_text="the numbers").click()
    assert page.locator(".masks tbody tr").count() == 7


SLOW = """() => {
  const real = window.toPython;
  window.sent = [];
  window.open = null;
  window.toPython = async (changes) => {
    if (changes.asked) {
      window.sent.push(changes.asked.cuts.map(([part]) => part));
      await new Promise((resolve) => (window.open = resolve));
    }
    return real(changes);
  };
}"""


def test_while_the_network_runs_newer_wishes_replace_older_ones(page, explorer):
    page.evaluate(SLOW)
    cut = "part => document.querySelector(`.map .arrow[data-path='${part}']`)" \
        ".dispatchEvent(new MouseEvent('click', { bubbles: true }))"  # fmt: skip
    parts = [f"en{i} -> de{i}.concat" for i in (1, 2, 3, 4)]
    for part in parts:
        page.evaluate(cut, part)
    assert page.locator(".state").text_content() == "The network runs …"
    assert page.evaluate("window.sent") == [parts[:1]]
    assert page.locator(".map .arrow.cut").count() == 4  # the page does not wait
    page.evaluate("window.open()")
    page.wait_for_function("window.sent.length === 2")
    assert page.evaluate("window.sent[1]") == parts
    page.evaluate("window.open()")
    page.wait_for_function("document.querySelector('.state').textContent === ''")
    assert list(explorer.changes) == parts


def test_a_wish_that_fails_is_told_and_taken_back(page, explorer, monkeypatch):
    click_line(page, SKIP)

    def fails(changes):
        raise MemoryError("no room for this network")

    monkeypatch.setattr(explorer._replay, "run", fails)
    click_line(page, "en2 -> de2.concat")
    assert "no room" in page.locator(".list .message").text_content()
    assert page.locator(".map .arrow.cut").count() == 1
    assert list(explorer.changes) == [SKIP]
    monkeypatch.undo()
    click_line(page, "en2 -> de2.concat")
    assert len(explorer.changes) == 2
    assert page.locator(".list .message").text_content() == ""


def test_a_foreign_network(page, complaints):
    torch.manual_seed(0)
    widget = u2.explore_parts(OneMask().eval(), "chelsea", size=32)
    show(page, widget)
    page.locator(".cards .card").first.wait_for()
    parts = page.locator(".map .arrow.here").evaluate_all("all => all.map(n => n.dataset.path)")
    assert parts
    for part in parts:
        arrow(page, part).dispatch_event("click")
    assert set(parts) <= set(widget.changes)
    assert page.locator(".cards .card").count() == 1


def test_a_cell_of_the_matrix_makes_its_cut(page, complaints):
    model, scenes = u2.load_classroom_model(), u2.SyntheticScenes(64, 2, seed=1)
    table = u2.knock_out(model, scenes, ["en6", SKIP, "side1"], progress=False)
    widget = u2.explore_parts(model, "chelsea", matrix=table, size=64)
    show(page, widget)
    page.locator(".cards .card").first.wait_for()
    rows = page.locator(".matrix tbody th")
    assert rows.count() == 3
    page.get_by_role("button", name="skip en3 → de3, side3").click()
    assert widget.changes == {SKIP: "zero"}
    assert (widget.selected, widget.shown_map) == (SKIP, "side3")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    assert widget.shown_map == "side2"
    assert page.locator(".matrix [aria-pressed=true]").count() == 1
    assert page.locator(".matrix td [tabindex='0']").count() == 1
    orders = []
    for _ in range(2):
        page.locator(".matrix thead").get_by_role("button", name="side1").click()
        orders.append(rows.all_text_contents())
    least = [str(part) for part in table.sort_values("side1").index]
    words = {SKIP: "skip en3 → de3"}
    assert orders[0] == [words.get(part, part) for part in least]
    assert orders[1] == orders[0][::-1]
