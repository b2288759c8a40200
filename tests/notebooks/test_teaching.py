"""The pages for teachers: each notebook has a plan, all are listed, all links lead somewhere."""

import re

import pytest

from . import form
from .test_form import FOLDER, STUDENT

TEACHING = FOLDER / "teaching"
PAGES = sorted(TEACHING.glob("*.md"))
PLANS = [page for page in PAGES if re.match(r"\d\d_", page.name)]
by_plan = pytest.mark.parametrize("plan", PLANS, ids=lambda page: page.stem)


def targets(page) -> list[str]:
    return [found["target"] for found in form.LINK.finditer(page.read_text(encoding="utf-8"))]


def test_every_notebook_has_a_plan_and_every_page_is_listed():
    course = {path.stem for path in STUDENT if path.stem[:2].isdigit()}
    assert course == {plan.stem for plan in PLANS}
    listed = {target for target in targets(TEACHING / "README.md") if "/" not in target}
    assert listed == {page.name for page in PAGES} - {"README.md"}


@by_plan
def test_a_plan_has_two_lengths_and_knows_weak_laptops(plan):
    headings = re.findall(r"^## (.*)$", plan.read_text(encoding="utf-8"), re.MULTILINE)
    for wanted in ("50 minutes", "90 minutes", "eak laptops"):
        assert any(wanted in heading for heading in headings), f"{wanted}: {headings}"


@pytest.mark.parametrize("sheet", PAGES, ids=lambda sheet: sheet.stem)
def test_links_lead_somewhere(sheet):
    there = [form.missing(0, target, TEACHING) for target in targets(sheet)]
    assert [problem for problems in there for problem in problems] == []


def test_the_path_of_four_hours_adds_up_to_what_the_notebooks_say():
    text = (TEACHING / "unit.md").read_text(encoding="utf-8").partition("## Four hours, alone")[2]
    rows = re.findall(r"\| \[(\d\d)\]\(\.\./(\S+)\) \| (.+?) \| (\d+) \|", text)
    assert [row[0] for row in rows] == ["00", "01", "02", "03", "08", "09"]
    assert 225 <= sum(int(row[3]) for row in rows) <= 240
    for number, file, what, minutes in rows:
        book = (TEACHING.parent / file).read_text(encoding="utf-8")
        whole = int(re.search(r"\*\*Time\*\* \| (\d+) minutes", book)[1])
        if what == "all of it":
            assert int(minutes) == whole
        elif what.startswith("all but the exercise"):
            left_out = re.search(r"`(\S+)`", what)[1]
            spared = int(re.search(rf"`{left_out}` · .*? · (\d+) minutes", book)[1])
            assert int(minutes) == whole - spared
        else:
            assert int(minutes) < whole, number
        for exercise in re.findall(r"`([a-z]+\.[a-z_]+)`", what):
            assert exercise in book
        for heading in re.findall(r"\*([A-Z][^*]+)\*", what):
            assert f"## {heading}" in book
    readme = (TEACHING.parents[1] / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"\| (\d\d) ● \|", readme) == [row[0] for row in rows]
