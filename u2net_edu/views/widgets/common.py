"""What every browser widget shares: its files, the themes, and errors that reach the student."""

import functools
from pathlib import Path

import anywidget
import traitlets

from .. import style

FOLDER = Path(__file__).parent


def script(name: str) -> str:
    """The ES module of a widget, `NAME.js` beside this file."""
    return (FOLDER / f"{name}.js").read_text(encoding="utf-8")


def stylesheet(name: str) -> str:
    """The themes, what all widgets share, and `NAME.css`."""
    parts = [(FOLDER / f"{part}.css").read_text(encoding="utf-8") for part in ("common", name)]
    return "\n".join([style.css(), *parts])


class BrowserWidget(anywidget.AnyWidget):
    """A widget drawn by JavaScript; `message` is shown in its place when something went wrong."""

    message = traitlets.Unicode("").tag(sync=True)

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
            return method(self, *args, **kwargs)
        except Exception as error:
            self.message = f"{type(error).__name__}: {error}"

    return guarded
