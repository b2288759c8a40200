"""What a cell reads on its map and on its padding, against PyTorch's own convolution.

Spans, fields and sizes are held in tests/views/test_dilation.py, through the widget.
"""

import itertools

import pytest
import torch

from u2net_edu.analysis.dilation import axis_reads, padding_of, stretches, taps_on_padding

SETTINGS = [
    dict(kernel=kernel, stride=stride, padding=padding, layers=layers, size=size)
    for kernel, stride, padding, layers, size in itertools.product(
        (1, 2, 3, 5), (1, 2, 3), ("same", 0, 2), ([1], [3], [1, 2, 4], [2, 2]), (5, 17)
    )
]


@pytest.mark.parametrize("settings", SETTINGS[::3], ids=lambda s: "-".join(map(str, s.values())))
def test_taps_on_padding_are_those_that_a_frame_of_ones_answers(settings):
    """Each layer is given a map of zeros in a padding of ones: the sum counts its taps there."""
    rows = stretches(**settings)
    if not rows[-1].output:
        return
    kernel, stride = settings["kernel"], settings["stride"]
    last = rows[-1].output - 1
    cell = (0, last // 2)
    served = torch.zeros(last + 1, last + 1, dtype=torch.bool)
    served[cell] = True  # outputs of the layer at hand from which this cell is made
    found = []
    for dilation, row in zip(reversed(settings["layers"]), reversed(rows)):
        side = row.input
        before, after = padding_of(settings["padding"], kernel, dilation)
        frame = torch.ones(side + before + after, side + before + after, dtype=torch.float64)
        frame[before : before + side, before : before + side] = 0
        inside = torch.nn.functional.pad(
            torch.zeros(side, side, dtype=torch.float64), (before, after) * 2
        ).requires_grad_()
        weight = torch.ones(1, 1, kernel, kernel, dtype=torch.float64)
        how = dict(stride=stride, dilation=dilation)
        on_padding = torch.nn.functional.conv2d(frame[None, None], weight, **how)[0, 0]
        found.append((int(on_padding[served].sum()), int(served.sum()) * kernel**2))
        answers = torch.nn.functional.conv2d(inside[None, None], weight, **how)[0, 0]
        (read,) = torch.autograd.grad(answers[served].sum(), inside)
        served = read[before : before + side, before : before + side] > 0
    assert taps_on_padding(**settings, cell=cell) == found[::-1]


def test_in_the_middle_of_a_small_map_eight_of_nine_taps_read_padding():
    settings = dict(kernel=3, stride=1, padding="same", layers=[8], size=10)
    assert taps_on_padding(**settings, cell=(4, 4)) == [(8, 9)]
    assert taps_on_padding(**settings, cell=(0, 0)) == [(5, 9)]
    _, padded = axis_reads(**settings, index=4)
    assert sorted(padded[0]) == [-4, 12]
