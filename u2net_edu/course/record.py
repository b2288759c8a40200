"""The student's progress: one small JSON file in the student's own folder.

A file that cannot be read is set aside, never overwritten. Where nothing can be written, the course
goes on without a memory and says so.
"""

import json
import os
from pathlib import Path

from ..files import atomic_write, home

VERSION = 1


def record_file() -> Path:
    return home() / "progress.json"


def load() -> dict:
    """{"version", "exercises": {name: {…}}, "guesses": {name: {…}}}; empty where there is none."""
    try:
        found = json.loads(record_file().read_text(encoding="utf-8"))
    except OSError:
        return _empty()
    except ValueError:  # not JSON, or not even text
        found = None
    if _is_record(found):
        return found
    _set_aside()
    return _empty()


def update(section: str, name: str, **changes) -> str:
    """Write what changed about one exercise or guess. Gives "" or why it could not be kept."""
    record = load()
    record[section].setdefault(name, {}).update(changes)
    try:
        with atomic_write(record_file()) as temporary:
            text = json.dumps(record, indent=1, ensure_ascii=False, sort_keys=True)
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        return f"Your progress could not be saved in {record_file()}: {error.strerror or error}."
    return ""


def forget() -> Path | None:
    """Begin anew; the old file is kept beside the new one, and its path returned."""
    return _set_aside() if record_file().exists() else None


def _empty() -> dict:
    return {"version": VERSION, "exercises": {}, "guesses": {}}


def _is_record(found) -> bool:
    return (
        isinstance(found, dict)
        and found.get("version") == VERSION
        and all(
            isinstance(found.get(section), dict)
            and all(isinstance(entry, dict) for entry in found[section].values())
            for section in ("exercises", "guesses")
        )
    )


def _set_aside() -> Path | None:
    old = record_file()
    number = 1
    while (kept := old.with_name(f"progress-old-{number}.json")).exists():
        number += 1
    try:
        os.replace(old, kept)
    except OSError:
        return None
    return kept
