"""Students' files, read one by one: a bad one is listed with its reason and stops none of the rest.

Nothing in a file is believed: numbers are checked, texts stay texts, what is unknown is left out.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import record
from ..handing_in import FORMAT, VERSION, handed_in

LARGEST = 2_000_000
"""Bytes. A whole course takes some 50,000."""
LONGEST_NAME = 60


@dataclass(frozen=True)
class Try:
    """What one student did about one exercise."""

    attempts: int = 0
    hints: int = 0
    passed: bool = False
    ideas: tuple[str, ...] = ()
    """The misconceptions that a check named, the last named last."""

    @property
    def held(self) -> str:
        """The idea that their last named answer came from, if they have not passed since."""
        return "" if self.passed or not self.ideas else self.ideas[-1]


@dataclass(frozen=True)
class Guessed:
    """What one student ticked, first and last."""

    first: str
    last: str


@dataclass(frozen=True)
class Student:
    """One student's file."""

    file: str
    key: str
    name: str = ""
    exercises: dict[str, Try] = field(default_factory=dict)
    guesses: dict[str, Guessed] = field(default_factory=dict)
    seconds: dict[str, int] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """How much is in the file: of two files of one student the later has more."""
        return sum(one.attempts + one.hints for one in self.exercises.values()) + len(self.guesses)


@dataclass(frozen=True)
class Handed:
    """A whole class, and the files that are not in it: (file, reason)."""

    students: tuple[Student, ...]
    left_out: tuple[tuple[str, str], ...]


class _Foreign(ValueError):
    """A file that is none of ours, with the reason."""


def read_class(paths: Iterable[str | os.PathLike]) -> Handed:
    """Read the files that students exported; a folder stands for the `.json` files in it.

    Of several files of one student the fullest counts. Raises nothing for bad files: they are in
    `left_out`, each with what is wrong. Raises: ValueError if no path is given.
    """
    files = [file for path in paths for file in _files(Path(path))]
    if not files:
        raise ValueError(
            "expected the files that students exported, or a folder of them; got none."
        )
    students: dict[str, Student] = {}
    left_out = []
    for file in dict.fromkeys(files):
        try:
            found = _student(file)
        except _Foreign as error:
            left_out.append((str(file), str(error)))
            continue
        before = students.get(found.key)
        kept, other = (before, found) if before and before.done >= found.done else (found, before)
        if other:
            left_out.append((other.file, f"the same student as {kept.file}, which holds more"))
        students[found.key] = kept
    return Handed(tuple(students.values()), tuple(left_out))


def _files(path: Path) -> list[Path]:
    return sorted(path.glob("*.json")) if path.is_dir() else [path]


def _student(file: Path) -> Student:
    data = _data(file)
    if "format" not in data and record.is_record(data) and "seed" in data:
        data = handed_in(data)  # the file in which progress is kept, handed in as it is
    if data.get("format") != FORMAT:
        raise _Foreign('no file of `u2net-edu progress --export` (its "format" is another)')
    version = data.get("version")
    if type(version) is not int or not 1 <= version <= VERSION:
        raise _Foreign(f"of version {version!r:.20}; this course reads 1 to {VERSION}: update it")
    key = data.get("student")
    if not isinstance(key, str) or not key:
        raise _Foreign('damaged: it does not say which student it is of ("student")')
    return Student(
        file=str(file),
        key=key,
        name=_text(data.get("name"), LONGEST_NAME),
        exercises={name: _try(entry) for name, entry in _entries(data, "exercises")},
        guesses={
            name: Guessed(_text(_dict(entry.get("first")).get("chosen")) or chosen, chosen)
            for name, entry in _entries(data, "guesses")
            if (chosen := _text(entry.get("chosen")))
        },
        seconds={name: _count(n) for name, n in _dict(data.get("seconds")).items()},
    )


def _data(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > LARGEST:
            raise _Foreign(f"larger than {LARGEST:,} bytes: no file of progress")
        data = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise _Foreign(f"could not be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, _Foreign):
            raise
        raise _Foreign("no JSON: damaged, or another kind of file") from error
    if not isinstance(data, dict):
        raise _Foreign("JSON, but no file of progress")
    return data


def _entries(data: dict, section: str) -> list[tuple[str, dict]]:
    found = data.get(section)
    if not isinstance(found, dict):
        raise _Foreign(f'damaged: its "{section}" are missing')
    return [(name, entry) for name, entry in found.items() if isinstance(entry, dict)]


def _try(entry: dict) -> Try:
    ideas = entry.get("ideas")
    texts = [_text(idea) for idea in ideas] if isinstance(ideas, list) else []
    return Try(
        _count(entry.get("attempts")),
        _count(entry.get("hints")),
        entry.get("passed") is True,
        tuple(text for text in texts if text),
    )


def _dict(value: Any) -> dict:
    return value if isinstance(value, dict) else {}


def _count(value: Any) -> int:
    return value if type(value) is int and 0 <= value < 10**6 else 0


def _text(value: Any, longest: int = 1000) -> str:
    """A text on one line, no longer than that; "" for anything else."""
    words = value if isinstance(value, str) else ""
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())[:longest]
