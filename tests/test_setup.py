"""The files that set the project up agree with each other."""

import json
import sys
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import u2net_edu

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]


def requirements(lines: list[str]) -> dict[str, Requirement]:
    parsed = [Requirement(line) for line in lines]
    return {canonicalize_name(r.name): r for r in parsed if not r.name.startswith("u2net")}


def pins(python: str) -> dict[str, str]:
    """What constraints.txt asks for on one version of Python."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    found: dict[str, str] = {}
    for line in lines:
        if not line or line.startswith("#"):
            continue
        requirement = Requirement(line)
        environment = {"python_version": python, "python_full_version": f"{python}.0"}
        if requirement.marker and not requirement.marker.evaluate(environment):
            continue
        (pin,) = requirement.specifier
        assert pin.operator == "==", line
        assert "+" not in pin.version, f"{line}: a local build is not to be had everywhere"
        name = canonicalize_name(requirement.name)
        assert name not in found, f"{name} twice for Python {python}"
        found[name] = pin.version
    return found


@pytest.mark.parametrize("python", ["3.10", "3.11", "3.12", "3.13"])
def test_constraints_pin_what_the_project_asks_for(python):
    assert f"Programming Language :: Python :: {python}" in PROJECT["classifiers"]
    pinned = pins(python)
    asked = requirements(PROJECT["dependencies"] + EXTRAS["lab"] + EXTRAS["test"])
    for name, requirement in asked.items():
        assert name in pinned, f"{name} is not in constraints.txt"
        assert requirement.specifier.contains(pinned[name]), f"{requirement} against {pinned[name]}"


def test_every_requirement_has_a_lower_bound_and_no_upper_one():
    lines = PROJECT["dependencies"] + EXTRAS["lab"] + EXTRAS["test"]
    for requirement in requirements(lines).values():
        assert [bound.operator for bound in requirement.specifier] == [">="], requirement


def test_conda_gets_what_pyproject_asks_for():
    """environment.yml names the same packages with the same bounds; pip adds the few others."""
    lines = (ROOT / "environment.yml").read_text(encoding="utf-8").splitlines()
    entries = [line.split("#")[0].strip(" -") for line in lines[lines.index("dependencies:") + 1 :]]
    *entries, pip, editable = entries
    assert (pip, editable) == ("pip:", "editable .[lab]")
    found = requirements([entry.replace("pytorch", "torch") for entry in entries])
    assert str(found.pop("python").specifier) == PROJECT["requires-python"]
    assert not found.pop("pip").specifier
    wanted = requirements(PROJECT["dependencies"] + EXTRAS["lab"])
    assert set(wanted) - set(found) == {"lightning-fabric", "pysodmetrics"}  # not on conda-forge
    for name, requirement in found.items():
        assert requirement.specifier == wanted[name].specifier, name


def test_the_quiet_lab_asks_the_network_for_nothing():
    """JupyterLab's names for what would fetch news, updates or extensions, all off."""
    folder = ROOT / "jupyter_config"
    lab = json.loads((folder / "jupyter_lab_config.json").read_text())["LabApp"]
    assert lab == {
        "extension_manager": "readonly",
        "check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "news_url": "",
    }
    overrides = json.loads((folder / "labconfig" / "default_setting_overrides.json").read_text())
    assert overrides["@jupyterlab/apputils-extension:notification"] == {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    }


def test_the_licence_is_apache_2_whole():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert PROJECT["license"] == "Apache-2.0"
    for line in ("Version 2.0, January 2004", "9. Accepting Warranty", "END OF TERMS AND CONDI"):
        assert line in text


def test_the_citation_names_the_paper():
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    citation = yaml.safe_load(text)
    assert citation["version"] == u2net_edu.__version__
    assert citation["license"] == PROJECT["license"]
    (paper,) = citation["references"]
    assert [author["family-names"] for author in paper["authors"]] == [
        "Qin", "Zhang", "Huang", "Dehghan", "Zaiane", "Jagersand",
    ]  # fmt: skip
    assert (paper["journal"], paper["volume"], paper["start"]) == (
        "Pattern Recognition",
        106,
        107404,
    )
