"""The training loop: the same on a laptop's CPU, on one GPU and on many."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from ..architecture.about import about, note
from ..architecture.stand_in import unwrapped
from ..weights.folded import folded_norms
from .batches import batch_keys
from .data import Scenes, any_shown_in
from .engine import adamw, batches, layout_for, lent, make_fabric, parameter_groups
from .history import Event, History
from .pairs import pair_at
from .runs import RunError, RunState, check_folder, describe_optimizer, resume_run
from .settings import checked_settings
from .signals import Interruptions
from .steps import How, Stepper
from .watch import Watch


def fit(
    model: nn.Module,
    train,
    valid=None,
    *,
    steps: int | None = None,
    minutes: float | None = None,
    batch_size: int = 8,
    learning_rate: float = 5e-3,
    schedule: str = "one-cycle",
    optimizer: Callable[[list[dict]], torch.optim.Optimizer] | None = None,
    side_weights: float | Sequence[float] = 1.0,
    fuse_weight: float = 1.0,
    terms: Sequence[str] = ("bce",),
    clip: float | None = None,
    augmentation: str | None = None,
    preprocessing: str | None = None,
    freeze_norm: bool = False,
    device: str = "auto",
    devices: int | str = 1,
    nodes: int = 1,
    precision: str = "auto",
    seed: int = 0,
    workers: int = 0,
    callbacks: Iterable[Callable[[Event], object]] = (),
    checkpoint_dir: str | os.PathLike | None = None,
    checkpoint_every: int | None = None,
    evaluate_every: int | None = None,
    progress: bool = True,
) -> History:
    """Train a network in place; afterwards it is in eval mode, on the device where it was.

    Args:
        model: a U2Net, or any network that gives logits (B, 1, H, W).
        train, valid: SyntheticScenes, FolderScenes, a list of pairs, or any dataset with a length
            whose items are image (3, H, W) and mask (1, H, W) in 0…1; see `pairs.as_pair` for the
            other forms (dicts, NumPy arrays, PIL images). Images of uint8 are divided by 255;
            floats and masks of 0…255 are refused. `valid` is scored now and then, never trained on.
        steps, minutes: when to end, one of them. With `steps`, the same seed and number of threads
            give the same weights to the bit on a CPU, however often the run was killed and resumed.
        batch_size: how many pictures a step takes, in all processes together.
        learning_rate, schedule: the peak, and one of `SCHEDULES`.
        optimizer: a function that makes an optimiser for parameter groups, for example
            `lambda groups: torch.optim.SGD(groups, lr=0.1)`; its own rate is then the peak.
            AdamW by default.
        side_weights, fuse_weight, terms: as for `saliency_loss`, by default the paper's;
            `CLASSROOM_RECIPE` holds what teaches a small network faster.
        clip: the largest norm that a gradient may have; None for no limit.
        augmentation: one of `AUGMENTATIONS`; by default what suits the dataset.
        preprocessing: one of `PREPROCESSING`; by default what the model was trained with, else
            `plain`. It is noted with the model, and `predict` uses it.
        freeze_norm: keep the statistics of batch norms, to fine-tune on few pictures.
        device: `auto`, `cpu`, `cuda` or `mps`.
        devices, nodes: processes on this machine, and machines. Under `torchrun` both are taken
            from it. Several processes need a script; a notebook has only one.
        precision: as Lightning Fabric names it; `auto` is `64-true` for weights of float64, else
            `bf16-mixed` on a GPU that has it, else `32-true`. Afterwards the weights have the
            dtype again that they had.
        seed: of the order of the pictures, their augmentation, and any randomness in the network.
        workers: how many processes prepare pictures; with 0 this one does.
        callbacks: functions that are called with an `Event` after every step and evaluation.
        checkpoint_dir: the folder in which the run is kept. If it holds a run already, that one is
            resumed.
        checkpoint_every, evaluate_every: in steps; by default a tenth of the run, and at most 500.
            A checkpoint is also written at the end.
        progress: whether to show a bar with loss and IoU.

    Ctrl-C or SIGTERM ends the run after the current step, with a checkpoint, and returns what there
    is; a second one ends it at once. A step is taken whole or not at all: if it diverges, fails or
    is interrupted, the weights and all buffers are those before it.

    Several processes: gradients are averaged, so that with batch norm frozen and equal shares the
    step equals one process's on the whole batch. With batch norm training it does not: each process
    normalises by the mean and variance of its own share, which are noisier than the whole batch's,
    and the running statistics are those of rank 0's shares. Keep 8 or more pictures a process.

    Returns: History.
    Raises: ValueError for options that do not fit; DataError, which names the picture, for data
    that cannot be used; TrainingDiverged if a loss or a gradient is NaN or infinite; RunError for a
    checkpoint_dir that cannot be written or belongs to another run.
    """
    settings = checked_settings(locals())
    steps, minutes, seed = (settings[name] for name in ("steps", "minutes", "seed"))
    batch_size, learning_rate = settings["batch_size"], settings["learning_rate"]
    workers, nodes = int(workers), int(nodes)
    devices = devices if devices == "auto" else int(devices)
    if not freeze_norm and folded_norms(unwrapped(model)):
        raise ValueError(
            "the batch norms of this network were folded into its convolutions: they have no "
            "statistics, and in a training they would make another network of it. "
            "calibrate_norms(model, images), with a batch of your pictures, gives them some first "
            "and keeps what the network computes; or freeze_norm=True leaves them as they are."
        )
    fabric = make_fabric(model, device, devices, nodes, precision)
    layout = layout_for(model, fabric.device)
    first = fabric.is_global_zero
    if first and checkpoint_dir is not None:
        check_folder(checkpoint_dir)

    with ExitStack() as stack:
        interruptions = _enter(stack, model, train, settings, fabric, layout)
        plain_optimizer = (optimizer or adamw(learning_rate, fabric.device))(
            parameter_groups(model)
        )
        settings["optimizer"] = describe_optimizer(plain_optimizer)
        how = How(**{name: settings[name] for name in How.__dataclass_fields__})
        stepper = Stepper(fabric, model, plain_optimizer, layout, how, interruptions)
        state = RunState(model, plain_optimizer, stepper.scaler)
        step, history = _resumed(fabric, checkpoint_dir, state, settings)
        if first and valid is not None:
            history.trained_on = valid is train or any_shown_in(train, _first_images(valid))
        clock = _Clock(fabric, steps, minutes, history.seconds)
        watch = Watch(
            model,
            valid,
            settings["preprocessing"],
            history,
            steps,
            callbacks if first else (),
            progress and first,
        )
        stack.push(watch.close)
        source = batches(fabric, train, settings, step, workers)
        often = max(1, min(500, (steps or 5000) // 10))

        watch.emit("start")
        while not clock.ended(step, interruptions.wanted or watch.stop):
            pictures = [i for i, _ in batch_keys(len(train), batch_size, seed, step)]
            record = stepper.take(step + 1, clock.done, *next(source), pictures)
            step += 1
            watch.stepped({"step": step, **record, "seconds": clock.seconds})
            if first and valid is not None and step % (evaluate_every or often) == 0:
                watch.evaluate(clock.seconds)
            if first and checkpoint_dir is not None and step % (checkpoint_every or often) == 0:
                watch.save(checkpoint_dir, state, settings)
        history.stopped = clock.reason
        if first and checkpoint_dir is not None:
            watch.save(checkpoint_dir, state, settings)
        watch.emit("end")
    return history


def _enter(
    stack: ExitStack, model: nn.Module, train, settings: dict, fabric: Fabric, layout
) -> Interruptions:
    """Enter all that a training changes while it lasts, and that goes back when it ends."""
    # A caller's no_grad and inference_mode are for what the caller does: this ends both.
    stack.enter_context(torch.inference_mode(False))
    stack.enter_context(_noted(model, train, settings))
    stack.enter_context(lent(model, layout, fabric._precision.precision))
    interruptions = stack.enter_context(Interruptions())
    stack.enter_context(_own_randomness(fabric.device))
    return interruptions


def _resumed(fabric: Fabric, folder, state: RunState, settings: dict) -> tuple[int, History]:
    """The step and the history to go on from; all processes must agree. Raises: RunError."""
    if folder is None:
        return 0, History()
    step, history = resume_run(folder, state, settings)
    if fabric.broadcast(step) != step:
        raise RunError(f"{folder} differs between machines: name a shared folder.")
    return step, history


def _first_images(dataset) -> list[Tensor]:
    """A few, which tell whether a dataset holds what another one does."""
    several = range(min(len(dataset), 3))
    return [pair_at(dataset, i, "the held-out data", finite=False)[0] for i in several]


@contextmanager
def _noted(model: nn.Module, train, settings: dict) -> Iterator[None]:
    """A model says what it is trained on, from here on; after an error, what it said before."""
    before = about(model)
    note(
        model,
        preprocessing=settings["preprocessing"],
        size=train.size if isinstance(train, Scenes) else None,
        provenance=f"trained on {len(train):,} pictures of {type(train).__name__}",
    )
    try:
        yield
    except BaseException:
        note(
            model,
            preprocessing=before.preprocessing,
            size=before.size,
            provenance=before.provenance,
        )
        raise


@contextmanager
def _own_randomness(device: torch.device) -> Iterator[None]:
    """Leave the caller's random generators as they were."""
    cuda = [device.index or 0] if device.type == "cuda" else []
    state = torch.mps.get_rng_state() if device.type == "mps" else None
    with torch.random.fork_rng(cuda):
        try:
            yield
        finally:
            if state is not None:
                torch.mps.set_rng_state(state)


