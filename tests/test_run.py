"""run.py: what it installs when, what it hands over, and what it says when a step fails."""

import ast
import importlib.util
import io
import json
import os
import re
import subprocess
import sys
from importlib.machinery import PathFinder
from pathlib import Path

import pytest

RUN = Path(__file__).parent.parent / "run.py"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """run.py as a module for a checkout in `tmp_path`, its steps recorded instead of run."""
    spec = importlib.util.spec_from_file_location("run_py", RUN)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "pyproject.toml").write_text("a")
    (tmp_path / "constraints.txt").write_text("b")
    venv = tmp_path / ".venv"
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", venv)
    monkeypatch.setattr(module, "PYTHON", venv / "bin" / "python")
    monkeypatch.setattr(module, "STAMP", venv / "u2net-edu.json")
    monkeypatch.setattr(module, "LOG", venv / "setup.log")
    module.real_venv_version, module.real_step = module.venv_version, module.step
    monkeypatch.setattr(module, "venv_version", lambda: "3.11")
    module.asked = []

    def succeeds(command):
        module.asked.append(command[1:])
        return True

    monkeypatch.setattr(module, "succeeds", succeeds)
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    module.steps = []

    def step(command, hint, env=None):
        module.steps.append(command)
        if "venv" in command:
            module.PYTHON.parent.mkdir(parents=True)
            module.PYTHON.touch()

    monkeypatch.setattr(module, "step", step)
    return module


def installs(run) -> list[str]:
    """What was asked for with --editable since the last look, without the folder."""
    found = [
        command[-1].removeprefix(str(run.ROOT)) for command in run.steps if "-e" in command[-2]
    ]
    run.steps.clear()
    return found


def test_installs_once_and_again_only_for_a_reason(run):
    run.prepare("lab")
    assert run.steps[0][1:3] == ["-m", "venv"]
    assert installs(run) == ["[lab]"]
    run.prepare("lab")
    assert run.steps == []

    run.prepare("test")  # an extra that is missing; .venv stays
    assert installs(run) == ["[test]"]
    run.prepare("lab")
    assert run.steps == []

    for name in ("pyproject.toml", "constraints.txt"):
        (run.ROOT / name).write_text("changed")
        run.prepare("lab")
        assert installs(run) == ["[test]"], name  # what tests need is kept


WEIGHTS = ["-m", "u2net_edu.cli", "weights"]


def test_the_authors_network_comes_with_the_set_up_and_is_missed_in_one_line(
    run, monkeypatch, capsys
):
    run.prepare("lab")
    assert run.asked.count(WEIGHTS) == 1
    assert "DUTS-TR, Apache-2.0" in capsys.readouterr().out
    run.prepare("lab")
    assert run.asked.count(WEIGHTS) == 1  # once; a lesson that starts waits for nothing
    (run.ROOT / "constraints.txt").write_text("changed")
    monkeypatch.setattr(run, "succeeds", lambda command: command[1:] != WEIGHTS)
    run.prepare("lab")
    [line] = [line for line in capsys.readouterr().out.splitlines() if "could not" in line]
    assert "classroom network" in line
    assert "`python run.py weights`" in line
    assert run.read_stamp() == run.wanted("lab")  # the set-up is done all the same


def test_an_interrupted_install_is_done_again(run, monkeypatch):
    run.prepare("lab")
    (run.ROOT / "constraints.txt").write_text("changed")
    recorded = run.step

    def interrupted(command, hint, env=None):
        sys.exit("interrupted")

    monkeypatch.setattr(run, "step", interrupted)
    with pytest.raises(SystemExit):
        run.prepare("lab")
    (run.ROOT / "constraints.txt").write_text("b")  # even when the old file comes back
    monkeypatch.setattr(run, "step", recorded)
    run.steps.clear()
    run.prepare("lab")
    assert installs(run) == ["[lab]"]


def test_a_damaged_stamp_is_no_stamp(run):
    run.prepare("lab")
    run.STAMP.write_text("{")
    run.steps.clear()
    run.prepare("lab")
    assert installs(run) == ["[lab]"]
    assert json.loads(run.STAMP.read_text())["extra"] == "lab"


def test_a_venv_without_pip_gets_one(run, monkeypatch):
    monkeypatch.setattr(run, "succeeds", lambda command: False)
    run.prepare("lab")
    assert [command[2] for command in run.steps[1:]] == ["ensurepip", "pip", "pip"]


def test_uv_is_used_where_there_is_one_unless_told_otherwise(run, monkeypatch):
    monkeypatch.setattr(run.shutil, "which", lambda name: "/usr/bin/uv")
    run.prepare("lab")
    assert {command[0] for command in run.steps} == {"/usr/bin/uv"}
    (run.ROOT / "pyproject.toml").write_text("changed")
    monkeypatch.setenv("U2NET_EDU_INSTALLER", "pip")
    run.steps.clear()
    run.prepare("lab")
    assert {command[0] for command in run.steps} == {str(run.PYTHON)}


@pytest.mark.parametrize("source", ["variable", "configuration"])
def test_uv_learns_where_pip_finds_links(run, monkeypatch, tmp_path, source):
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    if source == "variable":
        monkeypatch.setenv("PIP_FIND_LINKS", "/wheels /more")
    else:
        if PathFinder.find_spec("pip") is None:  # importing it would spoil distutils for torch
            pytest.skip("a .venv that uv made has no pip")
        (tmp_path / "pip.conf").write_text("[global]\nfind-links =\n  /wheels\n  /more\n")
    assert set(run.find_links()["UV_FIND_LINKS"].split(",")) >= {"/wheels", "/more"}


