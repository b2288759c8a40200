"""The nested map driven in a browser, by mouse and by keyboard."""

import pytest
import torch

import u2net_edu as u2

from .models import SmallUNet, Untraceable, chain
from .page import overlaps, push, show

DRAWN = ".map .node.here"


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return u2.U2Net(u2.U2NET_CLASSROOM).eval()


@pytest.fixture(autouse=True)
def at_once(page):
    """The map falls and rises without a glide."""
    page.emulate_media(reduced_motion="reduce")


@pytest.fixture(scope="module")
def shared():
    torch.manual_seed(0)
    return u2.explore(u2.U2Net(u2.U2NET_CLASSROOM).eval(), "chelsea", size=64)


@pytest.fixture
def explorer(page, shared, complaints):
    """One widget for all tests, as new: it takes a second to make."""
    widget = shared
    widget.set_trait("selected", "en1")
    widget.opened = widget.hovered = ""
    widget.pixel, widget.lens = [-1, -1], "role"
    show(page, widget)
    page.wait_for_function("document.querySelectorAll('.maps figure').length === 16")
    return widget


def title(page) -> str:
    return page.locator(".panel h3").evaluate("node => node.firstChild.textContent")


def node(page, path: str):
    return page.locator(f".map .node[data-path='{path}']")


def test_the_whole_network_is_drawn_as_a_u(page, explorer):
    paths = page.locator(DRAWN).evaluate_all("nodes => nodes.map((n) => n.dataset.path)")
    assert paths == ["input", *(stage["path"] for stage in explorer.network["stages"])]
    boxes = {path: node(page, path).locator("> .box").bounding_box() for path in paths}
    for level in range(1, 6):
        left, right, below = (boxes[p] for p in (f"en{level}", f"de{level}", f"en{level + 1}"))
        assert left["x"] + left["width"] < right["x"]
        assert abs(left["y"] - right["y"]) < 12
        assert left["y"] + left["height"] < below["y"]
        assert boxes[f"side{level}"]["x"] > right["x"]
    assert boxes["en1"]["height"] > boxes["en6"]["height"]  # by resolution


def test_the_names_play_no_role_in_the_drawing(page, complaints):
    show(page, u2.explore(SmallUNet().eval(), "chelsea", size=32))
    roles = page.locator(DRAWN).evaluate_all("nodes => nodes.map((n) => n.dataset.role)")
    assert {"encoder", "bottom", "decoder"} <= set(roles)


def test_a_click_falls_into_a_stage_and_escape_comes_out(page, explorer):
    node(page, "en2").click()
    assert (explorer.selected, explorer.opened) == ("en2", "en2")
    paths = page.locator(DRAWN).evaluate_all("nodes => nodes.map((n) => n.dataset.path)")
    assert paths[:3] == ["en2.pool", "en2.in", "en2.enc1"]
    assert node(page, "en2.enc1").bounding_box()["width"] > 60
    node(page, "en2.enc3").click()
    assert (explorer.selected, explorer.opened) == ("en2.enc3", "en2")
    assert title(page) == "en2.enc3"
    page.keyboard.press("Escape")
    assert (explorer.selected, explorer.opened) == ("en2", "")


def test_empty_space_goes_up_one_level(page, explorer):
    node(page, "de3").click()
    frame = page.locator("svg.map").bounding_box()
    page.mouse.click(frame["x"] + 5, frame["y"] + frame["height"] - 5)
    assert explorer.opened == ""


def test_arrows_move_along_the_data_and_enter_falls_in(page, explorer):
    node(page, "en1").focus()
    for path in ("en2", "en3"):
        page.keyboard.press("ArrowRight")
        page.wait_for_function(f"document.activeElement.dataset.path === '{path}'")
        assert explorer.selected == path
    page.keyboard.press("Enter")
    assert explorer.opened == "en3"
    assert page.locator(f"{DRAWN}[tabindex='0']").count() == 1


def test_hovering_lights_what_feeds_and_what_is_fed(page, explorer):
    node(page, "de4").hover()
    assert explorer.hovered == "de4"
    lit = "nodes => nodes.map((n) => n.dataset.path)"
    assert page.locator(".node.feeds").evaluate_all(lit) == ["en4", "de5"]
    assert page.locator(".node.fed").evaluate_all(lit) == ["de3", "side4"]
    assert page.locator("path.feeds").count() == 2
    page.mouse.move(2, 2)
    page.wait_for_function("!document.querySelector('.node.fed[data-path=side4]')")
    assert explorer.hovered == ""


def test_numbers_are_those_of_the_trace(page, explorer, model):
    push(page, explorer, selected="en2.enc3")
    table = u2.trace(model, (64, 64)).table("layer")
    row = table.loc["en2.enc3"]
    facts = dict(
        zip(
            page.locator(".panel dt").all_text_contents(),
            page.locator(".panel dd").all_text_contents(),
        )
    )
    assert facts["parameters"] == f"{row.parameters:,}"
    assert facts["out"] == "×".join(map(str, row.output_shape[1:]))
    assert facts["field"].startswith("512 px")
    words = page.locator(".panel .words").text_content()
    assert words.startswith("en2.enc3: 3×3 convolution, dilation 1, 8×16×16 to 8×8×8")
    assert f"{row.macs:,} MACs" in words


def test_single_operators_can_be_chosen(page, explorer):
    push(page, explorer, selected="en2.enc3")
    page.locator(".steps button", has_text="norm").click()
    assert explorer.selected == "en2.enc3.norm"
    assert explorer.opened == "en2"
    assert page.locator(".crumbs [aria-current]").text_content() == "norm"


