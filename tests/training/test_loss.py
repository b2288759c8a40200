import math

import pandas as pd
import pytest
import torch
import torch.nn.functional as F
from skimage.metrics import structural_similarity

from u2net_edu.architecture.spec import StageSpec, U2NetSpec
from u2net_edu.architecture.u2net import SaliencyLogits, U2Net
from u2net_edu.training.loss import gradient_shares, loss_maps, saliency_loss, soft_iou, ssim

TINY = U2NetSpec(
    "tiny",
    (StageSpec("en1", "RSU-4", 3, 4, 6), StageSpec("en2", "RSU-4F", 6, 4, 6)),
    (StageSpec("de1", "RSU-4", 12, 4, 6),),
)


def seven(seed=0, shape=(2, 1, 8, 8)):
    generator = torch.Generator().manual_seed(seed)
    maps = [torch.randn(shape, generator=generator, dtype=torch.float64) for _ in range(7)]
    masks = (torch.rand(shape, generator=generator) > 0.5).double()
    return SaliencyLogits(maps[0], tuple(maps[1:])), masks


def test_the_total_is_seven_bces_by_their_definition():
    logits, masks = seven()

    def definition(x):
        p = 1 / (1 + torch.exp(-x))
        return -(masks * p.log() + (1 - masks) * (1 - p).log()).mean()

    loss = saliency_loss(logits, masks)
    expected = [definition(x) for x in (logits.fused, *logits.sides)]
    torch.testing.assert_close(torch.stack([loss.fused, *loss.sides]), torch.stack(expected))
    torch.testing.assert_close(loss.total, sum(expected))


def test_an_undecided_network_starts_at_seven_times_ln_2():
    zero = torch.zeros(1, 1, 4, 4)
    loss = saliency_loss(SaliencyLogits(zero, (zero,) * 6), torch.ones(1, 1, 4, 4))
    assert loss.total.item() == pytest.approx(7 * math.log(2))


def test_a_confident_mistake_still_has_a_gradient():
    x = torch.tensor([[[[40.0]]]], requires_grad=True)
    saliency_loss(x, torch.zeros(1, 1, 1, 1)).total.backward()
    assert x.grad.item() == pytest.approx(1.0)


def test_weights():
    logits, masks = seven()
    plain = saliency_loss(logits, masks)
    some = saliency_loss(logits, masks, side_weights=[1, 2, 0, 0, 0, 0.5], fuse_weight=3)
    expected = 3 * plain.fused + plain.sides[0] + 2 * plain.sides[1] + 0.5 * plain.sides[5]
    torch.testing.assert_close(some.total, expected)
    torch.testing.assert_close(some.sides, plain.sides)  # the terms are told unweighted
    torch.testing.assert_close(saliency_loss(logits, masks, 0.0).total, plain.fused)


def test_maps_average_to_their_terms():
    logits, masks = seven()
    loss, maps = saliency_loss(logits, masks), loss_maps(logits, masks)
    assert maps.fused.shape == logits.fused.shape
    torch.testing.assert_close(maps.fused.mean(), loss.fused)
    for one, term in zip(maps.sides, loss.sides, strict=True):
        torch.testing.assert_close(one.mean(), term)


def test_iou_of_hand_made_regions():
    masks = torch.zeros(2, 1, 4, 4)
    masks[0, :, :2] = 1  # eight pixels; the second mask is empty
    right = (masks * 2 - 1) * 50
    assert soft_iou(right, masks).item() == pytest.approx(0, abs=1e-6)
    half = right.clone()
    half[0, :, 1] = -50  # four of the eight: (4 + 1) / (8 + 1)
    half[1] = 50  # all sixteen of an empty one: 1 / 17
    assert soft_iou(half, masks).item() == pytest.approx((4 / 9 + 16 / 17) / 2)


def test_ssim_agrees_with_scikit_image_and_with_one_window_at_a_time():
    logits, masks = seven(shape=(1, 1, 24, 24))
    p = logits.fused.sigmoid()
    by_window = similarity_map(p, masks)
    assert ssim(logits.fused, masks).item() == pytest.approx(1 - by_window.mean().item(), abs=1e-9)
    _, theirs = structural_similarity(
        p[0, 0].numpy(), masks[0, 0].numpy(), data_range=1, gaussian_weights=True, sigma=1.5,
        use_sample_covariance=False, full=True,
    )  # fmt: skip
    inner = slice(5, -5)  # at the borders the two pad differently
    torch.testing.assert_close(torch.from_numpy(theirs)[inner, inner], by_window[inner, inner])


