"""Where the package keeps files of its own, and how it writes any file: whole or not at all."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOME_VARIABLE = "U2NET_EDU_HOME"


def home() -> Path:
    """The folder for downloaded weights and the student's progress; not created here.

    `U2NET_EDU_HOME` names it; without it, the system's usual place for an application's data.
    """
    chosen = os.environ.get(HOME_VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "u2net_edu"


def check_file(path: str | os.PathLike, such_as: str) -> None:
    """Find out, before any work, whether a file can be written there; nothing is made.

    Raises: IsADirectoryError, NotADirectoryError, PermissionError.
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(
            f"{path} is a folder; expected the name of a file, such as {path / such_as}."
        )
    check_folder(path.parent)


def check_folder(path: str | os.PathLike) -> None:
    """The same for files in a folder, which need not be there yet."""
    path = Path(path)
    there = next((place for place in (path, *path.parents) if os.path.lexists(place)), Path())
    if not there.is_dir():
        raise NotADirectoryError(f"{there} is a file; expected a folder: name another place.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise PermissionError(f"nothing can be written in {there}: name another folder.")


@contextmanager
def atomic_write(path: str | os.PathLike) -> Iterator[Path]:
    """Give a temporary path beside `path` to write to; move it into place when all went well.

    Whoever reads `path` sees the old file or the whole new one, never a half. On an error the
    temporary file is removed and the old file stays.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp, and some libraries that write, make the file private; a file that a user asked
        # for gets the usual rights.
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
