"""`u2net-edu lab`: what it copies, what it leaves alone, and what JupyterLab is told."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from u2net_edu.cli import main
from u2net_edu.course import lab

ROOT = Path(__file__).parents[2]


@pytest.fixture
def source(tmp_path):
    """A course of two notebooks and a figure, as a wheel would carry it."""
    root = tmp_path / "package"
    for name, text in [
        ("notebooks/00_start_here.ipynb", "first"),
        ("notebooks/01_more.ipynb", "second"),
        ("notebooks/.ipynb_checkpoints/00.ipynb", "left behind"),
        ("figures/u.png", "picture"),
    ]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_copies_all_that_is_not_hidden(source, tmp_path):
    folder = tmp_path / "mine"
    assert lab.copy_course(source, folder) == (3, [], {})
    assert lab.copy_course(source, folder) == (0, [], {})
    found = {file.relative_to(folder).as_posix() for file in folder.rglob("*.*")}
    assert "notebooks/.ipynb_checkpoints/00.ipynb" not in found
    assert found >= {"notebooks/00_start_here.ipynb", "notebooks/01_more.ipynb", "figures/u.png"}


def test_a_changed_file_stays_and_an_unchanged_one_is_brought_up_to_date(source, tmp_path):
    folder = tmp_path / "mine"
    lab.copy_course(source, folder)
    (folder / "notebooks/01_more.ipynb").write_text("my answers")
    (source / "notebooks/00_start_here.ipynb").write_text("first, revised")
    (source / "notebooks/01_more.ipynb").write_text("second, revised")

    mine, new = "notebooks/01_more.ipynb", "notebooks/01_more.new.ipynb"
    assert lab.copy_course(source, folder) == (2, [mine], {mine: new})
    assert (folder / "notebooks/00_start_here.ipynb").read_text() == "first, revised"
    assert (folder / mine).read_text() == "my answers"
    assert (folder / new).read_text() == "second, revised"
    # and again: the record must not take what was kept for ours, and nothing comes twice
    assert lab.copy_course(source, folder) == (0, [mine], {})
    assert (folder / mine).read_text() == "my answers"


def test_what_a_student_changed_brings_nothing_as_long_as_ours_stays_the_same(source, tmp_path):
    folder = tmp_path / "mine"
    lab.copy_course(source, folder)
    (folder / "notebooks/01_more.ipynb").write_text("my answers")
    assert lab.copy_course(source, folder) == (0, ["notebooks/01_more.ipynb"], {})
    assert sorted(p.name for p in (folder / "notebooks").iterdir()) == [
        "00_start_here.ipynb",
        "01_more.ipynb",
    ]


def test_every_new_version_comes_once_and_overwrites_nothing_that_was_changed(source, tmp_path):
    folder = tmp_path / "mine"
    lab.copy_course(source, folder)
    mine, new = "notebooks/01_more.ipynb", "notebooks/01_more.new.ipynb"
    (folder / mine).write_text("my answers")
    versions = {}
    for text, work in [("2", None), ("3", "worked in 3"), ("4", None), ("4", None), ("5", None)]:
        (source / mine).write_text(text)
        versions[text] = lab.copy_course(source, folder).beside.get(mine, versions.get(text))
        if work:
            (folder / versions[text]).write_text(work)
    assert versions == {
        "2": new,
        "3": new,  # the second was never touched: its place is free
        "4": "notebooks/01_more.new-2.ipynb",
        "5": "notebooks/01_more.new-2.ipynb",
    }
    assert (folder / mine).read_text() == "my answers"
    assert (folder / new).read_text() == "worked in 3"
    assert (folder / versions["5"]).read_text() == "5"
    assert not (folder / "notebooks/01_more.new-3.ipynb").exists()


def test_a_file_of_the_students_with_such_a_name_stays(source, tmp_path):
    folder = tmp_path / "mine"
    lab.copy_course(source, folder)
    (folder / "notebooks/01_more.ipynb").write_text("my answers")
    (folder / "notebooks/01_more.new.ipynb").write_text("mine too")
    (source / "notebooks/01_more.ipynb").write_text("second, revised")
    beside = lab.copy_course(source, folder).beside
    assert beside == {"notebooks/01_more.ipynb": "notebooks/01_more.new-2.ipynb"}
    assert (folder / "notebooks/01_more.new.ipynb").read_text() == "mine too"


@pytest.mark.parametrize("record", [None, "{", "{}"])
def test_without_a_record_every_file_that_differs_is_the_students(source, tmp_path, record):
    folder = tmp_path / "mine"
    lab.copy_course(source, folder)
    (folder / lab.RECORD).unlink()
    if record is not None:
        (folder / lab.RECORD).write_text(record)
    (source / "figures/u.png").write_text("another picture")
    assert lab.copy_course(source, folder) == (0, ["figures/u.png"], {})


def test_a_deleted_file_comes_back(source, tmp_path):
    folder = tmp_path / "mine"
    lab.copy_course(source, folder)
    (folder / "figures/u.png").unlink()
    assert lab.copy_course(source, folder) == (1, [], {})


def test_the_originals_are_used_where_they_are(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert lab.course_source() == ROOT
    assert main(["lab", "--no-open", "--originals"]) == 0
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr().out == ""


def test_in_a_clone_the_student_gets_a_copy_that_git_does_not_see(source, monkeypatch, capsys):
    """`source` is laid out as a clone: notebooks beside the package."""
    monkeypatch.setattr(lab, "PACKAGE", source / "u2net_edu")
    assert main(["lab", "--no-open"]) == 0
    mine = source / lab.MINE
    assert (mine / "notebooks/00_start_here.ipynb").read_text() == "first"
    assert f"{mine} (3 files copied)" in capsys.readouterr().out

    (mine / "notebooks/00_start_here.ipynb").write_text("my answers")
    (source / "notebooks/00_start_here.ipynb").write_text("first, revised")
    assert main(["lab", "--no-open"]) == 0
    said = capsys.readouterr().out
    assert "new version of notebooks/00_start_here.ipynb" in said
    assert "notebooks/00_start_here.new.ipynb" in said
    assert (source / "notebooks/00_start_here.ipynb").read_text() == "first, revised"

    ignored = ["git", "-C", str(ROOT), "check-ignore", "-q", f"{lab.MINE}/notebooks/a.ipynb"]
    if (ROOT / ".git").exists():
        assert subprocess.run(ignored).returncode == 0


def test_a_folder_and_the_originals_exclude_each_other(capsys):
    with pytest.raises(SystemExit):
        main(["lab", "--no-open", "--originals", "--folder", "x"])
    assert "not allowed with" in capsys.readouterr().err


def test_defaults_give_way_to_what_the_user_says(tmp_path):
    folder = tmp_path / "course"
    (folder / "notebooks").mkdir(parents=True)
    arguments = lab.lab_arguments(folder, ["--port", "9999"])
    assert arguments[-2:] == ["--port", "9999"]
    assert f"--ServerApp.root_dir={folder}" in arguments
    assert "--LabApp.default_url=/lab/tree/notebooks" in arguments
    (folder / lab.FIRST).touch()
    assert f"--LabApp.default_url=/lab/tree/{lab.FIRST}" in lab.lab_arguments(folder, [])
    for own in ("--ServerApp.root_dir=/x", "--notebook-dir=/x"):
        arguments = lab.lab_arguments(folder, [own, "--LabApp.default_url=/lab"])
        assert [a for a in arguments if a != "--allow-root"] == [own, "--LabApp.default_url=/lab"]


def test_only_lab_passes_unknown_arguments_on(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert main(["lab", "--no-open", "--originals", "--port", "9999"]) == 0
    with pytest.raises(SystemExit):
        main(["--no-such-option"])


def test_without_jupyterlab_it_says_what_to_install(capsys, monkeypatch):
    monkeypatch.setattr(lab.importlib.util, "find_spec", lambda name: None)
    assert main(["lab", "--originals"]) == 1
    assert 'pip install "u2net-edu[lab]"' in capsys.readouterr().err


def test_it_starts_quiet_and_at_the_first_notebook(tmp_path):
    """The real thing, over HTTP: no extension manager, no news, the course at the first click."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
        "JUPYTER_DATA_DIR": str(tmp_path / "data"),
        "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"),
        "JUPYTER_TOKEN": "secret",
    }
    command = [sys.executable, "-m", "u2net_edu.cli", "lab", "--folder", str(tmp_path / "course")]
    command += ["--no-browser", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    log = tmp_path / "log"
    with log.open("w") as output:
        server = subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=output, stderr=subprocess.STDOUT
        )

    def get(path: str) -> tuple[str, str]:
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
        request.add_header("Authorization", "token secret")
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.url, answer.read().decode()

    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                url, page = get("/")
                break
            except (urllib.error.URLError, ConnectionError):
                assert server.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.1)
        first = (tmp_path / "course" / lab.FIRST).exists()
        assert url.endswith(f"/lab/tree/{lab.FIRST}" if first else "/lab/tree/notebooks")
        config = re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.DOTALL)[1]
        assert json.loads(config)["extensionManager"]["can_install"] is False
        settings = get("/lab/api/settings/@jupyterlab/apputils-extension:notification")[1]
        assert json.loads(settings)["schema"]["properties"]["fetchNews"]["default"] == "false"
        listed = json.loads(get("/api/contents/notebooks")[1])["content"]
        assert "README.md" in {entry["name"] for entry in listed}
    finally:
        server.terminate()
        server.wait(PATIENCE)
