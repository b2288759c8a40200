"""The runner sees every way in which a notebook can go wrong, and waits where nbclient stalls."""

import asyncio
from queue import Empty

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from . import runner
from .runner import run_notebook

BOX = "import ipywidgets\nbox = ipywidgets.Output()\nbox\n"


@pytest.fixture
def run(tmp_path):
    def run_cells(*cells: str, again: bool = False):
        path = tmp_path / "tiny.ipynb"
        nbformat.write(new_notebook(cells=[new_code_cell(cell) for cell in cells]), path)
        return run_notebook(path, tmp_path / "home", *[path] * again)

    return run_cells


def test_runs_twice_in_one_kernel_and_counts_its_seconds(run):
    count = "n = globals().get('n', 0) + 1\nn"
    work = "import time; end = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
    done = run(count, work, "import u2net_edu; u2net_edu.__file__", again=True)
    assert done.problems == []
    assert done.notebook.cells[0].outputs[0]["data"]["text/plain"] == "2"
    assert str(runner.ROOT) in done.notebook.cells[2].outputs[0]["data"]["text/plain"]
    assert len(done.cpu_seconds) == 2
    assert all(seconds > 0.25 for seconds in done.cpu_seconds)


def test_sees_what_goes_wrong(run):
    swallowed = BOX + "with box:\n    raise KeyError('in the box')"
    as_text = "class Figure:\n    def __repr__(self): return 'Figure(500x240)'\nFigure()"
    done = run(swallowed, as_text, "raise ValueError('in a cell')", "print('not reached')")
    assert done.problems[0].startswith("cell 2: ValueError: in a cell")
    assert set(done.problems[1:]) == {
        "in an Output widget: KeyError: 'in the box'",
        "cell 1: a figure shown as text: Figure(500x240)",
    }
    assert done.notebook.cells[3].outputs == []


def test_fills_an_output_widget_often(run):
    """The case in which nbclient alone stalls now and then."""
    done = run(BOX, "for i in range(100):\n    with box:\n        print(i)")
    assert done.problems == []


def test_tries_again_when_a_kernel_does_not_start(run, monkeypatch):
    start = runner.PatientClient.async_start_new_kernel
    tries = []

    async def fail_once(self, **options):
        tries.append(self)
        if len(tries) == 1:
            raise RuntimeError("Kernel died before replying")
        await start(self, **options)

    monkeypatch.setattr(runner.PatientClient, "async_start_new_kernel", fail_once)
    assert run("1").problems == []
    assert len(tries) == 2


@pytest.mark.parametrize(("timeout", "waits"), [(None, 3), (600, 3), (0.05, 1)])
def test_waits_in_slices(timeout, waits):
    """A wait whose wake-up is lost ends with its slice; the next one finds the message."""
    asked = []

    async def loses_two_wake_ups(timeout):
        asked.append(timeout)
        await asyncio.sleep(timeout)
        if len(asked) < 3:
            raise Empty
        return "reply"

    async def wait():
        return await runner.in_slices(loses_two_wake_ups, seconds=0.1)(timeout=timeout)

    if waits == 3:
        assert runner.apart(wait()) == "reply"
    else:
        with pytest.raises(Empty):
            runner.apart(wait())
    assert len(asked) == waits
    assert all(slice_ <= 0.1 for slice_ in asked)
