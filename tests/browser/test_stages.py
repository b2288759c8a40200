"""The stage explorer driven in a browser, by mouse and by keyboard."""

import io
from itertools import combinations

import numpy as np
import pytest
import torch
from PIL import Image

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
    assert page.locator(".maps .map").count() == 16
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
    checked = page.locator(".tools [role=radio][aria-checked=true]:visible").all_text_contents()
    assert checked == ["whole network", "strongest first"]


def test_a_click_on_a_map_enlarges_it(page, explorer):
    page.locator(".maps .map").nth(5).click()
    assert page.locator(".pictures figcaption").nth(1).text_content().startswith("channel 5, 64×64")


def test_what_python_sets_is_drawn(page, explorer):
    push(page, explorer, selected="side2")
    assert title(page) == "side2 · side map"
    assert page.locator(".maps .map").count() == 7


def pinned_cards(page) -> list[str]:
    return page.locator(".pins figcaption b").all_text_contents()


def test_maps_are_pinned_and_unpinned_by_click(page, explorer):
    page.locator(".maps .pin").nth(3).click()
    page.locator("[data-path=side2]").click()
    page.locator(".maps .tile").nth(4).hover()
    page.locator(".maps .pin").nth(4).click()
    page.wait_for_function("document.querySelectorAll('.pins figure').length === 2")
    assert explorer.pinned == [["en1", 3], ["side2", 0]]
    assert pinned_cards(page) == ["en1 · channel 3", "side2"]
    assert page.locator(".pins figcaption").nth(1).text_content().startswith("side232×32")
    page.get_by_role("button", name="unpin en1 · channel 3").click()
    page.wait_for_function("document.querySelectorAll('.pins figure').length === 1")
    assert explorer.pinned == [["side2", 0]]
    assert page.locator(".maps .pin[aria-pressed=true]").count() == 1
    page.get_by_role("button", name="Unpin all").click()
    page.get_by_text("Pin maps of any stages").wait_for()
    assert explorer.pinned == []


def test_maps_are_pinned_and_unpinned_by_key(page, explorer):
    page.locator(".maps .map").first.focus()
    for key in ("ArrowRight", "ArrowRight", "p", "ArrowLeft", "p"):
        page.keyboard.press(key)
    page.wait_for_function("document.querySelectorAll('.pins figure').length === 2")
    assert explorer.pinned == [["en1", 2], ["en1", 1]]
    assert page.locator(".maps .map[tabindex='0']").count() == 1
    page.locator(".pins .look").first.focus()
    page.keyboard.press("Delete")
    page.wait_for_function("document.querySelectorAll('.pins figure').length === 1")
    assert explorer.pinned == [["en1", 1]]
    page.wait_for_function("document.activeElement.matches('.pins .look')")


def test_what_python_pins_is_drawn_and_leads_back_to_its_stage(page, explorer):
    push(page, explorer, pinned=[("de2", 7), ("en4", 1)])
    assert pinned_cards(page) == ["de2 · channel 7", "en4 · channel 1"]
    page.locator(".pins .look").first.click()
    page.wait_for_function("document.querySelector('.about h3').textContent === 'de2 · RSU-6'")
    caption = page.locator(".pictures figcaption").nth(1)
    assert caption.text_content().startswith("channel 7, 32×32")
    page.get_by_role("radio", name="one for all pinned").click()
    assert explorer.pin_scope == "pinned"


def test_no_more_maps_are_pinned_than_there_is_room_for(page, explorer):
    push(page, explorer, pinned=[("en1", channel) for channel in range(12)])
    page.locator(".maps .map").nth(13).focus()
    page.keyboard.press("p")
    page.get_by_text("12 maps are pinned: unpin one to make room.").wait_for()
    assert len(explorer.pinned) == 12


# Pictures of one's own


def encoded(kind: str, size=(90, 60), **options) -> bytes:
    """Red on the left, blue on the right."""
    picture = np.zeros((size[1], size[0], 3), np.uint8)
    picture[:, : size[0] // 2, 0] = 250
    picture[:, size[0] // 2 :, 2] = 250
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, kind, **options)
    return buffer.getvalue()


def choose(page, name: str, data: bytes, kind: str = "image/png") -> None:
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": kind, "buffer": data}
    )


def refusal(page) -> str:
    page.wait_for_function("document.querySelector('.own .message').textContent")
    return page.locator(".own .message").text_content()


def test_an_uploaded_picture_runs_through_the_network(page, explorer):
    push(page, explorer, pinned=[("en1", 0)])
    before, pin = explorer.tiles, explorer.pins[0]["png"]
    shown = page.locator(".pictures img").first.get_attribute("src")
    choose(page, "my dog.png", encoded("PNG"))
    page.get_by_text("my dog.png, as the network is shown it: 64×64 pixels").wait_for()
    assert explorer.picture.size == (90, 60)  # smaller than the limit: sent as it is
    assert explorer.picture.getpixel((10, 30)) == (250, 0, 0)
    assert explorer.tiles[0]["png"] != before[0]["png"]
    assert explorer.pins[0]["png"] != pin
    assert page.locator(".pictures img").first.get_attribute("src") != shown
    assert page.locator(".own .muted").text_content() == ""
    choose(page, "my dog.png", encoded("PNG"))  # once more: nothing changes, nothing hangs
    page.wait_for_function("document.querySelector('.own .muted').textContent === ''")
    assert explorer.uploaded["count"] == 2


def test_a_large_picture_is_shrunk_before_it_is_sent(page, explorer):
    choose(page, "big.jpg", encoded("JPEG", (3000, 1500)), "image/jpeg")
    page.get_by_text("big.jpg, as the network").wait_for()
    assert explorer.picture.size == (640, 320)
    assert len(explorer.uploaded["data"]) < 200_000


