"""Where the package keeps its files, and that a file is written whole or not at all."""

import os
import sys
from pathlib import Path

import pytest

from u2net_edu.files import HOME_VARIABLE, atomic_write, home


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {}, "~/.local/share/u2net_edu"),
        ("linux", {"XDG_DATA_HOME": "/data"}, "/data/u2net_edu"),
        ("darwin", {"XDG_DATA_HOME": "/data"}, "~/Library/Application Support/u2net_edu"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/u2net_edu"),
        ("win32", {}, "~/AppData/Local/u2net_edu"),
        ("linux", {HOME_VARIABLE: "/mine"}, "/mine"),
        ("win32", {HOME_VARIABLE: "~/mine", "LOCALAPPDATA": "/local"}, "~/mine"),
        ("linux", {HOME_VARIABLE: ""}, "~/.local/share/u2net_edu"),
    ],
)
def test_home(monkeypatch, platform, environment, expected):
    for name in (HOME_VARIABLE, "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert home() == Path(expected).expanduser()


def test_home_creates_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "new"))
    assert not home().exists()


def test_writes_into_place_and_makes_folders(tmp_path):
    path = tmp_path / "a" / "b" / "file.txt"
    with atomic_write(path) as temporary:
        assert temporary.parent == path.parent  # one file system, so that the move is one step
        assert temporary.suffix == ".txt"
        temporary.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "file.txt"
    path.write_text("old")

    def write_half() -> None:
        with atomic_write(path) as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(error):
        write_half()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_two_writers_do_not_meet(tmp_path):
    path = tmp_path / "file.txt"
    with atomic_write(path) as first, atomic_write(path) as second:
        assert first != second
        first.write_text("first")
        second.write_text("second")
    assert path.read_text() == "first"  # the outer one ends last
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")
@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_a_file_has_the_rights_that_the_user_gives_new_files(tmp_path, mask):
    before = os.umask(mask)
    try:
        with atomic_write(tmp_path / "file.txt") as temporary:
            temporary.write_text("x")
        assert os.umask(mask) == mask  # as it was
    finally:
        os.umask(before)
    assert (tmp_path / "file.txt").stat().st_mode & 0o777 == 0o666 & ~mask
