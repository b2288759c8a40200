"""The one pass: its numbers by other roads, what it leaves untouched, what it refuses."""

import copy
import json
import threading
from collections import defaultdict

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.profiler import ProfilerActivity, profile

import u2net_edu as u2
from u2net_edu.architecture.stand_in import stand_in

from .fields.test_axes import taps_by_definition
from .nets import NETS, Applied, PlainUNet, conv

STAGES = "en1 en2 en3 en4 en5 en6 de5 de4 de3 de2 de1 side1 side2 side3 side4 side5 side6 fuse"
GIGAMACS = {
    "en1": 6.783,
    "en2": 4.955,
    "en3": 4.955,
    "en4": 4.955,
    "en5": 4.011,
    "en6": 1.003,
    "de5": 4.955,
    "de4": 5.426,
    "de3": 5.426,
    "de2": 5.426,
    "de1": 10.617,
}


@pytest.fixture(scope="module")
def full():
    return u2.trace(u2.U2Net(u2.U2NET), (320, 320))


@pytest.fixture(scope="module")
def lite():
    return u2.trace(u2.U2Net(u2.U2NET_LITE), (320, 320))


def test_the_totals_of_the_paper(full, lite):
    assert full.total_macs == 58_598_246_400
    assert full.total_parameters == 44_009_869
    assert lite.total_macs == 19_756_089_600
    assert lite.total_parameters == 1_131_181
    for traced in (full, lite):
        assert not traced.uncounted
        assert not traced.unused_parameters
        kinds = [operator.kind for operator in traced.operators]
        assert (kinds.count("conv"), kinds.count("norm"), kinds.count("pool")) == (119, 112, 33)


@pytest.mark.parametrize(("size", "full", "lite"), [(288, 47.465, 16.002), (256, 37.503, 12.644)])
def test_other_sizes_of_the_paper(size, full, lite):
    for spec, gigamacs in ((u2.U2NET, full), (u2.U2NET_LITE, lite)):
        traced = u2.trace(u2.U2Net(spec), (size, size))
        assert round(traced.total_macs / 1e9, 3) == gigamacs


def test_stages(full):
    table = full.table("stage")
    assert list(table.index) == STAGES.split()
    for stage, gigamacs in GIGAMACS.items():
        assert round(table.macs[stage] / 1e9, 3) == gigamacs
    assert table.parameters["de5"] == 12_393_984
    deep = table.loc[["en5", "en6", "de5"]]
    assert round(100 * deep.parameters.sum() / full.total_parameters) == 74
    assert round(100 * deep.macs.sum() / full.total_macs) == 17
    assert table.kind["en1"] == "RSU"
    assert table.kind["side3"] == "SideHead"
    assert table.input_shapes["de5"] == ((1, 512, 10, 10), (1, 512, 20, 20))
    assert table.output_shape["de5"] == (1, 512, 20, 20)


def test_layers_hold_what_prepares_their_input(full):
    table = full.table("layer")
    assert {"en1.in", "en1.enc2", "en1.add", "en2.pool", "de5.concat", "side3"} <= {*table.index}
    assert full.groups("layer")["en1.enc2"] == [
        full.position(f"en1.enc2.{part}") for part in ("pool", "conv", "norm", "relu")
    ]
    kinds = [full.operators[i].kind for i in full.groups("layer")["en1.dec5"]]
    assert kinds == ["resize", "concat", "conv", "norm", "relu"]
    # where two convolutions share a module, each is a layer of its own
    layers = u2.trace(PlainUNet(), (16, 16)).groups("layer")
    assert [*layers][:5] == ["enc1.0", "enc1.1", "enc1.2", "enc1.3", "pool_1"]


