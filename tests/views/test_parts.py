"""The map with scissors, in Python alone."""

import gc
import io

import numpy as np
import pytest
import torch
import traitlets
from PIL import Image

import u2net_edu as u2
from tests.browser.models import SmallUNet, chain
from u2net_edu.views.widgets.parts.difference import (
    difference,
    difference_in_words,
    outline_band,
)

SKIP = "en3 -> de3.concat"


@pytest.fixture(scope="module")
def model():
    return u2.load_classroom_model()


@pytest.fixture(scope="module")
def image():
    return u2.SyntheticScenes(64, 3, seed=5)[0][0][None]


@pytest.fixture
def explorer(model, image):
    return u2.explore_parts(model, image)


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def test_nothing_runs_before_the_page_is_there(explorer):
    assert explorer.answer == {}
    explorer.set_state({"ready": True})
    assert [mask["name"] for mask in explorer.answer["masks"]] == [
        "fused", *(f"side{i}" for i in range(1, 7))
    ]  # fmt: skip
    assert {mask["mean"] for mask in explorer.answer["masks"]} == {0}
    assert explorer.sentence.startswith("Nothing is changed")


@pytest.mark.parametrize(
    "changes",
    [
        {SKIP: "zero"},
        {"en6": "mean", "de2.enc2": 0.5},
        {"en4[0, 3] -> de4.concat": "zero", "en1.in -> en1.add": 0},
    ],
)
def test_the_masks_are_those_of_intervene(explorer, model, image, changes):
    """Also when the page asks for them, one change after the other."""
    for count, cuts in enumerate([list(changes.items())[:1], list(changes.items())], start=1):
        explorer.set_state({"asked": {"count": count, "cuts": [list(cut) for cut in cuts]}})
    assert explorer.changes == changes
    assert explorer.answer["count"] == 2
    after = u2.intervene(model, image, changes)
    before = model(image)
    for mask, old, new in zip(
        explorer.answer["masks"], (before.fused, *before.sides), (after.fused, *after.sides)
    ):
        old, new = old[0, 0].sigmoid().detach().numpy(), new[0, 0].sigmoid().numpy()
        assert mask["mean"] == pytest.approx(np.abs(new - old).mean(), abs=1e-6)
        either = ((old >= 0.5) | (new >= 0.5)).sum()
        shared = ((old >= 0.5) & (new >= 0.5)).sum()
        assert mask["iou"] == pytest.approx(shared / either if either else 1)
        assert np.abs(pixels(mask["png"])[..., 0] / 255 - new).max() < 0.01


def test_red_is_less_and_blue_is_more(explorer):
    explorer.changes = {"en6": "zero", "de5": "zero"}
    old, new = explorer._before["side4"], explorer._after["side4"]
    shown = pixels(explorer.answer["masks"][4]["change_png"]).astype(int)
    for where, channel, other in (((new - old).argmin(), 0, 2), ((new - old).argmax(), 2, 0)):
        pixel = shown.reshape(-1, 3)[where]
        assert pixel[channel] > pixel[other]


def test_python_and_page_share_the_state(explorer, model, image):
    explorer.changes = {SKIP: 0.25}
    assert explorer.answer["cuts"] == [[SKIP, 0.25]]
    explorer.set_state({"asked": {"count": 1, "cuts": [[SKIP, 0.25], ["en6", "zero"]]}})
    assert explorer.changes == {SKIP: 0.25, "en6": "zero"}
    taken = explorer.changes
    taken["en1"] = "zero"  # a copy
    assert "en1" not in explorer.changes
    u2.intervene(model, image, explorer.changes)  # in its own words


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"en33": "zero"}, u2.PathError, "en3"),
        ({"en3 -> de4.concat": "zero"}, ValueError, "is no connection"),
        ({"en3[64]": "zero"}, ValueError, "channels 0"),
        ({"en3": "off"}, TypeError, '"zero", "mean"'),
        ({"en3": torch.zeros(1, 2, 2, 2)}, ValueError, "the tensor to put there"),
        (["en3"], TypeError, "changes is"),
    ],
)
def test_a_wrong_change_leaves_all_as_it_was(explorer, changes, error, says):
    explorer.changes = {"en6": "zero"}
    before = explorer.answer
    with pytest.raises(error, match=says.replace("[", r"\[")):
        explorer.changes = changes
    assert explorer.changes == {"en6": "zero"}
    assert explorer.answer is before


def test_a_wrong_wish_of_the_page_is_answered_with_the_reason(explorer):
    explorer.changes = {"en6": "zero"}
    explorer.set_state({"asked": {"count": 7, "cuts": [["en33", "zero"]]}})
    assert explorer.answer["count"] == 7
    assert "en3" in explorer.answer["problem"]
    assert explorer.answer["cuts"] == [["en6", "zero"]]
    explorer.set_state({"asked": {"count": 8, "cuts": []}})
    assert explorer.answer["problem"] == ""
    assert explorer.changes == {}


