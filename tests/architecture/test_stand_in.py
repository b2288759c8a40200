"""A stand-in gives what the model would give in eval mode, and leaves no trace in the model.

Every way in which a forward may reach a module is tried with the same small network: what the
stand-in gives is compared with what a deep copy in eval mode gives, what a trace counts with what
is known, and the model with what it was.
"""

import copy
import functools
import gc
import itertools
import queue
import threading
import types
import weakref
from collections import ChainMap, OrderedDict, UserDict, UserList, defaultdict, deque, namedtuple
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize, prune
from torch.nn.utils import spectral_norm as old_spectral_norm
from torch.nn.utils import weight_norm as old_weight_norm
from torch.optim.swa_utils import AveragedModel

import u2net_edu as u2
from u2net_edu.architecture.stand_in import stand_in, unwrapped

IMAGES = torch.rand((2, 3, 9, 11), generator=torch.Generator().manual_seed(0))
PARAMETERS = 3 * 4 * 9 + 4 + 8  # of a convolution and a batch norm


def layers() -> nn.Sequential:
    made = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
    made[1].running_mean += 0.1
    return made


class Holder(nn.Module):
    """A network that reaches its layers by `self.hold`, through `find`."""

    def __init__(self, hold, find):
        super().__init__()
        self.hold, self.find = hold, find

    def forward(self, images):
        for layer in self.find(self.hold):
            images = layer(images)
        return images


@dataclass
class Config:
    name: str
    parts: nn.Module
    more: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Frozen:
    parts: nn.Module


class Slots:
    __slots__ = ("__mangled", "parts")

    def __init__(self, parts):
        self.parts = parts
        self.__mangled = parts

    def get(self):
        return self.__mangled


class OwnList(list):
    def __init__(self, items, title):
        super().__init__(items)
        self.title = title


Pair = namedtuple("Pair", "first second")


class Callback:
    def __init__(self, parts):
        self.parts = parts

    def __call__(self, images):
        return self.parts(images)


def closure(parts):
    return lambda images: parts(images)


def defaults(parts):
    def run(images, parts=parts, *, again=parts):
        return again(images) if again is parts else None

    return run


def counted(parts):
    calls = []

    def run(images):
        calls.append(images.shape)
        return parts(images)

    return run


def cyclic(parts):
    tree = {"parts": parts}
    tree["self"] = tree
    return tree


def recursive(parts):
    def down(images, depth=2):
        return down(images, depth - 1) if depth else parts(images)

    return down


def filled_queue(parts):
    made = queue.Queue()
    made.put(parts)
    return made


def in_array(parts):
    made = np.empty(1, dtype=object)
    made[0] = parts
    return made


def of_a_class(parts):
    class Local:
        net = parts

    return Local()


def method_of_a_class(parts):
    class Local:
        def net(self, images):
            return parts(images)

    return Local()


def weakly_keyed(parts):
    return weakref.WeakKeyDictionary({parts: "first"})


def imported(parts):
    module = types.ModuleType("nets_of_mine")
    module.NET = parts
    scope = {"nets_of_mine": module}
    exec("def run(images):\n    nets_of_mine.run\n    return nets_of_mine.NET(images)", scope)
    module.run = scope["run"]
    return module.run


def one(get: Callable = lambda hold: hold):
    return lambda hold: [get(hold)]


