"""Fixtures for journeys in JupyterLab (lab.py says how to write one) and for bare pages."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator

from tests.patience import PATIENCE

from .lab import LabNotebook, LabServer
from .page import settle_after_acts, watch

SCRATCH = """import torch, u2net_edu as u2
torch.manual_seed(0)
model = u2.U2Net(u2.U2NET_CLASSROOM).eval()"""


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory) -> Iterator[LabServer]:
    server = LabServer(tmp_path_factory.mktemp("lab"))
    yield server
    server.close()


@pytest.fixture
def page(page, monkeypatch):
    """A page that waits as long as every test does: a busy machine is no failure."""
    page.set_default_timeout(1000 * PATIENCE)
    settle_after_acts(page, monkeypatch)
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
        lab_server.reset()


@pytest.fixture(scope="module")
def scratch(lab_server, browser) -> Iterator[LabNotebook]:
    """A notebook for all tests of a module: `u2` and `model` are there, the rest is theirs."""
    path = lab_server.write("scratch.ipynb", SCRATCH)
    context = browser.new_context()
    notebook = LabNotebook(lab_server, context.new_page(), path)
    notebook.run_all()
    yield notebook
    context.close()
    lab_server.reset()


@pytest.fixture
def run_in_lab(scratch) -> Iterator[Callable[[str], Locator]]:
    """Run lines of Python in a cell of the scratch notebook; the cell. No problem may be left."""
    yield scratch.run_source
    assert scratch.problems() == []


@pytest.fixture
def complaints(page):
    """Console errors, and requests to anywhere; the test fails on any."""
    found = watch(page)
    yield found
    assert found == []
