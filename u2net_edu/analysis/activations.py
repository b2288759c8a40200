"""What layers output for a real image."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from ..architecture.stand_in import stand_in
from .aten.calls import is_step, operator_kind, tensors_in
from .containers import tensors_of
from .paths import operator_paths, unknown_path
from .stream import OperatorStream
from .values import check_values


def capture(model: nn.Module, images: Tensor, paths: Iterable[str] | str) -> dict[str, Tensor]:
    """Collect what layers, stages and single operators output for these images: {path: tensor}.

    Runs one forward of a stand-in, in eval mode without gradients, so the model stays as it was.
    The tensors are clones: a later in-place ReLU cannot overwrite them.

    Args:
        model: ours, or any module that takes one tensor.
        images: (B, C, H, W).
        paths: of modules (`en3`, `en3.enc2`) or operators (`en3.enc2.conv`). A module that runs
            more than once is captured at its last run.

    Raises: TypeError for what is no tensor; ValueError for images with NaN or infinity, or on the
    meta device, and for a module that did not run or whose output is not one tensor; PathError (a
    KeyError) for a path the network does not have, with the nearest names.
    """
    wanted = list(paths) if isinstance(paths, Iterable) and not isinstance(paths, str) else [paths]
    check_values(images, "capture")
    calls = [("", "input")]
    of_operators: list[Tensor | None] = [images]
    of_modules: dict[str, Any] = {}

    def see(module: str, operator, args, kwargs, result) -> None:
        if not is_step(operator):
            return
        kind = operator_kind(operator)
        stem = f"{module}.{kind}" if module else kind
        calls.append((module, kind))
        # Final names need the whole pass (a counter where several share a kind), so whatever may
        # turn out to be wanted is cloned here.
        candidate = any(path.startswith(stem) for path in wanted if path not in known)
        outputs = tensors_in([result]) if candidate else []
        of_operators.append(outputs[0].clone() if outputs else None)

    def leave(module: str, output: Any) -> None:
        if module in wanted:
            found = tensors_of(output)
            of_modules[module] = found[0].clone() if len(found) == 1 else output

    model = stand_in(model)
    stream = OperatorStream(model, see, leave)
    known = dict.fromkeys(stream.paths.values())  # in order, for the error that names some
    for path in wanted:
        if not isinstance(path, str):
            raise unknown_path(path, known)
    with torch.inference_mode(False), torch.no_grad(), stream:
        model(images)
    leaves = [path for module, path in stream.paths.items() if not module._modules]
    by_operator = dict(zip(operator_paths(calls, leaves, known), of_operators))
    captured = {}
    for path in wanted:
        output = of_modules.get(path, by_operator.get(path))
        if path not in known and path not in by_operator:
            raise unknown_path(path, [*known, *by_operator])
        if not isinstance(output, Tensor):
            reason = "did not run" if output is None else f"gives {type(output).__name__}"
            raise ValueError(f"{path or 'the model'} {reason}: capture takes single tensors.")
        captured[path] = output
    return captured
