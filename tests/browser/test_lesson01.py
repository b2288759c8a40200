"""Through notebook 01 as a student would go: guess, wrong answer, hint, right answer, come back."""

import json
import shutil

from .lab import LabNotebook

WRONG = "return (size + padding - kernel) // stride + 1"
ODD = "return 7"
RIGHT = "return (size - kernel + 2 * padding) // stride + 1"


def index_of(notebook, words: str) -> int:
    cells = notebook.model()["cells"]
    return next(
        index
        for index, cell in enumerate(cells)
        if cell["cell_type"] == "code" and words in "".join(cell["source"])
    )


def run_cell(notebook, index: int) -> None:
    """Click on a cell's code and press Shift + Enter."""
    notebook.show_cell(index).locator(".cm-content").click()
    notebook.page.keyboard.press("Shift+Enter")
    notebook.wait_until_idle()


def write(notebook, index: int, old: str, new: str) -> None:
    """Click, select, type: a line of the cell is replaced by another."""
    cell = notebook.show_cell(index)
    cell.locator(".cm-line", has_text=old).click()
    notebook.page.keyboard.press("End")
    notebook.page.keyboard.press("Shift+Home")
    notebook.page.keyboard.type(new)


def answer(notebook, index: int, old: str, new: str):
    """Write it, run the cell; the check's card."""
    write(notebook, index, old, new)
    run_cell(notebook, index)
    return notebook.show_cell(index).locator(".u2-card")


def test_a_student_works_through_an_exercise_and_comes_back_tomorrow(open_notebook, lab_server):
    folder = lab_server.folder / "notebooks"
    shutil.copy(folder / "01_one_convolution.ipynb", folder / "my_lesson.ipynb")
    notebook = open_notebook("notebooks/my_lesson.ipynb", clean=False)
    notebook.run_all()  # nothing waits for an answer

    guess = notebook.show_cell(index_of(notebook, '"conv.how_many"')).locator("[data-guess]")
    guess.get_by_role("button", name="4", exact=True).focus()
    notebook.page.keyboard.press("Enter")
    guess.get_by_text("Half of 8").wait_for()
    guess.get_by_role("status").get_by_text("Not this one; read why.").wait_for()

    writing = index_of(notebook, '"conv.output_size"')
    notebook.show_cell(writing).get_by_text("Not written yet").wait_for()
    card = answer(notebook, writing, "raise NotImplementedError", WRONG)
    card.get_by_text("You add the padding once").wait_for()
    assert notebook.ask_kernel("output_size.__module__") != "'__main__'"  # ours
    card = answer(notebook, writing, WRONG, ODD)
    card.get_by_text("Hint 1 of 3").wait_for()
    card = answer(notebook, writing, ODD, RIGHT)
    card.get_by_text("Right, in all 40 cases").wait_for()
    assert notebook.ask_kernel("output_size.__module__") == "'__main__'"  # the student's own

    kept = json.loads((lab_server.student / "progress.json").read_text("utf-8"))
    kept["exercises"]["conv.output_size"].pop("answers")  # the mark of the last wrong ones
    entry = kept["exercises"]["conv.output_size"]
    (idea,) = entry.pop("ideas")
    assert idea.startswith("You add the padding once")
    assert entry == {"attempts": 3, "hints": 1, "passed": True}
    assert kept["guesses"]["conv.how_many"] == {"chosen": "4", "right": False}

    notebook.page.keyboard.press("Control+s")
    notebook.page.wait_for_function("() => !jupyterapp.shell.currentWidget.context.model.dirty")
    assert notebook.problems() == []
    context = notebook.page.context
    notebook.page.goto("about:blank")
    lab_server.end_sessions()  # tomorrow: a new kernel, the same student

    # The widgets of yesterday have lost their kernel, which Lab tells the console until they are
    # drawn anew; so this page is not held to silence.
    again = LabNotebook(lab_server, context.new_page(), "notebooks/my_lesson.ipynb")
    again.run_all()
    guess = again.show_cell(index_of(again, '"conv.how_many"')).locator("[data-guess]")
    assert guess.locator("button[aria-pressed=true]").inner_text() == "4"
    table = again.show_cell(index_of(again, "u2.progress()")).locator(".u2-card")
    row = table.locator("tr", has_text="conv.output_size").inner_text()
    assert "passed, 4 tries, 1 hint" in row  # the saved answer was checked once more
    again.page.close()
