"""The helper for journeys: it runs a notebook, and sees each way in which one can go wrong."""

import nbformat
import pytest

FINE = """
import ipywidgets
from IPython.display import display

box = ipywidgets.Output()
button = ipywidgets.Button(description="press")
button.on_click(lambda _: box.append_stdout("pressed"))
display(button, box)
"""


@pytest.fixture
def write_notebook(lab_server):
    """Write a notebook of these code cells into the server's folder; its path there."""

    def write(*cells: str) -> str:
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        book.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
        nbformat.write(book, lab_server.folder / "tiny.ipynb")
        return "tiny.ipynb"

    return write


def test_runs_a_notebook_and_drives_a_widget(write_notebook, open_notebook):
    notebook = open_notebook(write_notebook("1 + 1", FINE), theme="dark")
    notebook.run_all()
    cells = notebook.model()["cells"]
    assert cells[0]["outputs"][0]["data"]["text/plain"] == "2"
    cell = notebook.show_cell(1)
    cell.get_by_role("button", name="press").click()
    cell.get_by_text("pressed", exact=True).wait_for()
    notebook.wait_until_idle()
    assert notebook.ask_kernel("box.outputs[0]['text']") == "'pressed'"
    assert notebook.page.locator("body").get_attribute("data-jp-theme-light") == "false"
    assert notebook.problems() == []


def test_sees_what_goes_wrong(write_notebook, open_notebook):
    swallowed = FINE + "\nwith box:\n    raise KeyError('in the box')"
    asks_outside = "from IPython.display import HTML\nHTML('<img src=\"http://192.0.2.1/x.png\">')"
    cells = [swallowed, asks_outside, "raise ValueError('in a cell')", "print('not reached')"]
    notebook = open_notebook(write_notebook(*cells), clean=False)
    notebook.run_all()
    assert notebook.model()["cells"][3]["outputs"] == []
    notebook.page.evaluate("() => console.error('in the console')")
    found = "\n".join(notebook.problems())
    for wanted in [
        "cell 2: ValueError: in a cell",
        "in an Output widget: KeyError: 'in the box'",
        "in the page: in the console",
        "request to the outside: http://192.0.2.1/x.png",
    ]:
        assert wanted in found


def test_ends_its_kernels(lab_server):
    """Runs after the others in this file, whose notebooks are closed by now."""
    assert lab_server.request("/api/sessions") == []
