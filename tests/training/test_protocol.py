"""Measured as the paper's numbers were, with intervals, and beside them."""

import json

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image

import u2net_edu as u2
from u2net_edu.cli import main
from u2net_edu.training.metrics import Measures
from u2net_edu.training.protocol import paper_map, plain_map
from u2net_edu.training.published import paper_name_in

from .conftest import build_tiny


def test_a_map_as_the_authors_save_it():
    """normPRED and save_output of their u2net_test.py, written down again."""
    found = np.random.default_rng(0).random((32, 32)).astype(np.float32) * 0.4 + 0.2
    stretched = (found - found.min()) / (found.max() - found.min())
    grey = Image.fromarray((stretched * 255).astype(np.uint8))  # F to L cuts off, as this does
    expected = grey.resize((53, 41), resample=Image.BILINEAR)
    made = paper_map(found, (41, 53))
    assert made.dtype == np.uint8
    np.testing.assert_array_equal(made, np.asarray(expected))
    assert (made.min(), made.max()) == (0, 255) or made.max() > 250


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_a_flat_map_is_not_divided_by_zero(value):
    flat = np.full((8, 8), value, np.float32)
    assert set(np.unique(paper_map(flat, (5, 9)))) == {int(np.float32(value) * 255)}
    np.testing.assert_allclose(plain_map(flat, (5, 9)), value, atol=1e-6)


def folders(root, count=5, size=(40, 52)):
    """Photographs' pieces and masks, in the layout of ECSSD."""
    rng = np.random.default_rng(3)
    for number in range(count):
        top, left = rng.integers(0, 200, 2)
        piece = skimage.data.astronaut()[top : top + size[0], left : left + size[1]]
        mask = np.zeros(size, np.uint8)
        mask[5 : 10 + 4 * number, 8:30] = 255
        for folder, pixels in (("images", piece), ("ground_truth_mask", mask)):
            path = root / folder / f"{number:04}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(path)
    return root


def test_paper_and_plain_are_what_they_say(tmp_path):
    scenes = u2.FolderScenes(folders(tmp_path / "ECSSD"), size=32)
    model = build_tiny()
    model.preprocessing, model.size = "upstream", 32
    scores = u2.evaluate(model, scenes, device="cpu", protocol="paper", maps=tmp_path / "maps")
    by_hand = Measures()
    for i, name in enumerate(scenes.names):
        with torch.no_grad():
            images = u2.preprocess(scenes.picture(i), "upstream", 32)
            found = model.eval()(images).fused.sigmoid()[0, 0].numpy()
        mask = scenes.full_mask(i)
        expected = paper_map(found, mask.shape)
        by_hand.add(expected / 255, mask)
        saved = np.asarray(Image.open(tmp_path / "maps" / f"{name}.png"))
        assert saved.dtype == np.uint8
        assert saved.shape == mask.shape
        assert np.abs(saved.astype(int) - expected).max() <= 1
    for measure, value in by_hand.scores().items():
        assert scores[measure] == pytest.approx(value, abs=2e-3), measure
    plain = u2.evaluate(model, scenes, device="cpu")
    assert plain["MAE"] != pytest.approx(scores["MAE"], abs=1e-3)
    assert u2.evaluate(model, scenes, device="cpu", protocol="plain") == plain
    assert plain.intervals == {}


def test_scenes_without_files_have_a_protocol_too(tmp_path):
    model = build_tiny()
    scores = u2.evaluate(
        model, u2.SyntheticScenes(32, 3), device="cpu", protocol="paper", maps=tmp_path
    )
    assert 0 <= scores["MAE"] <= 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "00000.png", "00001.png", "00002.png",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "word"), [({"protocol": "best"}, "plain, paper"), ({"bootstrap": 3}, "100")]
)
def test_senseless_options_are_refused(options, word):
    with pytest.raises(ValueError, match=word):
        u2.evaluate(build_tiny(), u2.SyntheticScenes(32, 1), device="cpu", **options)


