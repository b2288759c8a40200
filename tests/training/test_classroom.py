from importlib.resources import files

import pytest
import torch

import u2net_edu as u2
from u2net_edu.training import classroom
from u2net_edu.training.classroom import held_out_scenes


def test_the_shipped_network_is_small_and_as_good_as_its_card_says():
    model = u2.load_classroom_model()
    assert sum(p.numel() for p in model.parameters()) < 150_000
    asset = files("u2net_edu") / "assets" / "classroom.safetensors"
    assert len(asset.read_bytes()) <= 1_000_000
    assert not model.training
    assert model.preprocessing == "plain"
    assert model.size == 64
    scores = u2.evaluate(model, held_out_scenes(), device="cpu")
    assert scores.images == 256
    assert scores["IoU"] >= 0.93
    assert scores["MAE"] <= 0.03


def test_it_has_the_shape_of_the_papers_networks():
    model = u2.load_classroom_model()
    assert [row.block for row in model.spec.stages] == [row.block for row in u2.U2NET.stages]
    logits = model(torch.zeros(1, 3, 37, 50))
    assert len(logits.sides) == 6
    assert logits.fused.shape == (1, 1, 37, 50)


def test_its_card_tells_how_it_was_made():
    card = (files("u2net_edu") / "assets" / "classroom.md").read_text("utf-8")
    for word in ("Data", "Seed", "Command", "Machine", "Scores", "training.classroom --ship"):
        assert word in card


def test_the_command_trains_scores_and_writes(tmp_path, monkeypatch, capsys):
    short = classroom.CLASSROOM_RECIPE | {"steps": 2, "batch_size": 2}
    monkeypatch.setattr(classroom, "CLASSROOM_RECIPE", short)
    monkeypatch.setattr(classroom, "held_out_scenes", lambda: held_out_scenes(4))
    threads = torch.get_num_threads()
    out = tmp_path / "classroom.safetensors"
    try:
        assert classroom.main(["-o", str(out), "--threads", "1"]) == 0
    finally:
        torch.set_num_threads(threads)
    printed = capsys.readouterr().out
    assert "CPU seconds" in printed
    assert "4 images" in printed
    assert u2.load_checkpoint(out).size == 64


@pytest.mark.parametrize("name", ["chelsea", "coffee"])
def test_it_marks_something_on_photographs(name):
    model = u2.load_classroom_model()
    saliency = u2.predict(model, name, preprocessing=model.preprocessing, size=128, device="cpu")
    assert 0.01 < (saliency > 0.5).mean() < 0.9