HOLDERS = {
    "list": (lambda m: list(m), lambda h: h),
    "list in a list": (lambda m: [[m]], lambda h: h[0]),
    "tuple": (lambda m: tuple(m), lambda h: h),
    "named tuple": (lambda m: Pair(m[:1], m[1:]), lambda h: (h.first, h.second)),
    "dict": (lambda m: {"a": m}, lambda h: h.values()),
    "ordered dict": (lambda m: OrderedDict(a=m), lambda h: h.values()),
    "default dict": (lambda m: defaultdict(list, a=[m]), lambda h: h["a"]),
    "user dict": (lambda m: UserDict(a=m), lambda h: h.values()),
    "user list": (lambda m: UserList([m]), lambda h: h),
    "module as a key": (lambda m: {m: "first"}, lambda h: list(h)),
    "mapping proxy": (lambda m: types.MappingProxyType({"a": m}), lambda h: h.values()),
    "set": (lambda m: {m}, lambda h: h),
    "frozenset": (lambda m: frozenset([m]), lambda h: h),
    "deque": (lambda m: deque(m, maxlen=5), lambda h: h),
    "own list": (lambda m: OwnList([m], "mine"), lambda h: h if h.title == "mine" else []),
    "namespace": (lambda m: types.SimpleNamespace(parts=m), one(lambda h: h.parts)),
    "dataclass": (lambda m: Config("a", m), one(lambda h: h.parts)),
    "deep in a dataclass": (lambda m: Config("a", None, {"b": (m,)}), lambda h: h.more["b"]),
    "frozen dataclass": (Frozen, one(lambda h: h.parts)),
    "slots": (Slots, one(lambda h: h.parts)),
    "mangled slots": (Slots, one(lambda h: h.get())),
    "callable object": (Callback, one()),
    "method of an object": (lambda m: Callback(m).__call__, one()),
    "bound forward": (lambda m: m.forward, one()),
    "bound call": (lambda m: m.__call__, one()),
    "closure": (closure, one()),
    "closure in a dict": (lambda m: {"a": closure(m)}, lambda h: h.values()),
    "defaults": (defaults, one()),
    "a closure with a list": (counted, one()),
    "recursive closure": (recursive, one()),
    "partial": (lambda m: functools.partial(nn.Sequential.forward, m), one()),
    "partial of a closure": (lambda m: functools.partial(closure(m)), one()),
    "cache": (lambda m: functools.lru_cache(closure(m)), one()),
    "wrapper": (lambda m: functools.wraps(closure(m))(lambda x, m=m: m(x)), one()),
    "no_grad": (lambda m: torch.no_grad()(closure(m)), one()),
    "method of a list": (lambda m: [m].__getitem__, one(lambda h: h(0))),
    "cycle": (cyclic, one(lambda h: h["self"]["parts"])),
    "queue": (filled_queue, one(lambda h: h.queue[0])),
    "array of objects": (in_array, one(lambda h: h[0])),
    "attribute of an object's class": (of_a_class, one(lambda h: h.net)),
    "method of an object's class": (method_of_a_class, one(lambda h: h.net)),
    "chain map": (lambda m: ChainMap({"a": m}), one(lambda h: h["a"])),
    "weak proxy": (lambda m: [weakref.proxy(m)], lambda h: h),
    "weak method": (lambda m: weakref.WeakMethod(m.forward), one(lambda h: h())),
    "weak set": (lambda m: weakref.WeakSet([m]), lambda h: list(h)),
    "weak values": (lambda m: weakref.WeakValueDictionary(a=m), lambda h: [h["a"]]),
    "weak keys": (weakly_keyed, lambda h: list(h)),
    "member of an imported module": (imported, one()),
    "data parallel": (nn.DataParallel, one()),
    "compiled": (lambda m: torch.compile(m, backend="eager"), one()),
    "averaged": (AveragedModel, one()),
}


def parameters_seen(model, size=(9, 11)) -> int:
    return u2.trace(model, size).total_parameters


@pytest.fixture(autouse=True)
def fresh_compiler():
    yield
    torch._dynamo.reset() if "torch._dynamo" in __import__("sys").modules else None


def state_of(*modules: nn.Module) -> list:
    """All that a caller could see of the modules."""
    found = []
    for module in (m for each in modules for m in each.modules()):
        found.append((id(module), module.training, sorted(vars(module))))
        found.append(
            [dict(hooks) for name, hooks in vars(module).items() if name.endswith("hooks")]
        )
        for tensor in (*module._parameters.values(), *module._buffers.values()):
            if tensor is not None:
                place = id(tensor), tensor.data_ptr(), tensor.device, tensor.dtype, tensor._version
                found.append((*place, tensor.requires_grad, tensor.grad is None))
                found.append(tensor.detach().clone().tolist())
    return found


@pytest.mark.parametrize("way", HOLDERS)
def test_layers_are_reached(way):
    make, find = HOLDERS[way]
    parts = layers().train()
    expected = copy.deepcopy(parts).eval()(IMAGES)
    model = Holder(make(parts), find)
    before = state_of(parts, model)
    with torch.no_grad():
        torch.testing.assert_close(stand_in(model)(IMAGES), expected)
    registered = sum(parameter.numel() for parameter in model.parameters())
    assert parameters_seen(model) == registered  # 0 where torch itself does not see the layers
    assert state_of(parts, model) == before


def in_place_compiled(m):
    m.compile(backend="eager")
    return m


def replaced(m, make):
    m.forward = make(m)
    return m


