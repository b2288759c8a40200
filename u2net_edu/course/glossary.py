"""`glossary`: a word of the course on a card; and `notebooks/glossary.md`, written from the table.

The headings of that page are the terms as they stand, because JupyterLab and GitHub make anchors of
them in different ways; in lower case and without brackets both agree. Where a term has capitals, an
anchor of our own stands before it.
"""

import difflib
from html import escape
from pathlib import Path

from ..files import atomic_write
from .card import Card, html_card, inline
from .lab import course_source
from .terms import NOTEBOOKS, TERMS, Term

HEAD = """# Glossary

<!-- Written by `u2net-edu glossary` from u2net_edu/course/terms.py: change the table, not this. -->

The words of this course in alphabetical order, each with its Chinese term and the notebook that
introduces it. In a notebook `u2.glossary("receptive field")` shows one, `u2.glossary()` all.
"""


class TermError(KeyError):
    """A word that the glossary does not have."""

    def __str__(self) -> str:  # KeyError would print the quotes of repr
        return str(self.args[0])


class Glossary(tuple):
    """All terms; prints as text and shows as a table."""

    def __str__(self) -> str:
        return "\n".join(f"{term.name} · {term.chinese}: {term.meaning}" for term in self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row">{escape(term.name)}</th><td lang="zh">{escape(term.chinese)}</td>'
            f"<td>{inline(term.meaning)}</td><td>{term.notebook}</td></tr>"
            for term in self
        )
        head = "".join(
            f'<th scope="col">{word}</th>' for word in ("term", "Chinese", "meaning", "notebook")
        )
        table = f"<table><tr>{head}</tr>{rows}</table>"
        return html_card("muted", f"{len(self)} words of this course", table)


def glossary(word: str | None = None) -> Card | Glossary:
    """Look up a word of the course, with its Chinese term and the notebook that introduces it.

    Args:
        word: in English or Chinese, in any case, singular or plural; without one, all of them.

    Raises: TermError (a KeyError) with the words that are near.
    """
    if word is None:
        return Glossary(TERMS)
    term = find_term(word)
    where = f"Introduced in notebook `{NOTEBOOKS[term.notebook]}`."
    return Card("accent", "→", f"{term.name} · {term.chinese}", (term.meaning, where))


def find_term(word: str) -> Term:
    """The term of this name, other form or Chinese name. Raises: TermError."""
    known: dict[str, Term] = {}
    for term in TERMS:
        for name in (
            term.name,
            term.word,
            *term.also,
            *term.chinese.rstrip("）").split("（"),
            term.anchor,
        ):
            known.setdefault(name.lower(), term)
    wanted = " ".join(str(word).lower().split())
    for form in (wanted, wanted.removesuffix("s"), wanted.removesuffix("es")):
        if form in known:
            return known[form]
    near = difflib.get_close_matches(wanted, known, n=5, cutoff=0.6)
    names = list(dict.fromkeys(known[form].name for form in near))
    which = (
        f"Did you mean {', '.join(names)}?" if names else "`u2.glossary()` lists all that it has."
    )
    raise TermError(f"the glossary has no {word!r}. {which}")


def as_markdown() -> str:
    """The page `notebooks/glossary.md`."""
    return "\n".join([HEAD, *(_entry(term) for term in TERMS)])


def _entry(term: Term) -> str:
    anchor = "" if term.anchor == term.name.replace(" ", "-") else f'<a id="{term.anchor}"></a>\n\n'
    file = NOTEBOOKS[term.notebook]
    return (
        f"{anchor}### {term.name}\n\n"
        f"**{term.chinese}** · notebook [{term.notebook}]({file}.ipynb)\n\n{term.meaning}\n"
    )


def write_glossary(target: Path | None = None) -> Path:
    """Write the page, in its place in the course if none is named; the path of the file."""
    target = target or course_source() / "notebooks" / "glossary.md"
    with atomic_write(target) as temporary:
        temporary.write_text(as_markdown(), encoding="utf-8", newline="\n")
    return target
