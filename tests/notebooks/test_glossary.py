"""Terms are linked to the glossary where they first appear; and each rule sees what breaks it."""

from functools import cache
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

from u2net_edu.course.terms import NOTEBOOKS, TERMS

from . import glossary
from .test_form import FOLDER, STUDENT

by_notebook = pytest.mark.parametrize("path", STUDENT, ids=lambda path: path.stem)
COURSE = [path for path in STUDENT if path.stem[:2].isdigit()]


@cache
def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


@cache
def anchors(path: Path) -> set[str]:
    return set(glossary.ANCHOR.findall(glossary.prose(read(path))))


@by_notebook
def test_links_lead_to_words_that_are_there(path):
    text = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    assert glossary.unknown_anchors(text) == []


def test_links_of_other_pages_lead_to_words_that_are_there():
    for page in FOLDER.rglob("*.md"):
        text = page.read_text(encoding="utf-8").replace("](../glossary.md#", "](glossary.md#")
        assert glossary.unknown_anchors(text) == [], page.name


@by_notebook
def test_the_notebook_that_introduces_a_word_links_it_once_where_it_is_first_used(path):
    own = [term for term in TERMS if NOTEBOOKS[term.notebook] == path.stem]
    assert glossary.linked_twice(read(path), own) == []
    assert glossary.linked_late(read(path), own) == []


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.anchor)
def test_no_notebook_links_a_word_before_the_one_that_introduces_it(term):
    linking = [path.stem for path in COURSE if term.anchor in anchors(path)]
    assert [stem for stem in linking if stem < NOTEBOOKS[term.notebook]] == []


def test_the_glossary_knows_the_notebooks_that_exist_and_no_others():
    assert set(NOTEBOOKS.values()) == {path.stem for path in COURSE}


# The rules themselves, each on a notebook that breaks it.


def book(*texts: str) -> nbformat.NotebookNode:
    return new_notebook(cells=[new_markdown_cell(text) for text in ("# Kernels", *texts)])


STRIDE = "[stride](glossary.md#stride)"


TWO = [term for term in TERMS if term.name in ("stride", "convolution")]


@pytest.mark.parametrize(
    ("texts", "late"),
    [
        ([f"A {STRIDE} is a step; strides follow."], 0),
        ([f"Strides are steps. A {STRIDE}."], 1),
        (["A stride, and no link."], 1),
        (["Nothing of the kind."], 0),
        ([f"## Stride\n\nA {STRIDE}."], 0),
        ([f"`stride` of 2, or `stride=3`. A {STRIDE}."], 0),
        (["Strident. A", f"{STRIDE} 2"], 0),
        (["A stride.", f"A {STRIDE}."], 1),
        (["A dilated convolution. A [convolution](glossary.md#convolution)."], 0),
        (["A convolution. A [convolution](glossary.md#convolution)."], 1),
    ],
)
def test_a_late_or_missing_link_is_seen(texts, late):
    assert len(glossary.linked_late(book(*texts), TWO)) == late


def test_a_second_link_and_an_unknown_word_are_seen():
    assert glossary.linked_twice(book(STRIDE, STRIDE)) == ["stride"]
    assert glossary.unknown_anchors(f"{STRIDE} [x](glossary.md#xyz)") == ["xyz"]
