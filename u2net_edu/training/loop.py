"""The training loop: the same on a laptop's CPU, on one GPU and on many."""

import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.utils.data import DataLoader

from ..architecture.about import about, note
from ..architecture.devices import pick_device
from .data import (
    Augmented,
    BatchSampler,
    batch_keys,
    default_augmentation,
    normalised,
    preprocessing_of,
)
from .history import Event, History, TrainingDiverged
from .loss import LossTerms, as_logits, saliency_loss
from .metrics import batch_iou
from .runs import RunError, resume_run
from .schedules import SCHEDULES
from .watch import Watch

WEIGHT_DECAY = 1e-2


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
    settings = _settings(locals())
    fabric = _fabric(device, devices, nodes, precision)
    home = next(model.parameters()).device
    layout = torch.preserve_format if fabric.device.type == "mps" else torch.channels_last
    note(
        model,
        preprocessing=settings["preprocessing"],
        size=getattr(train, "size", None),
        provenance=f"trained on {len(train):,} pictures of {type(train).__name__}",
    )
    model.to(memory_format=layout)
    plain_optimizer = (optimizer or _adamw(learning_rate, fabric.device))(_groups(model))
    peaks = [group["lr"] for group in plain_optimizer.param_groups]

    with ExitStack() as stack:
        stack.callback(_bring_home, model, home)
        ctrl_c = stack.enter_context(_ctrl_c())
        stack.enter_context(torch.random.fork_rng(_cuda_index(fabric)))
        network, fabric_optimizer = fabric.setup(model, plain_optimizer)
        step, history = 0, History()
        if checkpoint_dir is not None:
            step, history = resume_run(checkpoint_dir, model, plain_optimizer, settings)
            if fabric.broadcast(step) != step:
                raise RunError(f"{checkpoint_dir} differs between machines: name a shared folder.")
        clock = _Clock(fabric, steps, minutes, history.seconds)
        batches = _batches(fabric, train, settings, step, workers)
        first = fabric.is_global_zero
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
        often = max(1, min(500, (steps or 5000) // 10))

        watch.emit("start")
        while not clock.ended(step, ctrl_c() or watch.stop):
            images, masks = (part.to(fabric.device, non_blocking=True) for part in next(batches))
            images = normalised(images, settings["preprocessing"]).contiguous(memory_format=layout)
            _train_mode(model, freeze_norm)
            torch.manual_seed(seed * 1_000_003 + step)  # for dropout, where a network has some
            for group, peak in zip(plain_optimizer.param_groups, peaks):
                group["lr"] = peak * SCHEDULES[schedule](clock.done)

            plain_optimizer.zero_grad()
            logits = as_logits(network(images))
            loss = saliency_loss(logits, masks, side_weights, fuse_weight, terms)
            fabric.backward(loss.total)
            norm = fabric.clip_gradients(
                network, fabric_optimizer, max_norm=clip or math.inf, error_if_nonfinite=False
            )
            record = _record(loss, batch_iou(logits.fused.detach().sigmoid(), masks).mean(), norm)
            if not _finite(record, precision):
                keys = batch_keys(len(train), batch_size, seed, step)
                raise TrainingDiverged(_diagnosis(step + 1, record, keys, images, masks, model))
            fabric_optimizer.step()

            step += 1
            rate = plain_optimizer.param_groups[0]["lr"]
            watch.stepped({"step": step, **record, "learning_rate": rate, "seconds": clock.seconds})
            if first and valid is not None and step % (evaluate_every or often) == 0:
                watch.evaluate(clock.seconds)
            if first and checkpoint_dir is not None and step % (checkpoint_every or often) == 0:
                watch.save(checkpoint_dir, plain_optimizer, settings)
        history.stopped = clock.reason
        if first and checkpoint_dir is not None:
            watch.save(checkpoint_dir, plain_optimizer, settings)
        watch.emit("end")
    return history


# --- before the loop


def _settings(options: dict) -> dict:
    """What makes a run this run: checked, defaults filled in, ready for JSON."""
    steps, minutes, train = options["steps"], options["minutes"], options["train"]
    if (steps is None) == (minutes is None):
        raise ValueError(
            f"say steps or minutes, one of them; got steps={steps}, minutes={minutes}."
        )
    if (steps if minutes is None else minutes) <= 0:
        raise ValueError(f"a run has more than 0 steps or minutes; got {steps or minutes}.")
    if options["schedule"] not in SCHEDULES:
        raise ValueError(f"no schedule {options['schedule']!r}; there are {', '.join(SCHEDULES)}.")
    if len(train) == 0:
        raise ValueError("train is empty: there is nothing to learn from.")
    same = (
        "batch_size",
        "learning_rate",
        "schedule",
        "side_weights",
        "fuse_weight",
        "terms",
        "clip",
        "freeze_norm",
        "seed",
        "steps",
        "minutes",
    )
    model = options["model"]
    return {name: options[name] for name in same} | {
        "network": str(about(model).spec or about(model).name),
        "data": repr(train) if hasattr(train, "size") else f"{len(train)} pictures",
        "augmentation": options["augmentation"] or default_augmentation(train),
        "preprocessing": options["preprocessing"] or preprocessing_of(model),
    }


def _fabric(device: str, devices: int | str, nodes: int, precision: str) -> Fabric:
    """The processes of this run; under torchrun those that it started."""
    chosen = pick_device(device)
    if torch.distributed.is_available() and torch.distributed.is_torchelastic_launched():
        devices = int(os.environ["LOCAL_WORLD_SIZE"])
        nodes = int(os.environ["WORLD_SIZE"]) // devices
    if chosen.index is not None and devices == 1:
        devices = [chosen.index]
    if precision == "auto":
        half = chosen.type == "cuda" and torch.cuda.is_bf16_supported()
        precision = "bf16-mixed" if half else "32-true"
    single = devices == 1 or isinstance(devices, list)
    fabric = Fabric(
        accelerator=chosen.type,
        devices=devices,
        num_nodes=nodes,
        precision=precision,
        strategy="auto" if single and nodes == 1 else "ddp",
    )
    fabric.launch()
    return fabric


def _groups(model: nn.Module) -> list[dict]:
    """Convolution weights decay, biases and norms do not."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    weights = [p for p in parameters if p.dim() > 1]
    others = [p for p in parameters if p.dim() <= 1]
    groups = [
        {"params": weights, "weight_decay": WEIGHT_DECAY},
        {"params": others, "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]


def _adamw(learning_rate: float, device: torch.device):
    """AdamW; fused, where torch has it, is a tenth of a small network's step faster."""
    fused = device.type in ("cpu", "cuda")
    return lambda groups: torch.optim.AdamW(groups, learning_rate, betas=(0.9, 0.99), fused=fused)


def _batches(fabric: Fabric, train, settings: dict, step: int, workers: int) -> Iterator:
    """This process's share of every batch, from a step on, without end."""
    seed = settings["seed"]
    sampler = BatchSampler(
        len(train), settings["batch_size"], seed, step, fabric.global_rank, fabric.world_size
    )
    loader = DataLoader(
        Augmented(train, settings["augmentation"], seed),
        batch_sampler=sampler,
        num_workers=workers,
        pin_memory=fabric.device.type == "cuda",
        worker_init_fn=_leave_ctrl_c_to_the_loop,
    )
    return iter(loader)


def _leave_ctrl_c_to_the_loop(worker: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


# --- in the loop


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
            seconds, wanted = self._fabric.all_reduce(both, reduce_op="max").tolist()
        if self._steps is None:
            self.done, limit = seconds / (60 * self._minutes), "minutes"
        else:
            self.done, limit = step / self._steps, "steps"
        self.reason = limit if self.done >= 1 else stops[int(wanted)]
        return self.reason is not None


@contextmanager
def _ctrl_c() -> Iterator[Callable[[], str | None]]:
    """Inside, the first Ctrl-C is only noted, so that no step is cut in half; the second raises."""
    pressed = threading.Event()

    def note(number, frame):
        if pressed.is_set():
            raise KeyboardInterrupt
        pressed.set()

    in_main_thread = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, note) if in_main_thread else None
    try:
        yield lambda: "interrupted" if pressed.is_set() else None
    finally:
        if in_main_thread:
            signal.signal(signal.SIGINT, before or signal.default_int_handler)


def _train_mode(model: nn.Module, freeze_norm: bool) -> None:
    model.train()
    if freeze_norm:
        for module in model.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.eval()


def _bring_home(model: nn.Module, home: torch.device) -> None:
    model.to(home, memory_format=torch.contiguous_format)
    model.zero_grad()
    model.eval()


def _cuda_index(fabric: Fabric) -> list[int]:
    return [fabric.device.index or 0] if fabric.device.type == "cuda" else []


def _record(loss: LossTerms, overlap: Tensor, norm: Tensor) -> dict[str, float]:
    """The numbers of a step, fetched from the device at once."""
    sides = {f"side{i}": side for i, side in enumerate(loss.sides, start=1)}
    numbers = {"loss": loss.total, "fused": loss.fused, **sides, "iou": overlap}
    numbers["gradient_norm"] = norm
    values = torch.stack([value.detach().float() for value in numbers.values()]).tolist()
    return dict(zip(numbers, values))


def _finite(record: dict[str, float], precision: str) -> bool:
    # With float16 a gradient may overflow: the scaler then skips the step and lowers its scale.
    ignored = "gradient_norm" if precision == "16-mixed" else None
    return all(math.isfinite(value) for name, value in record.items() if name != ignored)


def _diagnosis(step: int, record: dict, keys: list, images: Tensor, masks: Tensor, model) -> str:
    """Step, batch and likely causes of a loss or gradient that is not a number."""
    bad = [name for name, value in record.items() if not math.isfinite(value)]
    causes = []
    if not torch.isfinite(images).all():
        causes.append("an image of the batch holds NaN or infinity")
    if not ((masks >= 0) & (masks <= 1)).all():
        causes.append("a mask leaves 0 … 1: divide masks of 0 … 255 by 255")
    broken = [name for name, p in model.named_parameters() if not torch.isfinite(p).all()]
    if broken:
        causes.append(f"the weights were broken before the step, {broken[0]} first")
    if not causes:
        causes += [
            "the learning rate is too high: try a tenth of it",
            "a gradient exploded: try clip=1.0",
            "float16 overflowed: try precision='bf16-mixed' or '32-true'",
        ]
    pictures = ", ".join(str(index) for index, _ in keys[:64])
    return (
        f"step {step}: {', '.join(bad)} not finite. The step was not taken.\n"
        f"The batch: pictures {pictures} of the training data.\n"
        f"Likely: {'; '.join(causes)}."
    )
