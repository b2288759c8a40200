"""Joining modules: a scope for each, and a clear refusal of what cannot be joined."""

import re
import shutil
import subprocess

import pytest

from u2net_edu.views.widgets.kit.bundle import FOLDER, BundleError, bundle

ENTRIES = [f"{file.parent.name}/widget" for file in sorted(FOLDER.glob("*/widget.js"))]
ENTRIES.append("page/main")


@pytest.fixture
def modules(tmp_path):
    """Write modules into a folder; `entry` joins them from a.js on."""

    def join(**texts: str) -> str:
        for name, text in texts.items():
            (tmp_path / f"{name}.js").write_text(text, encoding="utf-8")
        return bundle(tmp_path / "a")

    return join


@pytest.mark.parametrize("entry", ENTRIES)
def test_all_that_is_imported_is_there_once(entry):
    text = bundle(entry)
    headings = re.findall(r"^// (\S+\.js)$", text, re.M)
    assert len(headings) == len(set(headings))
    assert headings[-1] == f"{entry}.js"
    for heading in headings:
        source = (FOLDER / heading).read_text(encoding="utf-8")
        for path in re.findall(r'^import .* from "(.*)";$', source, re.M):
            wanted = (FOLDER / heading).parent.joinpath(path).resolve().relative_to(FOLDER)
            assert headings.index(wanted.as_posix()) < headings.index(heading)
    assert not re.search(r"^import\b", text, re.M)


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node to read JavaScript")
@pytest.mark.parametrize("entry", ENTRIES)
def test_the_language_is_kept_to(entry, tmp_path):
    """The browser tests run each of them, too."""
    file = tmp_path / "bundle.mjs"
    file.write_text(bundle(entry), encoding="utf-8")
    done = subprocess.run(["node", "--check", file], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def run(text: str, tmp_path) -> str:
    file = tmp_path / "run.mjs"
    file.write_text(text + "\nconsole.log(JSON.stringify(answer));", encoding="utf-8")
    return subprocess.run(["node", file], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node to run JavaScript")
def test_every_module_has_a_scope_of_its_own(modules, tmp_path):
    text = modules(
        a='import { dial as other } from "./b.js";\nimport c from "./c.js";\n'
        "const dial = () => 1;\nexport const answer = [dial(), other(), c.dial()];",
        b="export function dial() {\n  return 2;\n}",
        c='import { dial } from "./b.js";\n\nexport default { dial: () => 10 * dial() };',
    )
    assert run(text, tmp_path) == "[1,2,20]"


REFUSED = {
    "circle: a.js → b.js → a.js": {
        "a": 'import { b } from "./b.js";\nexport const a = 1;',
        "b": 'import { a } from "./a.js";\nexport const b = 1;',
    },
    "circle: a.js → a.js": {"a": 'import { a as b } from "./a.js";\nexport const a = b;'},
    "a.js imports dial, which b.js does not export": {
        "a": 'import { dial } from "./b.js";', "b": "function dial() {}",
    },
    "a.js imports default, which b.js does not export": {
        "a": 'import b from "./b.js";', "b": "export const b = 1;",
    },
    "a.js: names defined twice: dial": {"a": "function dial() {}\nfunction dial() {}"},
    "a.js: names defined twice: one": {
        "a": 'import { one } from "./b.js";\nconst [one, two] = [];', "b": "export const one = 1;",
    },
    "a.js: exports defined twice: default": {"a": "export default 1;\nexport default 2;"},
    "which a.js imports": {"a": 'import { b } from "./nowhere.js";'},
    "not understood here: import * as b": {"a": 'import * as b from "./b.js";', "b": ""},
    "not understood here: import \"https": {"a": 'import "https://127.0.0.1/x.js";'},
    "not understood here: import { b } from 'https": {"a": "import { b } from 'https://x/b.js';"},
    "not understood here: export { b }": {"a": "const b = 1;\nexport { b };"},
    "not understood here: export let": {"a": "export let b = 1;"},
    "expected a single name": {"a": "export const { b, c } = { b: 1, c: 2 };"},
}  # fmt: skip


@pytest.mark.parametrize("why", REFUSED)
def test_what_cannot_be_joined_is_refused(modules, why):
    with pytest.raises(BundleError, match=re.escape(why)):
        modules(**REFUSED[why])