@pytest.mark.parametrize("level", ["operator", "layer", "stage"])
@pytest.mark.parametrize(
    ("build", "size"),
    [
        (lambda: u2.U2Net(u2.U2NET_CLASSROOM), (37, 52)),
        (PlainUNet, (30, 25)),
        (lambda: nn.Sequential(conv(3, 4), nn.ReLU(), conv(4, 2)), (9, 9)),
        (lambda: u2.RSU(4, 3, 4, 8), (16, 16)),
        (lambda: conv(3, 2), (8, 8)),
    ],
)
def test_every_level_sums_to_the_totals(build, size, level):
    traced = u2.trace(build(), size)
    table = traced.table(level)
    assert table.index.name == "path"
    assert table.index.is_unique
    assert table.macs.sum() == traced.total_macs
    assert table.parameters.sum() == traced.total_parameters
    assert table.other_ops.sum() == sum(operator.other_ops for operator in traced.operators)
    assert table.macs_share.sum() == pytest.approx(1)
    assert table.live_bytes.max() == traced.peak_activation_bytes
    members = [i for group in traced.groups(level).values() for i in group]
    assert members == list(range(1, len(traced.operators)))


def test_an_unknown_level_is_refused(lite):
    with pytest.raises(ValueError, match="operator, layer, stage, got 'block'"):
        lite.table("block")


def test_a_foreign_model_goes_by_its_own_paths():
    traced = u2.trace(PlainUNet(), (30, 25))
    assert list(traced.table("stage").index)[:3] == ["enc1", "pool_1", "enc2"]
    paths = [operator.path for operator in traced.operators]
    assert paths[:4] == ["input", "enc1.0", "enc1.1", "enc1.2"]
    assert {"pad_1", "concat_2", "up1", "dec2.3", "out"} <= {*paths}
    assert len({*paths}) == len(paths)


def test_table_and_trace_agree_with_the_spec():
    """The table of stages says what the trace finds: neither is copied from the other."""
    spec = u2.U2NET_LITE.with_input(5)
    traced = u2.trace(u2.U2Net(spec), (64, 64))
    assert traced.channels == 5
    for row in spec.stages:
        first = traced.operators[traced.position(f"{row.name}.in.conv")]
        assert first.input_shapes[0][1] == row.in_channels
        inside = traced.operators[traced.position(f"{row.name}.enc2.conv")]
        assert inside.output_shape[1] == row.mid_channels
        last = traced.operators[traced.position(row.name)]
        assert last.output_shape[1] == row.out_channels


def test_operators_say_where_their_inputs_come_from(full):
    by_path = {operator.path: operator for operator in full.operators}
    join = by_path["de5.concat"]
    assert [full.operators[i].path for i in join.inputs] == ["de5.resize", "en5.add"]
    assert by_path["en1.in.conv"].inputs == (0,)
    assert full.operators[0].kind == full.operators[0].path == "input"
    assert [full.operators[i].path for i in by_path["fuse.concat"].inputs] == [
        "side1.conv",
        *(f"side{i}.resize" for i in range(2, 7)),
    ]
    for i, operator in enumerate(full.operators):
        assert all(source < i for source in operator.inputs)
        shapes = tuple(full.operators[source].output_shape for source in operator.inputs)
        assert operator.input_shapes == shapes


def test_other_operations_are_counted_apart():
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2)
    )
    table = u2.trace(model, (8, 6)).table()
    assert table.macs.tolist() == [4 * 8 * 6 * 27, 0, 0, 0]
    # bias; scale and shift; one each; three comparisons
    assert table.other_ops.tolist() == [192, 2 * 192, 192, 3 * 48]


@pytest.mark.parametrize(
    ("layer", "size", "macs"),
    [
        (nn.Conv2d(4, 6, 3, groups=2), (8, 8), 6 * 36 * 2 * 9),
        (nn.ConvTranspose2d(4, 6, 3, stride=2, groups=2), (5, 4), 4 * 20 * 3 * 9),
        (nn.Sequential(nn.Flatten(), nn.Linear(60, 7)), (5, 4), 420),
        (Applied(nn.Linear(4, 5), forward=lambda x, a: a(x)), (3, 4), 3 * 3 * 4 * 5),
        (Applied(forward=lambda x: x @ x.mT), (5, 4), 3 * 5 * 5 * 4),
        (
            Applied(forward=lambda x: F.scaled_dot_product_attention(x, x, x)),
            (5, 4),
            2 * 3 * 5 * 5 * 4,
        ),
    ],
)
def test_multiply_accumulates(layer, size, macs):
    channels = 4 if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)) else 3
    traced = u2.trace(layer, size, channels)
    assert traced.total_macs == macs
    assert not traced.uncounted


