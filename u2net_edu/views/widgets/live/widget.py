"""The live view of a training: its curves, and the seven maps of a few scenes step by step."""

import time
from numbers import Integral
from typing import Any

import numpy as np
import torch
import traitlets

from ....architecture.stand_in import stand_in
from ....training.data import LOOKED_THROUGH, normalised, preprocessing_of
from ....training.history import Event, History
from ....training.loss import as_logits
from ....training.metrics import batch_iou
from ....training.pairs import pair_at, stacked
from ..kit.bundle import bundle
from ..kit.pictures import png_bytes
from ..kit.widget import BrowserWidget, shows_errors, stylesheet

SHARE = 0.04  # of the training's time that looking at it may take
PAUSE = 0.25  # seconds between two drawings of the curves
POINTS = 160  # of a curve
FRAMES = 32  # saved steps; when there are more, every second one goes
WANTED_FRAMES = 24
TILE = 96  # pixels of a map's side, at most

EVALUATED = {False: "of held-out scenes", True: "of scenes it is trained on, evaluated"}
SHOWN = {
    False: "Dots and maps are of held-out scenes: the network is never trained on them.",
    True: "Dots and maps are of scenes that the network is trained on. They show what it has "
    "learned by heart, and say nothing about scenes it has not seen.",
}
WHY_LOWER = (
    "A batch is scored as it is trained on: batch norm uses the mean and variance of that batch. "
    "Dots and maps are scored as the network is used later: batch norm uses running averages, "
    "which follow the batches slowly. While the weights still change fast, the averages lag "
    "behind, and a score can stay near 0 where the batch has a high one, even on the same scenes."
)
"""What the view says of its scores; a test measures it."""


