"""Run a network once without arithmetic and write down every operator.

The network runs on the meta device, where tensors have a shape and no values; where a network
cannot (it makes tensors on a device of its own choice), fake tensors take over, which do the same
under a real device's name.
"""

from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from ..architecture.stand_in import stand_in
from .aten.calls import Call, is_step, signature, tensors_in
from .aten.costs import cost
from .aten.geometry import geometry
from .aten.layout import Geometry, Source, Unknown
from .aten.meta import shadow, shape_of_result
from .aten.names import KINDS
from .memory import Memory
from .stream import OperatorStream


class TraceError(ValueError):
    """A network that cannot be traced; the message says why and what to do."""


class Step(NamedTuple):
    """One operator as it ran."""

    home: str
    """Path of the module at work."""
    kind: str
    aten: str
    inputs: tuple[int, ...]
    input_shapes: tuple[tuple[int, ...], ...]
    output_shape: tuple[int, ...]
    parameters: int
    cost: tuple[int, int] | None
    output_bytes: int
    live_bytes: int
    settings: dict[str, Any]
    geometry: Geometry | str
    """Or why it is not known which pixels it reads."""


@dataclass
class Recording:
    """All that one pass saw. The image itself is step 0."""

    steps: list[Step]
    outputs: dict[str, tuple[int, ...]]
    """Path of each module that ran → the steps that made its (last) output."""
    classes: dict[str, str]
    """Path of each module → the name of its class."""
    leaves: frozenset[str]
    """Paths of the modules without children."""
    unused: tuple[str, ...]
    """Parameters that no operator read."""
    error: Exception | None = None
    """What ended the pass early."""
    where: str = ""


