"""Each widget once in the real JupyterLab: drawn, used, seen by Python, and drawn by Python."""

import nbformat
import pytest

CELLS = {
    "explore": [
        "import torch\nimport u2net_edu as u2\ntorch.manual_seed(0)\n"
        "model = u2.U2Net(u2.U2NET_CLASSROOM).eval()",
        "widget = u2.explore(model, 'chelsea', size=64)\nwidget",
    ],
    "field": [
        "import torch\nimport u2net_edu as u2\ntorch.manual_seed(0)\n"
        "model = u2.U2Net(u2.U2NET_CLASSROOM).eval()",
        "widget = u2.explore_field(model, 'chelsea', 'en1.enc3', size=64)\nwidget",
    ],
    "dilation": [
        "import u2net_edu as u2",
        "widget = u2.explore_dilation(layers=(1, 2, 4))\nwidget",
    ],
}
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


@pytest.fixture
def open_widget(lab_server, open_notebook):
    """Run a notebook with one widget in its second cell; give the notebook and that cell."""

    def open_one(name: str):
        path = lab_server.folder / f"widget_{name}.ipynb"
        cells = [nbformat.v4.new_code_cell(source) for source in CELLS[name]]
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=KERNEL), path)
        notebook = open_notebook(path.name)
        notebook.run_all()
        return notebook, notebook.show_cell(1)

    return open_one


def python(notebook, expression: str) -> str:
    notebook.wait_until_idle()
    return notebook.ask_kernel(expression)


def test_the_map(open_widget):
    notebook, cell = open_widget("explore")
    cell.locator(".maps figure").first.wait_for()
    cell.locator(".map .node[data-path=en2]").click()
    assert python(notebook, "widget.opened") == "'en2'"
    enc3 = cell.locator(".map .node[data-path='en2.enc3']")
    enc3.click()
    cell.locator(".panel dd", has_text="512 px").wait_for()
    assert python(notebook, "widget.selected") == "'en2.enc3'"
    enc3.press("Escape")
    cell.locator("svg.map[data-opened='']").wait_for()
    python(notebook, "setattr(widget, 'selected', 'de1.dec4')")
    cell.locator("svg.map[data-opened=de1]").wait_for()
    assert cell.locator(".panel h3").inner_text().startswith("de1.dec4")
    # A key that the widget uses moves no cell of the notebook.
    cell.locator(".map .node[data-path='de1.dec4']").press("ArrowDown")
    assert python(notebook, "widget.selected") == "'de1.dec3'"
    # Run again: the old widget goes, the new one is alone.
    notebook.run_all()
    cell.locator(".maps figure").first.wait_for()
    assert cell.locator(".u2-explore").count() == 1


def test_the_fields(open_widget):
    notebook, cell = open_widget("field")
    cell.locator("svg.strip .bar").first.wait_for()
    photo = cell.locator(".photo").first
    photo.press("ArrowRight")
    assert python(notebook, "widget.pixel") == "[8, 9]"
    cell.get_by_role("radio", name="what it listens to").click()
    cell.locator(".big .heat:not([hidden])").wait_for()
    assert python(notebook, "widget.heat['path']") == "'en1.enc3'"
    python(notebook, "setattr(widget, 'selected', 'en2')")
    assert cell.get_by_label("layer", exact=True).input_value() == "en2"


def test_the_dilations(open_widget):
    notebook, cell = open_widget("dilation")
    cell.locator("svg.output").click()  # Lab takes the first focus in a cell to make it active
    cell.get_by_label("stride").press("ArrowRight")
    cell.locator("td.field", has_text="43").wait_for()
    assert python(notebook, "(widget.stride, widget.fields)") == "(2, [3, 11, 43])"
    before = python(notebook, "widget.cell[1]")
    cell.locator("svg.output").press("ArrowLeft")
    assert int(python(notebook, "widget.cell[1]")) == int(before) - 1
    python(notebook, "widget.set_trait('layers', [2])")
    cell.locator("td.span", has_text="5").wait_for()
    assert cell.locator("td.span").count() == 1