def patched(m):
    old = m.forward
    return replaced(m, lambda m: lambda x: old(x))


def as_accelerate(m):
    old = m.forward

    def new_forward(module, *args, **kwargs):
        return module._old_forward(*args, **kwargs)

    m._old_forward = old
    m.forward = functools.update_wrapper(functools.partial(new_forward, m), old)
    return m


def weak(m):
    reference = weakref.ref(m)
    return replaced(m, lambda m: lambda x: nn.Sequential.forward(reference(), x))


def method(m):
    return replaced(m, lambda m: types.MethodType(nn.Sequential.forward, m))


FORWARDS = {
    "compile()": in_place_compiled,
    "closure": patched,
    "partial as accelerate makes it": as_accelerate,
    "method": method,
    "weak reference": weak,
    "data parallel": nn.DataParallel,
    "twice wrapped": lambda m: nn.DataParallel(torch.compile(m, backend="eager")),
    "averaged": AveragedModel,
}


@pytest.mark.parametrize("way", FORWARDS)
def test_a_forward_put_in_the_place_of_another(way):
    parts = layers().train()
    expected = copy.deepcopy(parts).eval()(IMAGES)
    model = FORWARDS[way](parts)
    before = state_of(parts, model)
    with torch.no_grad():
        torch.testing.assert_close(stand_in(model)(IMAGES), expected)
    torch.testing.assert_close(u2.capture(model, IMAGES, "2")["2"], expected)
    traced = u2.trace(model, (9, 11))
    assert traced.total_parameters == PARAMETERS
    assert traced.unused_parameters == ()
    assert state_of(parts, model) == before


GLOBAL = layers()
GLOBAL_LIST = [GLOBAL]


def runs_global(images):
    return GLOBAL(images)


class UsesGlobal(nn.Module):
    def forward(self, images):
        return GLOBAL(images)


class UsesHelper(nn.Module):
    def forward(self, images):
        return runs_global(images)


class UsesListInOwnMethod(nn.Module):
    def run(self, images):
        return next(layer(images) for layer in GLOBAL_LIST)

    def forward(self, images):
        return self.run(images)


class OfTheClass(nn.Module):
    shared = GLOBAL

    def forward(self, images):
        return self.shared(images)


class OfTheClassInAList(nn.Module):
    shared = (GLOBAL,)

    def forward(self, images):
        return self.shared[0](images)


class Inherits(OfTheClass):
    pass


class Static(nn.Module):
    @staticmethod
    def run(images):
        return GLOBAL(images)

    def forward(self, images):
        return self.run(images)


def lambda_of_a_global():
    return Holder(lambda images: runs_global(images), one())


@pytest.mark.parametrize(
    "make",
    [
        UsesGlobal,
        UsesHelper,
        UsesListInOwnMethod,
        OfTheClass,
        OfTheClassInAList,
        Inherits,
        Static,
        lambda_of_a_global,
    ],
)
def test_modules_among_globals_and_class_attributes(make):
    GLOBAL.train()
    expected = copy.deepcopy(GLOBAL).eval()(IMAGES)
    model = make()
    before = state_of(GLOBAL, model)
    with torch.no_grad():
        torch.testing.assert_close(stand_in(model)(IMAGES), expected)
    u2.trace(model, (9, 11))
    assert state_of(GLOBAL, model) == before


class Property(nn.Module):
    @property
    def net(self):
        return GLOBAL

    def forward(self, images):
        return self.net(images)


class Lazy:
    @property
    def net(self):
        return GLOBAL


class Forwards:
    def __getattr__(self, name):
        return getattr(GLOBAL, name)


class Registry:
    net = GLOBAL


def in_context(parts):
    variable = ContextVar("parts")
    variable.set(parts)
    return variable


def of_the_thread(parts):
    local = threading.local()
    local.net = parts
    return local