# --- Memory ------------------------------------------------------------------------------------


def profiled_peaks(model: nn.Module, size, channels: int) -> tuple[int, int]:
    """Bytes that a real pass on the CPU takes: at the worst moment, and between operators.

    Inside a convolution, the CPU's kernel takes scratch memory for its own layouts.
    """
    image = torch.rand(1, channels, *size)
    model.eval()
    with torch.no_grad():
        model(image)
        with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiled:
            output = model(image)
    events = profiled.profiler.kineto_results.events()
    changes = sorted((e.start_ns(), e.nbytes()) for e in events if e.name() == "[memory]")
    times, taken = (np.array(column) for column in zip(*changes))
    running = image.nbytes + np.cumsum(taken)
    ends, end = [], -1
    calls = ((e.start_ns(), e.duration_ns(), e.name()) for e in events if e.name() != "[memory]")
    for start, duration, name in sorted(calls, key=lambda call: (call[0], -call[1])):
        if start >= end:
            end = start + duration
            ends.append(end)
        elif name == "aten::max_pool2d_with_indices":  # its indices die in the operator around it
            ends.append(start + duration)
    del output
    between = running[np.searchsorted(times, ends, side="right") - 1]
    return int(running.max()), int(between.max())


@pytest.mark.parametrize(
    ("spec", "size"),
    [(u2.U2NET_LITE, (160, 160)), (u2.U2NET_CLASSROOM, (97, 131)), (u2.U2NET, (192, 192))],
)
def test_peak_memory_is_the_profilers(spec, size):
    model = u2.U2Net(spec)
    worst, between = profiled_peaks(model, size, 3)
    traced = u2.trace(model, size)
    assert traced.peak_activation_bytes == pytest.approx(worst, rel=0.01)
    assert traced.peak_activation_bytes == pytest.approx(between, rel=0.001)


@pytest.mark.parametrize(
    "name", ["student's U-Net", "dense", "pyramid", "squeeze and excite", "side by side", "RSU-4F"]
)
def test_live_memory_between_operators_is_the_profilers(name):
    build, (height, width) = NETS[name]
    model, size = build(), (4 * height, 4 * width)
    _, between = profiled_peaks(model, size, 1)
    traced = u2.trace(model, size, 1)
    assert traced.peak_activation_bytes == pytest.approx(between, rel=0.001)


def test_views_and_results_in_place_take_no_memory():
    def forward(x):
        y = x + 1
        y.relu_()
        return y.view(1, -1) * 2

    first, *others = u2.trace(Applied(forward=forward), (4, 4)).operators
    assert first.live_bytes == first.output_bytes == 3 * 16 * 4
    assert [o.output_bytes for o in others] == [192, 0, 0, 192]
    assert [o.live_bytes for o in others] == [384, 384, 384, 576]


# --- Nothing is touched ------------------------------------------------------------------------