def test_a_picture_that_the_camera_marked_as_turned_comes_upright(page, explorer):
    turned = Image.Exif()
    turned[0x0112] = 6  # the camera stood on its side: turn by 90° clockwise
    choose(page, "turned.jpg", encoded("JPEG", exif=turned, quality=95), "image/jpeg")
    page.get_by_text("turned.jpg, as the network").wait_for()
    assert explorer.picture.size == (60, 90)
    red, _, blue = explorer.picture.getpixel((30, 10))  # the left is above now
    assert red > 200 > 50 > blue


@pytest.mark.parametrize(
    ("name", "data", "kind", "words"),
    [
        ("film.png", None, "image/png", "has 200 MB; at most 25 are read"),
        ("notes.txt", b"milk, eggs", "text/plain", "of the type text/plain, not a picture"),
        ("strange", b"?", "", "not a picture"),
        ("empty.png", b"", "image/png", "is empty"),
        ("renamed.png", b"milk, eggs", "image/png", "cannot be read as a picture"),
        ("cut.png", encoded("PNG", (400, 300))[:200], "image/png", "cannot be read as a picture"),
    ],
)
def test_what_is_no_picture_gets_a_message_and_all_stays(page, explorer, name, data, kind, words):
    before = explorer.tiles
    if data is None:  # 200 MB that nobody has to write: the page looks at the size alone
        page.evaluate(
            """() => {
              const file = new File(["x"], "film.png", { type: "image/png" });
              Object.defineProperty(file, "size", { value: 200e6 });
              const drop = new DragEvent("drop", { bubbles: true });
              const dropped = { types: ["Files"], files: [file] };
              Object.defineProperty(drop, "dataTransfer", { value: dropped });
              document.querySelector(".pictures figure").dispatchEvent(drop);
            }"""
        )
    else:
        choose(page, name, data, kind)
    assert words in refusal(page)
    assert words in explorer.problem
    assert explorer.tiles is before
    assert explorer.uploaded == {}
    choose(page, "good.png", encoded("PNG"))
    page.get_by_text("good.png, as the network").wait_for()
    assert explorer.problem == ""


def test_pictures_that_are_gone_leave_nothing_in_the_page(page, explorer):
    """Addresses that were made and not given back, before and after many changes."""
    page.evaluate(
        """() => {
          window.alive = new Set();
          const [make, forget] = [URL.createObjectURL, URL.revokeObjectURL];
          URL.createObjectURL = (blob) => { const url = make(blob); alive.add(url); return url; };
          URL.revokeObjectURL = (url) => { alive.delete(url); forget(url); };
        }"""
    )
    push(page, explorer, selected="en2", pinned=[("en1", 0)])
    push(page, explorer, picture="rocket")
    push(page, explorer, picture="coffee")
    settled = page.evaluate("alive.size")
    for turn in range(6):
        push(page, explorer, picture=("coffee", "rocket")[turn % 2])
        push(page, explorer, selected=("en3", "en2")[turn % 2])
        push(page, explorer, pin_scope=("pinned", "map")[turn % 2])
    assert page.evaluate("alive.size") == settled
    page.evaluate("window.leave()")
    assert page.evaluate("alive.size") == 0


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


def walk(page, *paths):
    for path in paths:
        page.locator(f".stop[data-path={path}]").click()
    page.wait_for_function(
        "path => document.querySelector('.about h3').textContent.startsWith(path)", arg=paths[-1]
    )


def shown(page) -> list:
    """All that says which map one looks at: heading, enlarged map, its words, the lit tile."""
    return page.evaluate(
        """() => {
          const lit = document.querySelector(".tile .map[aria-pressed=true]");
          const big = document.querySelector(".pictures img.pixels");
          const same = big.src === lit.querySelector("img").src;
          const words = big.nextElementSibling.textContent.split(",")[0];
          return [document.querySelector(".about h3").textContent.split(" ")[0],
                  big.alt, words, lit.textContent, same];
        }"""
    )


@pytest.mark.parametrize(
    "way", [("side6", "side1", "fuse"), ("fuse", "side3"), ("en2", "side2", "side5", "side2")]
)
def test_the_answers_are_walked_one_by_one(page, explorer, way):
    """Their maps come once, all seven together: what changes is the stop alone."""
    for i in range(len(way)):
        walk(page, way[i])
        if not way[i].startswith("en"):
            assert shown(page) == [way[i], f"{way[i]}, enlarged", way[i], way[i], True]


def test_a_click_on_another_answer_goes_there(page, explorer):
    walk(page, "side6")
    page.locator(".tile .map", has_text="side2").click()
    assert explorer.selected == "side2"
    assert shown(page) == ["side2", "side2, enlarged", "side2", "side2", True]
    page.locator(".tile .map", has_text="side2").press("ArrowLeft")  # the maps stand side6 … side1
    assert shown(page) == ["side3", "side3, enlarged", "side3", "side3", True]


def test_a_pinned_answer_is_visited_from_another_one(page, explorer):
    push(page, explorer, pinned=[["side1", 0]], selected="side4")
    page.locator(".pins .look").click()
    assert shown(page) == ["side1", "side1, enlarged", "side1", "side1", True]


def test_words_change_when_the_maps_do_not(page, explorer):
    """A colour scale with the same limits gives the same maps, and says another thing."""
    push(page, explorer, selected="fuse", scope="network")
    before = page.locator(".tools .muted").inner_text()
    push(page, explorer, legend={**explorer.legend, "limits": "other words"})
    assert page.locator(".tools .muted").inner_text() == "other words" != before