def test_a_venv_whose_python_is_gone_is_named(run):
    run.PYTHON.parent.mkdir(parents=True)
    run.PYTHON.write_text("not a program")
    with pytest.raises(SystemExit, match="does not start; delete that folder"):
        run.real_venv_version()


@pytest.mark.parametrize(
    ("command", "reason"),
    [([sys.executable, "-c", "raise SystemExit(3)"], "(3)"), (["no-such-program"], "no-such")],
)
def test_a_step_that_fails_says_which_and_what_to_do(run, command, reason):
    with pytest.raises(SystemExit) as ended:
        run.real_step(command, "do this.")
    message = ended.value.code
    assert message.startswith("run.py: failed")
    assert message.endswith(": do this.")
    assert reason in message
    assert "\n" not in message
    assert str(run.LOG) in message


NOISY = "for i in range(300): print('Collecting package', i)"


def test_what_the_installer_says_goes_into_the_log_and_not_on_the_screen(run, capfd):
    run.real_step([sys.executable, "-c", NOISY], "do this.")
    out, err = capfd.readouterr()
    assert "Collecting" not in out + err
    log = run.LOG.read_text()
    assert log.startswith("$ ")
    assert log.count("\nCollecting package") == 300


def test_a_failure_shows_the_last_lines_of_this_step_alone(run, capfd):
    run.real_step([sys.executable, "-c", "print('of the step before')"], "do this.")
    with pytest.raises(SystemExit):
        run.real_step([sys.executable, "-c", NOISY + "\nraise SystemExit('no disk')"], "do this.")
    out = capfd.readouterr().out
    assert "no disk" in out
    assert "package 299" in out
    assert "package 100" not in out
    assert len(out.splitlines()) == 8
    with pytest.raises(SystemExit):
        run.real_step([sys.executable, "-c", "raise SystemExit(1)"], "do this.")
    assert capfd.readouterr().out == ""


def test_a_terminal_gets_one_line_that_is_rewritten(run, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    class Slow:
        """A step that is asked three times before it is done."""

        asked = 0

        def wait(self, timeout):
            self.asked += 1
            if self.asked < 4:
                raise subprocess.TimeoutExpired("pip", timeout)
            return 0

    screen = Terminal()
    monkeypatch.setattr(run.sys, "stdout", screen)
    monkeypatch.setattr(run, "elapsed", lambda since: "1:23")
    run.LOG.parent.mkdir()
    run.LOG.write_text("Collecting torch\nDownloading torch (190 MB)\n\n")
    assert run.watch(Slow(), 0) == 0
    shown = screen.getvalue()
    assert "\n" not in shown
    assert shown.count("1:23  Downloading torch (190 MB)") == 3
    assert shown.endswith("\r")


def test_it_says_when_it_is_ready_and_how_long_it_took(run, capsys):
    run.prepare("lab")
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 4  # .venv, the packages, the authors' network, ready
    assert re.fullmatch(r"run.py: ready after \d+:\d\d", said[-1])
    run.prepare("lab")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "handed_over"),
    [
        (["lab", "--port", "1"], ["-m", "u2net_edu.cli", "lab", "--port", "1"]),
        (["test", "-q", "tests/test_run.py"], ["-m", "pytest", "-q", "tests/test_run.py"]),
        (["figures"], ["-m", "u2net_edu.cli", "figures"]),
        ([], ["-m", "u2net_edu.cli", "--help"]),
    ],
)
def test_arguments_pass_through(run, monkeypatch, arguments, handed_over):
    monkeypatch.chdir(Path.cwd())  # put back what main may change
    seen = []
    monkeypatch.setattr(run, "hand_over", seen.append)
    run.main(arguments)
    assert seen[0] == handed_over


@pytest.mark.skipif(os.name != "posix", reason="exec is how POSIX hands over")
def test_hands_over_its_exit_status(tmp_path):
    code = f"import runpy; m = runpy.run_path({str(RUN)!r}); f = m['hand_over']\n"
    code += "import sys; f.__globals__['PYTHON'] = sys.executable\n"
    code += "f(['-c', 'raise SystemExit(7)'])"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 7


def test_an_older_python_gets_one_sentence():
    code = f"import sys, runpy; sys.version_info = (3, 8, 1); runpy.run_path({str(RUN)!r})"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stderr == "run.py: this is Python 3.8; get 3.10 or newer (python.org).\n"


def test_an_older_python_can_read_the_file():
    source = RUN.read_text(encoding="ascii")  # Python 2 refuses other bytes
    new = (ast.JoinedStr, ast.Starred, ast.AnnAssign, ast.NamedExpr, ast.Nonlocal, ast.Match)
    for node in ast.walk(ast.parse(source)):
        assert not isinstance(node, new), ast.unparse(node)
        if isinstance(node, ast.Dict):
            assert None not in node.keys, "{**mapping}"
        if isinstance(node, ast.FunctionDef):
            annotations = [node.returns] + [argument.annotation for argument in node.args.args]
            assert annotations == [None] * len(annotations), node.name
