"""What notebook 08 and its lesson plan say in prose, asked of the network and the loss."""

import math

import numpy as np
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


def test_the_straight_way_breaks_in_two_ways():
    with pytest.raises(OverflowError):
        math.exp(1000)
    assert 1 / (1 + math.exp(-1000)) == 1  # so 1 - p is 0, and has no logarithm
    with pytest.raises(ValueError, match=r"math domain|positive"):
        math.log(1 - 1)
    assert float(torch.tensor(20.0).sigmoid()) == 1
    assert 1 - 1 / (1 + math.exp(-20)) == pytest.approx(2e-9, rel=0.1)  # "two billionths"


def test_the_weighted_sum_of_probabilities_before_the_cut(explorer):
    sides = [explorer.probabilities()[f"side{k}"] for k in range(1, 7)]
    *weights, bias = explorer.learned
    summed = bias + sum(weight * side for weight, side in zip(weights, sides))
    assert summed.max() == pytest.approx(1.208, abs=0.001)


def test_the_first_layer_of_en1_has_nearly_all_of_its_gradient(model, scene):
    u2.saliency_loss(model(scene[0][None]), scene[1][None]).total.backward()
    square = {name: float(p.grad.square().sum()) for name, p in model.en1.named_parameters()}
    model.zero_grad()
    first = sum(value for name, value in square.items() if name.startswith("input."))
    assert first / sum(square.values()) == pytest.approx(0.97, abs=0.01)
    norm = model.en1.input.norm
    assert 9 < float((norm.weight.detach() / (norm.running_var + norm.eps).sqrt()).max()) < 11


def test_the_answers_to_what_can_be_changed(explorer, model, scene):
    assert lowest_loss(0) == pytest.approx(4.85, abs=0.005)
    explorer.weights = [1, 0, 0, 0, 0, 0, 1]
    assert explorer.shares.loc["en6", "side6"] == pytest.approx(1.003, abs=0.002)
    explorer.weights = [0, 0, 0, 0, 0, 0, 1]
    assert explorer.shares.loc["de5":].isna().all().all()
    torch.manual_seed(0)
    scenes = u2.SyntheticScenes(size=64, length=256, seed=2)
    untrained = u2.explore_loss(u2.U2Net(u2.U2NET_CLASSROOM), scenes).shares.loc["en1"]
    assert untrained.idxmax() == "side1"
    assert untrained.max() == pytest.approx(0.6, abs=0.05)
    images, masks = (torch.stack(each) for each in zip(*(scenes[n] for n in range(8))))
    batch = u2.gradient_shares(model, images, masks).loc["en6", "side6"]
    assert batch == pytest.approx(0.93, abs=0.01)
    with torch.no_grad():
        logits = model(scene[0][None])
    both = u2.saliency_loss(logits, scene[1][None], terms=("bce", "iou")).total
    assert float(both) == pytest.approx(4.59, abs=0.01)


# The authors' network on photographs


def maps_of(network, photograph):
    """The logits, fused and six sides, (7, 320, 320)."""
    with torch.no_grad():
        logits = network(u2.preprocess(photograph, network.preprocessing, size=320))
    return torch.cat([logits.fused, *logits.sides])[:, 0]


def agreement(maps):
    """IoU at one half of each side with the fused map."""
    fused, *sides = maps > 0
    return [float((side & fused).sum() / (side | fused).sum()) for side in sides]


def test_coarse_sides_of_the_authors_find_what_is_large(authors):
    for photograph in ("coffee", "chelsea", "astronaut"):
        found = agreement(maps_of(authors, photograph))
        assert found == sorted(found, reverse=True)
        assert found[0] > 0.995  # "to the second digit"
        assert found[5] > 0.845


def test_coarse_sides_of_the_authors_lose_the_rocket(authors):
    rocket = maps_of(authors, "rocket")
    assert float((rocket[0] > 0).float().mean()) == pytest.approx(1 / 50, abs=0.005)
    found = agreement(rocket)
    assert found == sorted(found, reverse=True)
    assert found[4] == pytest.approx(0.28, abs=0.01)
    assert found[5] == 0
    assert not (rocket[6] > 0).any()


def test_the_authors_fused_map_is_their_side1(authors):
    weights, bias = (
        authors.fuse.conv.weight.detach().flatten(),
        float(authors.fuse.conv.bias.detach()),
    )
    assert float(weights[0]) == pytest.approx(0.983, abs=5e-4)
    assert weights[1:].abs().max() < 0.02
    maps = maps_of(authors, "astronaut")
    fused = bias + (weights[:, None, None] * maps[1:]).sum(0)
    torch.testing.assert_close(fused, maps[0], atol=1e-4, rtol=1e-4)
    for n in range(1, 6):
        without = (fused - weights[n] * maps[1 + n]).sigmoid()
        assert (without - maps[0].sigmoid()).abs().max() < 0.01
    lost = ((fused - weights[0] * maps[1]).sigmoid() - maps[0].sigmoid()).abs()
    assert float(lost.mean()) == pytest.approx(0.44, abs=0.005)
    assert (maps[1].sigmoid() - maps[0].sigmoid()).abs().max() < 0.02
    spread = maps.std((1, 2))
    assert spread.max() < 1.3 * spread.min()  # so the weights may be compared


def test_the_classroom_fusion_still_needs_its_other_sides(model):
    maps = maps_of(model, "astronaut")
    weights = model.fuse.conv.weight.detach().flatten()
    without = (maps[0] - weights[5] * maps[6]).sigmoid()
    assert (without - maps[0].sigmoid()).abs().max() == pytest.approx(0.42, abs=0.005)
    assert weights[[0, 5]].tolist() == pytest.approx([0.908, 0.135], abs=5e-4)
    assert weights.argsort(descending=True)[:2].tolist() == [0, 5]


SAUCER, RIM, BODY = (224, 279, 165, 202), (112, 291, 95, 118), (190, 285, 105, 108)


def painted(*ellipses):
    """By the equation of an ellipse, where the notebook asks scikit-image."""
    rows, columns = np.mgrid[:400, :600]
    inside = [
        ((rows - r) / high) ** 2 + ((columns - c) / wide) ** 2 < 1 for r, c, high, wide in ellipses
    ]
    return np.any(inside, axis=0).astype(float)


def test_the_classroom_network_loses_much_on_the_painted_cup(model):
    terms = u2.explore_loss(model, "coffee", painted(SAUCER, RIM)).terms
    assert terms["fused"] == pytest.approx(2.72, abs=0.006)


def test_the_loss_of_a_photograph_depends_on_who_painted_the_mask(authors):
    both = u2.explore_loss(authors, "coffee", painted(SAUCER, RIM)).terms
    assert both["fused"] == pytest.approx(0.065, abs=0.002)
    assert both["side5"] < both["side1"]
    cup = u2.explore_loss(authors, "coffee", painted(BODY, RIM)).terms
    assert cup["fused"] == pytest.approx(2.28, abs=0.01)
    assert min(cup, key=cup.get) == "side6"
    assert cup["side6"] == pytest.approx(1.09, abs=0.01)
