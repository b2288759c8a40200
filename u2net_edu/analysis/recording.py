"""Run a network once without arithmetic and write down every operator.

The network runs on the meta device, where tensors have a shape and no values. If it cannot, because
it makes tensors on a device of its own choice, fake tensors do the same under a real device's name.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from ..architecture.stand_in import stand_in
from .aten.calls import Call, is_step, signature, tensors_in
from .aten.costs import cost
from .aten.filling import filled
from .aten.geometry import geometry
from .aten.layout import Source, Unknown, chosen_from, tidy
from .aten.meta import shadow, shape_of_result
from .aten.names import ALLOCATIONS, CONSTANTS, KINDS
from .containers import tensors_of
from .memory import Memory
from .operators import Operator
from .paths import operator_paths
from .stream import OperatorStream
from .switches import plain


class TraceError(ValueError):
    """The network cannot be traced; the message says why and what to do."""


@dataclass
class Recording:
    """All that one pass saw. The image itself is operator 0."""

    operators: list[Operator]
    """Their paths are still those of the modules at work."""
    outputs: dict[str, tuple[int, ...]]
    """Path of each module that ran → the operators that made its (last) output."""
    classes: dict[str, str]
    """Path of each module → the name of its class."""
    leaves: frozenset[str]
    """Paths of the modules without children."""
    unused: tuple[str, ...]
    """Parameters that no operator read."""
    error: Exception | None = None
    """What ended the pass early."""
    where: str = ""

    def named(self) -> tuple[Operator, ...]:
        """The operators, each under its own path."""
        calls = [(operator.home, operator.kind) for operator in self.operators]
        paths = operator_paths(calls, self.leaves, self.classes)
        return tuple(replace(o, path=path) for o, path in zip(self.operators, paths))


def record(
    model: nn.Module, size: tuple[int, int], channels: int, *, complete: bool = True
) -> Recording:
    """Run a stand-in of the model on one image of that size, in eval mode without gradients.

    With `complete=False`, a pass that fails returns what it saw until then.

    Raises: TraceError.
    """
    recording = _record_on_meta(model, size, channels)
    if recording.error and _is_about_devices(recording.error):
        recording = _record_on_fake(model, size, channels)
    if recording.error and complete:
        where = f" in {recording.where}" if recording.where else ""
        shape = (1, channels, *size)
        kind = type(recording.error).__name__
        reason = f"{kind}: {recording.error}"
        if isinstance(recording.error, TraceError):
            reason = str(recording.error)
        elif kind in ("DataDependentOutputException", "DynamicOutputShapeException"):
            reason = _DEPENDS_ON_VALUES.format(recording.error)
        raise TraceError(
            f"{type(model).__name__} cannot be traced on an image of shape {shape}{where}: {reason}"
        ) from recording.error
    return recording


def _record_on_meta(model: nn.Module, size: tuple[int, int], channels: int) -> Recording:
    return _Recorder(stand_in(model, shadow), "meta", nullcontext()).run(size, channels)


def _record_on_fake(model: nn.Module, size: tuple[int, int], channels: int) -> Recording:
    from torch._subclasses.fake_tensor import FakeTensorMode  # takes a second, and is rarely needed

    mode = FakeTensorMode(allow_non_fake_inputs=True)
    device = next((tensor.device for tensor in model.parameters()), torch.device("cpu"))
    return _Recorder(stand_in(model, mode.from_tensor), device, mode).run(size, channels)


def _is_about_devices(error: Exception) -> bool:
    """Whether a pass failed for being on the meta device, and might not on another."""
    words = str(error).lower()
    return not isinstance(error, TraceError) and ("meta" in words or "device" in words)


_DEPENDS_ON_VALUES = (
    "its forward depends on the values of a tensor ({}), and a trace has shapes only: trace the "
    "part of the network before it."
)
WRITE_IN_PLACE = "a write in place"
"""The `aten` of an operator that no call stands for: parts of an output were changed later."""
_WRITTEN_OVER = "it reads memory that was changed in place through another view"
_ASKS_FOR_VALUES = {"_local_scalar_dense", "nonzero", "masked_select", "is_nonzero", "equal"}


class _Recorder:
    """Follows tensors from operator to operator; each carries its `Source` as an attribute."""

    def __init__(self, model: nn.Module, device: Any, mode: Any):
        self.model, self.device, self.mode = model, device, mode
        self.stream = _Stream(model, self.see, self.leave)
        self.operators: list[Operator] = []
        self.outputs: dict[str, tuple[int, ...]] = {}
        self.memory = Memory(model)
        self.mark = object()
        self.unread: dict[str, int] = {}
        for name, parameter in model.named_parameters():
            parameter.parameter_name = name  # type: ignore[attr-defined]
            self.unread[name] = parameter.numel()

    def run(self, size: tuple[int, int], channels: int) -> Recording:
        dtypes = (p.dtype for p in self.model.parameters() if p.dtype.is_floating_point)
        error, where = None, ""
        try:
            with plain(self.device), self.mode:
                dtype = next(dtypes, torch.float32)
                image = torch.empty((1, channels, *size), dtype=dtype, device=self.device)
                self.begin(image)
                with self.stream:
                    output = self.model(image)
            if not any(self.source(tensor) for tensor in tensors_of(output)):
                raise TraceError(
                    f"its forward gives {type(output).__name__}, in which there is no tensor that "
                    "an operator made: a trace follows tensors."
                )
        except Exception as problem:
            error, where = problem, self.describe(self.stream.failed_in)
        paths = self.stream.paths
        del self.stream  # which refers back to this
        return Recording(
            self.operators,
            self.outputs,
            {path: type(module).__name__ for module, path in paths.items()},
            frozenset(path for module, path in paths.items() if not module._modules),
            tuple(self.unread),
            error,
            where,
        )

    def describe(self, path: str) -> str:
        """Describe a module by its path, and a single layer by its settings too."""
        module = next((m for m, p in self.stream.paths.items() if p == path and p), None)
        return f"{path}, {module!r}" if module and not module._modules else path

    def begin(self, image: Tensor) -> None:
        rows, columns = image.shape[2:]
        grid = rows, columns
        self.wear([image], Source(0, "..rc", grid))
        taken = self.memory.add([image])
        self.note("", "input", image.shape, grid=grid, map_size=grid, output_bytes=taken)

    def note(self, home: str, kind: str, shape: Sequence[int], **facts: Any) -> int:
        """Add an operator; facts that are not given are empty or 0."""
        known: dict[str, Any] = {
            "inputs": (),
            "parameters": 0,
            "macs": 0,
            "other_ops": 0,
            "output_bytes": 0,
            "counted": True,
            "aten": "",
            "settings": {},
            "grid": (1, 1),
            "map_size": (1, 1),
            "links": (),
            "bound": "",
            "unknown": "",
            **facts,
        }
        shapes = tuple(self.operators[i].output_shape for i in known["inputs"])
        known = {"input_shapes": shapes, "live_bytes": self.memory.live(), **known}
        self.operators.append(
            Operator(path=home, home=home, kind=kind, output_shape=tuple(shape), **known)
        )
        return len(self.operators) - 1

    def leave(self, path: str, output: Any) -> None:
        made = []
        for tensor in tensors_of(output):
            source = self.source(tensor)
            index = source.index if source else -1
            if self.memory.is_stale(tensor, index):
                index = self.written_over(path, tensor, index)
            made += [index] if index >= 0 else []
        self.outputs[path] = tuple(made)

    def written_over(self, path: str, tensor: Tensor, index: int) -> int:
        """An operator for an output of which parts were changed in place after it was made."""
        index = self.note(
            path,
            "written",
            tensor.shape,
            inputs=(index,) if index >= 0 else (),
            aten=WRITE_IN_PLACE,
            links=None,
            unknown=_WRITTEN_OVER,
        )
        self.wear([tensor], Source(index, "." * tensor.dim(), (1, 1)))
        return index

    def see(self, home: str, operator, args: tuple, kwargs: dict, result: Any) -> None:
        call = Call(operator, args, kwargs, result)
        if not call.outputs and not call.signature.writes:
            return  # a question about a tensor: its device, its size
        sources = [(t, s) for t in call.reads if (s := self.source(t))]
        parameters = [name for t in call.tensors if (name := getattr(t, "parameter_name", ""))]
        of_parameter = parameters and not sources and call.signature.is_view
        if call.signature.is_pure and call.name in ALLOCATIONS | CONSTANTS:
            for tensor in call.outputs:
                tensor.is_fresh = True  # type: ignore[attr-defined]
        if call.name in ALLOCATIONS:
            self.memory.add(call.outputs)
            return
        if of_parameter or not is_step(operator):
            if not call.signature.is_view:
                self.memory.add(call.outputs)
            for tensor in call.outputs if call.tensors else ():  # the same by another name
                tensor.__dict__.update(call.tensors[0].__dict__)
            return
        self.step(home, call, sources, parameters)

    def step(self, home: str, call: Call, sources: list, parameters: list[str]) -> None:
        index = len(self.operators)
        written = tensors_in(call[name] for name in call.signature.writes)
        shape = tuple(call.outputs[0].shape) if call.outputs else ()
        facts: dict[str, Any] = {"links": None, "unknown": ""}
        source = Source(index, "", (1, 1))
        try:
            if any(self.memory.is_stale(t, s.index) for t, s in sources) or any(
                self.memory.is_stale(t) for t in call.reads if not self.source(t)
            ):
                raise Unknown(_WRITTEN_OVER)
            found = geometry(call, sources)
            base = _fresh_base(written)
            if base is not None:
                before = self.source(base)
                found = filled(written[0], base, found, sources, before)
                if before is not None and len(found.links) > len(sources):
                    sources = [*sources, (base, before)]
                written, shape = [base], tuple(base.shape)
            labels = tidy(found.labels, shape)
            source = Source(index, labels, found.grid, found.bound, found.folded, found.constant)
            map_size, vague = chosen_from(labels, found.grid, shape)
            bound = found.bound or found.folded or vague
            facts = {"grid": found.grid, "map_size": map_size, "links": found.links, "bound": bound}
            self.wear([t for t in call.outputs if base is None], source)
        except Unknown as problem:
            facts["unknown"] = str(problem)
            self.wear(call.outputs, source)
        self.wear(written, source)
        taken = 0 if call.signature.is_view else self.memory.add(call.outputs)
        self.memory.note_writes(tensors_in(call[n] for n in call.signature.writes), index)
        found_cost = cost(call)
        macs, other_ops = found_cost or (0, 0)
        self.note(
            home,
            KINDS.get(call.name, call.name),
            shape,
            inputs=tuple(source.index for _, source in sources),
            input_shapes=tuple(tuple(tensor.shape) for tensor, _ in sources),
            parameters=sum(self.unread.pop(name, 0) for name in parameters),
            macs=macs,
            other_ops=other_ops,
            counted=found_cost is not None,
            output_bytes=taken,
            aten=str(call.operator),
            settings=call.settings,
            **facts,
        )

    def source(self, tensor: Tensor) -> Source | None:
        """What this pass knows of a tensor. One that outlives a pass may carry an older source."""
        known = tensor.__dict__
        return known.get("source") if known.get("seen_by") is self.mark else None

    def wear(self, tensors: list[Tensor], source: Source) -> None:
        for tensor in tensors:
            tensor.seen_by = self.mark  # type: ignore[attr-defined]
            if len(source.labels) == tensor.dim():
                tensor.source = source  # type: ignore[attr-defined]
            else:  # a second output of another shape, such as the mean that a norm found
                bound = source.bound or "it reads a second output of an operator"
                labels = "." * tensor.dim()
                tensor.source = replace(  # type: ignore[attr-defined]
                    source, labels=labels, bound=bound
                )


def _fresh_base(written: Sequence[Tensor]) -> Tensor | None:
    """The reserved memory that an operator writes a part of, if that is what it does."""
    base = written[0]._base if len(written) == 1 else None
    return base if base is not None and getattr(base, "is_fresh", False) else None


class _Stream(OperatorStream):
    """Stops at an operator that asks for values, and remembers where a pass failed."""

    failed_in = ""

    def __exit__(self, kind, *exception):
        self.failed_in = self.home if kind else ""
        return super().__exit__(kind, *exception)

    def run(self, operator, args: tuple, kwargs: dict) -> Any:
        facts = signature(operator)
        if not any(t.is_meta for t in tensors_in(args)):
            return operator(*args, **kwargs)
        if facts.name in _ASKS_FOR_VALUES:
            raise TraceError(_DEPENDS_ON_VALUES.format(operator))
        return (
            shape_of_result(operator, args, kwargs) if facts.is_pure else operator(*args, **kwargs)
        )
