"""What the proof by painting and the three answers show and say of a photograph."""

import numpy as np
import pytest
import torch

import u2net_edu as u2
from u2net_edu.views.figures.answers import Answers, answers_drawing
from u2net_edu.views.figures.proof import proof_drawing
from u2net_edu.views.widgets.network.network import NetworkOnImage
from u2net_edu.views.widgets.network.proof import paint_of, picture_of, proved


@pytest.fixture(scope="module")
def shown():
    return NetworkOnImage(u2.load_classroom_model(), "coffee", size=64)


def words(drawing) -> str:
    return " ".join(text.get_text() for text in drawing.figure.axes[0].texts)


def test_the_painted_picture_is_the_photograph_inside_and_the_other_one_outside(shown):
    found = proved(shown, "en1.enc3", (7, 9), "astronaut")
    pixels, other = picture_of(shown, found.painted), NetworkOnImage(shown.model, "astronaut").photo
    assert (pixels[found.support] == shown.photo[found.support]).all()
    apart = np.abs(pixels.astype(float) - other)[~found.support]
    assert np.median(apart) < 12  # its brightest and darkest are those of the first photograph
    assert found.stays


@pytest.mark.parametrize("colour", ["#ff8000", "#203040", "#000000", "#ffffff"])
def test_a_colour_comes_back_as_itself(shown, colour):
    mask = np.zeros((64, 64), bool)
    mask[3, 5] = True
    found = proved(shown, "en1.enc3", (7, 9), (mask, colour))
    pixel = picture_of(shown, found.painted)[3, 5]
    assert np.abs(pixel - np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])).max() <= 1


def test_a_network_of_one_channel_is_painted_grey():
    spec = u2.U2NET_CLASSROOM.with_input(1)
    shown = NetworkOnImage(u2.U2Net(spec), "coffee", size=32)
    mask = np.zeros((32, 32), bool)
    mask[0, 0] = True
    found = proved(shown, "en1.enc2", (8, 8), (mask, "#808080"))
    assert found.stays
    assert np.ptp(picture_of(shown, found.painted)[0, 0]) < 100
    assert paint_of(shown, "astronaut").shape == shown.tensor.shape


def test_the_figure_says_what_was_found(shown):
    found = proved(shown, "en1.enc3", (7, 9))
    said = words(proof_drawing(shown, found, "light"))
    assert "All that it cannot see is painted over: its value stays" in said
    assert "stays, to the last bit: all 7 digits" in said or "units of rounding" in said
    assert f"pixel {found.inside.pixel} inside painted" in said
    moved = np.abs(found.inside.shift.after - found.inside.shift.before)
    assert f"{found.before[moved.argmax()]:.7g}" in said
    assert f"moves by {moved.max():.3g}" in said


def test_the_figure_of_a_pixel_that_sees_everything(shown):
    drawing = proof_drawing(shown, proved(shown, "en6", (0, 0)), "light")
    assert "nothing is left to paint" in words(drawing)
    assert "nothing lies outside" in drawing.alt


def test_the_figure_of_a_brush_inside(shown):
    mask = np.ones((64, 64), bool)
    found = proved(shown, "en1.enc3", (7, 9), (mask, "#00ff00"))
    assert "Painted inside, too: its value moves" in words(proof_drawing(shown, found, "dark"))


def test_the_three_answers_lie_inside_one_another(shown):
    settings = {"patch": 8, "stride": 8, "progress": False}
    found = Answers.of(shown, "en1.enc3", (7, 9), **settings)
    assert not found.effective[~found.support].any()
    assert found.outside < 1e-5
    drawing = answers_drawing(shown, found, "light")
    assert f"{found.support.sum():,} pixels" in words(drawing)
    assert f"by {found.covered.map.max():.3g} at most" in words(drawing)


def test_a_pixel_without_a_gradient_is_drawn_all_the_same():
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 1, 3, padding=1), torch.nn.ReLU())
    torch.nn.init.constant_(model[0].bias, -99)
    shown = NetworkOnImage(model, "coffee", size=24)
    found = Answers.of(shown, "1", (8, 8), patch=8, stride=8, progress=False)
    assert found.effective is None
    assert "no gradient reaches the picture" in words(answers_drawing(shown, found, "light"))
    drawing = proof_drawing(shown, proved(shown, "1", (8, 8)), "light")
    assert "does not move" in words(drawing)
    assert "its ReLU is shut" in drawing.alt


def test_in_a_notebook_both_are_sheets_with_their_words():
    model = u2.load_classroom_model()
    proof = u2.show_proof(model, "coffee", "en1.enc3", (7, 9), paint="chelsea")
    assert set(proof.pictures) == {"light", "dark"}
    assert "painted over with another picture" in repr(proof)
    settings = {"patch": 16, "stride": 16, "progress": False}
    assert "What it can see: 400 of" in repr(
        u2.show_three_answers(model, "coffee", "en1.enc3", (7, 9), **settings)
    )
    with pytest.raises(FileNotFoundError):
        u2.show_proof(model, "coffee", "en1.enc3", (7, 9), paint="no such picture")
