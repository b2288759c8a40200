"""What the course says to the student: a card in a notebook, plain text anywhere else."""

import re
from dataclasses import dataclass
from html import escape

LOOK = """
.u2-card { color: var(--u2-ink); background: var(--u2-background); max-width: 60em;
  border: 1px solid var(--u2-line); border-left: 6px solid var(--u2-muted); border-radius: 8px;
  padding: 10px 16px; font: 14px/1.5 system-ui, sans-serif; }
.u2-card.good { border-left-color: var(--u2-good); }
.u2-card.accent { border-left-color: var(--u2-accent); }
.u2-card p { margin: 6px 0; }
.u2-card code, .u2-card pre { font-family: ui-monospace, "DejaVu Sans Mono", monospace;
  color: inherit; background: var(--u2-surface); border-radius: 4px; padding: 0 4px; }
.u2-card pre { padding: 6px 10px; white-space: pre-wrap; }
.u2-card summary { cursor: pointer; padding: 3px 0; }
.u2-card table { color: inherit; border-collapse: collapse; }
.u2-card tr { background: none !important; } /* a notebook has stripes of its own */
.u2-card th, .u2-card td { color: inherit; text-align: left !important;
  padding: 2px 14px 2px 0; }
"""


@dataclass(frozen=True)
class Card:
    """A heading and paragraphs, written for `inline`; `printed` is shown as it is.

    `role` is a colour of the style: good, accent or muted. The sign says the same without colour.
    """

    role: str
    sign: str
    heading: str
    paragraphs: tuple[str, ...] = ()
    printed: str = ""

    def __str__(self) -> str:
        printed = [f"Your function printed:\n{self.printed.rstrip()}"] if self.printed else []
        return "\n".join([f"{self.sign} {self.heading}", *self.paragraphs, *printed])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        body = "".join(f"<p>{inline(paragraph)}</p>" for paragraph in self.paragraphs)
        if self.printed:
            body += f"<p>Your function printed:</p><pre>{escape(self.printed.rstrip())}</pre>"
        return html_card(self.role, f"{self.sign} {self.heading}", body)

    def show(self) -> None:
        """Into the notebook's cell; printed where there is no notebook."""
        from IPython.display import display

        display(self)


def html_card(role: str, heading: str, body: str) -> str:
    """A card around HTML of our own making; the heading is text and becomes its ARIA label."""
    from ..views.style import css

    return (
        f'<style>{css()}{LOOK}</style><div class="u2 u2-card {role}" role="region" '
        f'aria-label="{escape(heading)}"><p><b>{inline(heading)}</b></p>{body}</div>'
    )


def inline(text: str) -> str:
    """Text as HTML, with `backticks` as code and *stars* as emphasis."""
    parts = re.split(r"`([^`]+)`", escape(text, quote=False))
    parts[::2] = (re.sub(r"\*(\w[^*]*)\*", r"<em>\1</em>", part) for part in parts[::2])
    parts[1::2] = (f"<code>{part}</code>" for part in parts[1::2])
    return "".join(parts)
