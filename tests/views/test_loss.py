"""`explore_loss` without a browser: what it sends, the same numbers in Python, and its refusals."""

import gc
import io
import tracemalloc

import numpy as np
import pytest
import torch
import traitlets
from PIL import Image

import u2net_edu as u2
from u2net_edu.architecture.spec import StageSpec, U2NetSpec
from u2net_edu.views.widgets.loss import widget as loss

TINY = U2NetSpec(
    "tiny",
    (StageSpec("en1", "RSU-4", 3, 4, 6), StageSpec("en2", "RSU-4F", 6, 4, 6)),
    (StageSpec("de1", "RSU-4", 12, 4, 6),),
)


@pytest.fixture(scope="module")
def model():
    return u2.load_classroom_model()


@pytest.fixture
def scene():
    return u2.SyntheticScenes(64, 16, seed=2)[10]


@pytest.fixture
def explorer(model, scene):
    made = u2.explore_loss(model, *scene)
    assert made.message == ""
    return made


def floats(data: bytes) -> np.ndarray:
    return np.frombuffer(data, "<f4")


def by_definition(model, scene, **options):
    image, mask = scene
    with torch.no_grad():
        return u2.saliency_loss(model(image[None]), mask[None], **options)


def test_terms_and_total_are_those_of_the_loss(explorer, model, scene):
    expected = by_definition(model, scene)
    terms = explorer.terms
    assert list(terms) == ["fused", *(f"side{i}" for i in range(1, 7))]
    together = [float(x) for x in (expected.fused, *expected.sides)]
    assert list(terms.values()) == pytest.approx(together, rel=1e-5)
    assert explorer.total == pytest.approx(float(expected.total), rel=1e-5)


def test_weights_and_switches_make_the_total(explorer, model, scene):
    explorer.weights = [2.0, 1.0, 0.5, 1.0, 3.0, 1.0, 0.0]
    explorer.on = [True, False, True, True, True, True, True]
    sides = [0.0, 0.5, 1.0, 3.0, 1.0, 0.0]
    expected = by_definition(model, scene, side_weights=sides, fuse_weight=2.0)
    assert explorer.total == pytest.approx(float(expected.total), rel=1e-5)


def test_the_sides_are_sent_as_the_network_gives_them(explorer, model, scene):
    with torch.no_grad():
        logits = model(scene[0][None])
    sides = floats(explorer.sides).reshape(6, 64, 64)
    for sent, side in zip(sides, logits.sides):
        np.testing.assert_allclose(sent, side[0, 0], atol=1e-6)
    assert (floats(explorer.mask).reshape(64, 64) == scene[1][0].numpy()).all()
    assert Image.open(io.BytesIO(explorer.photo)).size == (64, 64)
    weights, bias = np.array(explorer.learned[:-1]), explorer.learned[-1]
    fused = np.tensordot(weights, sides, 1) + bias
    np.testing.assert_allclose(fused, logits.fused[0, 0], atol=1e-5)


def test_another_fusion_changes_only_the_fused_term(explorer, scene):
    before = explorer.terms
    explorer.fuse_weights, explorer.fuse_bias = [0.5, -0.2, 0.1, 0.0, 0.3, 0.2], -0.1
    sides = floats(explorer.sides).reshape(6, 64, 64).astype(float)
    x = np.tensordot(explorer.fuse_weights, sides, 1) - 0.1
    mask = scene[1][0].numpy()
    expected = (np.logaddexp(0, x) - x * mask).mean()
    after = explorer.terms
    assert after.pop("fused") == pytest.approx(expected, rel=1e-4)
    before.pop("fused")
    assert after == pytest.approx(before)


def test_sigmoid_before_the_fusion_is_a_weighted_sum_of_probabilities(explorer, scene):
    explorer.sigmoid = "before"
    sides = floats(explorer.sides).reshape(6, 64, 64).astype(float)
    p = np.tensordot(explorer.fuse_weights, 1 / (1 + np.exp(-sides)), 1) + explorer.fuse_bias
    assert p.max() > 1  # the learned weights are not made for this
    p, mask = p.clip(0, 1), scene[1][0].numpy()
    with np.errstate(divide="ignore"):
        each = np.where(mask > 0.5, np.maximum(np.log(p), -100), np.maximum(np.log1p(-p), -100))
    assert explorer.terms["fused"] == pytest.approx(-each.mean(), rel=1e-4)
    np.testing.assert_allclose(explorer.probabilities()["fused"], p, atol=1e-5)


