"""Every notebook runs top to bottom as the student gets it, and again, solved, in the same kernel.

Whether it keeps the budget at its top is measured in `tests/benchmarks/notebooks.py`: the same
computing costs three times the seconds on a slower or a busier machine."""

import json
import shutil
from pathlib import Path

import pytest

from u2net_edu.course.notebooks import is_exercise, with_solutions

from .runner import ROOT, run_notebook
from .test_form import STUDENT


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    """A copy: what a notebook writes beside itself does not touch the checkout."""
    folder = tmp_path_factory.mktemp("course")
    for part in ("notebooks", "figures"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns(".*"))
    return folder / "notebooks"


@pytest.mark.apart  # a minute each
@pytest.mark.parametrize("path", STUDENT, ids=lambda path: path.stem)
def test_runs_and_runs_again_solved_where_every_check_passes(path, course, tmp_path):
    copy = course / path.relative_to(ROOT / "notebooks")
    solved = copy.with_stem(f"{path.stem}_solved")
    notebook = with_solutions(json.loads(path.read_text(encoding="utf-8")))
    solved.write_text(json.dumps(notebook), encoding="utf-8")
    run = run_notebook(copy, tmp_path, solved)
    assert run.problems == []
    assert len(run.cpu_seconds) == 2
    for cell in run.notebook.cells:
        if cell.cell_type == "code" and is_exercise(cell):
            assert cell.outputs[0].data["text/plain"].startswith("✓"), cell.source
