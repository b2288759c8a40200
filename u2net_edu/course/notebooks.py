"""The course's notebooks as files, and the solution notebooks that are built from them.

A solution notebook is the student's with three changes: the stubs are our solutions, each guess is
followed by its answers, and a line at the top says what it is. Nothing is kept twice.
"""

import ast
import copy
import inspect
import json
from collections.abc import Iterator
from pathlib import Path

from ..files import atomic_write
from .exercise import Question
from .exercises import find_exercise, find_question
from .lab import course_source

TITLE = (
    "> **With solutions**, built by `u2net-edu notebooks --solutions`. For the teacher's eyes.\n"
)


def write_notebooks(folder: Path, *, solutions: bool) -> list[Path]:
    """Write all notebooks into a folder, as students get them or with solutions.

    Raises: FileExistsError where that would overwrite a file; nothing is written then.
    """
    sources = sorted((course_source() / "notebooks").glob("*.ipynb"))
    suffix = "_solutions" if solutions else ""
    targets = [folder / f"{source.stem}{suffix}.ipynb" for source in sources]
    existing = [str(target) for target in targets if target.exists()]
    if existing:
        raise FileExistsError(
            f"{', '.join(existing)} exist already, perhaps with work of yours: "
            "name another folder, or move them."
        )
    for source, target in zip(sources, targets):
        notebook = json.loads(source.read_text(encoding="utf-8"))
        if solutions:
            notebook = with_solutions(notebook)
        with atomic_write(target) as temporary:
            text = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
            temporary.write_text(text, encoding="utf-8")
    return targets


def with_solutions(notebook: dict) -> dict:
    """A copy of a student's notebook in which every exercise and every guess is answered."""
    solved = copy.deepcopy(notebook)
    cells = []
    for cell in solved["cells"]:
        cells.append(cell)
        if cell["cell_type"] != "code":
            continue
        if is_exercise(cell):
            cell["source"] = _lines(solve(source_of(cell)))
        cells += [_answers(cell["id"], find_question(name)) for name in called(cell, "guess")]
    cells[0]["source"] = _lines(source_of(cells[0]) + "\n\n" + TITLE)
    solved["cells"] = cells
    return solved


def is_exercise(cell: dict) -> bool:
    """A cell in which the student writes: it carries the tag `exercise`."""
    return "exercise" in cell["metadata"].get("tags", [])


def source_of(cell: dict) -> str:
    return "".join(cell["source"])


def called(cell: dict, function: str) -> list[str]:
    """The names that a cell hands to `u2.check`, `u2.guess` or `u2.hint`."""
    return [_first_word(call) for call in _calls(source_of(cell), function)]


def _first_word(call: ast.Call) -> str:
    word = call.args[0]
    assert isinstance(word, ast.Constant), ast.unparse(call)
    return str(word.value)


def solve(source: str) -> str:
    """An exercise cell's source with each function that it checks replaced by our solution.

    Raises: ValueError where a check names something that the cell does not define.
    """
    for call in _calls(source, "check"):
        lines, tree = source.splitlines(), ast.parse(source)
        wanted = ast.unparse(call.args[1])
        stub = next((node for node in tree.body if getattr(node, "name", None) == wanted), None)
        if stub is None:
            raise ValueError(f"this cell checks {wanted} but does not define it:\n{source}")
        ours = inspect.getsource(find_exercise(_first_word(call)).solution)
        lines[stub.lineno - 1 : stub.end_lineno] = ours.rstrip().splitlines()
        source = "\n".join(lines)
    return source


def _calls(source: str, function: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == f"u2.{function}":
            yield node


def _answers(cell_id: str, question: Question) -> dict:
    lines = ["**Answers**\n", "\n"]
    for option in question.options:
        sign = "✓" if option.right else "✗"
        lines.append(f"- {sign} **{option.text}** {option.reason}\n")
    return {
        "cell_type": "markdown",
        "id": f"{cell_id}-answers",
        "metadata": {},
        "source": _lines("".join(lines).rstrip()),
    }


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)
