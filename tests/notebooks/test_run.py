"""Every notebook runs top to bottom within the computing it announces.

All but notebook 09, which trains, run twice in one kernel."""

import shutil
from pathlib import Path

import pytest

from .form import budget_seconds
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
def test_runs_twice(path, course, tmp_path, record_property):
    copy = course / path.relative_to(ROOT / "notebooks")
    run = run_notebook(copy, tmp_path, passes=1 if path.stem.startswith("09") else 2)
    assert run.problems == []
    record_property("cpu_seconds", run.cpu_seconds)
    # Seconds that the cores computed, not seconds that passed: a busy machine changes little.
    for seconds in run.cpu_seconds:
        assert seconds <= 3 * budget_seconds(run.notebook), "far more than its top announces"
