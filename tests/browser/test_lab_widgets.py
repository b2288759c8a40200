"""Each widget in the real JupyterLab: drawn, used, seen and drawn by Python; and its keys."""

import pytest


def python(notebook, expression: str) -> str:
    notebook.wait_until_idle()
    return notebook.ask_kernel(expression)


def test_the_map(scratch, run_in_lab):
    source = "widget = u2.explore(model, 'chelsea', size=64)\nwidget"
    cell = run_in_lab(source)
    cell.locator(".maps figure").first.wait_for()
    cell.locator(".map .node[data-path=en2]").click()
    assert python(scratch, "widget.opened") == "'en2'"
    enc3 = cell.locator(".map .node[data-path='en2.enc3']")
    enc3.click()
    cell.locator(".panel dd", has_text="512 px").wait_for()
    assert python(scratch, "widget.selected") == "'en2.enc3'"
    enc3.press("Escape")
    cell.locator("svg.map[data-opened='']").wait_for()
    python(scratch, "setattr(widget, 'selected', 'de1.dec4')")
    cell.locator("svg.map[data-opened=de1]").wait_for()
    assert cell.locator(".panel h3").inner_text().startswith("de1.dec4")
    # A key that the widget uses moves no cell of the notebook.
    cell.locator(".map .node[data-path='de1.dec4']").press("ArrowDown")
    assert python(scratch, "widget.selected") == "'de1.dec3'"
    # Run again: the old widget goes, the new one is alone.
    cell = run_in_lab(source)
    cell.locator(".maps figure").first.wait_for()
    assert cell.locator(".u2-explore").count() == 1


def test_the_fields(scratch, run_in_lab):
    cell = run_in_lab("widget = u2.explore_field(model, 'chelsea', 'en1.enc3', size=64)\nwidget")
    cell.locator("svg.strip .bar").first.wait_for()
    photo = cell.locator(".photo").first
    photo.press("ArrowRight")
    assert python(scratch, "widget.pixel") == "[8, 9]"
    cell.get_by_role("radio", name="what it listens to").click()
    cell.locator(".big .heat:not([hidden])").wait_for()
    assert python(scratch, "widget.heat['path']") == "'en1.enc3'"
    python(scratch, "setattr(widget, 'selected', 'en2')")
    assert cell.get_by_label("layer", exact=True).input_value() == "en2"


def test_the_dilations(scratch, run_in_lab):
    cell = run_in_lab("widget = u2.explore_dilation(layers=(1, 2, 4))\nwidget")
    cell.locator("svg.output").click()  # Lab takes the first focus in a cell to make it active
    cell.get_by_label("stride").press("ArrowRight")
    cell.locator("td.field", has_text="43").wait_for()
    assert python(scratch, "(widget.stride, widget.fields)") == "(2, [3, 11, 43])"
    before = python(scratch, "widget.cell[1]")
    cell.locator("svg.output").press("ArrowLeft")
    assert int(python(scratch, "widget.cell[1]")) == int(before) - 1
    python(scratch, "widget.set_trait('layers', [2])")
    cell.locator("td.span", has_text="5").wait_for()
    assert cell.locator("td.span").count() == 1


# Every field of every widget that takes a number or a text: how it is found, what is typed, what
# Python says then.
FIELDS = {
    "width": ("u2.explore_costs(['RSU-7', 'PLN'])", "inner width M, exactly", "77", "width"),
    "resolution": (
        "u2.explore_costs(['RSU-7', 'PLN'])", "map, pixels a side, exactly", "321", "resolution",
    ),
    "budget": (
        "u2.explore_costs(['RSU-7', 'PLN'], match='macs')", "the budget", "5000", "budget // 10**6",
    ),
    "scene": ("u2.explore_loss(model)", "scene", "11", "scene"),
    "path": ("u2.explore(model, 'chelsea', size=64)", "find a path", "en3.enc2", "selected"),
    "path in fields": (
        "u2.explore_field(model, 'chelsea', size=64)", "find a path", "en3.enc2", "selected",
    ),
}  # fmt: skip


@pytest.mark.parametrize("field", FIELDS)
def test_enter_in_a_field(scratch, run_in_lab, field):
    source, label, typed, trait = FIELDS[field]
    cell = run_in_lab(f"widget = {source}\nwidget")
    box = cell.get_by_label(label, exact=True)
    box.click()
    scratch.page.keyboard.press("Control+A")
    scratch.page.keyboard.type(typed)
    scratch.page.keyboard.press("Enter")
    scratch.wait_for_value(f"str(widget.{trait})", repr(typed))


STATE = """() => {
  const { content } = window.jupyterapp.shell.currentWidget;
  return [content.mode, content.activeCellIndex, content.widgets.length,
          content.model.cells.get(1).executionCount];
}"""
KEYS = ["Escape", "Enter", "Space", "ArrowDown", "ArrowUp", "a", "b", "m", "x", "c"]
KEYS += ["d", "d", "Shift+Enter", "Control+Enter", "Alt+Enter"]
CONTROLS = ".u2 :is(button:not([disabled]), input, select, [tabindex='0'])"
WIDGETS = [
    "u2.explore(model, 'chelsea', size=64)",
    "u2.explore_field(model, 'chelsea', size=64)",
    "u2.explore_parts(model, 'chelsea', size=64)",
    "u2.explore_stages(model, 'chelsea', size=64)",
    "u2.explore_dilation()",
    "u2.explore_costs(['RSU-7', 'PLN'])",
    "u2.explore_loss(model)",
    "u2.explore_block('RSU-4', 3, 4, 8)",
    "u2.guess('conv.how_many')",
]


@pytest.mark.parametrize("widget", WIDGETS)
def test_no_key_in_a_widget_is_the_notebook_s(scratch, run_in_lab, widget):
    """One control of each kind in turn has the keyboard; no cell runs, moves, goes or comes."""
    cell = run_in_lab(widget)
    cell.locator(".u2").first.click(position={"x": 3, "y": 3})  # Lab makes the cell active
    kinds = "nodes => [...new Set(nodes.map((node) => node.tagName + (node.type ?? '')))].length"
    assert cell.locator(CONTROLS).evaluate_all(kinds) > 0
    before = None
    seen = set()
    # A key may change how many controls there are: none is waited for.
    kind_of = """(nodes, at) =>
      nodes[at] && nodes[at].tagName + (nodes[at].type ?? "") + nodes[at].className"""
    controls, at = cell.locator(CONTROLS), -1
    while kind := controls.evaluate_all(kind_of, at := at + 1):
        control = controls.nth(at)
        if kind in seen or not control.is_visible() or "upload" in kind or "measure" in kind:
            continue
        seen.add(kind)
        for key in KEYS:
            controls.evaluate_all("(nodes, at) => nodes[at]?.focus({ preventScroll: true })", at)
            before = before or scratch.page.evaluate(STATE)
            scratch.page.keyboard.press(key)
            found = scratch.page.evaluate(STATE)
            assert found == before, f"{key} on {kind}"
            if not control.is_visible():
                break  # what it did drew another one in its place
