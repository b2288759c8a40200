"""Notebook 10 in JupyterLab: a cut goes on behind its reader, and the scissors cut."""

import shutil

from .test_lesson01 import answer, index_of, run_cell

READER_ALONE = "return [cut[1]]"
RIGHT = "return sorted({cut[1]}.union(*(touched(arrows, a) for a in arrows if a[0] == cut[1])))"
SKIP = "en3 -> de3.concat"


def test_a_student_says_what_a_cut_can_change_and_cuts(open_notebook, lab_server):
    folder = lab_server.folder / "notebooks"
    shutil.copy(folder / "10_what_does_each_part_do.ipynb", folder / "my_cuts.ipynb")
    notebook = open_notebook("notebooks/my_cuts.ipynb")
    cells = [
        index_of(notebook, words)
        for words in ("SIZE, STEPS", "def seven", "def touched", "u2.explore_parts(network")
    ]
    for index in cells:
        run_cell(notebook, index)

    card = answer(notebook, cells[2], "raise NotImplementedError", READER_ALONE)
    card.get_by_text("others read that").wait_for()
    card = answer(notebook, cells[2], READER_ALONE, RIGHT)
    card.get_by_text("Right, in all").wait_for()
    notebook.wait_for_value("touched.__module__", "'__main__'")

    figure = notebook.show_cell(cells[3])
    arrow = figure.locator(f".map .arrow[data-path='{SKIP}']")
    arrow.wait_for(state="attached")
    arrow.dispatch_event("click")
    notebook.wait_for_value("explorer.changes", f"{{'{SKIP}': 'zero'}}")
    figure.locator(".list li", has_text="en3 → de3").wait_for()
    notebook.wait_until_idle()
    said = notebook.ask_kernel("explorer.sentence")
    assert figure.locator(".sentence").text_content() in said
