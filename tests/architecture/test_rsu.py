"""The residual U-block against an RSU written another way: as a recursion from the outside in."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from u2net_edu import RSU, DilatedRSU


def conv_norm_relu(state: dict, name: str, x: torch.Tensor, dilation: int) -> torch.Tensor:
    for prefix in (name, f"{name}.block"):
        if f"{prefix}.conv.weight" in state:
            name = prefix
    weight, bias = state[f"{name}.conv.weight"], state[f"{name}.conv.bias"]
    x = F.conv2d(x, weight, bias, padding=dilation, dilation=dilation)
    statistics = state[f"{name}.norm.running_mean"], state[f"{name}.norm.running_var"]
    affine = state[f"{name}.norm.weight"], state[f"{name}.norm.bias"]
    return F.relu(F.batch_norm(x, *statistics, *affine))


def recursive_rsu(state: dict, depth: int, x: torch.Tensor) -> torch.Tensor:
    """U(level) = dec(cat(up(U(level + 1)(pool(enc)))), enc)): a U with a U inside."""

    def u(level: int, x: torch.Tensor) -> torch.Tensor:
        down = conv_norm_relu(state, f"enc{level}", x, 1)
        if level == depth - 1:
            inner = conv_norm_relu(state, f"enc{depth}", down, 2)
        else:
            inner = u(level + 1, F.max_pool2d(down, 2, 2, ceil_mode=True))
            inner = F.interpolate(inner, down.shape[-2:], mode="bilinear", align_corners=False)
        return conv_norm_relu(state, f"dec{level}", torch.cat([inner, down], 1), 1)

    first = conv_norm_relu(state, "input", x, 1)
    return u(1, first) + first


def recursive_dilated(state: dict, x: torch.Tensor) -> torch.Tensor:
    def u(level: int, x: torch.Tensor) -> torch.Tensor:
        down = conv_norm_relu(state, f"enc{level}", x, 2 ** (level - 1))
        below = u(level + 1, down) if level < 3 else conv_norm_relu(state, "enc4", down, 8)
        return conv_norm_relu(state, f"dec{level}", torch.cat([below, down], 1), 2 ** (level - 1))

    first = conv_norm_relu(state, "input", x, 1)
    return u(1, first) + first


def unlike(block: nn.Module) -> nn.Module:
    """The block in eval mode, its batch norms with statistics that do something."""
    for module in block.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, std=0.2)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.2)
    return block.eval()


channels = st.integers(1, 5)
sizes = st.integers(1, 70)


@settings(max_examples=40)
@given(st.integers(2, 8), channels, channels, channels, sizes, sizes)
def test_rsu_equals_the_recursion_at_any_size(depth, c_in, mid, c_out, height, width):
    block = unlike(RSU(depth, c_in, mid, c_out))
    x = torch.randn(2, c_in, height, width)
    with torch.no_grad():
        got = block(x)
        assert got.shape == (2, c_out, height, width)
        torch.testing.assert_close(got, recursive_rsu(block.state_dict(), depth, x))


@settings(max_examples=20)
@given(channels, channels, channels, sizes, sizes)
def test_dilated_rsu_equals_the_recursion_at_any_size(c_in, mid, c_out, height, width):
    block = unlike(DilatedRSU(c_in, mid, c_out))
    x = torch.randn(2, c_in, height, width)
    with torch.no_grad():
        got = block(x)
        assert got.shape == (2, c_out, height, width)
        torch.testing.assert_close(got, recursive_dilated(block.state_dict(), x))


@pytest.mark.parametrize("depth", range(2, 10))
def test_convolution_weights_follow_the_closed_form(depth):
    c_in, mid, c_out = 3, 5, 7
    block = RSU(depth, c_in, mid, c_out)
    weights = sum(m.weight.numel() for m in block.modules() if isinstance(m, nn.Conv2d))
    quadratic = 3 * (depth - 2) + 1
    assert weights == 9 * (c_in * c_out + 3 * mid * c_out + quadratic * mid**2)
    pools = [m for m in block.modules() if isinstance(m, nn.MaxPool2d)]
    assert len(pools) == depth - 2


def test_dilated_weights_follow_the_closed_form_and_nothing_pools():
    block = DilatedRSU(3, 5, 7)
    weights = sum(m.weight.numel() for m in block.modules() if isinstance(m, nn.Conv2d))
    assert weights == 9 * (3 * 7 + 3 * 5 * 7 + 7 * 5**2)
    assert not [m for m in block.modules() if isinstance(m, nn.MaxPool2d)]


def test_dilations():
    def dilations(block: nn.Module) -> list[int]:
        return [m.dilation[0] for m in block.modules() if isinstance(m, nn.Conv2d)]

    assert dilations(RSU(7, 1, 1, 1)) == [1] * 7 + [2] + [1] * 6  # in, enc1…6, enc7, dec6…1
    assert dilations(DilatedRSU(1, 1, 1)) == [1, 1, 2, 4, 8, 4, 2, 1]


def test_the_residual_adds_what_the_first_layer_gives():
    """With a U that gives zero, the block is its first layer alone."""
    for block in (RSU(5, 2, 3, 2), DilatedRSU(2, 3, 2)):
        last = block.dec1.block.norm
        nn.init.zeros_(last.weight)
        block.eval()
        x = torch.randn(1, 2, 12, 10)
        with torch.no_grad():
            torch.testing.assert_close(block(x), block.input(x))
            assert not torch.equal(block(x), x)


@pytest.mark.parametrize("depth", [1, 0, -3])
def test_a_depth_below_two_is_refused(depth):
    with pytest.raises(ValueError, match=f"depth of 2 or more, a level and a bottom; got {depth}"):
        RSU(depth, 3, 2, 1)


def test_a_layer_that_was_swapped_is_the_one_that_runs():
    block = RSU(4, 2, 2, 2).eval()
    calls = []
    block.enc4.register_forward_hook(lambda *_: calls.append("old"))
    replacement = RSU(2, 2, 2, 2).eval()
    replacement.register_forward_hook(lambda *_: calls.append("new"))
    block.enc4 = replacement
    block(torch.randn(1, 2, 9, 9))
    assert calls == ["new"]
