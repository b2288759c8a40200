"""Which room may import which, imports inside functions and for types alone included."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "u2net_edu"

ROOMS = {
    "spec": ("architecture.spec", "architecture.blocks", "architecture.checks"),
    "architecture": ("architecture",),
    "files": ("files",),
    "images": ("images", "decoding"),
    "weights": ("weights",),
    "analysis": ("analysis",),
    "inference": ("inference", "batch"),
    "training": ("training",),
    "experiments": ("experiments",),
    "deploy": ("deploy",),
    "views": ("views",),
    "course": ("course",),
    "commands": ("commands", "cli"),
}
"""Room → the modules in it; the longest name that fits counts."""

BELOW = {
    "spec": "",
    "files": "",
    "architecture": "spec",
    "images": "architecture spec files",
    "weights": "architecture spec files",
    "analysis": "architecture spec files",
    "training": "images weights architecture spec files",
    "inference": "analysis images weights architecture spec files",
    "experiments": "training inference analysis images weights architecture spec files",
    "deploy": "inference analysis images weights architecture spec files",
    "views": "deploy experiments training inference analysis images weights architecture spec "
    "files",
    "course": "views deploy experiments training inference analysis images weights architecture "
    "spec files",
    "commands": "course views deploy experiments training inference analysis images weights "
    "architecture spec files",
}
"""Room → what it may import beside itself: the rooms below it."""

SPEAK_AS_USERS_DO = ("cli", "commands.", "course.solutions.")
"""What may `import u2net_edu as u2`, the public names, as a user does."""


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module_name(path): path for path in PACKAGE.rglob("*.py")}


def imported(source: str, package: str) -> set[str]:
    """What a file imports of ours, anywhere in it, as names below `u2net_edu`; "" is the root."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, (ast.Import, ast.ImportFrom)):
            continue
        names = [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            start = node.module or ""
            if node.level:
                inner = package.split(".")
                inner = inner[: len(inner) - node.level + 1]
                start = ".".join(filter(None, ["u2net_edu", *inner, start]))
            names = [f"{start}.{name}" for name in names]
        ours = [name.split(".")[1:] for name in names if name.split(".")[0] == "u2net_edu"]
        for parts in ours:
            while ".".join(parts) not in FILES:  # a name in a module
                parts = parts[:-1]
            found.add(".".join(parts))
    return found


def imports_of(module: str) -> set[str]:
    path = FILES[module]
    package = module if path.stem == "__init__" else module.rpartition(".")[0]
    return imported(path.read_text(encoding="utf-8"), package) - {module}


def room_of(module: str) -> str:
    fitting = {
        name: room
        for room, names in ROOMS.items()
        for name in names
        if module == name or module.startswith(f"{name}.")
    }
    assert fitting, f"{module} is in no room: give it one in ROOMS"
    return fitting[max(fitting, key=len)]


def test_imports_are_seen_wherever_they_stand():
    source = """
import u2net_edu as u2
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from ..analysis.tracing import Trace
def function():
    global names
    from .. import images
    from .style import SCALES
    import u2net_edu.training.loop
    from u2net_edu.course import check
"""
    wanted = {"", "analysis.tracing", "images", "views.style", "training.loop", "course"}
    assert imported(source, "views") == wanted


def test_a_room_imports_from_those_below_it():
    wrong = {
        (module, room_of(other))
        for module in FILES
        for other in (imports_of(module) if module else ())
        if other and room_of(other) not in (room_of(module), *BELOW[room_of(module)].split())
    }
    assert sorted(wrong) == []


def test_the_public_names_are_for_users():
    wrong = {module for module in FILES if module and "" in imports_of(module)}
    assert [module for module in wrong if not module.startswith(SPEAK_AS_USERS_DO)] == []


def test_no_two_modules_import_each_other():
    graph = {module: {other for other in imports_of(module) if other} for module in FILES if module}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' → '.join(error.args[1])}")


def test_rooms_are_below_each_other_in_one_way():
    for room, below in BELOW.items():
        for other in below.split():
            assert set(BELOW[other].split()) <= set(below.split()), (room, other)
            assert room not in BELOW[other].split()
    assert set(BELOW) == set(ROOMS)
