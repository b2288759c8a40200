"""Paths, the learner's words, and `capture`, which answers to them."""

import math
from unittest import mock

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from u2net_edu import RSU, U2NET_CLASSROOM, PathError, U2Net, capture

# Every word of the contract, and the shape it has for a 64×48 image in the classroom network
# (8 channels inside, 16 between stages): channels, height, width.
WORDS = {
    "en1": (16, 64, 48),
    "en1.in": (16, 64, 48),
    "en1.in.conv": (16, 64, 48),
    "en1.in.norm": (16, 64, 48),
    "en1.in.relu": (16, 64, 48),
    "en1.enc1": (8, 64, 48),
    "en1.enc2.pool": (8, 32, 24),
    "en1.enc2": (8, 32, 24),
    "en1.enc6.pool": (8, 2, 2),
    "en1.enc7": (8, 2, 2),
    "en1.enc7.conv": (8, 2, 2),
    "en1.dec6.concat": (16, 2, 2),
    "en1.dec6": (8, 2, 2),
    "en1.dec5.resize": (8, 4, 3),
    "en1.dec5.concat": (16, 4, 3),
    "en1.dec5.norm": (8, 4, 3),
    "en1.dec1": (16, 64, 48),
    "en1.add": (16, 64, 48),
    "en2.pool": (16, 32, 24),
    "en6.enc4.conv": (8, 2, 2),
    "de5.resize": (16, 4, 3),
    "de5.concat": (32, 4, 3),
    "de5.in": (16, 4, 3),
    "de1": (16, 64, 48),
    "side1.conv": (1, 64, 48),
    "side3.conv": (1, 16, 12),
    "side3.resize": (1, 64, 48),
    "side6.conv": (1, 2, 2),
    "fuse.concat": (6, 64, 48),
    "fuse.conv": (1, 64, 48),
    "fuse": (1, 64, 48),
}


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return U2Net(U2NET_CLASSROOM).eval()


@pytest.fixture(scope="module")
def images():
    return torch.randn(1, 3, 64, 48, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def captured(model, images):
    return capture(model, images, WORDS)


def test_every_word_has_its_shape(captured):
    assert {path: tuple(value.shape[1:]) for path, value in captured.items()} == WORDS
    assert list(captured) == list(WORDS)  # in the order asked for


def test_what_is_captured_is_what_the_network_computed(model, images, captured):
    """By another road: the parts called by hand."""
    block = model.en1
    with torch.no_grad():
        first = block.input(images)
        convolution = block.input.conv(images)
        logits = model(images)
    torch.testing.assert_close(captured["en1.in"], first)
    torch.testing.assert_close(captured["en1.in.conv"], convolution)
    torch.testing.assert_close(captured["en1.add"], captured["en1.dec1"] + first)
    torch.testing.assert_close(captured["en2.pool"], F.max_pool2d(captured["en1"], 2))
    torch.testing.assert_close(captured["fuse"], logits.fused)
    torch.testing.assert_close(captured["side3.resize"], logits.sides[2])
    below, skip = captured["de5.concat"].split(16, dim=1)
    torch.testing.assert_close(below, captured["de5.resize"])
    assert skip.shape == below.shape


def test_a_later_relu_in_place_does_not_overwrite(captured):
    norm = captured["en1.in.norm"]
    assert norm.min() < 0
    torch.testing.assert_close(captured["en1.in.relu"], norm.clamp(min=0))


def test_captured_tensors_are_the_callers_own(model, images):
    first = capture(model, images, "en1")["en1"]
    kept = first.clone()
    first.zero_()
    torch.testing.assert_close(capture(model, images, "en1")["en1"], kept)
    assert not first.requires_grad


def test_it_leaves_no_trace_in_the_model(images):
    model = U2Net(U2NET_CLASSROOM)
    model.en2.eval()  # a mix of modes
    modes = [module.training for module in model.modules()]
    state = {key: value.clone() for key, value in model.state_dict().items()}
    capture(model, images, ["en1", "en1.add"])
    with pytest.raises(PathError):
        capture(model, images, "en9")
    with pytest.raises(ValueError, match="4 channels"):
        capture(model, torch.zeros(1, 4, 8, 8), "en1")
    assert [module.training for module in model.modules()] == modes
    assert all(torch.equal(state[key], value) for key, value in model.state_dict().items())
    for module in model.modules():
        assert not module._forward_hooks
        assert not module._forward_pre_hooks


def test_it_runs_the_network_once(model, images):
    convolve = nn.Conv2d.forward  # the stand-in that runs has none of the model's hooks
    with mock.patch.object(nn.Conv2d, "forward", autospec=True, side_effect=convolve) as runs:
        capture(model, images, ["en1", "de1.add", "fuse.conv", "side2.conv"])
    assert runs.call_count == sum(isinstance(m, nn.Conv2d) for m in model.modules())


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("en7", r"\ben\d\b"),
        ("en1.enc9", r"\ben1\.enc\d\b"),
        ("en1.enc2.cnov", r"en1\.enc2\.conv"),
        ("stage1", "side1"),
        ("En1", "en1"),
    ],
)
def test_an_unknown_path_is_answered_with_the_nearest(model, images, path, near):
    with pytest.raises(PathError, match=f"has no path '{path}'. Did you mean .*{near}"):
        capture(model, images, path)
    with pytest.raises(KeyError) as raised:  # what one expects of a name that is not there
        capture(model, images, ["en1", path])
    assert str(raised.value)[0] != '"'


