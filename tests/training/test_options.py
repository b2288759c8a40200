import math

import numpy as np
import pytest

import u2net_edu as u2
from u2net_edu.training.data import FolderScenes, SyntheticScenes
from u2net_edu.training.loop import fit
from u2net_edu.training.options import loss_weights, number, whole

SCENES = SyntheticScenes(16, 4, seed=3)
NAN, INF = math.nan, math.inf


def test_numbers_of_any_kind_pass_as_plain_ones():
    for value in (3, np.int64(3), np.uint8(3)):
        assert type(whole("it", value)) is int
    for value in (2, 0.5, np.float32(0.5), np.int64(2)):
        assert type(number("it", value, above=0)) is float


@pytest.mark.parametrize("value", [0, -1, 2.0, True, "3", None, NAN, [1]])
def test_a_whole_number_above_0_is_nothing_else(value):
    with pytest.raises(ValueError, match=r"^it is a whole number, more than 0; got ") as caught:
        whole("it", value)
    assert repr(value) in str(caught.value)


@pytest.mark.parametrize("value", [0, -0.1, NAN, INF, -INF, True, "3", None, 1j])
def test_a_number_above_0_is_finite(value):
    with pytest.raises(ValueError, match=r"^it is a finite number more than 0; got ") as caught:
        number("it", value, above=0)
    assert repr(value) in str(caught.value)


@pytest.mark.parametrize("weights", [-1, NAN, [1, -0.5], [1, INF], "1", [True]])
def test_weights_of_losses_are_0_or_more(weights):
    with pytest.raises(ValueError, match="side_weights"):
        loss_weights(weights, 1.0)
    with pytest.raises(ValueError, match="fuse_weight"):
        loss_weights(1.0, weights)


# option → what it cannot be
REFUSED = {
    "steps": [0, -1, 2.5, NAN, "3", True],
    "minutes": [0, -1, NAN, INF, "3", True],
    "batch_size": [0, -1, 2.0, NAN, None],
    "learning_rate": [0, -0.1, NAN, INF, None, "fast"],
    "side_weights": [-1, NAN, INF, [1, -1]],
    "fuse_weight": [-1, NAN, INF, None],
    "clip": [0, -1, NAN, INF, "1"],
    "seed": [-1, 0.5, NAN, 2**32, None],
    "workers": [-1, 1.5, None],
    "devices": [0, -1, 1.5],
    "nodes": [0, -1, 1.5],
    "checkpoint_every": [0, -1, 2.5],
    "evaluate_every": [0, -1, 2.5],
    "terms": ["bce", (), ("dice",), (["bce"],), None, 5],
    "schedule": ["zigzag", None, ["one-cycle"]],
    "precision": ["half", None, 16],
    "augmentation": ["sideways", "", ["none"], {"none": 1}, 5],
    "checkpoint_dir": [5, True, ["runs"]],
    "preprocessing": ["other", "", ["plain"]],
    "callbacks": [[1], 5, iter([print])],
    "optimizer": ["adam", 3],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in REFUSED.items() for value in values]
)
@pytest.mark.parametrize("train", [fit, u2.fit_live])
def test_every_option_of_a_training_is_checked_before_anything_is_touched(tiny, name, value, train):
    tiny.provenance, before = "mine", {k: v.clone() for k, v in tiny.state_dict().items()}
    steps = {} if name == "minutes" else {"steps": 1}
    with pytest.raises(ValueError, match=name):
        train(tiny, SCENES, **{**steps, "device": "cpu", name: value})
    assert tiny.provenance == "mine"
    assert all(value.equal(before[key]) for key, value in tiny.state_dict().items())


@pytest.mark.parametrize(
    ("name", "values"),
    {
        "size": [7, -1, 32.0, True, None, NAN],
        "length": [0, -1, 2.0, True, NAN],
        "seed": [-1, 0.5, True, None],
        "difficulty": [-0.1, 1.1, NAN, INF, "hard", None, True],
    }.items(),
)
def test_every_number_of_drawn_scenes_is_checked(name, values):
    for value in values:
        with pytest.raises(ValueError, match=name):
            SyntheticScenes(**{name: value})


def test_the_size_of_a_folders_pictures_is_checked_before_a_file_is_read(tmp_path):
    with pytest.raises(ValueError, match="size"):
        FolderScenes(tmp_path / "not there", size=4)


@pytest.mark.parametrize("value", [0, -1, 2.0, None])
def test_evaluate_checks_its_batch_size(tiny, value):
    with pytest.raises(ValueError, match="batch_size"):
        u2.evaluate(tiny, SCENES, batch_size=value, device="cpu")


@pytest.mark.parametrize("value", [5, True, ["maps"]])
def test_evaluate_checks_its_folder_before_anything_is_measured(tiny, value):
    with pytest.raises(ValueError, match="maps is the path of a folder; got "):
        u2.evaluate(tiny, SCENES, maps=value, device="cpu")


@pytest.mark.parametrize("index", [1.0, True, None, "1", slice(2), [0]])
def test_a_picture_is_chosen_by_a_whole_number(index):
    with pytest.raises(TypeError, match=r"chosen by a whole number, 0 … 3; got "):
        SCENES[index]
    assert SCENES[np.int64(1)][0].equal(SCENES[1][0])


@pytest.mark.parametrize(
    ("name", "value"), [("scenes", 0), ("scenes", 2.5), ("scale", 0), ("scale", NAN)]
)
def test_the_numbers_of_a_live_view_are_checked_too(tiny, name, value):
    with pytest.raises(ValueError, match=f"{name[:5]}.*got {value}"):
        u2.fit_live(tiny, SCENES, steps=1, device="cpu", **{name: value})
    assert u2.live_trainings() == []