class Closes:
    def __init__(self, parts):
        self.parts = parts

    def __del__(self):
        pass


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda m: Property(), "Property.net"),
        (lambda m: Holder((layer for layer in m), lambda h: h), "generator"),
        (lambda m: Holder(iter(list(m)), lambda h: h), "list_iterator"),
        (lambda m: Holder(itertools.repeat(m), lambda h: [next(h)]), "itertools.repeat"),
        (lambda m: Holder(Lazy(), one(lambda h: h.net)), "Lazy.net"),
        (lambda m: Holder(Forwards(), one(lambda h: h.forward)), "Forwards.__getattr__"),
        (lambda m: Holder(Registry, one(lambda h: h.net)), "Registry.net"),
        (lambda m: Holder(in_context(m), one(lambda h: h.get())), "ContextVar"),
        (lambda m: Holder(of_the_thread(m), one(lambda h: h.net)), "_thread._local"),
        (lambda m: Holder(Closes(m), one(lambda h: h.parts)), "Closes"),
    ],
)
def test_a_part_that_cannot_be_replaced_is_refused_in_words(make, words):
    parts = layers().train()
    model = make(parts)
    before = state_of(parts, GLOBAL)
    for ask in (stand_in, lambda model: u2.trace(model, (9, 11))):
        with pytest.raises(TypeError, match=words):
            ask(model)
    assert state_of(parts, GLOBAL) == before


# --- tensors


def test_parameters_share_memory_and_buffers_do_not():
    model = layers().train()
    twin = stand_in(model)
    for mine, its in zip(model.parameters(), twin.parameters()):
        assert its.data_ptr() == mine.data_ptr()
        assert isinstance(its, nn.Parameter)
        assert not its.requires_grad
    for mine, its in zip(model.buffers(), twin.buffers()):
        assert its.data_ptr() != mine.data_ptr()
        torch.testing.assert_close(its, mine)
    assert [*twin.state_dict()] == [*model.state_dict()]


def test_tied_weights_stay_tied():
    model = nn.ModuleList([nn.Linear(3, 3), nn.Linear(3, 3)])
    model[1].weight = model[0].weight
    model[0].again = [model[1]]
    twin = stand_in(model)
    assert twin[1].weight is twin[0].weight
    assert twin[0].again[0] is twin[1]