def record(
    model: nn.Module, size: tuple[int, int], channels: int, *, complete: bool = True
) -> Recording:
    """Run a stand-in of the model on one image of that size, in eval mode without gradients.

    With `complete=False` a pass that fails gives what it saw until then.

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
_WRITTEN_OVER = "it reads memory that was changed in place through another view"
_ASKS_FOR_VALUES = {"_local_scalar_dense", "nonzero", "masked_select", "is_nonzero", "equal"}


class _Recorder:
    """Follows tensors from operator to operator; each wears its `Source` as an attribute."""

    def __init__(self, model: nn.Module, device: Any, mode: Any):
        self.model, self.device, self.mode = model, device, mode
        self.stream = _Stream(model, self.see, self.leave)
        self.steps: list[Step] = []
        self.outputs: dict[str, tuple[int, ...]] = {}
        self.memory = Memory(model)
        self.unread: dict[str, int] = {}
        for name, parameter in model.named_parameters():
            parameter.parameter_name = name
            self.unread[name] = parameter.numel()

    def run(self, size: tuple[int, int], channels: int) -> Recording:
        dtypes = (p.dtype for p in self.model.parameters() if p.dtype.is_floating_point)
        error, where = None, ""
        try:
            # in inference mode torch would show whole functions in place of their operators
            with torch.inference_mode(False), torch.no_grad(), self.mode:
                dtype = next(dtypes, torch.float32)
                image = torch.empty((1, channels, *size), dtype=dtype, device=self.device)
                self.begin(image)
                with self.stream:
                    output = self.model(image)
            if not any(_source(tensor) for tensor in _leaves(output)):
                raise TraceError(
                    f"its forward gives {type(output).__name__}, in which there is no tensor that "
                    "an operator made: a trace follows tensors."
                )
        except Exception as problem:
            error, where = problem, self.describe(self.stream.failed_in)
        paths = self.stream.paths
        del self.stream  # which refers back to this
        return Recording(
            self.steps,
            self.outputs,
            {path: type(module).__name__ for module, path in paths.items()},
            frozenset(path for module, path in paths.items() if not module._modules),
            tuple(self.unread),
            error,
            where,
        )

    def describe(self, path: str) -> str:
        """A module by its path, and where it is a single layer by its settings."""
        module = next((m for m, p in self.stream.paths.items() if p == path and p), None)
        return f"{path}, {module!r}" if module and not module._modules else path

    def begin(self, image: Tensor) -> None:
        grid = tuple(image.shape[2:])
        self.wear([image], Source(0, "..rc", grid))
        taken = self.memory.add([image])
        shape, layout = tuple(image.shape), Geometry("..rc", grid, ())
        self.steps.append(Step("", "input", "", (), (), shape, 0, (0, 0), taken, taken, {}, layout))

    def leave(self, path: str, output: Any) -> None:
        made = []
        for tensor in _leaves(output):
            source = _source(tensor)
            index = source.index if source else -1
            if self.memory.is_stale(tensor, index):
                index = self.written_over(path, tensor, index)
            made += [index] if index >= 0 else []
        self.outputs[path] = tuple(made)

    def written_over(self, path: str, tensor: Tensor, index: int) -> int:
        """A step for an output of which parts were changed in place after it was made."""
        inputs = (index,) if index >= 0 else ()
        shape, live = tuple(tensor.shape), self.memory.live()
        shapes = tuple(self.steps[i].output_shape for i in inputs)
        facts = (inputs, shapes, shape, 0, (0, 0), 0, live, {}, _WRITTEN_OVER)
        self.steps.append(Step(path, "written", "a write in place", *facts))
        self.wear([tensor], Source(len(self.steps) - 1, "." * tensor.dim(), (1, 1)))
        return len(self.steps) - 1

    def see(self, home: str, operator, args: tuple, kwargs: dict, result: Any) -> None:
        call = Call(operator, args, kwargs, result)
        if not call.outputs and not call.signature.writes:
            return  # a question about a tensor: its device, its size
        sources = [(t, s) for t in call.reads if (s := _source(t))]
        parameters = [t for t in call.tensors if getattr(t, "parameter_name", "")]
        of_parameter = parameters and not sources and call.signature.is_view
        if of_parameter or not is_step(operator):
            if not call.signature.is_view:
                self.memory.add(call.outputs)
            for tensor in call.outputs if call.tensors else ():  # the same by another name
                tensor.__dict__.update(call.tensors[0].__dict__)
            return
        self.steps.append(self.step(home, call, sources, parameters))

    def step(self, home: str, call: Call, sources: list, parameters: list[Tensor]) -> Step:
        index = len(self.steps)
        try:
            if any(self.memory.is_stale(t, s.index) for t, s in sources) or any(
                self.memory.is_stale(t) for t in call.reads if not _source(t)
            ):
                raise Unknown(_WRITTEN_OVER)
            found = geometry(call, sources)
            source = Source(index, *found[:2], *found[3:])
        except Unknown as problem:
            found, source = str(problem), Source(index, "", (1, 1))
        written = tensors_in(call[name] for name in call.signature.writes)
        self.wear([*call.outputs, *written], source)
        taken = 0 if call.signature.is_view else self.memory.add(call.outputs)
        self.memory.note_writes(written, index)
        return Step(
            home,
            KINDS.get(call.name, call.name),
            str(call.operator),
            tuple(source.index for _, source in sources),
            tuple(tuple(tensor.shape) for tensor, _ in sources),
            tuple(call.outputs[0].shape) if call.outputs else (),
            sum(self.unread.pop(t.parameter_name, 0) for t in parameters),
            cost(call),
            taken,
            self.memory.live(),
            call.settings,
            found,
        )

    @staticmethod
    def wear(tensors: list[Tensor], source: Source) -> None:
        for tensor in tensors:
            if len(source.labels) == tensor.dim():
                tensor.source = source
            else:  # a second output of another shape, such as the mean that a norm found
                bound = source.bound or "it reads a second output of an operator"
                labels = "." * tensor.dim()
                tensor.source = replace(source, labels=labels, bound=bound)


def _source(tensor: Tensor) -> Source | None:
    return getattr(tensor, "source", None)


def _leaves(output: Any) -> list[Tensor]:
    if isinstance(output, Tensor):
        return [output]
    return [leaf for leaf in tree_leaves(output) if isinstance(leaf, Tensor)]


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
