"""Through notebook 05: guess, walk over the map of ten, count the taps."""

from .test_lesson01 import answer, index_of, run_cell

STUB = "raise NotImplementedError"
WRONG = "return 9 * side**2"
RIGHT = "return (side + 2 * max(side - dilation, 0)) ** 2"


def test_a_student_counts_the_taps_on_the_map_of_en6(open_notebook):
    notebook = open_notebook("notebooks/05_why_rsu4f_dilates.ipynb", theme="dark")
    notebook.run_all()

    guess = notebook.show_cell(index_of(notebook, '"dilate.ladder"')).locator("[data-guess]")
    guess.get_by_role("button", name="2×2", exact=True).click()
    guess.get_by_text("The fourth makes it 1").wait_for()

    figure = notebook.show_cell(index_of(notebook, "u2.explore_dilation("))
    figure.locator("svg.output").click()
    figure.locator("svg.output").press("ArrowLeft")

    writing = index_of(notebook, '"dilate.taps"')
    card = answer(notebook, writing, STUB, WRONG)
    card.get_by_text("You count all nine taps everywhere").wait_for()
    card = answer(notebook, writing, WRONG, RIGHT)
    card.get_by_text("Right, in all 19 cases").wait_for()
    using = index_of(notebook, "taps_on_the_map(side, dilation=8)")
    run_cell(notebook, using)
    assert "196 of  900 taps, 22%" in notebook.show_cell(using).inner_text()
