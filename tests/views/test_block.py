"""What `explore_block` says and lights, against the blocks themselves."""

import itertools
import re

import pytest
import torch
import traitlets
from torch import nn

import u2net_edu as u2
from u2net_edu.analysis.listing import listing

NAMES = [*u2.BLOCKS, "RSU-2", "RSU-9", "NIV-3"]
WIDTHS = {"row.in": 3, "row.mid": 32, "row.out": 64}


@pytest.fixture(scope="module")
def seven():
    return u2.explore_block("RSU-7", 3, 32, 64)


def lights(widget, item: str) -> set[str]:
    return set(widget.shown["items"][item]["lights"])


def boxes(widget) -> list[str]:
    return [box["id"] for box in widget.shown["boxes"]]


@pytest.mark.parametrize("name", NAMES)
def test_every_box_is_a_layer_and_every_layer_a_box(name):
    widget = u2.explore_block(name, 3, 8, 16)
    block = u2.build_block(name, 3, 8, 16)
    traced = u2.trace(block, (320, 320)).table("layer")
    assert boxes(widget) == list(traced.index)
    convs = sum(isinstance(module, nn.Conv2d) for module in block.modules())
    assert sum(box != "add" for box in boxes(widget)) == convs
    told = [widget.shown["items"][box]["words"] for box in boxes(widget)]
    counts = [int(n.replace(",", "")) for n in re.findall(r"([\d,]+) parameters", " ".join(told))]
    assert sum(counts) == sum(p.numel() for p in block.parameters())


@pytest.mark.parametrize("name", NAMES)
def test_a_box_and_its_lines_light_each_other(name):
    widget = u2.explore_block(name, 3, 8, 16)
    lines = {line["id"]: line["text"] for line in widget.shown["lines"]}
    for box in boxes(widget):
        mine = [i for i in lights(widget, box) if i.startswith("line.")]
        assert len(mine) == (1 if box == "add" else 2)
        for line in mine:
            assert box in lights(widget, line)
            word = "input" if box == "in" else "+" if box == "add" else box
            assert word in lines[line]


@pytest.mark.parametrize("name", NAMES)
def test_a_number_lights_the_boxes_that_change_with_it(name):
    widget = u2.explore_block(name, 3, 32, 64)
    before = shapes(name, WIDTHS)
    for cell, width in WIDTHS.items():
        after = shapes(name, {**WIDTHS, cell: 3 * width})
        changed = {path for path, shape in before.items() if after[path] != shape}
        assert {i for i in lights(widget, cell) if i in boxes(widget)} == changed
        for box in boxes(widget):
            assert (cell in lights(widget, box)) == (box in changed)


def shapes(name: str, widths: dict) -> dict:
    """Path → channels in and out, as the trace has them."""
    traced = u2.trace(u2.build_block(name, *widths.values()), (64, 64))
    found = {}
    for path, members in traced.groups("layer").items():
        convs = [traced.operators[i] for i in members if traced.operators[i].kind == "conv"]
        found[path] = [(o.input_shapes[0][1], o.output_shape[1]) for o in convs]
    return found


def test_the_depth_is_that_of_the_name_and_lights_the_way_down(seven):
    (cell,) = [cell for cell in seven.shown["row"] if cell["id"] == "row.depth"]
    assert cell["text"] == "7"
    levels = {f"enc{i}" for i in range(1, 8)}
    assert {i for i in lights(seven, "row.depth") if i in boxes(seven)} == levels
    words = seven.shown["items"]["row.depth"]["words"]
    assert "7 layers on the way down" in words
    assert "5 pools" in words
    assert "dilation 2" in words
    assert all(cell["id"] != "row.depth" for cell in u2.explore_block("DSE").shown["row"])


def test_the_drawing_has_an_arrow_for_each_way_of_the_data(seven):
    wires = {(wire["from"], wire["to"]) for wire in seven.shown["plan"]["wires"]}
    down = ["in", *(f"enc{i}" for i in range(1, 8))]
    up = [f"dec{i}" for i in range(6, 0, -1)]
    chain = set(itertools.pairwise([*down, *up, "add"]))
    skips = {(f"enc{i}", f"dec{i}") for i in range(1, 7)} | {("in", "add")}
    assert wires == chain | skips


