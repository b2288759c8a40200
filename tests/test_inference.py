import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import u2net_edu as u2
from u2net_edu.architecture.about import note

FLAT = {
    "black": np.zeros((5, 7)),
    "white": np.ones((5, 7)),
    "grey": np.full((5, 7, 3), 0.5),
    "one pixel": np.ones((1, 1)),
}


@pytest.fixture(scope="module")
def model() -> u2.U2Net:
    torch.manual_seed(0)
    model = u2.U2Net(u2.U2NET_CLASSROOM)
    return u2.calibrate_norms(model, u2.preprocess("chelsea", size=64))


class Brightness(nn.Module):
    """Logits that are the picture's first channel: what comes out is known."""

    def __init__(self, gain: float = 1.0, channels: int = 1):
        super().__init__()
        self.gain = nn.Parameter(torch.tensor(gain))
        self.channels = channels

    def forward(self, images):
        return self.gain * images[:, : self.channels]


def test_the_map_has_the_size_of_the_picture(model):
    for picture in ("chelsea", np.zeros((33, 9)), Image.new("L", (3, 40))):
        saliency = u2.predict(model, picture, size=64)
        assert saliency.shape == u2.as_array(picture).shape[:2]
        assert saliency.dtype == np.float32
        assert saliency.min() >= 0
        assert saliency.max() <= 1


def test_the_map_is_the_sigmoid_of_the_fused_logits(model):
    images = u2.preprocess("chelsea", size=None)
    with torch.no_grad():
        expected = model(images).fused.sigmoid()[0, 0]
    torch.testing.assert_close(torch.from_numpy(u2.predict(model, "chelsea", size=None)), expected)


def test_a_model_says_how_it_was_trained():
    network = Brightness()
    given = u2.predict(network, "coffee", preprocessing="plain", size=24)
    as_upstream = u2.predict(network, "coffee", preprocessing="upstream", size=320)
    np.testing.assert_array_equal(u2.predict(network, "coffee"), as_upstream)
    network.preprocessing, network.size = "plain", 24  # its own affair: no word about weights
    np.testing.assert_array_equal(u2.predict(network, "coffee"), as_upstream)
    note(network, preprocessing="plain", size=24, provenance="")
    np.testing.assert_array_equal(u2.predict(network, "coffee"), given)
    note(network, preprocessing=None, size=None, provenance="")
    np.testing.assert_array_equal(u2.predict(network, "coffee"), as_upstream)
    ours = u2.load_classroom_model()
    given = u2.predict(ours, "coffee", preprocessing="plain", size=24)
    ours.preprocessing, ours.size = "plain", 24
    np.testing.assert_array_equal(u2.predict(ours, "coffee"), given)


@pytest.mark.parametrize("shape", [(150, 210), (20, 30)])
def test_resized_as_pil_resizes(shape):
    picture = np.random.default_rng(0).random(shape)
    got = u2.predict(Brightness(4.0), picture, preprocessing="plain", size=64)
    squashed = torch.sigmoid(4 * u2.preprocess(picture, "plain", 64))[0, 0].numpy()
    expected = Image.fromarray(squashed).resize(shape[::-1], Image.Resampling.BILINEAR)
    np.testing.assert_allclose(got, np.asarray(expected), atol=1e-5)


@pytest.mark.parametrize("stretch", [False, True])
@pytest.mark.parametrize("picture", FLAT.values(), ids=FLAT)
def test_a_flat_picture_gives_numbers(model, picture, stretch):
    for network in (model, Brightness()):
        saliency = u2.predict(network, picture, size=32, stretch=stretch)
        assert np.isfinite(saliency).all()
        assert 0 <= saliency.min() <= saliency.max() <= 1


def test_an_empty_scene_is_stretched_only_when_asked():
    faint = np.linspace(0, 0.01, 16).reshape(4, 4)
    options = {"preprocessing": "plain", "size": None}
    assert u2.predict(Brightness(), faint, **options).max() < 0.51
    stretched = u2.predict(Brightness(), faint, stretch=True, **options)
    assert (stretched.min(), stretched.max()) == (0, 1)
    flat = u2.predict(Brightness(0.0), faint, stretch=True, **options)
    np.testing.assert_array_equal(flat, np.full((4, 4), 0.5))


