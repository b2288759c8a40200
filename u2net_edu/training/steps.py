"""One step of training: taken whole, or not at all."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from .data import normalised
from .history import TrainingDiverged
from .loss import LossTerms, as_logits, sum_of_losses
from .metrics import batch_iou
from .rollback import Rollback
from .schedules import SCHEDULES
from .signals import Interruptions


@dataclass(frozen=True)
class How:
    """How a step is taken: the options of `fit` that concern one."""

    schedule: str
    side_weights: float | Sequence[float]
    fuse_weight: float
    terms: tuple[str, ...]
    clip: float | None
    freeze_norm: bool
    preprocessing: str
    seed: int


class Stepper:
    """Takes steps with a model and its optimiser, as Lightning Fabric has set them up."""

    def __init__(
        self,
        fabric: Fabric,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        layout: torch.memory_format,
        how: How,
        interruptions: Interruptions,
    ):
        self.model, self.optimizer, self.how = model, optimizer, how
        self._fabric, self._layout, self._interruptions = fabric, layout, interruptions
        self._peaks = [group["lr"] for group in optimizer.param_groups]
        self._network, self._fabric_optimizer = fabric.setup(model, optimizer)
        self._rollback = Rollback(model)
        self.scaler = getattr(fabric._precision, "scaler", None)  # of float16, if it is used

    def take(
        self, number: int, done: float, images: Tensor, masks: Tensor, pictures: list[int]
    ) -> dict[str, float]:
        """Take step `number`; its record: loss, terms, IoU, gradient norm, learning rate.

        A step that fails, diverges or is interrupted before its weights are written leaves the
        model as it was before: running statistics and every other buffer too.

        Args:
            done: the share of the run that is over, which sets the learning rate.
            pictures: the indices of the batch, for messages.

        Raises: TrainingDiverged; ValueError for a batch that is too small for batch norm.
        """
        self._rollback.keep()
        try:
            record = self._forward_and_backward(number, done, images, masks, pictures)
            with self._interruptions.held():
                if not self._write_weights():
                    self._rollback.restore()
                self._rollback.forget()
        except BaseException:
            self._rollback.restore()
            raise
        return {**record, "learning_rate": self.optimizer.param_groups[0]["lr"]}

    def _forward_and_backward(self, number, done, images, masks, pictures) -> dict[str, float]:
        how, device = self.how, self._fabric.device
        images, masks = (part.to(device, non_blocking=True) for part in (images, masks))
        images = normalised(images, how.preprocessing).contiguous(memory_format=self._layout)
        train_mode(self.model, how.freeze_norm)
        _seed(device, how.seed * 1_000_003 + number - 1)  # for dropout, if a network has some
        rate = SCHEDULES[how.schedule](done)
        for group, peak in zip(self.optimizer.param_groups, self._peaks):
            group["lr"] = peak * rate

        self.optimizer.zero_grad()
        with _in_plain_words(images):
            logits = as_logits(self._network(images))
        loss = sum_of_losses(logits, masks, how.side_weights, how.fuse_weight, how.terms)
        self._fabric.backward(loss.total)
        norm = self._fabric.clip_gradients(
            self._network,
            self._fabric_optimizer,
            max_norm=how.clip or math.inf,
            error_if_nonfinite=False,
        )
        record = _record(loss, batch_iou(logits.fused.detach().sigmoid(), masks).mean(), norm)
        # With float16 a gradient may overflow: the scaler then skips the step and lowers its scale.
        ignored = "gradient_norm" if self.scaler else None
        bad = [k for k, value in record.items() if not math.isfinite(value) and k != ignored]
        if bad:
            raise TrainingDiverged(diagnosis(number, bad, pictures, images, masks, self.model))
        return record

    def _write_weights(self) -> bool:
        """Let the optimiser step; False if the scaler of float16 skipped it."""
        before = self.scaler.get_scale() if self.scaler else 0.0
        self._fabric_optimizer.step()
        return not self.scaler or self.scaler.get_scale() >= before


def train_mode(model: nn.Module, freeze_norm: bool) -> None:
    """Put a model into train mode; with `freeze_norm` all but its batch norms."""
    model.train()
    if freeze_norm:
        for module in model.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.eval()


def _seed(device: torch.device, seed: int) -> None:
    """Seed the generators that a step draws from, and no others: those are the caller's."""
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.default_generators[device.index or 0].manual_seed(seed)
    elif device.type == "mps":
        torch.mps.manual_seed(seed)


@contextmanager
def _in_plain_words(images: Tensor) -> Iterator[None]:
    """Say what torch means when a batch norm is given too few values."""
    try:
        yield
    except ValueError as error:
        if "more than 1 value per channel" not in str(error):
            raise
        count, _, height, width = images.shape
        raise ValueError(
            f"batch norm needs more than one value a channel to learn from, but a batch of {count} "
            f"at {height}×{width} is a single value at the bottom of the network. Take "
            "batch_size=2 or more for each process, larger pictures, or freeze_norm=True."
        ) from error


def _record(loss: LossTerms, overlap: Tensor, norm: Tensor | None) -> dict[str, float]:
    """The numbers of a step, fetched from the device at once."""
    sides = {f"side{i}": side for i, side in enumerate(loss.sides, start=1)}
    numbers = {"loss": loss.total, "fused": loss.fused, **sides, "iou": overlap}
    numbers["gradient_norm"] = loss.total.new_zeros(()) if norm is None else norm
    values = torch.stack([value.detach().float() for value in numbers.values()]).tolist()
    return dict(zip(numbers, values))


def diagnosis(
    step: int, bad: list[str], pictures: list[int], images: Tensor, masks: Tensor, model: nn.Module
) -> str:
    """Step, batch and likely causes of a loss or gradient that is not a number."""
    causes = []
    if not torch.isfinite(images).all():
        causes.append("an image of the batch holds NaN or infinity")
    if not torch.isfinite(masks).all():
        causes.append("a mask holds NaN or infinity; it lies in 0 … 1")
    broken = [name for name, p in model.named_parameters() if not torch.isfinite(p).all()]
    if broken:
        causes.append(f"the weights were broken before the step, {broken[0]} first")
    flat = images.flatten(2)
    if not causes and bool((flat == flat[..., :1]).all()):
        causes.append(
            "every picture of the batch is of a single colour: batch norm finds no spread to "
            "divide by, and the gradient grows from layer to layer"
        )
    if not causes:
        causes += [
            "the learning rate is too high: try a tenth of it",
            "a gradient exploded: try clip=1.0",
            "float16 overflowed: try precision='bf16-mixed' or '32-true'",
        ]
    shown = ", ".join(map(str, pictures[:64]))
    return (
        f"step {step}: {', '.join(bad)} not finite. The step was not taken.\n"
        f"The batch: pictures {shown} of the training data.\n"
        f"Likely: {'; '.join(causes)}."
    )
