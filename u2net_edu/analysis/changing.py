"""A run beside the trace, in which what some operators give, or some readers get, is changed.

`Plain` remembers what a run without changes gave, so that the next run begins where its own first
change is.
"""

import weakref
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map_only

from .aten.calls import Signature, is_step, operator_kind, signature, tensors_in
from .operators import Operator
from .recording import WRITE_IN_PLACE
from .stream import OperatorStream


@dataclass(frozen=True)
class Edit:
    """One change: of what the operator at `source` gives, for all or for `readers`."""

    part: str
    source: int
    readers: frozenset[int] | None
    apply: Callable[[Tensor], Tensor]

    @property
    def last_plain(self) -> int:
        """The last operator that gives what it would have given without the change."""
        return self.source if self.readers is None else min(self.readers) - 1


class Plain:
    """What the operators of a network give for the same images, as far as it is needed again.

    Runs whose first change comes ever later in the network each begin where the run before was
    still plain. A value that no operator reads any more is forgotten; in its place stands memory
    of the same shape that holds nothing.

    A run without changes comes first: it shows which values the network returns.
    """

    def __init__(self, operators: tuple[Operator, ...], *, usable: bool = True):
        self.upto = 0
        """Up to this operator nothing is computed again."""
        self.usable = usable and all(operator.aten != WRITE_IN_PLACE for operator in operators)
        """Not for a network that writes through views, where values share their memory."""
        self._last = {source: i for i, o in enumerate(operators) for source in o.inputs}
        self._values: dict[int, Any] = {}
        self._hollow: dict[int, Any] = {}
        self._made: dict[int, list[weakref.ref]] = defaultdict(list)
        self._returned: set[int] | None = None

    def saw(self, tensor: Tensor, position: int) -> None:
        if self._returned is None:
            self._made[position].append(weakref.ref(tensor))

    def returned(self, output: Any) -> None:
        """After the first run: what lives on, lives on in its output, whatever its form is."""
        if self._returned is None:
            made = self._made.items()
            self._returned = {i for i, tensors in made if any(t() is not None for t in tensors)}
            self._made.clear()

    def keep(self, step: int, result: Any, until: int) -> None:
        """Keep what an operator gave, if it is read after the operator `until`."""
        self._hollow[step] = tree_map_only(Tensor, _hollow, result)
        if self._needed(step, until):
            self._values[step] = tree_map_only(Tensor, Tensor.clone, result)

    def _needed(self, step: int, until: int) -> bool:
        return self._last.get(step, 0) > until or step in (self._returned or ())

    def recall(self, step: int, args: tuple, *, in_place: bool) -> Any:
        """What an operator gave, in memory that whoever comes next may write on."""
        if in_place:
            if step in self._values:
                args[0].copy_(self._values[step])
            return args[0]
        if step in self._values:
            return tree_map_only(Tensor, Tensor.clone, self._values[step])
        return tree_map_only(partial, lambda make: make(), self._hollow[step])

    def begin(self, until: int) -> None:
        """Before a run that is plain up to the operator `until`: what came later is forgotten."""
        if until < self.upto:
            self.upto = 0
            self._values.clear()

    def end(self, until: int) -> None:
        """After a run that was plain up to the operator `until`."""
        self.upto = max(until, self.upto)
        self._values = {i: v for i, v in self._values.items() if self._needed(i, self.upto)}


def _hollow(tensor: Tensor) -> partial:
    """What makes memory for such a tensor, with nothing in it."""
    size, stride = tensor.size(), tensor.stride()
    return partial(torch.empty_strided, size, stride, dtype=tensor.dtype, device=tensor.device)


