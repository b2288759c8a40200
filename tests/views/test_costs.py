"""What `explore_costs` says, against traces; its traits; its clock."""

import pandas as pd
import pytest
import torch
import traitlets

import u2net_edu as u2
from tests.patience import PATIENCE
from u2net_edu.views.widgets.costs import widget as module

FEW = ("RSU-5", "PLN", "PPM")


@pytest.fixture
def explorer():
    return u2.explore_costs(FEW, resolution=64)


def test_the_table_is_what_the_page_computes(explorer):
    table = explorer.table().set_index("block")
    assert [*table.index] == [*FEW]
    for block, row in table.iterrows():
        for kind, column in module.MATCHES.items():
            assert getattr(explorer.polynomial(block), kind)(32, (64, 64)) == row[column]
        field = explorer.offered[block]["field"]
        assert row.field == (float("inf") if field is None else field)


@pytest.mark.parametrize("kind", module.MATCHES)
def test_matched_widths_are_those_of_match_blocks(explorer, kind):
    explorer.match = kind
    table = explorer.table().set_index("block")
    assert explorer.widths == {b: 0 if pd.isna(m) else m for b, m in table.mid_channels.items()}
    assert table.share["RSU-5"] == 1  # the block in focus sets the budget
    assert table.share.max() == 1


def test_width_and_budget_move_each_other(explorer):
    explorer.match = "macs"
    trace = u2.trace(u2.build_block("RSU-5", 3, 32, 64), (64, 64))
    assert explorer.budget == trace.total_macs
    explorer.width = 40
    assert explorer.budget == u2.trace(u2.build_block("RSU-5", 3, 40, 64), (64, 64)).total_macs
    explorer.budget += 5  # not enough for one channel more
    assert explorer.width == 40
    given = explorer.budget = explorer.budget // 2
    assert explorer.budget == given
    assert explorer.width == explorer.polynomial("RSU-5").widest("macs", given, (64, 64)) < 40
    explorer.focus = "PLN"
    assert explorer.budget == given  # the money stays, and buys another width
    assert explorer.width == explorer.polynomial("PLN").widest("macs", given, (64, 64))
    explorer.match = "width"
    assert explorer.budget == 0


def test_a_budget_that_no_width_meets(explorer):
    explorer.match = "macs"
    explorer.budget = 10
    assert explorer.widths == dict.fromkeys(FEW, 0)
    assert explorer.still().startswith(b"\x89PNG")
    assert explorer.message == ""


def test_the_focus_is_always_among_the_blocks(explorer):
    explorer.focus = "PLN"
    explorer.blocks = ["PPM", "DSE"]
    assert explorer.focus == "PPM"
    explorer.focus = "RES"
    assert explorer.blocks == ["PPM", "DSE", "RES"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"width": 0}, "width"),
        ({"resolution": 5000}, "resolution"),
        ({"x": "time"}, "x"),
        ({"match": "field"}, "match"),
        ({"focus": "RSV"}, "focus: 'RSV' is not among the blocks"),
        ({"blocks": ()}, "blocks"),
    ],
)
def test_a_setting_out_of_range_is_refused(settings, words):
    with pytest.raises((traitlets.TraitError, ValueError), match=words):
        u2.explore_costs(**{"blocks": FEW, **settings})


def test_an_unknown_block_is_named():
    with pytest.raises(ValueError, match="no block is called 'RSV'"):
        u2.explore_costs(["RSV"])


def test_one_name_is_one_block():
    assert u2.explore_costs("RSU-4").blocks == ["RSU-4"]


def test_any_depth_can_be_asked_for():
    assert "RSU-9" in u2.explore_costs(["RSU-9"], width=4).offered


def test_the_still_picture_follows(explorer):
    first = explorer.still()
    assert first.startswith(b"\x89PNG")
    explorer.y = "latency"
    assert explorer.still() != first


# The clock


def timed(explorer, monkeypatch):
    """A clock that is read at once; gives the list of what it was asked."""
    asked = []

    def clock(block, size, **settings):
        asked.append(size)
        block(torch.zeros(1, 3, *size))  # a forward, as a measurement has them
        return u2.measure_latency(torch.nn.Conv2d(3, 1, 1), (2, 2), seconds=1e-4)

    monkeypatch.setattr(module, "measure_latency", clock)
    return asked


def test_measuring_is_asked_for_and_stays_what_it_was(explorer, monkeypatch):
    asked = timed(explorer, monkeypatch)
    assert explorer.measured == []
    explorer.measure(widths=(4, 8)).wait()
    assert len(explorer.measured) == len(asked) == 9  # three blocks at 4, 8 and where they stand
    assert explorer.progress == {"state": "idle"}
    first = explorer.measured[0]
    assert {first["size"], *asked[0]} == {64}
    assert first["threads"] >= 1
    assert "torch" in first["machine"]
    assert first["low"] <= first["seconds"] <= first["high"]
    assert explorer.measured[0]["block"] == "PLN"  # the cheapest first
    explorer.measure(widths=(4, 8)).wait()
    assert len(explorer.measured) == 9  # nothing twice
    explorer.set_state({"asked": ["measure", 1]})  # the page's button
    explorer.wait()
    assert len(explorer.measured) == 15  # 16 and 64, and 8 and 32 are known
    explorer.resolution = 32
    explorer.measure(widths=(4,)).wait()
    assert len(explorer.measured) == 21


def test_measuring_can_be_stopped(explorer, monkeypatch):
    asked = timed(explorer, monkeypatch)
    explorer.observe(lambda change: explorer.set_state({"asked": ["stop", len(asked)]}), "measured")
    explorer.measure().wait(PATIENCE)
    assert explorer.progress == {"state": "idle"}
    assert len(explorer.measured) == 1
    assert explorer.message == ""


def test_an_error_of_the_clock_reaches_the_student(explorer, monkeypatch):
    def broken(*args, **settings):
        raise RuntimeError("no clock")

    monkeypatch.setattr(module, "measure_latency", broken)
    explorer.measure().wait()
    assert explorer.message == "RuntimeError: no clock"
    assert explorer.progress == {"state": "idle"}


def test_a_real_clock():
    other = u2.explore_stages(u2.load_classroom_model(), "coffee", size=32)  # has a network
    explorer = u2.explore_costs(["PLN"], resolution=16, width=4)
    threads = torch.get_num_threads()
    explorer.measure(widths=(4, 8), seconds=0.001).wait()
    assert explorer.message == ""
    assert [time["width"] for time in explorer.measured] == [4, 8]
    assert all(time["runs"] >= 5 and time["threads"] == threads for time in explorer.measured)
    assert torch.get_num_threads() == threads
    other.close()


def test_a_stop_ends_the_timing_between_two_runs():
    explorer, runs = u2.explore_costs(["PLN"], resolution=16, width=4), []
    tell = explorer._tell

    def stop_at_the_fourth(**news):
        if not news:
            runs.append(news)
            if len(runs) == 4:
                explorer._stop.set()
        tell(**news)

    explorer._tell = stop_at_the_fourth
    explorer.measure(widths=(4, 8), seconds=3600).wait()
    assert (explorer.message, explorer.measured, len(runs)) == ("", [], 4)
