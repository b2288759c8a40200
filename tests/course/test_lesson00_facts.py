"""What notebook 00 and the README say in prose, measured; and one network gives one answer."""

import io
import json

import numpy as np
import pytest
import torch
from PIL import Image

import u2net_edu as u2
from u2net_edu.images import PHOTOGRAPHS
from u2net_edu.views.figures import catalogue


@pytest.fixture(scope="module")
def model() -> u2.U2Net:
    return u2.load_classroom_model()


def shares(model) -> dict[str, int]:
    """Percent of each photograph that the network marks."""
    masks = {name: u2.predict(model, name, device="cpu") > 0.5 for name in PHOTOGRAPHS}
    return {name: round(100 * float(mask.mean())) for name, mask in masks.items()}


def drawn_answer(model, picture) -> np.ndarray:
    """The fused map of `explore_stages`, as it is painted."""
    widget = u2.explore_stages(model, picture)
    widget.selected = "fuse"
    fused = next(tile for tile in widget.tiles if tile["path"] == "fuse")
    return np.asarray(Image.open(io.BytesIO(fused["png"])).convert("L"), dtype=float) / 255


def test_the_figure_and_the_answer_below_it_are_one(model):
    for picture in ("coffee", "rocket"):
        drawn = drawn_answer(model, picture)
        assert drawn.shape == (model.size, model.size)
        tensor = u2.preprocess(picture, model.preprocessing, model.size)
        with torch.no_grad():
            logits = model(tensor)
        fused = logits.fused[0, 0].sigmoid().numpy()
        assert abs(drawn - fused).max() < 0.01
        small = np.asarray(Image.fromarray(u2.predict(model, picture)).resize(drawn.shape[::-1]))
        assert abs(small - fused).mean() < 0.02


def test_every_view_shows_a_network_the_picture_at_its_own_size(model):
    own = model.size
    assert own == 64
    for view in (u2.explore(model, "coffee"), u2.explore_field(model, "coffee")):
        assert tuple(view.shown.tensor.shape[-2:]) == (own, own)
    untold = u2.U2Net(u2.U2NET_CLASSROOM).eval()
    assert tuple(u2.explore(untold, "coffee").shown.tensor.shape[-2:]) == (320, 320)
    assert tuple(u2.explore(model, "coffee", size=48).shown.tensor.shape[-2:]) == (48, 48)


def test_the_readme_shows_the_masks_that_predict_gives(model):
    found = shares(model)
    alt = catalogue.index()["classroom-masks"]["alt"]
    for name, share in found.items():
        assert f"{name} {share} %" in alt
    assert found["coffee"] > 20
    assert found["rocket"] == 0  # "it misses the rocket completely"
    readme = (catalogue.folder().parent / "README.md").read_text(encoding="utf-8")
    assert alt in readme


def test_the_classroom_network_has_2_by_2_pixels_at_the_bottom(model):
    with torch.device("meta"):
        full = u2.U2Net(u2.U2NET_LITE)
    for network, size, coarse in ((model, 64, 2), (full, 320, 10)):
        trace = u2.trace(network, (size, size))
        operators = {operator.path: operator for operator in trace.operators}
        assert operators["side6.conv"].output_shape[-2:] == (coarse, coarse)
        en3, en5 = (trace.operators[trace.position(p)].output_shape[-1] for p in ("en3", "en5"))
        assert (en3 if size == 64 else en5) in (16, 20)


def test_an_untrained_network_says_that_it_cannot_say():
    for picture in ("coffee", "chelsea"):
        saliency = u2.predict(u2.model_at_hand(picture, trained=False), picture, device="cpu")
        assert ((saliency > 0.3) & (saliency < 0.6)).mean() >= 0.9


def test_the_photograph_of_the_title_is_the_default_picture():
    notebook = json.loads(
        (catalogue.folder().parent / "notebooks/00_start_here.ipynb").read_text(encoding="utf-8")
    )
    sources = ["".join(cell["source"]) for cell in notebook["cells"]]
    assert catalogue.index()["photograph-stages"]["alt"] in sources[0]
    assert any(source.startswith('picture = "coffee"') for source in sources)
