"""`progress`: what the student has done so far, in every notebook."""

import os
from dataclasses import dataclass
from html import escape
from pathlib import Path

from . import record
from .card import Card, html_card, inline
from .exercises import LESSONS
from .handing_in import export


@dataclass(frozen=True)
class Line:
    """One exercise or guess, and how it stands."""

    lesson: str
    name: str
    task: str
    sign: str
    state: str


class Progress(tuple):
    """The lines of all lessons; prints as text, shows as a table a lesson, those begun unfolded."""

    def __str__(self) -> str:
        lines = [self._summary()]
        for lesson in LESSONS:
            lines += [
                lesson,
                *(f"  {x.sign} {x.name}: {x.task} ({x.state})" for x in self._of(lesson)),
            ]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        parts = ""
        for lesson in LESSONS:
            lines = self._of(lesson)
            rows = ""
            for line in lines:
                cells = (f"{line.sign} `{line.name}`", line.task, line.state)
                rows += "<tr>" + "".join(f"<td>{inline(cell)}</td>" for cell in cells) + "</tr>"
            done = sum(line.sign == "✓" for line in lines)
            unfinished = any(line.sign != "○" for line in lines) and done < len(lines)
            parts += (
                f"<details{' open' if unfinished else ''}><summary>{escape(lesson)}: "
                f"{done} of {len(lines)}</summary><table>{rows}</table></details>"
            )
        where = f"<p>Kept in <code>{escape(str(record.record_file()))}</code>. To hand it in: "
        where += '<code>u2.progress().export("progress.json", name="")</code>.</p>'
        return html_card("muted", self._summary(), parts + where)

    def forget(self) -> Card:
        """Begin anew. The old file is kept beside the new one."""
        kept = record.forget()
        text = f"The old progress is in `{kept}`." if kept else "There was nothing to forget."
        return Card("muted", "○", "A new beginning.", (text,))

    def export(self, path: str | os.PathLike, name: str = "") -> Path:
        """Write a file to hand in; your name is in it only if you give it. Gives its path.

        Raises: TypeError for a name that is no text; OSError.
        """
        return export(path, name)

    def _of(self, lesson: str) -> list[Line]:
        return [line for line in self if line.lesson == lesson]

    def _summary(self) -> str:
        done = sum(line.sign == "✓" for line in self)
        return f"Your progress: {done} of {len(self)} right."


def progress() -> Progress:
    """Show which exercises are passed and which guesses made, in all notebooks.

    `.forget()` begins anew; `.export(path)` writes a file for the teacher.
    """
    kept = record.load()
    lines = []
    for title, lesson in LESSONS.items():
        for question in lesson.QUESTIONS:
            state = _guess_state(kept["guesses"].get(question.name, {}))
            lines.append(Line(title, question.name, "a guess", *state))
        for exercise in lesson.EXERCISES:
            state = _exercise_state(kept["exercises"].get(exercise.name, {}))
            lines.append(Line(title, exercise.name, exercise.task, *state))
    return Progress(lines)


def _guess_state(entry: dict) -> tuple[str, str]:
    if "chosen" not in entry:
        return "○", "not guessed yet"
    return ("✓", "guessed right") if entry.get("right") else ("≠", "guessed, and learnt")


def _exercise_state(entry: dict) -> tuple[str, str]:
    attempts, hints = entry.get("attempts", 0), entry.get("hints", 0)
    tries = f"{attempts} {'try' if attempts == 1 else 'tries'}"
    if hints:
        tries += f", {hints} {'hint' if hints == 1 else 'hints'}"
    if entry.get("passed"):
        return "✓", f"passed, {tries}"
    return ("≠", f"begun, {tries}") if attempts else ("○", "not begun")
