"""A training run on disk: checkpoints to resume from, the last good one always readable.

A checkpoint is one .safetensors file: tensors of the model and the optimiser, and in its header, as
JSON, the step, the settings and the history, and a digest of all of it. It is written whole or not
at all, read without running code, and believed only if the digest fits.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from ..files import atomic_write
from .history import History

FORMAT = "u2net_edu run/2"
KEEP = 3
"""Checkpoints that stay in the folder; older ones go when a newer one is safe."""

Optimizer = torch.optim.Optimizer


class RunError(ValueError):
    """A folder of checkpoints that this training cannot use; the message says why. Nothing of the
    model was changed.
    """


@dataclass(frozen=True)
class RunState:
    """What a checkpoint keeps, and what resuming changes."""

    model: nn.Module
    optimizer: Optimizer
    scaler: Any = None
    """The gradient scaler of float16, if it is used."""


def describe_optimizer(optimizer: Optimizer) -> dict[str, Any]:
    """What makes an optimiser this one, as JSON: its class, and its numbers for each group.

    How torch computes it (fused, foreach) is left out: a run may go on with another way.
    """
    how = {"params", "initial_lr", "foreach", "fused", "capturable", "differentiable"}
    groups = [
        {name: _plain(value) for name, value in group.items() if name not in how}
        | {"parameters": len(group["params"])}
        for group in optimizer.param_groups
    ]
    return {"class": type(optimizer).__name__, "groups": groups}


def check_folder(folder: str | os.PathLike) -> None:
    """Find out, before a run, whether checkpoints can be written to a folder; it is made here.

    Raises: RunError.
    """
    try:
        with atomic_write(Path(folder) / "probe") as temporary:
            temporary.write_bytes(b"probe")
        (Path(folder) / "probe").unlink()
    except OSError as error:
        reason = error.strerror or error
        raise RunError(
            f"checkpoints cannot be written to {folder} ({reason}). Name another checkpoint_dir."
        ) from error


def save_run(
    folder: str | os.PathLike, step: int, state: RunState, settings: dict, history: History
) -> Path:
    """Write the checkpoint of a step; then remove all but the newest few before it.

    Raises: OSError if the disk is full or the folder cannot be written; what was there stays.
    """
    path = Path(folder) / f"step-{step:08d}.safetensors"
    groups, tensors = _flatten(state.optimizer.state_dict())
    tensors |= {f"model.{key}": value for key, value in state.model.state_dict().items()}
    tensors = {key: value.detach().cpu().contiguous() for key, value in tensors.items()}
    run = json.dumps(
        {
            "step": step,
            "settings": settings,
            "optimizer": groups,
            "scaler": state.scaler.state_dict() if state.scaler else {},
            "history": history.to_dict(),
        }
    )
    header = {"format": FORMAT, "run": run, "digest": _digest(run, tensors)}
    with _locked(path.parent, wait=True), atomic_write(path) as temporary:
        try:
            safetensors.torch.save_file(tensors, temporary, metadata=header)
        except safetensors.SafetensorError as error:  # how it reports a disk that is full
            raise OSError(str(error)) from error
    # Those of later steps were passed over as damaged: they must not count among the newest.
    before = [old for old in checkpoints(folder) if old.name <= path.name]
    for old in before[:-KEEP]:
        with suppress(OSError):  # Windows keeps a file that another program is reading
            old.unlink()
    return path


def checkpoints(folder: str | os.PathLike) -> list[Path]:
    """The checkpoints of a folder, oldest first."""
    return sorted(Path(folder).glob("step-*.safetensors"))


def resume_run(folder: str | os.PathLike, state: RunState, settings: dict) -> tuple[int, History]:
    """Put model and optimiser into the state of the newest readable checkpoint.

    Returns: its step and history. A damaged file is passed over for the one before it, with a
    warning in the history. An empty folder gives step 0. Temporary files that a killed run left
    behind are removed.
    Raises: RunError if the run was another one (network, optimiser, seed, batch, …), or none is
    readable. Model and optimiser are then as they were.
    """
    folder, damaged = Path(folder), []
    _remove_leftovers(folder)
    for path in reversed(checkpoints(folder)):
        try:
            content, tensors = read_run(path)
        except RunError as error:
            damaged.append(str(error))
            continue
        _check_same(path, content["settings"], settings, tensors, state.model)
        _load(path, state, content, tensors)
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
        if header.get("format") != FORMAT:
            raise ValueError(f"its format is {header.get('format')!r}, not {FORMAT!r}")
        if header["digest"] != _digest(header["run"], tensors):
            raise ValueError("its digest does not fit")
        content = json.loads(header["run"])
        _check_fields(content)
    except Exception as error:  # a damaged file may be anything
        reason = str(error) or type(error).__name__
        raise RunError(f"{path} is damaged and was passed over ({reason}).") from error
    return content, tensors


def _check_fields(content: Any) -> None:
    """Whether a checkpoint says what `save_run` writes. Raises: ValueError."""
    wanted = {"step": int, "settings": dict, "optimizer": list, "scaler": dict, "history": dict}
    for name, kind in wanted.items():
        if not isinstance(content, dict) or not isinstance(content.get(name), kind):
            raise ValueError(f"its field {name!r} is missing or malformed")
    if content["step"] < 0 or len(content["optimizer"]) != 2:
        raise ValueError("its step or its optimiser is malformed")
    expected = {name: type(value) for name, value in History().to_dict().items()}
    for name in ("records", "evaluations", "warnings", "every"):
        if not isinstance(content["history"].get(name), expected[name]):
            raise ValueError(f"its history has no {name!r}")
    for record in content["history"]["records"]:
        if not isinstance(record, dict) or not {"step", "seconds"} <= record.keys():
            raise ValueError("its history has a malformed record")


def _digest(run: str, tensors: dict[str, Tensor]) -> str:
    digest = hashlib.sha256(run.encode())
    for key in sorted(tensors):
        value = tensors[key]
        digest.update(f"{key} {value.dtype} {tuple(value.shape)}".encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


@contextmanager
def _locked(folder: Path, wait: bool) -> Iterator[bool]:
    """Hold a folder's lock; whether it is held. Writing waits for it, tidying does not.

    Without locks, as on Windows and on some file systems of a network, writing goes on all the
    same, and only tidying is left out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle, held = None, False
    try:
        import fcntl  # not on Windows

        handle = os.open(folder, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        held = True
    except (ImportError, OSError):
        pass
    try:
        yield held
    finally:
        if handle is not None:
            os.close(handle)


def _remove_leftovers(folder: Path) -> None:
    """Remove the temporary files of runs that were killed, unless a run is writing just now."""
    leftovers = list(folder.glob(".step-*.safetensors"))
    if not leftovers:
        return
    with _locked(folder, wait=False) as held:
        for leftover in leftovers if held else ():
            leftover.unlink(missing_ok=True)


# --- the optimiser's state as tensors and JSON


def _flatten(state: dict) -> tuple[list, dict[str, Tensor]]:
    """An optimiser's state as JSON (param groups and plain values) and tensors by name."""
    tensors, plain = {}, {}
    for index, values in state["state"].items():
        for name, value in values.items():
            if isinstance(value, Tensor):
                tensors[f"optimizer.{index}.{name}"] = value
            else:
                plain[f"{index}.{name}"] = value
    groups = [{k: _plain(v) for k, v in group.items()} for group in state["param_groups"]]
    return [groups, plain], tensors


def _plain(value: Any) -> Any:
    """A setting of an optimiser as JSON holds it."""
    if isinstance(value, Tensor):
        return value.item() if value.numel() == 1 else value.tolist()
    return value


def _unflatten(optimizer: Optimizer, groups: list, tensors: dict[str, Tensor]) -> dict:
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
    return {"state": state, "param_groups": param_groups}


# --- from a checkpoint to the model


def _load(path: Path, state: RunState, content: dict, tensors: dict[str, Tensor]) -> None:
    """Write a checkpoint into model and optimiser: into both, or into neither."""
    before = {key: value.clone() for key, value in state.model.state_dict().items()}
    try:
        state.model.load_state_dict(_of_model(tensors))
        state.optimizer.load_state_dict(_unflatten(state.optimizer, content["optimizer"], tensors))
        if state.scaler and content["scaler"]:
            state.scaler.load_state_dict(content["scaler"])
    except Exception as error:  # an optimiser of the user's own, which refuses its state
        state.model.load_state_dict(before)
        raise RunError(
            f"{path} does not fit this model and this optimiser ({type(error).__name__}: {error}). "
            "Name another checkpoint_dir, or use those it was written with."
        ) from error


def _of_model(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {key[6:]: value for key, value in tensors.items() if key.startswith("model.")}


def _check_same(
    path: Path, theirs: dict, ours: dict, tensors: dict[str, Tensor], model: nn.Module
) -> None:
    """Refuse a checkpoint of another run, with everything that differs. Raises: RunError."""
    ours = json.loads(json.dumps(ours))  # tuples become lists, as they did on the way to the file
    differing = [*_differences(theirs, ours), *_other_shapes(_of_model(tensors), model)]
    if differing:
        raise RunError(
            f"{path} belongs to another run; resumed, it would be neither. "
            f"Name another checkpoint_dir, or use its settings.\n  " + "\n  ".join(differing)
        )


def _differences(theirs: Any, ours: Any, name: str = "") -> Iterator[str]:
    """Where two trees of JSON differ, a line each: `optimizer.class: 'AdamW' there, 'SGD' now`."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for key in sorted(theirs.keys() | ours.keys()):
            inner = f"{name}.{key}" if name else key
            yield from _differences(theirs.get(key), ours.get(key), inner)
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours) and name:
        for index, (there, now) in enumerate(zip(theirs, ours)):
            if isinstance(there, dict):
                yield from _differences(there, now, f"{name}[{index}]")
            elif theirs != ours:
                yield f"{name}: {theirs!r} there, {ours!r} now"
                return
    elif theirs != ours:
        yield f"{name}: {theirs!r} there, {ours!r} now"


def _other_shapes(theirs: Mapping[str, Tensor], model: nn.Module, limit: int = 5) -> list[str]:
    """Entries of the model that a checkpoint lacks, has in addition, or has in another shape."""

    def shapes(state: Mapping[str, Any]) -> dict[str, str]:
        return {
            key: f"{tuple(value.shape)} {str(value.dtype).removeprefix('torch.')}"
            for key, value in state.items()
            if isinstance(value, Tensor)
        }

    there, now = shapes(theirs), shapes(model.state_dict())
    lines = [
        f"{key}: {there.get(key, 'nothing')} there, {now.get(key, 'nothing')} now"
        for key in sorted(there.keys() | now.keys())
        if there.get(key) != now.get(key)
    ]
    more = [f"… and {len(lines) - limit} more entries of the model"] if len(lines) > limit else []
    return lines[:limit] + more
