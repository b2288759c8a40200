"""The recorded trainings with something wrong: how they are made, and that they are read back."""

import json

import torch

import u2net_edu as u2
from u2net_edu.experiments import broken


def test_mirrored_masks_and_nothing_else():
    scenes = u2.SyntheticScenes(16, 3, 0)
    pairs = [scenes[i] for i in range(3)]
    for (image, mask), (same, flipped) in zip(pairs, broken.mirrored(pairs)):
        assert torch.equal(image, same)
        assert torch.equal(mask, torch.flip(flipped, dims=(2,)))


def test_the_command_writes_what_is_read_back(tmp_path, monkeypatch, capsys):
    short = {**broken.SETTINGS, "steps": 2, "batch_size": 2}
    for name, value in {"SETTINGS": short, "SIZE": 16, "SCENES": 4, "HELD_OUT": 2}.items():
        monkeypatch.setattr(broken, name, value)
    monkeypatch.setattr(broken, "PATH", tmp_path / "runs.json")
    monkeypatch.setattr(broken, "FAULTS", {k: broken.FAULTS[k] for k in ("healthy", "A")})
    assert broken.main() == 0
    assert "wrote" in capsys.readouterr().out
    assert {"date", "machine", "settings"} < set(json.loads(broken.PATH.read_text("utf-8")))
    runs = broken.broken_trainings()
    assert list(runs) == ["healthy", "A"]
    assert [set(r) for r in runs["A"].records] == [set(broken.KEPT)] * 2
    assert runs["healthy"].stopped == "steps"
    u2.show_curves(runs, of=("loss", "gradient_norm"))
