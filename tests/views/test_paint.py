"""The brush for what stands out, and the agreement of several people, in Python alone."""

import numpy as np
import pytest
import traitlets
from PIL import Image

import u2net_edu as u2
from u2net_edu.views.figures.agreement import overlay


def disc(row: int, column: int, radius: int, size=(60, 80)) -> np.ndarray:
    y, x = np.ogrid[: size[0], : size[1]]
    return (y - row) ** 2 + (x - column) ** 2 <= radius**2


@pytest.fixture
def picture():
    return np.random.default_rng(0).integers(0, 255, (60, 80, 3), np.uint8)


def test_the_network_is_shown_once_one_is_done(picture):
    model = u2.load_classroom_model()
    painter = u2.paint_saliency(picture, model)
    yours = disc(30, 40, 18)
    painter.mask = yours
    assert painter.result == {}
    painter.set_state({"done": True})
    network = u2.predict(model, picture) >= 0.5
    shared = (yours & network).sum() / (yours | network).sum()
    assert painter.result["iou"] == pytest.approx(shared)
    assert f"IoU {shared:.2f}" in painter.result["sentence"]
    painter.done = False
    assert painter.result == {}


def test_alone_one_is_told_how_much(picture):
    painter = u2.paint_saliency(picture)
    painter.mask = np.arange(80) < np.full((60, 1), 20)
    painter.done = True
    assert painter.result == {"sentence": "You marked 25 % of the picture."}
    assert painter.still().startswith(b"\x89PNG")


def test_a_mask_has_the_size_of_its_picture():
    painter = u2.paint_saliency("coffee")
    assert max(painter.size) == 480
    assert painter.mask.shape == u2.photograph("coffee").shape[:2]
    wanted = disc(200, 300, 120, painter.mask.shape)
    painter.mask = wanted
    assert (painter.mask != wanted).mean() < 0.002  # painted on a smaller surface
    with pytest.raises(ValueError, match=r"got \(3, 3\)"):
        painter.mask = np.zeros((3, 3))
    with pytest.raises(traitlets.TraitError, match="a byte"):
        painter.set_trait("strokes", b"\0\1")


def test_saved_and_read_back(picture, tmp_path):
    painter = u2.paint_saliency(picture, folder=tmp_path / "new")
    painter.mask = disc(20, 20, 9)
    path = painter.save("Student 1")
    assert path == tmp_path / "new" / "Student 1.png"
    assert [each.name for each in path.parent.iterdir()] == ["Student 1.png"]
    assert np.array_equal(np.asarray(Image.open(path)) > 0, disc(20, 20, 9))
    again = u2.paint_saliency(picture, folder=tmp_path / "new")
    again.load("Student 1")
    assert np.array_equal(again.mask, painter.mask)
    with pytest.raises(ValueError, match="no folder"):
        u2.paint_saliency(picture).save("a")


@pytest.mark.parametrize("name", ["", "../a", "a/b", ".a", "a\\b", "x" * 81, 5])
def test_a_name_that_is_no_file_name_is_refused(picture, tmp_path, name):
    painter = u2.paint_saliency(picture, folder=tmp_path)
    with pytest.raises(ValueError, match="a name has letters"):
        painter.save(name)
    assert list(tmp_path.iterdir()) == []


def test_the_painted_mask_is_the_truth_of_a_loss(picture):
    model = u2.load_classroom_model()
    painter = u2.paint_saliency(picture, model)
    painter.mask = disc(30, 30, 15)
    explorer = u2.explore_loss(model, picture, painter.mask)
    assert explorer.message == ""
    share = np.frombuffer(explorer.mask, np.float32).mean()
    assert share == pytest.approx(disc(30, 30, 15).mean(), abs=0.01)


def test_agreement_of_several(picture, tmp_path):
    masks = {"ann": disc(30, 30, 12), "bo": disc(30, 36, 12), "cy": disc(10, 70, 5)}
    for name, mask in masks.items():
        painter = u2.paint_saliency(picture, folder=tmp_path)
        painter.mask = mask
        painter.save(name)
    found = u2.agreement(tmp_path)
    assert list(found.table.index) == list(found.table.columns) == list(masks)
    for one, a in masks.items():
        for other, b in masks.items():
            pairs = {tuple(at) for at in np.argwhere(a)}, {tuple(at) for at in np.argwhere(b)}
            expected = len(pairs[0] & pairs[1]) / len(pairs[0] | pairs[1])
            assert found.table.loc[one, other] == pytest.approx(expected)
    assert np.allclose(found.share, sum(mask.astype(float) for mask in masks.values()) / 3)
    assert repr(found).startswith("3 masks, of ann, bo, cy.")
    assert "data:image/png" in found._repr_html_()


def test_a_folder_that_cannot_be_compared(picture, tmp_path):
    with pytest.raises(FileNotFoundError, match="no masks in"):
        u2.agreement(tmp_path)
    Image.fromarray(np.zeros((5, 5), np.uint8)).save(tmp_path / "a.png")
    assert "nobody to compare" in repr(u2.agreement(tmp_path))
    Image.fromarray(np.zeros((5, 6), np.uint8)).save(tmp_path / "b.png")
    with pytest.raises(ValueError, match="masks of one picture"):
        u2.agreement(tmp_path)


def test_each_kind_of_pixel_has_its_colour():
    yours, theirs = np.array([[0, 1, 0, 1]], bool), np.array([[0, 0, 1, 1]], bool)
    assert len({tuple(pixel) for pixel in overlay(yours, theirs)[0]}) == 4
