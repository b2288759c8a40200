"""The glossary: one table, a page that is written from it, cards."""

import re

import pytest

import u2net_edu as u2
from u2net_edu.cli import main
from u2net_edu.course.glossary import as_markdown, find_term
from u2net_edu.course.lab import course_source
from u2net_edu.course.terms import NOTEBOOKS, TERMS


def test_the_page_is_what_the_command_writes(tmp_path, capsys):
    page = tmp_path / "glossary.md"
    assert main(["glossary", "-o", str(page)]) == 0
    assert capsys.readouterr().out.strip() == str(page)
    committed = (course_source() / "notebooks" / "glossary.md").read_text(encoding="utf-8")
    assert page.read_text(encoding="utf-8") == committed, "u2net-edu glossary writes it anew"


def test_terms_are_complete_and_in_order():
    names = [term.name.lower() for term in TERMS]
    assert names == sorted(names)
    assert len({term.anchor for term in TERMS}) == len(TERMS)
    for term in TERMS:
        assert re.fullmatch(r"[a-z0-9-]+", term.anchor)
        assert re.search(r"[\u4e00-\u9fff]", term.chinese), term.name
        assert 30 < len(term.meaning) < 320, term.name
        assert term.meaning.endswith(".")
        assert term.notebook in NOTEBOOKS


def test_every_anchor_stands_in_the_page():
    """As GitHub makes anchors of headings; JupyterLab keeps capitals, hence ours before those."""
    text = as_markdown()
    headings = [line[4:] for line in text.splitlines() if line.startswith("### ")]
    made = {heading.replace(" ", "-") for heading in headings}
    made |= set(re.findall(r'<a id="([^"]+)"></a>', text))
    assert {term.anchor for term in TERMS} <= made
    plain = {re.sub(r"[()]", "", heading).lower().replace(" ", "-") for heading in headings}
    assert {term.anchor for term in TERMS} == plain


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("receptive field", "receptive field"),
        ("Receptive  Fields", "receptive field"),
        ("感受野", "receptive field"),
        ("膨胀率", "dilation"),
        ("空洞率", "dilation"),
        ("IoU", "intersection over union"),
        ("RSU", "residual U-block (RSU)"),
        ("residual U-blocks", "residual U-block (RSU)"),
        ("depth", "depth (of an RSU)"),
        ("loss", "loss"),
        ("losses", "loss"),
        ("mac", "MAC"),
        ("skip-connection", "skip connection"),
    ],
)
def test_words_are_found(word, name):
    assert find_term(word).name == name


def test_a_card_says_what_it_is_in_both_languages_and_where():
    card = u2.glossary("dilated convolution")
    assert "空洞卷积" in str(card)
    assert "01_one_convolution" in str(card)
    assert "<code>01_one_convolution</code>" in card._repr_html_()


def test_all_of_them_are_a_table():
    everything = u2.glossary()
    assert len(everything) == len(TERMS) >= 40
    html = everything._repr_html_()
    assert html.count('<th scope="row">') == len(TERMS)
    assert "<code>de5</code>" in html
    assert str(everything).count("\n") == len(TERMS) - 1


@pytest.mark.parametrize(
    ("word", "says"),
    [("receptiv feild", "Did you mean receptive field"), ("qqq", "lists all"), (3, "lists all")],
)
def test_a_typo_names_what_is_near(word, says):
    with pytest.raises(u2.TermError, match=says):
        u2.glossary(word)
