"""A network with a student's block in it: the same answers if the block is right, else an error."""

import copy

import pytest
import torch
from torch import nn

import u2net_edu as u2
from u2net_edu.course.solutions.lesson03 import AnyRSU


@pytest.fixture(scope="module")
def model():
    return u2.load_classroom_model()


def answers(network, height=37, width=53):
    images = torch.rand(2, 3, height, width, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        return network.eval()(images)


def same(one, other) -> bool:
    return torch.allclose(one.fused, other.fused, atol=1e-5)


class OtherNames(nn.Module):
    """Right, with every layer under another name, made in another order than it runs."""

    def __init__(self, depth, into, mid, out):
        super().__init__()
        self.z = nn.ModuleDict()
        for level in range(1, depth):
            self.z[f"up{level}"] = u2.ConvNormRelu(2 * mid, out if level == 1 else mid)
        for level in range(depth, 0, -1):
            wide = 2 if level == depth else 1
            self.z[f"down{level}"] = u2.ConvNormRelu(out if level == 1 else mid, mid, wide)
        self.a = u2.ConvNormRelu(into, out)
        self.depth = depth

    def forward(self, x):
        f = y = self.a(x)
        skips = []
        for level in range(1, self.depth + 1):
            if 1 < level < self.depth:
                y = nn.functional.max_pool2d(y, 2, ceil_mode=True)
            y = self.z[f"down{level}"](y)
            skips.append(y)
        skips.pop()
        for level in range(self.depth - 1, 0, -1):
            skip = skips.pop()
            y = self.z[f"up{level}"](torch.cat([u2.resize_like(y, skip), skip], 1))
        return f + y


@pytest.mark.parametrize("build", [AnyRSU, OtherNames, u2.RSU])
@pytest.mark.parametrize("stages", [None, ["en3"], "de1", ("en1", "de4")])
def test_a_right_block_changes_no_answer(model, build, stages):
    before = copy.deepcopy(model.state_dict())
    rebuilt = u2.rebuild(model, build, stages)
    for size in ((64, 64), (37, 53), (1, 3)):
        assert same(answers(rebuilt, *size), answers(model, *size))
    wanted = [stages] if isinstance(stages, str) else stages or RSU_STAGES
    found = [name for name in names(model) if has(getattr(rebuilt, name), build)]
    if build is not u2.RSU:  # which is what was there
        assert found == [name for name in names(model) if name in wanted]
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())


RSU_STAGES = ["en1", "en2", "en3", "en4", "de4", "de3", "de2", "de1"]


def names(model) -> list[str]:
    return [row.name for row in model.spec.stages]


def has(stage, build) -> bool:
    return any(isinstance(module, build) for module in stage.modules())


def test_what_has_no_weights_is_the_new_blocks_own(model):
    class Undilated(AnyRSU):
        def __init__(self, *widths):
            super().__init__(*widths)
            self.bottom.conv.dilation = self.bottom.conv.padding = (1, 1)

    rebuilt = u2.rebuild(model, Undilated)
    assert not same(answers(rebuilt, 64, 64), answers(model, 64, 64))
    counts = [sum(p.numel() for p in m.parameters()) for m in (rebuilt, model)]
    assert counts[0] == counts[1]


def test_the_network_keeps_what_it_knows_of_itself(model):
    rebuilt = u2.rebuild(model, AnyRSU)
    assert (rebuilt.preprocessing, rebuilt.size) == (model.preprocessing, model.size)
    assert rebuilt.provenance == model.provenance
    assert u2.trace(rebuilt, (64, 64)).total_macs == u2.trace(model, (64, 64)).total_macs


class Biasless(AnyRSU):
    """Its convolutions have no bias: sensible before a norm, but ours have one."""

    def __init__(self, *widths):
        super().__init__(*widths)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                layer.bias = None


class Unscaled(AnyRSU):
    """Its norms have no weights."""

    def __init__(self, *widths):
        super().__init__(*widths)
        for block in list(self.modules()):
            if isinstance(block, u2.ConvNormRelu):
                block.norm = nn.BatchNorm2d(block.conv.out_channels, affine=False)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (Biasless, r"layer 1 of.* a Conv2d with weight \(16, 3, 3, 3\); ours .*, bias \(16,\)"),
        (Unscaled, r"layer 2 of.* a BatchNorm2d with running_mean .* with weight \(16,\), bias"),
        (lambda depth, *w: u2.RSU(depth - 1, *w), "en1: your block runs 24 layers with weights"),
        (lambda depth, i, m, o: AnyRSU(depth, i, o, m), r"en1: layer 1 of your block.*\(8, 3, 3"),
    ],
)
def test_a_block_that_does_not_fit_is_refused_by_stage_and_layer(model, build, words):
    with pytest.raises(ValueError, match=words):
        u2.rebuild(model, build)


def test_other_mistakes_of_the_caller(model):
    with pytest.raises(ValueError, match="'en5' is no stage with an RSU-<depth>; there are en1"):
        u2.rebuild(model, AnyRSU, ["en5"])
    with pytest.raises(TypeError, match=r"must make a torch\.nn\.Module"):
        u2.rebuild(model, lambda *widths: None)
