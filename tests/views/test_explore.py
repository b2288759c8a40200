"""The nested map and the field explorer, in Python alone."""

import io

import numpy as np
import pytest
import torch
import traitlets
from PIL import Image

import u2net_edu as u2
from u2net_edu.views.figures.sheets import message_sheet


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return u2.U2Net(u2.U2NET_CLASSROOM).eval()


@pytest.fixture
def explorer(model):
    return u2.explore(model, "chelsea", size=64)


def test_the_map_waits_for_the_page_before_anything_slow(explorer):
    assert explorer.network["schema"].startswith("u2net_edu.trace/")
    assert (explorer.selected, explorer.opened) == ("en1", "")
    assert explorer.fields == {}
    assert explorer.maps == {}
    explorer.set_state({"ready": True})  # as it arrives from a browser
    assert explorer.fields["de1"]["size"] == 6624
    assert explorer.maps["path"] == "en1"


def test_selecting_opens_and_closes_stages(explorer):
    explorer.selected = "en3.enc2.conv"
    assert explorer.opened == "en3"
    explorer.selected = "en3"
    assert explorer.opened == "en3"
    explorer.selected = "side2"
    assert explorer.opened == ""


def test_an_unknown_path_is_refused_with_the_nearest(explorer):
    with pytest.raises(traitlets.TraitError, match=r"en3\.enc2"):
        explorer.selected = "en3.enc22"
    assert explorer.selected == "en1"


def test_blocks_are_called_as_in_the_table(explorer):
    blocks = {stage["path"]: stage["block"] for stage in explorer.network["stages"]}
    assert (blocks["en1"], blocks["en6"], blocks["fuse"]) == ("RSU-7", "RSU-4F", "Fuse")


def test_maps_are_those_that_capture_gives(explorer, model):
    explorer.ready = True
    explorer.selected = "en2.enc2"
    maps = explorer.maps
    output = u2.capture(model, u2.preprocess("chelsea", size=64), "en2.enc2")["en2.enc2"][0]
    energy = output.square().mean((1, 2))
    order = [f"channel {c}" for c in energy.argsort(descending=True, stable=True)]
    assert maps["labels"] == order
    assert maps["size"] == list(output.shape[-2:])
    sheet = np.asarray(Image.open(io.BytesIO(maps["png"])))
    assert sheet.shape == (output.shape[1], 8 * output.shape[2])
    strongest = output[int(order[0].split()[1])].numpy()
    tile = sheet[:, : strongest.shape[1]] / 255
    assert np.corrcoef(tile.ravel(), strongest.ravel())[0, 1] > 0.99


def test_times_are_measured_when_asked_for(explorer):
    explorer.ready = True
    assert explorer.times == {}
    explorer.lens = "time"
    seconds = explorer.times["seconds"]
    assert len(seconds) == len(explorer.network["operators"]) - 1
    assert all(one > 0 for one in seconds.values())
    assert "torch" in explorer.times["machine"]


def test_the_model_stays_as_it_was(model):
    model.train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    widget = u2.explore(model, "coffee", size=48)
    widget.ready, widget.lens = True, "time"
    assert all(module.training for module in model.modules())
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    model.eval()


@pytest.mark.parametrize("make", [u2.explore, u2.explore_field])
@pytest.mark.parametrize(
    ("model", "image", "says"),
    [
        (None, "chelsea", "NoneType"),
        (torch.nn.Conv2d(3, 4, 3), "nowhere.png", "no picture at nowhere.png"),
        (torch.nn.Bilinear(3, 4, 3), "chelsea", "cannot be traced"),
        (torch.nn.Conv2d(3, 4, 3), torch.zeros(3, 8, 8), "one image"),
        (5, "chelsea", "expected a torch.nn.Module, got int"),
        (torch.nn.Conv2d(3, 4, 3), None, "got NoneType"),
        (torch.nn.Conv2d(3, 4, 3), torch.full((1, 3, 8, 8), torch.nan), "NaN or infinite"),
        (torch.nn.Conv2d(3, 4, 3), torch.zeros(1, 3, 8, 8, device="meta"), "on meta"),
        (torch.nn.Conv2d(3, 4, 3), torch.zeros(1, 3, 8, 8, dtype=torch.uint8), "torch.uint8"),
    ],
)
def test_what_cannot_be_shown_is_a_message(make, model, image, says):
    widget = make(model, image, size=32)
    assert says in widget.message
    assert widget.still().startswith(b"\x89PNG")


def test_the_field_explorer_begins_with_a_window_that_fits(model):
    widget = u2.explore_field(model, "chelsea", size=160)
    here = widget.shown.trace.field(widget.selected).size_here
    assert max(here) <= 80
    assert u2.explore_field(model, "chelsea", "de3", size=48).selected == "de3"
    for path, says in (("en99", "en99"), (5, "unicode string, not the int 5")):
        nowhere = u2.explore_field(model, "chelsea", path, size=48)
        assert says in nowhere.message
        assert nowhere.still() == message_sheet(nowhere.message)


def test_effective_fields_are_those_of_the_package(model):
    widget = u2.explore_field(model, "chelsea", "en1.enc3", size=64)
    widget.set_state({"asked": ["en1.enc3", 5, 6]})
    image = u2.preprocess("chelsea", size=64)
    field = u2.effective_field(model, image, "en1.enc3", (5, 6))
    count = (field >= (1 - 0.9545) * field.max()).sum()
    assert widget.heat["size"] == round(float(np.sqrt(count)))
    assert Image.open(io.BytesIO(widget.heat["png"])).size == (64, 64)


def test_stills_are_pictures(explorer, model):
    assert explorer.still().startswith(b"\x89PNG")
    assert u2.explore_field(model, "chelsea", size=48).still().startswith(b"\x89PNG")
