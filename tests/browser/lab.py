"""JupyterLab for tests: a server of its own, a notebook opened in Chromium, run, and looked over.

A journey takes the fixtures of conftest.py:

    def test_the_stepper(open_notebook):
        notebook = open_notebook("notebooks/00_start_here.ipynb")
        notebook.run_all()
        notebook.show_cell(14).get_by_role("button", name="en2").click()

`open_notebook` looks for problems when the test ends, so that a journey need not. What needs no
notebook of the course takes `run_in_lab`: a cell of one notebook, with one kernel for the module.
"""

import ast
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote, urlsplit

import nbformat
from playwright.sync_api import Locator, Page, TimeoutError

from tests.patience import PATIENCE

ROOT = Path(__file__).parent.parent.parent
PROBE = """__import__("json").dumps([output
    for widget in list(getattr(__import__("sys").modules.get("ipywidgets.widgets.widget"),
                               "_instances", {}).values())
    for output in (getattr(widget, "outputs", None) or ())
    if isinstance(output, dict) and output.get("output_type") == "error"])"""
"""What went wrong inside Output widgets: an exception there does not fail the cell."""


class LabServer:
    """JupyterLab on a folder of copies, with settings, kernels and workspaces of its own."""

    def __init__(self, home: Path):
        """Copy notebooks and figures under `home`, start the server, wait until it answers."""
        self.folder = home / "course"
        self.student = home / "student"
        self.log = home / "server.log"
        self.token = secrets.token_hex()
        for part in ("notebooks", "figures"):
            hidden = shutil.ignore_patterns(".*")
            shutil.copytree(ROOT / part, self.folder / part, ignore=hidden)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        options = [
            "--no-browser",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={self.folder}",
            "--LabApp.expose_app_in_browser=True",
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            options.append("--allow-root")
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyterlab", *options],
                cwd=self.folder,
                env=self._environment(home),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._wait(seconds=PATIENCE)

    def _environment(self, home: Path) -> dict[str, str]:
        names = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
        }
        environment = {**os.environ, **{name: str(home / part) for name, part in names.items()}}
        environment["U2NET_EDU_HOME"] = str(self.student)
        environment.pop("MPLBACKEND", None)  # the kernel chooses the one that shows pictures
        environment["JUPYTER_TOKEN"] = self.token
        environment["U2NET_EDU_FAST"] = "1"
        environment["JUPYTER_CONFIG_PATH"] = str(ROOT / "jupyter_config")
        environment["PYTHONPATH"] = os.pathsep.join(
            filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])
        )
        return environment

    def _wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                self.request("/api/status")
                return
            except (urllib.error.URLError, ConnectionError) as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.close()
                    said = self.log.read_text(errors="replace")[-3000:]
                    raise RuntimeError(f"JupyterLab did not start:\n{said}") from error
                time.sleep(0.1)

    def write(self, name: str, *cells: str) -> str:
        """Write a notebook of these code cells; its path on the server, `name`."""
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        book.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
        nbformat.write(book, self.folder / name)
        return name

    def request(self, path: str, method: str = "GET"):
        """Ask the server's REST interface; the JSON it answers, if any."""
        request = urllib.request.Request(self.url + path, method=method)
        request.add_header("Authorization", f"token {self.token}")
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def end_sessions(self) -> None:
        """Stop all kernels."""
        for session in self.request("/api/sessions"):
            self.request(f"/api/sessions/{session['id']}", method="DELETE")

    def reset(self) -> None:
        """Stop all kernels and forget what the student did: the next test starts with neither."""
        self.end_sessions()
        shutil.rmtree(self.student, ignore_errors=True)

    def close(self) -> None:
        """End the server and, with it, its kernels."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class LabNotebook:
    """One notebook, open in a page, with an idle kernel; remembers what went wrong in the page."""

    def __init__(self, server: LabServer, page: Page, path: str, theme: str = "light"):
        self.page = page
        page.set_default_timeout(1000 * PATIENCE)
        self.console_errors: list[str] = []
        self.outside_requests: list[str] = []
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.console_errors.append(str(error)))
        page.on("websocket", lambda socket: self._on_address(socket.url))
        page.context.route("**/*", self._on_request)
        page.set_viewport_size({"width": 1280, "height": 1000})
        # `reset` forgets the last workspace; without it Lab may open another notebook.
        page.goto(f"{server.url}/doc/tree/{quote(path)}?token={server.token}&reset")
        self.wait_for_kernel()
        self.set_theme(theme)  # the server remembers the theme of the test before

    def wait_for_kernel(self, name: str = "") -> None:
        """Until the notebook in front (called `name`, where that matters) has an idle kernel."""
        self._wait_for(
            f"""() => {{
              const context = window.jupyterapp?.shell.currentWidget?.sessionContext;
              return context?.path.endsWith({json.dumps(name)})
                && context.session?.kernel?.status === 'idle';
            }}""",
            "an idle kernel (a notebook without kernelspec metadata never gets one)",
            seconds=PATIENCE,
        )

    def _on_console(self, message) -> None:
        if message.type == "error":
            self.console_errors.append(message.text)

    def _on_address(self, url: str) -> bool:
        parts = urlsplit(url)
        here = parts.hostname in ("127.0.0.1", "localhost", "::1", None)
        if not here:
            self.outside_requests.append(url)
        return here

    def _on_request(self, route) -> None:
        route.continue_() if self._on_address(route.request.url) else route.abort()

    def _wait_for(self, condition: str, what: str, seconds: float) -> None:
        try:
            self.page.wait_for_function(condition, timeout=1000 * seconds)
        except TimeoutError:
            dialogs = self.page.locator(".jp-Dialog").all_inner_texts()
            shown = f"; a dialog is open: {dialogs}" if dialogs else ""
            raise AssertionError(f"waited {seconds:g} s for {what}{shown}") from None

    def run_all(self, seconds: float = PATIENCE) -> None:
        """Run all cells and wait for the end; it ends at the first cell that fails."""
        # The promise is kept, not awaited: with a dialog open it would never come back.
        self.page.evaluate(
            """() => {
              window.lastRun = "running";
              window.jupyterapp.commands.execute("notebook:run-all-cells")
                .then(() => { window.lastRun = "done"; })
                .catch((error) => { window.lastRun = `failed: ${error}`; });
            }"""
        )
        self._wait_for("() => window.lastRun !== 'running'", "the end of the run", seconds)
        ended = self.page.evaluate("() => window.lastRun")
        assert ended == "done", ended
        self.wait_until_idle(seconds)

    def wait_until_idle(self, seconds: float = PATIENCE) -> None:
        """Until the kernel has answered everything, a callback of a widget included."""
        # A reply to a request that queues behind them proves it; the status alone can lag.
        self.ask_kernel("None", seconds)

    def ask_kernel(self, expression: str, seconds: float = PATIENCE) -> str:
        """The repr of a Python expression in the notebook's kernel; no cell is touched."""
        reply = self.page.evaluate(
            """([expression, milliseconds]) => Promise.race([
              window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({
                code: "", silent: true, store_history: false, stop_on_error: false,
                user_expressions: { asked: expression },
              }).done.then((message) => message.content.user_expressions.asked),
              new Promise((_, late) => setTimeout(() => late("the kernel is busy"), milliseconds)),
            ])""",
            [expression, 1000 * seconds],
        )
        assert reply["status"] == "ok", reply
        return reply["data"]["text/plain"]

    def wait_for_value(self, expression: str, expected: str, seconds: float = PATIENCE) -> None:
        """Until an expression in the kernel has this repr.

        A widget holds a change back while the kernel is at work on the one before.
        """
        end = time.monotonic() + seconds
        while (found := self.ask_kernel(expression)) != expected:
            assert time.monotonic() < end, f"{expression} is {found}, expected {expected}"
            time.sleep(0.1)

    def run_source(self, source: str, seconds: float = PATIENCE) -> Locator:
        """Make `source` the notebook's last cell, alone below the others, and run it."""
        self.page.evaluate(
            """(source) => {
              const { content, context } = window.jupyterapp.shell.currentWidget;
              const model = context.model.sharedModel;
              model.deleteCellRange(1, model.cells.length);
              model.addCell({ cell_type: "code", source, metadata: { trusted: true } });
              content.activeCellIndex = 1;
              window.lastRun = window.jupyterapp.commands.execute("notebook:run-cell");
            }""",
            source,
        )
        self.wait_until_idle(seconds)
        return self.show_cell(1)

    def shut_down(self) -> None:
        """End the notebook's kernel."""
        self.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")

    def save(self) -> None:
        """Write the notebook to its file."""
        self.page.evaluate("() => window.jupyterapp.shell.currentWidget.context.save()")

    def model(self) -> dict:
        """The notebook as nbformat, with the outputs it has now."""
        return self.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.content.model.toJSON()"
        )

    def show_cell(self, index: int) -> Locator:
        """Scroll to a cell (counted from 0, Markdown included) and give its locator."""
        self.page.evaluate(
            "(i) => window.jupyterapp.shell.currentWidget.content.scrollToItem(i)", index
        )
        cell = self.page.locator(
            f'.jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell[data-windowed-list-index="{index}"]'
        )
        cell.wait_for()
        return cell

    def set_theme(self, theme: str) -> None:
        """`light` or `dark`, as the student sets it in Lab's menu."""
        name = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}[theme]
        command = "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', {theme})"
        self.page.evaluate(command, name)
        light = str(theme == "light").lower()
        self._wait_for(
            f"() => document.body.dataset.jpThemeLight === '{light}'",
            f"the {theme} theme",
            PATIENCE,
        )

    def problems(self) -> list[str]:
        """All that went wrong: in cells, in Output widgets, in the page, outside this machine."""
        found = []
        for index, cell in enumerate(self.model()["cells"]):
            outputs = cell.get("outputs", [])
            found += [f"cell {index}: {said}" for said in map(error_in, outputs) if said]
        in_widgets = json.loads(ast.literal_eval(self.ask_kernel(PROBE)))
        found += [f"in an Output widget: {error_in(output)}" for output in in_widgets]
        found += [f"in the page: {text}" for text in self.console_errors]
        found += [f"request to the outside: {url}" for url in self.outside_requests]
        return found


def error_in(output: dict) -> str | None:
    """The error that an output holds, in one line."""
    if output["output_type"] != "error":
        return None
    return f"{output['ename']}: {output['evalue']}"
