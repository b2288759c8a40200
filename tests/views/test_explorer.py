"""The stand-alone page as a file, and its command."""

import pytest

from u2net_edu.cli import main
from u2net_edu.views.explorer import VIEWS


def test_the_command_writes_one_whole_page(tmp_path, capsys):
    page = tmp_path / "deep" / "page.html"
    assert main(["explorer", "classroom", "--size", "32", "-o", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert f"{page}: " in capsys.readouterr().out
    assert text.startswith("<!doctype html>")
    assert text.rstrip().endswith("</html>")
    assert "http" not in text.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")
    for view in VIEWS:
        assert f'id="view-{view}"' in text
    assert text.count("</script>") == 2  # nothing in the data ends an element


@pytest.mark.parametrize("wrong", [["--image", "nowhere.png"], ["--size", "0"]])
def test_what_is_wrong_is_said_in_one_line(tmp_path, capsys, wrong):
    page = tmp_path / "page.html"
    assert main(["explorer", "classroom", *wrong, "-o", str(page)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not page.exists()
