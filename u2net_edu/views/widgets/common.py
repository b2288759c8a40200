"""What every browser widget shares: its files, the themes, and errors that reach the student."""

import functools
import re
from pathlib import Path

import anywidget
import traitlets

from .. import style

FOLDER = Path(__file__).parent
IMPORT = re.compile(r'^import \{[^}]*\} from "\./([a-z_]+)\.js";\n', re.MULTILINE)


def script(name: str) -> str:
    """`NAME.js` beside this file and all that it imports, as the one ES module a widget may have.

    The modules are written one after the other, imported ones first, each once; lines
    `import { … } from "./other.js";` and the word `export` of imported modules fall away. So all
    modules share one scope: two top-level names that are alike are an error as soon as it loads.
    """
    order: list[str] = []

    def visit(module: str) -> None:
        for needed in IMPORT.findall(_source(module)):
            visit(needed)
        if module not in order:
            order.append(module)

    visit(name)
    parts = []
    for module in order:
        text = IMPORT.sub("", _source(module)).strip()
        if module != name:
            text = re.sub(r"^export (?=async |function|const|class)", "", text, flags=re.MULTILINE)
        parts.append(f"// {module}.js\n{text}\n")
    return "\n".join(parts)


def _source(module: str) -> str:
    return (FOLDER / f"{module}.js").read_text(encoding="utf-8")


def stylesheet(*names: str) -> str:
    """The themes, what all widgets share, and each `NAME.css`."""
    parts = [(FOLDER / f"{part}.css").read_text(encoding="utf-8") for part in ("common", *names)]
    return "\n".join([style.css(), *parts])


class BrowserWidget(anywidget.AnyWidget):
    """A widget drawn by JavaScript; `message` is shown in its place when something went wrong."""

    message = traitlets.Unicode("").tag(sync=True)
    scale = traitlets.Float(1.0, min=0.5, max=4.0).tag(sync=True)  # 1.5 or 2 for a projector

    def still(self) -> bytes:
        """The widget as a still picture, PNG, for places where no script runs."""
        raise NotImplementedError

    def fallback(self) -> dict:
        """What such places show, by MIME type: the still picture, unless words do better."""
        return {"image/png": self.still()}

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**(data or {}), **self.fallback()}, metadata


def shows_errors(method):
    """An error in a callback from the browser appears nowhere by itself: show it in the widget."""

    @functools.wraps(method)
    def guarded(self, *args, **kwargs):
        try:
            result = method(self, *args, **kwargs)
            self.message = ""
            return result
        except Exception as error:
            self.message = f"{type(error).__name__}: {error}"

    return guarded
