"""A network by what it is called: a name, a file of weights, or a function that makes it."""

import importlib
import importlib.util
import inspect
import os
import re
import sys
from pathlib import Path
from typing import Literal

import safetensors.torch
import torch
from torch import nn

from ..architecture.about import about
from ..architecture.spec import U2NET, U2NET_CLASSROOM, U2NET_LITE
from ..architecture.stand_in import unwrapped
from ..architecture.u2net import U2Net
from ..files import atomic_write
from .checkpoints import (
    find_reference,
    load_authors,
    load_checkpoint,
    load_classroom_model,
    load_reference,
    save_checkpoint,
)
from .downloads import download_reference
from .formats import CheckpointError, read_weights
from .names import REFERENCE_FILES, RELEASED

NETWORKS = {"u2net": U2NET, "lite": U2NET_LITE, "classroom": U2NET_CLASSROOM}
"""The networks that have a name, and their tables."""

FACTORY = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")


def find_network(
    name: str, weights: Literal["trained", "at hand", "none"] = "trained"
) -> nn.Module:
    """The network that a name, a file or `package.module:factory` stands for, on the CPU.

    Args:
        name: one of `NETWORKS`; a file of `save_checkpoint`, or of the authors' weights; or
            `package.module:factory`, where the factory is a function without arguments that
            returns a torch.nn.Module, or is one. Modules are looked for as Python does it, and in
            the current folder.
        weights: of a network in `NETWORKS`: `trained` fetches those that were released if they are
            not on this machine, `at hand` leaves the network untrained then, and `none` always
            does. Files and factories bring their own.

    Raises: ValueError for what is none of these (CheckpointError for a file that cannot be used);
    FileNotFoundError; DownloadError.
    """
    if name in NETWORKS:
        return _by_name(name, weights)
    if os.path.isfile(name):
        return _from_file(name)
    if FACTORY.fullmatch(name):
        return _from_factory(name)
    wanted = f"{', '.join(NETWORKS)}, a file of weights, or package.module:factory"
    for ours, release in RELEASED.items():
        if name.lower() in (release, Path(REFERENCE_FILES[release]).stem, ours):
            raise ValueError(f"no network {name!r}: it is {wanted}; here it is called {ours}.")
    if os.path.isdir(name) or not re.search(r"[./\\]", name):
        raise ValueError(f"no network {name!r}: it is {wanted}.")
    raise FileNotFoundError(f"no network {name!r}, and no file there: it is {wanted}.")


def _by_name(name: str, weights: str) -> U2Net:
    if weights != "none":
        if name == "classroom":
            return load_classroom_model()
        release = RELEASED[name]
        path = download_reference(release) if weights == "trained" else find_reference(release)
        model = load_authors(release, path) if path is not None else None
        if model is not None:
            return model
    return U2Net(NETWORKS[name])


def _from_file(path: str) -> nn.Module:
    """The network of a checkpoint; or of released weights, found out by their shapes."""
    try:
        return load_checkpoint(path)
    except CheckpointError as error:
        first = error
    read_weights(path)  # a damaged file says so itself
    for spec in (U2NET_LITE, U2NET):
        try:
            return load_reference(U2Net(spec), path).eval()
        except CheckpointError:
            continue
    raise CheckpointError(
        f"{path} is no checkpoint of save_checkpoint, nor the authors' weights of a network that "
        f"has a name here. package.module:factory takes a network of any kind. ({first})"
    )


def _from_factory(name: str) -> nn.Module:
    module_name, path = name.split(":")
    found: object = _imported(module_name, name)
    for part in path.split("."):
        if not hasattr(found, part):
            raise ValueError(f"no network {name!r}: {module_name} has no {path}.")
        found = getattr(found, part)
    if not isinstance(found, nn.Module):
        if not callable(found):
            raise ValueError(
                f"{name} is of type {type(found).__name__}: expected a torch.nn.Module, or a "
                "function that returns one."
            )
        found = _called(found, name)
    if not isinstance(found, nn.Module):
        raise ValueError(f"{name} returned {type(found).__name__}: expected a torch.nn.Module.")
    return found


def _imported(module: str, name: str):
    here = os.getcwd()
    if here not in sys.path:  # the command's own sys.path begins where it is installed
        sys.path.insert(0, here)
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise ValueError(f"{name}: its module needs {error.name}, which is missing.") from error
        raise ValueError(
            f"no network {name!r}: no module {error.name!r}, here or where Python looks."
        ) from error
    except (Exception, SystemExit) as error:  # the module's own
        raise ValueError(f"{name}: importing it raised {_said(error)}.") from error


def _called(factory, name: str) -> object:
    try:
        needed = [
            parameter.name
            for parameter in inspect.signature(factory).parameters.values()
            if parameter.default is parameter.empty
            and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        ]
    except (TypeError, ValueError):
        needed = []
    if needed:
        raise ValueError(
            f"{name} takes arguments ({', '.join(needed)}): name a function that takes none."
        )
    try:
        return factory()
    except (Exception, SystemExit) as error:  # the factory's own
        raise ValueError(f"{name} raised {_said(error)}.") from error


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


# --- and back to a file


def check_target(path: str | os.PathLike) -> None:
    """Find out, before a training, whether its network can be written to a file.

    Raises: CheckpointError for another ending than .safetensors; OSError.
    """
    path = Path(path)
    if path.suffix.lower() != ".safetensors":
        raise CheckpointError(f"a checkpoint is a .safetensors file; got {path.name!r}.")
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; expected the name of a file.")
    probe = path.with_name(f".{path.stem}-probe{path.suffix}")
    try:
        with atomic_write(probe) as temporary:
            temporary.write_bytes(b"probe")
        probe.unlink()
    except OSError as error:
        reason = error.strerror or str(error)
        raise PermissionError(f"{path} cannot be written ({reason}): name another file.") from error


def save_network(model: nn.Module, path: str | os.PathLike) -> Path:
    """Write a network to one `.safetensors` file: a U2Net with its table, any other its weights.

    The weights of another are read by `model.load_state_dict(safetensors.torch.load_file(path))`.
    Raises: CheckpointError, OSError, as `save_checkpoint`.
    """
    network = unwrapped(model)
    if isinstance(network, U2Net):
        return save_checkpoint(network, path)
    tensors = {
        key: value.detach().cpu().clone(memory_format=torch.contiguous_format)
        for key, value in network.state_dict().items()
        if isinstance(value, torch.Tensor)
    }
    path = Path(path)
    with atomic_write(path) as temporary:
        try:
            header = {"network": about(model).name, "provenance": about(model).provenance}
            safetensors.torch.save_file(tensors, temporary, metadata=header)
        except safetensors.SafetensorError as error:  # of the disk, say: it is full
            raise OSError(f"{path} could not be written: {error}") from error
    return path
