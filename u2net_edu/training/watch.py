"""What a run shows and keeps while it goes on: bar, callbacks, scores, checkpoints."""

import os
import warnings
from collections.abc import Callable, Iterable
from contextlib import suppress

import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from .history import Event, History, StopTraining
from .metrics import quick_scores
from .pairs import pair_at, stacked
from .runs import RunState, save_run

SHOWN = 16
"""Pictures that an evaluation hands to callbacks."""


class Watch:
    """The history of one run, and what follows it: bar, callbacks, checkpoints.

    Only the first process shows anything.
    """

    def __init__(
        self,
        model: nn.Module,
        valid,
        preprocessing: str,
        history: History,
        steps: int | None,
        callbacks: Iterable[Callable[[Event], object]],
        progress: bool,
    ):
        self.model, self.valid, self.preprocessing = model, valid, preprocessing
        self.history, self.steps, self.callbacks = history, steps, tuple(callbacks)
        self.step = history.last_step
        self.stop: str | None = None
        self._bar = tqdm(
            total=steps, initial=self.step, unit="step", disable=not progress, dynamic_ncols=True
        )
        self._score = ""

    def emit(self, kind: str, **content) -> None:
        """Tell the callbacks; if one raises StopTraining, or Ctrl-C stops it, the run ends."""
        event = Event(kind, self.step, self.steps, history=self.history, **content)
        try:
            for callback in self.callbacks:
                callback(event)
        except StopTraining:
            self.stop = "callback"
        except KeyboardInterrupt:
            self.stop = "interrupted"

    def stepped(self, record: dict[str, float]) -> None:
        """A step was taken."""
        self.step = int(record["step"])
        self.history.add(record)
        words = f"loss {record['loss']:.3f}, IoU {record['iou']:.2f}{self._score}"
        self._bar.set_postfix_str(words, refresh=False)
        self._bar.update()
        self.emit("step", record=record)

    def evaluate(self, seconds: float) -> None:
        """Score the pictures of `valid`, and show some."""
        overlaps: list[Tensor] = []
        errors: list[Tensor] = []
        shown: dict[str, Tensor] = {}
        for start in range(0, len(self.valid), 32):
            chosen = range(start, min(start + 32, len(self.valid)))
            images, masks = stacked([pair_at(self.valid, i, "the held-out data") for i in chosen])
            overlap, error, maps = quick_scores(self.model, images, masks, self.preprocessing)
            overlaps.append(overlap)
            errors.append(error)
            if not shown:
                shown = {"images": images, "masks": masks, "maps": maps.cpu()}
        record = {
            "step": self.step,
            "seconds": seconds,
            "IoU": torch.cat(overlaps).mean().item(),
            "MAE": torch.cat(errors).mean().item(),
        }
        self.history.evaluations.append(record)
        self._score = f", {self.history.scored_on} IoU {record['IoU']:.3f}"
        shown = {name: part[:SHOWN] for name, part in shown.items()}
        self.emit("evaluation", record=record, **shown)

    def save(self, folder: str | os.PathLike, state: RunState, settings: dict) -> None:
        """Write a checkpoint; a full disk costs this checkpoint, not the run nor older ones."""
        try:
            save_run(folder, self.step, state, settings, self.history)
        except OSError as error:
            self.warn(f"step {self.step}: no checkpoint could be written to {folder} ({error}).")

    def warn(self, text: str) -> None:
        """Keep a warning in the history, and show it."""
        self.history.warnings.append(text)
        warnings.warn(text, stacklevel=3)

    def close(self, kind=None, error=None, trace=None) -> None:
        """Close the bar, and tell the callbacks if an error ends the run; the error goes on."""
        if error is not None:
            with suppress(Exception):  # the first one counts
                self.emit("failed")
        self._bar.close()
