"""What a notebook of the course looks like: each rule a function that lists what breaks it."""

import re
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

from nbformat import NotebookNode

LONGEST_CELL = 12
IMAGE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<target>[^)\s]+)[^)]*\)")
HTML_IMAGE = re.compile(r"<img\b[^>]*>")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)[^)]*\)")
BUDGET = re.compile(r"budget\W+(\d+) (s|min)\b", re.IGNORECASE)
"""`**Budget** | 30 s of computing on two quiet cores`"""


def budget_seconds(notebook: NotebookNode) -> int | None:
    """The computing time that the notebook's first cell allows itself on two cores."""
    found = BUDGET.search(notebook.cells[0].source) if notebook.cells else None
    return int(found[1]) * {"s": 1, "min": 60}[found[2]] if found else None


def stripped(path: Path) -> bytes:
    """The file as it belongs into git, by the tool and the options that CONTRIBUTING.md names."""
    command = [sys.executable, "-m", "nbstripout", "--keep-id"]
    command += ["--extra-keys", "metadata.language_info"]
    source = path.read_bytes()
    return subprocess.run(command, input=source, capture_output=True, check=True).stdout


def long_cells(notebook: NotebookNode) -> list[str]:
    return [
        f"cell {index}: {len(lines)} lines"
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and "exercise" not in cell.metadata.get("tags", [])
        if len(lines := cell.source.splitlines()) > LONGEST_CELL
    ]


def plots_by_hand(notebook: NotebookNode) -> list[str]:
    """Drawing belongs into the package, where it is tested and keeps the palette."""
    return [
        f"cell {index}: {found[0]}"
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code"
        if (
            found := re.search(r"\bplt\.\w+|\bimport matplotlib\b|\bfrom matplotlib\b", cell.source)
        )
    ]


def pictures(notebook: NotebookNode, folder: Path) -> list[str]:
    """Pictures without alt text or without a file."""
    found = []
    for index, text in markdown(notebook):
        for image in IMAGE.finditer(text):
            if not image["alt"].strip():
                found.append(f"cell {index}: {image['target']} has no alt text")
            found += missing(index, image["target"], folder)
        for tag in HTML_IMAGE.findall(text):
            alt, target = (re.search(rf'\b{name}="([^"]+)"', tag) for name in ("alt", "src"))
            if not alt:
                found.append(f"cell {index}: no alt text in {tag}")
            found += missing(index, target[1], folder) if target else [f"cell {index}: {tag}"]
    return found


def links(notebook: NotebookNode, folder: Path) -> list[str]:
    """Links to files that are not there."""
    return [
        problem
        for index, text in markdown(notebook)
        for link in LINK.finditer(text)
        for problem in missing(index, link["target"], folder)
    ]


def missing(index: int, target: str, folder: Path) -> list[str]:
    path = target.split("#")[0]
    if not path or re.match(r"[a-z][a-z0-9+.-]*:", path, re.IGNORECASE):
        return []  # an anchor, or an address
    there = (folder / path.replace("%20", " ")).exists()
    return [] if there else [f"cell {index}: {target} does not exist"]


def markdown(notebook: NotebookNode) -> list[tuple[int, str]]:
    """(index, text) of each Markdown cell, its code examples left out."""
    cells = ((i, cell) for i, cell in enumerate(notebook.cells) if cell.cell_type == "markdown")
    return [(i, re.sub(r"```.*?```|`[^`\n]*`", "", cell.source, flags=re.S)) for i, cell in cells]


PATH = re.compile(r"`((?:en|de|side)\d+(?:\.[a-z0-9]+)*|fuse(?:\.[a-z]+)*)`")
"""A word in the prose that names a part of the network."""


def paths_that_do_not_exist(notebook: NotebookNode, known: Collection[str]) -> list[str]:
    """Parts of the network that the prose names and the network does not have."""
    return [
        f"cell {index}: {path}"
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "markdown"
        for path in PATH.findall(cell.source)
        if path not in known
    ]