def test_the_model_stays_as_it_was(model):
    model.train()
    model.en1.eval()
    modes = [module.training for module in model.modules()]
    before = {key: value.clone() for key, value in model.state_dict().items()}
    u2.predict(model, "chelsea", size=32)
    assert [module.training for module in model.modules()] == modes
    assert all(torch.equal(before[key], value) for key, value in model.state_dict().items())
    assert all(p.grad is None and p.device.type == "cpu" for p in model.parameters())
    model.eval()


def test_a_failing_model_gets_its_mode_back():
    broken = u2.U2Net(u2.U2NET_CLASSROOM.with_input(5)).train()
    with pytest.raises(ValueError, match="takes 5"):
        u2.predict(broken, "coffee", size=32)
    assert all(module.training for module in broken.modules())


@pytest.mark.parametrize("channels", [1, 4])
def test_networks_for_grey_pictures_and_for_opacity(channels):
    torch.manual_seed(0)
    network = u2.U2Net(u2.U2NET_CLASSROOM.with_input(channels)).eval()
    picture = np.random.default_rng(0).random((32, 32, 4)).astype(np.float32)
    if channels == 4:
        images = torch.from_numpy(picture.transpose(2, 0, 1))[None]
    else:
        grey = u2.as_array(picture) @ np.float32([0.299, 0.587, 0.114])
        images = torch.from_numpy(grey)[None, None]
    with torch.no_grad():
        expected = network(images).fused.sigmoid()[0, 0].numpy()
    options = {"size": 32, "device": "cpu", "preprocessing": "plain"}
    np.testing.assert_allclose(u2.predict(network, picture, **options), expected, atol=1e-6)
    assert u2.predict(network, "coffee", device="cpu", size=32).shape == (400, 600)
    assert u2.explore(network, "coffee", size=32).message == ""
    u2.explore_stages(network, "coffee", size=32)
    u2.explore_loss(network, "coffee", np.ones((400, 600)), size=32)


def test_a_preprocessing_of_colours_is_refused_for_opacity():
    network = u2.U2Net(u2.U2NET_CLASSROOM.with_input(4))
    with pytest.raises(ValueError, match=r"means of red, green and blue.*preprocessing='plain'"):
        u2.predict(network, "coffee", preprocessing="upstream", device="cpu")


def test_the_convolution_that_was_made_first_need_not_run_first():
    class Late(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.head = torch.nn.Conv2d(1, 1, 1)
            self.body = torch.nn.Conv2d(3, 1, 3, padding=1)

        def forward(self, images):
            return self.head(self.body(images))

    assert u2.predict(Late(), "coffee", device="cpu", size=16).shape == (400, 600)


def test_weights_of_another_precision():
    expected = u2.predict(Brightness(), "coffee", size=16)
    for dtype in (torch.float64, torch.bfloat16):
        got = u2.predict(Brightness().to(dtype), "coffee", size=16)
        assert got.dtype == np.float32
        np.testing.assert_allclose(got, expected, atol=0.01)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (Brightness(channels=2), r"one map.*got \(1, 2, 8, 8\)"),
        (u2.U2Net(u2.U2NET_CLASSROOM, out_channels=3), r"one map.*got \(1, 3, 8, 8\)"),
        (nn.Sequential(nn.Flatten()), r"got \(1, 192\)"),
        (Brightness(float("nan")), "NaN"),
    ],
)
def test_outputs_that_are_no_saliency(network, message):
    with pytest.raises(ValueError, match=message):
        u2.predict(network, "coffee", size=8)


