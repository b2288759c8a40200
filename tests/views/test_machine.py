import importlib.metadata

import u2net_edu as u2
from u2net_edu.views import machine


def test_this_machine_is_ready():
    report = u2.check_machine()
    assert report.good, str(report)
    assert "✓ ready" in str(report)
    assert "u2" in report._repr_html_()


def test_a_missing_package_says_what_to_do(monkeypatch):
    def version(name):
        if name == "anywidget":
            raise importlib.metadata.PackageNotFoundError(name)
        return "1"

    monkeypatch.setattr(machine.importlib.metadata, "version", version)
    report = u2.check_machine()
    assert not report.good
    assert "✗ anywidget: missing" in str(report)
    assert "python run.py lab" in str(report)
    assert "✗ not ready" in str(report)
