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
output reads, as its namesake in `axes` does:

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
from typing import TYPE_CHECKING, Any

from .axes import Rule, to_dict
from .receptive_field import UnknownOperatorError

if TYPE_CHECKING:
    from .tracing import Operator, Trace

SCHEMA = "u2net_edu.trace/1"
"""Name and version; the number grows when a reader of the last one would break."""


def as_dict(trace: "Trace", fields: bool = False) -> dict[str, Any]:
    """A trace in the schema above."""
    rules: dict[Rule, int] = {}
    operators = [_operator(operator, rules) for operator in trace.operators]
    if fields:
        for operator in operators:
            operator["field"] = _field(trace, operator["path"])
    return {
        "schema": SCHEMA,
        "network": trace.name,
        "input": {"channels": trace.channels, "height": trace.size[0], "width": trace.size[1]},
        "totals": {
            "parameters": trace.total_parameters,
            "macs": trace.total_macs,
            "other_ops": sum(operator.other_ops for operator in trace.operators),
            "peak_bytes": trace.peak_activation_bytes,
        },
        "unused_parameters": list(trace.unused_parameters),
        "uncounted": list(trace.uncounted),
        "rules": [to_dict(rule) for rule in rules],
        "operators": operators,
        "stages": _parts(trace, "stage"),
        "layers": _parts(trace, "layer"),
    }


def _parts(trace: "Trace", level: str) -> list[dict[str, Any]]:
    return [
        {
            "path": path,
            "kind": trace.kind(path),
            "operators": members,
            "output": trace.output_of(path, members),
        }
        for path, members in trace.groups(level).items()
    ]


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


def _operator(operator: "Operator", rules: dict[Rule, int]) -> dict[str, Any]:
    """An operator as JSON; its rules are put into `rules` and named by their position there."""
    links = operator.links and [
        [rules.setdefault(rule, len(rules)) for rule in link] for link in operator.links
    ]
    return {
        **{name: getattr(operator, name) for name in _PLAIN},
        "inputs": list(operator.inputs),
        "input_shapes": [list(shape) for shape in operator.input_shapes],
        "output_shape": list(operator.output_shape),
        "grid": list(operator.grid),
        "links": None if operator.links is None else links or [],
    }


def _field(trace: "Trace", path: str) -> dict[str, Any] | None:
    try:
        field = trace.field(path)
    except UnknownOperatorError:
        return None
    plain = {"sizes": None, "strides": None, "here": list(field.size_here), "exact": field.exact}
    try:
        plain["why"] = field.why
        plain["strides"] = [[s.numerator, s.denominator] for s in field.strides]
        plain["sizes"] = list(field.sizes) if field.size != math.inf else None
    except ValueError as problem:  # it does not run at the size that this takes
        plain["why"] = str(problem)
    return plain
