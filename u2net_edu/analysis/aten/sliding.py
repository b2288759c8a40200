"""Operators that read rows and columns by a rule: convolution, pool, resize, pad, crop, turn."""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np

from ..fields.axes import SAME, Rule, Span, Table, Window, whole
from .calls import Call
from .layout import (
    AXES,
    Geometry,
    Sources,
    Unknown,
    dotted,
    from_weights,
    linked,
    on_grid,
    whole_of_others,
    without,
)
from .names import CONSTANT_PADS, EDGE_PADS


def _along(
    call: Call, sources: Sources, rules: dict[int, Rule], summed: Sequence[int] = ()
) -> Geometry:
    """Read each dimension by a rule of its own, and further sources, such as weights, whole.

    Args:
        summed: dimensions that each output entry reads whole.
    """
    tensor, source = sources[0]
    if tensor is not call.reads[0]:
        return from_weights(call, sources)
    shape, size = call.outputs[0].shape, list(source.grid)
    labels = [*_with_short_axes(source.labels, tensor.shape)]
    by_label: dict[str, Rule] = {}
    bound = whole_of_others([other for _, other in sources[1:]])
    for dimension, rule in rules.items():
        label = labels[dimension]
        if rule == SAME and shape[dimension] == tensor.shape[dimension]:
            continue
        if label == "p":
            raise Unknown("it slides along a flattened map")
        if label in "rc":
            by_label[label] = rule
            size["rc".index(label)] = shape[dimension]
        else:
            labels[dimension], cut = _among(label, rule, shape[dimension], tensor.shape[dimension])
            bound = bound or cut
    kept = "".join("." if i in summed else label for i, label in enumerate(labels))
    grid = on_grid(kept, (size[0], size[1]))
    return linked(kept, grid, sources, [kept, *[""] * (len(sources) - 1)], by_label, bound=bound)


def _among(label: str, rule: Rule, outputs: int, inputs: int) -> tuple[str, str]:
    """The label and the bound after a rule ran along a dimension that is not rows or columns."""
    taps = rule.taps(outputs, inputs)
    inside = taps < inputs
    if not inside.any():
        return label, "only padding is left of one of its dimensions"
    if label == ".":  # an entry that reads nothing but padding sees nothing
        return ".-"[not inside.any(axis=0).all()], ""
    unread = len(np.unique(taps[inside])) < inputs
    return label, _LEFT_OUT[label] if unread else ""


_LEFT_OUT = {
    "-": "it takes some channels of a map whose channels see different pixels",
    "*": "it takes some pixels of a flattened map",
    "p": "it takes some pixels of a flattened map",
}


def _with_short_axes(labels: str, shape: Sequence[int]) -> str:
    """Names the last two dimensions rows and columns where they have length 1, as after a mean."""
    for dimension, axis in zip((len(labels) - 2, len(labels) - 1), AXES):
        nameless = labels[dimension] == "." and shape[dimension] == 1
        if nameless and not {*axis} & {*labels}:
            labels = labels[:dimension] + axis[0] + labels[dimension + 1 :]
    return labels


def _pairs(call: Call, argument: str, count: int, default: Sequence[int] = ()) -> list[int]:
    """An argument with one number, or one for each of `count` dimensions."""
    value = list(call.get(argument) or default)
    return value * count if len(value) == 1 else value


def convolution(call: Call, sources: Sources) -> Geometry:
    weight, tensor = call["weight"], call["input"]
    count = weight.dim() - 2
    rules: dict[int, Rule] = {}
    channels = tensor.dim() - count - 1
    settings = [_pairs(call, name, count) for name in ("stride", "padding", "dilation")]
    for i, (stride, padding, dilation) in enumerate(zip(*settings)):
        kernel = weight.shape[2 + i]
        rule = Window(kernel, stride, padding, dilation)
        if call.get("transposed"):
            rule = Window(kernel, 1, (kernel - 1) * dilation - padding, dilation, stride)
        rules[channels + 1 + i] = rule
    if call["groups"] == 1:
        return _along(call, sources, rules, [channels])
    inputs, outputs = tensor.shape[channels], call.outputs[0].shape[channels]
    rules[channels] = _in_groups(call["groups"], outputs, inputs)
    return _along(call, sources, rules)


