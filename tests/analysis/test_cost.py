"""Costs by more than one road."""

import math
from typing import ClassVar

import pandas as pd
import pytest
import torch
from torch import nn
from torch.nn.modules import module
from torch.utils.flop_counter import FlopCounterMode

import u2net_edu as u2

from .nets import Applied, PlainUNet, conv


@pytest.mark.parametrize("size", [(32, 32), (33, 47)])
@pytest.mark.parametrize("block", u2.BLOCKS)
def test_four_counters_agree_on_every_block(block, size):
    table = u2.cross_check(u2.build_block(block, 3, 4, 8), size)
    assert table.equal.all(), table
    assert table.index[-1] == "total"
    assert table.macs.iloc[:-1].sum() == table.macs["total"]


@pytest.mark.parametrize(
    ("spec", "size"), [(u2.U2NET, (32, 32)), (u2.U2NET, (37, 53)), (u2.U2NET_LITE, (33, 31))]
)
def test_four_counters_agree_on_every_stage(spec, size):
    model = u2.U2Net(spec).train()
    table = u2.cross_check(model, size)
    assert table.equal.all(), table
    assert [*table.index] == [*u2.trace(model, size).table("stage").index, "total"]
    assert all(module.training for module in model.modules())
    assert table.norms["total"] == 28_800 * (spec is u2.U2NET) or spec is not u2.U2NET


def test_the_figures_of_the_full_network():
    """Against numbers that the other tools gave by themselves."""
    table = u2.trace(u2.U2Net(u2.U2NET), (320, 320)).table()
    convolutions = table[table.kind == "conv"]
    assert convolutions.macs.sum() == 58_598_246_400
    assert convolutions.other_ops.sum() == 58_947_700  # torchinfo's biases
    assert table[table.kind == "norm"].parameters.sum() == 28_800


def test_a_foreign_model_is_checked_too():
    assert u2.cross_check(PlainUNet(), (20, 24)).equal.all()
    head = nn.Sequential(conv(3, 4), nn.Flatten(), nn.Linear(4 * 36, 5))
    assert u2.cross_check(head, (6, 6)).equal.tolist() == [True] * 4


def test_a_difference_of_definitions_is_shown():
    """torchinfo counts a transposed convolution at its output's pixels."""
    table = u2.cross_check(nn.Sequential(nn.ConvTranspose2d(3, 2, 2, stride=2)), (5, 5))
    assert not table.equal["total"]
    assert table.macs["total"] == table.fvcore["total"] == table.flop_counter["total"] // 2


def test_functions_of_the_networks_own_forward_are_in_the_total_alone():
    table = u2.cross_check(Applied(conv(3, 2), forward=lambda x, a: a(x) @ a(x).mT), (6, 6))
    assert [*table.index] == ["layers", "total"]
    assert table.macs["total"] - table.macs["layers"] == 2 * 6**3


@pytest.mark.parametrize("depth", [2, 3, 4, 5, 6, 7, 8])
@pytest.mark.parametrize("channels", [(3, 4, 8), (5, 16, 2)])
def test_closed_forms_of_rsu(depth, channels):
    size = (2 ** (depth - 2) * 3, 2 ** (depth - 2) * 2)
    table = u2.closed_forms([f"RSU-{depth}", "RSU-4F"], *channels, size)
    assert table.holds.all()
    assert table.equal.all(), table


def test_the_closed_form_needs_a_size_that_divides():
    table = u2.closed_forms(["RSU-7", "RSU-4", "RSU-4F"], 3, 16, 64, (36, 36))
    assert table.holds.tolist() == [False, True, True]
    assert table.equal.tolist() == [False, True, True]
    assert table.macs["RSU-7"] > table.macs_on_paper["RSU-7"]
    assert table.condition["RSU-7"] == "32 divides H and W"


def test_the_closed_form_written_out():
    form = u2.closed_form("RSU-7", 3, 32, 64, (320, 320))
    assert form.macs == 6_782_976_000
    assert form.parameters == 206_016
    assert form.formula == "9·H·W·(I·O + 3·M·O + M²)"
    expression, result = form.written.split(" = ")
    value = eval(expression.replace("·", "*").replace("²", "**2"))
    assert value == int(result.replace(",", "")) == form.macs
    form = u2.closed_form("RSU-4F", 3, 128, 64, (320, 320))
    assert round(form.macs / 1e9, 1) == 128.5


@pytest.mark.parametrize("block", ["PLN", "RES", "DSE", "INC", "NIV-2", "NIV-5", "NIV-7"])
def test_closed_forms_of_the_baselines(block):
    for channels in ((3, 4, 8), (5, 16, 2)):
        table = u2.closed_forms([block], *channels, (96, 64))
        assert table.holds.all()
        assert table.equal.all(), table


@pytest.mark.parametrize("block", ["RSU-7", "RSU-4F", "PLN", "RES", "DSE", "INC", "NIV-7"])
def test_the_formulas_say_what_was_computed(block):
    form = u2.closed_form(block, 5, 7, 11, (32, 96))
    numbers = {"I": 5, "M": 7, "O": 11, "H": 32, "W": 96}
    for formula, value in [
        (form.formula, form.macs),
        (form.parameters_formula, form.parameters),
    ]:
        assert eval(formula.replace("·", "*").replace("²", "**2"), numbers) == value


def test_blocks_without_a_closed_form_are_named():
    for name in ("PPM", "RSU", "RSU-5F", "RSU-1"):
        with pytest.raises(ValueError, match=f"not for '{name}'"):
            u2.closed_form(name, 3, 4, 8, (32, 32))


