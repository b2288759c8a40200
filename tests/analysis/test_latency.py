"""Times carry what makes them mean something, and the roofline is the arithmetic it says it is."""

import json
import time
from typing import ClassVar

import numpy as np
import pytest
import torch
from torch import nn

import u2net_edu as u2
from u2net_edu.analysis.latency import this_machine
from u2net_edu.analysis.roofline import (
    Ceilings,
    OperatorTime,
    OperatorTimes,
    measure_ceilings,
    time_operators,
)

HERE = this_machine("cpu", 1)


class Counting(nn.Module):
    """Notes how it was run, and takes a known time.

    The notes are the class's: what runs is a stand-in, whose own would be gone with it.
    """

    in_channels = 3
    seen: ClassVar[list] = []
    images: ClassVar[dict] = {}

    def __init__(self, seconds: float = 0.0):
        super().__init__()
        self.seconds = seconds
        self.seen.clear()
        self.weight = nn.Parameter(torch.zeros(()))

    def forward(self, images):
        self.seen.append((self.training, torch.is_grad_enabled(), torch.get_num_threads()))
        self.images.update(shape=images.shape, stride=images.stride(), dtype=images.dtype)
        time.sleep(self.seconds)
        return images + self.weight


def test_a_run_takes_as_long_as_the_module_sleeps():
    latency = u2.measure_latency(Counting(0.01), (4, 5), seconds=0.05, threads=1)
    assert min(latency.times) >= 0.0099  # a sleep is never shorter; the rest is the system's
    assert latency.median >= 0.0099
    assert latency.images_per_second <= 102


def test_median_and_quartiles_are_those_of_numpy():
    latency = u2.measure_latency(Counting(), (4, 5), seconds=0.02, threads=1)
    assert len(latency.times) >= 5
    low, middle, high = np.quantile(latency.times, [0.25, 0.5, 0.75])
    assert latency.median == pytest.approx(middle)
    assert latency.iqr == pytest.approx(high - low)


def test_the_first_runs_are_not_counted():
    module = Counting(0.002)
    latency = u2.measure_latency(module, (4, 5), seconds=0.02, threads=1)
    assert len(module.seen) >= len(latency.times) + 2


def test_runs_in_eval_mode_without_gradients_on_the_threads_asked_for_and_restores_all():
    module, before = Counting().train(), torch.get_num_threads()
    latency = u2.measure_latency(module, (4, 5), batch=2, threads=before + 1, seconds=0.01)
    assert {mode[:2] for mode in module.seen} == {(False, False)}
    assert module.seen[-1][2] == latency.threads == before + 1
    assert torch.get_num_threads() == before
    assert module.training


def test_threads_are_torchs_own_unless_told():
    module = Counting()
    latency = u2.measure_latency(module, (4, 5), seconds=0.01)
    assert latency.threads == torch.get_num_threads() == module.seen[-1][2]


def test_images_have_the_batch_size_dtype_and_memory_format_asked_for():
    module = Counting().double()
    latency = u2.measure_latency(module, (6, 5), batch=4, seconds=0.01, channels_last=True)
    assert (module.images["shape"], module.images["dtype"]) == ((4, 3, 6, 5), torch.float64)
    assert module.images["stride"][1] == 1
    assert (latency.batch, latency.size, latency.dtype) == (4, (6, 5), "float64")


def test_results_name_their_machine_and_become_json():
    latency = u2.measure_latency(Counting(), (4, 5), seconds=0.01, threads=1)
    back = json.loads(json.dumps(latency.to_dict()))
    assert back["machine"] == latency.to_dict()["machine"]
    assert back["machine"]["torch"] == torch.__version__
    assert back["machine"]["threads"] == 1
    assert all(back["machine"].values())
    assert back["median"] == latency.median
    assert "1 thread," in str(latency)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"size": (0, 4)}, r"size must be \(height, width\), integers of 1 or more, got \(0, 4\)"),
        ({"batch": 0}, r"batch is a whole number, more than 0; got 0"),
        ({"threads": -1}, r"threads is a whole number, 1 … \d+; got -1"),
        ({"seconds": 0}, "seconds is a finite number more than 0; got 0"),
    ],
)
def test_bad_input_is_named(arguments, message):
    arguments = {"size": (4, 4), **arguments}
    with pytest.raises(ValueError, match=message):
        u2.measure_latency(Counting(), **arguments)


