"""The page itself: one file without a script, which opens from disk and can be printed."""

import html
import os
from collections.abc import Sequence
from pathlib import Path

from ...files import atomic_write, check_file
from ..card import inline
from ..exercises import LESSONS
from .counting import ExerciseCount, GuessCount, count_exercises, count_guesses, stuck
from .reading import Handed, Try
from .talking import sentences


def write_class_page(path: str | os.PathLike, handed: Handed) -> Path:
    """Write the teacher's page of a class; the path of the file.

    Raises: ValueError for a class without a single student, with what was wrong with each file;
    OSError.
    """
    if not handed.students:
        reasons = "; ".join(f"{file}: {reason}" for file, reason in handed.left_out)
        raise ValueError(f"none of the files can be read ({reasons}).")
    path = Path(path)
    check_file(path, "class.html")
    with atomic_write(path) as temporary:
        temporary.write_text(class_page(handed), encoding="utf-8")
    return path


def class_page(handed: Handed) -> str:
    """The page as HTML. What comes from students is text in it, never markup."""
    from ...views.style import css

    heads = len(handed.students)
    exercises, guesses = count_exercises(handed.students), count_guesses(handed.students)
    lessons = {count.lesson for count in guesses} | {count.lesson for count in exercises}
    body = [_talk(heads, exercises, guesses)]
    for lesson in (title for title in LESSONS if title in lessons):
        body.append(f"<h2>{html.escape(lesson)}</h2>")
        body += [_guess(count) for count in guesses if count.lesson == lesson]
        body += [_exercise(count, heads) for count in exercises if count.lesson == lesson]
    body += [_stuck(handed), _left_out(handed.left_out)]
    title = f"The class: {heads} {'student' if heads == 1 else 'students'}"
    return PAGE.format(title=title, style=css() + LOOK, body="\n".join(body))


def _talk(heads: int, exercises: Sequence[ExerciseCount], guesses: Sequence[GuessCount]) -> str:
    items = "".join(f"<li>{inline(text)}</li>" for text in sentences(heads, exercises, guesses))
    return f'<section class="talk"><h2>To talk about tomorrow</h2><ol>{items}</ol></section>'


def _exercise(count: ExerciseCount, heads: int) -> str:
    shares = (
        ("good", count.passed, "passed"),
        ("begun", count.begun, "begun, not passed"),
        ("none", heads - count.tried, "not begun"),
    )
    bar = "".join(
        f'<i class="{role}" style="flex-grow: {number}"></i>'
        for role, number, _ in shares
        if number
    )
    words = ", ".join(f"{number} {what}" for _, number, what in shares)
    middle = (
        f"In the middle of those who tried: {count.attempts:g} tries, {count.hints:g} hints, "
        f"{_minutes(count.minutes)} (we estimate {count.exercise.minutes})."
    )
    return (
        f"<section><h3>{inline(f'`{count.exercise.name}`')} {inline(count.exercise.task)}</h3>"
        f'<div class="bar" role="img" aria-label="{words}">{bar}</div><p>{words}. {middle}</p>'
        f"{_ideas('Ideas that still answer', count.held, True)}"
        f"{_ideas('Ideas left behind', count.overcome, False)}</section>"
    )


def _minutes(minutes: float) -> str:
    whole = round(minutes)
    return "less than a minute" if not whole else f"{whole} {'minute' if whole == 1 else 'minutes'}"


def _ideas(title: str, ideas: Sequence[tuple[str, int]], unfolded: bool) -> str:
    if not ideas:
        return ""
    rows = "".join(f"<tr><td>{heads}</td><td>{inline(idea)}</td></tr>" for idea, heads in ideas)
    return (
        f"<details{' open' if unfolded else ''}><summary>{title}: {len(ideas)}</summary>"
        '<table class="ideas"><thead><tr><th scope="col">heads</th><th scope="col">idea</th></tr>'
        f"</thead><tbody>{rows}</tbody></table></details>"
    )


