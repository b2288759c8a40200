"""How a student's block is asked: by what it computes, however it is written."""

import pytest
import torch
from torch import nn

import u2net_edu as u2
from u2net_edu.course.exercises import find_exercise
from u2net_edu.course.judging import examine
from u2net_edu.course.plain import same
from u2net_edu.course.tensors import as_they_run, run_block

SIZE = (13, 10)


def reference(name, *widths):
    """Our own block of that name, asked in the same way."""
    return run_block(lambda *w: u2.build_block(name, *w), widths, SIZE)


@pytest.mark.parametrize(
    ("exercise", "block", "before"),
    [
        ("rsu.plain", "PLN", ()),
        ("rsu.residual", "RES", ()),
        ("rsu.four", "RSU-4", ()),
        ("rsu.any_depth", "RSU-3", (3,)),
        ("rsu.any_depth", "RSU-6", (6,)),
    ],
)
def test_the_oracles_compute_what_the_packages_own_blocks_do(exercise, block, before):
    """A third road: neither the solution nor the oracle."""
    oracle = find_exercise(exercise).oracle
    assert same(oracle(*before, 3, 2, 4, *SIZE), reference(block, 3, 2, 4))


class InOneSequence(nn.Module):
    """A plain block without `ConvNormRelu`, in one `nn.Sequential`."""

    def __init__(self, in_channels, mid_channels, out_channels):
        super().__init__()
        self.all = nn.Sequential(
            nn.Conv2d(in_channels, mid_channels, 3, padding=1), nn.BatchNorm2d(mid_channels),
            nn.ReLU(), nn.Conv2d(mid_channels, out_channels, 3, padding="same"),
            nn.BatchNorm2d(out_channels), nn.ReLU(),
        )  # fmt: skip

    def forward(self, images):
        return self.all(images)


class MadeBackwards(nn.Module):
    def __init__(self, in_channels, mid_channels, out_channels):
        super().__init__()
        self.last = u2.ConvNormRelu(mid_channels, out_channels)
        self.first = u2.ConvNormRelu(in_channels, mid_channels)

    def forward(self, x):
        return self.last(self.first(x))


@pytest.mark.parametrize("answer", [InOneSequence, MadeBackwards, u2.PLN])
def test_a_right_block_passes_however_it_is_written(answer):
    assert examine(find_exercise("rsu.plain"), answer).state == "passed"


def test_our_own_rsu_passes():
    assert examine(find_exercise("rsu.any_depth"), u2.RSU).state == "passed"


class Broken(nn.Module):
    def __init__(self, in_channels, mid_channels, out_channels):
        super().__init__()
        self.layer = u2.ConvNormRelu(in_channels, out_channels)

    def forward(self, x):
        return self.layr(x)


class NoReturn(MadeBackwards):
    def forward(self, x):
        self.last(self.first(x))


class NoForward(nn.Module):
    def __init__(self, in_channels, mid_channels, out_channels):
        super().__init__()


def test_faults_that_have_nothing_to_do_with_the_subject():
    plain = find_exercise("rsu.plain")
    broken = examine(plain, Broken)
    assert broken.state == "fault"
    assert "`return self.layr(x)`" in broken.paragraphs[0]  # the line, in a class too
    nothing = examine(plain, NoReturn)
    assert nothing.state == "fault"
    assert "Does it end with `return`?" in nothing.paragraphs[0]
    assert examine(plain, NoForward).state == "untried"
    assert examine(plain, lambda in_channels, mid_channels, out_channels: 3).state != "passed"
    assert examine(plain, nn.Identity()).state == "fault"


def test_an_answer_that_nobody_foresaw_is_told_in_few_words():
    class Squared(MadeBackwards):
        def forward(self, x):
            return super().forward(x) ** 2

    verdict = examine(find_exercise("rsu.plain"), Squared)
    assert verdict.state == "wrong"
    assert "parameters, 4×8×8" in verdict.paragraphs[0]


def test_asking_leaves_no_trace_in_pytorch():
    hooks = nn.modules.module._global_forward_pre_hooks
    before, state = len(hooks), torch.get_rng_state()
    reference("PLN", 3, 2, 4)
    with pytest.raises(ZeroDivisionError), as_they_run(lambda layer, number: 1 / 0):
        u2.build_block("PLN", 3, 2, 4)(torch.rand(1, 3, 8, 8))
    assert len(hooks) == before
    assert torch.get_default_dtype() == torch.float32
    torch.set_rng_state(state)
    reference("PLN", 3, 2, 4)
    assert torch.equal(torch.get_rng_state(), state)
