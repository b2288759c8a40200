"""The notebooks' exercises are those of the package, and the solution notebooks solve them."""

import ast
import inspect
import json

import nbformat
import pytest

from tests.notebooks.test_form import STUDENT
from u2net_edu.cli import main
from u2net_edu.course.exercises import LESSONS, find_exercise, find_question
from u2net_edu.course.notebooks import called, is_exercise, solve, source_of, with_solutions

NOTEBOOKS = {path: json.loads(path.read_text(encoding="utf-8")) for path in STUDENT}
CELLS = {
    f"{path.stem}:{cell['id']}": (notebook, index, cell)
    for path, notebook in NOTEBOOKS.items()
    for index, cell in enumerate(notebook["cells"])
    if cell["cell_type"] == "code" and is_exercise(cell)
}


def code_cells(notebook):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def every(function: str) -> list[str]:
    """What all notebooks hand to `u2.check` or `u2.guess`."""
    return [
        name
        for notebook in NOTEBOOKS.values()
        for cell in code_cells(notebook)
        for name in called(cell, function)
    ]


def test_every_exercise_and_every_guess_is_met_once():
    lessons = LESSONS.values()
    assert sorted(every("check")) == sorted(e.name for m in lessons for e in m.EXERCISES)
    assert sorted(every("guess")) == sorted(q.name for m in lessons for q in m.QUESTIONS)


def functions(node: ast.AST) -> list[ast.FunctionDef]:
    """A function itself, or all that a class defines."""
    return [each for each in ast.walk(node) if isinstance(each, ast.FunctionDef)]


@pytest.mark.parametrize("key", CELLS)
def test_a_stub_is_the_solution_with_a_hole(key):
    _, _, cell = CELLS[key]
    tree = ast.parse(source_of(cell))
    for name in called(cell, "check"):
        ours = ast.parse(inspect.getsource(find_exercise(name).solution)).body[0]
        stub = next(node for node in tree.body if getattr(node, "name", None) == ours.name)
        assert ast.get_docstring(stub) == ast.get_docstring(ours)
        holes, whole = functions(stub), functions(ours)
        assert [f"{f.name}({ast.unparse(f.args)})" for f in holes] == [
            f"{f.name}({ast.unparse(f.args)})" for f in whole
        ]
        assert {ast.unparse(hole.body[-1]) for hole in holes} == {"raise NotImplementedError"}
        assert f'{ours.name} = u2.check("{name}", {ours.name})' in source_of(cell)


@pytest.mark.parametrize("key", CELLS)
def test_the_text_above_says_what_an_exercise_takes(key):
    notebook, index, cell = CELLS[key]
    above = source_of(notebook["cells"][index - 1])
    for name in called(cell, "check"):
        assert f"`{name}` · {find_exercise(name).label}" in above


def test_solving_keeps_the_rest_of_the_cell():
    check = 'y = u2.check("conv.dilated_span", dilated_span)'
    solved = solve(f"x = 1\n\n\ndef dilated_span(a):\n    raise NotImplementedError\n\n\n{check}")
    assert solved.startswith("x = 1\n")
    assert "dilation * (kernel - 1) + 1" in solved
    assert "NotImplementedError" not in solved
    assert solved.endswith(check)
    with pytest.raises(ValueError, match="does not define it"):
        solve('u2.check("conv.dilated_span", other)')


def test_the_command_writes_them_and_overwrites_nothing(tmp_path, capsys):
    assert main(["notebooks", "--solutions", "-o", str(tmp_path)]) == 0
    written = sorted(tmp_path.iterdir())
    assert [path.name for path in written] == [f"{path.stem}_solutions.ipynb" for path in STUDENT]
    for path in written:
        nbformat.validate(nbformat.read(path, as_version=4))
    written[1].write_text("my own")
    assert main(["notebooks", "--solutions", "-o", str(tmp_path)]) == 2
    assert "exist already" in capsys.readouterr().err
    assert written[1].read_text() == "my own"
    assert main(["notebooks", "-o", str(tmp_path / "plain")]) == 0
    assert (tmp_path / "plain" / STUDENT[0].name).read_bytes() == STUDENT[0].read_bytes()


def test_guesses_are_answered():
    notebook = next(n for path, n in NOTEBOOKS.items() if path.stem.startswith("01"))
    text = "".join(source_of(cell) for cell in with_solutions(notebook)["cells"])
    for cell in code_cells(notebook):
        for name in called(cell, "guess"):
            right = find_question(name).right
            assert f"✓ **{right.text}** {right.reason}" in text
