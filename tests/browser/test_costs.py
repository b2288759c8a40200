"""The cost explorer driven in a browser, and every number that it shows held against traces."""

import random
import tracemalloc

import pytest

import u2net_edu as u2
from u2net_edu.analysis.comparison import trace_block
from u2net_edu.views.widgets.kit.bundle import bundle

from .page import overlaps, push, show

FEW = ["RSU-7", "RSU-4", "PLN"]
RUN = """async ([source, offered, asked]) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { costOf } = await import(url);
  return asked.map(([name, width, size]) =>
    ["macs", "parameters", "memory"].map((kind) => costOf(offered[name], kind, width, size)));
}"""
MATCHED = """async ([source, offered, size, asked]) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { widestWithin } = await import(url);
  return asked.map(([name, kind, budget]) => widestWithin(offered[name], kind, budget, size));
}"""


@pytest.fixture
def explorer(page, complaints):
    widget = u2.explore_costs(FEW)
    show(page, widget)
    return widget


@pytest.fixture(scope="module")
def offered():
    return u2.explore_costs().offered


def cell(page, block: str, column: int) -> int:
    value = page.locator(f"tr[data-block='{block}'] td").nth(column).get_attribute("data-value")
    return int(value)


def row(page, block: str) -> tuple[int, ...]:
    """M, MACs, parameters, bytes as the table says."""
    return tuple(cell(page, block, column) for column in range(4))


def counted(block: str, width: int, side: int) -> tuple[int, ...]:
    trace = trace_block(block, 3, width, 64, (side, side))
    return width, trace.total_macs, trace.total_parameters, trace.peak_activation_bytes


def words(page) -> str:
    return page.locator(".words").text_content()


def says(page, text: str) -> None:
    page.wait_for_function(
        "(text) => document.querySelector('.words').textContent.includes(text)", arg=text
    )


def test_costs_in_the_page_are_the_traces_at_random(page, offered):
    draw, asked, expected = random.Random(7), [], []
    for name in offered:
        for _ in range(4):
            width, size = draw.randint(1, 512), (draw.randint(1, 1023), draw.randint(1, 1023))
            asked.append([name, width, size])
            trace = trace_block(name, 3, width, 64, size)
            totals = trace.total_macs, trace.total_parameters, trace.peak_activation_bytes
            expected.append([*totals])
    assert page.evaluate(RUN, [bundle("costs/polynomials"), offered, asked]) == expected


@pytest.mark.parametrize("kind", ["macs", "parameters"])
def test_matched_widths_in_the_page_are_those_of_match_blocks(page, offered, kind):
    """At a budget that one block spends to the last."""
    size = (37, 53)
    budget = getattr(trace_block("RSU-7", 3, 23, 64, size), f"total_{kind}")
    table = u2.match_blocks(u2.BLOCKS, 3, 64, size, **{kind: budget}).set_index("block")
    asked = [[name, kind, budget] for name in u2.BLOCKS]
    found = page.evaluate(MATCHED, [bundle("costs/polynomials"), offered, size, asked])
    assert found == table.mid_channels.tolist()


def test_sliders_and_fields_set_width_and_resolution(page, explorer):
    page.get_by_label("inner width M", exact=True).press("ArrowRight")
    says(page, "RSU-7 at M = 33")
    field = page.get_by_label("map, pixels a side, exactly")
    field.fill("37")
    field.press("Enter")
    says(page, "M = 33 on 37×37")
    assert (explorer.width, explorer.resolution) == (33, 37)
    for block in FEW:
        assert row(page, block) == counted(block, 33, 37)
    field.fill("9999")
    field.press("Enter")
    says(page, "1024×1024")
    push(page, explorer, width=101, resolution=99)
    says(page, "M = 101 on 99×99")
    assert row(page, "RSU-7") == counted("RSU-7", 101, 99)


