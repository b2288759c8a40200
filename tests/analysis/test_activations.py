"""What layers give, against hooks written by hand."""

import pytest
import torch
from torch import nn

import u2net_edu as u2
from u2net_edu.analysis.paths import module_paths, operator_paths

from .nets import Applied, PlainUNet, conv


def test_it_gives_what_a_hook_sees():
    model, images = u2.U2Net(u2.U2NET_CLASSROOM).eval(), torch.rand(2, 3, 24, 17)
    modules = {"en1": model.en1, "de1.dec2": model.de1.block.dec2, "side3.conv": model.side3.conv}
    seen = {}
    hooks = [
        module.register_forward_hook(
            lambda module, args, output, path=path: seen.__setitem__(path, output.clone())
        )
        for path, module in modules.items()
    ]
    with torch.no_grad():
        fused = model(images).fused
    for hook in hooks:
        hook.remove()
    captured = u2.capture(model, images, [*modules, "fuse"])
    assert [*captured] == [*modules, "fuse"]
    for path, output in seen.items():
        assert torch.equal(captured[path], output)
    assert torch.equal(captured["fuse"], fused)


def test_a_relu_in_place_does_not_write_over_what_came_before():
    model, images = u2.RSU(3, 3, 4, 4), torch.rand(1, 3, 16, 16)
    captured = u2.capture(model, images, ["enc1.norm", "enc1.relu", "enc1"])
    assert (captured["enc1.norm"] < 0).any()
    assert torch.equal(captured["enc1.norm"].relu(), captured["enc1.relu"])
    assert torch.equal(captured["enc1"], captured["enc1.relu"])


def test_every_path_of_a_trace_can_be_captured():
    model, images = PlainUNet(), torch.rand(1, 1, 15, 13)
    traced = u2.trace(model, (15, 13))
    captured = u2.capture(model, images, traced.paths)
    for operator in traced.operators:
        assert tuple(captured[operator.path].shape) == operator.output_shape
    assert torch.equal(captured["input"], images)


def test_the_model_stays_as_it_was():
    model = u2.RSU(3, 3, 4, 4).train()
    u2.capture(model, torch.rand(1, 3, 16, 16), "in")
    assert all(module.training for module in model.modules())
    assert not any(module._forward_hooks for module in model.modules())
    assert model.input.norm.num_batches_tracked == 0


def test_what_is_refused():
    model, images = u2.RSU(3, 3, 4, 4), torch.rand(1, 3, 16, 16)
    with pytest.raises(u2.PathError, match="enc1"):
        u2.capture(model, images, "enc9")
    pair = Applied(
        Applied(conv(3, 1), forward=lambda x, a: (a(x), x)), forward=lambda x, a: a(x)[0]
    )
    with pytest.raises(ValueError, match=r"layers\.0 gives tuple"):
        u2.capture(pair, images, "layers.0")


def test_names_of_operators():
    calls = [("a", "conv"), ("a.b", "relu"), ("", "concat"), ("", "concat"), ("c", "view")]
    calls += [("c", "conv"), ("d", "a"), ("d", "a")]
    names = operator_paths(calls, leaves=["a.b", "c"], taken=["", "a", "a.b", "c", "d", "d.a"])
    expected = ["a.conv", "a.b", "concat_1", "concat_2", "c.view", "c.conv", "d.a_1", "d.a_2"]
    assert names == expected


def test_words_that_python_cannot_spell():
    class Block(nn.Module):
        path_names = {"input": "in", "inner": ""}

        def __init__(self):
            super().__init__()
            self.input, self.inner = nn.ReLU(), nn.Sequential(nn.Tanh())

    block = Block()
    names = module_paths(nn.Sequential(block))
    assert names[block.input] == "0.in"
    assert names[block.inner] == "0"
    assert names[block.inner[0]] == "0.0"