class Changing(OperatorStream):
    """Follows a real run beside the trace, and changes what the edits name."""

    def __init__(
        self,
        model: nn.Module,
        operators: tuple[Operator, ...],
        edits: list[Edit],
        plain: Plain | None = None,
    ):
        super().__init__(model, lambda *call: None)
        self.model = model
        self.plain = plain or Plain(operators, usable=False)
        self.until = min((e.last_plain for e in edits), default=0) if self.plain.usable else 0
        self.operators = operators
        self.steps = (i for i, o in enumerate(operators) if i and o.aten != WRITE_IN_PLACE)
        self.mark = object()
        self.given: dict[int, list[Edit]] = defaultdict(list)
        self.read: dict[int, list[Edit]] = defaultdict(list)
        for edit in edits:
            if edit.readers is None:
                self.given[edit.source].append(edit)
            for reader in edit.readers or ():
                self.read[reader].append(edit)

    def output(self, images: Tensor) -> Any:
        """What the network gives for the images."""
        with torch.inference_mode(False), torch.no_grad():
            self.plain.begin(self.until)
            given = self._begin(images)
            with self:
                output = self.model(given)
            del given
            self.plain.returned(output)
            self.plain.end(self.until)
        return output

    def _begin(self, images: Tensor) -> Tensor:
        """The images, known as operator 0, and changed if that is wanted."""
        images = images.clone()
        for edit in self.given[0]:
            images = edit.apply(images)
        return self.wear(images, 0)

    def wear(self, tensor: Tensor, position: int, *, own: bool = True) -> Tensor:
        """Write on a tensor which operator gave it, itself or as a view of what it gave."""
        tensor.made_at = (self.mark, position, own)  # type: ignore[attr-defined]
        self.plain.saw(tensor, position)
        return tensor

    def _made_at(self, tensor: Tensor) -> tuple[Any, int | None, bool]:
        found = tensor.__dict__.get("made_at", (None, None, False))
        return found if found[0] is self.mark else (None, None, False)

    def position_of(self, tensor: Tensor) -> int | None:
        return self._made_at(tensor)[1]

    def run(self, operator, args: tuple, kwargs: dict) -> Any:
        given = tensors_in([*args, *kwargs.values()])
        known = [p for tensor in given if (p := self.position_of(tensor)) is not None]
        facts = signature(operator)
        if not is_step(operator) or (facts.is_view and not known):  # such as a weight, turned
            result = operator(*args, **kwargs)
            for tensor in tensors_in([result]) if known else ():
                self.wear(tensor, known[0], own=False)
            return result
        step = next(self.steps, None)
        if step is None or self.operators[step].kind != operator_kind(operator):
            raise ValueError(
                f"this network does not run as its trace does: at {self.home or 'the top'} it ran "
                f"{operator_kind(operator)}, so its parts cannot be told apart."
            )
        if step <= self.plain.upto:
            result = self.plain.recall(step, args, in_place=bool(facts.writes))
        else:
            result = self._computed(step, operator, args, kwargs)
        for edit in self.given[step]:
            result = self._given(edit, result, in_place=bool(facts.writes))
        for tensor in tensors_in([result, *(args[:1] if facts.writes else ())]):
            self.wear(tensor, step, own=not facts.is_view)
        return result

    def _computed(self, step: int, operator, args: tuple, kwargs: dict) -> Any:
        """What an operator gives, when it reads what the edits say."""
        facts = signature(operator)
        if facts.writes and not self._writes_on_a_result(facts, args):
            self.plain.usable, self.until = False, 0
        for edit in self.read[step]:
            if facts.writes:
                raise ValueError(
                    f"{edit.part!r}: {self.operators[step].path} works in place, so what it reads "
                    "and what others read is one and the same. Change the part itself."
                )
            args, kwargs = self._changed(edit, args, kwargs)
        result = operator(*args, **kwargs)
        if step <= self.until:
            self.plain.keep(step, result, self.until)
        return result

    def _writes_on_a_result(self, facts: Signature, args: tuple) -> bool:
        """Whether it writes on what an operator gave, and on nothing else: not through a view."""
        return facts.writes == facts.arguments[:1] and self._made_at(args[0])[2]

    def _changed(self, edit: Edit, args: tuple, kwargs: dict) -> tuple[tuple, dict]:
        """The arguments of a reader, with what it gets from the source changed."""
        met = 0

        def visit(value: Any) -> Any:
            nonlocal met
            if isinstance(value, Tensor) and self.position_of(value) == edit.source:
                met += 1
                return self.wear(edit.apply(value), edit.source)
            if isinstance(value, (list, tuple)):
                return type(value)(visit(item) for item in value)
            return value

        changed = visit(args), {name: visit(value) for name, value in kwargs.items()}
        if not met:
            raise ValueError(
                f"{edit.part!r} cannot be changed: what arrives there is another view of it that "
                "cannot be followed. Change the part itself."
            )
        return changed

    def _given(self, edit: Edit, result: Any, *, in_place: bool) -> Any:
        """What a part gives, changed for all who read it."""
        first = tensors_in([result])[0]
        changed = edit.apply(first)
        if in_place:  # the caller goes on with the tensor that it had
            first.copy_(changed)
            return result
        if isinstance(result, Tensor):
            return changed
        return type(result)(changed if value is first else value for value in result)
