"""Weights on disk: the authors' names ↔ ours, checked before anything changes, written whole."""

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
from torch.nn.modules.batchnorm import _BatchNorm

from ..architecture.about import about, note
from ..architecture.spec import U2NET, U2NET_LITE, StageSpec, U2NetSpec
from ..architecture.stand_in import stand_in, unwrapped
from ..architecture.u2net import U2Net
from ..files import atomic_write
from .authors import find_reference, provenance_of
from .formats import CheckpointError, find_states, read_weights, some
from .names import REFERENCE_SPECS, reference_key, release_called

FORMAT = "u2net_edu/1"

FLOATS = (torch.float32, torch.float16, torch.bfloat16, torch.float64)
"""What weights may be."""


def reference_state_dict(model: nn.Module) -> dict[str, Tensor]:
    """Give the model's state_dict under the authors' names: 798 entries for their two networks.

    The tensors are the model's own, not copies.
    """
    return {reference_key(key): value for key, value in unwrapped(model).state_dict().items()}


def load_reference(
    model: U2Net, source: Mapping[str, Tensor] | str | os.PathLike, *, heads: bool = True
) -> U2Net:
    """Load the authors' weights, strictly: every entry must be there, in its shape, and no other.

    Args:
        model: a `U2Net`, also one that is compiled or wrapped; its own device and dtype are kept.
        source: a state_dict under the authors' names, or a file of one, read without running
            code: of torch.save, safetensors or ONNX, whatever its name. A training state that holds
            one (under "state_dict", "model", "net", …) will do, and so will names that all begin
            with the same prefix ("module.", "_orig_mod.", "model.", …): it is taken off, and the
            model's provenance says so. Counters of batches may be missing, as in old files.
        heads: False leaves out the heads (side1…side6 and fuse), which keep their values: for a
            model with another number of output channels.

    Returns: the same model.
    Raises: CheckpointError, which leaves the model as it was; FileNotFoundError.
    """
    network = unwrapped(model)
    state = network.state_dict()
    if any(value.is_meta for value in state.values()):
        raise CheckpointError(
            "the model is on the meta device, where weights have no values: "
            "model.to_empty(device='cpu') makes room for them first."
        )
    ours = {reference_key(key): key for key in state}
    if not heads:
        ours = {name: key for name, key in ours.items() if not _is_head(name)}
    expected = {name: state[key] for name, key in ours.items()}
    if isinstance(source, Mapping):
        what = "the state_dict"
        states, name = find_states(source, what), f"weights: {what}"
    else:
        what = str(source)
        file = read_weights(source)
        states = file.states
        name = file.header.get("provenance") or f"weights: {Path(source).name}"
    found, notes = _fitting(states, expected, what)
    if not heads:
        found = {name: value for name, value in found.items() if not _is_head(name)}
        notes.append("without the heads")
    _check_entries(network, expected, found, what)
    _check_values(found, what)
    # What can fail has failed before the model changes.
    placed = {
        ours[name]: value.detach().to(expected[name].device, expected[name].dtype)
        for name, value in found.items()
    }
    network.load_state_dict(placed, strict=heads)
    provenance = "; ".join([name, *notes])
    note(network, preprocessing="upstream", size=320, provenance=provenance)
    return model


def _is_head(reference_name: str) -> bool:
    return re.match(r"side\d+\.|outconv\.", reference_name) is not None


def _fitting(
    states: Mapping[str, dict[str, Tensor]], expected: Mapping[str, Tensor], what: str
) -> tuple[dict[str, Tensor], list[str]]:
    """The state_dict in a file that is meant, its names without a prefix; and what was done to it.

    Raises: CheckpointError if several are there and fit.
    """
    choices = []
    for where, state in states.items():
        for prefix in _prefixes(state, expected):
            fits = sum(prefix + name in state for name in expected)
            choices.append((fits, where, prefix))
    best = max(fits for fits, _, _ in choices)
    choices = [choice for choice in choices if choice[0] == best]
    if len(choices) > 1 and best:
        places = [f"{where} {prefix}".strip() or "its own names" for _, where, prefix in choices]
        raise CheckpointError(
            f"{what} holds this network {len(choices)} times, under {some(places)}. "
            "Pass the state_dict that you mean, its names without the prefix."
        )
    _, where, prefix = choices[0]
    notes = [f"its entry {where!r}"] if where else []
    if prefix:
        notes.append(f"names without {prefix!r}")
    found = {  # n_averaged is torch's AveragedModel counting
        name.removeprefix(prefix): value
        for name, value in states[where].items()
        if not (prefix and name.endswith("n_averaged"))
    }
    for name, value in expected.items():  # torch before 0.4.1 had none, and nothing needs them
        if name.endswith("num_batches_tracked") and name not in found and best:
            found[name] = torch.zeros((), dtype=value.dtype)
    return found, notes


