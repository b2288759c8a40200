"""A trace is the same whatever torch's global switches say."""

import threading
from contextlib import contextmanager

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import u2net_edu as u2
from u2net_edu.analysis.switches import not_deterministic

from .nets import Applied, conv


@contextmanager
def switched(set_to, on, off):
    set_to(on)
    try:
        yield
    finally:
        set_to(off)


def deterministic(**settings):
    def turn(on):
        torch.use_deterministic_algorithms(on, **(settings if on else {}))

    return switched(turn, True, False)


SWITCHES = {
    "deterministic": deterministic,
    "deterministic, warning": lambda: deterministic(warn_only=True),
    "inference mode": torch.inference_mode,
    "gradients": torch.enable_grad,
    "no gradients": torch.no_grad,
    "autocast": lambda: torch.autocast("cpu", torch.bfloat16),
    "a device": lambda: torch.device("cpu"),
    "the meta device": lambda: torch.device("meta"),
    "default device": lambda: switched(torch.set_default_device, "cpu", None),
    "float64": lambda: switched(torch.set_default_dtype, torch.float64, torch.float32),
    "anomalies": torch.autograd.detect_anomaly,
    "no oneDNN": lambda: torch.backends.mkldnn.flags(enabled=False),
    "attention by its formula": lambda: torch.nn.attention.sdpa_kernel(
        torch.nn.attention.SDPBackend.MATH
    ),
}


def everything(x, a, attend):
    x = a(x)
    tokens = x.flatten(2).mT
    x = x + attend(tokens, tokens, tokens)[0].mT.reshape(x.shape)
    x = F.interpolate(x, scale_factor=2, mode="bilinear")
    x = F.pad(F.interpolate(x, size=7, mode="bicubic"), (1, 2, 1, 2), mode="replicate")
    return F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2)


NETS = {
    "the classroom's": lambda: u2.U2Net(u2.U2NET_CLASSROOM),
    "all that switches change": lambda: Applied(
        conv(3, 8), nn.MultiheadAttention(8, 2, batch_first=True), forward=everything
    ),
    "on a device of its own": lambda: Applied(
        conv(3, 4),
        forward=lambda x, a: F.interpolate(
            a(x + torch.zeros(16, dtype=x.dtype, device="cpu")), size=30, mode="bilinear"
        ),
    ),
}


@pytest.mark.filterwarnings("ignore")  # costs that are not known; deprecations of torch
@pytest.mark.parametrize("net", NETS)
def test_the_trace_is_the_same_with_each_switch_on_and_off(net):
    model = NETS[net]()
    expected = u2.trace(model, (16, 16)).to_dict()
    for name, switch in SWITCHES.items():
        with switch():
            found = u2.trace(model, (16, 16)).to_dict()
        assert found == expected, name
    channels_last = u2.trace(model.to(memory_format=torch.channels_last), (16, 16)).to_dict()
    assert channels_last == expected


def test_fields_are_known_with_deterministic_algorithms():
    model = u2.U2Net(u2.U2NET_CLASSROOM)
    with deterministic():
        assert u2.trace(model, (64, 64)).field("de1").size == 6624


def test_the_switch_is_off_in_one_thread_alone_and_on_again_afterwards():
    asked = torch.are_deterministic_algorithms_enabled
    found = []

    def other():
        found.append(torch.are_deterministic_algorithms_enabled())

    with deterministic():
        with not_deterministic(), not_deterministic():
            found.append(torch.are_deterministic_algorithms_enabled())
            thread = threading.Thread(target=other)
            thread.start()
            thread.join()
        found.append(torch.are_deterministic_algorithms_enabled())
    assert found == [False, True, True]
    assert torch.are_deterministic_algorithms_enabled is asked
    with deterministic(), pytest.raises(u2.TraceError):  # also after a pass that failed
        u2.trace(Applied(conv(3, 1), forward=lambda x, a: a(x[:, :1])), (8, 8))
    assert torch.are_deterministic_algorithms_enabled is asked


def test_a_dtype_that_was_found_out_under_one_default_is_not_kept_for_another():
    model = Applied(forward=lambda x: x.sum((1, 2, 3), dtype=torch.int64) * 1.5)
    assert u2.trace(model, (8, 8), 1).operators[-1].output_bytes == 4
    with SWITCHES["float64"]():
        assert u2.trace(model, (8, 8), 1).operators[-1].output_bytes == 8


def test_pooling_to_one_pixel_is_followed_in_every_memory_format():
    model = Applied(conv(1, 2), forward=lambda x, a: a(x) * F.adaptive_avg_pool2d(a(x), 1))
    for form in (torch.contiguous_format, torch.channels_last):
        traced = u2.trace(model.to(memory_format=form), (6, 5))
        assert traced.field("mul").everything


def test_asking_twice_counts_the_same_bytes():
    model = Applied(
        nn.MultiheadAttention(4, 2, batch_first=True),
        forward=lambda x, a: a(*[x.flatten(2).mT] * 3)[0],
    )
    first, second = (u2.trace(model, (9, 8), 4).to_dict() for _ in range(2))
    assert first == second


def test_traces_in_many_threads_are_all_the_same():
    model = u2.U2Net(u2.U2NET_CLASSROOM)
    expected = u2.trace(model, (33, 40)).to_dict()
    found, errors = [], []

    def look():
        try:
            found.extend(u2.trace(model, (33, 40)).to_dict() for _ in range(2))
        except Exception as error:
            errors.append(error)

    with deterministic():
        threads = [threading.Thread(target=look) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not errors
    assert found == [expected] * 8


@pytest.mark.filterwarnings("ignore")
def test_other_tools_count_the_same_with_each_switch_on_and_off():
    resize = nn.Upsample(scale_factor=2, mode="bilinear")
    model = nn.Sequential(conv(3, 4), nn.BatchNorm2d(4), resize)
    expected = u2.cross_check(model, (8, 8))
    assert expected["equal"].all()
    for name, switch in SWITCHES.items():
        with switch():
            assert u2.cross_check(model, (8, 8)).equals(expected), name


def test_what_is_captured_has_the_same_names_with_each_switch_on_and_off():
    model = Applied(conv(3, 4), forward=lambda x, a: F.interpolate(a(x), size=9, mode="bilinear"))
    for name in ("deterministic", "inference mode", "gradients", "a device"):
        with SWITCHES[name]():
            assert u2.capture(model, torch.rand(1, 3, 8, 8), "resize")["resize"].shape[2] == 9
