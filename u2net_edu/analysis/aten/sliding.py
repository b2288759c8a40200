"""Operators that read rows and columns by a rule: convolution, pool, resize, pad, crop, turn."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from ..axes import SAME, Rule, Span, Table, Window, whole
from .calls import Call
from .layout import AXES, Geometry, Sources, Unknown, linked, on_grid, without
from .names import CONSTANT_PADS, EDGE_PADS


def _along(
    call: Call, sources: Sources, rules: dict[int, Rule], *, mixed: bool | None = None
) -> Geometry:
    """Each dimension read by a rule of its own; further sources, such as weights, read whole."""
    tensor, source = sources[0]
    if tensor is not call.reads[0]:
        return linked("." * call.outputs[0].dim(), (1, 1), sources, [""] * len(sources))
    shape, size = call.outputs[0].shape, list(source.grid)
    source = replace(source, labels=_with_short_axes(source.labels, tensor.shape))
    by_label: dict[str, Rule] = {}
    for dimension, rule in rules.items():
        label = source.labels[dimension]
        if label == "p" and rule != SAME:
            raise Unknown("it slides along a flattened map")
        if label in "rc":
            by_label[label] = rule
            size["rc".index(label)] = shape[dimension]
    kept = [source.labels, *[""] * (len(sources) - 1)]
    return linked(source.labels, tuple(size), sources, kept, by_label, mixed=mixed)


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
    weight = call["weight"]
    count, rules = weight.dim() - 2, {}
    settings = [_pairs(call, name, count) for name in ("stride", "padding", "dilation")]
    for i, (stride, padding, dilation) in enumerate(zip(*settings)):
        kernel = weight.shape[2 + i]
        rule = Window(kernel, stride, padding, dilation)
        if call.get("transposed"):
            rule = Window(kernel, 1, (kernel - 1) * dilation - padding, dilation, stride)
        rules[call["input"].dim() - count + i] = rule
    mixes = call["groups"] == 1 and call["input"].shape[0] == 1
    return _along(call, sources, rules, mixed=False if mixes else None)


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
    """Input pixels a step of one output pixel; a given scale counts as the decimal it was meant."""
    if scale:
        return 1 / Fraction(scale).limit_denominator(100_000)
    return Fraction(inputs, outputs)


def linear(call: Call, outputs: int, inputs: int, scale: float | None) -> Rule:
    if call["align_corners"]:
        return Span(inputs - 1, 0, 0, outputs - 1) if outputs > 1 else whole(1)
    step = _ratio(outputs, inputs, scale)  # pixel centres: (o + ½)·step − ½
    p, q = step.numerator, step.denominator
    return Span(2 * p, p - q, p - q, 2 * q)


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
    return Table(tuple((int(i),) for i in rounded))


def adaptive(call: Call, outputs: int, inputs: int, scale: float | None) -> Rule:
    return Span(inputs, 0, inputs - outputs, outputs)


def pad(call: Call, sources: Sources) -> Geometry:
    tensor, source = sources[0]
    rules: dict[int, Rule] = {}
    sides = call.get("pad") or call.get("padding")  # of the last dimension first
    for i, (before, after) in enumerate(zip(sides[::2], sides[1::2])):
        dimension, size = tensor.dim() - 1 - i, tensor.shape[tensor.dim() - 1 - i]
        if before or after:
            rules[dimension] = _border(call.name, before, before + size + after, size)
    more = any(source.labels[dimension] == "." for dimension in rules)
    return _along(call, sources, rules, mixed=True if more else None)


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
    if source.labels[dimension] in ".p*":
        return _picked(call, sources, dimension)
    return _along(call, sources, {dimension: Window(stride=call["step"], padding=-start)})


def _picked(call: Call, sources: Sources, dimension: int) -> Geometry:
    """Some entries of a dimension that is neither rows nor columns, or some pixels of a list."""
    _, source = sources[0]
    label, labels = source.labels[dimension], source.labels
    if label == ".":
        bound = "it takes some channels of a map whose channels see different pixels"
        return linked(labels, source.grid, sources, bound=bound if source.mixed else "")
    labels = labels.replace("p", "*")
    folded = "it takes some pixels of a flattened map"
    return linked(labels, on_grid(labels, source.grid), sources, [labels], folded=folded)


def pick(call: Call, sources: Sources) -> Geometry:
    tensor, source = sources[0]
    dimension = call["dim"] % tensor.dim()
    label, index = source.labels[dimension], call["index"] % tensor.shape[dimension]
    labels = without(source.labels, [dimension])
    grid = on_grid(labels, source.grid)
    if label in "rc":
        return linked(labels, grid, sources, [source.labels], {label: Window(padding=-index)})
    picked = _picked(call, sources, dimension)
    return linked(labels, grid, sources, [labels], bound=picked.bound or picked.folded)


def part(call: Call, sources: Sources) -> Geometry:
    tensor, source = sources[0]
    dimension = call.get("dim", 0) % tensor.dim()
    if source.labels[dimension] in "rc":
        raise Unknown("it splits the map into pieces: slice it instead")
    picked = _picked(call, sources, dimension)
    if call.name != "unbind":
        return picked
    labels = without(source.labels, [dimension])
    grid = on_grid(labels, source.grid)
    return linked(labels, grid, sources, [labels], bound=picked.bound or picked.folded)


def flip(call: Call, sources: Sources) -> Geometry:
    tensor, _ = sources[0]
    turned = {dimension % tensor.dim() for dimension in call["dims"]}
    ends = {dimension: tensor.shape[dimension] - 1 for dimension in turned}
    return _along(call, sources, {d: Span(-1, end, end, 1) for d, end in ends.items()})


def roll(call: Call, sources: Sources) -> Geometry:
    tensor, _ = sources[0]
    if not call["dims"]:
        raise Unknown("it rolls the flattened map")
    rules: dict[int, Rule] = {}
    for shift, dimension in zip(call["shifts"], call["dims"]):
        size = tensor.shape[dimension]
        rules[dimension % tensor.dim()] = Table(tuple(((o - shift) % size,) for o in range(size)))
    return _along(call, sources, rules)


def pixel_shuffle(call: Call, sources: Sources) -> Geometry:
    tensor, source = sources[0]
    factor, last = call["upscale_factor"], tensor.dim() - 1
    rule = Span(1, 0, 1 - factor, factor)
    found = _along(call, sources, {last - 1: rule, last: rule})
    bound = "it places channels that see different pixels side by side"
    return found._replace(bound=found.bound or bound) if source.mixed else found


def pixel_unshuffle(call: Call, sources: Sources) -> Geometry:
    tensor, _ = sources[0]
    rule, last = Window(call["downscale_factor"], call["downscale_factor"]), tensor.dim() - 1
    return _along(call, sources, {last - 1: rule, last: rule}, mixed=True)