@pytest.mark.parametrize("name", NAMES)
def test_no_two_boxes_stand_on_one_another(name):
    plan = u2.explore_block(name, 3, 8, 16).shown["plan"]
    width, height = plan["box"]
    for (x, y), (other_x, other_y) in itertools.combinations(plan["places"].values(), 2):
        assert abs(x - other_x) > width or abs(y - other_y) > height
    assert all(width / 2 <= x <= plan["width"] - width / 2 for x, _ in plan["places"].values())
    assert all(height / 2 <= y <= plan["height"] - height / 2 for _, y in plan["places"].values())


def test_smaller_maps_stand_lower_and_later_layers_further_right(seven):
    places = seven.shown["plan"]["places"]
    assert [row["text"] for row in seven.shown["rows"]] == [
        f"{n}×{n}" for n in (320, 160, 80, 40, 20, 10)
    ]
    assert places["enc7"][1] == places["enc6"][1]  # the bottom has no pool
    assert places["enc5"][1] < places["enc6"][1]
    assert places["dec1"][0] > places["dec2"][0] > places["enc7"][0]


def test_the_lines_are_the_listing(seven):
    shown = [line["text"] for line in seven.shown["lines"]]
    assert "\n".join(shown) + "\n" == listing("RSU-7", 3, 32, 64).text
    assert "line.1" not in seven.shown["items"]  # the class line belongs to no layer


def test_python_selects_and_knows_what_is_lit():
    widget = u2.explore_block("RSU-4", 3, 16, 64)
    assert widget.lit == []
    widget.selected = "enc3"
    assert widget.lit[0] == "enc3"
    assert "row.mid" in widget.lit
    assert any(i.startswith("line.") for i in widget.lit)
    with pytest.raises(traitlets.TraitError, match="selected must be one of"):
        widget.selected = "enc9"
    hidden = u2.explore_block("RSU-4", 3, 16, 64, code=False)
    hidden.selected = "enc3"
    assert hidden.lit == ["enc3", "row.mid"]


def test_another_block_keeps_the_selection_where_it_exists():
    widget = u2.explore_block("RSU-5", 3, 16, 64)
    widget.selected = "dec2"
    widget.set_state({"block": "RSU-4"})  # as it arrives from a browser
    assert (widget.selected, len(boxes(widget))) == ("dec2", 9)
    widget.block = "PLN"
    assert (widget.selected, boxes(widget)) == ("", ["layer1", "layer2"])
    widget.block = "RSU-3"
    assert "RSU-3" in widget.choices
    with pytest.raises(traitlets.TraitError, match="no block is called 'RSU-1'"):
        widget.block = "RSU-1"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"block": "RSU"}, "no block is called 'RSU'"),
        ({"mid_channels": 0}, "mid_channels is a whole number, more than 0"),
        ({"size": (0, 5)}, "size must be"),
    ],
)
def test_what_cannot_be_built_is_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        u2.explore_block(**wrong)


def test_a_block_of_ones_own_is_shown_too(monkeypatch):
    class Mine(nn.Module):
        def __init__(self, *widths):
            super().__init__()
            self.layer1 = u2.ConvNormRelu(widths[0], widths[2])

        def forward(self, x):
            return torch.tanh(self.layer1(x))

    monkeypatch.setitem(u2.BLOCKS, "MINE", Mine)
    widget = u2.explore_block("MINE", 3, 8, 16)
    assert boxes(widget)[0] == "layer1"
    assert "tanh(" in widget.shown["lines"][-1]["text"]


def test_the_still_picture_follows_the_block():
    widget = u2.explore_block("RSU-4", 3, 16, 64)
    first = widget.still()
    assert first.startswith(b"\x89PNG")
    bundle, _ = widget._repr_mimebundle_()
    assert bundle["image/png"] == first
    widget.code = False
    assert widget.still() != first
    widget.block = "PPM"
    assert widget.still().startswith(b"\x89PNG")


def level_parts(d: str):
    """The level strokes of a wire: (y, left, right)."""
    points = [tuple(map(float, point.split())) for point in d[1:].split("L")]
    for (x, y), (other_x, other_y) in itertools.pairwise(points):
        if y == other_y and x != other_x:
            yield y, min(x, other_x), max(x, other_x)


@pytest.mark.parametrize("name", NAMES)
def test_no_two_ways_run_on_one_line_unless_they_share_an_end(name):
    wires = u2.explore_block(name, 3, 8, 16).shown["plan"]["wires"]
    for a, b in itertools.combinations(wires, 2):
        if a["from"] == b["from"] or a["to"] == b["to"]:
            continue
        for (y, left, right), (at, low, high) in itertools.product(
            level_parts(a["d"]), level_parts(b["d"])
        ):
            assert y != at or right <= low or high <= left, (a, b)
