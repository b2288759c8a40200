"""One output pixel watched while the picture changes: did its value move, or is that rounding?"""

import contextlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..architecture.stand_in import stand_in
from .aten.calls import is_step, operator_kind, tensors_in
from .fields.receptive_field import support_of
from .operators import Operator
from .recording import WRITE_IN_PLACE
from .stream import OperatorStream
from .tracing import Trace, trace
from .values import check_one

REAL = 2.0**-40
"""Of the map's largest value: what changes by more, in float64, has really changed.

Rounding in float64 stays some thousand times below this, and weights that matter far above.
"""


def traced_at(model: nn.Module, image: Any, who: str) -> Trace:
    """Trace a network at the size of one image. Raises: as `check_one` and `trace`."""
    check_one(image, who)
    return trace(model, (image.shape[2], image.shape[3]), image.shape[1])


@dataclass(frozen=True)
class Shift:
    """What happened to one output pixel."""

    before: NDArray[np.float64]
    after: NDArray[np.float64]
    """(C,), every channel."""
    dtype: torch.dtype
    real: bool
    """False where nothing moved, to rounding."""
    in_float64: float | None
    """The largest difference in a second run, in float64; None if no such run was needed."""

    @property
    def largest(self) -> float:
        """The largest difference of all channels, in absolute terms."""
        return float(np.abs(self.after - self.before).max(initial=0))

    @property
    def units(self) -> float:
        """The same in units of rounding: in the last place of the largest channel's value."""
        if not self.largest:
            return 0.0
        place = torch.finfo(self.dtype).eps * 2.0 ** math.floor(math.log2(self._scale))
        return self.largest / place

    @property
    def digits(self) -> int:
        """How many decimal digits of the largest channel stay, of `all_digits`."""
        if not self.largest:
            return self.all_digits
        return int(min(max(-math.log10(self.largest / self._scale), 0), self.all_digits))

    @property
    def all_digits(self) -> int:
        """Decimal digits that a number of this precision has: 7 in float32, 15 in float64."""
        return int(math.log10(2 / torch.finfo(self.dtype).eps))

    @property
    def _scale(self) -> float:
        return float(np.abs([self.before, self.after]).max())


class Watched:
    """A pixel of a path, or its whole map, for one picture after another.

    Args:
        traced: the network, at the picture's size.
        image: (1, C, H, W), as the network takes it.
        path: None for the network's output.
        pixel: (row, column); None for the mean over the map.
        who: the function in whose name bad input is refused.

    Raises: what `Trace.support` raises; ValueError for a path that gives no map.
    """

    def __init__(
        self,
        traced: Trace,
        image: Tensor,
        path: str | None,
        pixel: tuple[int, int] | None,
        who: str,
    ):
        self.image = image.detach()
        self.path = traced.output_path if path is None else path
        position = traced.position(self.path)
        operator = traced.operators[position]
        if pixel is None:
            whole = np.ones(operator.grid, bool)
            self.support = support_of(traced.operators, traced.size, position, whole)
        else:
            self.support = traced.support(self.path, pixel)
        self.pixel = None if pixel is None else (int(pixel[0]), int(pixel[1]))
        shape = (*operator.output_shape, 1, 1)[2:4]
        if len(operator.output_shape) > 4 or shape != operator.map_size:
            raise ValueError(
                f"{who} watches maps (B, C, H, W); {self.path} gives {operator.output_shape}."
            )
        self.kind = operator.kind
        upto = traced.operators[: position + 1]
        self._operators = [o for o in upto if o.aten != WRITE_IN_PLACE]
        self.model = traced.model

    def maps(self, images: Tensor) -> Tensor:
        """What the path gives, (B, C, h, w)."""
        return self._maps(self.model, images)

    def values(self, maps: Tensor) -> NDArray[np.float64]:
        """The watched pixel of some maps, or their means: (B, C)."""
        if self.pixel is None:
            return maps.double().mean((2, 3)).cpu().numpy()
        return maps[:, :, self.pixel[0], self.pixel[1]].double().cpu().numpy()

    def shift(self, painted: Tensor, *, closely: bool = False) -> Shift:
        """Compare the value for a painted picture with that for the picture itself.

        A difference is looked at again in float64, where rounding shrinks to nothing and a real
        change stays; with `closely`, which looks for a change, all that is not clearly one.
        """
        after = self.maps(painted)
        share = self._share(self._plain, after)
        double = after.dtype == torch.float64
        clear = REAL if double else torch.finfo(after.dtype).eps ** 0.5
        real, in_float64 = share > clear, None
        if not double and (not real if closely else share > 0):
            precise = self._precise(painted)
            if precise is not None:
                real = self._share(*precise) > REAL
                in_float64 = self._largest(*precise)
        values = self.values(self._plain)[0], self.values(after)[0]
        return Shift(*values, after.dtype, real, in_float64)

    @cached_property
    def _plain(self) -> Tensor:
        return self.maps(self.image)

    @cached_property
    def _twin(self) -> tuple[nn.Module, Tensor] | None:
        """The network in float64, and its map; None for one that does not run there."""
        device = "cpu" if self.image.device.type == "mps" else self.image.device
        try:
            twin = stand_in(self.model, device=device, dtype=torch.float64)
            before = self._maps(twin, self.image.to(device, torch.float64))
        except (RuntimeError, TypeError):  # it makes tensors of another precision itself
            return None
        return (twin, before) if before.dtype == torch.float64 else None

    def _precise(self, painted: Tensor) -> tuple[Tensor, Tensor] | None:
        """Both maps in float64."""
        if self._twin is None:
            return None
        twin, before = self._twin
        return before, self._maps(twin, painted.to(before.device, torch.float64))

    def _maps(self, model: nn.Module, images: Tensor) -> Tensor:
        maps = _run_until(model, images, self._operators)
        return maps.reshape(*maps.shape, *(1 for _ in range(4 - maps.dim())))

    def _largest(self, before: Tensor, after: Tensor) -> float:
        return float(np.abs(self.values(after) - self.values(before)).max(initial=0))

    def _share(self, before: Tensor, after: Tensor) -> float:
        """The largest difference in shares of the largest value that either map holds."""
        scale = max(float(one.abs().max()) for one in (before, after))
        return self._largest(before, after) / scale if scale else 0.0


class _Reached(BaseException):
    """The run has come as far as it is wanted."""


def _run_until(model: nn.Module, images: Tensor, operators: Sequence[Operator]) -> Tensor:
    """What the last of these operators gives; what comes after it is not run.

    Raises: ValueError for a network that does not run as its trace does.
    """
    steps = iter(operators[1:])
    found = [images] if len(operators) == 1 else []

    def see(home: str, operator, args: tuple, kwargs: dict, result: Any) -> None:
        if not is_step(operator):
            return
        expected = next(steps, None)
        if expected is None or expected.kind != operator_kind(operator):
            raise ValueError(
                f"this network does not run as its trace does: at {home or 'the top'} it ran "
                f"{operator_kind(operator)}."
            )
        if expected is operators[-1]:
            found.append(tensors_in([result])[0].clone())
            raise _Reached

    model = stand_in(model)
    with contextlib.suppress(_Reached), torch.inference_mode(False), torch.no_grad():
        if not found:
            with OperatorStream(model, see):
                model(images)
    if not found:
        raise ValueError(f"{operators[-1].path} did not run on this picture.")
    return found[0].clone()