def _in_groups(groups: int, outputs: int, inputs: int) -> Table:
    """Each output reads the inputs of its own group."""
    each, given = inputs // groups, outputs // groups
    starts = (each * (o // given) for o in range(outputs))
    return Table(tuple(tuple(range(start, start + each)) for start in starts))


def pool(call: Call, sources: Sources) -> Geometry:
    count = 1 if "1d" in call.name else 3 if "3d" in call.name else 2
    kernel = _pairs(call, "kernel_size", count)
    stride = _pairs(call, "stride", count, kernel)
    padding, dilation = _pairs(call, "padding", count, [0]), _pairs(call, "dilation", count, [1])
    windows = (Window(*numbers) for numbers in zip(kernel, stride, padding, dilation))
    return _along(call, sources, dict(enumerate(windows, call["self"].dim() - count)))


def resized(
    rule: Callable[[Call, int, int, float | None], Rule],
) -> Callable[[Call, Sources], Geometry]:
    """A resize or adaptive pool of the last dimensions: `rule(call, outputs, inputs, scale)`."""

    def found(call: Call, sources: Sources) -> Geometry:
        before, after = call.reads[0].shape, call.outputs[0].shape
        count = len(before) - 2
        names = ("scales",) if count == 1 else ("scales_d", "scales_h", "scales_w")[-count:]
        scales = call.get("scale_factors") or [call.get(name) for name in names]
        rules: dict[int, Rule] = {}
        for i, scale in enumerate(scales, start=2):
            # torch copies what already has the size, except here
            copied = after[i] == before[i] and not (scale and "exact" in call.name)
            rules[i] = SAME if copied else rule(call, after[i], before[i], scale)
        return _along(call, sources, rules)

    return found


def _ratio(outputs: int, inputs: int, scale: float | None) -> Fraction:
    """Input pixels from one output pixel to the next; a given scale is taken as a decimal."""
    if scale:
        return 1 / Fraction(scale).limit_denominator(100_000)
    return Fraction(inputs, outputs)


def linear(call: Call, outputs: int, inputs: int, scale: float | None) -> Rule:
    if call["align_corners"]:
        return Span(inputs - 1, 0, 0, outputs - 1) if outputs > 1 else whole(1)
    step = _ratio(outputs, inputs, scale)  # pixel centres: (o + ½)·step − ½
    p, q = step.numerator, step.denominator
    return Span(2 * p, p - q, p - q, 2 * q)


def smoothed(reach: int) -> Callable[[Call, int, int, float | None], Rule]:
    """A resize that averages when it shrinks (antialias); its filter reaches `reach` outputs."""

    def found(call: Call, outputs: int, inputs: int, scale: float | None) -> Rule:
        step = _ratio(outputs, inputs, scale)
        if call["align_corners"]:
            step = Fraction(inputs - 1, outputs - 1) if outputs > 1 else Fraction(0)
        wide, rows = max(step, Fraction(1)), []
        for centre in ((o + Fraction(1, 2)) * step for o in range(outputs)):
            near = range(math.floor(centre - reach * wide), math.ceil(centre + reach * wide))
            far = {i: abs(i + Fraction(1, 2) - centre) / wide for i in near}
            taps = [i for i in near if far[i] < reach and far[i] != 1]  # a cubic is 0 at 1, too
            inside = tuple(i for i in taps if 0 <= i < inputs)
            rows.append((*inside, *([-1] if len(inside) < len(taps) else [])))
        return Table(tuple(rows), step or Fraction(1))

    return found


def nearest(call: Call, outputs: int, inputs: int, scale: float | None) -> Rule:
    exact = "exact" in call.name
    if outputs == 2 * inputs and not exact:
        scale = 2  # whatever was given: torch has a shortcut here
    step = _ratio(outputs, inputs, scale)
    p, q = step.numerator, step.denominator
    rule = Span(2 * p, p, p - 2 * q + 1, 2 * q) if exact else Span(p, 0, 1 - q, q)
    # torch multiplies in float32, which now and then falls short of a whole number
    ratio = np.float32(1 / scale if scale else np.float32(inputs) / np.float32(outputs))
    position = np.arange(outputs, dtype=np.float32) + np.float32(0.5 if exact else 0)
    rounded = np.minimum(np.floor(position * ratio).astype(int), inputs - 1)
    if np.array_equal(rule.taps(outputs, inputs)[0], rounded):
        return rule
    return Table(tuple((int(i),) for i in rounded), step)


def cubic(call: Call, outputs: int, inputs: int, scale: float | None) -> Rule:
    """Read four pixels around each position, or one pixel if the position is a whole number."""
    if call["align_corners"]:
        step, start = Fraction(inputs - 1, max(outputs - 1, 1)), Fraction(0)
    else:
        step = _ratio(outputs, inputs, scale)
        start = (step - 1) / 2  # pixel centres: (o + ½)·step − ½
    rows = []
    for position in (start + o * step for o in range(outputs)):
        first = position.numerator // position.denominator
        around = range(first - 1, first + 3) if position.denominator > 1 else [first]
        inside = {min(max(i, 0), inputs - 1) for i in around}
        cut = not 0 <= around[0] <= around[-1] < inputs
        rows.append((*sorted(inside), *([-1] if cut else [])))
    return Table(tuple(rows), step)


def adaptive(call: Call, outputs: int, inputs: int, scale: float | None) -> Rule:
    return Span(inputs, 0, inputs - outputs, outputs)


def pad(call: Call, sources: Sources) -> Geometry:
    tensor, _ = sources[0]
    rules: dict[int, Rule] = {}
    sides = call.get("pad") or call.get("padding")  # of the last dimension first
    for i, (before, after) in enumerate(zip(sides[::2], sides[1::2])):
        dimension, size = tensor.dim() - 1 - i, tensor.shape[tensor.dim() - 1 - i]
        if before or after:
            rules[dimension] = _border(call.name, before, before + size + after, size)
    return _along(call, sources, rules)


def _border(name: str, before: int, outputs: int, inputs: int) -> Rule:
    if name in CONSTANT_PADS:
        return Window(padding=before)
    if name in EDGE_PADS:
        return Span(1, -before, -before, 1)
    rows = []
    for index in range(-before, outputs - before):
        mirrored = abs(index) if index < inputs else 2 * (inputs - 1) - index
        rows.append((index,) if index == mirrored else (mirrored, -1))
    return Table(tuple(rows))


def crop(call: Call, sources: Sources) -> Geometry:
    tensor, source = sources[0]
    dimension, size = call["dim"] % tensor.dim(), tensor.shape[call["dim"]]
    start = min(max((call["start"] or 0) + (size if (call["start"] or 0) < 0 else 0), 0), size)
    if call.outputs[0].shape[dimension] == size:
        return linked(source.labels, source.grid, sources)
    if source.labels[dimension] == "p":
        return _some_pixels(sources, dimension)
    return _along(call, sources, {dimension: Window(stride=call["step"], padding=-start)})


def _some_pixels(sources: Sources, dimension: int, bound: str = _LEFT_OUT["p"]) -> Geometry:
    """A flattened map of which only some pixels remain, or all of them in another order."""
    labels = sources[0][1].labels
    labels = labels[:dimension] + "*" + labels[dimension + 1 :]
    folded = "it puts the pixels of a flattened map in another order"
    kept = dotted(labels, [dimension])
    return linked(labels, (1, 1), sources, [kept], bound=bound, folded=folded)


def pick(call: Call, sources: Sources) -> Geometry:
    tensor, source = sources[0]
    dimension = call["dim"] % tensor.dim()
    label, index = source.labels[dimension], call["index"] % tensor.shape[dimension]
    if label not in "rc":
        return _entry(call, sources, dimension)
    labels = without(source.labels, [dimension])
    rules: dict[str, Rule] = {label: Window(padding=-index)}
    return linked(labels, on_grid(labels, source.grid), sources, [source.labels], rules)


def _entry(call: Call, sources: Sources, dimension: int) -> Geometry:
    """A single entry of a dimension."""
    tensor, source = sources[0]
    labels = without(source.labels, [dimension])
    bound = _LEFT_OUT.get(source.labels[dimension], "") if tensor.shape[dimension] > 1 else ""
    return linked(labels, on_grid(labels, source.grid), sources, [labels], bound=bound)


def part(call: Call, sources: Sources) -> Geometry:
    tensor, source = sources[0]
    dimension = call.get("dim", 0) % tensor.dim()
    label = source.labels[dimension]
    if label in "rc":
        raise Unknown("it splits the map into pieces: slice it instead")
    if call.name == "unbind":
        return _entry(call, sources, dimension)
    if len(call.outputs) == 1:  # a single piece
        return linked(source.labels, source.grid, sources)
    if label == "p":
        return _some_pixels(sources, dimension)
    return linked(source.labels, source.grid, sources, bound=_LEFT_OUT.get(label, ""))


def flip(call: Call, sources: Sources) -> Geometry:
    tensor, _ = sources[0]
    turned = {dimension % tensor.dim() for dimension in call["dims"]}
    ends = {dimension: tensor.shape[dimension] - 1 for dimension in turned}
    return _reordered(call, sources, {d: Span(-1, end, end, 1) for d, end in ends.items()})


def roll(call: Call, sources: Sources) -> Geometry:
    tensor, _ = sources[0]
    if not call["dims"]:
        raise Unknown("it rolls the flattened map")
    shifts: dict[int, int] = {}
    for shift, dimension in zip(call["shifts"], call["dims"]):
        shifts[dimension % tensor.dim()] = shifts.get(dimension % tensor.dim(), 0) + shift
    rules: dict[int, Rule] = {}
    for dimension, shift in shifts.items():
        size = tensor.shape[dimension]
        shift -= size * round(shift / max(size, 1))  # the shorter way round
        places = ((o - shift, (o - shift) % max(size, 1)) for o in range(size))
        rows = ((i,) if straight == i else (i, -1) for straight, i in places)
        rules[dimension] = Table(tuple(rows))
    return _reordered(call, sources, rules)


def channel_shuffle(call: Call, sources: Sources) -> Geometry:
    tensor, _ = sources[0]
    groups, size = call["groups"], tensor.shape[1]
    rows = tuple((o % groups * (size // groups) + o // groups,) for o in range(size))
    return _reordered(call, sources, {1: Table(rows)})


def _reordered(call: Call, sources: Sources, rules: dict[int, Rule]) -> Geometry:
    """Read each entry once, in another order."""
    flat = [dimension for dimension in rules if sources[0][1].labels[dimension] == "p"]
    return _some_pixels(sources, flat[0], bound="") if flat else _along(call, sources, rules)


def pixel_shuffle(call: Call, sources: Sources) -> Geometry:
    tensor, source = sources[0]
    factor, last = call["upscale_factor"], tensor.dim() - 1
    rule = Span(1, 0, 1 - factor, factor)
    if source.labels[last - 2] not in ".-":
        raise Unknown("it places pixels of the map side by side in another order")
    found = _along(call, sources, {last - 1: rule, last: rule})
    bound = "it places channels that see different pixels side by side"
    return found._replace(bound=found.bound or bound) if source.labels[last - 2] == "-" else found


def pixel_unshuffle(call: Call, sources: Sources) -> Geometry:
    tensor, source = sources[0]
    rule, last = Window(call["downscale_factor"], call["downscale_factor"]), tensor.dim() - 1
    if source.labels[last - 2] not in ".-":
        raise Unknown("it puts pixels side by side into rows or columns")
    found = _along(call, sources, {last - 1: rule, last: rule})
    labels = found.labels
    return found._replace(labels=labels[: last - 2] + "-" + labels[last - 1 :])
