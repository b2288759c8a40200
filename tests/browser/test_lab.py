"""The helper for journeys: it runs a notebook, and sees each way in which one can go wrong."""

FINE = """
import ipywidgets
from IPython.display import display

box = ipywidgets.Output()
button = ipywidgets.Button(description="press")
button.on_click(lambda _: box.append_stdout("pressed"))
display(button, box)
"""


def test_runs_a_notebook_and_drives_a_widget(lab_server, open_notebook):
    notebook = open_notebook(lab_server.write("tiny.ipynb", "1 + 1", FINE), theme="dark")
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


def test_sees_what_goes_wrong(lab_server, open_notebook):
    swallowed = FINE + "\nwith box:\n    raise KeyError('in the box')"
    asks_outside = "from IPython.display import HTML\nHTML('<img src=\"http://192.0.2.1/x.png\">')"
    cells = [swallowed, asks_outside, "raise ValueError('in a cell')", "print('not reached')"]
    notebook = open_notebook(lab_server.write("tiny.ipynb", *cells), clean=False)
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