def state_of(model):
    tensors = [*model.parameters(), *model.buffers()]
    modes = [module.training for module in model.modules()]
    hooks = [len(module._forward_hooks) for module in model.modules()]
    return (
        [(id(t), t.data_ptr(), t.device, t.dtype, t.requires_grad, t._version) for t in tensors],
        modes,
        hooks,
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
def test_the_model_stays_as_it_was(dtype):
    model = u2.U2Net(u2.U2NET_CLASSROOM).to(dtype).train()
    model.en3.eval()
    model.en1.register_forward_hook(lambda module, args, output: None)
    before = state_of(model)
    values = copy.deepcopy(model.state_dict())
    traced = u2.trace(model, (40, 33))
    assert state_of(model) == before
    for name, value in model.state_dict().items():
        assert torch.equal(value, values[name])
    assert traced.operators[0].output_bytes == 3 * 40 * 33 * dtype.itemsize


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_model_on_a_gpu_stays_there():
    model = u2.U2Net(u2.U2NET_CLASSROOM).cuda().half()
    before = state_of(model)
    traced = u2.trace(model, (40, 33))
    assert state_of(model) == before
    assert traced.field("en1").size == 480
    assert u2.cross_check(model, (40, 33)).equal.all()


def test_a_failing_pass_leaves_no_trace():
    model = Applied(conv(3, 2), nn.BatchNorm2d(5), forward=lambda x, a, b: b(a(x))).train()
    before = state_of(model)
    with pytest.raises(u2.TraceError):
        u2.trace(model, (8, 8))
    assert state_of(model) == before


def test_tracing_does_not_disturb_a_training_in_another_thread():
    model = u2.RSU(3, 3, 2, 2).train()
    stop, problems = threading.Event(), []

    def train():
        while not stop.is_set():
            try:
                model(torch.zeros(2, 3, 16, 16)).sum().backward()
                assert model.training
            except Exception as problem:
                problems.append(problem)
                return

    thread = threading.Thread(target=train)
    thread.start()
    for _ in range(5):
        u2.trace(model, (16, 16))
    stop.set()
    thread.join()
    assert not problems


def test_a_stand_in_replaces_modules_and_tensors_wherever_they_are():
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = conv(1, 1)
            self.listed, self.named = [self.a, [self.a]], {"a": self.a}
            self.scale = torch.ones(3)
            self.call = self.a.forward
            self.me = (self,)

        def forward(self, x):
            return self.call(x)

    model = Odd()
    twin = stand_in(model, lambda tensor: tensor.detach().to("meta"))
    assert twin is not model
    assert twin.a is not model.a
    assert twin.listed[0] is twin.listed[1][0] is twin.named["a"] is twin.call.__self__ is twin.a
    assert twin.me[0] is twin
    assert twin.scale.is_meta
    assert twin.a.weight.is_meta
    assert not twin.training
    assert model.training
    assert not model.a.weight.is_meta
    assert model.listed[0] is model.a


# --- What can be traced, and what is refused ---------------------------------------------------


def test_networks_that_choose_a_device_are_followed_too():
    def forward(x, a):
        grid = torch.arange(x.shape[3], dtype=x.dtype).expand(1, 1, x.shape[2], -1)
        return a(torch.cat([x, grid, torch.ones(1, 1, *x.shape[2:])], 1))

    traced = u2.trace(Applied(conv(3, 2), forward=forward), (6, 5), channels=1)
    assert traced.field(traced.output_path).sizes == (3,)
    assert traced.total_macs == 2 * 30 * 27


def test_the_images_channels_are_found_out():
    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.query = conv(8, 1, 1)  # defined first, run second
            self.stem = conv(3, 8)

        def forward(self, x):
            return self.query(self.stem(x))

    assert u2.trace(Attention(), (6, 5)).channels == 3
    assert u2.trace(conv(7, 2), (6, 5)).channels == 7
    assert u2.trace(PlainUNet(), (8, 8)).channels == 1
    assert u2.trace(Applied(forward=lambda x: x + 1), (6, 5)).channels == 3


def test_tensors_kept_as_plain_attributes():
    model = Applied(conv(3, 2), forward=lambda x, a: a(x) * model.scale)
    model.scale = torch.rand(2, 1, 1)
    assert u2.trace(model, (6, 5)).operators[-1].kind == "mul"


def test_compiled_and_parallel_wrappers_are_looked_through():
    model = u2.RSU(3, 3, 2, 2)
    plain = u2.trace(model, (8, 8))
    for wrapped in (nn.DataParallel(model), torch.compile(model)):
        traced = u2.trace(wrapped, (8, 8))
        assert traced.table().equals(plain.table())


def test_a_module_that_runs_twice_has_counted_paths_and_parameters_once():
    layer = conv(3, 3)
    traced = u2.trace(Applied(layer, forward=lambda x, a: a(a(x))), (6, 6))
    assert [o.path for o in traced.operators[1:]] == ["layers.0.conv_1", "layers.0.conv_2"]
    assert traced.total_parameters == sum(p.numel() for p in layer.parameters())
    assert traced.field("layers.0").size == 5  # its last output


def test_parameters_that_nothing_reads_are_named():
    model = Applied(conv(3, 3), nn.Linear(2, 2), forward=lambda x, a, b: a(x))
    traced = u2.trace(model, (6, 6))
    assert traced.unused_parameters == ("layers.1.weight", "layers.1.bias")
    with pytest.raises(ValueError, match=r"layers\.1 did not run"):
        traced.field("layers.1")


def test_several_outputs_are_a_choice():
    traced = u2.trace(u2.U2Net(u2.U2NET_CLASSROOM), (16, 16))
    with pytest.raises(u2.PathError):
        traced.field("")
    model = Applied(
        Applied(conv(3, 1), forward=lambda x, a: (a(x), x * 2)), forward=lambda x, a: sum(a(x))
    )
    traced = u2.trace(model, (4, 4), 3)
    with pytest.raises(ValueError, match=r"2 tensors.*ask for one of"):
        traced.field("layers.0")


def test_an_operator_of_unknown_cost_is_reported():
    with pytest.warns(UserWarning, match=r"cost of aten\.sort.* is not known"):
        traced = u2.trace(Applied(forward=lambda x: x.sort(1)[0]), (4, 4))
    assert traced.uncounted == ("sort",)
    assert not traced.table().counted["sort"]
    assert traced.to_dict()["uncounted"] == ["sort"]


@pytest.mark.parametrize(
    "size", [(0, 32), (32, 0), (-1, 5), (32,), (1, 2, 3), 320, (3.5, 4), "ab", None]
)
def test_a_size_is_two_positive_integers(size):
    with pytest.raises(ValueError, match=r"\(height, width\), integers of 1 or more, got"):
        u2.trace(u2.U2Net(u2.U2NET_CLASSROOM), size)


def branches(x, a):
    return a(x) if x.sum() > 0 else x


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        (Applied(conv(3, 1), forward=branches), u2.TraceError, "depends on the values"),
        (Applied(forward=lambda x: x[x > 0]), u2.TraceError, "depends on the values"),
        (Applied(forward=lambda x: "yes"), u2.TraceError, "gives str.*no tensor"),
        (Applied(forward=lambda x: None), u2.TraceError, "gives NoneType"),
        (Applied(conv(4, 1), forward=lambda x, a: a(x[:, :2])), u2.TraceError, r"in layers\.0"),
        (nn.LazyConv2d(3, 3), TypeError, "run it once"),
        (torch.relu, TypeError, r"expected a torch\.nn\.Module"),
    ],
)
def test_what_cannot_be_traced_gets_one_clear_error(model, error, message):
    with pytest.raises(error, match=message):
        u2.trace(model, (8, 8))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_scripted_module_is_refused():
    scripted = torch.jit.trace(conv(3, 1), torch.zeros(1, 3, 4, 4))
    with pytest.raises(TypeError, match="scripted from"):
        u2.trace(scripted, (8, 8))


