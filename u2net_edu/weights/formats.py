"""Read files of weights without running code from them, and say what any other file is.

What a file is, is told by its content: its name may say anything.
"""

import os
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from .folded import state_of
from .onnx import OnnxError, read_graph

DEEPEST = 3  # mappings within mappings in which a state_dict is looked for


class CheckpointError(ValueError):
    """Weights that cannot be used; the message says why and what to do. Nothing was changed."""


@dataclass(frozen=True)
class WeightsFile:
    """What a file of weights holds."""

    states: dict[str, dict[str, Tensor]]
    """Its state_dicts by where they are in it: "" is the file itself, "model" an entry of it."""
    header: dict[str, str] = field(default_factory=dict)
    """What a `.safetensors` file says besides its tensors."""


def read_weights(path: str | os.PathLike) -> WeightsFile:
    """The state_dicts of a file that torch.save or safetensors wrote, on the CPU.

    An ONNX file of one of the authors' networks will do, too.

    No code from the file is run, whoever made it. A whole training state is searched for the
    state_dicts in it.

    Raises: FileNotFoundError; CheckpointError for a file that cannot be read, is damaged, or holds
    anything else: it says what.
    """
    path = Path(path)
    if not os.path.isfile(path):  # unlike Path's, never an error
        raise FileNotFoundError(f"no weights at {path}")
    try:
        with path.open("rb") as file:
            start = file.read(512)
        size = path.stat().st_size
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read ({error.strerror or error}).") from error
    try:
        if _is_safetensors(start):
            with safetensors.safe_open(path, framework="pt") as opened:
                header = dict(opened.metadata() or {})
            return WeightsFile({"": safetensors.torch.load_file(path)}, header)
        if is_onnx(start):
            return WeightsFile({"": state_of(read_graph(path.read_bytes()))})
        other = _other_than_torch(path, start)
        content = None if other else torch.load(path, map_location="cpu", weights_only=True)
    except MemoryError:
        raise
    except OnnxError as error:
        raise _refused(path, size, f"it is {error}.") from error
    except Exception as error:  # torch and safetensors raise a dozen types for a damaged file
        other = _pickled(error) or (
            "it is damaged or cut short. Fetch it again, or save it again. "
            f"({type(error).__name__})"
        )
        raise _refused(path, size, other) from error
    if other:
        raise _refused(path, size, other)
    return WeightsFile(find_states(content, str(path)))


def find_states(content: object, what: str) -> dict[str, dict[str, Tensor]]:
    """The state_dicts in what was loaded: itself, or entries of it such as "state_dict" or "model".

    Raises: CheckpointError, in words about `what`, if there is none.
    """
    found = dict(_states(content, ""))
    if found:
        return found
    inside = type(content).__name__
    if isinstance(content, Mapping):
        other = [key for key, value in content.items() if not _is_entry(key, value)]
        inside = f"other things under {some(other)}" if other else "nothing"
    raise CheckpointError(
        f"{what} holds {inside}, not a state_dict of tensors by name. "
        "Save model.state_dict() alone."
    )


def some(names, limit: int = 3) -> str:
    """The first few of many names, and how many more there are."""
    names = [str(name) for name in names]
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def _states(content: object, where: str, depth: int = 0):
    if not isinstance(content, Mapping) or not content or depth > DEEPEST:
        return
    if all(_is_entry(key, value) for key, value in content.items()):
        yield where, dict(content)
        return
    for key, value in content.items():
        yield from _states(value, f"{where}.{key}" if where else str(key), depth + 1)


def _is_entry(key: Any, value: Any) -> bool:
    return isinstance(key, str) and isinstance(value, Tensor)


def _refused(path: Path, size: int, why: str) -> CheckpointError:
    return CheckpointError(f"{path} ({size:,} bytes) cannot be read as weights: {why}")


def _is_safetensors(start: bytes) -> bool:
    """Eight bytes of length, then a header in JSON of at most 100 MB."""
    return start[8:9] == b"{" and int.from_bytes(start[:8], "little") <= 100_000_000


def _pickled(error: Exception) -> str | None:
    """What to say of a pickle that holds more than tensors, if that is why it was refused."""
    text = str(error)
    if "weights_only" not in text and "Weights only" not in text:
        return None
    thing = re.search(r"GLOBAL ([\w.]+)", text)
    of = f", with {thing[1]}" if thing else ""
    return (
        "it holds more than tensors, which is refused because it could run code: a whole model or "
        f"other objects{of}. If you trust whoever made it, read it with torch.load(path, "
        "weights_only=False) and save model.state_dict() alone."
    )


_STARTS = (  # how a file begins → what it is, and the way out
    (b"version https://git-lfs", "it is a Git LFS pointer, not yet the file: run `git lfs pull`."),
    (b"<!doctype html", "it is a web page, as a failed download leaves it. Fetch it again."),
    (b"<html", "it is a web page, as a failed download leaves it. Fetch it again."),
    (b"<", "it is a text in XML, as a failed download may leave it. Fetch it again."),
    (b"\x89png", "it is a picture (PNG)."),
    (b"\xff\xd8\xff", "it is a picture (JPEG)."),
    (b"\x89hdf", "it is an HDF5 file, as Keras writes them, not one of PyTorch."),
    (b"\x93numpy", "it is a NumPy array, not a state_dict."),
    (b"\x1f\x8b", "it is compressed (gzip). Unpack it first."),
    (b"7z\xbc\xaf", "it is compressed (7z). Unpack it first."),
    (b"rar!", "it is compressed (RAR). Unpack it first."),
    (b"{", "it is a text in JSON."),
)


def _other_than_torch(path: Path, start: bytes) -> str | None:
    """What a file is that torch.save did not write; None if it may have."""
    if not start:
        return "it is empty. Fetch it again."
    text = start.lstrip().lower()
    for begins, what in _STARTS:
        if text.startswith(begins):
            return what
    if start[:4] == b"PK\x03\x04":
        return _zip_of(path)
    if start[:1] == b"\x80" or start[257:262] == b"ustar":  # pickles, and tars of old versions
        return None
    return "it is neither a file of torch.save nor of safetensors."


def is_onnx(start: bytes) -> bool:
    """Whether a file that begins so is an ONNX model: a version, then who made it or its graph."""
    return len(start) > 2 and start[0] == 0x08 and start[1] < 64 and start[2] in (0x12, 0x3A)


def _zip_of(path: Path) -> str | None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None  # a cut file of torch.save, most likely: torch will say
    ends = {name.rsplit("/", 1)[-1] for name in names}
    if "constants.pkl" in ends:
        return "it is a TorchScript program. Save the state_dict() of the model it was made from."
    if "data.pkl" in ends:
        return None
    if any(name.endswith(".npy") for name in names):
        return "it holds NumPy arrays (.npz), not a state_dict."
    return f"it is a ZIP archive ({some(names, 2)}). Unpack it, and use the file in it."
