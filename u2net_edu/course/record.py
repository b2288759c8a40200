"""The student's progress: one small JSON file in the student's own folder.

Several notebooks may be open at once, so it is read and written under a lock. A file that cannot be
read is set aside, never overwritten. Where nothing can be written, the course goes on without a
memory and says so.
"""

import contextlib
import json
import os
import random
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from ..files import atomic_write, home

VERSION = 1
PAUSE = 600
"""Seconds: whoever does nothing for longer has left, and what is longer does not count as work."""


def record_file() -> Path:
    return home() / "progress.json"


def load() -> dict:
    """{"version", "exercises": {name: {…}}, "guesses": {name: {…}}}; empty where there is none."""
    try:
        found = json.loads(record_file().read_text(encoding="utf-8"))
    except OSError:
        return _empty()
    except (ValueError, RecursionError):  # not JSON, not even text, or lists in lists without end
        found = None
    if is_record(found):
        return found
    _set_aside()
    return _empty()


def update(section: str, name: str, **changes) -> str:
    """Write what changed about one exercise or guess. Gives "" or why it could not be kept."""
    return change(section, name, lambda entry: changes)


def change(section: str, name: str, changes: Callable[[dict], dict]) -> str:
    """As `update`, where what changes depends on what is written: `changes(entry)`.

    Nobody else writes in between. `changes` is called once, also where nothing can be kept.
    """
    try:
        with _alone():
            record = load()
            entry = record[section].setdefault(name, {})
            entry.update(changes(dict(entry)))
            _count_seconds(record, name)
            _write(record)
    except _Unwritten as error:
        if error.early:
            changes(dict(load()[section].get(name, {})))
        return f"Your progress could not be saved in {record_file()}: {error}."
    return ""


def seed() -> int:
    """A number that is this student's own and stays the same, here or by the folder's name."""
    kept = load().get("seed")
    if isinstance(kept, int):
        return kept
    try:
        with _alone():
            record = load()
            if not isinstance(record.get("seed"), int):
                record["seed"] = random.SystemRandom().randrange(1, 2**31)
                _write(record)
            return record["seed"]
    except _Unwritten:
        return zlib.crc32(str(record_file()).encode())


def _count_seconds(record: dict, name: str) -> None:
    """Add the time since whatever was written last to what this exercise or guess has taken."""
    now, last, spent = round(time.time()), record.get("last"), record.get("seconds")
    since = min(max(now - last, 0), PAUSE) if type(last) is int else 0
    seconds = spent if isinstance(spent, dict) else {}
    before = seconds.get(name)
    seconds[name] = (before if type(before) is int else 0) + since
    record.update(last=now, seconds=seconds)


class _Unwritten(Exception):
    """Nothing was written: `early` where there was not even a lock to be had."""

    def __init__(self, error: OSError, early: bool):
        super().__init__(error.strerror or str(error))
        self.early = early


def _write(record: dict) -> None:
    try:
        with atomic_write(record_file()) as temporary:
            text = json.dumps(record, indent=1, ensure_ascii=False, sort_keys=True)
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _Unwritten(error, early=False) from error


_here = threading.RLock()


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Wait until no other thread, and no other notebook, is at the record; keep them out."""
    path = record_file().with_name(".progress.lock")
    with _here:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise _Unwritten(error, early=True) from error
        try:
            with contextlib.suppress(OSError):  # a disk without locks
                _lock(handle)
            yield
        finally:
            os.close(handle)  # which unlocks it, as the end of a process does


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        """Wait for the file's lock. Windows gives up after ten seconds; so ask again."""
        while True:
            try:
                return msvcrt.locking(handle, msvcrt.LK_LOCK, 1)
            except OSError as error:
                if error.errno != 36:  # EDEADLOCK: somebody else still has it
                    raise
else:
    import fcntl

    def _lock(handle: int) -> None:
        """Wait for the file's lock."""
        fcntl.flock(handle, fcntl.LOCK_EX)


def forget() -> Path | None:
    """Begin anew; the old file is kept beside the new one, and its path returned."""
    try:
        with _alone():
            return _set_aside() if record_file().exists() else None
    except _Unwritten:
        return None


def _empty() -> dict:
    return {"version": VERSION, "exercises": {}, "guesses": {}}


def is_record(found) -> bool:
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
