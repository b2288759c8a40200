"""The dilation explorer driven in a browser, and its arithmetic held against Python's."""

import json

import pytest

import u2net_edu as u2
from tests.views.test_dilation import SETTINGS
from u2net_edu.analysis.dilation import axis_reads, axis_support, taps_on_padding
from u2net_edu.views.widgets.dilation.widget import LIMITS, geometry
from u2net_edu.views.widgets.kit.bundle import bundle

from .page import overlaps, push, show

LABELS = "figcaption, .side text, .arrow, .slider, th, td.span, td.field"

RUN = """async ([source, settings, limits]) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const taps = await import(url);
  return settings.map((each) => {
    const found = taps.geometry(each, limits);
    const output = found.problem ? 0 : found.sizes.at(-1);
    return {
      spans: found.rows.map((row) => row.span),
      fields: found.rows.map((row) => row.field),
      sizes: found.sizes,
      untouched: found.untouched,
      problem: found.problem,
      reads: Array.from({ length: output }, (_, i) =>
        Object.fromEntries(taps.support(found.rows, found.rows.length, i)[0])),
      padded: Array.from({ length: output }, (_, i) =>
        Object.fromEntries(taps.follow(found.rows, found.rows.length, i).padded[0])),
      zeros: Array.from({ length: output }, (_, i) => {
        const [down, across] = [i, 0].map((at) => taps.follow(found.rows, found.rows.length, at));
        return taps.tapsOnPadding(found.rows, found.rows.length, down, across);
      }),
    };
  });
}"""


@pytest.fixture
def explorer(page, complaints):
    widget = u2.explore_dilation(layers=(1, 2, 4))
    show(page, widget)
    return widget


def words(page) -> str:
    return page.locator(".words").text_content()


def says(page, text: str) -> None:
    """Wait until the text equivalent contains this."""
    page.wait_for_function(
        "(text) => document.querySelector('.words').textContent.includes(text)", arg=text
    )


def test_javascript_and_python_agree_on_every_setting(page, complaints):
    from_page = page.evaluate(RUN, [bundle("dilation/taps"), SETTINGS, LIMITS])
    for settings, theirs in zip(SETTINGS, from_page):
        ours = geometry(**settings)
        output = 0 if ours["problem"] else ours["sizes"][-1]
        ours["reads"] = [
            {str(k): v for k, v in axis_support(**settings, index=i).items()} for i in range(output)
        ]
        ours["padded"] = [
            {str(k): v for k, v in axis_reads(**settings, index=i)[1][0].items()}
            for i in range(output)
        ]
        ours["zeros"] = [taps_on_padding(**settings, cell=(i, 0)) for i in range(output)]
        assert theirs == json.loads(json.dumps(ours)), settings


def test_the_limits_are_the_same_on_both_sides(page, explorer):
    """Python's are sent to the page, and every slider keeps to them."""
    assert explorer.limits == LIMITS
    for label, name in {
        "kernel": "kernel", "stride": "stride", "padding": "padding", "input": "size",
        "layers": "layers", "dilation of layer 2": "dilation",
    }.items():  # fmt: skip
        slider = page.get_by_label(label, exact=True)
        ends = tuple(int(slider.get_attribute(end)) for end in ("min", "max"))
        assert ends == LIMITS[name]


def test_shows_kernels_and_stack_apart(page, explorer):
    assert page.locator("td.span").all_text_contents() == ["3", "5", "9"]
    assert page.locator("td.field").all_text_contents() == ["3", "7", "15"]
    assert page.locator("text.field").all_text_contents() == [
        "1 layer sees 3", "stack of 2 sees 7", "stack of 3 sees 15",
    ]  # fmt: skip
    assert "sees 15 pixels across; its kernels alone span 3, 5, 9" in words(page)


