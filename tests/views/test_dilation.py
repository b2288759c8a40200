"""What `explore_dilation` says, against PyTorch's own convolution and its gradients."""

import re

import pytest
import torch
import traitlets

import u2net_edu as u2
from tests.analysis.test_dilation import SETTINGS
from u2net_edu.analysis.dilation import axis_support, padding_of
from u2net_edu.views.widgets.dilation.widget import geometry


def through(settings: dict, row: torch.Tensor) -> torch.Tensor | None:
    """A row of pixels through the stack, each tap weighted 1; None where torch refuses."""
    row = row[None, None]
    for dilation in settings["layers"]:
        kernel = settings["kernel"]
        row = torch.nn.functional.pad(row, padding_of(settings["padding"], kernel, dilation))
        weight = torch.ones(1, 1, kernel, dtype=row.dtype)
        try:
            row = torch.nn.functional.conv1d(
                row, weight, stride=settings["stride"], dilation=dilation
            )
        except RuntimeError:
            return None
    return row[0, 0]


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda s: "-".join(map(str, s.values())))
def test_sizes_and_taps_are_those_of_convolution(settings):
    found, size = geometry(**settings), settings["size"]
    row = torch.zeros(size, dtype=torch.float64, requires_grad=True)
    output = through(settings, row)
    if output is None:
        assert found["problem"]
        assert found["sizes"][-1] == 0
        assert found["untouched"] == size**2
        return
    assert not found["problem"]
    assert found["sizes"][-1] == len(output)
    read = torch.zeros(size, dtype=torch.bool)
    for index in range(len(output)):
        (ways,) = torch.autograd.grad(output[index], row, retain_graph=True)
        ours = axis_support(**settings, index=index)
        assert [ours[i] for i in range(size)] == ways.tolist()
        read |= ways > 0
    assert found["untouched"] == size**2 - int(read.sum()) ** 2


@pytest.mark.parametrize("layers", [[1], [3], [1, 2, 4], [2, 2], [1, 2, 4, 8]])
@pytest.mark.parametrize("stride", [1, 2])
def test_the_field_is_the_extent_far_from_any_border(layers, stride):
    settings = dict(kernel=3, stride=stride, padding=0, layers=layers, size=1501)
    row = torch.zeros(1501, dtype=torch.float64, requires_grad=True)
    output = through(settings, row)
    (ways,) = torch.autograd.grad(output[len(output) // 2], row)
    touched = ways.nonzero()
    assert geometry(**settings)["fields"][-1] == int(touched.max() - touched.min()) + 1


def test_a_kernel_and_a_stack_are_two_things():
    widget = u2.explore_dilation(layers=(1, 2, 4))
    assert widget.spans == [3, 5, 9]  # 2d + 1, each
    assert widget.fields == [3, 7, 15]
    assert [u2.explore_dilation(dilation=d).field for d in (1, 2, 3, 4)] == [3, 5, 7, 9]


@pytest.mark.parametrize(
    ("settings", "way_out"),
    [
        (dict(kernel=7, dilation=3, padding=0, size=15), "a padding of 2"),
        (dict(kernel=7, dilation=3, padding=0, size=15), "a kernel of 5×5"),
        (dict(layers=(4, 12), padding=0, size=15), "a padding of 5"),
        (dict(layers=(4, 12), padding=0, size=15), "a dilation of 3"),
    ],
)
def test_impossible_settings_say_what_would_fit(settings, way_out):
    widget = u2.explore_dilation(**settings)
    assert way_out in widget.problem
    assert widget.output_size == 0
    assert widget.still().startswith(b"\x89PNG")


def test_every_way_out_is_one_and_the_nearest():
    settings = dict(kernel=3, stride=2, padding=0, layers=[2, 1, 1], size=12)
    assert geometry(**settings)["problem"].endswith(
        "What fits: a padding of 1, or a kernel of 2×2, or an input of 17×17."
    )
    for nearest, too_near in [
        ({"padding": 1}, {"padding": 0}),
        ({"kernel": 2}, {"kernel": 3}),
        ({"size": 17}, {"size": 16}),
    ]:
        assert not geometry(**{**settings, **nearest})["problem"]
        assert geometry(**{**settings, **too_near})["problem"]


def test_results_follow_the_settings_and_the_cell_stays_on_the_map():
    widget = u2.explore_dilation()
    seen = []
    widget.observe(lambda change: seen.append(change["new"]), "fields")
    widget.cell = [16, 16]
    widget.dilation = 3
    assert (widget.layers, widget.spans, seen) == ([3], [7], [[7]])
    widget.set_state({"layers": [1, 2], "stride": 4})  # as it arrives from a browser
    assert widget.dilation == 1
    assert widget.output_size == 2
    assert widget.cell == [1, 1]
    with pytest.raises(traitlets.TraitError):
        widget.spans = [1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kernel": 0}, {"kernel": True}, {"kernel": 3.0}, {"stride": "2"}, {"size": None},
        {"padding": "valid"}, {"padding": True}, {"padding": 13},
        {"dilation": 99}, {"dilation": 0}, {"dilation": True}, {"dilation": 2.0},
        {"layers": ()}, {"layers": (1,) * 5}, {"layers": [0]}, {"layers": [1, True]},
        {"layers": [2.0]}, {"layers": 3}, {"layers": "12"},
    ],
    ids=str,
)  # fmt: skip
def test_a_setting_out_of_range_is_refused_by_name(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(traitlets.TraitError, match=name) as caught:
        u2.explore_dilation(**wrong)
    said = str(caught.value)
    assert "traitlets" not in said
    assert re.search(r"\d … \d", said), "the bounds are not named"
    assert str(value) in said or str(value[-1]) in said


def test_the_still_picture_follows_the_settings():
    widget = u2.explore_dilation()
    first = widget.still()
    widget.dilation = 2
    assert widget.still() != first
    told, widget.explain = widget.still(), False
    assert widget.still() != told  # spans and fields are left out
    bundle, _ = widget._repr_mimebundle_()
    assert bundle["image/png"] == widget.still()