def test_the_formula_is_written_out_with_the_numbers_at_hand(page, explorer):
    def result(kind: str) -> int:
        equation = page.locator(f".equation.{kind}")
        written = equation.locator(".written").text_content().removeprefix("= ")
        value = eval(written.replace("·", "*").replace("²", "**2"))
        shown = equation.locator(".result").text_content()
        assert int(shown.removeprefix("= ").replace(",", "")) == value
        return value

    push(page, explorer, width=48, resolution=96)
    says(page, "M = 48 on 96×96")
    form = u2.closed_form("RSU-7", 3, 48, 64, (96, 96))
    assert (result("macs"), result("parameters")) == (form.macs, form.parameters)
    assert page.locator(".equation .differs").count() == 0
    push(page, explorer, resolution=97)
    says(page, "97×97")
    assert result("macs") < cell(page, "RSU-7", 1)
    differs = page.locator(".equation .differs").text_content()
    assert differs == f"but counted: {counted('RSU-7', 48, 97)[1]:,}"
    push(page, explorer, blocks=[*FEW, "PPM", "DSE", "NIV-7", "RSU-4F", "RES", "INC"])
    for block in ("DSE", "NIV-7", "RSU-4F", "PLN", "RES", "INC"):
        push(page, explorer, focus=block, resolution=64)
        says(page, f"{block} at M = 48 on 64×64")
        assert (48, result("macs"), result("parameters")) == counted(block, 48, 64)[:3]
    push(page, explorer, focus="PPM")
    assert "no short closed form" in page.locator(".form").text_content()
    push(page, explorer, formulas=False)
    assert page.locator(".form").is_hidden()


def test_dragging_moves_the_width_and_the_axes_stand_still(page, explorer):
    push(page, explorer, resolution=64)
    box = page.locator("svg.plot").bounding_box()
    left, right = 74 / 1100 * box["width"], (1100 - 168) / 1100 * box["width"]
    at = lambda width: box["x"] + left + (right - left) * width / 128  # noqa: E731
    y = box["y"] + 0.2 * box["height"]
    page.mouse.move(at(32), y)
    page.mouse.down()
    page.mouse.move(at(77), y, steps=5)
    assert explorer.width == 77
    page.mouse.move(at(120), y, steps=3)
    page.mouse.up()
    page.mouse.move(at(20), y)
    assert explorer.width == 120
    assert row(page, "PLN") == counted("PLN", 120, 64)


def test_dragging_along_a_line_where_width_is_no_axis(page, explorer):
    push(page, explorer, x="parameters", y="macs", resolution=64)
    mark = page.locator(".stands.main").bounding_box()
    page.mouse.move(mark["x"] + 8, mark["y"] + 8)
    page.mouse.down()
    page.mouse.move(mark["x"] + 300, mark["y"] - 100, steps=5)
    page.mouse.up()
    moved = page.locator(".stands.main").bounding_box()
    assert explorer.width > 40
    assert moved["x"] > mark["x"] + 100


def test_keys_move_width_and_focus(page, explorer):
    plot = page.locator("svg.plot")
    plot.press("ArrowRight")
    plot.press("PageUp")
    assert explorer.width == 49
    plot.press("Home")
    plot.press("ArrowLeft")
    assert explorer.width == 1
    plot.press("ArrowDown")
    assert explorer.focus == "RSU-4"
    assert plot.get_attribute("aria-valuenow") == "1"
    assert "RSU-4 at M = 1 on" in plot.get_attribute("aria-valuetext")


def test_buttons_choose_blocks_axes_and_what_is_held_equal(page, explorer):
    page.get_by_role("button", name="PLN").first.click()
    page.get_by_role("button", name="DSE").click()
    assert explorer.blocks == ["RSU-7", "RSU-4", "DSE"]
    page.get_by_role("radiogroup", name="vertical axis").get_by_text("memory").click()
    page.get_by_role("radiogroup", name="horizontal axis").get_by_text("field").click()
    page.get_by_role("button", name="log axes").click()
    assert (explorer.x, explorer.y, explorer.log) == ("field", "memory", True)
    page.get_by_role("radiogroup", name="compare at").get_by_text("parameters").click()
    assert explorer.match == "parameters"
    table = explorer.table().set_index("block")
    assert [cell(page, b, 0) for b in explorer.blocks] == table.mid_channels.tolist()
    page.get_by_role("radiogroup", name="compare at").get_by_text("MACs").click()
    budget = page.get_by_label("the budget")
    assert float(budget.input_value()) == 6782.976
    budget.fill("5000")
    budget.press("Enter")
    says(page, "RSU-7 at M = 24")
    assert (explorer.budget, explorer.width) == (5_000_000_000, 24)
    assert [cell(page, b, 0) for b in explorer.blocks] == list(explorer.widths.values())
    page.locator("table button", has_text="DSE").click()
    assert (explorer.focus, explorer.budget) == ("DSE", 5_000_000_000)
    assert cell(page, "DSE", 0) == explorer.width == explorer.widths["DSE"]
    page.locator("text.name", has_text="RSU-7").click()
    assert explorer.focus == "RSU-7"
    for block in ("RSU-4", "DSE", "RSU-7"):  # the last one stays
        page.get_by_role("group", name="blocks").get_by_text(block, exact=True).click()
    assert explorer.blocks == ["RSU-7"]


