"""`explore_stages` without a browser: what it sends, and what it answers to what comes back."""

import copy
import gc
import io
import tracemalloc

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
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


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


def test_pins_keep_path_shape_and_range_in_their_order(explorer, model):
    explorer.pinned = [("de3", 5), ("side4", 0), ("en1", 2), ("de3", 5)]
    assert explorer.pinned == [["de3", 5], ["side4", 0], ["en1", 2]]
    outputs = u2.capture(model, u2.preprocess("chelsea", size=64), ["de3", "side4.conv", "en1"])
    expected = [outputs["de3"][0, 5], outputs["side4.conv"][0, 0].sigmoid(), outputs["en1"][0, 2]]
    for pin, values in zip(explorer.pins, expected, strict=True):
        assert pin["size"] == "×".join(map(str, values.shape))
        digits = ".2f" if pin["path"] == "side4" else ".3g"
        assert (pin["low"], pin["high"]) == tuple(f"{v:{digits}}" for v in values.aminmax())
    explorer.selected = "en4"  # elsewhere: the pins stay
    assert len(explorer.pins) == 3


def test_pins_have_their_own_scale_or_share_one_with_their_kind(explorer, model):
    explorer.pinned = [("de3", 5), ("en1", 2), ("side6", 0)]
    outputs = u2.capture(model, u2.preprocess("chelsea", size=64), ["de3", "side6.conv", "en1"])
    de3, en1 = outputs["de3"][0, 5].numpy(), outputs["en1"][0, 2].numpy()
    side6 = outputs["side6.conv"][0, 0].sigmoid().numpy()
    activation, saliency = SCALES["activation"], SCALES["saliency"]
    own = activation.paint(de3, *activation.limits(de3))
    assert (pixels(explorer.pins[0]["png"]) == own).all()
    explorer.pin_scope = "pinned"
    limits = activation.limits(np.concatenate([de3.ravel(), en1.ravel()]))
    for pin, values in zip(explorer.pins, (de3, en1)):
        assert (pixels(pin["png"]) == activation.paint(values, *limits)).all()
    alone = saliency.paint(side6, *saliency.limits(side6))  # probabilities share with no stage
    assert (pixels(explorer.pins[2]["png"]) == alone).all()


@pytest.mark.parametrize(
    ("pinned", "words"),
    [
        ([("en7", 0)], "one of en1, en2"),
        ([("en1", 16)], "en1 has channels 0 to 15; got 16"),
        ([("en1", -1)], "channels 0 to 15"),
        ([("side1", 1)], "side1 has channels 0 to 0"),
        (["en1"], r"a list of \(path, channel\)"),
        ([("en1", c) for c in range(13)], "at most 12"),
    ],
)
def test_a_pin_that_cannot_be_is_refused(explorer, pinned, words):
    explorer.pinned = [("en1", 1)]
    with pytest.raises(traitlets.TraitError, match=words):
        explorer.pinned = pinned
    assert explorer.pinned == [["en1", 1]]


def test_another_picture_runs_through_the_same_network(explorer, model):
    explorer.selected, explorer.pinned = "de2", [("en4", 1)]
    explorer.picture = "rocket"
    other = u2.explore_stages(model, "rocket", size=64)
    other.selected, other.pinned = "de2", [("en4", 1)]
    for trait in ("photo", "tiles", "legend", "network", "pins", "picture_name"):
        assert getattr(explorer, trait) == getattr(other, trait), trait
    assert explorer.picture == "rocket"


def test_a_picture_that_cannot_be_read_changes_nothing(explorer, tmp_path):
    before = explorer.photo, explorer.tiles
    with pytest.raises(FileNotFoundError):
        explorer.picture = str(tmp_path / "gone.png")
    assert (explorer.photo, explorer.tiles, explorer.picture) == (*before, "chelsea")


def upload(picture: Image.Image, count: int = 1) -> dict:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return {"name": "mine.png", "data": buffer.getvalue(), "count": count}


