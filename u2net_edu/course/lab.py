"""Open a student's own copy of the course in JupyterLab, or the originals."""

import hashlib
import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import NamedTuple

from ..files import atomic_write

PACKAGE = Path(__file__).resolve().parents[1]
FIRST = "notebooks/00_start_here.ipynb"
RECORD = ".u2net-edu.json"
"""In a student's folder: the digest of every file as we last wrote it there."""
MINE = "my-course"
"""The student's folder in a clone; git ignores it. Elsewhere it is `u2net-notebooks`."""


class Copied(NamedTuple):
    """What `copy_course` did."""

    files: int
    """How many files it wrote."""
    kept: list[str]
    """Names of files that are the student's and that it left alone although ours differ."""
    beside: dict[str, str]
    """New versions of such notebooks, and the names under which they were written beside them."""


def open_course(
    folder: Path | None, rest: list[str], *, originals: bool = False, start: bool = True
) -> int:
    """Prepare the folder and start JupyterLab in it; return the exit status.

    Args:
        folder: where the student's copy is kept; None is the usual place.
        rest: arguments for jupyter.
        originals: open the notebooks of the clone or the package themselves.
        start: False prepares the folder alone.
    """
    source = course_source()
    if originals:
        folder = source
    else:
        folder = (folder or own_folder(source)).expanduser().resolve()
        tell(folder, copy_course(source, folder))
    if not start:
        return 0
    if importlib.util.find_spec("jupyterlab") is None:
        print('JupyterLab is not installed: pip install "u2net-edu[lab]"', file=sys.stderr)
        return 1
    return start_lab(folder, source / "jupyter_config", rest)


def own_folder(source: Path) -> Path:
    """Return where the student's copy is kept unless `--folder` says otherwise."""
    return source / MINE if source == PACKAGE.parent else Path("u2net-notebooks")


def tell(folder: Path, copied: Copied) -> None:
    """Say where the copy is, and which new versions came."""
    print(f"Your copy of the course is in {folder} ({copied.files} files copied).")
    if copied.kept:
        print(f"  Files that you changed stay as they are: {len(copied.kept)}.")
    for name, new in copied.beside.items():
        print(f"  There is a new version of {name}. Yours stays as it is; the new one is {new}.")


def course_source() -> Path:
    """The folder that holds `notebooks`, `figures` and `jupyter_config`.

    A wheel carries them inside the package; in a checkout they lie beside it.
    """
    return PACKAGE if (PACKAGE / "notebooks").is_dir() else PACKAGE.parent


def copy_course(source: Path, folder: Path) -> Copied:
    """Copy notebooks and figures; leave alone every file that the student has changed.

    A file is the student's if it is not as we last wrote it. If ours has changed since, a notebook
    comes beside theirs, as `NAME.new.ipynb`, once for each new version.
    """
    record_path = folder / RECORD
    try:
        record = json.loads(record_path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        record = {}
    files, kept, beside = 0, [], {}
    for file in course_files(source):
        name = file.relative_to(source).as_posix()
        content, target = file.read_bytes(), folder / name
        ours, theirs = digest(content), digest_of(target)
        if theirs is not None and theirs not in (ours, record.get(name)):
            kept.append(name)
            new = new_name(folder, name, ours, record)
            if new is None:
                continue
            beside[name] = name = new
            target = folder / new
            theirs = digest_of(target)
        if theirs != ours:
            with atomic_write(target) as temporary:
                temporary.write_bytes(content)
            files += 1
        record[name] = ours
    with atomic_write(record_path) as temporary:
        temporary.write_text(json.dumps(record, indent=1), encoding="utf-8")
    return Copied(files, kept, beside)


def new_name(folder: Path, name: str, ours: str, record: dict[str, str]) -> str | None:
    """Return the name under which this version of a notebook comes beside the student's.

    None if it is no notebook, or if the student has this version already: as the file that they
    changed, or beside it. Another version's place is taken again only if they left it as it was.
    """
    stem, suffix = name[: -len(".ipynb")], ".ipynb"
    if not name.endswith(suffix) or record.get(name) == ours:
        return None
    places = [f"{stem}.new{suffix}"]
    while places[-1] in record or (folder / places[-1]).exists():
        places.append(f"{stem}.new-{len(places) + 1}{suffix}")
    if any(record.get(place) == ours for place in places):
        return None
    unchanged = (p for p in places if digest_of(folder / p) in (None, record.get(p)))
    return next(unchanged)


def course_files(source: Path) -> list[Path]:
    """Notebooks and figures; nothing that a system or JupyterLab hid among them."""
    found = [file for part in ("notebooks", "figures") for file in (source / part).rglob("*")]
    hidden = (any(part[0] == "." for part in file.relative_to(source).parts) for file in found)
    return sorted(file for file, hide in zip(found, hidden) if file.is_file() and not hide)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def digest_of(file: Path) -> str | None:
    """Return the digest of a file's content; None if there is no such file."""
    return digest(file.read_bytes()) if file.exists() else None


def start_lab(folder: Path, config: Path, rest: list[str]) -> int:
    """JupyterLab in this process, quiet, at the first notebook; what `rest` says wins."""
    from jupyterlab.labapp import LabApp

    others = os.environ.get("JUPYTER_CONFIG_PATH")
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, [str(config), others]))
    LabApp.launch_instance(lab_arguments(folder, rest))
    return 0


def lab_arguments(folder: Path, rest: list[str]) -> list[str]:
    """`rest`, and our defaults for what it does not say.

    The root is the folder above the notebooks, so that they can show `../figures`.
    """
    asked = {word.split("=")[0] for word in rest}
    arguments = []
    if not asked & {"--ServerApp.root_dir", "--notebook-dir"}:
        arguments.append(f"--ServerApp.root_dir={folder}")
    if "--LabApp.default_url" not in asked:
        page = f"/lab/tree/{FIRST}" if (folder / FIRST).exists() else "/lab/tree/notebooks"
        arguments.append(f"--LabApp.default_url={page}")
    if hasattr(os, "geteuid") and os.geteuid() == 0 and "--allow-root" not in asked:
        arguments.append("--allow-root")  # a container: Jupyter would only ask for this word
    return arguments + rest
