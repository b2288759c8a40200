"""Two people on their way through the course, from one notebook into the next."""

import json

from u2net_edu.cli import main

from .test_lesson01 import answer, index_of, run_cell

STUB = "raise NotImplementedError"
WRONG = "return kernel * dilation"
RIGHT = "return dilation * (kernel - 1) + 1"


def follow(notebook, text: str, name: str) -> None:
    """Click on a link in the last cell; the notebook that it leads to is in front then."""
    last = notebook.show_cell(len(notebook.model()["cells"]) - 1)
    last.get_by_role("link", name=text).click()
    notebook.wait_for_kernel(name)


def test_a_student_goes_from_notebook_to_notebook(open_notebook):
    """From the first page over an exercise to the next notebook, which knows what was done."""
    notebook = open_notebook("notebooks/00_start_here.ipynb")
    for words in ("check_machine", "load_picture", "print(u2.U2NET)"):
        run_cell(notebook, index_of(notebook, words))
    assert "✗" not in notebook.show_cell(index_of(notebook, "check_machine")).inner_text()

    follow(notebook, "01 · One convolution", "01_one_convolution.ipynb")
    run_cell(notebook, index_of(notebook, "import numpy"))
    writing = index_of(notebook, '"conv.dilated_span"')
    card = answer(notebook, writing, STUB, WRONG)
    card.get_by_text("after the last tap nothing").wait_for()
    card = answer(notebook, writing, WRONG, RIGHT)
    card.get_by_text("Right, in all").wait_for()
    notebook.page.keyboard.press("Control+s")

    follow(notebook, "02 · Down, up, and odd sizes", "02_down_up_and_odd_sizes.ipynb")
    run_cell(notebook, index_of(notebook, "import u2net_edu as u2"))
    assert "✓ conv.dilated_span" in notebook.ask_kernel("str(u2.progress())")
    run_cell(notebook, index_of(notebook, "u2.progress()"))
    lessons = notebook.show_cell(index_of(notebook, "u2.progress()")).locator("details")
    unfolded = [
        one.inner_text().splitlines()[0] for one in lessons.all() if one.evaluate("d => d.open")
    ]
    assert any(line.startswith("01 · One convolution") for line in unfolded)


def test_a_teacher_writes_the_solutions_and_shows_them(open_notebook, lab_server):
    """Every check passes, every guess has its reasons, and nothing leaves the machine."""
    folder = lab_server.folder / "solutions"
    assert main(["notebooks", "--solutions", "-o", str(folder)]) == 0
    name = "05_why_rsu4f_dilates_solutions.ipynb"
    guesses = sum(
        "u2.guess(" in "".join(cell["source"])
        for cell in json.loads((folder / name).read_text(encoding="utf-8"))["cells"]
    )
    notebook = open_notebook(f"solutions/{name}")
    notebook.run_all()
    cards = [
        output["data"].get("text/plain", "")
        for cell in notebook.model()["cells"]
        if "exercise" in cell["metadata"].get("tags", [])
        for output in cell["outputs"]
        if "data" in output
    ]
    assert len(cards) >= 3
    assert all(str(card).startswith("✓") for card in cards), cards
    text = "".join("".join(cell["source"]) for cell in notebook.model()["cells"])
    assert text.count("✓ **") == guesses >= 2