class TrainingView(BrowserWidget):
    """A callback of `fit`: curves of loss and IoU, and seven maps of a few scenes growing sharper.

    `u2.fit(model, train, valid, callbacks=[view])`, with `view` on the page. In a terminal the same
    is a table, a row a saved step. Between a first and a last look, drawing takes at most a
    twentieth of the training's time: what would take more is left out. What the network says of the
    scenes is kept for some steps, so that a slider goes back and forth over them, also when the
    training is long over. Training itself is not touched: the weights are the same to the bit.

    Args:
        model: the network that `fit` trains.
        scenes: pairs, such as SyntheticScenes; the first few that hold an object are shown.
        count: how many.
        trained_on: whether the network is trained on these scenes. The view says so; otherwise it
            calls them held out.
        table: whether to print the table; by default where there is no notebook.

    `view.history`; `view.steps`, those saved; `view.maps(step)`; `view.at`, the index of the one
    shown, -1 for the newest.
    """

    alt = "Curves of loss and IoU over the steps, and the maps of a saved step."

    _esm = bundle("live/widget")
    _css = stylesheet("live/widget")

    title = traitlets.Unicode("Training").tag(sync=True)
    now = traitlets.Dict().tag(sync=True)  # step, steps, status, words
    curves = traitlets.Dict().tag(sync=True)
    scenes = traitlets.Dict().tag(sync=True)
    frames: "traitlets.List[Any]" = traitlets.List().tag(sync=True)
    at = traitlets.Int(-1, min=-1).tag(sync=True)
    controls = traitlets.Bool(False).tag(sync=True)
    command = traitlets.Unicode("").tag(sync=True)  # "pause 3": a button was pressed, the third
    learning_rate = traitlets.Float(0.0).tag(sync=True)
    trained_on = traitlets.Bool(False)
    about = traitlets.Dict().tag(sync=True)  # which scenes these are, and how they are scored

    def __init__(self, model, scenes, *, count: int = 3, table: bool | None = None, **traits):
        super().__init__(**traits)
        # JupyterLab sends a click to a thread of its own in the kernel, so that a button acts while
        # a cell waits. ipykernel 7.4 would hand it on to the thread that last drew, the cell's.
        self.comm._reply_subshell_for = None
        self.model, self.history = model, History()
        self._table = not in_notebook() if table is None else table
        self._images, self._masks = _some(scenes, count)
        self._maps: dict[int, np.ndarray] = {}
        self._started, self._spent, self._dear, self._drawn = 0.0, 0.0, 0.0, 0.0
        self._every, self._first_row = 1, True
        self._status = "not started"
        self._names = ["fused"]
        self._lags = False
        self._say_which()
        self.observe(self._say_which, "trained_on")
        self.scenes = self._describe()
        self.now = {"step": 0, "steps": None, "status": self._status, "words": ""}

    # --- as a callback

    def __call__(self, event: Event) -> None:
        """Draw what is due."""
        if event.kind == "failed":
            self.say("failed")
            return
        began = time.monotonic()
        if event.kind == "start":
            self._begin(event)
        last, wanted = event.kind == "end", False
        self.history = event.history or History()
        if last or self._may(began):
            wanted = event.kind == "start" or last or self._due(event)
            if wanted and event.step not in self._maps:
                self._save_step(event)
            if wanted or began - self._drawn >= PAUSE:
                self._draw(event)
        took = time.monotonic() - began
        self._spent += took
        if event.kind == "start":  # the first look warms everything up, and no step waits for it
            self._started, self._spent = time.monotonic(), 0.0
        elif wanted:
            self._dear = took

    def _begin(self, event: Event) -> None:
        self._started, self._spent, self._dear, self._drawn = time.monotonic(), 0.0, 0.0, 0.0
        self._maps, self.frames = {}, []
        self._every = max(1, event.steps // WANTED_FRAMES) if event.steps else 5
        self._status = "running"
        self._first_row = True

    def _may(self, now: float) -> bool:
        """Whether another drawing keeps within its share of the time."""
        share = SHARE * (now - self._started)
        return self._drawn == 0.0 or self._spent + self._dear <= share

    def _due(self, event: Event) -> bool:
        return not self._maps or event.step - max(self._maps) >= self._every

    def _save_step(self, event: Event) -> None:
        """Run the network on the scenes, and keep what it says."""
        logits = self._look()
        maps = torch.stack([logits.fused, *logits.sides]).sigmoid().float().cpu()
        self._names = ["fused", *(f"side{i}" for i in range(1, len(logits.sides) + 1))]
        overlaps = [float(batch_iou(each, self._masks).mean()) for each in maps]
        self._maps[event.step] = (maps[:, :, 0] * 255).round().byte().numpy()
        frame = {
            "step": event.step,
            "png": _sprite(self._maps[event.step]),
            "names": self._names,
            "iou": [round(value, 3) for value in overlaps],
        }
        frames = [*self.frames, frame]
        if len(frames) <= FRAMES:
            self.frames = frames
        else:
            self.frames = frames[::2]  # before their maps go: it may be shown meanwhile
            self._maps = {f["step"]: self._maps[f["step"]] for f in self.frames}
            self._every *= 2
        if self._table:
            self._print_row(event, overlaps)

    def _look(self):
        twin = stand_in(self.model)
        weight = next(twin.parameters())
        images = normalised(self._images, preprocessing_of(self.model))
        with torch.no_grad():
            return as_logits(twin(images.to(weight.device, weight.dtype)))

    def _say_which(self, change=None) -> None:
        note, why = SHOWN[self.trained_on], WHY_LOWER if self._lags else ""
        scenes = "scenes it is trained on" if self.trained_on else "held-out scenes"
        evaluated = EVALUATED[self.trained_on]
        self.about = {"scenes": scenes, "evaluated": evaluated, "note": note, "why": why}

    def _draw(self, event: Event) -> None:
        if event.kind == "step" and not self._lags and norms_learn(self.model):
            self._lags = True
            self._say_which()
        self.curves = curves_of(self.history)
        if event.kind == "end":
            whole = self.history.stopped in ("steps", "minutes")
            self._status = "finished" if whole else "stopped"
            self.renew_still()
        self._tell(event.step, event.steps)
        self._drawn = time.monotonic()

    def _tell(self, step: int, steps: int | None) -> None:
        self.now = {
            "step": step,
            "steps": steps,
            "status": self._status,
            "words": words_of(self.history, self.trained_on),
        }

    def say(self, status: str) -> None:
        """Show another state: running, paused, stopping, finished, stopped, failed."""
        self._status = status
        self._tell(max(self.history.last_step, self.now["step"]), self.now["steps"])

    # --- what was seen

    @property
    def steps(self) -> list[int]:
        """The steps that were saved."""
        return list(self._maps)

    def maps(self, step: int) -> dict[str, np.ndarray]:
        """What the network said after a step: {map: (scenes, H, W)} in 0 … 1.

        Raises: KeyError for a step that was not saved.
        """
        if step not in self._maps:
            raise KeyError(f"step {step} was not saved; saved are {self.steps}.")
        return self._named(self._maps[step])

    def _named(self, maps: np.ndarray) -> dict[str, np.ndarray]:
        return dict(zip(self._names, maps.astype(np.float32) / 255))

    def _describe(self) -> dict:
        pictures = (in_colour(self._images) * 255).round().byte().numpy().transpose(0, 2, 3, 1)
        masks = np.repeat((self._masks * 255).round().byte().numpy()[:, 0, ..., None], 3, axis=3)
        rows = [np.concatenate([_small(p), _small(m)], axis=1) for p, m in zip(pictures, masks)]
        return {
            "count": len(rows),
            "ratio": pictures.shape[2] / pictures.shape[1],
            "png": png_bytes(np.concatenate(rows)),
        }

    def _print_row(self, event: Event, overlaps: list[float]) -> None:
        """The same for a terminal: one row a saved step."""
        if self._first_row:
            looked = "evaluated" if self.trained_on else "held-out"
            heads = ["step", "loss", "IoU", looked, *self._names]
            print("".join(f"{head:>9}" for head in heads), flush=True)
            self._first_row = False
        records, evaluations = self.history.records, self.history.evaluations
        record = records[-1] if records else {}
        held_out = evaluations[-1]["IoU"] if evaluations else None
        numbers = [record.get("loss"), record.get("iou"), held_out, *overlaps]
        cells = "".join("        –" if value is None else f"{value:9.3f}" for value in numbers)
        print(f"{event.step:9,}{cells}", flush=True)

    def _pressed(self, action: str) -> None:
        """A button; `fit_live` says what each one does."""

    @traitlets.observe("command")
    @shows_errors
    def _on_command(self, change) -> None:
        self._pressed(change["new"].split(" ")[0])

    def still(self) -> bytes:
        """The curves, and the maps of the step that is shown, as PNG."""
        from ...figures.curves import training_sheet

        saved, at = self._maps, self.at  # both may change while this is drawn
        frames = [frame for frame in self.frames if frame["step"] in saved]
        frame = frames[at] if -len(frames) <= at < len(frames) else None
        maps = self._named(saved[frame["step"]]) if frame else {}
        said = self.about["evaluated"]
        return training_sheet(
            self.history, in_colour(self._images), self._masks, maps, frame, evaluated=said
        )


def explore_training(training, *, scale: float = 1.0) -> TrainingView:
    """Go back through the saved steps of a training with a slider: what the seven maps were then.

    Args:
        training: what `fit_live` gave, or the TrainingView that was a callback of `fit`.
        scale: enlarges everything, for a projector.

    Raises: ValueError where nothing was saved.
    """
    seen = getattr(training, "view", training)
    if not isinstance(seen, TrainingView):
        raise ValueError(
            "expected what fit_live gave, or a TrainingView that was a callback of fit; got "
            f"{type(training).__name__}: `fit` alone keeps no maps."
        )
    if not seen.frames:
        raise ValueError("no step is saved yet: the training has not begun.")
    pairs = list(zip(seen._images, seen._masks))
    again = TrainingView(
        seen.model, pairs, count=len(pairs), scale=scale, trained_on=seen.trained_on
    )
    again._lags = seen._lags
    again._say_which()
    again.history, again._maps, again._names = seen.history, dict(seen._maps), seen._names
    again.title, again.frames, again.curves = "Saved steps", list(seen.frames), dict(seen.curves)
    again.now = {**seen.now, "status": ""}
    return again


def in_notebook() -> bool:
    """Whether a notebook shows what is displayed."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return hasattr(get_ipython(), "kernel")


def norms_learn(model) -> bool:
    """Whether a batch norm of it is in train mode and keeps running averages for later."""
    return any(
        module.training and module.track_running_stats
        for module in model.modules()
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm)
    )


def curves_of(history: History, points: int = POINTS) -> dict[str, list[list[float]]]:
    """Loss and IoU of the training batches, and IoU of held-out scenes, as [step, value].

    Of many steps, means over equal stretches: a point for each.
    """
    records = history.records[:]  # training may add to it meanwhile
    size = max(1, -(-len(records) // points))
    parts = [records[i : i + size] for i in range(0, len(records), size)]

    def mean(name: str) -> list[list[float]]:
        return [
            [part[-1]["step"], round(sum(r[name] for r in part) / len(part), 4)] for part in parts
        ]

    held_out = [[e["step"], round(e["IoU"], 4)] for e in history.evaluations]
    return {"loss": mean("loss"), "iou": mean("iou"), "held_out": held_out}


def words_of(history: History, trained_on: bool = False) -> str:
    """Where a training stands, in one line."""
    if not history.records:
        return "no step yet"
    last = history.records[-1]
    words = f"loss {last['loss']:.3f}, IoU {last['iou']:.2f} on its batch"
    if history.evaluations:
        where = "on scenes it is trained on, evaluated" if trained_on else "on held-out scenes"
        words += f", {history.evaluations[-1]['IoU']:.3f} {where}"
    return f"{words}, {last['seconds']:.0f} s"


def _some(scenes, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The first scenes that hold an object; with none that does, the first."""
    if not isinstance(count, Integral) or isinstance(count, bool) or count < 1:
        raise ValueError(f"a view shows 1 scene or more; got {count!r}.")
    if not (hasattr(scenes, "__len__") and hasattr(scenes, "__getitem__")):
        raise ValueError(
            "scenes are a dataset with a length, or a list of (image, mask); got "
            f"{type(scenes).__name__}."
        )
    if len(scenes) == 0:
        raise ValueError("there are no scenes to show: give a dataset of one picture or more.")
    found: list[tuple[torch.Tensor, torch.Tensor]] = []
    spare: list[tuple[torch.Tensor, torch.Tensor]] = []
    for index in range(min(len(scenes), LOOKED_THROUGH)):
        pair = pair_at(scenes, index, "the scenes")
        (found if bool((pair[1] > 0.5).any()) else spare).append(pair)
        if len(found) == count:
            break
    images, masks = stacked((found + spare)[:count])
    return images.clone(), masks.clone()


def in_colour(images: torch.Tensor) -> torch.Tensor:
    """Give images (B, 3, H, W) that can be shown: of other numbers of channels, their mean."""
    return images if images.shape[1] == 3 else images.mean(1, keepdim=True).expand(-1, 3, -1, -1)


def _sprite(maps: np.ndarray) -> bytes:
    """Maps (7, scenes, H, W) as one picture: a row a scene, a column a map."""
    return png_bytes(
        np.concatenate([np.concatenate([_small(m) for m in row], 1) for row in maps.swapaxes(0, 1)])
    )


def _small(pixels: np.ndarray) -> np.ndarray:
    step = -(-max(pixels.shape[:2]) // TILE)
    return pixels[::step, ::step]