def test_pick_device(monkeypatch):
    for cuda, mps, expected in [(1, 1, "cuda"), (1, 0, "cuda"), (0, 1, "mps"), (0, 0, "cpu")]:
        monkeypatch.setattr(torch.cuda, "is_available", lambda cuda=cuda: bool(cuda))
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda mps=mps: bool(mps))
        assert u2.pick_device() == u2.pick_device("auto") == torch.device(expected)
        assert u2.pick_device("cpu") == torch.device("cpu")
    assert u2.pick_device(torch.device("cpu")) == torch.device("cpu")
    with pytest.raises(ValueError, match="has no cuda"):
        u2.pick_device("cuda:0")
    with pytest.raises(ValueError, match="no device 'gpu'"):
        u2.pick_device("gpu")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_on_cuda(model, monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    monkeypatch.setattr(torch.backends.cuda.matmul, "allow_tf32", False)
    on_cpu = u2.predict(model, "chelsea", size=64, device="cpu")
    np.testing.assert_allclose(u2.predict(model, "chelsea", size=64), on_cpu, atol=1e-4)
    assert all(p.device.type == "cpu" for p in model.parameters())


def test_calibrated_norms_make_an_untrained_network_show_something():
    torch.manual_seed(1)
    network = u2.U2Net(u2.U2NET_CLASSROOM)
    images = u2.preprocess("chelsea", size=96)
    paths = [row.name for row in network.spec.stages]

    def spread():
        return {path: float(x.std()) for path, x in u2.capture(network, images, paths).items()}

    before = spread()
    weights = [p.clone() for p in network.parameters()]
    assert u2.calibrate_norms(network, images) is network
    after = spread()
    assert all(torch.equal(p, q) for p, q in zip(weights, network.parameters()))
    assert not any(module.training for module in network.modules())
    assert after["de1"] > 5 * before["de1"]


def test_calibrated_norms_normalise_these_images():
    torch.manual_seed(2)
    layer = u2.ConvNormRelu(3, 4)
    layer.norm.momentum = 0.03
    images = torch.rand(2, 3, 9, 11)
    u2.calibrate_norms(layer, images)
    x = layer.conv(images)
    torch.testing.assert_close(layer.norm.running_mean, x.mean((0, 2, 3)))
    torch.testing.assert_close(layer.norm.running_var, x.var((0, 2, 3)))
    assert layer.norm.momentum == 0.03


def test_calibrating_leaves_dropout_and_norms_without_statistics_alone():
    norms = nn.BatchNorm2d(3), nn.BatchNorm2d(3, track_running_stats=False)
    images = torch.rand(1, 3, 8, 8)
    u2.calibrate_norms(nn.Sequential(nn.Dropout(0.9), *norms).train(), images)
    torch.testing.assert_close(norms[0].running_mean, images.mean((0, 2, 3)))
    assert norms[1].running_mean is None


def test_calibrating_that_fails_changes_nothing():
    network = u2.U2Net(u2.U2NET_CLASSROOM).train()
    network(torch.rand(2, 3, 64, 64))
    before = {key: value.clone() for key, value in network.state_dict().items()}
    with pytest.raises(ValueError, match="more than 1 value"):
        u2.calibrate_norms(network, torch.rand(1, 3, 4, 4))
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())
    assert all(module.training for module in network.modules())
    assert network.en1.enc1.norm.momentum == 0.1


PICTURES = torch.rand(2, 3, 64, 64)


@pytest.mark.parametrize(
    ("images", "says"),
    [
        (np.zeros((1, 3, 64, 64), np.float32), "got ndarray: preprocess"),
        ([PICTURES], "got list: preprocess"),
        (None, "got NoneType: preprocess"),
        (PICTURES[0], r"\(B, C, H, W\).*got \(3, 64, 64\)"),
        (PICTURES[:0], r"got \(0, 3, 64, 64\)"),
        ((PICTURES * 255).to(torch.uint8), "finite floats.*got torch.uint8"),
        (PICTURES.to(torch.complex64), "got torch.complex64"),
        (PICTURES.to("meta"), "on meta"),
        (PICTURES.to_sparse(), "sparse"),
        (PICTURES * 255, "got .* to 25.*divide values of 0…255 by 255"),
        (PICTURES.where(PICTURES < 0.999, torch.nan), "some values here are NaN"),
        (PICTURES.where(PICTURES < 0.999, -torch.inf), "NaN or infinite"),
        (PICTURES[:1, :, :8, :8], "more than 1 value per channel, and in 1 of 8×8 .*larger images"),
    ],
)
def test_images_that_norms_cannot_be_measured_on_are_refused_and_change_nothing(images, says):
    network = u2.U2Net(u2.U2NET_CLASSROOM).train()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    with pytest.raises((TypeError, ValueError), match=says):
        u2.calibrate_norms(network, images)
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())
    assert all(module.training for module in network.modules())


def test_statistics_that_are_not_finite_are_not_written():
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    with torch.no_grad():
        network[0].weight[1] = 1e30  # finite, but its variance is not
    with pytest.raises(ValueError, match="maps of this Sequential are NaN or infinite"):
        u2.calibrate_norms(network, PICTURES)
    assert torch.equal(network[1].running_mean, torch.zeros(4))
    assert torch.equal(network[1].running_var, torch.ones(4))