def test_the_wrong_channels_are_named():
    with pytest.raises(u2.TraceError, match=r"3, height, width\), got 4 channels"):
        u2.trace(u2.U2Net(u2.U2NET_CLASSROOM), (8, 8), channels=4)
    with pytest.raises(u2.TraceError, match=r"\(1, 4, 8, 8\) in 0, Conv2d\(3, 1,"):
        u2.trace(nn.Sequential(conv(3, 1)), (8, 8), channels=4)


def test_a_huge_image_takes_no_memory():
    traced = u2.trace(u2.U2Net(u2.U2NET_LITE), (16384, 16384))
    assert traced.total_macs == 19_756_089_600 * 16384**2 // 320**2
    assert traced.field("de1").size_here == (6624, 6624)


# --- The schema --------------------------------------------------------------------------------


def support_from_json(plain: dict, position: int, pixel: tuple[int, int]) -> np.ndarray:
    """Backwards over the JSON alone, pixel by pixel, as a reader in another language would."""
    marked = defaultdict(set)
    marked[position] = {pixel}
    for i in range(position, 0, -1):
        operator = plain["operators"][i]
        for source, link in zip(operator["inputs"], operator["links"]):
            grid = plain["operators"][source]["grid"]
            rows, columns = (plain["rules"][rule] for rule in link)
            for row, column in marked[i]:
                for r in taps_by_definition(rows, row, grid[0])[0]:
                    for c in taps_by_definition(columns, column, grid[1])[0]:
                        marked[source].add((r, c))
    mask = np.zeros((plain["input"]["height"], plain["input"]["width"]), bool)
    for seen in marked[0]:
        mask[seen] = True
    return mask


