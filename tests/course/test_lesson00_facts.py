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


def test_what_the_authors_network_marks(authors):
    """On our four photographs, at its own size: things, not colours."""
    assert authors.size == 320
    masks = {name: u2.predict(authors, name, device="cpu") > 0.5 for name in PHOTOGRAPHS}
    cup = masks["coffee"]
    assert cup.mean() == pytest.approx(0.48, abs=0.02)  # "half of the picture"
    for row, column in ((120, 300), (300, 130), (380, 250), (285, 250), (285, 365)):
        assert cup[row, column]  # coffee, saucer left and below, handle, spoon
    suit = masks["astronaut"]
    assert suit[100, 220]  # her face
    assert suit[430, 420]  # the helmet
    assert not suit[:220, :60].any()  # the flag
    assert not suit[:250, 370:].any()  # the shuttle
    rocket = masks["rocket"]
    assert rocket[200, 326]
    assert not rocket[:, :280].any()
    assert not rocket[:, 380:].any()  # the towers
    cat = u2.predict(authors, "chelsea", device="cpu")
    assert cat[150, 200] > 0.9  # between its eyes
    soft = (cat > 0.1) & (cat < 0.9)
    assert soft[200:].mean() > 2 * soft[:200].mean()  # where the whiskers are


def test_at_the_bottom_some_map_is_the_thing(authors):
    """Of `en6`: some map is bright in the thing and dark elsewhere, some the other way round."""
    for name in ("coffee", "chelsea", "astronaut"):
        images = u2.preprocess(name, authors.preprocessing, 320)
        with torch.no_grad():
            cells = authors(images).fused.sigmoid()
        cells = torch.nn.functional.avg_pool2d(cells, 32)[0, 0] > 0.5
        maps = u2.capture(authors, images, ["en6"])["en6"][0]
        inside, outside = maps[:, cells].mean(1), maps[:, ~cells].mean(1)
        assert (inside / outside.clamp(min=1e-6)).max() > 5, name
        assert (outside / inside.clamp(min=1e-6)).max() > 5, name


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


def test_the_photograph_of_the_figure_is_the_default_picture():
    notebook = json.loads(
        (catalogue.folder().parent / "notebooks/00_start_here.ipynb").read_text(encoding="utf-8")
    )
    sources = ["".join(cell["source"]) for cell in notebook["cells"]]
    shown = [source for source in sources if "photograph-stages" in source]
    assert len(shown) == 1
    assert catalogue.index()["photograph-stages"]["alt"] in shown[0]
    assert any(source.startswith('picture = "coffee"') for source in sources)
