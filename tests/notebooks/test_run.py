"""Every notebook runs top to bottom; all but notebook 09, which trains, twice in one kernel.

Whether it keeps the budget at its top is measured in `tests/benchmarks/notebooks.py`: the same
computing costs three times the seconds on a slower or a busier machine."""

import shutil
from pathlib import Path

import pytest

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
def test_runs_twice(path, course, tmp_path):
    copy = course / path.relative_to(ROOT / "notebooks")
    run = run_notebook(copy, tmp_path, passes=1 if path.stem.startswith("09") else 2)
    assert run.problems == []
