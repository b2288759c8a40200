"""Widgets whose Python is gone: they say so, and never show an error, a blank, or an old picture
under a new heading."""

import subprocess
import sys

import nbformat
import pytest

import u2net_edu as u2

from .lab import LabNotebook
from .page import show

AGAIN = "Run this cell again to make it live."
CELLS = {
    "start": "import torch, u2net_edu as u2\ntorch.manual_seed(0)\n"
    "model = u2.U2Net(u2.U2NET_CLASSROOM).eval()",
    "stages": "print('a line before')\nu2.explore_stages(model, 'coffee', size=64)",
    "guess": "u2.guess('conv.how_many')",
    "explore": "u2.explore(model, 'coffee', size=64)",
    "field": "u2.explore_field(model, 'coffee', size=64)",
    "parts": "u2.explore_parts(model, 'coffee', size=64)",
    "paint": "u2.paint_saliency('coffee', model)",
    "costs": "u2.explore_costs(['RSU-7', 'PLN'])",
    "loss": "u2.explore_loss(model)",
    "block": "u2.explore_block('RSU-4', 3, 4, 8)",
    "dilation": "u2.explore_dilation()",
    # Paused, so that it takes no core from the tests.
    "live": "training = u2.fit_live(model, u2.SyntheticScenes(64, 600, 0), steps=10**6)\n"
    "training.pause()\ntraining",
}
WIDGETS = list(CELLS)[1:]


@pytest.fixture(scope="module")
def course(lab_server, browser):
    """A notebook with every widget, run and saved; its kernel is alive."""
    path = lab_server.write("widgets.ipynb", *CELLS.values())
    context = browser.new_context()
    notebook = LabNotebook(lab_server, context.new_page(), path)
    notebook.run_all()
    for name in WIDGETS:
        cell_of(notebook, name).locator(".u2").wait_for()
    notebook.save()
    yield notebook
    context.close()
    lab_server.reset()


def cell_of(notebook, name: str):
    return notebook.show_cell(list(CELLS).index(name))


def still_is_seen(cell) -> None:
    """The still picture or its words, and nothing else of the widget."""
    still = cell.locator(".u2-still")
    still.wait_for()
    assert still.get_by_text(AGAIN).is_visible()
    assert still.locator("img, details").first.is_visible()
    assert not cell.get_by_text("Error displaying widget").is_visible()


def test_alive_there_is_no_still(course):
    for name in WIDGETS:
        cell = cell_of(course, name)
        assert cell.locator(".u2").is_visible()
        assert not cell.locator(".u2-still").is_visible()
        heights = "nodes => nodes.map((node) => node.offsetHeight)"
        assert cell.locator(".jp-OutputArea-child").evaluate_all(heights)[-1] == 0
        assert not cell.get_by_text(AGAIN).filter(visible=True).count()


def test_reopened(course, lab_server, browser):
    context = browser.new_context()
    nbformat.write(
        nbformat.read(lab_server.folder / "widgets.ipynb", 4), lab_server.folder / "b.ipynb"
    )
    notebook = LabNotebook(lab_server, context.new_page(), "b.ipynb")
    for name in WIDGETS:
        still_is_seen(cell_of(notebook, name))
    assert cell_of(notebook, "stages").get_by_text("a line before", exact=True).is_visible()
    # Run again, it lives again.
    notebook.run_all()
    assert cell_of(notebook, "guess").locator(".u2").is_visible()
    assert not cell_of(notebook, "guess").locator(".u2-still").is_visible()
    notebook.shut_down()
    context.close()


def test_of_another_person(course, lab_server, browser):
    """JupyterLab does not trust it: no widget, no script, no style."""
    book = nbformat.read(lab_server.folder / "widgets.ipynb", 4)
    book.cells[0].outputs = [nbformat.v4.new_output("display_data", {"text/html": "<b>theirs</b>"})]
    nbformat.write(book, lab_server.folder / "theirs.ipynb")
    context = browser.new_context()
    notebook = LabNotebook(lab_server, context.new_page(), "theirs.ipynb")
    for name in WIDGETS:
        still_is_seen(cell_of(notebook, name))
    context.close()


