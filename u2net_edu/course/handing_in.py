"""What a student hands in: one small JSON file; no name is in it unless they write one."""

import hashlib
import json
import os
from pathlib import Path

from ..files import atomic_write, check_file
from . import record
from .guessing import first_of

FORMAT = "u2net-edu progress"
VERSION = 1


def export(path: str | os.PathLike, name: str = "") -> Path:
    """Write what a teacher may see of this student's progress; the path of the file.

    Raises: TypeError for a name that is no text; OSError.
    """
    if not isinstance(name, str):
        raise TypeError(f"name is a text, or left out; got {type(name).__name__}.")
    path = Path(path)
    check_file(path, "progress.json")
    with atomic_write(path) as temporary:
        text = json.dumps(handed_in(record.load(), name), indent=1, ensure_ascii=False)
        temporary.write_text(text + "\n", encoding="utf-8")
    return path


def handed_in(kept: dict, name: str = "") -> dict:
    """The content of the file, from what is kept of a student.

    `student` is the same in all files of one student and tells nothing else about them.
    """
    number = kept.get("seed", record.seed())
    return {
        "format": FORMAT,
        "version": VERSION,
        "student": hashlib.sha256(f"u2net-edu {number}".encode()).hexdigest()[:12],
        **({"name": name.strip()} if name.strip() else {}),
        "exercises": {
            name: _chosen(entry, ("attempts", "hints", "passed", "ideas"))
            for name, entry in kept["exercises"].items()
        },
        "guesses": {
            name: {**_chosen(entry, ("chosen", "right")), "first": first_of(entry)}
            for name, entry in kept["guesses"].items()
            if "chosen" in entry
        },
        "seconds": kept.get("seconds", {}),
    }


def _chosen(entry: dict, keys: tuple[str, ...]) -> dict:
    return {key: entry[key] for key in keys if key in entry}