def _guess(count: GuessCount) -> str:
    rows = "".join(
        f'<tr><th scope="row">{"✓ " if right else ""}{inline(text)}</th>'
        f"<td>{_bar(first, count.heads, right)}</td>"
        + (f"<td>{_bar(last, count.heads, right)}</td>" if count.asked_again else "")
        + "</tr>"
        for text, right, first, last in count.options
    )
    last = '<th scope="col">last answer</th>' if count.asked_again else ""
    return (
        f"<section><h3>{inline(f'`{count.question.name}`')} {inline(count.question.text)}</h3>"
        '<table class="guess"><thead><tr>'
        f'<th scope="col">option</th><th scope="col">first answer</th>{last}</tr></thead>'
        f"<tbody>{rows}</tbody></table></section>"
    )


def _bar(number: int, heads: int, right: bool) -> str:
    role = "good" if right else "wrong"
    return f'<i class="{role}" style="width: {9 * number / heads:.2f}em"></i> {number}'


def _stuck(handed: Handed) -> str:
    named = sum(bool(student.name) for student in handed.students)
    if not named:
        return (
            "<section><h2>Who is held up</h2><p>Nobody wrote a name into their file, so this page "
            "cannot say. A name is the student's own choice.</p></section>"
        )
    rows = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th><td>{_open(exercises)}</td></tr>'
        for name, exercises in stuck(handed.students)
    )
    table = (
        f'<table><thead><tr><th scope="col">name</th><th scope="col">begun, not passed</th></tr>'
        f"</thead><tbody>{rows}</tbody></table>"
        if rows
        else "<p>Nobody who wrote a name.</p>"
    )
    note = f"<p>{named} of {len(handed.students)} wrote a name.</p>"
    return f"<section><h2>Who is held up</h2>{table}{note}</section>"


def _open(exercises: Sequence[tuple[str, Try]]) -> str:
    return "<br>".join(
        f"{inline(f'`{name}`')}: {one.attempts} {'try' if one.attempts == 1 else 'tries'}"
        + (f". {inline(one.held)}" if one.held else "")
        for name, one in exercises
    )


def _left_out(files: Sequence[tuple[str, str]]) -> str:
    if not files:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{html.escape(file)}</th><td>{html.escape(reason)}</td></tr>'
        for file, reason in files
    )
    return (
        '<section><h2>Files that are not counted</h2><table><thead><tr><th scope="col">file</th>'
        f'<th scope="col">why</th></tr></thead><tbody>{rows}</tbody></table></section>'
    )


LOOK = """
body { margin: 0; background: Canvas; }
main { color: var(--u2-ink); background: var(--u2-background); max-width: 62em; margin: 0 auto;
  padding: 1.2em 1.5em 3em; font: 16px/1.5 system-ui, sans-serif; }
h1 { margin: 0 0 .6em; } h2 { margin: 1.8em 0 .4em; } h3 { margin: 0 0 .4em; font-size: 1em; }
section { margin: 0 0 1.4em; break-inside: avoid; }
.talk { background: var(--u2-surface); border-left: 6px solid var(--u2-accent); border-radius: 8px;
  padding: .6em 1.4em; }
.talk h2 { margin: .2em 0; } .talk li { margin: .5em 0; }
code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .92em;
  background: var(--u2-surface); border-radius: 4px; padding: 0 4px; }
.talk code { background: var(--u2-background); }
p { margin: .3em 0; }
table { border-collapse: collapse; margin: .5em 0; }
summary { cursor: pointer; padding: .2em 0; }
th, td { text-align: left; vertical-align: top; padding: .15em 1em .15em 0; font-weight: 400; }
thead th { color: var(--u2-muted); font-size: .85em; }
.guess th[scope=row] { max-width: 32em; } .guess td { white-space: nowrap; min-width: 11em; }
.ideas td:first-child { text-align: right; font-weight: 700; }
.bar { display: flex; height: .9em; border-radius: 4px; overflow: hidden; gap: 2px; }
.bar i { flex-basis: 0; } i.good { background: var(--u2-good); }
i.begun { background: var(--u2-accent); } i.none { background: var(--u2-line); }
i.wrong { background: var(--u2-muted); }
td i { display: inline-block; height: .8em; border-radius: 2px; }
@media (max-width: 40em) { main { padding: .8em; } .guess td { min-width: 6em; }
  td i { max-width: 5em; } }
@media print { i { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main class="u2">
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""