@pytest.mark.parametrize("state", ["without state", "with state"])
def test_exported(course, lab_server, page, tmp_path, state):
    """As HTML, opened from disk: nothing can be loaded from anywhere."""
    book = nbformat.read(lab_server.folder / "widgets.ipynb", 4)
    if state == "with state":  # as nbconvert --execute stores it: its loader is asked for, in vain
        views = [o.data for cell in book.cells for o in cell.outputs if "data" in o]
        ids = [v[VIEW]["model_id"] for v in views if VIEW in v]
        model = {"model_name": "AnyModel", "model_module": "anywidget", "state": {}}
        book.metadata.widgets = {STATE: {"version_major": 2, "version_minor": 0,
                                         "state": {each: model for each in ids}}}  # fmt: skip
        assert len(ids) == len(WIDGETS)
    nbformat.write(book, tmp_path / "book.ipynb")
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--log-level=ERROR", "book.ipynb"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    local = ("file:", "data:", "blob:")
    page.route("**/*", lambda r: r.continue_() if r.request.url.startswith(local) else r.abort())
    page.goto((tmp_path / "book.html").as_uri())
    stills = page.locator(".u2-still")
    assert stills.count() == len(WIDGETS)
    for still in stills.all():
        assert still.is_visible()
        assert AGAIN in still.text_content()
    for image in stills.locator("img").all():
        assert image.evaluate("(img) => img.complete && img.naturalWidth > 100")
        assert len(image.get_attribute("alt")) > 20


VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"


def test_reloaded_it_lives(course, lab_server):
    """The kernel goes on, so does the widget."""
    course.page.reload()
    course.wait_for_kernel()
    cell = cell_of(course, "explore")
    cell.locator(".u2").wait_for()
    assert not cell.locator(".u2-still").is_visible()
    assert not cell.get_by_text(AGAIN).filter(visible=True).count()


def test_restarted(course):
    """The last test here: it takes the kernel away."""
    cell = cell_of(course, "stages")
    heading = cell.locator(".about h3").text_content()
    guess = cell_of(course, "guess")
    course.page.evaluate(
        "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
    )
    for name in WIDGETS:
        cell = cell_of(course, name)
        cell.locator(".u2-asleep").wait_for()
        assert AGAIN in cell.locator(".u2-asleep").text_content()
    cell = cell_of(course, "stages")
    cell.locator(".stop[data-path=de2]").click(force=True)
    assert cell.locator(".about h3").text_content() == heading
    guess = cell_of(course, "guess")
    guess.get_by_role("button", name="4", exact=True).click(force=True)
    assert guess.locator("[aria-pressed=true]").count() == 0
    live = cell_of(course, "live")
    live.locator(".status").get_by_text("lost with its kernel", exact=True).wait_for()
    assert live.get_by_role("button", name="Stop").is_disabled()
    field = cell_of(course, "explore")
    field.locator(".map .node[data-path=en2]").click()  # what needs no Python goes on
    field.locator(".panel h3", has_text="en2").wait_for()
    assert "only Python can compute them" in field.locator(".features").text_content()


# Each way in which a kernel goes, told to a widget in a bare page

ENDS = {
    "restarts": "manager.say('restarting')",
    "crashes and is started again": "manager.say('autorestarting')",
    "is shut down": "manager.say('terminating')",
    "is dead": "manager.say('dead')",
    "is another one now": "manager.dispose()",
    "cannot be reached": "manager.connect('disconnected')",
    "left nothing but the saved state": "manager.cut()",
}


@pytest.mark.parametrize("end", ENDS)
def test_a_kernel_that(page, end):
    widget = u2.guess("conv.how_many")
    show(page, widget, manager=True)
    line = page.locator(".u2-asleep")
    page.evaluate("manager.say('busy')")
    page.evaluate("manager.say('idle')")
    assert not line.is_visible()
    page.evaluate(ENDS[end])
    line.wait_for()
    page.evaluate("manager.say('idle')")  # of the new kernel, which knows nothing of the widget
    assert line.is_visible()
    assert page.locator(".u2").get_attribute("inert") is not None
    if end == "cannot be reached":
        page.evaluate("manager.connect('connected')")
        line.wait_for(state="hidden")


def test_without_a_kernel_from_the_start(page):
    show(page, u2.guess("conv.how_many"), manager=True, cut=True)
    page.locator(".u2-asleep").wait_for()
    assert "Click one" not in page.locator(".verdict").text_content()
