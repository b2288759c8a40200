"""Every notebook runs top to bottom, twice in one kernel, within the computing it announces."""

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


@pytest.mark.parametrize("path", STUDENT, ids=lambda path: path.stem)
def test_runs_twice(path, course, tmp_path, record_property):
    copy = course / path.relative_to(ROOT / "notebooks")
    run = run_notebook(copy, tmp_path, passes=2)
    assert run.problems == []
    record_property("cpu_seconds", run.cpu_seconds)
    # Seconds that two cores computed, not seconds that passed: a busy machine changes little.
    cores = 2
    for seconds in run.cpu_seconds:
        assert seconds <= cores * budget_seconds(run.notebook), "more than its top announces"
