"""What the pages name exists: files, pictures, notebooks, commands."""

import json
import re
from pathlib import Path

import pytest

from u2net_edu.cli import build_parser

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path
    for pattern in ("*.md", "notebooks/**/*.md", "figures/*.md", "u2net_edu/assets/*.md")
    for path in ROOT.glob(pattern)
)
TARGET = re.compile(r'\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"')
COMMAND = re.compile(r"(?:u2net-edu|python run\.py) ([a-z]+)\b")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_and_pictures_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    targets = [(link or picture).partition("#")[0] for link, picture in TARGET.findall(text)]
    inside = {target for target in targets if target and not re.match(r"[a-z]+:", target)}
    assert [target for target in inside if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_pictures_have_alt_text(page):
    text = page.read_text(encoding="utf-8")
    images = re.findall(r"<img\b[^>]*>", text)
    assert [image for image in images if not re.search(r'alt="[^"]{20,}"', image)] == []
    assert "![](" not in text


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_commands_exist(page):
    actions = build_parser()._subparsers._group_actions
    known = {*actions[0].choices, "test"}  # `python run.py test` is the tests'
    named = set(COMMAND.findall(page.read_text(encoding="utf-8")))
    assert named <= known, named - known


def test_the_readme_lists_every_notebook():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        assert f"(notebooks/{notebook.name})" in text


def test_what_the_readme_shows_an_engineer_runs(tmp_path, monkeypatch):
    """The lines of its Python block, but for those that need the network or a photograph."""
    monkeypatch.setenv("U2NET_EDU_HOME", str(tmp_path))
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]
    lines = [line for line in block.splitlines() if "download" not in line]
    code = "\n".join(lines).replace('"photo.jpg"', '"coffee"')
    scope: dict = {}
    exec(code, scope)
    assert scope["trace"].field("de1").sizes == (6592, 6624)
    assert scope["saliency"].shape == (400, 600)


DRAWN = re.compile(r'figures/([a-z0-9-]+)-light\.png" alt="([^"]*)"')


def test_a_figure_is_described_in_the_words_of_the_index():
    """Measured numbers stand in some of them: drawn anew, they must not stay behind."""
    index = json.loads((ROOT / "figures" / "index.json").read_text(encoding="utf-8"))
    pages = {"README.md": (ROOT / "README.md").read_text(encoding="utf-8")}
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        pages[notebook.name] = "\n".join("".join(cell["source"]) for cell in cells)
    found = [(page, *pair) for page, text in pages.items() for pair in DRAWN.findall(text)]
    assert len(found) > 8
    assert [(page, name) for page, name, alt in found if alt != index[name]["alt"]] == []
