"""Notebook 00 as a student takes it: run it, click on the U, walk with the keys, either theme."""

import pytest


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_student_steps_through_the_u(open_notebook, theme):
    notebook = open_notebook("notebooks/00_start_here.ipynb", theme=theme)
    notebook.run_all()
    cells = [cell["id"] for cell in notebook.model()["cells"]]
    widget = notebook.show_cell(cells.index("explore")).locator(".u2-stages")
    heading = widget.locator(".about h3")
    heading.get_by_text("de4 · RSU-4").wait_for()  # a later cell selected it from Python

    widget.locator("[data-path=en5]").click()
    heading.get_by_text("en5 · RSU-4F").wait_for()
    notebook.page.keyboard.press("ArrowRight")
    heading.get_by_text("en6 · RSU-4F").wait_for()
    notebook.wait_for_value("explorer.selected", "'en6'")

    widget.get_by_role("radio", name="whole network").click()
    notebook.wait_for_value("explorer.scope", "'network'")
    ground = widget.evaluate("(node) => getComputedStyle(node).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 23, 29)"}[theme]
