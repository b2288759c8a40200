"""Every notebook keeps the form that the course has; and each rule sees what breaks it."""

from pathlib import Path

import nbformat
import pytest
import torch
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import u2net_edu as u2

from . import form

FOLDER = Path(__file__).parent.parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.rglob("[!.]*.ipynb"))
NOTEBOOKS = [path for path in NOTEBOOKS if ".ipynb_checkpoints" not in path.parts]
STUDENT = [path for path in NOTEBOOKS if path.parent == FOLDER]


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request) -> Path:
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


def test_is_valid_and_names_its_kernel(notebook):
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"  # without it Lab starts no kernel
    ids = [cell.id for cell in notebook.cells]
    assert len(ids) == len(set(ids))


def test_is_stripped(path):
    assert path.read_bytes() == form.stripped(path)


def test_cells_are_short(notebook):
    assert form.long_cells(notebook) == []


def test_nothing_is_plotted_by_hand(notebook):
    assert form.plots_by_hand(notebook) == []


def test_pictures_exist_and_have_alt_text(path, notebook):
    assert form.pictures(notebook, path.parent) == []


def test_links_lead_somewhere(path, notebook):
    assert form.links(notebook, path.parent) == []


@pytest.fixture(scope="module")
def known_paths() -> set[str]:
    """Every path of U²-Net, by its trace."""
    with torch.device("meta"):
        model = u2.U2Net(u2.U2NET)
    return set(u2.trace(model, (320, 320)).paths)


def test_paths_in_the_prose_exist_in_the_trace(notebook, known_paths):
    assert form.paths_that_do_not_exist(notebook, known_paths) == []


@pytest.mark.parametrize("path", STUDENT, ids=lambda path: path.stem)
def test_says_at_its_top_what_it_takes(path):
    top = nbformat.read(path, as_version=4).cells[0]
    assert top.cell_type == "markdown"
    assert top.source.startswith("# ")
    assert form.BUDGET.search(top.source), "no line such as `Budget | 30 s of computing`"
    assert "Paper" in top.source


# The rules themselves, each on a notebook that breaks it.


def book(*cells) -> nbformat.NotebookNode:
    made = new_notebook(cells=list(cells))
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    return made


def test_a_path_that_does_not_exist_is_seen(known_paths):
    prose = new_markdown_cell("From `en3.enc2` and `fuse` to `en7`, `en5.enc9` and `model.spec`.")
    found = form.paths_that_do_not_exist(book(prose), known_paths)
    assert found == ["cell 0: en7", "cell 0: en5.enc9"]


def test_an_exercise_may_be_long():
    long = "\n".join("x = 1" for _ in range(13))
    tagged = new_code_cell(long, metadata={"tags": ["exercise"]})
    assert form.long_cells(book(new_code_cell(long), tagged)) == ["cell 0: 13 lines"]


@pytest.mark.parametrize("code", ["plt.plot(x)", "import matplotlib.pyplot", "a = plt.figure()"])
def test_a_plot_by_hand_is_seen(code):
    assert form.plots_by_hand(book(new_code_cell(code)))
    assert form.plots_by_hand(book(new_markdown_cell(code))) == []


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("![a cat](cat.png)", 0),
        ("![](cat.png)", 1),
        ("![a cat](dog.png)", 1),
        ("![ ](dog.png)", 2),
        ('<img src="cat.png" alt="a cat">', 0),
        ('<img src="cat.png">', 1),
        ("![a cat](https://example.org/cat.png)", 0),
        ("`![](in code.png)`", 0),
    ],
)
def test_a_picture_without_text_or_file_is_seen(tmp_path, text, problems):
    (tmp_path / "cat.png").touch()
    assert len(form.pictures(book(new_markdown_cell(text)), tmp_path)) == problems


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("[next](01_next.ipynb)", 0),
        ("[next](01_next.ipynb#part)", 0),
        ("[next](02_gone.ipynb)", 1),
        ("[paper](https://example.org) [below](#part)", 0),
    ],
)
def test_a_dead_link_is_seen(tmp_path, text, problems):
    (tmp_path / "01_next.ipynb").touch()
    assert len(form.links(book(new_markdown_cell(text)), tmp_path)) == problems


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("| **Budget** | 30 s of computing |", 30), ("Budget: 2 min", 120), ("quick", None)],
)
def test_the_budget_is_read(text, seconds):
    assert form.budget_seconds(book(new_markdown_cell(text))) == seconds


def test_stored_output_is_seen(tmp_path):
    cell = new_code_cell("1", outputs=[nbformat.v4.new_output("stream", text="1")])
    cell.execution_count = 3
    made = book(cell)
    made.metadata.language_info = {"name": "python"}
    nbformat.write(made, tmp_path / "a.ipynb")
    clean = form.stripped(tmp_path / "a.ipynb")
    assert clean != (tmp_path / "a.ipynb").read_bytes()
    (tmp_path / "a.ipynb").write_bytes(clean)
    assert form.stripped(tmp_path / "a.ipynb") == clean
    again = nbformat.reads(clean.decode(), as_version=4)
    assert again.cells[0].outputs == []
    assert again.cells[0].execution_count is None
    assert "language_info" not in again.metadata
    assert again.cells[0].id == cell.id
