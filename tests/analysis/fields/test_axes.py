"""Rules against their own definitions, enumerated in plain Python."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from u2net_edu.analysis.fields.axes import (
    SAME,
    Span,
    Table,
    Window,
    feed,
    pixels,
    see,
    to_dict,
    whole,
)

sizes = st.integers(1, 12)
windows = st.builds(
    Window,
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(-4, 5),
    st.integers(1, 3),
    st.integers(1, 3),
)
spans = st.builds(
    lambda scale, start, more, divisor: Span(scale, start, start + more, divisor),
    st.integers(-3, 9),
    st.integers(-8, 8),
    st.integers(0, 12),
    st.integers(1, 6),
)


@st.composite
def cases(draw):
    """(rule, outputs, inputs)."""
    outputs, inputs = draw(sizes), draw(sizes)
    rows = st.lists(st.integers(-1, inputs - 1), max_size=3).map(tuple)
    tables = st.lists(rows, min_size=outputs, max_size=outputs).map(lambda r: Table(tuple(r)))
    # a table without any tap is no operator's
    tables = tables.filter(lambda table: any(table.rows))
    return draw(st.one_of(windows, spans, tables)), outputs, inputs


def taps_by_definition(rule: dict, output: int, inputs: int) -> tuple[set[int], bool]:
    """Indices that an output reads, and whether it reaches off the axis; from a rule's JSON.

    What a reader in another language has to do, written from the docstrings alone.
    """
    if rule["rule"] == "window":
        places = [
            output * rule["stride"] - rule["padding"] + k * rule["dilation"]
            for k in range(rule["kernel"])
        ]
        reached = [p // rule["division"] for p in places if p % rule["division"] == 0]
    elif rule["rule"] == "span":
        first = math.floor((rule["scale"] * output + rule["start"]) / rule["divisor"])
        last = math.ceil((rule["scale"] * output + rule["stop"]) / rule["divisor"])
        low, high = (min(max(end, 0), inputs - 1) for end in (first, last))
        return set(range(low, high + 1)), first < 0 or last >= inputs
    else:
        reached = rule["rows"][output]
    inside = {i for i in reached if 0 <= i < inputs}
    return inside, len(inside) < len(set(reached))


@given(cases())
@settings(max_examples=300, deadline=None)
def test_see_is_the_hull_of_the_taps(case):
    rule, outputs, inputs = case
    plain = json.loads(json.dumps(to_dict(rule)))
    seen = see(rule, pixels(inputs), outputs)
    for output in range(outputs):
        taps, cut = taps_by_definition(plain, output, inputs)
        first, last, uncut = (int(n) for n in seen[:, output])
        if taps:
            assert (first, -last, bool(uncut)) == (min(taps), max(taps), not cut)
        else:
            assert first == last == np.iinfo(np.int32).max


@given(cases(), st.integers(0, 2**30))
@settings(max_examples=300, deadline=None)
def test_feed_marks_the_taps_of_what_is_marked(case, seed):
    rule, outputs, inputs = case
    mask = np.random.default_rng(seed).random((outputs, 3)) < 0.4
    expected = np.zeros((inputs, 3), bool)
    for output, column in np.argwhere(mask):
        taps, _ = taps_by_definition(to_dict(rule), output, inputs)
        expected[sorted(taps), column] = True
    np.testing.assert_array_equal(feed(rule, mask, inputs), expected)


def test_the_same_rule_on_axes_of_other_lengths_is_a_pad_or_a_crop():
    assert see(SAME, pixels(5), 5) is not None
    assert see(SAME, pixels(3), 5)[0, :5].tolist() == [0, 1, 2, *[np.iinfo(np.int32).max] * 2]
    assert feed(SAME, np.ones((5, 1), bool), 3).shape == (3, 1)
    assert feed(SAME, np.ones((2, 1), bool), 3)[:, 0].tolist() == [True, True, False]


def test_a_whole_axis_is_read_by_every_output():
    seen = see(whole(7), pixels(7), 4)
    assert seen[0, :4].tolist() == [0] * 4
    assert seen[1, :4].tolist() == [-6] * 4
    assert feed(whole(7), np.eye(4, 2, dtype=bool), 7).all()


@pytest.mark.parametrize(
    ("rule", "plain"),
    [
        (
            Window(3, 2, 1),
            {
                "rule": "window",
                "kernel": 3,
                "stride": 2,
                "padding": 1,
                "dilation": 1,
                "division": 1,
            },
        ),
        (Span(2, -1, -1, 4), {"rule": "span", "scale": 2, "start": -1, "stop": -1, "divisor": 4}),
        (Table(((0,), (1, -1), ())), {"rule": "table", "rows": [[0], [1, -1], []]}),
    ],
)
def test_rules_are_plain_numbers(rule, plain):
    assert to_dict(rule) == plain
