"""Parts changed and arrows cut, against the same network rewritten by hand."""

import copy

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import u2net_edu as u2
from u2net_edu.analysis.interventions import Replay
from u2net_edu.analysis.paths import module_paths

from .nets import PlainUNet, wide_awake

CHANGES = {
    "zero": torch.zeros_like,
    "mean": lambda x: x.mean(-1, keepdim=True).mean(-2, keepdim=True) * torch.ones_like(x),
    -2: lambda x: -2 * x,
}
ARROWS = {
    "en3 -> de3.concat": ("de3.concat", 1),  # an outer skip
    "de4 -> de3.resize": ("de3.resize", 0),  # a way up
    "en3 -> en4.pool": ("en4.pool", 0),  # a way down
    "en1.enc2 -> en1.dec2.concat": ("en1.dec2.concat", 1),  # an inner skip
    "en1.dec3 -> en1.dec2.resize": ("en1.dec2.resize", 0),
    "en5.enc3 -> en5.dec3.concat": ("en5.dec3.concat", 1),  # of the stage without pools
    "en2.in -> en2.add": ("en2.add", 1),  # a residual
    "de3 -> side3.conv": ("side3.conv", 0),  # a side
}
PARTS = ["en1", "en6", "de3", "de2.enc4", "en1.in.conv", "en4.pool", "side2", "en2.add"]


@pytest.fixture(scope="module")
def model():
    """Untrained and wide awake: in a trained network many maps are dark, and no cut shows."""
    torch.manual_seed(0)
    return u2.calibrate_norms(u2.U2Net(u2.U2NET_CLASSROOM), torch.rand(2, 3, 64, 64)).double()


@pytest.fixture(scope="module", params=[(64, 64), (37, 53)], ids=str)
def images(request):
    generator = torch.Generator().manual_seed(0)
    return torch.rand(2, 3, *request.param, generator=generator, dtype=torch.float64)


def maps(output) -> torch.Tensor:
    return torch.cat([output.fused, *output.sides], 1) if hasattr(output, "fused") else output


def run(model, images):
    with torch.no_grad():
        return maps(model.eval()(images))


def with_argument(model, path, number, change):
    """A copy of the network in which one module gets another argument."""
    model = copy.deepcopy(model)
    module = {p: m for m, p in module_paths(model).items()}[path]

    def replaced(module, args):
        return tuple(change(a) if i == number else a for i, a in enumerate(args))

    module.register_forward_pre_hook(replaced)
    return model


def with_output(model, path, change):
    """A copy of the network in which one module gives something else."""
    model = copy.deepcopy(model)
    module = {p: m for m, p in reversed(module_paths(model).items())}[path]
    module.register_forward_hook(lambda module, args, output: change(output))
    return model


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("arrow", ARROWS)
def test_an_arrow_is_cut_for_its_reader_alone(model, images, arrow, change):
    by_hand = run(with_argument(model, *ARROWS[arrow], CHANGES[change]), images)
    found = maps(u2.intervene(model, images, {arrow: change}))
    torch.testing.assert_close(found, by_hand, atol=1e-5, rtol=1e-5)
    assert not torch.equal(found, run(model, images))


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_changed_for_all_its_readers(model, images, part, change):
    by_hand = run(with_output(model, part, CHANGES[change]), images)
    found = maps(u2.intervene(model, images, {part: change}))
    torch.testing.assert_close(found, by_hand, atol=1e-5, rtol=1e-5)


def test_a_cut_skip_leaves_the_way_down_as_it_was(model, images):
    before = model(images).sides[5]
    cut = u2.intervene(model, images, {"en3 -> de3.concat": "zero"})
    assert torch.equal(cut.sides[5], before)  # side6 stands on en6
    assert not torch.equal(u2.intervene(model, images, {"en3": "zero"}).sides[5], before)


def test_channels_alone(model, images):
    def change(x):
        x = x.clone()
        x[:, [4, 7]] = 0
        return x

    by_hand = run(with_output(model, "en3", change), images)
    found = maps(u2.intervene(model, images, {"en3[4, 7]": "zero"}))
    torch.testing.assert_close(found, by_hand, atol=1e-5, rtol=1e-5)
    by_hand = run(with_argument(model, "de3.concat", 1, change), images)
    found = maps(u2.intervene(model, images, {"en3[4, 7] -> de3.concat": "zero"}))
    torch.testing.assert_close(found, by_hand, atol=1e-5, rtol=1e-5)


def test_several_changes_at_once(model, images):
    by_hand = with_argument(model, "de3.concat", 1, torch.zeros_like)
    by_hand = run(with_output(by_hand, "en6", CHANGES["mean"]), images)
    found = maps(u2.intervene(model, images, {"en3 -> de3.concat": "zero", "en6": "mean"}))
    torch.testing.assert_close(found, by_hand, atol=1e-5, rtol=1e-5)


