"""What every browser widget shares: its files, the themes, and errors that reach the student."""

import base64
import functools
import secrets
from html import escape

import anywidget
import traitlets
from IPython.display import publish_display_data

from ... import style
from .bundle import FOLDER
from .settings import Number


def stylesheet(*names: str) -> str:
    """The themes, what all widgets share, and each `NAME.css`."""
    parts = [(FOLDER / f"{part}.css").read_text(encoding="utf-8") for part in ("kit/kit", *names)]
    return "\n".join([style.css(), *parts])


VIEW = "application/vnd.jupyter.widget-view+json"
KEEP_KEYS = 'data-lm-suppress-shortcuts="true"'  # as keepKeys in dom.js
AGAIN = "Run this cell again to make it live."
# Where a notebook is reopened or exported, the widget's own output is an error or empty, and the
# still picture after it is what there is to see; where the widget is alive it is the other way
# round. These rules are stored with the picture, because no script of ours runs in such a page.
STILL_RULES = """
.jp-OutputArea-child:has(> .jp-OutputArea-output:not([data-mime-type])):not(:has(.u2)):has(
  + .jp-OutputArea-child > .jp-OutputArea-output > .u2-still),
.jp-OutputArea-child:has(.u2) + .jp-OutputArea-child:has(
  > .jp-OutputArea-output > .u2-still) { display: none; }
.u2-still { margin: 0; }
.u2-still img { max-width: 100%; }
.u2-still p { margin: 4px 0; }
"""


class BrowserWidget(anywidget.AnyWidget):
    """A widget drawn by JavaScript; `message` is shown in its place when something went wrong.

    A notebook gets two outputs: the widget, and its still picture for readers without a kernel.
    Each is hidden where the other one is to be seen.
    """

    alt = "A still picture of the widget."  # what it shows, in a sentence

    message = traitlets.Unicode("").tag(sync=True)
    scale = Number(1.0, 0.5, 4.0).tag(sync=True)  # 1.5 or 2 for a projector
    still_id = traitlets.Unicode().tag(sync=True)  # by which the page finds the still picture

    @traitlets.default("still_id")
    def _some_id(self) -> str:
        return secrets.token_hex(8)

    def still(self) -> bytes:
        """The widget as a still picture, PNG, for places where no script runs."""
        raise NotImplementedError

    def still_html(self) -> str:
        """What such places show inside a page: the still picture, unless words do better."""
        data = base64.b64encode(self.still()).decode()
        return f'<img alt="{escape(self.alt)}" src="data:image/png;base64,{data}">'

    def _repr_mimebundle_(self, **kwargs):
        """All in one, for hosts that take one output and choose from it."""
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**(data or {}), **self.fallback()}, metadata

    def fallback(self) -> dict:
        """What a place without scripts shows, by MIME type."""
        return {"image/png": self.still()}

    _displayed = False

    def _ipython_display_(self, **kwargs) -> None:
        self._displayed = True
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        publish_display_data({VIEW: view})
        publish_display_data(self._still_bundle(), transient={"display_id": self.still_id})

    def renew_still(self) -> None:
        """Put a new still picture in the place of the one that the notebook holds, if it does."""
        if not self._displayed:
            return
        bundle = self._still_bundle()
        publish_display_data(bundle, transient={"display_id": self.still_id}, update=True)

    def _still_bundle(self) -> dict:
        """For a page; and for PDF and Markdown, what `fallback` gives."""
        body = (
            f'<style>{STILL_RULES}</style><div class="u2-still" data-u2-still="{self.still_id}">'
            f"{self.still_html()}<p><em>{AGAIN}</em></p></div>"
        )
        return {"text/plain": repr(self), **self.fallback(), "text/html": body}

    def shown_traits(self) -> dict:
        """What the page draws from: each trait that it is sent, but for those of Jupyter itself."""
        skip = {"layout", "tooltip", "tabbable", "still_id"}
        names = (name for name in self.keys if name[0] != "_" and name not in skip)
        return {name: getattr(self, name) for name in names}

    def set_state(self, sync_data) -> None:
        """Take what the page sends; where Python keeps another value, the page gets it back.

        A value that a rule pulls back to what it was is no change, and so would not be sent.
        """
        try:
            super().set_state(sync_data)
        finally:
            state = self.get_state([name for name in sync_data if name in self.keys])
            self.send_state({name for name, kept in state.items() if kept != sync_data[name]})


def error_in_words(error: BaseException) -> str:
    """Give the kind of an error and its message, also if the message cannot be had."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # a student's own error class may fail here
        return f"{type(error).__name__}, whose own message cannot be shown"


def shows_errors(method):
    """An error in a callback from the browser appears nowhere by itself: show it in the widget."""

    @functools.wraps(method)
    def guarded(self, *args, **kwargs):
        try:
            result = method(self, *args, **kwargs)
            self.message = ""
            return result
        except Exception as error:
            self.message = error_in_words(error)

    return guarded
