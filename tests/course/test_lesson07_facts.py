"""What notebook 07 and its lesson plan say in prose about costs, asked of the networks."""

import json
from pathlib import Path

import pytest
import torch
from torch import nn

import u2net_edu as u2
from u2net_edu.course.exercises import find_exercise
from u2net_edu.course.exercises.lesson07.design import macs_of
from u2net_edu.course.judging import examine

ROOT = Path(__file__).parents[2]
FULL = (320, 320)


@pytest.fixture(scope="module")
def traces():
    with torch.device("meta"):
        return [u2.trace(u2.U2Net(spec), FULL) for spec in (u2.U2NET, u2.U2NET_LITE)]


def block(name: str, width: int = 32, size=FULL):
    with torch.device("meta"):
        return u2.trace(u2.build_block(name, 3, width, 64), size)


def convolutions(name: str) -> int:
    built = u2.build_block(name, 3, 4, 8)
    return sum(isinstance(layer, nn.Conv2d) for layer in built.modules())


def test_layers_of_two_depths():
    assert (convolutions("RSU-4"), convolutions("RSU-7")) == (8, 14)


def test_depth_is_free_in_macs_alone():
    counted = [block(name) for name in ("RSU-4", "RSU-5", "RSU-6", "RSU-7")]
    assert {trace.total_macs for trace in counted} == {6_782_976_000}
    assert len({trace.total_parameters for trace in counted}) == 4
    fields = [trace.field(trace.output_path).size for trace in counted]
    assert fields == [56, 120, 240, 480]  # "about twice as far with each level"


def test_two_layers_of_rsu_7_do_more_than_four_fifths_of_the_work():
    layers = block("RSU-7").table("layer")
    shares = (layers["macs"] / layers["macs"].sum()).sort_values(ascending=False)
    assert set(shares.index[:2]) == {"enc1", "dec1"}
    assert 0.8 < shares[:2].sum() < 0.85
    full_map = {path for path, shape in layers["output_shape"].items() if shape[-1] == 320}
    assert {"in", "enc1", "dec1"} <= full_map
    assert shares["in"] < min(shares["enc2"], shares["dec2"])  # on the full map, of 3 channels


def test_small_and_not_fast(traces):
    full, lite = traces
    assert round(full.total_parameters / lite.total_parameters) == 39
    assert round(full.total_macs / lite.total_macs) == 3
    assert full.total_parameters * 4 / (lite.total_parameters * 4) < 40  # "nearly forty times"
    assert round(100 * lite.table("stage").macs_share["de1"]) == 54
    rows = [spec.stages[-1] for spec in (u2.U2NET, u2.U2NET_LITE)]
    assert rows[0] == rows[1]  # the same block
    assert (rows[0].name, rows[0].in_channels, rows[0].mid_channels, rows[0].out_channels) == (
        "de1", 128, 16, 64,
    )  # fmt: skip


def test_where_the_parameters_are(traces):
    table = traces[0].table("stage").loc[["en5", "en6", "de5"]].sum(numeric_only=True)
    assert round(100 * table.parameters / traces[0].total_parameters) == 74
    assert round(100 * table.macs / traces[0].total_macs) == 17


def test_a_deep_layer_has_more_parameters_and_does_less(traces):
    table = traces[0].table()
    first, deep = table.loc["en1.in.conv"], table.loc["en6.enc4.conv"]
    assert deep.parameters > 300 * first.parameters
    assert deep.macs < first.macs


def test_at_the_same_macs():
    table = u2.match_blocks(["PLN", "RSU-7"], macs=block("RSU-7").total_macs).set_index("block")
    assert table.field.tolist() == [5, 480]
    assert table.mid_channels["PLN"] > 3 * 32


def test_which_lines_are_straight():
    """The answers under the figure: second differences of the count over M."""

    def bend(name):
        a, b, c = (block(name, width, (32, 32)).total_macs for width in (8, 16, 24))
        return (a - 2 * b + c) / (2 * 8**2 * 9 * 32**2)  # M→M layers at full size

    found = {name: bend(name) for name in ("PLN", "RES", "RSU-7", "RSU-4F", "DSE", "INC")}
    assert found == {"PLN": 0, "RES": 0, "RSU-7": 1, "RSU-4F": 7, "DSE": 6, "INC": 4}


def test_an_odd_map_costs_a_little_more():
    form = u2.closed_form("RSU-7", 3, 32, 64, (321, 321))
    assert not form.holds
    assert 1 < block("RSU-7", size=(321, 321)).total_macs / form.macs < 1.01


def test_time_without_macs_where_the_figures_were_measured():
    """ "About a third" of U²-Net†, and not of any machine: the notebook prints the reader's own."""
    measured = json.loads((ROOT / "figures" / "measurements.json").read_text(encoding="utf-8"))
    kinds = measured["kind_seconds"]["U²-Net†"]
    share = 1 - kinds["conv"] / sum(kinds.values())
    assert 0.25 < share < 0.42


@pytest.mark.parametrize("name", [*u2.BLOCKS, "RSU-9"])
def test_the_judge_of_designs_knows_every_width(name):
    for width in (1, 2, 3, 21, 66, 135):
        assert macs_of(name, width) == block(name, width).total_macs


@pytest.mark.parametrize("name", ["RSU-7", "NIV-7", "PPM", "RSU-8"])
def test_there_is_more_than_one_good_design(name):
    def design(budget):
        return name, max(width for width in range(1, 1200) if macs_of(name, width) <= budget)

    assert examine(find_exercise("cost.design"), design).state == "passed"


@pytest.mark.parametrize(
    ("design", "words"),
    [
        (lambda budget: "RSU-7", "a pair was expected"),
        (lambda budget: ("RSU-7", 3.5), "a whole number of 1 or more"),
        (lambda budget: ("RSV", 3), "no block is called"),
        (lambda budget: None, "a pair was expected"),
    ],
)
def test_a_design_that_is_none_is_told(design, words):
    verdict = examine(find_exercise("cost.design"), design)
    assert verdict.state == "fault"
    assert words in verdict.paragraphs[0]


def test_rsu4f_on_the_map_of_en5():
    """The lesson plan: 55 percent dearer than RSU-4, where the map has 20×20."""
    dilated, pooled = (u2.closed_form(b, 512, 256, 512, (20, 20)) for b in ("RSU-4F", "RSU-4"))
    assert round(100 * (dilated.macs / pooled.macs - 1)) == 55