def test_blocks_over_inner_widths():
    table = u2.compare_blocks(u2.BLOCKS, 3, (16, 32), 64, (320, 320))
    assert len(table) == 2 * len(u2.BLOCKS)
    assert [*table.columns] == [
        "block",
        "mid_channels",
        "parameters",
        "macs",
        "other_ops",
        "peak_bytes",
        "field",
    ]
    rows = table.set_index(["block", "mid_channels"])
    for block in ("RSU-7", "RSU-6", "RSU-5", "RSU-4"):
        assert rows.macs[block].tolist() == [3_244_032_000, 6_782_976_000]
    assert round(rows.macs[("RSU-4F", 32)] / 1e9, 2) == 12.45
    assert rows.field[("RSU-7", 16)] == 480
    assert rows.field[("RSU-4F", 32)] == 47
    for (block, width), row in rows.iterrows():
        counted = u2.trace(u2.build_block(block, 3, width, 64), (320, 320))
        assert row.parameters == counted.total_parameters
        assert row.peak_bytes == counted.peak_activation_bytes


def test_one_width_and_one_block():
    table = u2.compare_blocks(["RSU-4"], mid_channels=16, size=(64, 64))
    assert table.macs.tolist() == [3_244_032_000 * 64**2 // 320**2]


TOTALS = {
    "macs": "total_macs",
    "parameters": "total_parameters",
    "peak_bytes": "peak_activation_bytes",
}


@pytest.mark.parametrize(
    "budget", [{"macs": 300_000_000}, {"parameters": 150_000}, {"peak_bytes": 6_000_000}]
)
def test_blocks_at_one_budget(budget):
    (kind, limit), size = *budget.items(), (64, 64)
    table = u2.match_blocks(u2.BLOCKS, 3, 64, size, **budget)
    assert table.block.tolist() == [*u2.BLOCKS]
    for row in table.itertuples():
        assert getattr(row, kind) <= limit
        assert row.share == pytest.approx(getattr(row, kind) / limit)
        wider = u2.trace(u2.build_block(row.block, 3, int(row.mid_channels) + 1, 64), size)
        assert getattr(wider, TOTALS[kind]) > limit
        assert row.field > 1


def test_a_budget_that_no_width_meets():
    table = u2.match_blocks(["RSU-4"], 3, 64, (64, 64), parameters=10)
    assert table.block.tolist() == ["RSU-4"]
    assert pd.isna(table.mid_channels[0])
    assert math.isnan(table.share[0])


@pytest.mark.parametrize("budget", [{}, {"macs": 1, "parameters": 1}])
def test_a_budget_is_one_number(budget):
    with pytest.raises(ValueError, match="one of the three"):
        u2.match_blocks(["RSU-4"], **budget)


def test_unknown_blocks_are_named():
    with pytest.raises(ValueError, match="no block is called 'RSV'"):
        u2.compare_blocks(["RSV"])


def test_nothing_is_drawn_at_random():
    """Comparing blocks builds them; whoever seeded torch before gets the same numbers after."""
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    u2.compare_blocks(["RSU-4"], mid_channels=4, size=(32, 32))
    assert torch.equal(torch.rand(1), expected)


class Twice(nn.Module):
    """One encoder for two images, as in a Siamese network."""

    def __init__(self, *layers: nn.Module):
        super().__init__()
        self.encode = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), *layers)

    def forward(self, x):
        return self.encode(x) - self.encode(x * 2)


@pytest.mark.parametrize(
    "layers",
    [
        (),
        (nn.BatchNorm2d(4),),
        (nn.BatchNorm2d(4, affine=False),),
        (nn.GroupNorm(2, 4), nn.ReLU(), nn.Conv2d(4, 2, 1, bias=False)),
        (nn.ConvTranspose2d(4, 2, 1), nn.BatchNorm2d(2)),
    ],
)
def test_the_tools_agree_where_a_layer_runs_twice(layers):
    table = u2.cross_check(Twice(*layers), (8, 8))
    assert table["equal"].all(), table


def test_the_tools_agree_where_a_layer_has_two_places():
    shared = nn.Sequential(nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3))
    table = u2.cross_check(nn.Sequential(shared, nn.ReLU(), shared), (8, 8))
    assert table["equal"].all(), table


class Witness(nn.Module):
    """Notes the hooks that torch calls for every module of the process, whoever's it is."""

    seen: ClassVar[list] = []

    def forward(self, x):
        registries = [
            v for k, v in vars(module).items() if k.startswith("_global_") and "hook" in k
        ]
        self.seen.extend(len(hooks) for hooks in registries if isinstance(hooks, dict))
        return x


def test_no_tool_hooks_the_modules_of_others():
    Witness.seen.clear()
    u2.cross_check(nn.Sequential(conv(3, 2), Witness()), (6, 6))
    assert len(Witness.seen) > 10
    assert not any(Witness.seen)


@pytest.mark.parametrize("block", ["RSU-4", "DSE", "PPM"])
def test_flops_of_each_part_are_those_of_torchs_own_counter(block):
    model = nn.Sequential(nn.Conv2d(3, 3, 1), u2.build_block(block, 3, 4, 8), nn.ReLU()).eval()
    with torch.no_grad(), FlopCounterMode(display=False) as count:
        model(torch.zeros(1, 3, 17, 20))
    found = {name: sum(counts.values()) for name, counts in count.get_flop_counts().items()}
    table = u2.cross_check(model, (17, 20)).flop_counter
    assert len(table) > 2
    assert table["total"] == found["Global"] > 0
    for path in table.index[:-1]:
        assert table[path] == found.get(f"Sequential.{path}", 0), path
