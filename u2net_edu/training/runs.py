"""A training run on disk: checkpoints to resume from, the last good one always readable.

A checkpoint is one .safetensors file: tensors of the model and the optimiser, and in its header, as
JSON, the step, the settings, the history and a digest of the tensors. It is written whole or not at
all, read without running code, and believed only when the digest fits.
"""

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from ..files import atomic_write
from .history import History

FORMAT = "u2net_edu run/1"
KEEP = 3
"""Checkpoints that stay in the folder; older ones go when a newer one is safe."""

Optimizer = torch.optim.Optimizer


class RunError(ValueError):
    """A folder of checkpoints that this training cannot go on from; the message says why."""


def save_run(
    folder: str | os.PathLike,
    step: int,
    model: nn.Module,
    optimizer: Optimizer,
    settings: dict,
    history: History,
) -> Path:
    """Write the checkpoint of a step; then remove all but the newest few.

    Raises: OSError where the disk is full or the folder cannot be written; what was there stays.
    """
    path = Path(folder) / f"step-{step:08d}.safetensors"
    groups, tensors = _flatten(optimizer.state_dict())
    tensors |= {f"model.{key}": value for key, value in model.state_dict().items()}
    tensors = {key: value.detach().cpu().contiguous() for key, value in tensors.items()}
    content = {
        "step": step,
        "settings": settings,
        "optimizer": groups,
        "history": history.to_dict(),
        "digest": _digest(tensors),
    }
    header = {"format": FORMAT, "run": json.dumps(content)}
    with atomic_write(path) as temporary:
        try:
            safetensors.torch.save_file(tensors, temporary, metadata=header)
        except safetensors.SafetensorError as error:  # how it reports a disk that is full
            raise OSError(str(error)) from error
    for old in checkpoints(folder)[:-KEEP]:
        with suppress(OSError):  # Windows keeps a file that another program is reading
            old.unlink()
    return path


def checkpoints(folder: str | os.PathLike) -> list[Path]:
    """The checkpoints of a folder, oldest first."""
    return sorted(Path(folder).glob("step-*.safetensors"))


def resume_run(
    folder: str | os.PathLike, model: nn.Module, optimizer: Optimizer, settings: dict
) -> tuple[int, History]:
    """Put model and optimiser where the newest readable checkpoint was: its step and history.

    A damaged file is passed over for the one before it, with a warning in the history. An empty
    folder gives step 0. Left-over temporary files of a killed run are removed.
    Raises: RunError where the run was another one (network, seed, batch, …), or none is readable.
    """
    folder, damaged = Path(folder), []
    for leftover in folder.glob(".step-*.safetensors"):
        leftover.unlink(missing_ok=True)
    for path in reversed(checkpoints(folder)):
        try:
            content, tensors = read_run(path)
        except RunError as error:
            damaged.append(str(error))
            continue
        _check_settings(path, content["settings"], settings)
        model.load_state_dict({k[6:]: v for k, v in tensors.items() if k.startswith("model.")})
        _unflatten(optimizer, content["optimizer"], tensors)
        history = History.from_dict(content["history"])
        history.warnings += damaged
        history.stopped = None
        return content["step"], history
    if damaged:
        raise RunError(
            f"no checkpoint in {folder} can be read. Name another folder to start anew.\n"
            + "\n".join(damaged)
        )
    return 0, History()


def read_run(path: str | os.PathLike) -> tuple[dict, dict[str, Tensor]]:
    """A checkpoint's content (step, settings, optimizer, history) and tensors.

    Raises: RunError for a file that is damaged or something else.
    """
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            # Clones, because the originals are the file itself, mapped into memory.
            tensors = {key: file.get_tensor(key).clone() for key in file.keys()}  # noqa: SIM118
        content = json.loads(header["run"])
        if header["format"] != FORMAT or content["digest"] != _digest(tensors):
            raise ValueError("its digest does not fit")
    except (safetensors.SafetensorError, OSError, ValueError, KeyError) as error:
        raise RunError(f"{path} is damaged and was passed over ({error}).") from error
    return content, tensors


def _digest(tensors: dict[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for key in sorted(tensors):
        value = tensors[key]
        digest.update(f"{key} {value.dtype} {tuple(value.shape)}".encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def _flatten(state: dict) -> tuple[list, dict[str, Tensor]]:
    """An optimiser's state as JSON (param groups and plain values) and tensors by name."""
    tensors, plain = {}, {}
    for index, values in state["state"].items():
        for name, value in values.items():
            if isinstance(value, Tensor):
                tensors[f"optimizer.{index}.{name}"] = value
            else:
                plain[f"{index}.{name}"] = value
    return [state["param_groups"], plain], tensors


def _unflatten(optimizer: Optimizer, groups: list, tensors: dict[str, Tensor]) -> None:
    param_groups, plain = groups
    values = {k[10:]: v for k, v in tensors.items() if k.startswith("optimizer.")} | plain
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    state: dict[int, dict] = {}
    for key, value in values.items():
        index, name = key.split(".", 1)
        parameter = parameters[int(index)]
        if isinstance(value, Tensor) and value.shape == parameter.shape:
            # In the parameter's own memory format, as the running optimiser has it: another order
            # in memory would round sums differently, and resuming would not be bit-identical.
            value = torch.empty_like(parameter, dtype=value.dtype).copy_(value)
        state.setdefault(int(index), {})[name] = value
    optimizer.load_state_dict({"state": state, "param_groups": param_groups})


def _check_settings(path: Path, theirs: dict, ours: dict) -> None:
    ours = json.loads(json.dumps(ours))  # tuples become lists, as they did on the way to the file
    differing = [
        f"{name}: {theirs.get(name)!r} there, {ours.get(name)!r} now"
        for name in sorted(theirs.keys() | ours.keys())
        if theirs.get(name) != ours.get(name)
    ]
    if differing:
        raise RunError(
            f"{path} belongs to another run; resumed, it would be neither. "
            f"Name another checkpoint_dir, or use its settings.\n  " + "\n  ".join(differing)
        )