def some_measures(count: int, empty: int = 0) -> tuple[Measures, list]:
    rng = np.random.default_rng(5)
    measures, pictures = Measures(), []
    for number in range(count):
        mask = np.zeros((12, 15))
        if number >= empty:
            mask[2:9, 3 : 4 + number % 9] = 1
        pictures.append((np.clip(mask * 0.7 + rng.random(mask.shape) * 0.4, 0, 1), mask))
        measures.add(*pictures[-1])
    return measures, pictures


def test_intervals_are_those_of_drawing_again_by_hand():
    measures, pictures = some_measures(12, empty=2)
    intervals = measures.intervals(400)
    rng = np.random.default_rng(1)
    drawn = []
    for _ in range(400):
        again = Measures()
        for i in rng.integers(0, 12, 12):
            again.add(*pictures[i])
        drawn.append(again.scores())
    for name, (low, high) in intervals.items():
        values = [scores[name] for scores in drawn]
        assert low <= measures.scores()[name] <= high
        spread = np.std(values)
        assert (low, high) == pytest.approx(np.percentile(values, (2.5, 97.5)), abs=0.6 * spread)


def test_the_interval_of_a_mean_is_two_standard_errors():
    """The closed form, for the one measure that is a plain mean."""
    measures, pictures = some_measures(60)
    errors = [np.abs(prediction - mask).mean() for prediction, mask in pictures]
    low, high = measures.intervals(4000)["MAE"]
    expected = 2 * 1.96 * np.std(errors) / np.sqrt(60)
    assert high - low == pytest.approx(expected, rel=0.1)
    assert measures.intervals(400) == measures.intervals(400)  # the same for a seed


def test_without_an_object_there_is_no_interval_of_f():
    measures = Measures()
    for _ in range(3):
        measures.add(np.zeros((5, 5)), np.zeros((5, 5)))
    assert all(np.isnan(measures.intervals(100)["maxF"]))
    assert measures.intervals(100)["IoU"] == (1, 1)
    with pytest.raises(ValueError, match="no picture"):
        Measures().intervals()


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("data/ECSSD", "ECSSD"),
        ("data/ecssd/images", "ECSSD"),
        ("DUTS-TE/DUTS-TE-Image", "DUTS-TE"),
        ("duts_te", "DUTS-TE"),
        ("DUT-OMRON-image", "DUT-OMRON"),
        ("hku is", "HKU-IS"),
        ("DUTS-TR", None),
        ("holiday", None),
    ],
)
def test_a_dataset_is_known_by_its_folder(folder, name):
    assert paper_name_in(folder) == name


@pytest.mark.parametrize(
    ("images", "masks"),
    [
        ("DUTS-TE-Image", "DUTS-TE-Mask"), ("images", "ground_truth_mask"), ("imgs", "gt"),
        ("DUT-OMRON-image", "pixelwiseGT-new-PNG"), ("Imgs", "GT"),
    ],
)  # fmt: skip
def test_the_layouts_of_public_data_sets(tmp_path, images, masks):
    folders(tmp_path, 1)
    (tmp_path / "images").rename(tmp_path / images)
    (tmp_path / "ground_truth_mask").rename(tmp_path / masks)
    (tmp_path / "other").mkdir()
    assert len(u2.FolderScenes(tmp_path, size=32)) == 1


def test_one_command_prints_ours_beside_the_papers_row(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    folders(tmp_path / "ECSSD")
    u2.save_checkpoint(build_tiny(), tmp_path / "mine.safetensors")
    command = ["evaluate", "mine.safetensors", "--data", "ECSSD", "--device", "cpu", "--size", "32"]
    command += ["--protocol", "paper", "--maps", "maps"]
    assert main(command) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[0].startswith("ECSSD")
    assert [line.split("  ")[0] for line in lines[1:]] == [
        "U²-Net, paper", "U²-Net†, paper", "measured here", "95 % from", "95 % to",
    ]  # fmt: skip
    assert "0.943" in lines[2]
    assert len(list((tmp_path / "maps" / "mine" / "ECSSD").glob("*.png"))) == 5
    assert main([*command, "--json", "--bootstrap", "0"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert (told["dataset"], told["protocol"], told["images"]) == ("ECSSD", "paper", 5)
    assert "intervals" not in told
