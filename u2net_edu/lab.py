"""`u2net-edu lab`: the course in JupyterLab, in the checkout or in a folder of the student's."""

import argparse
import hashlib
import importlib.util
import json
import os
import sys
from pathlib import Path

from .files import atomic_write

PACKAGE = Path(__file__).resolve().parent
FIRST = "notebooks/00_start_here.ipynb"
RECORD = ".u2net-edu.json"
"""In a student's folder: the digest of every file as it was copied there."""


def add_lab(commands) -> None:
    lab = commands.add_parser(
        "lab",
        help="open the course in JupyterLab",
        description="Open the course in JupyterLab. In a clone the notebooks are used where they "
        "lie; an installed package copies them to a folder of yours, where nothing that you "
        "changed is ever overwritten. All other arguments go to jupyter.",
        allow_abbrev=False,
    )
    lab.add_argument("--folder", type=Path, help="copy the notebooks here and open them here")
    lab.add_argument("--no-open", action="store_true", help="prepare the folder, start nothing")
    lab.set_defaults(run=run_lab, passes_on=True)


def run_lab(args: argparse.Namespace) -> int:
    """Prepare the folder and start JupyterLab in it; the exit status."""
    source = course_source()
    if args.folder is None and source == PACKAGE.parent:
        folder = source
    else:
        folder = (args.folder or Path("u2net-notebooks")).expanduser().resolve()
        copied, kept = copy_course(source, folder)
        print(f"{folder}: {copied} files copied.")
        for name in kept:
            print(f"  kept yours: {name} (rename it, and the course's own comes back)")
    if args.no_open:
        return 0
    if importlib.util.find_spec("jupyterlab") is None:
        print('JupyterLab is not installed: pip install "u2net-edu[lab]"', file=sys.stderr)
        return 1
    return start_lab(folder, source / "jupyter_config", args.rest)


def course_source() -> Path:
    """The folder that holds `notebooks`, `figures` and `jupyter_config`.

    A wheel carries them inside the package; in a checkout they lie beside it.
    """
    return PACKAGE if (PACKAGE / "notebooks").is_dir() else PACKAGE.parent


def copy_course(source: Path, folder: Path) -> tuple[int, list[str]]:
    """Copy notebooks and figures; a file that is not as it was copied is the student's and stays.

    Returns: how many files were written, and the names of those kept although ours differ.
    """
    record_path = folder / RECORD
    try:
        record = json.loads(record_path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        record = {}
    copied, kept = 0, []
    for file in course_files(source):
        name = file.relative_to(source).as_posix()
        content, target = file.read_bytes(), folder / name
        ours = digest(content)
        theirs = digest(target.read_bytes()) if target.exists() else None
        if theirs is not None and theirs not in (ours, record.get(name)):
            kept.append(name)
            continue
        if theirs != ours:
            with atomic_write(target) as temporary:
                temporary.write_bytes(content)
            copied += 1
        record[name] = ours
    with atomic_write(record_path) as temporary:
        temporary.write_text(json.dumps(record, indent=1), encoding="utf-8")
    return copied, kept


def course_files(source: Path) -> list[Path]:
    """Notebooks and figures; nothing that a system or JupyterLab hid among them."""
    found = [file for part in ("notebooks", "figures") for file in (source / part).rglob("*")]
    hidden = (any(part[0] == "." for part in file.relative_to(source).parts) for file in found)
    return sorted(file for file, hide in zip(found, hidden) if file.is_file() and not hide)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


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
