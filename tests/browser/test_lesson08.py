"""Notebook 08 in JupyterLab: a sigmoid too many is recognised, the figure follows, Python knows."""

import shutil

from .test_lesson01 import answer, index_of

TWICE = "return sum(torch.nn.BCEWithLogitsLoss()(m.sigmoid(), mask) for m in [fused, *sides])"
RIGHT = "return u2.saliency_loss(u2.SaliencyLogits(fused, tuple(sides)), mask).total"


def test_a_student_sums_seven_losses_and_weighs_them(open_notebook, lab_server):
    folder = lab_server.folder / "notebooks"
    shutil.copy(folder / "08_seven_outputs_one_loss.ipynb", folder / "my_losses.ipynb")
    notebook = open_notebook("notebooks/my_losses.ipynb")
    notebook.run_all()

    writing = index_of(notebook, '"loss.seven"')
    card = answer(notebook, writing, "raise NotImplementedError", TWICE)
    card.get_by_text("A sigmoid too many").wait_for()
    card = answer(notebook, writing, TWICE, RIGHT)
    card.get_by_text("Right, in all").wait_for()
    notebook.wait_for_value("seven_losses.__module__", "'__main__'")

    figure = notebook.show_cell(index_of(notebook, "explorer = u2.explore_loss")).locator(
        ".u2-loss"
    )
    figure.get_by_role("checkbox", name="side6 is in the sum").uncheck()
    weight = figure.get_by_role("slider", name="weight of side1 in the fusion")
    weight.focus()
    for _ in range(3):
        notebook.page.keyboard.press("ArrowLeft")  # the notebook must not take the keys
    notebook.wait_until_idle()
    total = float(figure.locator(".total").inner_text())
    notebook.wait_for_value("explorer.on[6]", "False")
    notebook.wait_for_value("round(explorer.fuse_weights[0], 2)", "0.88")
    assert abs(float(notebook.ask_kernel("explorer.total")) - total) < 1e-3
    figure.locator(".shares:not(.stale)").wait_for()
    notebook.wait_until_idle()
    shown = figure.locator(".shares [role=img]").first.get_attribute("aria-label")
    share = float(notebook.ask_kernel("float(explorer.shares.loc['en1', 'side4'])"))
    assert abs(float(shown.split("side4 ")[1].split(",")[0]) - share) < 2e-3
