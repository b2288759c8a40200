"""What notebook 08 and its lesson plan say in prose, asked of the network and the loss."""

import math

import pytest
import torch

import u2net_edu as u2
from u2net_edu.course.solutions.lesson08 import lowest_loss, pixel_loss


@pytest.fixture(scope="module")
def scene():
    return u2.SyntheticScenes(size=64, length=256, seed=2)[10]


@pytest.fixture(scope="module")
def model():
    return u2.load_classroom_model()


@pytest.fixture(scope="module")
def sides(model, scene):
    """(6, 64, 64) logits."""
    with torch.no_grad():
        return torch.cat(model(scene[0][None]).sides)[:, 0]


@pytest.fixture
def explorer(model, scene):
    return u2.explore_loss(model, u2.SyntheticScenes(size=64, length=256, seed=2), scene=10)


def test_half_costs_ln_2_and_a_zero_more_costs_2_3():
    assert pixel_loss(0, 1) == pytest.approx(0.693, abs=5e-4)
    assert math.log(10) == pytest.approx(2.3, abs=0.01)
    assert 7 * math.log(2) == pytest.approx(4.85, abs=0.005)


def test_the_pixel_by_hand(scene, sides):
    assert scene[1][0, 50, 28] == 1
    assert round(pixel_loss(float(sides[3, 50, 28]), 1)) == 5  # "costs it about five"
    assert sides[2, 50, 28] > 0


def test_sizes_of_the_coarse_maps_at_64():
    trace = u2.trace(u2.load_classroom_model(), (64, 64))
    grids = {f"side{k}": trace.operators[trace.position(f"side{k}.conv")].grid for k in (4, 5, 6)}
    assert grids == {"side4": (8, 8), "side5": (4, 4), "side6": (2, 2)}


def test_the_most_expensive_pixel_of_side4(scene, sides):
    losses = torch.nn.functional.binary_cross_entropy_with_logits(
        sides[3], scene[1][0], reduction="none"
    )
    assert divmod(int(losses.argmax()), 64) == (24, 10)
    assert scene[1][0, 24, 10] == 1


def test_a_logit_of_20_learns_nothing_after_a_sigmoid():
    for loss, gradient in ((True, 0.0), (False, 1.0)):
        x = torch.tensor([20.0], requires_grad=True)
        if loss:
            value = torch.nn.functional.binary_cross_entropy(x.sigmoid(), torch.zeros(1))
            assert value.item() == 100
        else:
            value = u2.saliency_loss(x.reshape(1, 1, 1, 1), torch.zeros(1, 1, 1, 1)).total
        value.backward()
        assert x.grad.item() == pytest.approx(gradient, abs=1e-6)


def test_without_the_coarse_sides_a_quarter_is_left_and_side3_speaks(explorer):
    assert explorer.total == pytest.approx(1.38, abs=0.006)
    explorer.on = [True] * 4 + [False] * 3
    assert explorer.total == pytest.approx(0.33, abs=0.006)
    shares = explorer.shares
    encoder = shares.loc[[stage for stage in shares.index if stage.startswith("en")]]
    assert (encoder.idxmax(axis=1) == "side3").all()


def test_the_fused_map_without_side1(explorer):
    before = explorer.terms["fused"]
    assert explorer.learned[0] == max(explorer.learned[:-1])
    explorer.fuse_weights = [0.0, *explorer.fuse_weights[1:]]
    assert explorer.terms["fused"] / before == pytest.approx(10, abs=1)


def test_scene_11_is_empty_and_the_coarse_sides_say_so(explorer):
    explorer.scene = 11
    assert not any(explorer.mask)
    assert all(explorer.probabilities()[f"side{k}"].max() < 0.01 for k in (4, 5, 6))


def test_sigmoid_first_leaves_the_background_no_darker_than_the_bias_allows(explorer):
    explorer.sigmoid = "before"
    negative = sum(weight for weight in explorer.learned[:-1] if weight < 0)
    least = explorer.learned[-1] + negative
    assert least > 0.1
    assert explorer.probabilities()["fused"].min() >= least
    assert explorer.probabilities()["fused"].max() == 1  # cut


def test_side6_pays_most_and_hardly_pulls(explorer):
    terms = explorer.terms
    assert max(terms, key=terms.get) == "side6"
    share = explorer.shares.loc["en1"]
    assert share["side6"] == pytest.approx(0.01, abs=0.005)
    assert share["side4"] > 10 * share["side6"]


def test_witnesses():
    agreed = 6 * 0.5 * math.log(9)
    assert agreed == pytest.approx(6.6, abs=0.02)
    assert 1 / (1 + math.exp(-agreed)) == pytest.approx(0.999, abs=5e-4)
    summed = 6 * 0.5 * 0.9
    assert summed == pytest.approx(2.7)


def test_the_friends_log():
    assert lowest_loss(0.2) == pytest.approx(4.32, abs=0.005)
    half = (pixel_loss(0.5, 0), pixel_loss(0.5, 1))
    assert half == pytest.approx((0.97, 0.47), abs=0.006)
    assert 7 * (0.8 * half[0] + 0.2 * half[1]) == pytest.approx(6.1, abs=0.05)


def test_the_classroom_network_was_trained_with_other_weights():
    assert u2.CLASSROOM_RECIPE["side_weights"] == 0.3


def test_the_figure_shows_that_only_its_own_and_the_fused_term_reach_de1(explorer):
    row = explorer.shares.loc["de1"]
    assert set(row.index[row != 0]) == {"fused", "side1"}