def test_shares_are_the_projections_of_one_backward_a_term(explorer, model, scene):
    """Another road: .grad after a backward for each term, of the network as it is at inference."""
    explorer.weights = [1.0, 2.0, 0.5, 1.0, 0.0, 1.0, 3.0]
    image, mask = scene
    each = []
    for k, weight in enumerate(explorer.weights):
        model.zero_grad()
        loss = u2.saliency_loss(model(image[None]), mask[None])
        (weight * (loss.fused, *loss.sides)[k]).backward()
        each.append({n: p.grad for n, p in model.named_parameters()})
    model.zero_grad(set_to_none=True)
    for stage in ("en2", "de5", "de2"):
        names = [n for n, _ in model.named_parameters() if n.startswith(f"{stage}.")]
        flat = [
            torch.cat([torch.zeros(1) if g[n] is None else g[n].flatten() for n in names]).double()
            if all(g[n] is not None for n in names)
            else torch.zeros(1).double()
            for g in each
        ]
        longest = max(map(len, flat))
        flat = [f if len(f) == longest else torch.zeros(longest).double() for f in flat]
        total = sum(flat)
        expected = [float(f @ total / (total @ total)) for f in flat]
        assert explorer.shares.loc[stage].tolist() == pytest.approx(expected, abs=1e-4)


def test_the_page_is_answered_for_the_fusion_that_it_asked_for(explorer):
    asked = [*explorer.fuse_weights, explorer.fuse_bias, "after", -1]
    explorer.asked = asked
    assert explorer.products["asked"] == asked
    stages = explorer.products["stages"]
    assert next(iter(stages)) == "en1"
    de1 = np.array(stages["de1"])
    assert de1.shape == (7, 7)
    assert (de1 == de1.T).all()
    assert (de1[2:] == 0).all()  # only the fused map and side1 hang on de1
    shares = de1[0].sum() / de1.sum()
    assert explorer.shares.loc["de1", "fused"] == pytest.approx(shares, rel=1e-4)
    explorer.asked = [0.0] * 7 + ["before", -1]
    other = np.array(explorer.products["stages"]["de1"])
    assert (other[0] == 0).all()  # a fusion of weights 0 sends nothing back


def test_scenes_to_leaf_through(model):
    explorer = u2.explore_loss(model)
    assert explorer.network["scenes"] == 256
    first = explorer.sides
    explorer.scene = 3
    assert explorer.sides != first
    expected = by_definition(model, u2.SyntheticScenes(64, 256, seed=2)[3])
    assert explorer.total == pytest.approx(float(expected.total), rel=1e-5)
    with pytest.raises(traitlets.TraitError, match="0 … 255"):
        explorer.scene = 256
    assert u2.explore_loss(model, scene=-1).message.startswith("TraitError: no scene -1")


def test_a_list_of_pairs_is_a_dataset_too(model):
    scenes = u2.SyntheticScenes(64, 8, seed=2)
    explorer = u2.explore_loss(model, [scenes[3], scenes[5]], scene=1)
    assert explorer.message == ""
    assert explorer.network["scenes"] == 2
    assert explorer.total == pytest.approx(u2.explore_loss(model, *scenes[5]).total)
    assert "0 … 1" in u2.explore_loss(model, [scenes[3], scenes[5]], scene=2).message
    assert "there are none" in u2.explore_loss(model, []).message


def test_gradients_follow_the_scene_and_the_fusion(model):
    """What is kept of one scene must not answer for the next."""
    scenes = u2.SyntheticScenes(64, 8, seed=2)
    explorer = u2.explore_loss(model, scenes)
    first = explorer.shares
    explorer.scene, explorer.fuse_weights = 6, [0.2] * 6
    fresh = u2.explore_loss(model, scenes, scene=6)
    fresh.fuse_weights = [0.2] * 6
    expected = fresh.shares
    assert (explorer.shares - expected).abs().max().max() < 1e-6
    assert (first - expected).abs().max().max() > 0.01


def test_gradients_are_kept_of_a_small_network_alone(explorer, monkeypatch):
    shares = explorer.shares
    assert explorer._of_sides
    monkeypatch.setattr(loss, "MOST_KEPT", 1000)
    assert explorer.shares.equals(shares)
    assert explorer._of_sides is None


