"""Supports in JavaScript against Python's, pixel by pixel, for networks of every kind."""

import random

import numpy as np
import pytest

import u2net_edu as u2
from u2net_edu.views.widgets.kit.bundle import bundle

from .models import SmallUNet, chain

RUN = """async ([source, trace, asked]) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { support } = await import(url);
  return asked.map(([position, pixel]) => {
    const found = support(trace, position, pixel);
    return [found.hidden ?? "", [...(found.mask ?? [])].join(""), found.count ?? 0];
  });
}"""
NETWORKS = {
    "classroom, odd size": (lambda: u2.U2Net(u2.U2NET_CLASSROOM), (651, 433)),
    "U²-Net, wide": (lambda: u2.U2Net(u2.U2NET), (320, 224)),
    "small blocks": (
        lambda: u2.U2Net(u2.U2NET_CLASSROOM.with_block("RSU-3")),
        (251, 190),
    ),
    "a U-Net of one's own": (SmallUNet, (37, 52)),
    "a classifier": (chain, (41, 33)),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_supports_are_pythons_on_random_pixels(page, name):
    make, size = NETWORKS[name]
    trace = u2.trace(make(), size)
    draw = random.Random(name)
    asked, expected = [], []
    for path in draw.sample(trace.paths, min(25, len(trace.paths))):
        position = trace.position(path)
        rows, columns = trace.operators[position].grid
        for _ in range(3):
            pixel = draw.randrange(rows), draw.randrange(columns)
            asked.append([position, pixel])
            expected.append(trace.support(path, pixel))
    found = page.evaluate(RUN, [bundle("network/supports"), trace.to_dict(), asked])
    for (position, pixel), mask, (hidden, marks, count) in zip(asked, expected, found):
        theirs = np.array(list(marks), dtype=int).astype(bool).reshape(mask.shape)
        where = trace.operators[position].path, pixel
        assert hidden == "", where
        assert (theirs == mask).all(), where
        assert count == mask.sum(), where
    if name != "a classifier":  # a support that is the whole image would prove little
        assert sum(0 < mask.mean() < 1 for mask in expected) >= 5
