"""Run a notebook as a student would, without a browser, and say what went wrong.

nbclient executes; around it stand a cure for its stalls, a second try for a kernel that does not
start, and a look into Output widgets, where an exception fails no cell.
"""

import asyncio
import os
import re
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Any, TypeVar

import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from tests.patience import PATIENCE

ROOT = Path(__file__).parent.parent.parent
T = TypeVar("T")


@dataclass
class Run:
    """What came of it."""

    notebook: NotebookNode
    """The last that was run, with its outputs."""
    problems: list[str] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    """Of the kernel, all its threads, a number a notebook; its start is not in it."""


class PatientClient(NotebookClient):
    """nbclient with three differences; see each method."""

    started = False

    def create_kernel_manager(self) -> AsyncKernelManager:
        """A kernel of this very Python, whatever kernels the user has installed."""
        own = KernelSpecManager(kernel_dirs=[])
        self.km = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=own)
        return self.km

    async def async_start_new_kernel_client(self):
        """Wait for replies in slices of a second.

        When an Output widget is filled, nbclient sends on the socket on which it waits; now and
        then the wake-up is lost, and one long wait never ends.
        """
        client = await super().async_start_new_kernel_client()
        client.shell_channel.get_msg = in_slices(client.shell_channel.get_msg)
        self.started = True
        return client

    async def cpu_seconds(self) -> float:
        """What the kernel and its children have computed since the kernel began."""
        asked = {"cpu": "sum(__import__('os').times()[:4])"}
        message = self.kc.execute("", silent=True, store_history=False, user_expressions=asked)
        reply = await self.async_wait_for_reply(message)
        return float(reply["content"]["user_expressions"]["cpu"]["data"]["text/plain"])


def in_slices(get_msg, seconds: float = 1.0):
    """`get_msg(timeout=…)` as many short waits."""

    async def patient(timeout: float | None = None):
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            left = seconds if deadline is None else min(seconds, deadline - time.monotonic())
            try:
                return await get_msg(timeout=max(left, 0))
            except Empty:
                if deadline is not None and time.monotonic() >= deadline:
                    raise

    return patient


def run_notebook(path: Path, home: Path, *then: Path, cell_seconds: float = PATIENCE) -> Run:
    """Run all cells of a notebook; a failing cell ends the run.

    Args:
        path: the notebook; it is not changed.
        home: a temporary folder for what the kernel writes about the student and itself.
        then: more notebooks, or the same again, run after it in the same kernel.
        cell_seconds: how long one cell may take.
    """
    for attempt in (1, 2):
        notebooks = [nbformat.read(each, as_version=4) for each in (path, *then)]
        run = Run(notebooks[0])
        client = PatientClient(run.notebook, timeout=cell_seconds, startup_timeout=int(PATIENCE))
        try:
            apart(_run(client, run, notebooks, path.parent, home))
            return run
        except Exception:
            if client.started or attempt == 2:
                raise
    raise AssertionError("not reached")


def apart(work: Coroutine[Any, Any, T]) -> T:
    """What `work` returns, run in a thread: in this one Playwright's loop may be running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def _run(
    client: PatientClient, run: Run, notebooks: list[NotebookNode], folder: Path, home: Path
) -> None:
    async with client.async_setup_kernel(cwd=str(folder), env=kernel_environment(home)):
        spent = await client.cpu_seconds()
        for notebook in notebooks:
            client.nb = run.notebook = notebook
            client.reset_execution_trackers()
            failed = await _run_cells(client, run)
            before, spent = spent, await client.cpu_seconds()
            run.cpu_seconds.append(spent - before)
            run.problems += problems_in(run.notebook, client.widget_state)
            if failed:
                return


async def _run_cells(client: PatientClient, run: Run) -> bool:
    for index, cell in enumerate(run.notebook.cells):
        try:
            await client.async_execute_cell(cell, index)
        except CellExecutionError as error:
            run.problems.append(f"cell {index}: {error.ename}: {error.evalue}\n{cell.source}")
            return True
    return False


def kernel_environment(home: Path) -> dict[str, str]:
    """The kernel imports this checkout and leaves the user's own files alone; it trains briefly."""
    environment = {**os.environ, "IPYTHONDIR": str(home / "ipython"), "U2NET_EDU_FAST": "1"}
    environment["U2NET_EDU_HOME"] = str(home / "student")
    paths = [str(ROOT), os.environ.get("PYTHONPATH")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    environment.pop("MPLBACKEND", None)  # the kernel chooses the one that shows pictures
    return environment


def problems_in(notebook: NotebookNode, widget_state: dict) -> list[str]:
    """Errors in Output widgets, and figures that came out as text."""
    found = []
    for state in widget_state.values():
        for output in state.get("outputs", ()):
            if output["output_type"] == "error":
                found.append(f"in an Output widget: {output['ename']}: {output['evalue']}")
    for index, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            text = data.get("text/plain", "")
            if re.match(r"<?Figure\b", text) and not any(kind[:6] == "image/" for kind in data):
                found.append(f"cell {index}: a figure shown as text: {text}")
    return found
