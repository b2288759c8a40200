"""How much a pixel depends on what it can see: the gradient of one output pixel on a real image.

The theoretical field says which pixels can matter; most of them matter very little (Luo et al.
2016, "Understanding the Effective Receptive Field in Deep Convolutional Neural Networks", arXiv
1701.04128).
"""

from collections.abc import Callable, Iterable, Sequence
from operator import index
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from ...architecture.stand_in import stand_in, unwrapped
from ..aten.calls import is_step, operator_kind
from ..containers import tensors_of
from ..paths import module_paths, unknown_path
from ..recording import record
from ..stream import OperatorStream
from ..values import check_one
from .receptive_field import Box, check_pixel

LEAST = 1 - 0.9545
"""Of the strongest pixel: what still counts as listened to.

Luo et al. count pixels above 1 - 95.45 % of the *central* one and call that two standard
deviations. After pools and ReLUs the centre need not be the strongest, so we compare with the
strongest instead.
"""


@torch.inference_mode(False)
@torch.enable_grad()
def effective_field(
    model: nn.Module,
    image: Tensor,
    path: str,
    pixels: tuple[int, int] | Sequence[tuple[int, int]],
) -> NDArray[np.float64]:
    """Measure how strongly each image pixel moves one output pixel: float64 (H, W), ≥ 0, sum 1.

    This is the size of the gradient of the output pixel, summed over its channels, with respect to
    each image pixel, summed over colours. The network runs in eval mode, in its own precision and
    on its device, and stays as it was. With several pixels, each field has the same weight.

    Args:
        image: (1, C, H, W), as the network takes it.
        path: of a stage, a layer or an operator.
        pixels: (row, column) of the output, or a list of such pairs, over which to average.

    Raises: PathError; IndexError for a pixel that the output does not have; TypeError for what is
    no tensor; ValueError for a batch of several, for values that are not finite or no floating
    point, and if no gradient reaches the image, because every way to it passes a ReLU or a weight
    that is 0. Of several pixels, those without a gradient are left out.
    """
    several = isinstance(pixels, Iterable) and not isinstance(pixels, str)
    chosen: list[Any] = list(pixels) if several else [pixels]
    if not any(isinstance(pixel, (Sequence, np.ndarray)) and len(pixel) > 1 for pixel in chosen):
        chosen = [pixels]
    found = [field for field in effective_fields(model, image, path, chosen) if field is not None]
    if not found:
        raise ValueError(
            f"no gradient reaches the image from {path} at {', '.join(map(str, chosen))}: every "
            "way back passes a ReLU that is shut or a weight of 0. Try another pixel or image."
        )
    return np.mean(found, axis=0)


def effective_fields(
    model: nn.Module, image: Tensor, path: str, pixels: Sequence[tuple[int, int]]
) -> list[NDArray[np.float64] | None]:
    """`effective_field` of each of several pixels, from one forward; None without a gradient."""
    check_one(image, "effective_field")
    image = image.detach().clone().requires_grad_()
    output = _output_at(unwrapped(model), image, path)
    while output.dim() < 4:
        output = output[..., None]
    fields: list[NDArray | None] = []
    for pixel in pixels:
        check_pixel(path, pixel, (output.shape[2], output.shape[3]))
        target = output[0, :, pixel[0], pixel[1]].sum()
        (gradient,) = torch.autograd.grad(target, image, retain_graph=True, allow_unused=True)
        fields.append(None)
        if gradient is not None:
            field = gradient[0].detach().abs().sum(0).double().cpu().numpy()
            if 0 < field.sum() < np.inf:
                fields[-1] = field / field.sum()
    return fields


def effective_size(effective: NDArray, least: float = LEAST) -> float:
    """Compute the side of a square with as many pixels as an effective field has strong ones.

    Args:
        effective: what `effective_field` gives.
        least: a pixel is strong with at least this share of the strongest one's.

    Source: Luo et al. 2016, section 3, but for the pixel that the others are compared with.
    """
    effective = _checked(effective)
    return float(np.sqrt((effective >= least * effective.max()).sum()))


