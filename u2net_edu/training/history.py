"""What a training run tells: its events as they happen, and the history that stays."""

from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

MAX_RECORDS = 8192


class StopTraining(Exception):
    """Raised by a callback to end training after the current step, as Ctrl-C does."""


class TrainingDiverged(RuntimeError):
    """The loss or the gradient is NaN or infinite. The step was not taken: the weights are those
    before it. The message gives the step, the batch and what usually causes it.
    """


@dataclass(frozen=True)
class Event:
    """What a callback is called with.

    A callback is any callable that takes one Event. It runs between two steps, in the thread that
    trains: while it waits, training is paused; `raise StopTraining` in it ends the run.
    """

    kind: str
    """`start`, `step` after each step, `evaluation` after each look at held-out scenes, `end`; or
    `failed`, if an error ends the run."""
    step: int
    """Steps done so far, of this run and those it resumes."""
    steps: int | None
    """Steps asked for; None if a time was."""
    record: dict[str, float] = field(default_factory=dict)
    """For `step` and `evaluation`: the numbers that went into the history."""
    images: Tensor | None = None
    """For `evaluation`: up to 16 held-out images, (B, 3, H, W) in 0 … 1, on the CPU."""
    masks: Tensor | None = None
    """Their masks, (B, 1, H, W)."""
    maps: Tensor | None = None
    """What the network says of them now, (B, 1, H, W) in 0 … 1."""
    history: "History | None" = None


class History:
    """What happened in training; `fit` returns it.

    records: a dict a step: `step`, `loss`, `fused`, `side1` … `side6`, `iou` (of the training batch
        at 0.5), `learning_rate`, `gradient_norm`, `seconds` since the start. Of very long runs
        every 2nd, 4th, … step is kept, some thousands in all.
    evaluations: a dict an evaluation: `step`, `seconds`, `IoU`, `MAE` on the scenes of `valid`.
    trained_on: whether these are among the scenes that the network is trained on; otherwise they
        are held out.
    stopped: why it ended: `steps`, `minutes`, `interrupted` (Ctrl-C), `callback`; None meanwhile.
    warnings: what went wrong without stopping the run.
    """

    def __init__(self) -> None:
        self.records: list[dict[str, float]] = []
        self.evaluations: list[dict[str, float]] = []
        self.trained_on = False
        self.stopped: str | None = None
        self.warnings: list[str] = []
        self.every = 1

    def add(self, record: dict[str, float]) -> None:
        """Take in one step."""
        if record["step"] % self.every:
            return
        self.records.append(record)
        if len(self.records) > MAX_RECORDS:
            self.every *= 2
            self.records = [r for r in self.records if r["step"] % self.every == 0]

    @property
    def last_step(self) -> int:
        """The number of the last step on record."""
        return int(self.records[-1]["step"]) if self.records else 0

    @property
    def seconds(self) -> float:
        """Training time up to it."""
        return self.records[-1]["seconds"] if self.records else 0.0

    @property
    def scored_on(self) -> str:
        """On which scenes `evaluations` were scored: `held-out` or `trained-on`."""
        return "trained-on" if self.trained_on else "held-out"

    def table(self):
        """The steps as a pandas DataFrame, indexed by step."""
        import pandas as pd

        return pd.DataFrame(self.records).set_index("step") if self.records else pd.DataFrame()

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON can hold it; `from_dict` reads it back."""
        return dict(vars(self))

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "History":
        """The history that `to_dict` gave."""
        history = cls()
        known = vars(history)
        known.update({name: value for name, value in content.items() if name in known})
        return history

    def __repr__(self) -> str:
        words = [f"{self.last_step:,} steps"]
        if self.records:
            words.append(f"loss {self.records[-1]['loss']:.3f}")
        if self.evaluations:
            last = self.evaluations[-1]
            words.append(f"{self.scored_on} IoU {last['IoU']:.3f}, MAE {last['MAE']:.3f}")
        if self.stopped:
            words.append(f"stopped: {self.stopped}")
        return f"<History: {', '.join(words)}>"