class Remembers(nn.Module):
    """Writes into everything that it has, also in eval mode."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 1, 1)
        self.register_buffer("steps", torch.zeros(()))
        self.register_buffer("unsaved", torch.zeros(2), persistent=False)
        self.plain, self.count, self.log = torch.zeros(3), 0, []
        self.table, self.kept = {"a": torch.zeros(2)}, types.SimpleNamespace(n=0)
        self.config = Config("a", None)
        self.generator = torch.Generator().manual_seed(3)

    def forward(self, images):
        self.steps += 1
        self.unsaved.add_(1)
        self.plain[0] = 5
        self.count += 1
        self.log.append(images)
        self.table["a"] += 1
        self.table["b"] = images
        self.kept.n += 1
        self.config.more["seen"] = images
        self.new = images
        torch.rand(2, generator=self.generator)
        return self.conv(images)


def test_what_a_forward_writes_stays_in_the_stand_in():
    model = Remembers()
    u2.predict(model, "coffee", size=16, device="cpu")
    u2.capture(model, IMAGES, "conv")
    u2.trace(model, (8, 8))
    assert model.steps == model.unsaved.sum() == model.plain.sum() == model.table["a"].sum() == 0
    assert (model.count, model.log, [*model.table], model.kept.n) == (0, [], ["a"], 0)
    assert model.config.more == {}
    assert not hasattr(model, "new")
    same = torch.Generator().manual_seed(3)
    assert torch.equal(model.generator.get_state(), same.get_state())


def test_a_stand_in_of_another_dtype():
    twin = stand_in(layers().train(), dtype=torch.float64)
    assert {t.dtype for t in twin.parameters()} == {torch.float64}
    assert twin[1].num_batches_tracked.dtype == torch.int64
    assert twin(IMAGES.double()).dtype == torch.float64


def test_weights_without_values_are_said_to_be_so():
    with torch.device("meta"):
        model = layers()
    with pytest.raises(ValueError, match="meta device"):
        u2.predict(model, "coffee", device="cpu")
    assert parameters_seen(model) == PARAMETERS


def test_inference_tensors_and_frozen_parameters():
    with torch.inference_mode():
        model = layers()
    expected = copy.deepcopy(model).eval()(IMAGES)
    torch.testing.assert_close(stand_in(model)(IMAGES), expected)


def test_what_is_no_model():
    for wrong in (3, nn.Conv2d, "net"):
        with pytest.raises(TypeError, match=r"expected a torch\.nn\.Module"):
            stand_in(wrong)
    with pytest.raises(TypeError, match="lazy"):
        stand_in(nn.LazyConv2d(3, 1))


@pytest.mark.filterwarnings("ignore")
def test_torchscript_is_copied_where_it_runs_and_refused_where_it_is_traced():
    model = torch.jit.script(layers().train())
    expected = copy.deepcopy(model).eval()(IMAGES)
    torch.testing.assert_close(stand_in(model)(IMAGES), expected)
    assert model.training
    assert model[1].num_batches_tracked == 0
    with pytest.raises(TypeError, match="scripted from"):
        u2.trace(model, (8, 8))


def test_nothing_is_left_of_a_stand_in():
    model = Holder([closure(layers())], lambda h: h)
    reference = weakref.ref(stand_in(model))
    gc.collect()
    assert reference() is None


# --- what torch itself puts around weights


def with_pruning(conv):
    prune.random_unstructured(conv, "weight", 0.5)
    return conv


class Doubled(nn.Module):
    def forward(self, weight):
        return 2 * weight


def with_parametrization(conv):
    parametrize.register_parametrization(conv, "weight", Doubled())
    return conv


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "wrap",
    [
        old_weight_norm,
        parametrizations.weight_norm,
        old_spectral_norm,
        parametrizations.spectral_norm,
        with_pruning,
        with_parametrization,
    ],
)
def test_reparametrised_weights(wrap):
    model = nn.Sequential(wrap(nn.Conv2d(3, 4, 3)), nn.BatchNorm2d(4)).train()
    model(IMAGES)
    with torch.no_grad():
        for parameter in model.parameters():  # the weight that was computed last is not the next
            parameter.mul_(1.5)
    before = state_of(model)
    with torch.no_grad():
        got = stand_in(model)(IMAGES)
        u2.trace(model, (9, 11))
    assert state_of(model) == before
    torch.testing.assert_close(got, model.eval()(IMAGES))


# --- hooks


def test_hooks_that_compute_run():
    model = layers().train()
    expected = copy.deepcopy(model).eval()

    def half(module, args, output):
        return output / 2

    def shift(module, args):
        return (args[0] + 1,)

    def zero(module, args, output):
        output[:, 0] = 0

    def swap(module, args, kwargs):
        return (), {"input": args[0] * 3}

    class Scale:
        def __call__(self, module, args):
            module.weight = module.raw * 2

    del (scaled := nn.Conv2d(4, 2, 1)).weight
    scaled.raw = nn.Parameter(torch.ones(2, 4, 1, 1))
    scaled.register_forward_pre_hook(Scale())
    model.append(scaled)
    model[0].register_forward_hook(half)
    model[0].register_forward_pre_hook(shift)
    model[0].register_forward_pre_hook(swap, with_kwargs=True)
    model[1].register_forward_hook(zero)
    middle = expected[1](expected[0]((IMAGES + 1) * 3) / 2)
    middle[:, 0] = 0
    last = nn.functional.conv2d(middle.relu(), torch.full((2, 4, 1, 1), 2.0), scaled.bias)
    torch.testing.assert_close(stand_in(model)(IMAGES), last)
    assert "weight" not in vars(scaled)
    traced = u2.trace(model, (9, 11))
    assert traced.operators[-1].output_shape == (1, 2, 7, 9)


def test_what_a_hook_that_computes_puts_away_stays_in_the_stand_in():
    kept = {}

    def both(module, args, output):
        kept["output"] = output
        seen.append(output)
        return output * 2

    model = layers()
    expected = copy.deepcopy(model).eval()(IMAGES) * 2
    seen.clear()
    model.register_forward_hook(both)
    torch.testing.assert_close(stand_in(model)(IMAGES), expected)
    u2.trace(model, (9, 11))
    assert kept == {}
    assert seen == []


class Features:
    def __init__(self):
        self.maps, self.last = {}, None

    def keep(self, module, args, output):
        self.maps[module] = output
        self.last = output.detach().cpu().numpy()

    def __call__(self, module, args, output):
        self.maps["again"] = output.mean().item()


seen = []


def watching():
    """Hooks as people write them to look on, and what they have seen."""
    kept, features = {}, Features()

    def put(module, args, output):
        kept["put"] = output.detach().cpu().numpy()

    def note_mean(module, args, output):
        if output.mean() < 99:
            seen.append(output.mean().item())

    def keep(output):
        seen.append(output)

    return [
        put,
        note_mean,
        features.keep,
        features,
        functools.partial(put),
        lambda module, args, output: kept.update(en1=output),
        lambda module, args, output: seen.append(output.detach()),
        lambda module, args, output: keep(output),
        lambda module, args, output: setattr(features, "last", output),
        lambda module, args, output: kept.setdefault("all", []).append(output),
    ], lambda: (dict(kept), dict(features.maps), features.last, list(seen))


def ask_everything(model, *, cross_check: bool = True):
    u2.predict(model, "coffee", size=16, device="cpu")
    u2.capture(model, IMAGES, "1")
    traced = u2.trace(model, (9, 11))
    traced.field("2").size  # noqa: B018
    u2.effective_field(model, IMAGES[:1], "2", (3, 3))
    u2.measure_latency(model, (9, 11), seconds=0.01)
    u2.time_operators(model, (9, 11), passes=1)
    if cross_check:
        u2.cross_check(model, (9, 11))
    u2.evaluate(model, [(IMAGES[0], torch.ones(1, 9, 11))], device="cpu")


@pytest.mark.parametrize("index", range(10))
def test_hooks_that_watch_are_not_called(index):
    hooks, found = watching()
    seen.clear()
    before = found()
    model = nn.Sequential(nn.Conv2d(3, 2, 3, padding=1), nn.ReLU(), nn.Conv2d(2, 1, 1))
    model[0].register_forward_hook(hooks[index])
    model.register_forward_hook(hooks[index])
    ask_everything(model)
    assert found() == before
    model(IMAGES)
    assert repr(found()) != repr(before)  # it does see its own forward


def test_hooks_of_all_modules_and_of_gradients_are_not_called():
    calls = []
    everywhere = nn.modules.module
    model = nn.Sequential(nn.Conv2d(3, 2, 3, padding=1), nn.ReLU(), nn.Conv2d(2, 1, 1))
    handles = [
        everywhere.register_module_forward_hook(lambda *args: calls.append(1)),
        everywhere.register_module_forward_pre_hook(lambda *args: calls.append(2)),
        model[0].register_full_backward_hook(lambda *args: calls.append(3)),
        model[0].weight.register_hook(lambda gradient: calls.append(4)),
    ]
    try:
        ask_everything(model, cross_check=False)  # where fvcore runs a module of torch's own
        assert calls == []
        model(IMAGES.clone().requires_grad_()).sum().backward()
        assert set(calls) == {1, 2, 3, 4}
    finally:
        for handle in handles:
            handle.remove()


# --- threads


def test_a_model_that_grows_while_it_is_asked():
    model = u2.load_classroom_model()
    stop = threading.Event()

    def grow():
        while not stop.is_set():
            for i in range(200):
                setattr(model.en1, f"note{i}", i)
                model.en1.register_buffer(f"buffer{i}", None)
            for i in range(200):
                delattr(model.en1, f"note{i}")
                del model.en1._buffers[f"buffer{i}"]

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        for _ in range(30):
            stand_in(model)
    finally:
        stop.set()
        thread.join()


def test_wrappers_are_looked_through_in_any_order():
    net = layers()
    for wrapped in (
        net,
        nn.DataParallel(net),
        torch.compile(net, backend="eager"),
        nn.DataParallel(torch.compile(net, backend="eager")),
        torch.compile(nn.DataParallel(net), backend="eager"),
    ):
        assert unwrapped(wrapped) is net
    averaged = AveragedModel(net)
    assert unwrapped(averaged) is averaged.module


def test_fabric_is_looked_through():
    from lightning_fabric import Fabric

    net = layers()
    fabric = Fabric(accelerator="cpu", devices=1)
    assert unwrapped(fabric.setup_module(net)) is net
    assert unwrapped(fabric.setup_module(torch.compile(net, backend="eager"))) is net


def test_a_compiled_network_is_timed_as_it_is_compiled():
    ran = []

    def backend(graph, inputs):
        def run(*args):
            ran.append(1)
            return graph.forward(*args)

        return run

    class Net(nn.Module):  # a Sequential itself is never compiled in place
        def __init__(self):
            super().__init__()
            self.parts = layers()

        def forward(self, images):
            return self.parts(images)

    in_place = Net()
    in_place.compile(backend=backend)
    for compiled in (torch.compile(Net(), backend=backend), in_place):
        compiled.train()
        ran.clear()
        latency = u2.measure_latency(compiled, (9, 11), seconds=0.01)
        assert len(ran) >= len(latency.times)
        assert unwrapped(compiled).parts[1].num_batches_tracked == 0