def similarity_map(p, masks):
    """(H, W): the similarity of every 11×11 window, zeros beyond the border."""
    height, width = p.shape[-2:]
    p, masks = (F.pad(part[0, 0], (5, 5, 5, 5)) for part in (p, masks))
    result = torch.zeros(height, width, dtype=p.dtype)
    for i in range(height):
        for j in range(width):
            window = slice(i, i + 11), slice(j, j + 11)
            result[i, j] = window_similarity(p[window], masks[window])
    return result


def window_similarity(p, masks):
    axis = torch.arange(-5, 6, dtype=p.dtype)
    line = torch.exp(-(axis**2) / 4.5)
    weights = torch.outer(line, line) / line.sum() ** 2
    mean_p, mean_m = (weights * p).sum(), (weights * masks).sum()
    var_p, var_m = (weights * (p - mean_p) ** 2).sum(), (weights * (masks - mean_m) ** 2).sum()
    both = (weights * (p - mean_p) * (masks - mean_m)).sum()
    c1, c2 = 0.01**2, 0.03**2
    return (
        (2 * mean_p * mean_m + c1)
        * (2 * both + c2)
        / ((mean_p**2 + mean_m**2 + c1) * (var_p + var_m + c2))
    )


def test_the_hybrid_loss_is_the_sum_of_its_three_terms():
    logits, masks = seven()
    alone = [saliency_loss(logits, masks, terms=[term]).total for term in ("bce", "iou", "ssim")]
    both = saliency_loss(logits, masks, terms=("bce", "iou", "ssim")).total
    torch.testing.assert_close(both, sum(alone))
    assert saliency_loss((masks * 2 - 1) * 60, masks, terms=["ssim"]).total < 1e-6


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"masks": torch.zeros(2, 1, 4, 4)}, r"\(2, 1, 8, 8\)"),
        ({"masks": torch.zeros(2, 1, 8, 8, dtype=torch.uint8)}, "float"),
        ({"side_weights": [1, 2]}, "6"),
        ({"terms": ["dice"]}, "ssim"),
        ({"terms": []}, "bce"),
        ({"terms": "bce"}, "'bce'"),
        ({"masks": torch.full((2, 1, 8, 8), 255.0)}, "got 255"),
        ({"masks": torch.full((2, 1, 8, 8), -0.5)}, "got -0.5"),
        ({"masks": torch.full((2, 1, 8, 8), math.nan)}, "NaN"),
        ({"masks": torch.zeros(2, 1, 8, 8, dtype=torch.bool)}, "float"),
        ({"side_weights": -1}, "side_weights"),
        ({"side_weights": [1, 1, 1, 1, 1, math.nan]}, "side_weights"),
        ({"fuse_weight": math.inf}, "fuse_weight"),
    ],
)
def test_what_does_not_fit_is_refused(change, word):
    logits, masks = seven()
    with pytest.raises(ValueError, match=word):
        saliency_loss(logits, **({"masks": masks} | change))


class Given(torch.nn.Module):
    """A network that answers with what it was given once."""

    def __init__(self, logits):
        super().__init__()
        self.logits = logits

    def forward(self, images):
        return self.logits


@pytest.mark.parametrize("factor", [255, -1, math.nan, math.inf])
@pytest.mark.parametrize(
    "loss", [loss_maps, lambda x, m: gradient_shares(Given(x), m, m)], ids=["maps", "shares"]
)
def test_every_loss_refuses_masks_out_of_range(loss, factor):
    logits, masks = seven()
    with pytest.raises(ValueError, match="0…1"):
        loss(logits, masks * factor)


