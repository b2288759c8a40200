"""Notebook 07 as a student takes it: move the width, find Python knows; measure, and stop it."""


def test_a_student_moves_the_width_and_measures(open_notebook):
    notebook = open_notebook("notebooks/07_what_does_it_cost.ipynb")
    notebook.run_all()
    cells = [cell["id"] for cell in notebook.model()["cells"]]
    widget = notebook.show_cell(cells.index("explore-costs")).locator(".u2-costs")
    budget = widget.get_by_label("the budget")
    budget.wait_for()  # a later cell matched the MACs, from Python
    assert float(budget.input_value()) == 6782.976

    widget.locator("svg.plot").press("ArrowRight")
    widget.locator(".words").get_by_text("RSU-7 at M = 33").wait_for()
    notebook.wait_until_idle()
    notebook.wait_for_value("explorer.width, explorer.widths['RSU-4']", "(33, 33)")
    budget = "explorer.polynomial('RSU-7').macs(33, (320, 320))"
    assert notebook.ask_kernel(f"explorer.budget == {budget}") == "True"

    # Times come from a thread of the kernel, one after the other, and it can be stopped.
    settings = ["x='width'", "y='latency'", "log=False", "match='width'", "resolution=24"]
    notebook.ask_kernel(f"explorer.set_state(dict({', '.join(settings)}))")
    notebook.ask_kernel("setattr(explorer, 'blocks', list(explorer.offered))")
    widget.get_by_text("Nothing is measured yet at 24×24").wait_for()
    button = widget.locator("button.measure")
    button.click()
    widget.locator(".plot .dot").first.wait_for()
    widget.get_by_role("button", name="stop").click()
    widget.get_by_role("button", name="measure here").wait_for()
    notebook.wait_until_idle()
    measured = int(notebook.ask_kernel("len(explorer.measured)"))
    assert 1 <= measured < 5 * 11  # five widths of eleven blocks
    assert widget.locator(".plot .dot").count() == measured
    widget.get_by_text("nothing is known between them").wait_for()
