"""`fit_live`: training in a thread, watched and steered from the notebook."""

import atexit
import inspect
import threading
import time
from collections.abc import Callable

from ..architecture.devices import pick_device
from ..training.data import any_shown_in
from ..training.engine import adamw
from ..training.history import Event, History, StopTraining
from ..training.loop import fit
from ..training.options import number
from ..training.settings import checked_settings
from .widgets.kit.widget import error_in_words
from .widgets.live.widget import TrainingView, in_notebook

_running: list["LiveTraining"] = []
"""Every training whose thread has not ended; none is ever out of reach."""


def fit_live(
    model,
    train,
    valid=None,
    *,
    scenes: int = 3,
    title: str = "Training",
    scale: float = 1.0,
    **options,
) -> "LiveTraining":
    """Train in a thread, with a live view: `training = u2.fit_live(…)`, and `training` shows it.

    The cell returns at once. Below it, `history = training.wait()` waits for the end, so that "run
    all cells" works; interrupting that wait ends the training cleanly.

    A run of the same network, or one that the same cell began, is stopped first: a cell that is run
    again leaves nothing behind. Other runs go on; `live_trainings()` lists them. They share the
    processor, and torch's global random numbers: for the same weights as `fit` gives, to the bit,
    let nothing else draw any meanwhile.

    Args:
        model, train, valid, options: as for `fit`. Time in which a run is paused counts as its
            `minutes`.
        scenes: how many held-out scenes to show; of `train` if there is no `valid`. The view says
            so if they are among the scenes that the network is trained on.
        title, scale: of the view.

    Raises: as `fit`: what can be seen at once, at once; what happens in the thread, in `.wait()`,
    and it is shown in the view.
    """
    asked = inspect.signature(fit).bind(model, train, valid, **options)
    asked.apply_defaults()
    number("scale", scale, above=0)
    checked_settings(asked.arguments)  # raises what can be seen before anything runs
    shown = valid if valid is not None else train
    view = TrainingView(model, shown, count=scenes, title=title, scale=scale)
    view.trained_on = shown is train or any_shown_in(train, view._images)
    cell = _this_cell()
    for other in live_trainings():
        if other.model is model or (cell and other.cell == cell):
            other.stop()
            other.join()
    training = LiveTraining(model, view, cell)
    training.begin(train, valid, options)
    return training


def live_trainings() -> list["LiveTraining"]:
    """List the trainings of `fit_live` that have not ended: to stop one whose name is lost."""
    return list(_running)