def _prefixes(state: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> list[str]:
    """What stands before the names that a network expects: "" first, if it is not certain."""
    names = list(expected)
    anchors = {names[0], names[len(names) // 2], names[-1]} if names else set()
    found = {
        name[: -len(anchor)]
        for anchor in anchors
        for name in state
        if name == anchor or name.endswith(f".{anchor}")
    }
    return sorted(found) or [""]


def load_authors(name: str, path: Path | None = None) -> U2Net | None:
    """Load the authors' trained network, on the CPU, in eval mode; None if it is not here.

    Args:
        name: `u2net` or `lite`.
        path: its file; the one on this machine where None.

    Raises: CheckpointError for a damaged file.
    """
    name = release_called(name)
    path = find_reference(name) if path is None else path
    if path is None:
        return None
    model = load_reference(U2Net(REFERENCE_SPECS[name]), path).eval()
    model.provenance = provenance_of(name, path) or model.provenance
    return model


def save_checkpoint(model: U2Net, path: str | os.PathLike) -> Path:
    """Write a network, its table included, to one `.safetensors` file; whole or not at all.

    What is compiled or wrapped around the network, or a part of it, is left out. `load_checkpoint`
    gives the same network back, in its dtype.

    Raises: CheckpointError for another suffix, a network that is no `U2Net`, or one that has been
    changed since its table built it (layers replaced, parametrized, pruned, fused, quantised), so
    that the file would not load; OSError.
    """
    network, known, path = unwrapped(model), about(model), Path(path)
    if path.suffix.lower() != ".safetensors":
        raise CheckpointError(f"a checkpoint is a .safetensors file, got {path.name!r}.")
    if not isinstance(network, U2Net):
        raise CheckpointError(
            f"a checkpoint is of a U2Net, which has a table to build it from; got "
            f"{type(network).__name__}. For other networks: torch.save(model.state_dict(), path)."
        )
    try:
        twin = stand_in(network, device="cpu")
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"this network cannot be saved: {error}") from error
    assert isinstance(twin, U2Net)
    _check_unchanged(twin)
    header = {
        "format": FORMAT,
        "spec": json.dumps(asdict(network.spec)),
        "out_channels": str(network.out_channels),
        "provenance": str(known.provenance),
    }
    if known.preprocessing:
        header["preprocessing"] = str(known.preprocessing)
    if known.size:
        header["size"] = json.dumps(known.size)
    header = {key: text.encode("utf-8", "replace").decode() for key, text in header.items()}
    # Copies: a training in another thread writes to the originals.
    tensors = {
        key: value.detach().clone(memory_format=torch.contiguous_format)
        for key, value in twin.state_dict().items()
    }
    with atomic_write(path) as temporary:
        try:
            safetensors.torch.save_file(tensors, temporary, metadata=header)
        except safetensors.SafetensorError as error:  # of the disk, say: it is full
            raise OSError(f"{path} could not be written: {error}") from error
    return path


def _check_unchanged(network: U2Net) -> None:
    """Refuse a network that its table would build otherwise.

    Raises: CheckpointError that names what differs.
    """
    with torch.device("meta"):
        fresh = U2Net(network.spec, network.out_channels)
    ours, built = ({n: _said(m) for n, m in net.named_modules()} for net in (network, fresh))
    changed = [
        f"{name or 'the network'} is {ours.get(name, 'gone')}, not {built.get(name, 'there')}"
        for name in {**built, **ours}
        if ours.get(name) != built.get(name)
    ]
    state = network.state_dict()
    problems = _problems(fresh.state_dict(), state)
    if changed or problems:
        raise CheckpointError(
            "this network is no longer what its table builds, so that it could not be loaded "
            f"again: {some([*changed, *problems], 2)}. Undo the change (parametrize."
            "remove_parametrizations, prune.remove, …), or save model.state_dict() with torch.save."
        )


def _said(module: nn.Module) -> str:
    """What a module computes, apart from its weights."""
    if isinstance(module, _BatchNorm):  # one that is synchronised between processes is no other
        tracks = module.affine, module.track_running_stats
        return f"BatchNorm({module.num_features}, eps={module.eps}, {tracks})"
    if isinstance(module, U2Net):  # a subclass may print what it does
        return "U2Net"
    return f"{type(module).__name__}({module.extra_repr()})"


def load_checkpoint(path: str | os.PathLike) -> U2Net:
    """Load the network that `save_checkpoint` wrote, on the CPU, in eval mode, in the dtype it had.

    Raises: CheckpointError, FileNotFoundError. What a file says is compared with what it holds
    before any memory is taken for it.
    """
    file = read_weights(path)
    header = file.header
    if header.get("format") != FORMAT:
        raise CheckpointError(
            f"{path} was not written by save_checkpoint ({FORMAT}): it does not say which network "
            "it belongs to. load_reference(model, path) reads the authors' files."
        )
    try:
        model = _built(header, len(file.states[""]))
        size = _size(header.get("size"))
    except Exception as error:  # a header may say anything, and nest as deeply as it likes
        reason = str(error) or type(error).__name__
        raise CheckpointError(
            f"{path} describes a network that cannot be built: {reason[:200]}"
        ) from error
    expected = model.state_dict()
    found, _ = _fitting(file.states, expected, str(path))
    _check_entries(model, expected, found, str(path))
    # Copies, because these tensors may be a view of the file, which may be written anew.
    model.load_state_dict({name: value.clone() for name, value in found.items()}, assign=True)
    model.provenance = header.get("provenance", model.provenance)
    model.preprocessing, model.size = header.get("preprocessing"), size
    return model.eval()


def _built(header: Mapping[str, str], entries: int) -> U2Net:
    """The network that a header describes, without memory for its weights.

    Raises: CheckpointError if it must have more layers than the file has entries; else whatever
    a wrong description gives.
    """
    table = json.loads(header["spec"])
    rows = {side: [StageSpec(**row) for row in table[side]] for side in ("encoder", "decoder")}
    depths = [
        int(number)
        for side in rows.values()
        for row in side
        for number in re.findall(r"\d+", row.block)
    ]
    if sum(depths) + sum(map(len, rows.values())) > entries:
        raise CheckpointError(f"it has more layers than the {entries} entries of the file.")
    spec = U2NetSpec(table["name"], tuple(rows["encoder"]), tuple(rows["decoder"]))
    with torch.device("meta"):
        return U2Net(spec, int(header["out_channels"]))


def _size(text: str | None) -> int | tuple[int, int] | None:
    """The side of the pictures, or their height and width, as a header tells it."""
    if text is None:
        return None
    size = json.loads(text)
    sides = size if isinstance(size, list) and len(size) == 2 else [size]
    if any(type(side) is not int or not 1 <= side <= 100_000 for side in sides):
        raise ValueError(f"size {text[:40]} is no side in pixels.")
    return tuple(sides) if len(sides) == 2 else sides[0]


def load_classroom_model() -> U2Net:
    """Load the trained classroom network, on the CPU, in eval mode; no download.

    It takes pictures in 0 … 1 as they are (`preprocessing` is `plain`) and was trained at 64×64
    (`size`): images (B, 3, H, W) → SaliencyLogits. Its card is `classroom.md` beside the weights.
    """
    with as_file(files("u2net_edu") / "assets" / "classroom.safetensors") as path:
        return load_checkpoint(path)


def _check_entries(
    network: nn.Module, expected: Mapping[str, Tensor], found: Mapping[str, Tensor], what: str
) -> None:
    """Raise one CheckpointError for all that is missing, unexpected or cannot be used."""
    problems = _problems(expected, found)
    if problems:
        raise CheckpointError(
            f"{what} does not fit {about(network).name}, which has {len(expected)} entries. "
            + "; ".join(problems)
            + "."
            + _hint(found, expected)
        )


def _check_values(found: Mapping[str, Tensor], what: str) -> None:
    """Raise CheckpointError for weights that cannot have come from a training that went well."""
    wrong = [
        f"{name} holds NaN or infinity"
        for name, value in found.items()
        if value.is_floating_point() and not value.isfinite().all()
    ]
    wrong += [
        f"{name} holds a negative variance"
        for name, value in found.items()
        if name.endswith("running_var") and (value < 0).any()
    ]
    if wrong:
        raise CheckpointError(
            f"{what} holds weights that are not usable: {some(wrong)}. Was the file damaged, or "
            "did its training diverge? Take an earlier checkpoint."
        )


def _problems(expected: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> list[str]:
    shared = [name for name in expected if name in found]
    unusable = {name: _unusable(found[name], expected[name]) for name in shared}
    kinds = {
        "missing": [name for name in expected if name not in found],
        "unexpected": [name for name in found if name not in expected],
        "that cannot be used": [f"{name} is {why}" for name, why in unusable.items() if why],
        "of another shape": [
            f"{name} {tuple(found[name].shape)} instead of {tuple(expected[name].shape)}"
            for name in shared
            if not unusable[name] and found[name].shape != expected[name].shape
        ],
    }
    return [f"{len(names)} {kind}: {some(names)}" for kind, names in kinds.items() if names]


def _unusable(value: Tensor, like: Tensor) -> str:
    """Why a tensor cannot be the value of an entry; empty if it can, its shape aside."""
    if value.is_nested or value.layout != torch.strided:
        return "sparse or nested"
    if value.is_quantized:
        return "quantised"
    if value.is_meta:
        return "without values (meta)"
    if like.is_floating_point():
        return "" if value.dtype in FLOATS else f"of {value.dtype}"
    whole = not (value.is_floating_point() or value.is_complex() or value.dtype == torch.bool)
    return "" if whole else f"of {value.dtype}"


def _hint(found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> str:
    """The network that the weights do fit, or the part of this one."""
    shared = [name for name in expected if name in found]
    if any(_unusable(found[name], expected[name]) for name in shared):
        return ""
    different = [
        name
        for name in {**expected, **found}
        if name not in found or name not in expected or found[name].shape != expected[name].shape
    ]
    if all(map(_is_head, different)):
        return (
            " These are the heads (side1…side6, outconv), which give another number of maps: "
            "load_reference(model, source, heads=False) loads all the rest and leaves the model's "
            "own heads as they are."
        )
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
