"""A check in a notebook's own kernel: what a student can write there ends no kernel."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tests.notebooks.runner import run_notebook
from u2net_edu.course import forked

BODIES = {
    "exit()": "end all of Python",
    "quit()": "end all of Python",
    "import sys; sys.exit(1)": "end all of Python",
    "import os; os._exit(1)": "ended Python itself",
    "import os; os.kill(os.getpid(), 9)": "SIGKILL",
    "return input()": "nobody is there",
    "raise KeyboardInterrupt": "KeyboardInterrupt",
    "return [0] * 10**13": "MemoryError",
    "return sum(range(10**15))": "does not come to an end",
    "print('seen'); return (kernel - 1) * dilation + 1": "Right, in all",
    "import IPython.display as d; d.display('x'); return (kernel - 1) * dilation + 1": "Right, in",
}


@pytest.mark.skipif(not forked.possible(), reason="this system does not fork")
def test_the_kernel_survives(tmp_path):
    cells = ["import os; import u2net_edu as u2; before = os.getpid()"]
    for body in BODIES:
        cells.append(
            f"def span(kernel, dilation):\n    {body}\n\nu2.check('conv.dilated_span', span);"
        )
    cells.append("print(os.getpid() == before, exit is not None, input.__name__)")
    path = tmp_path / "odd.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(cell) for cell in cells]), path)
    run = run_notebook(path, tmp_path / "home")
    assert run.problems == []
    for cell, words in zip(run.notebook.cells[1:], BODIES.values()):
        shown = [output.data["text/plain"] for output in cell.outputs if "data" in output]
        assert any(words in text for text in shown), (cell.source, shown)
    assert run.notebook.cells[-1].outputs[0].text.startswith("True True")
    assert "seen" in str(run.notebook.cells[10].outputs)