def test_what_another_picture_gave(model, images):
    other = images.flip(-1).contiguous()
    there = u2.capture(model, other, "en6")["en6"]
    found = maps(u2.intervene(model, images, {"en6": there}))
    by_hand = run(with_output(model, "en6", lambda x: there), images)
    torch.testing.assert_close(found, by_hand, atol=1e-5, rtol=1e-5)
    every = {f"en{n} -> {reader}": 1.0 for n, reader in ((3, "de3.concat"), (6, "de5.resize"))}
    assert torch.equal(maps(u2.intervene(model, images, every)), run(model, images))


@pytest.mark.parametrize("spec", [u2.U2NET_CLASSROOM, u2.U2NET_LITE], ids=lambda s: s.name)
def test_a_gain_of_one_and_what_was_there_change_nothing_to_the_bit(spec):
    model, images = u2.U2Net(spec).eval(), torch.rand(1, 3, 37, 53)
    trace = u2.trace(model, (37, 53))
    before = run(model, images)
    arrows = u2.connections(model, (37, 53))
    paths = ["input", *trace.table().index]
    found = u2.intervene(model, images, {p: 1.0 for p in [*paths, *arrows.index]})
    assert torch.equal(maps(found), before)
    there = u2.capture(model, images, paths[1:])
    assert torch.equal(maps(u2.intervene(model, images, there)), before)


def test_every_arrow_of_u2net_is_a_connection():
    found = u2.connections(u2.U2Net(u2.U2NET_LITE), (320, 320))
    outer = found[found["where"] == "outer"]
    skips = outer[outer["kind"] == "skip"]
    assert set(skips.index) == {f"en{n} -> de{n}.concat" for n in range(1, 6)}
    ups = {"en6 -> de5.resize"} | {f"de{n + 1} -> de{n}.resize" for n in range(1, 5)}
    assert ups <= set(outer[outer["kind"] == "up"].index)
    downs = {f"en{n} -> en{n + 1}.pool" for n in range(1, 6)}
    assert downs <= set(outer[outer["kind"] == "down"].index)
    sides = {f"de{n} -> side{n}.conv" for n in range(1, 6)} | {"en6 -> side6.conv"}
    assert sides <= set(found[found["kind"] == "side"].index)
    residuals = found[found["kind"] == "residual"]
    assert set(residuals.index) == {f"{s.name}.in -> {s.name}.add" for s in u2.U2NET.stages} | {
        f"{s.name}.dec1 -> {s.name}.add" for s in u2.U2NET.stages
    }
    inner = found[(found["where"] == "en1") & (found["kind"] == "skip")]
    assert set(inner.index) == {f"en1.enc{n} -> en1.dec{n}.concat" for n in range(1, 7)}
    dilated = found[(found["where"] == "en6") & (found["kind"] == "skip")]
    assert set(dilated.index) == {f"en6.enc{n} -> en6.dec{n}.concat" for n in range(1, 4)}
    trace = u2.trace(u2.U2Net(u2.U2NET_LITE), (320, 320))
    assert {*found["source"], *found["reader"]} <= {"input", *trace.paths}


# Networks of others


class Residual(nn.Module):
    """A stem and a block with a shortcut, as a ResNet writes it."""

    def __init__(self, cut: float = 1.0):
        super().__init__()
        self.stem, self.one, self.two = (nn.Conv2d(c, 6, 3, padding=1) for c in (3, 6, 6))
        self.cut = cut

    def forward(self, x):
        x = self.stem(x)
        y = self.two(self.one(x).relu())
        y = y + (x if self.cut == 1 else x * self.cut)
        return y.relu_()


def test_the_shortcut_of_a_residual_network():
    model, cut = Residual(), Residual(0.0)
    cut.load_state_dict(model.state_dict())
    images = torch.rand(1, 3, 17, 20)
    arrows = u2.connections(model, (17, 20))
    assert set(arrows[arrows["kind"] == "residual"].index) == {"stem -> add", "two -> add"}
    found = u2.intervene(model, images, {"stem -> add": "zero"})
    torch.testing.assert_close(found, run(cut, images))
    with pytest.raises(ValueError, match="works in place"):
        u2.intervene(model, images, {"add -> relu_2": "zero"})


def test_the_skips_of_a_plain_unet():
    model, images = wide_awake(PlainUNet()).eval(), torch.rand(1, 1, 32, 32)
    arrows = u2.connections(model, (32, 32))
    skips = arrows[arrows["kind"] == "skip"]
    assert len(skips) > 0
    for arrow, row in skips.iterrows():
        kept = u2.capture(model, images, [row["source"]])[row["source"]]
        found = u2.intervene(model, images, {arrow: "zero"})
        assert not torch.equal(found, run(model, images))
        same = u2.intervene(model, images, {arrow: kept})
        assert torch.equal(same, run(model, images))


