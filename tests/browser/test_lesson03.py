"""Through notebook 03 as a student would go: point at the block, write one, rebuild the network."""

from .test_lesson01 import answer, index_of, run_cell

INIT = "self.first = u2.ConvNormRelu(in_channels, out_channels); \
self.heart = u2.PLN(out_channels, mid_channels, out_channels)"
STUB = "raise NotImplementedError"
WRONG = "return self.heart(self.first(x))"
RIGHT = "f1 = self.first(x); return self.heart(f1) + f1"


def test_a_student_points_at_a_block_and_writes_one(open_notebook):
    notebook = open_notebook("notebooks/03_build_an_rsu.ipynb")
    notebook.run_all()

    widget = notebook.show_cell(index_of(notebook, '("RSU-7"')).locator(".u2-block")
    box = widget.locator('[data-id="dec4"]')
    box.click()
    widget.locator('[data-id="line.30"].lit').wait_for()
    widget.locator('[data-id="row.mid"].lit').wait_for()
    notebook.page.keyboard.press("ArrowRight")  # the widget's, not the notebook's
    widget.locator('[data-id="dec3"].chosen').wait_for()
    notebook.wait_until_idle()
    widget.get_by_label("block", exact=True).select_option("RSU-6")
    widget.get_by_text("RSU-6: one row").wait_for()  # the kernel answered
    assert widget.locator('[data-id="enc7"]').count() == 0

    writing = index_of(notebook, '"rsu.residual"')
    notebook.show_cell(writing).get_by_text("Not written yet").wait_for()
    cell = notebook.show_cell(writing)
    cell.locator(".cm-line", has_text=STUB).first.click()
    notebook.page.keyboard.press("End")
    notebook.page.keyboard.press("Shift+Home")
    notebook.page.keyboard.type(INIT)
    card = answer(notebook, writing, STUB, WRONG)
    card.get_by_text("The residual is missing").wait_for()
    card = answer(notebook, writing, WRONG, RIGHT)
    card.get_by_text("Right, in all").wait_for()
    assert notebook.ask_kernel("Residual.__module__") == "'__main__'"

    compared = index_of(notebook, "(1, 1)]:\n")
    run_cell(notebook, compared)
    notebook.show_cell(compared).get_by_text("37×53: largest difference 0.0e+00").wait_for()