# --- Operators and the roofline ----------------------------------------------------------------


@pytest.fixture(scope="module")
def times():
    return time_operators(u2.U2Net(u2.U2NET_CLASSROOM), (64, 64), batch=2, passes=1, threads=1)


def test_operators_and_their_macs_are_those_of_the_trace(times):
    trace = u2.trace(u2.U2Net(u2.U2NET_CLASSROOM), (64, 64))
    traced = {o.path: (o.kind, times.batch * o.macs) for o in trace.operators}
    timed = {o.path: (o.kind, o.macs) for o in times.operators}
    assert {path: traced[path] for path in timed} == timed
    assert sum(macs for _, macs in traced.values()) == sum(macs for _, macs in timed.values())


def test_macs_are_those_of_the_closed_form(times):
    en1 = times.table("stage").loc["en1", "macs"]
    into, mid, out = 3, 8, 16
    assert en1 == 2 * 9 * 64 * 64 * (into * out + 3 * mid * out + mid**2)


def test_bytes_are_each_tensor_once(times):
    table = times.table()
    image, weights, output = 2 * 3 * 64 * 64, 16 * 3 * 9 + 16, 2 * 16 * 64 * 64
    assert table.loc["en1.in.conv", "moved_bytes"] == 4 * (image + weights + output)
    assert table.loc["en1.add", "moved_bytes"] == 4 * 3 * output


def test_every_level_holds_the_whole(times):
    for level in ("operator", "kind", "stage"):
        table = times.table(level)
        assert table["share"].sum() == pytest.approx(1)
        assert table["seconds"].sum() == pytest.approx(times.seconds)
        assert table["macs"].sum() == sum(operator.macs for operator in times.operators)
    assert times.table("kind").index[0] == "conv"
    assert 0 < times.share_without_macs < 1
    with pytest.raises(ValueError, match="operator, kind, stage"):
        times.table("block")


def test_the_roofline_by_hand():
    ceilings = Ceilings(100.0, 10.0, "float32", HERE)
    operators = (
        OperatorTime("a.conv", "conv", 4.0, macs=200, moved_bytes=10),  # 2 s of MACs, 1 s of bytes
        OperatorTime("a.relu", "relu", 1.0, macs=0, moved_bytes=8),  # 0.8 s of bytes
        OperatorTime("b.conv", "conv", 5.0, macs=10, moved_bytes=20),  # 0.1 s and 2 s
    )
    table = OperatorTimes(operators, 1, (4, 4), "float32", HERE).table(ceilings=ceilings)
    assert table["least_seconds"].tolist() == pytest.approx([2.0, 0.8, 2.0])
    assert table["reached"].tolist() == pytest.approx([0.5, 0.8, 0.4])
    assert table["limit"].tolist() == ["arithmetic", "memory", "memory"]
    stages = OperatorTimes(operators, 1, (4, 4), "float32", HERE).table("stage", ceilings)
    assert stages["reached"].tolist() == pytest.approx([2.8 / 5, 0.4])
    assert stages["limit"].tolist() == ["arithmetic", "memory"]
    assert ceilings.ridge == 10
    assert ceilings.seconds(200, 10) == 2


def test_ceilings_are_rates_of_this_machine():
    ceilings = measure_ceilings(threads=1, runs=1, scale=0.05)
    assert ceilings.macs_per_second > 1e6
    assert ceilings.bytes_per_second > 1e6
    assert json.loads(json.dumps(ceilings.to_dict()))["machine"]["threads"] == 1


def test_timing_leaves_no_trace_in_the_model():
    model = u2.U2Net(u2.U2NET_CLASSROOM).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    time_operators(model, (32, 32), passes=1, threads=1)
    assert model.training
    assert all((before[name] == value).all() for name, value in model.state_dict().items())
    assert not any(module._forward_hooks for module in model.modules())


@pytest.mark.gpu
def test_on_a_gpu_by_events_with_the_peak_of_memory():
    model = u2.U2Net(u2.U2NET_CLASSROOM).cuda()
    latency = u2.measure_latency(model, (64, 64), seconds=0.05)
    weights = sum(p.numel() * 4 for p in model.parameters())
    assert latency.peak_bytes > weights
    assert latency.device == torch.cuda.get_device_name()
    assert time_operators(model, (64, 64), passes=1).seconds > 0
    assert measure_ceilings("cuda", scale=0.1).macs_per_second > 1e9
