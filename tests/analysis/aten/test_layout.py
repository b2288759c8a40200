"""The labels of dimensions, against the example that explains them."""

import re

import torch
from torch import nn

import u2net_edu as u2
from u2net_edu.analysis.aten import layout

LINE = re.compile(r"^    (\w+) = (.+?)  +(\(.*?\)) +([.rcp*-]+)(  a bound)?$", re.MULTILINE)


def test_the_example_is_what_happens():
    lines = LINE.findall(layout.__doc__)
    assert len(lines) == 9
    seen = []

    class Example(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(16, 2, 3, padding=1)

        def forward(self, image):
            values = {"image": image, "conv": self.conv, "torch": torch}
            for name, expression, *_ in lines:
                values[name] = found = eval(expression, values)
                seen.append(
                    (str(tuple(found.shape)), found.source.labels, bool(found.source.bound))
                )
            return values["mixed"]

    u2.trace(Example(), (4, 6), 8)
    told = [(shape, labels, bool(bound)) for *_, shape, labels, bound in lines]
    assert seen == told


def test_a_single_entry_differs_from_no_other():
    assert layout.tidy(".-*r", (1, 1, 1, 5)) == "...r"
    assert layout.tidy(".-*r", (1, 2, 3, 5)) == ".-*r"


def test_where_a_map_lost_its_rows_a_pixel_is_chosen_from_what_stands_in_their_place():
    assert layout.chosen_from("..rc", (4, 6), (1, 8, 4, 6)) == ((4, 6), "")
    assert layout.chosen_from("..cr", (4, 6), (1, 8, 6, 4)) == ((4, 6), "")
    assert layout.chosen_from("...c", (1, 6), (1, 8, 3, 6)) == ((3, 6), "")
    assert layout.chosen_from("..c.", (1, 6), (1, 8, 6, 3)) == ((3, 6), "")
    assert layout.chosen_from("..r-", (4, 1), (1, 8, 4, 3))[1]
    assert layout.chosen_from(".rc-", (4, 6), (1, 4, 6, 8)) == ((4, 6), "")
    assert layout.chosen_from(".p.", (4, 6), (1, 24, 8)) == ((4, 6), "")
