"""`explore_stages` without a browser: what it sends, and what it answers to what comes back."""

import io

import numpy as np
import pytest
import torch
import traitlets
from PIL import Image

import u2net_edu as u2
from u2net_edu.views.style import SCALES


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return u2.U2Net(u2.U2NET_CLASSROOM).eval()


@pytest.fixture
def explorer(model):
    return u2.explore_stages(model, "chelsea", size=64)


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))


def stop(explorer, path: str) -> dict:
    return next(stop for stop in explorer.network["stops"] if stop["path"] == path)


def test_every_stage_side_and_the_fusion_can_be_selected(explorer):
    stages = ["en1", "en2", "en3", "en4", "en5", "en6", "de5", "de4", "de3", "de2", "de1"]
    sides = ["side6", "side5", "side4", "side3", "side2", "side1"]
    assert explorer.stops == [*stages, *sides, "fuse"]
    for path in explorer.stops:
        explorer.selected = path
        assert explorer.tiles
        assert explorer.message == ""


def test_shapes_are_those_of_the_network(explorer, model):
    images = u2.preprocess("chelsea", size=64)
    captured = u2.capture(model, images, ["en3", "de2", "side4.conv", "fuse"])
    for path, output in captured.items():
        assert stop(explorer, path.split(".")[0])["shape"] == list(output.shape[1:])


def test_says_who_feeds_whom_at_odd_sizes(model):
    explorer = u2.explore_stages(model, "chelsea", size=(37, 53))
    assert stop(explorer, "en1")["sources"] == []
    assert stop(explorer, "en2")["sources"] == ["en1"]
    assert stop(explorer, "de5")["sources"] == ["en6", "en5"]
    assert stop(explorer, "side6")["sources"] == ["en6"]
    text = " ".join(stop(explorer, "de1")["lines"])
    assert "16×19×27 from de2" in text
    assert "resized to 37×53" in text
    assert "32×37×53" in text


def test_tiles_are_the_maps_in_the_colours_of_their_scale(explorer, model):
    explorer.selected = "en4"
    output = u2.capture(model, u2.preprocess("chelsea", size=64), "en4")["en4"][0].numpy()
    limits = SCALES["activation"].limits(output)
    for channel in (0, 7):
        expected = SCALES["activation"].paint(output[channel], *limits)
        assert (pixels(explorer.tiles[channel]["png"]) == expected).all()


def test_scope_decides_what_shares_a_scale(explorer):
    explorer.selected = "en4"
    pictures = {}
    for scope in ("map", "stage", "network"):
        explorer.scope = scope
        pictures[scope] = pixels(explorer.tiles[3]["png"])
    assert not (pictures["map"] == pictures["stage"]).all()
    assert not (pictures["stage"] == pictures["network"]).all()


def test_strongest_first_sorts_by_energy(explorer, model):
    explorer.selected = "en2"
    explorer.order = "energy"
    output = u2.capture(model, u2.preprocess("chelsea", size=64), "en2")["en2"][0]
    strongest = int(output.square().mean((1, 2)).argmax())
    assert explorer.tiles[0]["label"] == f"channel {strongest}"


def test_side_maps_come_at_native_resolution(explorer):
    explorer.selected = "side3"
    sizes = {tile["label"]: tile["size"] for tile in explorer.tiles}
    assert sizes == {
        "side6": "2×2",
        "side5": "4×4",
        "side4": "8×8",
        "side3": "16×16",
        "side2": "32×32",
        "side1": "64×64",
        "fuse": "64×64",
    }
    assert explorer.tiles[explorer.legend["first"]]["label"] == "side3"


def test_an_unknown_path_is_refused_with_those_that_exist(explorer):
    with pytest.raises(traitlets.TraitError, match="one of en1, en2"):
        explorer.selected = "en7"
    assert explorer.selected == "en1"


def test_a_tensor_of_any_channels_is_taken_as_it_is():
    model = u2.U2Net(u2.U2NET_CLASSROOM.with_input(1)).eval()
    explorer = u2.explore_stages(model, torch.rand(1, 1, 40, 56))
    assert pixels(explorer.photo).shape == (40, 56, 3)


def test_the_model_is_left_in_its_mode(model):
    model.train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    u2.explore_stages(model, "coffee", size=48)
    assert model.training
    assert all((before[name] == value).all() for name, value in model.state_dict().items())
    model.eval()


def test_an_unreadable_picture_is_named(tmp_path, model):
    path = tmp_path / "broken.png"
    path.write_bytes(b"not a picture")
    with pytest.raises(u2.PictureError, match=r"broken\.png"):
        u2.explore_stages(model, str(path))


def test_an_error_in_a_callback_reaches_the_student(explorer, monkeypatch):
    monkeypatch.setattr(type(explorer), "_selection", lambda self: 1 / 0)
    explorer.selected = "de3"
    assert "ZeroDivisionError" in explorer.message
    monkeypatch.undo()
    explorer.selected = "de2"
    assert explorer.message == ""


def test_a_still_picture_stands_in_where_no_script_runs(explorer):
    data, _ = explorer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert min(pixels(data["image/png"]).shape[:2]) > 300


def test_drives_a_network_in_which_no_map_is_negative_or_some_are():
    torch.manual_seed(0)
    model = u2.U2Net(u2.U2NET_CLASSROOM)
    torch.nn.init.constant_(model.en1.input.norm.bias, -5)
    model.en1.input.relu = torch.nn.Identity()
    explorer = u2.explore_stages(model, "rocket", size=48)
    assert explorer.legend["gradient"] == SCALES["signed"].gradient()
