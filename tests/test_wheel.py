"""The wheel, installed alone outside the checkout: it has all it needs, and works there."""

import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

import u2net_edu

ROOT = Path(__file__).parent.parent
FORWARD = """
import torch, u2net_edu as u2
logits = u2.U2Net(u2.U2NET_CLASSROOM).eval()(torch.zeros(1, 3, 33, 50))
print(tuple(logits.fused.shape), len(logits.sides))
"""


def call(*command, **options) -> str:
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        list(map(str, command)), env=environment, capture_output=True, text=True, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = ["-m", "build", "--wheel", "--no-isolation", "--outdir", folder]
    call(sys.executable, *build, ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def bin_folder(wheel, tmp_path_factory) -> Path:
    """Of a new environment: the wheel and no checkout; other packages are those of the tests."""
    home = tmp_path_factory.mktemp("elsewhere") / "venv"
    venv.create(home, with_pip=True)
    folder = home / ("Scripts" if os.name == "nt" else "bin")
    python = folder / "python"
    call(python, "-m", "pip", "install", "--no-deps", "--no-index", wheel)
    # A path in a .pth is not searched for further .pth files, so that of the checkout stays unread.
    paths = sysconfig.get_paths()
    site = call(python, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])")
    lines = "\n".join({paths["purelib"], paths["platlib"]})
    (Path(site) / "packages_of_the_tests.pth").write_text(lines)
    return folder


def test_carries_the_course_and_nothing_else(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for part in ("notebooks", "figures", "jupyter_config", "u2net_edu"):
        for file in (ROOT / part).rglob("*"):
            relative = file.relative_to(ROOT).as_posix()
            if file.is_file() and not re.search(r"\.pyc$|/\.", relative):
                assert (relative if part == "u2net_edu" else f"u2net_edu/{relative}") in names
    roots = {name.split("/")[0] for name in names}
    assert roots == {"u2net_edu", f"u2net_edu-{u2net_edu.__version__}.dist-info"}
    assert not [name for name in names if "checkpoint" in name and name.endswith(".ipynb")]


def test_works_outside_the_checkout(bin_folder, tmp_path):
    ask = "import u2net_edu; print(u2net_edu.__file__)"
    where = call(bin_folder / "python", "-c", ask, cwd=tmp_path)
    assert Path(where).is_relative_to(bin_folder.parent)
    version = call(bin_folder / "u2net-edu", "--version", cwd=tmp_path)
    assert version == f"u2net-edu {u2net_edu.__version__}"
    assert call(bin_folder / "python", "-c", FORWARD, cwd=tmp_path) == "(1, 1, 33, 50) 6"


def test_gives_the_student_a_folder(bin_folder, tmp_path):
    said = call(bin_folder / "u2net-edu", "lab", "--no-open", cwd=tmp_path)
    folder = tmp_path / "u2net-notebooks"
    assert str(folder) in said
    for part in ("notebooks", "figures"):
        for file in (ROOT / part).glob("[!.]*.*"):
            assert (folder / part / file.name).read_bytes() == file.read_bytes()
    (folder / "notebooks" / "README.md").write_text("mine")
    said = call(bin_folder / "u2net-edu", "lab", "--no-open", cwd=tmp_path)
    assert "Files that you changed stay as they are: 1." in said
    assert (folder / "notebooks" / "README.md").read_text() == "mine"
