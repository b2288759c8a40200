"""`u2net-edu profile`: what it prints is what trace and clock found."""

import json

import pytest

import u2net_edu as u2
from u2net_edu.analysis import profiling
from u2net_edu.cli import main
from u2net_edu.views.profiles import amount, bar, table_text

QUICK = ["--size", "32", "--seconds", "0.01", "--threads", "1"]


@pytest.fixture(autouse=True)
def quick_ceilings(monkeypatch):
    """The largest products take seconds, and their rate is not what is tested here."""
    real = u2.measure_ceilings
    monkeypatch.setattr(profiling, "measure_ceilings", lambda *a, **k: real(*a, **k, scale=0.05))


def run(capsys, *arguments: str) -> str:
    assert main(["profile", *arguments]) == 0
    return capsys.readouterr().out


def test_counts_are_those_of_the_trace(capsys):
    found = json.loads(run(capsys, "lite", "--size", "64", "96", "--no-time", "--json"))
    trace = u2.trace(u2.U2Net(u2.U2NET_LITE), (64, 96))
    assert found["totals"]["macs"] == trace.total_macs
    assert found["totals"]["parameters"] == 1_131_181
    assert [row["path"] for row in found["rows"]][:2] == ["en1", "en2"]
    assert sum(row["macs"] for row in found["rows"]) == trace.total_macs
    assert sum(row["parameters"] for row in found["rows"]) == 1_131_181


@pytest.mark.parametrize("level", ["stage", "layer", "operator"])
def test_times_of_every_level_hold_the_whole(capsys, level):
    found = json.loads(run(capsys, "classroom", "--level", level, "--json", *QUICK))
    assert sum(row["time_share"] for row in found["rows"]) == pytest.approx(1)
    assert sum(kind["share"] for kind in found["kinds"]) == pytest.approx(1)
    assert found["latency"]["machine"]["threads"] == 1
    assert found["latency"]["size"] == [32, 32]


def test_the_page_names_network_stages_kinds_and_machine(capsys):
    page = run(capsys, "classroom", *QUICK)
    assert page.startswith("U²-Net classroom at 32×32\n142,189 parameters")
    for word in ("en1", "RSU-7", "de5", "RSU-4F", "fuse", "conv", "concat", "runs", "1 thread"):
        assert word in page
    assert max(map(len, page.splitlines())) <= 120  # a terminal's width, and it was set


def test_blocks_side_by_side(capsys):
    page = run(capsys, "--blocks", "PLN", "RSU-7", "--channels", "3", "8", "16", *QUICK)
    rows = {line.split()[0]: line for line in page.splitlines() if line}
    for name in ("PLN", "RSU-7"):
        count = sum(p.numel() for p in u2.build_block(name, 3, 8, 16).parameters())
        assert f"{count:,}" in rows[name]
        assert "ms" in rows[name]
    counted = json.loads(run(capsys, "--blocks", "RES", "--size", "32", "--no-time", "--json"))
    (row,) = counted["blocks"]
    assert row["macs"] == 9 * 32 * 32 * (3 * 64 + 2 * 32 * 64)  # the closed form of RES
    assert "latency" not in row


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--blocks", "RSU-1"], "no block is called 'RSU-1'"),
        (["--size", "0"], "size"),
        (["--size", "1", "2", "3"], "height and width"),
        (["--device", "nonsense"], "no device"),
    ],
)
def test_bad_input_is_one_line_and_a_status(capsys, arguments, message):
    assert main(["profile", *arguments]) == 2
    said = capsys.readouterr()
    assert message in said.err
    assert said.out == ""


def test_amounts_have_four_digits_and_a_unit():
    numbers = (0, 999, 206_016, 1_131_181, 58_598_246_400, 990e12)
    said = ["0", "999", "206.0 k", "1.131 M", "58.60 G", "990.0 T"]
    assert [amount(n) for n in numbers] == said


def test_columns_line_up():
    text = table_text(["a", "number"], [["long name", "1"], ["b", "1,000"]], left=1, bars=set())
    lines = text.splitlines()
    assert lines[2] == "long name       1"
    assert lines[3] == "b           1,000"
    assert bar(0.5) == "▇▇▇▇▇▇ 50 %"