def test_the_network_is_copied_and_left_as_it_was(model, scene):
    model.train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    explorer = u2.explore_loss(model, *scene)
    explorer.asked = [*explorer.fuse_weights, explorer.fuse_bias, "after", -1]
    assert model.training
    model.eval()
    assert all((before[n] == value).all() for n, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    total = explorer.total
    with torch.no_grad():
        kept = model.fuse.conv.bias.clone()
        model.fuse.conv.bias.add_(5)
        assert explorer.total == total
        model.fuse.conv.bias.copy_(kept)


@pytest.mark.parametrize("kind", ["array", "file", "PIL", "uint8 tensor", "bool"])
def test_a_picture_with_a_mask_of_any_kind(kind, model, scene, tmp_path):
    image, mask = scene
    picture = (image.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
    white = (mask[0].numpy() * 255).astype(np.uint8)
    Image.fromarray(white).save(tmp_path / "mask.png")
    given = {
        "array": white,
        "file": tmp_path / "mask.png",
        "PIL": Image.fromarray(white),
        "uint8 tensor": mask.to(torch.uint8),  # 0 and 1: the brightest is salient
        "bool": mask[0].numpy() > 0.5,
    }[kind]
    explorer = u2.explore_loss(model, picture, given)
    assert explorer.message == ""
    assert (floats(explorer.mask).reshape(64, 64) == mask[0].numpy()).all()
    assert explorer.total == pytest.approx(float(by_definition(model, scene).total), rel=1e-3)


def test_a_photograph_and_its_mask_are_squashed_alike(model):
    height, width = u2.photograph("coffee").shape[:2]
    mask = np.zeros((height, width), bool)
    mask[:, : width // 2] = True
    explorer = u2.explore_loss(model, "coffee", mask, size=48)
    assert explorer.network["size"] == [48, 48]
    left = floats(explorer.mask).reshape(48, 48)
    assert (left[:, :24] == 1).all()
    assert (left[:, 24:] == 0).all()


@pytest.mark.parametrize(
    ("image", "mask", "words"),
    [
        ("coffee", None, "the mask is missing"),
        (None, torch.ones(8, 8), "the image is missing"),
        ("coffee", torch.ones(8, 8), "400×600 pixels"),
        (torch.rand(3, 8, 8), torch.ones(3, 8, 8), r"(1, H, W)"),
        (torch.rand(3, 8, 8), torch.full((8, 8), 2.0), "0 … 1"),
        (torch.rand(3, 8, 8), torch.full((8, 8), float("nan")), "0 … 1"),
        (torch.rand(3, 8, 8), torch.ones(0, 8), "empty"),
        (torch.rand(3, 0, 8), torch.ones(0, 8), "empty"),
        (torch.rand(2, 8, 8), torch.ones(8, 8), "(3, H, W)"),
        (torch.rand(2, 3, 8, 8), torch.ones(8, 8), "one image at a time"),
        (torch.rand(1, 3, 700, 8), torch.ones(700, 8), "640"),
        (torch.full((1, 3, 8, 8), torch.nan), torch.ones(8, 8), "an image for a network"),
        (torch.rand(1, 5, 8, 8), torch.ones(8, 8), "5"),
        ("no such picture", torch.ones(8, 8), "no picture"),
        (u2.SyntheticScenes(16, 2)[0], None, "item 0 is of type Tensor"),
        (u2.SyntheticScenes(16, 2), torch.ones(16, 16), "brings its own"),
    ],
)
def test_what_does_not_fit_is_told_in_the_widget(model, image, mask, words):
    explorer = u2.explore_loss(model, image, mask)
    assert words in explorer.message
    assert Image.open(io.BytesIO(explorer.still())).size[0] > 300


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: torch.nn.Conv2d(3, 1, 3), "TypeError: explore_loss compares the seven maps"),
        (lambda: u2.U2Net(TINY, out_channels=2), "one map a side; this has 2"),
    ],
)
def test_a_network_that_does_not_fit_too(make, words):
    assert words in u2.explore_loss(make()).message


def test_a_network_that_gives_nan_is_named(scene):
    broken = u2.load_classroom_model()
    torch.nn.init.constant_(broken.side3.conv.bias, float("nan"))
    assert "NaN" in u2.explore_loss(broken, *scene).message


def test_a_network_with_fewer_sides(scene):
    torch.manual_seed(0)
    explorer = u2.explore_loss(u2.U2Net(TINY), *scene)
    assert explorer.message == ""
    assert explorer.names == ("fused", "side1", "side2")
    assert list(explorer.shares.index) == ["en1", "en2", "de1"]


