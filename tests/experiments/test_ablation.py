"""The ablation: budgets are kept, runs are resumed, and others' runs are not mixed in."""

import json

import pytest
import torch

import u2net_edu as u2
from u2net_edu.experiments import ablation
from u2net_edu.experiments.ablation import BASELINES, RSU, run_ablation, spec_of, summary

SHORT = {
    **ablation.SETTINGS,
    "size": 16,
    "steps": 2,
    "batch_size": 2,
    "train_scenes": 4,
    "held_out_scenes": 4,
}


@pytest.mark.parametrize("block", BASELINES)
def test_every_stage_keeps_to_the_macs_of_its_rsu_and_one_channel_more_would_not(block):
    size = ablation.SETTINGS["size"]
    spec = spec_of(block)
    for row, rsu in zip(spec.stages, u2.U2NET_CLASSROOM.stages):
        side = size // 2 ** (int(row.name[2:]) - 1)
        assert (row.in_channels, row.out_channels) == (rsu.in_channels, rsu.out_channels)

        def macs(name, mid, row=row, side=side):
            block = u2.build_block(name, row.in_channels, mid, row.out_channels)
            return u2.trace(block, (side, side), row.in_channels).total_macs

        budget = macs(rsu.block, rsu.mid_channels)
        assert macs(row.block, row.mid_channels) <= budget
        assert macs(row.block, row.mid_channels + 1) > budget


def test_niv_is_as_deep_as_the_rsu_that_it_replaces():
    blocks = {row.name: row.block for row in spec_of("NIV").stages}
    assert (blocks["en1"], blocks["en4"], blocks["en6"]) == ("NIV-7", "NIV-4", "NIV-4")
    assert spec_of(RSU) == u2.U2NET_CLASSROOM


def test_it_goes_on_where_it_stopped(tmp_path, capsys, monkeypatch):
    path = tmp_path / "ablation.json"
    run_ablation(path, ["RSU"], [0], SHORT)
    first = json.loads(path.read_text("utf-8"))["runs"][0]
    trained = []
    train_one = ablation.train_one
    monkeypatch.setattr(
        ablation, "train_one", lambda *args: trained.append(args[:2]) or train_one(*args)
    )
    found = run_ablation(path, ["RSU", "PLN"], [0, 1], SHORT)
    assert trained == [("PLN", 0), ("RSU", 1), ("PLN", 1)]
    assert found["runs"][0] == first
    assert "(3 of 3, about 0 min left)" in capsys.readouterr().out
    assert json.loads(path.read_text("utf-8")) == found
    table = ablation.words(found)
    assert "PLN" in table
    assert "±" in table


def test_runs_of_other_settings_are_not_mixed(tmp_path):
    path = tmp_path / "ablation.json"
    run_ablation(path, ["PLN"], [0], SHORT)
    with pytest.raises(ValueError, match=r"other settings .*'steps': \(2, 3\)"):
        run_ablation(path, ["PLN"], [0], SHORT | {"steps": 3})
    found = json.loads(path.read_text("utf-8"))
    found["machine"]["device"] = "another"
    path.write_text(json.dumps(found))
    with pytest.raises(ValueError, match="other machine"):
        run_ablation(path, ["PLN"], [1], SHORT)


def test_the_same_seed_gives_the_same_run():
    runs = [ablation.train_one("PLN", 3, SHORT) for _ in range(2)]
    for run in runs:
        run.pop("cpu_seconds")
    assert runs[0] == runs[1]


def test_mean_and_deviation():
    network = {"macs": 2, "parameters": 1, "field": 1}
    score = {"MAE": 0.1, "cpu_seconds": 1.0}
    runs = [{"block": "A", "seed": s, "IoU": v, **score} for s, v in enumerate((0.5, 0.6, 0.7))]
    runs += [{"block": RSU, "seed": 0, "IoU": 0.8, **score}]
    found = {"networks": {"A": network, RSU: network}, "runs": runs}
    best, other = summary(found)
    assert best["block"] == RSU
    assert best["IoU_deviation"] == 0.0
    assert other["IoU"] == pytest.approx(0.6)
    assert other["IoU_deviation"] == pytest.approx(0.1)
    assert other["share"] == 1


def test_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(ablation, "SETTINGS", SHORT)
    monkeypatch.setattr(ablation, "_drawn", ablation._drawn.__wrapped__)
    threads = torch.get_num_threads()
    out = tmp_path / "a.json"
    arguments = ["-o", str(out), "--blocks", "RSU", "--seeds", "0", "--steps", "2"]
    try:
        assert ablation.main(arguments) == 0
        assert "RSU" in capsys.readouterr().out
        assert ablation.main([*arguments[:-1], "3"]) == 2
    finally:
        torch.set_num_threads(threads)
    assert "Name another file" in capsys.readouterr().err


def test_what_it_says_of_a_network_is_said_of_the_one_that_was_trained(tmp_path):
    """Without the baseline among the blocks, and at another size than the command's."""
    found = run_ablation(tmp_path / "ablation.json", ["PLN"], [0], SHORT)
    spec = spec_of("PLN", SHORT["size"])
    trace = u2.trace(u2.U2Net(spec), (SHORT["size"],) * 2)
    assert found["networks"]["PLN"]["macs"] == trace.total_macs
    assert found["networks"]["PLN"]["mid_channels"]["en1"] == spec.encoder[0].mid_channels
    (row,) = summary(found)
    baseline = u2.trace(u2.U2Net(u2.U2NET_CLASSROOM), (SHORT["size"],) * 2)
    assert row["share"] == trace.total_macs / baseline.total_macs


@pytest.mark.parametrize(
    ("blocks", "seeds", "word"), [(["PLN", "ABC"], [0], "ABC"), (["PLN"], [0, -1], "seed")]
)
def test_a_mistake_is_told_before_the_first_training(tmp_path, monkeypatch, blocks, seeds, word):
    monkeypatch.setattr(ablation, "train_one", lambda *a: pytest.fail("it trains"))
    with pytest.raises(ValueError, match=word):
        run_ablation(tmp_path / "ablation.json", blocks, seeds, SHORT)


def test_threads_are_a_number(tmp_path, capsys):
    assert ablation.main(["-o", str(tmp_path / "a.json"), "--threads", "0"]) == 2
    assert "--threads is a whole number" in capsys.readouterr().err
