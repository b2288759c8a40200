"""Weights on disk: the authors' names ↔ ours, read without running code, written atomically."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict
from importlib.resources import as_file, files
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from ..architecture.about import about, note
from ..architecture.spec import U2NET, U2NET_LITE, StageSpec, U2NetSpec
from ..architecture.stand_in import unwrapped
from ..architecture.u2net import U2Net
from ..files import atomic_write, home

FORMAT = "u2net_edu/1"

REFERENCE_FILES = {"u2net": "u2net.pth", "u2net_lite": "u2netp.pth"}
"""The authors' released weights and the names of their files."""

REFERENCE_SPECS = {"u2net": U2NET, "u2net_lite": U2NET_LITE}
"""The network that each of them fits."""


class CheckpointError(ValueError):
    """Weights that cannot be used; the message says why and what to do. Nothing was changed."""


# Ours → the authors', in this order: `de1.block.dec2.block.conv` is `stage1d.rebnconv2d.conv_s1`.
_RENAMES = [
    (r"\.block\b", ""),
    (r"^en(\d+)", r"stage\1"),
    (r"^de(\d+)", r"stage\1d"),
    (r"^(side\d+)\.conv", r"\1"),
    (r"^fuse\.conv", "outconv"),
    (r"\.input\b", ".rebnconvin"),
    (r"\.enc(\d+)", r".rebnconv\1"),
    (r"\.dec(\d+)", r".rebnconv\1d"),
    (r"\.conv\b", ".conv_s1"),
    (r"\.norm\b", ".bn_s1"),
]


def reference_key(key: str) -> str:
    """The authors' name of an entry of our state_dict: `en1.input.conv.weight` →
    `stage1.rebnconvin.conv_s1.weight`.
    """
    for pattern, replacement in _RENAMES:
        key = re.sub(pattern, replacement, key)
    return key


def reference_state_dict(model: nn.Module) -> dict[str, Tensor]:
    """The model's state_dict under the authors' names: 798 entries for their two networks.

    The tensors are the model's own, not copies.
    """
    return {reference_key(key): value for key, value in unwrapped(model).state_dict().items()}


def load_reference(model: U2Net, source: Mapping[str, Tensor] | str | os.PathLike) -> U2Net:
    """Load the authors' weights, strictly: every entry must be there, in its shape, and no other.

    Args:
        model: a `U2Net`; its own device and dtype are kept.
        source: a state_dict under the authors' names, or a file of one: `.pth`, read without
            running code, or `.safetensors`.

    Returns: the same model.
    Raises: CheckpointError, which leaves the model as it was; FileNotFoundError.
    """
    network = unwrapped(model)
    what = "the state_dict" if isinstance(source, Mapping) else str(source)
    theirs = _only_tensors(source, what) if isinstance(source, Mapping) else read_tensors(source)
    state = network.state_dict()
    ours = {reference_key(key): key for key in state}
    _check_entries(network, {name: state[key] for name, key in ours.items()}, theirs, what)
    network.load_state_dict({ours[name]: value for name, value in theirs.items()})
    provenance = f"weights: {what if isinstance(source, Mapping) else Path(source).name}"
    note(network, preprocessing="upstream", size=320, provenance=provenance)
    return model


def find_reference(name: str) -> Path | None:
    """The file of released weights on this machine, or None: `u2net` or `u2net_lite`.

    Looked for in `weights` under `u2net_edu.files.home()`, where downloads go too.
    """
    path = weights_folder() / REFERENCE_FILES[name]
    return path if path.is_file() else None


def weights_folder() -> Path:
    """Where downloaded weights are kept, and where a copy fetched by hand belongs."""
    return home() / "weights"


def save_checkpoint(model: U2Net, path: str | os.PathLike) -> Path:
    """Write a network, its table included, to one `.safetensors` file; whole or not at all."""
    network, known, path = unwrapped(model), about(model), Path(path)
    if path.suffix != ".safetensors":
        raise CheckpointError(f"a checkpoint is a .safetensors file, got {path.name!r}.")
    header = {
        "format": FORMAT,
        "spec": json.dumps(asdict(network.spec)),
        "out_channels": str(network.out_channels),
        "provenance": known.provenance,
    }
    header |= {
        name: str(getattr(known, name))
        for name in ("preprocessing", "size")
        if getattr(known, name)
    }
    state = network.state_dict()
    tensors = {key: value.detach().cpu().contiguous() for key, value in state.items()}
    with atomic_write(path) as temporary:
        safetensors.torch.save_file(tensors, temporary, metadata=header)
    return path