def test_sliders_set_the_traits(page, explorer):
    page.get_by_label("stride").press("ArrowRight")
    page.get_by_label("dilation of layer 3").press("ArrowLeft")
    page.wait_for_function("document.querySelectorAll('td.span')[2].textContent === '7'")
    assert (explorer.stride, explorer.layers) == (2, [1, 2, 3])
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == (
        "dilation of layer 3"
    )  # the table was drawn anew and the focus kept
    page.get_by_label("layers").press("ArrowLeft")
    page.get_by_role("button", name="same").click()
    assert explorer.layers == [1, 2]
    assert explorer.padding == 1


def test_hovering_lights_taps_and_leaves_the_chosen_cell(page, explorer):
    chosen = words(page)
    box = page.locator("svg.output").bounding_box()
    page.mouse.move(box["x"] + 3, box["y"] + 3)
    says(page, "cell (0, 0) reads 64 input pixels: rows 0–7; columns 0–7")
    assert explorer.cell == [8, 8]
    page.mouse.move(2, 2)
    page.wait_for_function(
        "(was) => document.querySelector('.words').textContent === was", arg=chosen
    )


def test_a_click_and_the_arrow_keys_choose_a_cell(page, explorer):
    box = page.locator("svg.output").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 2.5 / 17, box["y"] + box["height"] * 4.5 / 17)
    assert explorer.cell == [4, 2]
    page.mouse.move(2, 2)
    output = page.locator("svg.output")
    output.press("ArrowRight")
    output.press("ArrowDown")
    assert explorer.cell == [5, 3]
    output.press("End")
    output.press("ArrowDown")
    assert explorer.cell == [16, 16]
    assert "Output cell (16, 16)" in output.get_attribute("aria-label")


def test_a_map_in_between_can_be_hovered_too(page, explorer):
    box = page.locator("figure svg").nth(1).bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    says(page, "Cell of layer 1 (8, 8) reads 9 input pixels")


def test_impossible_settings_turn_red_and_say_what_fits(page, explorer):
    push(page, explorer, padding=0, layers=[4, 12], size=15)
    alert = page.locator("[role=alert]")
    assert alert.text_content() == explorer.problem
    assert "a dilation of 3" in explorer.problem
    red = "rgb(179, 38, 30)"
    assert page.locator("tr.impossible td").first.evaluate("e => getComputedStyle(e).color") == red
    assert page.locator(".words").is_hidden()
    page.get_by_role("radio", name="3×3", exact=True).click()
    assert alert.text_content() == ""
    assert explorer.output_size == 17


def test_what_python_sets_is_drawn(page, explorer):
    push(page, explorer, layers=[2], stride=2)
    page.wait_for_function("document.querySelectorAll('td.span').length === 1")
    assert "208 of 289 input pixels are read by no output cell" in words(page)
    assert explorer.untouched == 208
    assert page.locator("path.untouched").count() == 1
    push(page, explorer, cell=[0, 0])
    assert "Output cell (0, 0)" in words(page)


@pytest.mark.parametrize("width", [1024, 1920])
@pytest.mark.parametrize(
    "settings",
    [{}, {"layers": (1, 2, 4)}, {"layers": (1, 2, 4, 8)}, {"layers": (12,) * 4, "size": 33}],
    ids=str,
)
def test_no_two_labels_overlap(page, complaints, width, settings):
    page.set_viewport_size({"width": width, "height": 900})
    show(page, u2.explore_dilation(**settings))
    assert overlaps(page, LABELS) == []


TELLING = ".note, td.span, td.field, text.span, text.field, rect.field"


def test_what_an_exercise_asks_for_stays_hidden(page, complaints):
    widget = u2.explore_dilation(dilation=4, explain=False)
    show(page, widget)
    telling = page.locator(TELLING)
    assert telling.count() >= 5
    assert not any(each.is_visible() for each in telling.all())
    assert "spans" not in words(page)
    push(page, widget, padding=0, size=5)
    assert "The kernel does not fit: its input has only 5" in (
        page.locator("[role=alert]").text_content()
    )
    push(page, widget, explain=True, padding="same", size=17)
    assert "dilation × (kernel − 1) + 1" in page.locator(".note").inner_text()
    says(page, "The kernel spans 9 pixels")


