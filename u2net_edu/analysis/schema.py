"""A trace as plain JSON: the one form that figures, browser widgets and the page read.

    {
      "schema": "u2net_edu.trace/1",
      "network": name,
      "input": {"channels", "height", "width"},
      "totals": {"parameters", "macs", "other_ops", "peak_bytes"},
      "unused_parameters": [names],
      "uncounted": [paths of operators whose cost is not known],
      "rules": [rule, …],
      "operators": [             in order of execution; the first is the image itself
        {"path", "kind", "aten", "settings",
         "inputs": [positions in this list], "input_shapes", "output_shape",
         "parameters", "macs", "other_ops", "output_bytes", "live_bytes", "counted",
         "grid": [rows, columns] of the output,
         "links": [[rule of the rows, rule of the columns], one for each input] or null,
         "bound": why links may name more than is read, "unknown": why there are none,
         "field": see below}, …],
      "stages": [{"path", "kind", "operators": [positions], "output": position}, …],
      "layers": likewise
    }

A rule is a position in "rules"; it says which indices of an axis of the input an index of the
output reads, as its namesake in `fields/axes.py` does:

    {"rule": "window", "kernel", "stride", "padding", "dilation", "division"}
    {"rule": "span", "scale", "start", "stop", "divisor"}
    {"rule": "table", "rows": [[indices], one for each output]}

What an output pixel can see is found by walking "operators" backwards: an operator's pixel (r, c)
reads of input i the taps of r by links[i][0] × the taps of c by links[i][1], on that input's grid.

With `fields`, an operator's "field" is {"sizes": [extents without a border, ascending] or null
where it grows with the image, "strides": [[numerator, denominator] of rows, of columns] or null,
"here": [height, width] of the largest at this size, "exact", "why"}; null where it is not known.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .fields.axes import Rule, to_dict
from .fields.receptive_field import ReceptiveField, UnknownOperatorError
from .operators import Operator

SCHEMA = "u2net_edu.trace/1"
"""Name and version; the number grows when a reader of the last one would break."""


class Part(NamedTuple):
    """A stage or a layer: its operators, by their positions, and the one that gives its output."""

    path: str
    kind: str
    operators: Sequence[int]
    output: int


def as_dict(
    network: str,
    channels: int,
    size: tuple[int, int],
    operators: Sequence[Operator],
    unused_parameters: Sequence[str],
    stages: Sequence[Part],
    layers: Sequence[Part],
    field: Callable[[str], ReceptiveField] | None = None,
) -> dict[str, Any]:
    """Fill in the schema above.

    Args:
        field: gives the receptive field at a path; without it operators have no "field".
    """
    rules: dict[Rule, int] = {}
    plain = [_operator(operator, rules) for operator in operators]
    if field is not None:
        for one in plain:
            one["field"] = _field(field, one["path"])
    return {
        "schema": SCHEMA,
        "network": network,
        "input": {"channels": channels, "height": size[0], "width": size[1]},
        "totals": {
            "parameters": sum(operator.parameters for operator in operators),
            "macs": sum(operator.macs for operator in operators),
            "other_ops": sum(operator.other_ops for operator in operators),
            "peak_bytes": max(operator.live_bytes for operator in operators),
        },
        "unused_parameters": list(unused_parameters),
        "uncounted": [operator.path for operator in operators if not operator.counted],
        "rules": [to_dict(rule) for rule in rules],
        "operators": plain,
        "stages": [_part(part) for part in stages],
        "layers": [_part(part) for part in layers],
    }


def _part(part: Part) -> dict[str, Any]:
    return {**part._asdict(), "operators": list(part.operators)}


_PLAIN = (
    "path",
    "kind",
    "aten",
    "settings",
    "parameters",
    "macs",
    "other_ops",
    "output_bytes",
    "live_bytes",
    "counted",
    "bound",
    "unknown",
)


def _operator(operator: Operator, rules: dict[Rule, int]) -> dict[str, Any]:
    """An operator as JSON; its rules are added to `rules` and named by their positions there."""
    links = [[rules.setdefault(r, len(rules)) for r in link] for link in operator.links or ()]
    return {
        **{name: getattr(operator, name) for name in _PLAIN},
        "inputs": list(operator.inputs),
        "input_shapes": [list(shape) for shape in operator.input_shapes],
        "output_shape": list(operator.output_shape),
        "grid": list(operator.grid),
        "links": None if operator.links is None else links,
    }


def _field(find: Callable[[str], ReceptiveField], path: str) -> dict[str, Any] | None:
    try:
        field = find(path)
    except UnknownOperatorError:
        return None
    here, exact = list(field.size_here), field.exact
    plain: dict[str, Any] = {"sizes": None, "strides": None, "here": here, "exact": exact}
    try:
        plain["why"] = field.why
        plain["strides"] = [[s.numerator, s.denominator] for s in field.strides]
        plain["sizes"] = list(field.sizes) if field.size != math.inf else None
    except ValueError as problem:  # it does not run at the size that this takes
        plain["why"] = str(problem)
    return plain