def load_checkpoint(path: str | os.PathLike) -> U2Net:
    """The network that `save_checkpoint` wrote, on the CPU, in eval mode.

    Raises: CheckpointError, FileNotFoundError.
    """
    tensors = read_tensors(path)
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
    except safetensors.SafetensorError:
        header = {}
    if header.get("format") != FORMAT:
        raise CheckpointError(
            f"{path} was not written by save_checkpoint ({FORMAT}): it does not say which network "
            "it belongs to. load_reference(model, path) reads the authors' files."
        )
    try:
        table = json.loads(header["spec"])
        rows = {side: [StageSpec(**row) for row in table[side]] for side in ("encoder", "decoder")}
        spec = U2NetSpec(table["name"], rows["encoder"], rows["decoder"])
        model = U2Net(spec, int(header["out_channels"]))
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{path} describes a network that cannot be built: {error}"
        ) from error
    _check_entries(model, model.state_dict(), tensors, str(path))
    model.load_state_dict(tensors)
    model.provenance = header.get("provenance", model.provenance)
    model.preprocessing = header.get("preprocessing")
    model.size = int(header["size"]) if "size" in header else None
    return model.eval()


def load_classroom_model() -> U2Net:
    """The trained classroom network, on the CPU, in eval mode; no download.

    It takes pictures in 0 … 1 as they are (`preprocessing` is `plain`) and was trained at 64×64
    (`size`): images (B, 3, H, W) → SaliencyLogits. Its card is `classroom.md` beside the weights.
    """
    with as_file(files("u2net_edu") / "assets" / "classroom.safetensors") as path:
        return load_checkpoint(path)


def read_tensors(path: str | os.PathLike) -> dict[str, Tensor]:
    """The tensors of a `.pth`, `.pt` or `.safetensors` file by name, on the CPU.

    No code from the file is run, whoever made it.
    Raises: FileNotFoundError; CheckpointError for a damaged file or one that holds anything else.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no weights at {path}")
    if path.suffix not in (".pth", ".pt", ".safetensors"):
        raise CheckpointError(f"{path}: expected .pth, .pt or .safetensors, got {path.suffix!r}.")
    try:
        if path.suffix == ".safetensors":
            return safetensors.torch.load_file(path)
        content = torch.load(path, map_location="cpu", weights_only=True)
    except MemoryError:
        raise
    except Exception as error:  # torch and safetensors raise a dozen types for a damaged file
        raise CheckpointError(
            f"{path} ({path.stat().st_size:,} bytes) cannot be read as weights: it is damaged, cut "
            f"short, or holds more than tensors, which is refused because it could run code. "
            f"Fetch it again. ({type(error).__name__})"
        ) from error
    return _only_tensors(content, str(path))


def _only_tensors(content: object, what: str) -> dict[str, Tensor]:
    """The content as a state_dict, or the error for anything else."""
    inside = type(content).__name__
    if isinstance(content, Mapping):
        other = [
            key
            for key, value in content.items()
            if not isinstance(key, str) or not isinstance(value, Tensor)
        ]
        if not other:
            return dict(content)
        inside = f"other things under {_some(other)}"
    raise CheckpointError(
        f"{what} holds {inside}, not a state_dict of tensors by name. "
        "Save model.state_dict() alone."
    )


def _check_entries(
    model: U2Net, expected: Mapping[str, Tensor], found: Mapping[str, Tensor], what: str
) -> None:
    """One error for all that is missing, unexpected or of another shape."""
    missing = [name for name in expected if name not in found]
    unexpected = [name for name in found if name not in expected]
    misshapen = [
        f"{name} {tuple(found[name].shape)} instead of {tuple(value.shape)}"
        for name, value in expected.items()
        if name in found and found[name].shape != value.shape
    ]
    problems = [
        f"{len(names)} {kind}: {_some(names)}"
        for names, kind in (
            (missing, "missing"),
            (unexpected, "unexpected"),
            (misshapen, "of another shape"),
        )
        if names
    ]
    if problems:
        raise CheckpointError(
            f"{what} does not fit {model.spec.name}, which has {len(expected)} entries. "
            + "; ".join(problems)
            + "."
            + _belongs_to(found, expected)
        )


def _belongs_to(found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> str:
    """The network that the weights do fit, as a hint."""
    shapes = {name: value.shape for name, value in found.items()}
    for variable, spec in (("U2NET", U2NET), ("U2NET_LITE", U2NET_LITE)):
        with torch.device("meta"):
            fitting = reference_state_dict(U2Net(spec))
        if shapes == {name: value.shape for name, value in fitting.items()}:
            return f" These are the released weights of {spec.name}: build U2Net({variable})."
    ours = [any(name.startswith("en1.") for name in names) for names in (found, expected)]
    if ours == [True, False]:
        return " These are our own names: load_checkpoint reads them."
    return ""


def _some(names, limit: int = 3) -> str:
    names = [str(name) for name in names]
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