# What does not fit


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"en33": "zero"}, KeyError, "no path 'en33'.*en3"),
        ({"en3 -> de4.concat": "zero"}, ValueError, "no connection.*read by en4.pool, de3.concat"),
        ({"en3 -> de9.concat": "zero"}, KeyError, "no path 'de9.concat'"),
        ({"en3[99]": "zero"}, ValueError, "channels 0 … 15; got \\[99\\]"),
        ({"en3[a]": "zero"}, ValueError, "as in en3\\[4, 7\\]"),
        ({"en3": "nought"}, TypeError, '"zero", "mean", a gain'),
        ({"en3": float("nan")}, TypeError, "finite"),
        ({"en3": True}, TypeError, "a gain"),
        ({"en3": torch.zeros(1, 16, 3, 3)}, ValueError, "1×16×16×16.*1×16×3×3"),
        ({"en6": torch.zeros(3, 16, 2, 2)}, ValueError, "1×16×2×2.*3×16×2×2"),
        (["en3"], TypeError, "part: change"),
        ({3: "zero"}, KeyError, "a path is a string"),
    ],
)
def test_what_does_not_fit_is_refused(model, changes, error, says):
    with pytest.raises(error, match=says):
        u2.intervene(model, torch.rand(1, 3, 64, 64).double(), changes)


def test_what_the_caller_put_there_is_untouched(model, images):
    """The layer behind a norm works in place."""
    there = u2.capture(model, images, "en1.in.norm")["en1.in.norm"]
    before = there.clone()
    assert (there < 0).any()
    for part in ("en1.in.norm", "en1.in.norm[0, 1]"):
        found = maps(u2.intervene(model, images, {part: there}))
        assert torch.equal(found, run(model, images))
        assert torch.equal(there, before)


def test_the_model_is_untouched():
    model = u2.U2Net(u2.U2NET_CLASSROOM).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    u2.intervene(model, torch.rand(1, 3, 32, 32), {"en3": "zero"})
    assert model.training
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


# Again and again


class Several(nn.Module):
    """Gives what it makes on the way too, in a dict; and writes in place on what another reads."""

    def __init__(self):
        super().__init__()
        self.one, self.two, self.three = (nn.Conv2d(c, 4, 3, padding=1) for c in (3, 4, 8))

    def forward(self, x):
        first = self.one(x)
        early = first.relu()
        second = self.two(first.mul_(-2.0))
        return {"early": early.flip(1), "late": self.three(torch.cat([early, second], 1))}


class ThroughAView(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 2, 1)

    def forward(self, x):
        x = self.one(x)
        x[:, :2].mul_(0)
        return self.two(x)


class WithPlaces(nn.Module):
    """Adds to each pixel its place, which no image has a part in."""

    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 2, 1)

    def forward(self, x):
        places = torch.arange(x.shape[-1], dtype=x.dtype).cos().sin()
        return self.two((self.one(x) + places).relu())


def flat(output) -> list[torch.Tensor]:
    return list(output.values()) if isinstance(output, dict) else [maps(output)]


AGAIN = {
    "ours": lambda: (u2.U2Net(u2.U2NET_CLASSROOM), 3),
    "a plain U-Net": lambda: (wide_awake(PlainUNet()), 1),
    "a residual network": lambda: (Residual(), 3),
    "several outputs": lambda: (Several(), 3),
    "makes a tensor of its own": lambda: (WithPlaces(), 3),
    "writes through a view": lambda: (ThroughAView(), 3),
}


@pytest.mark.parametrize("name", AGAIN)
def test_a_run_that_begins_in_the_middle_gives_the_same(name):
    torch.manual_seed(0)
    model, channels = AGAIN[name]()
    model, images = model.eval(), torch.rand(2, channels, 32, 32)
    replay = Replay(model, images)
    parts = [p for p in u2.trace(model, (32, 32)).table().index]
    parts += [
        a for a in u2.connections(model, (32, 32)).index if not a.endswith(("-> relu_2", "-> mul"))
    ]
    parts = sorted(parts, key=replay.position)[:: 1 + len(parts) // 40]
    chosen = [*parts, *parts[:: len(parts) // 3]]  # in the order of the network, and back again
    for part in chosen:
        again = flat(replay.run({part: "zero"}))
        for one, other in zip(again, flat(u2.intervene(model, images, {part: "zero"}))):
            assert torch.equal(one, other), part
    for one, other in zip(flat(replay.run({})), flat(replay.unchanged)):
        assert torch.equal(one, other)


def test_what_lies_before_a_part_is_run_once(model):
    """Counted by torch's own counter, which sees what is really run."""
    replay = Replay(model, torch.rand(1, 3, 64, 64, dtype=torch.float64))
    operators = replay.traced.operators
    upto = 0
    for part in ("en2", "de4", "en3 -> de3.concat", "de1"):
        with FlopCounterMode(display=False) as counter:
            replay.run({part: "zero"})
        left = sum(o.macs for o in operators[upto + 1 :] if o.kind == "conv")
        assert counter.get_total_flops() == 2 * left
        upto = replay.position(part)
    assert left < 0.7 * sum(o.macs for o in operators)


def test_what_nobody_reads_any_more_is_forgotten(model):
    replay = Replay(model, torch.rand(1, 3, 64, 64, dtype=torch.float64))
    for part in ("en1", "en6", "de1"):
        replay.run({part: "zero"})
        assert len(replay._plain._values) <= 8
