"""How the notebooks link to the glossary: each rule a function that lists what breaks it."""

import re
from collections.abc import Iterable

from nbformat import NotebookNode

from u2net_edu.course.terms import TERMS, Term

from .form import markdown

ANCHOR = re.compile(r"\]\(glossary\.md#([^)]*)\)")
LINK = re.compile(r"\[(?P<words>[^\]]*)\]\(glossary\.md#(?P<anchor>[^)]*)\)")
HEADING = re.compile(r"^#.*$", re.MULTILINE)
OTHER_LINK = re.compile(r"\]\((?!glossary\.md#)[^)]*\)")
IMAGE = re.compile(r"<picture>.*?</picture>|!\[[^\]]*\]\([^)]*\)", re.DOTALL)


def prose(notebook: NotebookNode) -> str:
    """What the student reads after the first cell: no headings, code, pictures or addresses."""
    text = "\n\n".join(text for index, text in markdown(notebook) if index > 0)
    for noise in (HEADING, IMAGE):
        text = noise.sub("", text)
    return OTHER_LINK.sub("]", text)


def unknown_anchors(text: str) -> list[str]:
    """Links to words that the glossary does not have."""
    known = {term.anchor for term in TERMS}
    return [anchor for anchor in ANCHOR.findall(text) if anchor not in known]


def linked_twice(notebook: NotebookNode, terms: Iterable[Term] = TERMS) -> list[str]:
    anchors = [link["anchor"] for link in LINK.finditer(prose(notebook))]
    return [term.anchor for term in terms if anchors.count(term.anchor) > 1]


def linked_late(notebook: NotebookNode, terms: Iterable[Term] = TERMS) -> list[str]:
    """Terms that the notebook uses, but does not link where it first does."""
    text = prose(notebook)
    links = {link["anchor"]: link.start() for link in LINK.finditer(text)}
    found = []
    for term in terms:
        first = first_use(term, text)
        if first is not None and first < links.get(term.anchor, len(text)):
            around = " ".join(text[max(first - 30, 0) : first + 40].split())
            found.append(f"{term.name}, first in: … {around} …")
    return found


def first_use(term: Term, text: str) -> int | None:
    """Where a term's own name first stands, and not inside the name of a longer one."""
    longer = [t.word for t in TERMS if term.word in t.word and t is not term]
    for name in sorted(longer, key=len, reverse=True):
        text = re.sub(re.escape(name), lambda found: "_" * len(found[0]), text, flags=re.I)
    text = LINK.sub(lambda link: link["words"].ljust(len(link[0])), text)
    found = re.search(rf"\b{re.escape(term.word)}s?\b", text, re.IGNORECASE)
    return found.start() if found else None