@pytest.mark.parametrize(
    "name", ["student's U-Net", "transposed", "pyramid", "side by side", "reflected", "RSU-4F"]
)
def test_the_json_holds_all_that_supports_need(name):
    build, size = NETS[name]
    traced = u2.trace(build(), size, 1)
    plain = json.loads(json.dumps(traced.to_dict(), allow_nan=False))
    assert plain == traced.to_dict()
    position = len(traced.operators) - 1
    rows, columns = traced.operators[position].grid
    for pixel in ((0, 0), (rows // 2, columns // 3), (rows - 1, columns - 1)):
        np.testing.assert_array_equal(
            support_from_json(plain, position, pixel), traced.support(traced.output_path, pixel)
        )


def test_the_schema(full):
    plain = full.to_dict()
    assert plain["schema"] == "u2net_edu.trace/1"
    assert plain["network"] == "U²-Net"
    assert plain["input"] == {"channels": 3, "height": 320, "width": 320}
    assert plain["totals"]["macs"] == full.total_macs
    assert plain["totals"]["parameters"] == full.total_parameters
    assert plain["totals"]["peak_bytes"] == full.peak_activation_bytes
    assert [stage["path"] for stage in plain["stages"]] == STAGES.split()
    assert len(json.dumps(plain)) < 500_000
    by_path = {operator["path"]: operator for operator in plain["operators"]}
    layer = by_path["en5.enc3.conv"]
    assert layer["settings"]["dilation"] == [4, 4]
    assert layer["output_shape"] == [1, 256, 20, 20]
    assert plain["rules"][layer["links"][0][0]] == {
        "rule": "window",
        "kernel": 3,
        "stride": 1,
        "padding": 4,
        "dilation": 4,
        "division": 1,
    }
    for level in ("stages", "layers"):
        for part in plain[level]:
            assert part["output"] in part["operators"]
        assert sum(len(part["operators"]) for part in plain[level]) == len(full.operators) - 1
    assert plain["operators"][0]["kind"] == "input"


def test_the_json_holds_the_fields_where_they_are_wanted():
    class Model(nn.Sequential):
        def forward(self, x):
            x = super().forward(x)
            return x * x.mean((2, 3), keepdim=True), x.cumsum(3)

    traced = u2.trace(Model(conv(3, 3, stride=2, padding=1)), (9, 8))
    plain = json.loads(json.dumps(traced.to_dict(fields=True), allow_nan=False))
    fields = {operator["path"]: operator["field"] for operator in plain["operators"]}
    assert fields["0"] == {
        "sizes": [3],
        "strides": [[2, 1], [2, 1]],
        "here": [3, 3],
        "exact": True,
        "why": "",
    }
    assert fields["mul"]["sizes"] is None
    assert fields["mul"]["here"] == [9, 8]
    assert "mean" in fields["mul"]["why"]
    assert fields["cumsum"] is None
    assert "field" not in traced.to_dict()["operators"][0]


@pytest.mark.parametrize("mode", [torch.inference_mode, torch.no_grad, torch.enable_grad])
def test_the_modes_around_a_call_do_not_matter(mode):
    torch.manual_seed(1)  # one of the seeds with which the ReLUs on the way to (3, 3) are open
    model, image = PlainUNet(), torch.rand(1, 1, 16, 16)
    expected = u2.trace(model, (16, 16)).table()
    with mode():
        assert u2.trace(model, (16, 16)).table().equals(expected)
        assert [*u2.capture(model, image, ["pool_1", "pad_2"])] == ["pool_1", "pad_2"]
        assert u2.effective_field(model, image, "enc1.1", (3, 3)).sum() == pytest.approx(1)


def test_settings_are_plain_even_where_torchs_are_not():
    model = Applied(forward=lambda x: x.clamp(max=float("inf")).to(torch.float64).sum(1))
    settings = [o["settings"] for o in u2.trace(model, (4, 4)).to_dict()["operators"]]
    json.dumps(settings, allow_nan=False)
    assert settings[1]["max"] == "inf"
    assert settings[2]["dtype"] == "torch.float64"