def test_the_lens_colours_by_a_number_and_writes_it(page, explorer):
    page.get_by_role("radio", name="MACs", exact=True).click()
    assert explorer.lens == "macs"
    fills = page.locator(".map > .level > .node.painted > .box").evaluate_all(
        "boxes => boxes.map((b) => [b.parentNode.dataset.path, b.style.fill])"
    )
    colours = dict(fills)
    assert colours["de1"] != colours["en6"]
    assert page.locator(".node[data-path=de1] > text .size").text_content().endswith("M")
    page.get_by_role("radio", name="measured time").click()
    page.wait_for_function(
        "document.querySelector('[data-path=de1] .size').textContent.includes('ms')"
    )
    assert len(explorer.times["seconds"]) == len(explorer.network["operators"]) - 1


def test_while_times_are_measured_it_says_so(page, explorer):
    page.get_by_role("radio", name="measured time").click()
    page.get_by_text("most on this level").wait_for()
    page.evaluate("() => window.apply({ times: {} })")  # as they are while Python is at it
    page.get_by_text("measuring every operator: some seconds …").wait_for()
    page.evaluate("(times) => window.apply({ times })", explorer.times)
    page.get_by_text("most on this level").wait_for()
    assert page.get_by_text("measuring every operator").count() == 0


def test_a_number_that_is_shorter_than_the_size_has_its_room(page, explorer):
    """A size that had no room beside the name must not take a short number's place."""
    page.set_viewport_size({"width": 1000, "height": 1000})
    sizes = page.locator(".map > .level > .node > text .size")
    hidden = "sizes => sizes.filter((s) => s.style.display === 'none').length"
    page.wait_for_function("document.querySelector('.map').clientWidth < 700")
    assert sizes.evaluate_all(hidden) > 0
    page.get_by_role("radio", name="MACs", exact=True).click()
    assert explorer.lens == "macs"
    assert sizes.evaluate_all(hidden) == 0


def test_search_finds_a_path_or_a_piece_of_one(page, explorer):
    search = page.get_by_label("find a path")
    search.fill("de2.dec3")
    search.press("Enter")
    assert explorer.selected == "de2.dec3"
    search.fill("nowhere")
    search.press("Enter")
    assert search.get_attribute("aria-invalid") == "true"
    assert explorer.selected == "de2.dec3"


def test_a_click_on_the_image_chooses_the_pixel_whose_window_is_shown(page, explorer):
    push(page, explorer, selected="en1.enc3")
    photo = page.locator(".photo")
    photo.scroll_into_view_if_needed()
    box = photo.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.1, box["y"] + box["height"] * 0.7)
    assert explorer.pixel == [11, 1]
    seen = explorer.shown.trace.support("en1.enc3", (11, 1))
    words = page.locator("figure.window figcaption").text_content()
    assert f"can see {int(seen.sum())} pixels" in words
    photo.press("ArrowRight")
    assert explorer.pixel == [11, 2]


def test_what_python_sets_is_drawn(page, explorer):
    push(page, explorer, selected="de1.dec5")
    assert page.locator("svg.map").get_attribute("data-opened") == "de1"
    assert title(page) == "de1.dec5"
    push(page, explorer, selected="en4")
    assert page.locator("svg.map").get_attribute("data-opened") == ""
    push(page, explorer, hovered="en2")
    assert page.locator(".node.feeds").get_attribute("data-path") == "en1"


def test_breadcrumbs_lead_back(page, explorer):
    push(page, explorer, selected="en2.enc3.conv")
    page.locator(".crumbs button", has_text="en2").click()
    assert (explorer.selected, explorer.opened) == ("en2", "en2")
    page.locator(".crumbs button").first.click()
    assert explorer.opened == ""


@pytest.mark.parametrize(
    ("model", "image", "says"),
    [
        (Untraceable(), "chelsea", "TraceError"),
        (chain(), "no-such-picture.png", "no picture at no-such-picture.png"),
        (None, "chelsea", "Error"),
    ],
    ids=["model", "image", "no model"],
)
def test_what_cannot_be_shown_is_told_in_the_widget(page, complaints, model, image, says):
    widget = u2.explore(model, image, size=32)
    show(page, widget)
    assert says in page.get_by_role("alert").text_content()
    assert widget.still().startswith(b"\x89PNG")


@pytest.mark.parametrize("width", [1024, 1920])
@pytest.mark.parametrize(
    "make", [lambda: u2.U2Net(u2.U2NET), SmallUNet, chain], ids=["U²-Net", "U", "chain"]
)
def test_no_two_labels_overlap_on_any_level(page, complaints, width, make):
    page.set_viewport_size({"width": width, "height": 900})
    widget = u2.explore(make().eval(), "rocket", size=128)
    widget.ready = True  # no maps or fields are needed to look at labels
    show(page, widget)
    stages = {stage["path"] for stage in widget.network["stages"]}
    for opened in ["", *sorted(stages & {"en1", "de5"})]:
        push(page, widget, opened=opened)
        assert overlaps(page, ".node.here > text, .crumbs button, .lens button, dt, dd") == []
        outside = page.locator(DRAWN).evaluate_all(
            """nodes => nodes.filter((n) => {
                const text = n.querySelector(":scope > text")?.getBoundingClientRect();
                const box = n.querySelector(":scope > .box").getBoundingClientRect();
                return text && (text.left < box.left || text.right > box.right);
            }).map((n) => n.dataset.path)"""
        )
        assert outside == []