class LiveTraining:
    """A training in a thread: what `fit_live` gives.

    pause(), resume(), stop(): after the step at hand. learning_rate: its peak, which the schedule
    scales; set it while it trains. wait(): the History, when it is over. status: running, paused,
    stopping, finished, stopped, failed. history: so far. view: the TrainingView.
    """

    def __init__(self, model, view: TrainingView, cell: str | None):
        self.model, self.view, self.cell = model, view, cell
        self.status = "running"
        self.error: BaseException | None = None
        self._go, self._stop, self._over = (threading.Event() for _ in range(3))
        self._go.set()
        self._lock = threading.RLock()  # no thread overwrites the status that another one sets
        self._interrupted = False
        self._peak, self._factor = 0.0, 1.0
        self._result: History | None = None
        view.controls = True
        view._pressed = self._pressed  # type: ignore[method-assign]

    def begin(self, train, valid, options: dict) -> None:
        """Start the thread."""
        options = {**options, "progress": False}
        options["callbacks"] = (self._obey, self.view, *options.get("callbacks", ()))
        options["optimizer"] = self._rescaled(options)
        arguments = (train, valid, options)
        # A daemon, so that a kernel that is shut down does not wait for it.
        thread = threading.Thread(target=self._train, args=arguments, daemon=True)
        _running.append(self)
        thread.start()

    # --- in the thread

    def _train(self, train, valid, options: dict) -> None:
        try:
            self._result = fit(self.model, train, valid, **options)
            stopped = self._result.stopped == "callback"
            if stopped and self._interrupted:
                self._result.stopped = "interrupted"
            self._become("stopped" if stopped else "finished")
        except BaseException as error:  # for anyone who waits, and for the view
            self.error = error
            self.view.message = error_in_words(error)
            self._become("failed")
        finally:
            _running.remove(self)
            self._over.set()

    def _obey(self, event: Event) -> None:
        """Before anything else between two steps: wait while paused, leave when stopped."""
        if event.kind == "failed":
            return
        while not self._go.wait(0.1) and not self._stop.is_set():
            pass
        if self._stop.is_set() and event.kind != "end":
            raise StopTraining

    def _rescaled(self, options: dict) -> Callable:
        """The optimiser, whose rate is multiplied before each step by what the student set."""
        rate, device = options.get("learning_rate", 5e-3), options.get("device", "auto")
        make = options.get("optimizer") or adamw(rate, pick_device(device))

        def made(groups):
            optimizer = make(groups)
            self._peak = optimizer.param_groups[0]["lr"]
            self._show_rate()
            optimizer.register_step_pre_hook(self._rescale)
            return optimizer

        return made

    def _rescale(self, optimizer, args, kwargs) -> None:
        for group in optimizer.param_groups:
            group["lr"] *= self._factor

    # --- from outside

    def pause(self) -> None:
        """Rest after the step at hand."""
        with self._lock:
            if self.status == "running":
                self._go.clear()
                self._become("paused")

    def resume(self) -> None:
        """Go on."""
        with self._lock:
            if self.status == "paused":
                self._become("running")
                self._go.set()

    def stop(self) -> None:
        """End after the step at hand; what was learned stays."""
        with self._lock:
            if self.status in ("running", "paused"):
                self._become("stopping")
        self._stop.set()

    def join(self, seconds: float | None = None) -> None:
        """Wait for the end, at most so long, without asking for the result."""
        # Not Thread.join: interrupted, it takes a thread that runs for one that has ended (Python
        # 3.11). And in slices, because Windows does not interrupt a long wait.
        end = time.monotonic() + (float("inf") if seconds is None else seconds)
        while not self._over.wait(0.1) and time.monotonic() < end:
            pass

    def wait(self) -> History:
        """Wait for the end: the History, as `fit` returns it.

        An interruption (the stop button of the notebook, Ctrl-C) ends the training after the step
        at hand and returns what there is; a second one raises.
        Raises: what was raised in the thread.
        """
        if not _buttons_act_meanwhile():
            print("While this cell waits, the buttons rest: this kernel hears them afterwards.")
        try:
            self.join()
        except KeyboardInterrupt:
            self._interrupted = True
            self.stop()
            self.join()
        if self.error is not None:
            raise self.error
        assert self._result is not None  # it is there, or else the error is
        return self._result

    @property
    def history(self) -> History:
        """What happened so far."""
        return self._result or self.view.history

    @property
    def learning_rate(self) -> float:
        """Its peak now; the schedule goes on as it was."""
        return self._peak * self._factor

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        if not self._peak:
            raise ValueError("the training has not begun yet: set the rate when it runs.")
        try:
            value = float("nan") if isinstance(rate, (bool, str)) else float(rate)
        except (TypeError, ValueError, OverflowError):
            value = float("nan")
        if not 0 < value < float("inf"):
            raise ValueError(f"a learning rate is a number above 0, got {rate!r:.40}.")
        self._factor = value / self._peak
        self._show_rate()

    def _show_rate(self) -> None:
        self.view.learning_rate = float(self.learning_rate)

    def _become(self, status: str) -> None:
        with self._lock:
            self.status = status
            self.view.say(status)

    def _pressed(self, action: str) -> None:
        """A button of the view."""
        if action in ("halve", "double"):
            self.learning_rate *= 2.0 if action == "double" else 0.5
        elif action in ("pause", "resume", "stop"):
            getattr(self, action)()

    def __repr__(self) -> str:
        if self.error is not None:
            return f"<LiveTraining, failed: {error_in_words(self.error)}>"
        return f"<LiveTraining, {self.status}: {self.history!r}>"

    def _repr_mimebundle_(self, **kwargs):
        return self.view._repr_mimebundle_(**kwargs)

    def _ipython_display_(self, **kwargs) -> None:
        self.view._ipython_display_(**kwargs)


def _buttons_act_meanwhile() -> bool:
    """Whether clicks arrive while a cell runs: with ipykernel 7 and JupyterLab 4.4, or newer."""
    if not in_notebook():
        return True  # there are none
    from IPython import get_ipython

    return getattr(get_ipython().kernel, "_supports_kernel_subshells", False)


def _this_cell() -> str | None:
    """Which cell of the notebook runs now, where the notebook says so."""
    if not in_notebook():
        return None
    from IPython import get_ipython

    try:
        return get_ipython().kernel.get_parent("shell")["metadata"]["cellId"]
    except (AttributeError, KeyError, TypeError):
        return None


@atexit.register
def _stop_all() -> None:
    """Nothing trains while Python takes itself apart."""
    for training in live_trainings():
        training.stop()
    for training in live_trainings():
        training.join(5)