class _Clock:
    """When a run ends, and how much of it is done; all processes agree on both."""

    def __init__(self, fabric: Fabric, steps: int | None, minutes: float | None, before: float):
        self._fabric, self._steps, self._minutes = fabric, steps, minutes
        self._start = time.monotonic() - before
        self.done = 0.0
        self.reason: str | None = None

    @property
    def seconds(self) -> float:
        """Since the start, time before a resumption included, time between not."""
        return time.monotonic() - self._start

    def ended(self, step: int, stop: str | None) -> bool:
        """Whether to stop before the next step; `reason` then says why."""
        stops = (None, "callback", "interrupted")
        seconds, wanted = self.seconds, stops.index(stop)
        if self._fabric.world_size > 1:  # if one stopped alone, the others would wait forever
            both = torch.tensor([seconds, wanted], device=self._fabric.device)
            reduced = self._fabric.all_reduce(both, reduce_op="max")
            assert isinstance(reduced, Tensor)
            seconds, wanted = reduced.tolist()
        if self._minutes is not None:
            self.done, limit = seconds / (60 * self._minutes), "minutes"
        elif self._steps is not None:
            self.done, limit = step / self._steps, "steps"
        self.reason = limit if self.done >= 1 else stops[int(wanted)]
        return self.reason is not None
