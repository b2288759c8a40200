"""What a run is made of before its first step: processes, precision, optimiser, batches."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.utils.data import DataLoader

from ..architecture.devices import pick_device
from .batches import Augmented, BatchSampler
from .signals import ignore_in_worker

WEIGHT_DECAY = 1e-2

PRECISIONS = ("auto", "32-true", "bf16-mixed", "16-mixed", "64-true", "bf16-true", "16-true")

_WEIGHTS = {"64-true": torch.float64, "bf16-true": torch.bfloat16, "16-true": torch.float16}


def make_fabric(
    model: nn.Module, device: str, devices: int | str, nodes: int, precision: str
) -> Fabric:
    """The processes of this run; under torchrun those that it started.

    Precision `auto` is float64 for weights of float64; else bfloat16 with weights of float32 on a
    GPU that has it; else float32.
    """
    chosen = pick_device(device)
    if torch.distributed.is_available() and torch.distributed.is_torchelastic_launched():
        devices = int(os.environ["LOCAL_WORLD_SIZE"])
        nodes = int(os.environ["WORLD_SIZE"]) // devices
    one = devices == 1 and nodes == 1
    which: Any = [chosen.index] if chosen.index is not None and devices == 1 else devices
    if precision == "auto":
        half = chosen.type == "cuda" and torch.cuda.is_bf16_supported()
        precision = "bf16-mixed" if half else "32-true"
        if next(model.parameters()).dtype == torch.float64 and chosen.type != "mps":
            precision = "64-true"
    try:
        fabric = Fabric(
            accelerator=chosen.type,
            devices=which,
            num_nodes=nodes,
            precision=cast(Any, precision),
            strategy="auto" if one else "ddp",
        )
    except Exception as error:  # Fabric's own types: too many devices, no such precision here
        raise ValueError(
            f"this machine cannot train on {devices} × {chosen.type} with {precision}: {error}"
        ) from error
    fabric.launch()
    return fabric


def is_first_process() -> bool:
    """Whether this process speaks and writes for all of a distributed run."""
    distributed = torch.distributed.is_available() and torch.distributed.is_initialized()
    return not distributed or torch.distributed.get_rank() == 0


@contextmanager
def lent(model: nn.Module, layout: torch.memory_format, precision: str) -> Iterator[None]:
    """Inside, a model has the layout and the dtype that training needs.

    Afterwards every weight and buffer is again on the device and of the dtype that it had, without
    a gradient, and the model is in eval mode, however training ended.
    """
    homes = {
        name: (tensor.device, tensor.dtype)
        for named in (model.named_parameters, model.named_buffers)
        for name, tensor in named()
    }
    try:
        model.to(dtype=_WEIGHTS.get(precision, torch.float32))
        model.to(memory_format=layout)  # type: ignore[call-overload]
        yield
    finally:
        model.zero_grad()
        for named in (model.named_parameters, model.named_buffers):
            for name, tensor in named():
                _bring(tensor, *homes.get(name, (tensor.device, tensor.dtype)))
        model.eval()


def _bring(tensor: Tensor, device: torch.device, dtype: torch.dtype) -> None:
    tensor.data = tensor.data.to(device, dtype, memory_format=torch.contiguous_format)


def layout_for(model: nn.Module, device: torch.device) -> torch.memory_format:
    """The memory layout in which convolutions are quickest, if the model can have it."""
    flat = all(tensor.dim() != 5 for tensor in model.parameters())
    return torch.channels_last if flat and device.type != "mps" else torch.preserve_format


def parameter_groups(model: nn.Module) -> list[dict]:
    """Convolution weights decay, biases and norms do not."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    weights = [p for p in parameters if p.dim() > 1]
    others = [p for p in parameters if p.dim() <= 1]
    groups = [
        {"params": weights, "weight_decay": WEIGHT_DECAY},
        {"params": others, "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]


def adamw(learning_rate: float, device: torch.device) -> Callable:
    """AdamW; the fused one, if torch has it, makes a small network's step a tenth faster."""
    fused = device.type in ("cpu", "cuda")
    return lambda groups: torch.optim.AdamW(groups, learning_rate, betas=(0.9, 0.99), fused=fused)


def batches(
    fabric: Fabric, train, settings: dict, step: int, workers: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """This process's share of every batch, from a step on, without end.

    Raises: DataError for a picture or a mask that cannot be used.
    """
    seed = settings["seed"]
    sampler = BatchSampler(
        len(train), settings["batch_size"], seed, step, fabric.global_rank, fabric.world_size
    )
    loader = DataLoader(
        Augmented(train, settings["augmentation"], seed),
        batch_sampler=sampler,
        collate_fn=_as_it_is,
        num_workers=workers,
        pin_memory=fabric.device.type == "cuda",
        worker_init_fn=ignore_in_worker,
    )
    for batch in loader:
        if isinstance(batch, Exception):
            raise batch
        yield batch


def _as_it_is(batch):
    """`Augmented` gives whole batches: nothing is left to collate."""
    return batch
