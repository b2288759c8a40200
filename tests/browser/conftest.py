"""Fixtures for journeys in JupyterLab (lab.py says how to write one) and for bare pages."""

from collections.abc import Callable, Iterator

import pytest

from tests.patience import PATIENCE

from .lab import LabNotebook, LabServer
from .page import watch


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory) -> Iterator[LabServer]:
    server = LabServer(tmp_path_factory.mktemp("lab"))
    yield server
    server.close()


@pytest.fixture
def page(page):
    """A page that waits as long as every test does: a busy machine is no failure."""
    page.set_default_timeout(1000 * PATIENCE)
    return page


@pytest.fixture
def open_notebook(lab_server, page) -> Iterator[Callable[..., LabNotebook]]:
    """Open a notebook of `lab_server.folder` in the page; one a test.

    When the test ends there must be no problem left, unless it was opened with `clean=False`.
    """
    opened: list[tuple[LabNotebook, bool]] = []

    def open_one(path: str, theme: str = "light", clean: bool = True) -> LabNotebook:
        opened.append((LabNotebook(lab_server, page, path, theme), clean))
        return opened[-1][0]

    yield open_one
    try:
        for notebook, clean in opened:
            assert not clean or notebook.problems() == []
    finally:
        lab_server.end_sessions()


@pytest.fixture
def complaints(page):
    """Console errors, and requests to anywhere; the test fails on any."""
    found = watch(page)
    yield found
    assert found == []