def test_a_path_that_is_like_nothing_is_answered_with_examples(model, images):
    with pytest.raises(PathError, match="Its paths begin: en1"):
        capture(model, images, "ΩΩΩ")


def test_a_module_that_gives_more_than_a_tensor_says_so(model, images):
    with pytest.raises(ValueError, match="gives SaliencyLogits: capture takes single tensors"):
        capture(model, images, "")


class Foreign(nn.Module):
    """Somebody's own network: functional operators, one ReLU in two places, a layer unused."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=1)
        self.relu = nn.ReLU()
        self.blocks = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4))
        self.unused = nn.Conv2d(1, 1, 1)

    def forward(self, x):
        x = self.relu(self.first(x))
        y = F.relu(self.blocks(x))
        z = F.relu(y - 0.5)
        z = F.interpolate(F.max_pool2d(z, 2), size=x.shape[-2:], mode="nearest")
        return self.relu(torch.cat([x, y, z], dim=1) - 0.25)


FOREIGN = ["first", "relu.relu_1", "blocks.0", "blocks.1", "blocks", "relu_1", "relu_2"]
FOREIGN += ["sub_1", "pool", "resize", "concat", "sub_2", "relu.relu_2"]


def test_functional_operators_of_a_foreign_model_have_paths_of_their_own():
    torch.manual_seed(0)
    model, x = Foreign().eval(), torch.randn(1, 3, 6, 8)
    got = capture(model, x, [*FOREIGN, "relu"])
    with torch.no_grad():
        first = model.first(x)
        x1 = first.relu()
        normed = model.blocks(x1)
        y = normed.relu()
        z = (y - 0.5).relu()
        pooled = F.max_pool2d(z, 2)
        resized = F.interpolate(pooled, size=(6, 8))
        joined = torch.cat([x1, y, resized], 1)
        expected = {
            "first": first,
            "relu.relu_1": x1,
            "blocks": normed,
            "blocks.1": normed,
            "relu_1": y,
            "sub_1": y - 0.5,
            "relu_2": z,
            "pool": pooled,
            "resize": resized,
            "concat": joined,
            "sub_2": joined - 0.25,
            "relu.relu_2": model(x),
            "relu": model(x),  # a module that ran twice gives its last output
        }
    for path, value in expected.items():
        torch.testing.assert_close(got[path], value, msg=lambda m, p=path: f"{p}: {m}")


def test_a_layer_that_did_not_run_says_so():
    with pytest.raises(ValueError, match="unused did not run"):
        capture(Foreign(), torch.randn(1, 3, 6, 8), "unused")


def test_an_operator_never_takes_the_path_of_a_module():
    class Clash(nn.Module):
        def __init__(self):
            super().__init__()
            self.relu = nn.Identity()

        def forward(self, x):
            return self.relu(F.relu(x)) + 1

    x = torch.randn(1, 1, 3, 3)
    got = capture(Clash(), x, ["relu", "relu_1", "add"])
    torch.testing.assert_close(got["relu"], x.relu())
    torch.testing.assert_close(got["relu_1"], x.relu())
    torch.testing.assert_close(got["add"], x.relu() + 1)


@pytest.mark.parametrize("depth", [2, 3, 5])
def test_a_block_alone_has_the_same_words_without_the_stage(depth):
    block = RSU(depth, 3, 2, 4)
    paths = ["in", "add", f"enc{depth}.conv", "dec1.concat"]
    got = capture(block, torch.randn(2, 3, 20, 20), paths)
    side = math.ceil(20 / 2 ** (depth - 2))
    assert got[f"enc{depth}.conv"].shape == (2, 2, side, side)
    assert got["dec1.concat"].shape == (2, 4, 20, 20)


@pytest.mark.gpu
def test_capture_on_cuda(images, captured):
    torch.manual_seed(0)
    model = U2Net(U2NET_CLASSROOM).eval().cuda()
    got = capture(model, images.cuda(), WORDS)
    assert all(value.is_cuda for value in got.values())
    torch.testing.assert_close(got["en1.in.conv"].cpu(), captured["en1.in.conv"], atol=1e-2, rtol=0)
