"""The question that `guess` asks: options to tick, and after the tick a reason for each."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import traitlets

from ..kit.bundle import bundle
from ..kit.widget import KEEP_KEYS, BrowserWidget, shows_errors, stylesheet


class Guess(BrowserWidget):
    """Options as buttons. The first tick counts; then `reasons` is sent, not before.

    `ask_again()`, and a button below the reasons, take the tick back.

    Args:
        name, question: what is asked; `backticks` mark code.
        options: their texts.
        answers: (right, reason) for each option.
        chosen: the option ticked on an earlier day, or -1.
        on_tick: called with the index of the first tick; gives a note to show, or "".
    """

    _esm = bundle("guess/widget")
    _css = stylesheet("guess/widget")

    name = traitlets.Unicode().tag(sync=True)
    question = traitlets.Unicode().tag(sync=True)
    options = traitlets.List(traitlets.Unicode()).tag(sync=True)
    chosen = traitlets.Int(-1).tag(sync=True)
    reasons: "traitlets.List[Any]" = traitlets.List().tag(sync=True)
    note = traitlets.Unicode().tag(sync=True)  # what else there is to say, once ticked
    asked_again = traitlets.Int(0).tag(sync=True)  # how often

    _first = -1

    def __init__(
        self,
        name: str,
        question: str,
        options: Sequence[str],
        answers: Sequence[tuple[bool, str]],
        *,
        chosen: int = -1,
        on_tick: Callable[[int], str] = lambda index: "",
    ):
        super().__init__(name=name, question=question, options=list(options), chosen=chosen)
        self._answers: list[dict[str, Any]] = [
            {"right": right, "reason": reason} for right, reason in answers
        ]
        self._on_tick = on_tick
        self._first = chosen
        if chosen >= 0:
            self.reasons = self._answers
        self.observe(self._tick, "chosen")
        self.observe(self._forget, "asked_again")

    def ask_again(self) -> None:
        """Take the tick back, and the reasons with it."""
        self.asked_again += 1

    @shows_errors
    def _forget(self, change) -> None:
        self._first = -1
        with self.hold_sync():
            self.reasons, self.note, self.chosen = [], "", -1

    @traitlets.validate("chosen")
    def _first_counts(self, proposal):
        if self._first >= 0:
            return self._first
        if not -1 <= proposal["value"] < len(self.options):
            raise traitlets.TraitError(
                f"chosen must be 0 to {len(self.options) - 1}, got {proposal['value']}."
            )
        return proposal["value"]

    @shows_errors
    def _tick(self, change) -> None:
        if self._first >= 0 or self.chosen < 0:
            return
        self._first = self.chosen
        self.reasons = self._answers
        self.note = self._on_tick(self.chosen)

    def __str__(self) -> str:
        lines = [f"Guess: {self.question}"]
        for number, option in enumerate(self.options):
            lines.append(f"  {'●' if number == self.chosen else '○'} {option}")
            if self.reasons:
                right = "right" if self.reasons[number]["right"] else "no"
                lines.append(f"      {right}: {self.reasons[number]['reason']}")
        return "\n".join(lines)

    def still_html(self) -> str:
        """Options that open, each with its reason inside."""
        items = "".join(
            f"<details><summary {KEEP_KEYS}>{escape(option)}</summary>"
            f"<p>{'Right.' if answer['right'] else 'No.'} {escape(str(answer['reason']))}</p>"
            "</details>"
            for option, answer in zip(self.options, self._answers)
        )
        return f"<p><b>Guess:</b> {escape(self.question)}</p>{items}"

    def fallback(self) -> dict[str, str]:
        return {"text/html": self.still_html(), "text/plain": str(self)}
