"""Single operators: which pixels they read, against what they do to unit impulses."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import u2net_edu as u2
from u2net_edu.analysis.aten.meta import shape_of_result
from u2net_edu.analysis.aten.mixing import _groups

from ..nets import Applied


def reads(function, inputs, dtype=torch.float64):
    """bool (outputs, inputs): the rows whose impulse changes an output row, by running it."""
    impulses = torch.eye(inputs, dtype=dtype).view(inputs, 1, inputs, 1)
    return (function(impulses)[:, 0, :, 0].T.abs() > 1e-6).numpy()


def follows(traced, position):
    """The same by the rule of an operator."""
    operator = traced.operators[position]
    path, outputs = operator.path, operator.grid[0]
    return np.array([traced.support(path, (o, 0))[:, 0] for o in range(outputs)])


RESIZES = {
    "bilinear": {"mode": "bilinear", "align_corners": False},
    "align_corners": {"mode": "bilinear", "align_corners": True},
    "nearest": {"mode": "nearest"},
    "nearest-exact": {"mode": "nearest-exact"},
}


@pytest.mark.parametrize("mode", RESIZES)
@pytest.mark.parametrize("inputs", [1, 2, 3, 5, 7, 10, 13, 19, 37])
def test_resizes_to_any_size(mode, inputs):
    sizes = range(1, 60)

    def resize(x):
        return [F.interpolate(x, (size, 1), **RESIZES[mode]) for size in sizes]

    traced = u2.trace(Applied(forward=resize), (inputs, 1), channels=1)
    for position, size in enumerate(sizes, start=1):
        expected = reads(
            lambda x, size=size: F.interpolate(x, (size, 1), **RESIZES[mode]),
            inputs,
            # index arithmetic follows the dtype; a network's is float32
            torch.float32 if "nearest" in mode else torch.float64,
        )
        np.testing.assert_array_equal(follows(traced, position), expected, f"{inputs} → {size}")


@pytest.mark.parametrize("mode", RESIZES)
@pytest.mark.parametrize("factor", [0.3, 0.5, 0.75, 1.2, 1.5, 1.7, 2, 2.3, 3, 4])
def test_resizes_by_a_factor(mode, factor):
    for inputs in (4, 5, 9, 16):

        def resize(x):
            return F.interpolate(x, scale_factor=(factor, 1), **RESIZES[mode])

        traced = u2.trace(Applied(forward=resize), (inputs, 1), channels=1)
        dtype = torch.float32 if "nearest" in mode else torch.float64
        np.testing.assert_array_equal(follows(traced, 1), reads(resize, inputs, dtype))


@pytest.mark.parametrize(
    ("before", "after", "groups"),
    [
        ((1, 8, 4, 3), (1, 8, 12), [((0,), (0,)), ((1,), (1,)), ((2, 3), (2,))]),
        ((1, 8, 12), (1, 2, 4, 12), [((0,), (0,)), ((1,), (1, 2)), ((2,), (3,))]),
        ((6, 4), (8, 3), [((0, 1), (0, 1))]),
        ((2, 3, 1), (2, 3), [((0,), (0,)), ((1,), (1,)), ((2,), ())]),
    ],
)
def test_a_reshape_is_cut_into_its_smallest_parts(before, after, groups):
    assert [(tuple(old), tuple(new)) for old, new in _groups(before, after)] == groups


def test_labels_survive_a_walk_through_tokens():
    def forward(x):
        x = x.flatten(2).mT.reshape(1, 4, 5, 6).permute(0, 3, 1, 2)
        return x.unsqueeze(0).squeeze(0).expand(1, 6, 4, 5).transpose(1, 3).transpose(3, 1)

    traced = u2.trace(Applied(forward=forward), (4, 5), channels=6)
    assert {operator.grid for operator in traced.operators} == {(4, 5)}
    mask = traced.support(traced.output_path, (3, 1))
    assert np.argwhere(mask).tolist() == [[3, 1]]


def test_transposed_maps_turn_rows_into_columns():
    model = Applied(
        nn.Conv2d(1, 1, (1, 5), padding=(0, 2)),
        forward=lambda x, a: a(x.transpose(2, 3)),
    )
    traced = u2.trace(model, (7, 9))
    mask = traced.support(traced.output_path, (3, 4))  # by the image's axes
    assert np.argwhere(mask).tolist() == [[row, 4] for row in range(1, 6)]


def test_a_projection_of_tokens_reads_one_pixel_each_and_their_product_all():
    def forward(x, q, k):
        tokens = x.flatten(2).mT
        scores = q(tokens) @ k(tokens).mT
        return scores.softmax(-1) @ tokens

    traced = u2.trace(
        Applied(nn.Linear(3, 2), nn.Linear(3, 2), forward=forward), (4, 3), channels=3
    )
    assert traced.field("layers.0").sizes == (1,)
    assert traced.field(traced.output_path).everything


CUBES = [torch.empty(1, 6, 5, 4, device="meta")]
CUBES += [CUBES[0].to(memory_format=torch.channels_last), CUBES[0].half()]


@pytest.mark.parametrize("x", CUBES)
@pytest.mark.parametrize(
    "question",
    [
        lambda x: torch.ops.aten.upsample_bilinear2d.default(x, [7, 9], False),
        lambda x: torch.ops.aten.upsample_nearest2d.default(x, [3, 2]),
        lambda x: torch.ops.aten.add.Tensor(x, x),
        lambda x: torch.ops.aten.add.Scalar(x, 1),
        lambda x: torch.ops.aten.cat.default([x, x], 1),
        lambda x: torch.ops.aten.max_pool2d_with_indices.default(x, [2, 2]),
        lambda x: torch.ops.aten.gt.Scalar(x, 0),
    ],
)
def test_shapes_from_memory_are_torchs_own(x, question):
    asked = []

    class Asks(torch.utils._python_dispatch.TorchDispatchMode):
        def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
            asked[:] = operator, args, kwargs or {}
            return operator(*args, **(kwargs or {}))

    with Asks():
        expected = question(x)
    for _ in range(2):  # found out, then remembered
        found = shape_of_result(*asked)
        pairs = zip(expected, found) if isinstance(expected, tuple) else [(expected, found)]
        for one, other in pairs:
            assert (one.shape, one.stride(), one.dtype) == (
                other.shape,
                other.stride(),
                other.dtype,
            )


def test_equal_numbers_of_different_types_are_different_questions():
    x, add = torch.empty(3, dtype=torch.int64, device="meta"), torch.ops.aten.add.Scalar
    dtypes = [shape_of_result(add, (x, number), {}).dtype for number in (1, 1.0, True, 1)]
    assert dtypes == [torch.int64, torch.float32, torch.int64, torch.int64]


def test_a_batch_norm_in_eval_mode_keeps_the_shape():
    x = torch.empty(2, 3, 4, 5, device="meta").to(memory_format=torch.channels_last)
    statistics = [torch.empty(3, device="meta")] * 4
    operator = torch.ops.aten.native_batch_norm.default
    expected = operator(x, *statistics, False, 0.1, 1e-5)[0]
    found = shape_of_result(operator, (x, *statistics, False, 0.1, 1e-5), {})[0]
    assert (found.shape, found.stride()) == (expected.shape, expected.stride())
