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
from .data import Scenes, batch_keys
from .engine import adamw, batches, layout_for, lent, make_fabric, parameter_groups
from .history import Event, History
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
    """Train a network in place; it is left in eval mode, on the device where it was.

    Args:
        model: a U2Net, or any network that gives logits (B, 1, H, W).
        train, valid: items are image (3, H, W) in 0 … 1 and mask (1, H, W): SyntheticScenes,
            FolderScenes, a list of pairs. `valid` is looked at now and then, never trained on.
        steps, minutes: when to end; one of them. With `steps`, the same seed and number of threads
            give the same weights to the bit on a CPU, however often the run was killed and resumed.
        batch_size: pictures a step, over all processes together.
        learning_rate, schedule: the peak, and one of `SCHEDULES`.
        optimizer: gives an optimiser for parameter groups, for example
            `lambda groups: torch.optim.SGD(groups, lr=0.1)`, whose own rate then is the peak.
            AdamW by default.
        side_weights, fuse_weight, terms: of `saliency_loss`, the paper's by default;
            `CLASSROOM_RECIPE` holds what teaches a small network faster.
        clip: the largest norm a gradient may have.
        augmentation: one of `AUGMENTATIONS`; by default what suits the dataset.
        preprocessing: one of `PREPROCESSING`; by default the model's own, else `plain`. The model
            remembers it.
        freeze_norm: batch norms keep their statistics: for fine-tuning on few pictures.
        device: `auto`, `cpu`, `cuda` or `mps`.
        devices, nodes: processes on this machine, and machines. Under `torchrun` both are taken
            from it. Several processes need a script: a notebook has one.
        precision: as Lightning Fabric names it; `auto` is `bf16-mixed` on a GPU that has it, else
            `32-true`.
        seed: order of the pictures, their augmentation, and any randomness in the network.
        workers: processes that prepare pictures; 0 does it in this one.
        callbacks: called with an `Event` after every step and evaluation.
        checkpoint_dir: where to keep the run, and to resume it from when it holds one already.
        checkpoint_every, evaluate_every: in steps; by default every 10th part of the run, at most
            every 500 steps. A checkpoint is also written at the end.
        progress: show a bar with loss and IoU.

    Ctrl-C ends the run after the step at hand and returns what there is; a second one at once.

    Several processes: gradients are averaged, so that with batch norm frozen and equal shares the
    step equals one process's on the whole batch. With batch norm training it does not: each process
    normalises by the mean and variance of its own share, which are noisier than the whole batch's,
    and the running statistics are those of rank 0's shares. Keep 8 or more pictures a process.

    Returns: History.
    Raises: ValueError for options that do not fit; TrainingDiverged at a NaN; RunError for a
    checkpoint_dir of another run.
    """
    settings = checked_settings(locals())
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
    often = max(1, min(500, (steps or 5000) // 10))

    with ExitStack() as stack:
        # A caller's no_grad and inference_mode are for what the caller does.
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        stack.enter_context(_noted(model, train, settings))
        stack.enter_context(lent(model, layout, fabric._precision.precision))
        interruptions = stack.enter_context(Interruptions())
        stack.enter_context(_own_randomness(fabric.device))
        make = optimizer or adamw(learning_rate, fabric.device)
        plain_optimizer = make(parameter_groups(model))
        settings["optimizer"] = describe_optimizer(plain_optimizer)
        step, history = 0, History()
        how = How(**{name: settings[name] for name in How.__dataclass_fields__})
        stepper = Stepper(fabric, model, plain_optimizer, layout, how, interruptions)
        state = RunState(model, plain_optimizer, stepper.scaler)
        if checkpoint_dir is not None:
            step, history = resume_run(checkpoint_dir, state, settings)
            if fabric.broadcast(step) != step:
                raise RunError(f"{checkpoint_dir} differs between machines: name a shared folder.")
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
    """Afterwards the caller's generators stand where they stood."""
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
        if self._fabric.world_size > 1:  # one who stops alone leaves the others waiting forever
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