def test_a_plain_figure_speaks_of_one_ordinary_kernel(page, complaints):
    show(page, u2.explore_dilation(padding=0, size=9, explain=False, plain=True))
    root = page.locator(".u2")
    seen = root.inner_text()
    for word in ("dilation", "layer", "stack", "span", "examples"):
        assert word not in seen.lower()
    assert [each for each in ("kernel", "stride", "padding", "input") if each not in seen] == []
    assert page.get_by_label("layers").is_hidden()
    assert "One 3×3 kernel turns 9×9 into 7×7." in words(page)


def test_taps_on_padding_are_drawn_named_and_counted(page, complaints):
    """In the middle of a 10×10 map a dilation of 8 reads one pixel and eight zeros."""
    widget = u2.explore_dilation(dilation=8, size=10)
    show(page, widget)
    hollow = page.locator("figure path.zero")
    assert hollow.get_attribute("d").count("z") == 8
    assert page.locator(".lit .tap").count() == 1
    input_map = page.locator("figure svg").first
    frame, window = input_map.bounding_box(), page.locator(".window").bounding_box()
    assert window["width"] == pytest.approx(17 / 26 * frame["width"], rel=0.02)
    assert "Of its taps, 8 of 9 land on padding, where each reads a zero." in words(page)
    assert "tap on padding: reads a zero" in page.locator(".legend").inner_text()
    push(page, widget, cell=[0, 0])
    assert hollow.get_attribute("d").count("z") == 5
    push(page, widget, layers=[1, 2, 4], size=17, cell=[0, 0])
    says(page, "Taps that land on padding, where each reads a zero:")
    push(page, widget, padding=0)
    says(page, "No tap lands on padding.")
    assert hollow.count() == 0


def test_nothing_is_told_before_the_reader_asks(page, complaints):
    """What an exercise has the student count is in the page only when they open it."""
    widget = u2.explore_dilation(kernel=3, dilation=8, size=10, explain=False)
    show(page, widget)
    everything = "document.querySelector('.u2').outerHTML"
    for telling in ("reads 1 input", "8 of 9", "row 4"):
        assert telling not in page.evaluate(everything)
    assert "Output cell (4, 4) is lit: count what it reads." in words(page)
    summary = page.locator(".fold summary")
    summary.press("Enter")
    page.get_by_text("reads 1 input pixel: row 4; column 4. Of its taps, 8 of 9").wait_for()
    page.locator("svg.output").press("Home")
    page.get_by_text("(0, 0) reads 4 input pixels: rows 0, 8; columns 0, 8.").wait_for()
    summary.press("Enter")
    page.wait_for_function("document.querySelector('.counted').textContent === ''")
    push(page, widget, explain=True)
    page.locator(".fold").wait_for(state="hidden")
    says(page, "The kernel spans 17 pixels.")


def test_what_is_set_comes_first_and_near_the_picture(page, complaints):
    page.set_viewport_size({"width": 1024, "height": 900})
    show(page, u2.explore_dilation(dilation=4, explain=False))
    dials = page.locator(".u2 input[type=range]")
    assert dials.first.get_attribute("aria-label") == "dilation of layer 1"
    dial, picture = dials.first.bounding_box(), page.locator("figure").first.bounding_box()
    assert 0 < picture["y"] - dial["y"] < 120


def test_a_cell_that_reads_nothing_but_padding(page, complaints):
    """Its layer above is padding as well, so that nothing of the input is left to light."""
    widget = u2.explore_dilation(kernel=1, padding=3, layers=(1, 1), size=5)
    show(page, widget)
    push(page, widget, cell=[0, 0])
    says(page, "Output cell (0, 0) reads 0 input pixels: rows none; columns none.")
    assert "in layer 2" in words(page)
    assert page.locator("figure .window").count() == 1
    assert widget.still()[:4] == b"\x89PNG"
