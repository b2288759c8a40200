import pytest

from u2net_edu.training.metrics import Scores
from u2net_edu.training.published import PAPER, beside_the_paper


def test_the_papers_row_stands_beside_ours():
    scores = Scores(maxF=0.5, MAE=0.25, wF=0.4, S=0.3, boundaryF=0.2, IoU=1.0)
    scores.images = 12
    text = beside_the_paper(scores, "duts-te")
    head, full, lite, ours = text.splitlines()
    assert head.split() == ["DUTS-TE", "images", "maxF", "MAE", "wF", "S", "boundaryF"]
    assert full.split()[:4] == ["U²-Net,", "paper", "5,019", "0.873"]
    assert lite.split()[:4] == ["U²-Net†,", "paper", "5,019", "0.852"]
    assert ours.split() == ["measured", "here", "12", "0.500", "0.250", "0.400", "0.300", "0.200"]
    with pytest.raises(KeyError, match="ECSSD"):
        beside_the_paper(scores, "no such")


def test_the_papers_numbers_are_whole():
    assert len(PAPER) == 6
    for row in PAPER.values():
        assert len(row.u2net) == len(row.u2net_lite) == 5
        assert row.u2net[1] < row.u2net_lite[1]  # the larger network errs less everywhere
        assert all(a > b for a, b in zip(row.u2net[2:], row.u2net_lite[2:]))