LOSSES = {
    "loss": saliency_loss,
    "maps": loss_maps,
    "shares": lambda x, m: gradient_shares(U2Net(TINY), torch.rand(2, 3, 8, 8), m),
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize(
    ("made", "says"),
    [
        (lambda m: m.numpy(), "masks: expected a tensor.*got ndarray: torch.from_numpy"),
        (lambda m: m.tolist(), "got list"),
        (lambda m: None, "got NoneType"),
        (lambda m: m.to("meta"), "masks: .* meta device, without values"),
        (lambda m: m.to_sparse(), "masks: .*sparse"),
        (lambda m: m[:0], "masks: expected at least one value"),
    ],
)
def test_every_loss_refuses_masks_that_are_no_tensor_with_values(loss, made, says):
    logits, masks = seven()
    with pytest.raises((TypeError, ValueError), match=says):
        loss(logits, made(masks))


IMAGES, MASKS = torch.rand(2, 3, 16, 16), torch.ones(2, 1, 16, 16)


@pytest.mark.parametrize(
    ("images", "says"),
    [
        (IMAGES * math.nan, "images: expected finite"),
        (IMAGES.numpy(), "images: .*got ndarray"),
        ((IMAGES * 255).to(torch.uint8), "images: expected floats.*got torch.uint8"),
        (IMAGES[0], r"images: .*\(3, 16, 16\)"),
        (IMAGES[:1, :, :1, :1], "1 value per channel, and in 1 of 1×1 pixels .*take larger images"),
    ],
)
def test_gradient_shares_refuse_images_that_train_nothing(images, says):
    masks = MASKS[: len(images), :, : images.shape[-2], : images.shape[-1]]
    with pytest.raises((TypeError, ValueError), match=says):
        gradient_shares(U2Net(TINY), images, masks)


def test_gradient_shares_are_of_a_u2net_whose_maps_are_finite():
    with pytest.raises(TypeError, match=r"of a U2Net.*got Conv2d"):
        gradient_shares(torch.nn.Conv2d(3, 1, 1), IMAGES, MASKS)
    model = U2Net(TINY)
    with torch.no_grad():
        model.fuse.conv.bias.fill_(math.nan)
    with pytest.raises(ValueError, match="did its training diverge"):
        gradient_shares(model, IMAGES, MASKS)


def test_only_logits_are_taken():
    with pytest.raises(TypeError, match="logits"):
        saliency_loss([1, 2], torch.zeros(1, 1, 1, 1))


def shares_by_hand(model, images, masks, weights):
    """Another road: one backward per term, parameter gradients read from .grad."""
    rows = {}
    gradients = []
    for k in range(len(weights)):
        model.zero_grad()
        loss = saliency_loss(model(images), masks)
        (weights[k] * (loss.fused, *loss.sides)[k]).backward()
        gradients.append(
            {n: torch.zeros_like(p) if p.grad is None else p.grad.clone()
             for n, p in model.named_parameters()}
        )  # fmt: skip
    for stage in ("en1", "en2", "de1"):
        names = [name for name in gradients[0] if name.startswith(f"{stage}.")]
        flat = [torch.cat([g[name].flatten() for name in names]).double() for g in gradients]
        total = sum(flat)
        rows[stage] = [float(g @ total / (total @ total)) for g in flat]
    return rows


def test_gradient_shares_agree_with_one_backward_a_term_and_sum_to_one():
    torch.manual_seed(0)
    model = U2Net(TINY).eval()
    images, masks = torch.rand(2, 3, 16, 16), (torch.rand(2, 1, 16, 16) > 0.7).float()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    shares = gradient_shares(model, images, masks, side_weights=[0.5, 2.0])
    assert isinstance(shares, pd.DataFrame)
    assert list(shares.columns) == ["fused", "side1", "side2"]
    assert list(shares.index) == ["en1", "en2", "de1"]
    torch.testing.assert_close(torch.tensor(shares.sum(axis=1).to_numpy()), torch.ones(3).double())
    assert shares.loc["de1", "side2"] == 0  # side2 hangs on en2, below de1
    assert not model.training
    for key, value in model.state_dict().items():
        assert torch.equal(value, before[key])
    expected = shares_by_hand(model.train(), images, masks, [1.0, 0.5, 2.0])
    for stage, row in expected.items():
        assert shares.loc[stage].tolist() == pytest.approx(row, abs=1e-4)