@pytest.mark.parametrize("part", ["en6", "en3 -> de3.concat", "en3[1, 2]"])
def test_a_part_as_for_another_picture(model, part):
    explorer = u2.explore_parts(model, "chelsea", size=64)
    explorer.set_state({"asked": {"count": 1, "cuts": [[part, {"as": "coffee"}]]}})
    other = u2.preprocess("coffee", u2.images.preprocessing_of(model, "auto"), 64)
    path = part.split(" ")[0].split("[")[0]
    given = u2.capture(model, other, path)[path]
    assert torch.equal(explorer.changes[part], given)
    assert explorer.answer["cuts"] == [[part, {"as": "coffee"}]]
    assert "as for coffee" in explorer.sentence


@pytest.mark.parametrize("on", [True, False])
def test_garbage_is_collected_after_an_answer_and_not_before_it(explorer, on):
    running = []
    explorer.observe(lambda change: running.append(gc.isenabled()), "answer")
    before = gc.isenabled()
    try:
        (gc.enable if on else gc.disable)()
        for cuts in ([["en6", "zero"]], [["en66", "zero"]]):
            explorer.set_state({"asked": {"count": len(running) + 1, "cuts": cuts}})
            assert gc.isenabled() == on
    finally:
        (gc.enable if before else gc.disable)()
    assert running[0] is False


def test_any_picture_and_any_tensor_of_python(model):
    explorer = u2.explore_parts(model, "chelsea", size=64)
    explorer.as_for("en6", u2.photograph("rocket"))
    assert explorer.pictures[-1] == "picture 5"
    assert explorer.answer["cuts"] == [["en6", {"as": "picture 5"}]]
    tensor = torch.zeros_like(explorer.changes["en6"])
    explorer.changes = {"en6": tensor}
    cuts = explorer.answer["cuts"]
    assert cuts == [["en6", {"as": "tensor 1"}]]
    explorer.changes = {}
    explorer.set_state({"asked": {"count": 3, "cuts": cuts}})  # undone in the page
    assert explorer.changes["en6"] is tensor


def test_what_a_part_gives_for_the_same_picture_changes_nothing(explorer, model, image):
    explorer.changes = {"en3": u2.capture(model, image, "en3")["en3"], SKIP: 1.0}
    assert {mask["mean"] for mask in explorer.answer["masks"]} == {0}
    assert "to the last bit" in explorer.sentence


def test_every_connection_of_the_list_is_an_arrow(explorer, model):
    listed = u2.connections(model, (64, 64))
    assert [arrow["part"] for arrow in explorer.arrows] == list(listed.index)
    words = {arrow["part"]: arrow["words"] for arrow in explorer.arrows}
    assert words[SKIP] == "skip en3 → de3"
    assert words["en1.in -> en1.add"] == "residual en1.in → en1.add"
    assert words["de4 -> de3.resize"] == "way up de4 → de3"


def test_only_parts_can_be_chosen(explorer):
    explorer.selected = SKIP
    with pytest.raises(traitlets.TraitError, match="is no connection"):
        explorer.selected = "en3 -> de4.concat"
    with pytest.raises(traitlets.TraitError, match="en3"):
        explorer.selected = "en33"
    assert explorer.selected == SKIP


def test_channels_are_sent_where_they_are_looked_at(explorer):
    explorer.ready = True
    assert explorer.maps == {}
    explorer.selected = "de2 -> side2.conv"
    explorer.channels = True
    assert explorer.maps["path"] == "de2"


class OneMask(SmallUNet):
    """A U-Net of somebody else's, with one map and no sides."""

    def __init__(self):
        super().__init__()
        self.last = torch.nn.Conv2d(8, 1, 1)


def test_a_foreign_network_has_one_mask():
    torch.manual_seed(0)
    explorer = u2.explore_parts(OneMask().eval(), "chelsea", size=32)
    skip = next(arrow["part"] for arrow in explorer.arrows if arrow["kind"] == "skip")
    explorer.changes = {skip: "zero"}
    assert [mask["name"] for mask in explorer.answer["masks"]] == ["fused"]
    assert "the mask" in explorer.sentence
    assert explorer.still().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("model", "says"), [(SmallUNet(), "one map of logits"), (chain(), "one map of logits")]
)
def test_a_network_without_a_mask_says_so(model, says):
    explorer = u2.explore_parts(model.eval(), "chelsea", size=48)
    explorer.ready = True
    assert says in explorer.message
    assert explorer.still().startswith(b"\x89PNG")