def mass_inside(effective: NDArray, box: Box) -> float:
    """Compute the share of an effective field that lies inside a box, 0…1.

    Args:
        effective: what `effective_field` gives.
        box: ((first row, last row), (first column, last column)), as `ReceptiveField.box` gives.
    """
    effective = _checked(effective)
    try:
        (top, bottom), (left, right) = ((index(a), index(b)) for a, b in box)
    except (TypeError, ValueError):
        raise ValueError(
            "a box is ((first row, last row), (first column, last column)), whole numbers, as "
            f"ReceptiveField.box gives; got {box!r}."
        ) from None
    inside = effective[max(top, 0) : bottom + 1, max(left, 0) : right + 1]
    return float(inside.sum() / effective.sum())


def _checked(effective: Any) -> NDArray:
    """A field as an array. Raises: ValueError."""
    if isinstance(effective, (np.ndarray, Tensor)) and effective.ndim == 2:
        values = np.asarray(effective)
        if values.dtype.kind in "fiu" and np.isfinite(values).all() and values.max(initial=0) > 0:
            return values
    got = getattr(effective, "shape", None)
    raise ValueError(
        "a field is an array (H, W) of finite numbers, not all 0, as effective_field gives; got "
        f"{type(effective).__name__}{'' if got is None else f' {tuple(got)}'}."
    )


def _output_at(model: nn.Module, image: Tensor, path: str) -> Tensor:
    """What the network gives at a path, with the graph that leads back to the image."""
    twin = stand_in(model)
    found: list[Tensor] = []

    def keep(output: Any) -> None:
        tensors = tensors_of(output)
        if len(tensors) != 1:
            raise ValueError(f"{path} gives {type(output).__name__}, not one tensor.")
        found[:] = [tensors[0].clone()]  # the next operator may write over it in place

    modules = {p: module for module, p in reversed(module_paths(twin).items()) if p}
    if not isinstance(path, str):
        raise unknown_path(path, modules)
    if path in modules:
        modules[path].register_forward_hook(lambda module, args, output: keep(output))
        twin(image)
    else:
        with _AtOperator(twin, _call_of(model, image, path), keep):
            twin(image)
    if not found:
        raise ValueError(f"{path} did not run on this image.")
    return found[0]


def _call_of(model: nn.Module, image: Tensor, path: str) -> tuple[str, str, int]:
    """The module that runs an operator, the operator's kind, and which of that kind it is there."""
    channels, height, width = image.shape[1:]
    found = record(model, (height, width), channels)
    operators = found.named()
    paths = [operator.path for operator in operators]
    if path not in paths:
        raise unknown_path(path, [*found.outputs, *paths])
    calls = [(operator.home, operator.kind) for operator in operators[: paths.index(path) + 1]]
    home, kind = calls[-1]
    return home, kind, calls.count(calls[-1])


class _AtOperator(TorchFunctionMode):
    """Takes the result of the function call in which one operator runs.

    A dispatch mode sees operators, but below autograd; a function mode sees results that know their
    graph, but not operators. Together they do.
    """

    def __init__(self, model: nn.Module, call: tuple[str, str, int], keep: Callable[[Any], None]):
        super().__init__()
        self._home, self._kind, self._turn = call
        self._keep = keep
        self._seen = 0
        self._stream = OperatorStream(model, self._see)

    def __enter__(self):
        self._stream.__enter__()
        return super().__enter__()

    def __exit__(self, *exception):
        super().__exit__(*exception)
        return self._stream.__exit__(*exception)

    def _see(self, home: str, operator, args, kwargs, result) -> None:
        if is_step(operator):
            self._seen += (home, operator_kind(operator)) == (self._home, self._kind)

    def __torch_function__(self, function, types, args=(), kwargs=None):
        before = self._seen
        result = function(*args, **(kwargs or {}))
        if before < self._turn <= self._seen:
            self._turn = 0
            with torch._C.DisableTorchFunction():
                self._keep(result[0] if isinstance(result, tuple) else result)
        return result
