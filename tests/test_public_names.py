"""`import u2net_edu` is quick, and every public name is there when asked for."""

import subprocess
import sys
from pathlib import Path

import pytest

import u2net_edu as u2

ROOT = Path(__file__).parent.parent


def fresh(code: str) -> str:
    """What `code` prints in a Python of its own."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize("module", ["u2net_edu", "u2net_edu.cli"])
def test_an_import_brings_nothing_heavy(module):
    loaded = fresh(f"import {module}, sys; print(*sys.modules)").split()
    heavy = {"torch", "numpy", "matplotlib", "pandas", "PIL", "skimage", "ipywidgets", "jupyterlab"}
    assert module in loaded
    assert heavy.isdisjoint(loaded)


@pytest.mark.parametrize("name", u2.__all__)
def test_every_public_name_is_there(name):
    assert getattr(u2, name) is not None
    assert name in dir(u2)


def test_no_name_is_listed_twice():
    listed = [name for names in u2._HOMES.values() for name in names]
    assert len(listed) == len(set(listed))


def test_no_public_name_hides_a_module():
    """Importing `u2net_edu.x` would replace a public `u2net_edu.x` of another kind."""
    modules = {path.stem for path in (ROOT / "u2net_edu").glob("*")}
    assert modules.isdisjoint(u2.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Unet'"):
        u2.Unet  # noqa: B018


def test_the_names_of_a_star_import():
    assert fresh("from u2net_edu import *; print(RSU.__name__)") == "RSU"