def test_what_is_wrong_from_the_start_is_a_message(model):
    assert "no picture at" in u2.explore_parts(model, "nowhere.png").message
    assert "en3" in u2.explore_parts(model, "coffee", size=48, changes={"en33": 1}).message


# Numbers and words, on masks drawn by hand


def square(low: int, high: int) -> np.ndarray:
    mask = np.zeros((100, 100))
    mask[low:high, low:high] = 1
    return mask


def test_the_numbers_of_two_squares():
    found = difference(square(20, 80), square(30, 80) * 0.75)
    assert (found.before, found.after) == (0.36, 0.25)
    assert found.lost == pytest.approx(11 / 36)
    assert (found.gained, found.crossed) == (0, pytest.approx(0.11))
    assert found.iou == pytest.approx(25 / 36)
    assert found.mean == pytest.approx(0.11 + 0.25 * 0.25)
    nothing = difference(square(0, 0), square(0, 0))
    assert (nothing.iou, nothing.lost, nothing.gained) == (1, 0, 0)


def test_the_band_along_the_outline_by_brute_force():
    mask = np.random.default_rng(3).random((40, 60)) > 0.97
    reach = 1  # a 50th of 60
    inside = {tuple(at) for at in np.argwhere(mask)}
    expected = np.zeros_like(mask)
    for row in range(40):
        for column in range(60):
            near = {
                (row + i, column + j) in inside
                for i in range(-reach, reach + 1)
                for j in range(-reach, reach + 1)
                if 0 <= row + i < 40 and 0 <= column + j < 60
            }
            expected[row, column] = len(near) == 2
    assert np.array_equal(outline_band(mask), expected)
    assert not outline_band(np.ones((9, 9), bool)).any()  # the border is no outline


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (square(20, 80), square(21, 79), "loses 6.6 % of its pixels, most of them at the rim."),
        (
            square(20, 80),
            square(20, 80) - square(40, 60),
            "loses 11 % of its pixels, most of them inside.",
        ),
        (square(20, 80), square(19, 81), "gains 6.8 % of its area, most of that along its rim."),
        (square(20, 80), square(10, 90), "gains 78 % of its area, most of that away from it."),
        (square(20, 80), square(0, 0), "is gone: no pixel reaches ½ any more."),
        (square(0, 0), square(40, 60), "which was empty, marks 4 % of the picture."),
        (square(0, 0), square(0, 0), "stays empty: no pixel reaches ½."),
        (square(20, 80), square(20, 80) * 0.9, "keeps its pixels; on average one moves by 0.036."),
        (square(20, 80), square(20, 80), "stays as it was, to the last bit."),
    ],
)  # fmt: skip
def test_what_became_of_a_mask_in_words(before, after, says):
    assert difference_in_words(difference(before, after), "the mask").endswith(says)


@pytest.mark.parametrize(
    ("changes", "begins"),
    [
        ({SKIP: "zero"}, "Without the skip en3 → de3, the fused mask "),
        ({"en6": "zero"}, "Without en6, "),
        ({"en3[4, 7]": "zero"}, "Without channels 4, 7 of en3, "),
        ({SKIP: "mean"}, "With the skip en3 → de3 levelled to its mean, "),
        ({"en6": 0.5, SKIP: 0}, "With en6 times 0.5 and the skip en3 → de3 times 0, "),
        (
            {"en6": "zero", SKIP: "zero", "en3[4] -> de3.concat": "zero"},
            "With en6 silenced, the skip en3 → de3 cut and channel 4 of the skip en3 → de3 cut, ",
        ),
    ],
)
def test_how_a_sentence_begins(explorer, changes, begins):
    explorer.changes = changes
    assert explorer.sentence.startswith(begins)


# The table of knock_out


@pytest.fixture(scope="module")
def table(model):
    parts = ["en6", SKIP, "side1", "en1"]
    return u2.knock_out(model, u2.SyntheticScenes(64, 2, seed=1), parts, progress=False)


def test_the_matrix_is_that_of_knock_out(model, image, table):
    matrix = u2.explore_parts(model, image, matrix=table).matrix
    assert matrix["columns"] == list(table.columns)
    assert [row["part"] for row in matrix["rows"]] == list(table.index)
    values = [[cell["value"] for cell in row["cells"]] for row in matrix["rows"]]
    assert np.array_equal(values, table.to_numpy())
    assert "mean of 2 pictures" in matrix["words"]
    worst = min((cell for row in matrix["rows"] for cell in row["cells"]), key=lambda c: c["value"])
    assert worst["fill"][1:3] > worst["fill"][5:7]  # red: the part is missed


def test_a_matrix_of_another_network_is_refused(model, image, table):
    other = table.rename(index={"en6": "layer9"})
    assert "layer9" in u2.explore_parts(model, image, matrix=other).message
    assert "takes the table that knock_out" in u2.explore_parts(model, image, matrix=3).message