def test_what_the_page_sends_is_seen_from_python(explorer):
    seen = []
    explorer.observe(lambda change: seen.append(explorer.picture), "answered")
    # As it arrives from a browser: bytes as a view.
    sent = upload(Image.new("RGB", (40, 30), (9, 200, 30)))
    explorer.set_state({"uploaded": {**sent, "data": memoryview(sent["data"])}})
    assert explorer.problem == ""
    assert explorer.picture_name == "mine.png"
    assert explorer.picture.getpixel((0, 0)) == (9, 200, 30)
    assert seen == [explorer.picture]
    assert pixels(explorer.photo).shape == (64, 64, 3)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"no picture", "cannot be read as a picture"),
        (upload(Image.new("RGB", (300, 200)))["data"][:60], "cannot be read as a picture"),
        (bytes(9_000_000), "9 MB came, at most 8 MB"),
        (upload(Image.new("L", (4000, 1001)))["data"], "(4000×1001). Make it smaller first."),
        ("text", "bytes-like"),
    ],
    ids=["text", "cut", "long", "large", "wrong type"],
)
def test_what_some_page_sends_amiss_is_said_and_all_stays(explorer, data, words):
    before = explorer.photo, explorer.tiles
    explorer.uploaded = {"name": "mine.png", "data": data, "count": 3}
    assert words in explorer.problem
    assert "<_io" not in explorer.problem
    assert explorer.answered == 3
    assert explorer.message == ""
    assert (explorer.photo, explorer.tiles) == before
    explorer.uploaded = upload(Image.new("RGB", (30, 30)), 4)
    assert (explorer.problem, explorer.answered) == ("", 4)


def test_a_network_that_fails_on_the_picture_is_said(explorer, monkeypatch):
    monkeypatch.setattr("u2net_edu.views.widgets.stages.widget.StageMaps", lambda *a: 1 / 0)
    explorer.uploaded = upload(Image.new("RGB", (30, 30)))
    assert explorer.problem == "division by zero"


def test_changes_leave_nothing_behind(model):
    """Pictures, stages, pins, scales: after each round the memory is what it was."""
    pictures = [upload(Image.new("RGB", (40, 30), (50 * n, 99, 50))) for n in range(5)]
    explorer = u2.explore_stages(model, "chelsea", size=32)

    def round_of_changes(first: int) -> int:
        for n, picture in enumerate(pictures):
            explorer.uploaded = {**picture, "count": first + n}
            explorer.selected = explorer.stops[n]
            explorer.pinned = [["en2", n], ["side3", 0]]
            explorer.scope = ("map", "stage", "network")[n % 3]
        gc.collect()
        return sum(issubclass(type(it), (torch.Tensor, Image.Image)) for it in gc.get_objects())

    alive = round_of_changes(1)
    tracemalloc.start()
    round_of_changes(6)
    before = tracemalloc.get_traced_memory()[0]
    assert round_of_changes(11) <= alive  # fewer where another test's things are collected
    assert round_of_changes(16) <= alive
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    one_set = sum(len(tile["png"]) for tile in explorer.tiles)
    assert grown < 3 * one_set  # ten changes, and none of them kept what it drew


def test_an_unknown_path_is_refused_with_those_that_exist(explorer):
    with pytest.raises(traitlets.TraitError, match="one of en1, en2"):
        explorer.selected = "en7"
    assert explorer.selected == "en1"


def test_a_tensor_of_any_channels_is_taken_as_it_is():
    model = u2.U2Net(u2.U2NET_CLASSROOM.with_input(1)).eval()
    explorer = u2.explore_stages(model, torch.rand(1, 1, 40, 56))
    assert pixels(explorer.photo).shape == (40, 56, 3)


def test_more_than_one_image_is_refused(explorer, model):
    before = explorer.photo
    with pytest.raises(ValueError, match=r"one image is shown at a time.*got 2×3×64×64"):
        explorer.picture = torch.rand(2, 3, 64, 64)
    assert (explorer.photo, explorer.picture) == (before, "chelsea")
    with pytest.raises(ValueError, match="got 3×64×64"):
        u2.explore_stages(model, torch.rand(3, 64, 64))


def test_a_network_in_double_precision_shows_the_same(explorer, model):
    double = u2.explore_stages(copy.deepcopy(model).double(), "chelsea", size=64)
    ours, theirs = (w._maps.of("de1") for w in (explorer, double))
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


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