def test_a_budget_that_no_width_meets_is_told(page, explorer):
    push(page, explorer, match="macs")
    push(page, explorer, budget=10)
    says(page, "exceeds this budget at every width")
    assert (
        page.locator("tr[data-block='PLN']")
        .text_content()
        .startswith("PLNexceeds it at every width")
    )


def test_times_are_dots_where_a_clock_ran(page, explorer):
    push(page, explorer, y="latency")
    assert "Nothing is measured yet at 320×320" in page.locator("text.empty").text_content()
    time = {"seconds": 0.02, "low": 0.018, "high": 0.03, "runs": 9, "machine": "a toaster"}
    times = [dict(time, block="PLN", width=width, size=320) for width in (16, 32)]
    times += [dict(each, block="RSU-7", seconds=0.025) for each in times]
    push(page, explorer, measured=times)
    assert page.locator(".plot .dot").count() == 4
    assert page.locator(".plot .line").count() == 0  # nothing between them
    assert "20.0 ms (18.0 ms – 30.0 ms)" in page.locator("tr[data-block='PLN']").text_content()
    assert "not measured" in page.locator("tr[data-block='RSU-4']").text_content()
    assert "4 measured at 320×320, one image, on a toaster" in (
        page.locator(".clock [role=status]").text_content()
    )
    push(page, explorer, resolution=64)  # at another size nothing is known
    assert page.locator(".plot .dot").count() == 0


def test_the_button_measures_and_stops(page, explorer, monkeypatch):
    done = []
    monkeypatch.setattr(explorer, "measure", lambda: done.append("measure"))
    monkeypatch.setattr(explorer, "stop", lambda: done.append("stop"))
    button = page.locator("button.measure")
    button.click()
    push(page, explorer, progress={"state": "running", "done": 2, "of": 9, "text": "PLN at M = 8"})
    page.get_by_text("2 of 9 measured; now PLN at M = 8").wait_for()
    button.click()
    push(page, explorer, progress={"state": "idle"})
    button.click()
    assert done == ["measure", "stop", "measure"]


AXES = [
    {},
    {"log": True},
    {"match": "macs"},
    {"x": "macs", "y": "field", "log": True, "match": "parameters"},
    {"x": "field", "y": "parameters"},
    {"y": "memory", "width": 3},
]


@pytest.mark.parametrize("width", [1024, 1920])
def test_no_two_labels_overlap(page, complaints, width):
    page.set_viewport_size({"width": width, "height": 900})
    widget = u2.explore_costs(u2.BLOCKS)
    show(page, widget)
    for settings in AXES:
        push(page, widget, x="width", y="macs", log=False, match="width")
        push(page, widget, **settings)
        page.wait_for_timeout(30)
        assert overlaps(page, ".plot text") == [], settings
        names = " ".join(page.locator(".plot text.name").all_text_contents())
        missing = [block for block in u2.BLOCKS if block.split("-")[-1] not in names]
        assert missing == [], settings  # every line has its name


def test_lines_differ_without_colour(page, complaints):
    show(page, u2.explore_costs(u2.BLOCKS))
    looks = page.evaluate(
        """[...document.querySelectorAll(".chip path")].map((path) =>
          path.getAttribute("class") + (path.getAttribute("stroke-dasharray") ?? ""))"""
    )
    assert len(set(looks)) == len(u2.BLOCKS)
    dashes = page.locator(".plot .line").evaluate_all(
        "lines => lines.map((line) => line.getAttribute('stroke-dasharray') ?? '')"
    )
    assert len(set(dashes)) == 3


STEPS = """async (slider) => {
  for (let i = 0; i < 200; i++) {
    slider.value = 20 + ((i * 7) % 100);
    slider.dispatchEvent(new Event("input"));
    await new Promise((done) => setTimeout(done));
  }
}"""
COUNT = "() => [document.querySelectorAll('*').length, window.listenerCount()]"


def test_nothing_is_left_behind_by_200_steps_of_a_slider(page, explorer):
    slider = page.get_by_label("inner width M", exact=True)

    def steps() -> list[int]:
        slider.evaluate(STEPS)
        return page.evaluate(COUNT)

    before = steps()
    tracemalloc.start()
    held = tracemalloc.get_traced_memory()[0]
    after = steps()
    grown = tracemalloc.get_traced_memory()[0] - held
    tracemalloc.stop()
    assert after == before
    assert grown < 2_000_000  # bytes in Python, the test's own messages among them
    page.evaluate("window.leave()")
    assert page.evaluate("window.listenerCount()") == 0
    assert page.locator(".u2").count() == 0