@pytest.mark.parametrize(
    ("trait", "value"),
    [
        ("weights", [1.0] * 6),
        ("weights", [-1.0] + [1.0] * 6),
        ("weights", [float("nan")] + [1.0] * 6),
        ("on", [True]),
        ("fuse_weights", [1.0] * 7),
        ("fuse_weights", [float("inf")] * 6),
        ("sigmoid", "never"),
        ("selected", "side7"),
    ],
)
def test_settings_that_make_no_sense_are_refused(explorer, trait, value):
    before = getattr(explorer, trait)
    with pytest.raises(traitlets.TraitError):
        setattr(explorer, trait, value)
    assert getattr(explorer, trait) == before


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), float("-inf")], ids=str)
@pytest.mark.parametrize("trait", ["weights", "fuse_weights", "fuse_bias"])
def test_what_is_no_finite_number_is_refused_by_name(explorer, trait, wrong):
    before = getattr(explorer, trait)
    value = wrong if trait == "fuse_bias" else [*before[:-1], wrong]
    with pytest.raises(traitlets.TraitError, match=rf"^{trait}: .*finite number.*{wrong}"):
        setattr(explorer, trait, value)
    assert getattr(explorer, trait) == before
    assert np.isfinite(explorer.total)


def test_a_weight_beyond_the_slider_is_refused_with_its_range(explorer):
    for wrong in (-0.5, 3.5):
        with pytest.raises(traitlets.TraitError, match=f"^weights: numbers from 0 to 3; .*{wrong}"):
            explorer.weights = [wrong] + [1.0] * 6
    assert explorer.weights == [1.0] * 7
    explorer.weights = [0.0] + [3.0] * 6  # both ends belong to it


def test_a_network_with_nan_in_its_fusion_is_told_so(scene):
    diverged = u2.load_classroom_model()
    with torch.no_grad():
        diverged.fuse.conv.bias.fill_(float("nan"))
    assert "fuse_bias: a finite number; got nan" in u2.explore_loss(diverged, *scene).message


def test_a_pixel_outside_is_brought_in(explorer):
    explorer.pixel = [-3, 400]
    assert explorer.pixel == [0, 63]


def test_an_error_in_a_callback_reaches_the_student(explorer, monkeypatch):
    monkeypatch.setattr(type(explorer), "_losses", lambda *args: 1 / 0)
    explorer.asked = [*explorer.fuse_weights, 0.0, "after", -1]
    assert "ZeroDivisionError" in explorer.message
    monkeypatch.undo()
    explorer.asked = [*explorer.fuse_weights, 0.5, "after", -1]
    assert explorer.message == ""


def test_a_still_picture_stands_in_where_no_script_runs(explorer):
    data, _ = explorer._repr_mimebundle_()
    width, height = Image.open(io.BytesIO(data["image/png"])).size
    assert width > 1000
    assert height > 250


def test_nothing_leaks_over_200_steps(model):
    """As from the page: weights, fusion, order, what is selected, and gradients now and then."""
    explorer = u2.explore_loss(model, u2.SyntheticScenes(32, 4, seed=2))

    def steps(count: int) -> None:
        for i in range(count):
            fusion = [0.01 * i, 0.0, 0.1, 0.2, 0.0, 0.0]
            explorer.set_state(
                {
                    "weights": [0.01 * (i % 300)] * 7,
                    "fuse_weights": fusion,
                    "sigmoid": ("after", "before")[i % 2],
                    "selected": explorer.names[i % 7],
                    "pixel": [i % 32, 5],
                }
            )
            if i % 20 == 0:
                explorer.set_state({"asked": [*fusion, 0.0, "after", i], "scene": i % 4})

    def held() -> tuple[int, int]:
        gc.collect()
        tensors = sum(1 for thing in gc.get_objects() if type(thing) is torch.Tensor)
        return tensors, tracemalloc.get_traced_memory()[0]

    steps(40)
    tracemalloc.start()
    steps(20)
    tensors, memory = held()
    steps(200)
    tensors_after, memory_after = held()
    tracemalloc.stop()
    assert tensors_after == tensors
    assert memory_after < 1.05 * memory + 50_000


@pytest.mark.gpu
def test_on_cuda_the_same(scene):
    here = u2.explore_loss(u2.load_classroom_model(), *scene)
    there = u2.explore_loss(u2.load_classroom_model().cuda(), *scene)
    assert there.message == ""
    assert there.total == pytest.approx(here.total, rel=1e-2)
    assert (there.shares - here.shares).abs().max().max() < 0.05
