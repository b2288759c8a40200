"""Every test of the course has a student's folder of its own."""

import pytest

from u2net_edu.files import HOME_VARIABLE


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "student"))
    return tmp_path / "student"
