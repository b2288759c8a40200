"""Running a network without touching it: what runs is a stand-in.

Everything that asks a network a question (predict, evaluate, capture, trace, fields, latency, the
widgets) runs `stand_in(model)`. Modes, device, buffers, hooks and attributes of the caller's model
stay as they are, also while another thread trains it or asks it something else.
"""

import copy
import functools
import gc
import logging
import operator
import sys
import threading
import weakref
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from enum import Enum
from types import (
    BuiltinMethodType,
    CellType,
    CodeType,
    FunctionType,
    MappingProxyType,
    MethodType,
    ModuleType,
    SimpleNamespace,
)
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as torch_module
from torch.nn.parameter import is_lazy
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader, Dataset

from .hooks import watches_only

Swap = Callable[[Tensor], Tensor]


def stand_in(
    model: nn.Module,
    swap: Swap | None = None,
    *,
    device: torch.device | str | None = None,
    dtype: torch.dtype | None = None,
    compiled: bool = False,
    pairs: dict[nn.Module, nn.Module] | None = None,
) -> nn.Module:
    """A twin of the network in eval mode, which may be run, moved and hooked at will.

    Its modules are copies; its parameters share the memory of the model's own (or are copied where
    they move to another device or dtype) and need no gradient; buffers and all other tensors are
    copies, so that neither sees what the other writes. Modules and tensors are found wherever a
    forward may reach them: in containers and objects, in closures, partials and bound methods, in
    weak references, and among the globals of a function that was put in the place of another.
    Hooks that compute run (see `hooks.py`), those that only watch do not. What torch.compile and
    DataParallel put around a network is left out.

    Args:
        swap: gives the twin's tensor for each of the model's; used in place of `device`, `dtype`.
        device, dtype: where to put the twin; floating-point tensors alone take another dtype.
        compiled: keep what torch.compile put around the network or a part of it.
        pairs: is filled with {module: its twin}.

    Raises: TypeError for a model without weights yet (lazy layers), for one that is no module or,
    with `swap`, TorchScript, and for a module that is reached in a way that cannot be followed;
    ValueError for weights that have no values (meta), unless `swap` makes do without.
    """
    twins = _Twins(swap or _placing(device, dtype), compiled, scripts=swap is None)
    try:
        twin = twins.of(model if compiled else unwrapped(model))
        if twins.held_weakly:
            twin.__dict__["_keeps_alive"] = twins.held_weakly
        if pairs is not None:
            pairs.update((a, b) for a, b in twins.made.values() if isinstance(a, nn.Module))
        return twin
    finally:
        twins.made.clear()


def unwrapped(model: nn.Module) -> nn.Module:
    """The network itself, without what was put around it.

    Wrappers are torch.compile's, DataParallel, DistributedDataParallel, AveragedModel, and what
    Lightning Fabric's `setup` gives, in any order.

    Raises: TypeError for what is no module.
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"expected a torch.nn.Module, got {type(model).__name__}.")
    inner = _inside(model)
    while inner is not None:
        model, inner = inner, _inside(inner)
    return model


def _inside(model: nn.Module) -> nn.Module | None:
    """What a wrapper holds; None for what is no wrapper."""
    kind = type(model).__name__
    inner: Any = None
    if isinstance(model, _WRAPPERS):
        inner = model.module
    elif kind == "AveragedModel":  # of torch.optim.swa_utils, whose import takes a while
        inner = model._modules.get("module")
    elif kind == "_FabricModule":  # Fabric itself may be around a compiled or distributed module
        inner = model._modules.get("_original_module")
    elif "_orig_mod" in model._modules:
        inner = model._modules["_orig_mod"]
    return inner if isinstance(inner, nn.Module) else None


_WRAPPERS = (nn.DataParallel, nn.parallel.DistributedDataParallel)


def _placing(device: torch.device | str | None, dtype: torch.dtype | None) -> Swap:
    """What gives a twin's tensors: where they are to be, in the dtype that they are to have."""

    def place(tensor: Tensor) -> Tensor:
        if tensor.is_meta:
            raise ValueError(
                "the model's weights are on the meta device, where they have no values: "
                "load weights into it first (model.to_empty(device='cpu') makes room for them)."
            )
        # `.data`, unlike detach(), counts writes of its own: a training step in another thread
        # is no error in the middle of a backward pass here.
        data = tensor.data
        placed = data.to(device=device, dtype=dtype if data.is_floating_point() else None)
        if isinstance(tensor, nn.Parameter):
            return nn.Parameter(placed, requires_grad=False) if type(tensor) in _PLAIN else placed
        return placed.clone() if placed is data else placed

    return place


_PLAIN = (nn.Parameter,)


class _Twins:
    """Makes the twins of one stand-in; whatever is met twice has one twin."""

    def __init__(self, swap: Swap, compiled: bool, scripts: bool):
        self.swap, self.compiled, self.scripts = swap, compiled, scripts
        self.made: dict[int, tuple[Any, Any]] = {}  # id → the original, kept alive, and its twin
        self.outside: dict[type, list[tuple[str, Any]]] = {}  # class → what it reaches modules by
        self.held_weakly: list[Any] = []

    def of(self, value: Any) -> Any:
        """The twin of anything; the thing itself where it cannot change and leads nowhere."""
        kind = type(value)
        if kind in _PLAIN_KINDS:
            return value
        known = self.made.get(id(value))
        if known is not None:
            return known[1]
        if isinstance(value, nn.Module):
            return self.module(value)
        if isinstance(value, Tensor):
            return self.keep(value, self.tensor(value))
        if isinstance(value, type):
            return self.class_(value)
        if isinstance(value, _SHARED_KINDS):
            return value
        for kinds, make in _HOW:
            if isinstance(value, kinds):
                return make(self, value)
        if kind.__module__ == "numpy" and hasattr(value, "flat"):
            return self.array(value)
        if kind.__module__.startswith("numpy.random"):
            return self.keep(value, copy.deepcopy(value))
        if _package(kind) in _SHARED_PACKAGES:
            return value
        if kind.__flags__ & _WRITTEN_IN_PYTHON and not hasattr(kind, "__del__"):
            return self.instance(value)
        return self.shared(value)

    def keep(self, value: Any, twin: Any) -> Any:
        self.made[id(value)] = value, twin
        return twin

    def shared(self, value: Any) -> Any:
        """The thing itself, of which no twin can be made.

        Raises: TypeError where the network hangs on it.
        """
        if _reaches_a_module(value):
            kind = type(value)
            raise self.refusal(f"a {kind.__module__}.{kind.__qualname__}")
        return value

    # --- modules, their hooks, tensors

    def module(self, module: nn.Module) -> nn.Module:
        if type(module) in weakref.ProxyTypes:
            twin = self.of(_OWNER(module.train))  # a method knows the module itself
            self.held_weakly.append(twin)
            return self.keep(module, weakref.proxy(twin))
        if isinstance(module, torch.jit.ScriptModule):
            return self.script(module)
        inner = _inside(module)
        if inner is not None and not (self.compiled and hasattr(module, "dynamo_ctx")):
            return self.keep(module, self.of(inner))
        twin = self.keep(module, object.__new__(type(module)))
        if inner is not None:  # compiled by the same compiler
            type(module).__init__(twin, self.of(inner), module.dynamo_ctx)
            return twin
        state = twin.__dict__
        for name, item in _items(vars(module)):
            kind = type(item)
            if kind in _PLAIN_KINDS:
                state[name] = item
            elif kind in _BARE and not item:  # a module has a dozen of these
                state[name] = kind()
            elif name in _HOOKS:
                state[name] = self.hooks(item)
            elif name in _BACKWARD_HOOKS:
                state[name] = type(item)()
            elif name == "_compiled_call_impl" and not self.compiled:
                state[name] = None
            else:
                state[name] = self.of(item)
        state["training"] = False
        self.shadow_class(module, twin)
        if torch_module._global_forward_hooks or torch_module._global_forward_pre_hooks:
            state["_compiled_call_impl"] = functools.partial(_call_with_own_hooks, twin)
        return twin

    def script(self, module: nn.Module) -> nn.Module:
        if not self.scripts:
            raise TypeError(
                f"expected a torch.nn.Module written in Python, got {type(module).__name__}: use "
                "the model that it was scripted from."
            )
        twin = copy.deepcopy(module)
        for tensor in (*twin.parameters(), *twin.buffers()):
            tensor.data = self.swap(tensor)
        return self.keep(module, twin.eval())

    def tensor(self, tensor: Tensor) -> Tensor:
        if is_lazy(tensor):
            raise TypeError(
                "the model has lazy layers without weights yet: run it once on an image first."
            )
        twin = self.swap(tensor)
        if tensor.__dict__ and twin is not tensor:
            twin.__dict__.update(tensor.__dict__)
        return twin

    def hooks(self, hooks: dict) -> dict:
        """Those that compute. A dictionary of a hook's settings has no hooks, and stays whole."""
        twin = type(hooks)()
        for key, hook in _items(hooks):
            if not watches_only(hook):
                twin[key] = self.of(hook)
        return twin

    def shadow_class(self, value: Any, twin: Any) -> None:
        """Give a twin attributes of its own in place of those of its class that lead outside."""
        for name, item in self.outside_of(type(value)):
            if name in getattr(value, "__dict__", {}):
                continue
            if name.startswith("__") or not hasattr(twin, "__dict__") or isinstance(item, _BOUND):
                raise self.refusal(f"{type(value).__name__}.{name}")
            own = self.of(item.__func__ if isinstance(item, staticmethod) else item)
            twin.__dict__[name] = MethodType(own, twin) if isinstance(item, FunctionType) else own

    def outside_of(self, kind: type) -> list[tuple[str, Any]]:
        """What a class, rather than its instance, reaches a module or a tensor by.

        A module among its attributes; a method with one in its closure or among its globals.
        """
        if kind not in self.outside:
            found: dict[str, Any] = {}
            for parent in kind.__mro__:
                if _package(parent) not in _CLEAN_PACKAGES:
                    found = {**dict(_items(vars(parent))), **found}
            self.outside[kind] = [
                (name, item)
                for name, item in found.items()
                if name not in _NOT_IN_A_FORWARD
                and isinstance(item, _REACHING)
                and _reaches_a_module(item)
            ]
        return self.outside[kind]

    def class_(self, value: type) -> type:
        """A class itself, which has no twin.

        Raises: TypeError where a module is among its attributes.
        """
        if _package(value) not in _CLEAN_PACKAGES:
            for name, item in self.outside_of(value):
                if not isinstance(item, (FunctionType, *_BOUND)):
                    raise self.refusal(f"{value.__name__}.{name}")
        return value

    def refusal(self, where: str) -> TypeError:
        return TypeError(
            f"a part of the model is reached through {where}, where no stand-in for it can be "
            "put, so that the model itself would run and change: keep the part in an attribute, a "
            "list or a dict of its module."
        )

    # --- what modules and tensors may be found in

    def mapping(self, value: Any) -> Any:
        twin = self.keep(value, self.emptied(value))
        for key, item in _items(value):
            twin[self.of(key)] = self.of(item)
        return twin

    def sequence(self, value: Any) -> Any:
        twin = self.keep(value, self.emptied(value))
        twin.extend(map(self.of, _all(value)))
        return twin

    def set(self, value: Any) -> Any:
        twin = self.keep(value, self.emptied(value))
        twin.update(map(self.of, _all(value)))
        return twin

    def emptied(self, value: Any) -> Any:
        """An empty container of the same kind, with the same attributes."""
        if type(value) in _BARE:
            return type(value)()
        twin = copy.copy(value)
        for name, item in _attributes(value):
            object.__setattr__(twin, name, self.of(item))
        twin.clear()
        return twin

    def fixed(self, value: Any) -> Any:
        """A tuple or a frozenset; the same one where nothing in it has a twin."""
        items = [self.of(item) for item in value]
        if all(a is b for a, b in zip(items, value)):
            return value
        return self.keep(value, getattr(value, "_make", type(value))(items))

    def view(self, value: MappingProxyType) -> Any:
        return self.keep(value, MappingProxyType(self.of(dict(value))))

    def instance(self, value: Any) -> Any:
        """An object of a class written in Python: the same class, twins in its attributes."""
        try:
            twin = object.__new__(type(value))
        except TypeError:  # its class builds on one that is not written in Python
            try:
                twin = copy.copy(value)
            except Exception:
                return self.shared(value)
        self.keep(value, twin)
        for name, item in _attributes(value):
            object.__setattr__(twin, name, self.of(item))
        self.shadow_class(value, twin)
        return twin

    def array(self, value: Any) -> Any:
        """One of NumPy's, which may hold objects."""
        twin = self.keep(value, value.copy())
        if value.dtype.hasobject:
            for i, item in enumerate(value.flat):
                twin.flat[i] = self.of(item)
        return twin

    def namespace(self, value: SimpleNamespace) -> Any:
        twin = self.keep(value, type(value)())
        twin.__dict__.update({name: self.of(item) for name, item in _items(vars(value))})
        return twin

    def partial(self, value: functools.partial) -> Any:
        parts = self.of(value.func), self.of(value.args), self.of(value.keywords)
        twin = self.keep(value, type(value)(parts[0], *parts[1], **parts[2]))
        twin.__dict__.update({name: self.of(item) for name, item in _items(vars(value))})
        return twin

    def method(self, value: MethodType) -> Any:
        return self.keep(value, MethodType(self.of(value.__func__), self.of(value.__self__)))

    def method_of_builtin(self, value: Any) -> Any:
        """A method of a container or of a tensor, such as `layers.append`."""
        owner = value.__self__
        twin = None if isinstance(owner, (type, ModuleType)) else self.of(owner)
        return value if twin is None or twin is owner else getattr(twin, value.__name__)

    def function(self, value: FunctionType) -> Any:
        """A function with twins in its closure, its defaults and the globals that it names."""
        named = {
            name: item
            for name, item in _globals_of(value).items()
            if type(item) is not ModuleType
            or any(_reaches_a_module(part) for _, part in _members(item, value))
        }
        if not (value.__closure__ or value.__defaults__ or value.__kwdefaults__ or named):
            return value
        scope = {**value.__globals__} if named else value.__globals__
        cells = tuple(CellType() for _ in value.__closure__ or ())
        twin = FunctionType(value.__code__, scope, value.__name__, None, cells or None)
        self.keep(value, twin)
        twin.__defaults__ = self.of(value.__defaults__)
        twin.__kwdefaults__ = self.of(value.__kwdefaults__)
        twin.__dict__.update({name: self.of(item) for name, item in _items(vars(value))})
        for name, item in named.items():
            scope[name] = self.imported(item, value) if type(item) is ModuleType else self.of(item)
        for name, cell, original in zip(value.__code__.co_freevars, cells, value.__closure__ or ()):
            if original != CellType():  # else it is not filled yet
                inside = original.cell_contents
                cell.cell_contents = inside if name == "__class__" else self.of(inside)
        return twin

    def imported(self, value: ModuleType, function: FunctionType) -> ModuleType:
        """A module of Python's with twins of those of its members that a function uses."""
        twin = ModuleType(value.__name__, value.__doc__)
        twin.__dict__.update(vars(value))
        twin.__dict__.update({n: self.of(part) for n, part in _members(value, function)})
        return twin

    def cached(self, value: Any) -> Any:
        """A function with a cache around it: the function without, whose answers are its own."""
        return self.keep(value, self.of(value.__wrapped__))

    def reference(self, value: Any) -> Any:
        target = value()
        if target is None:
            return value
        twin = self.of(target)
        self.held_weakly.append(twin)
        if isinstance(value, weakref.WeakMethod):
            return self.keep(value, weakref.WeakMethod(twin))
        return self.keep(value, weakref.ref(twin))

    def weak_keys(self, value: Any) -> Any:
        twin = self.keep(value, type(value)())
        if isinstance(value, weakref.WeakSet):
            self.held_weakly += (held := [self.of(item) for item in _all(value)])
            twin.update(held)
        else:
            self.held_weakly += (held := [(self.of(k), self.of(v)) for k, v in _items(value)])
            twin.update(held)
        return twin

    def generator(self, value: torch.Generator) -> Any:
        twin = self.keep(value, torch.Generator(value.device))
        twin.set_state(value.get_state())
        return twin


_PLAIN_KINDS = {
    *(type(None), bool, int, float, complex, str, bytes, range, slice, type(...)),
    *(torch.Size, torch.device, torch.dtype, torch.layout, torch.memory_format),
}
"""What cannot change and leads nowhere."""

_OWNER = operator.attrgetter("__self__")
_BARE = {dict, OrderedDict, list, set}

_SHARED_KINDS = (
    *(type, ModuleType, CodeType, Enum, logging.Logger, threading.Thread),
    *(Dataset, DataLoader, Optimizer, LRScheduler),
)
"""What a forward does not compute with, though it may know the network."""

_SHARED_PACKAGES = {
    *("torch", "numpy", "pandas", "PIL", "lightning", "lightning_fabric", "pytorch_lightning"),
    *("logging", "threading", "multiprocessing", "concurrent", "asyncio", "tqdm"),
}
"""Objects of these, other than modules and tensors, are shared: arrays, trainers, locks."""

_CLEAN_PACKAGES = _SHARED_PACKAGES | {"builtins", "abc", "typing", "functools", "collections"}
"""Their classes and functions use no module of the caller's by a global name."""

_HOW: tuple[tuple[Any, Callable[[_Twins, Any], Any]], ...] = (
    ((dict,), _Twins.mapping),
    ((list, deque), _Twins.sequence),
    ((set,), _Twins.set),
    ((tuple, frozenset), _Twins.fixed),
    ((FunctionType,), _Twins.function),
    ((MethodType,), _Twins.method),
    ((functools.partial,), _Twins.partial),
    ((BuiltinMethodType,), _Twins.method_of_builtin),
    ((functools._lru_cache_wrapper,), _Twins.cached),
    ((weakref.ref,), _Twins.reference),
    (
        (weakref.WeakSet, weakref.WeakKeyDictionary, weakref.WeakValueDictionary),
        _Twins.weak_keys,
    ),
    ((MappingProxyType,), _Twins.view),
    ((SimpleNamespace,), _Twins.namespace),
    ((torch.Generator,), _Twins.generator),
)

_REACHING = (
    *(nn.Module, Tensor, FunctionType, staticmethod, classmethod, property),
    *(functools.cached_property, functools.partial, list, tuple, dict, set),
)

_BOUND = (property, classmethod, functools.cached_property)
"""What an attribute of the instance cannot take the place of."""

_NOT_IN_A_FORWARD = {
    *("__init__", "__new__", "__post_init__", "__init_subclass__", "__class_getitem__"),
    *("__dict__", "__weakref__", "__doc__", "__repr__", "__str__", "__reduce__", "__del__"),
    *("__annotations__", "__dataclass_fields__", "__dataclass_params__", "__match_args__"),
    *("__slots__", "__setstate__", "__getstate__", "__eq__", "__hash__"),
}
"""What a class defines and no forward calls."""

_HOOKS = ("_forward_hooks", "_forward_pre_hooks")
_BACKWARD_HOOKS = ("_backward_hooks", "_backward_pre_hooks")

_WRITTEN_IN_PYTHON = 1 << 9  # Py_TPFLAGS_HEAPTYPE


def _package(kind: Any) -> str:
    return (getattr(kind, "__module__", None) or "").partition(".")[0]


def _items(mapping: Any) -> list[tuple[Any, Any]]:
    """What a mapping holds now, though another thread may add to it meanwhile."""
    while True:
        try:
            return list(mapping.items())
        except RuntimeError as error:
            if "during iteration" not in str(error):
                raise


def _all(container: Any) -> list[Any]:
    while True:
        try:
            return list(container)
        except RuntimeError as error:
            if "during iteration" not in str(error):
                raise


def _attributes(value: Any) -> Iterator[tuple[str, Any]]:
    """Those in the object itself: of its dictionary and of its slots."""
    yield from _items(getattr(value, "__dict__", {}))
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name.startswith("__") and not name.endswith("__"):
                name = f"_{kind.__name__.lstrip('_')}{name}"
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                yield name, getattr(value, name)


def _globals_of(function: FunctionType) -> dict[str, Any]:
    """The globals that a function names, but for plain values, classes and what is torch's own."""
    named: dict[str, Any] = {}
    if _package(function) in _CLEAN_PACKAGES:
        return named
    scope, codes = function.__globals__, [function.__code__]
    for code in codes:  # functions inside it too
        codes += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
        for name in code.co_names:
            item = scope.get(name)
            if type(item) is ModuleType:
                if _members(item, function):
                    named[name] = item
            elif type(item) in _PLAIN_KINDS or isinstance(item, _SHARED_KINDS):
                continue
            elif not isinstance(item, FunctionType) or _package(item) not in _CLEAN_PACKAGES:
                named[name] = item
    return named


def _members(imported: ModuleType, function: FunctionType) -> list[tuple[str, Any]]:
    """What a function may use of a module of Python's that it knows by a global name."""
    if imported.__name__.partition(".")[0] in (*_CLEAN_PACKAGES, *sys.stdlib_module_names):
        return []
    names, members = function.__code__.co_names, vars(imported)
    found = ((name, members[name]) for name in names if name in members)
    return [(name, part) for name, part in found if isinstance(part, _REACHING)]


def _reaches_a_module(value: Any) -> bool:
    """Whether a module or a tensor can be reached from a thing, by whatever holds on to it."""
    waiting, seen, parts = [value], {id(value)}, list[Any]()
    for item in waiting:
        if isinstance(item, (nn.Module, Tensor)):
            return True
        if isinstance(item, FunctionType):
            parts = [item.__closure__, item.__defaults__, item.__kwdefaults__, vars(item)]
            for named in _globals_of(item).values():
                imported = type(named) is ModuleType
                parts += [p for _, p in _members(named, item)] if imported else [named]
        elif isinstance(item, weakref.ref):
            parts = [item()]
        elif isinstance(item, ContextVar):
            parts = [item.get(None)]
        else:
            parts = gc.get_referents(item)
        for part in parts:
            ends = type(part) in _PLAIN_KINDS or isinstance(part, _SHARED_KINDS)
            if not ends and id(part) not in seen and len(seen) < _FAR:
                seen.add(id(part))
                waiting.append(part)
    return False


_FAR = 10_000  # objects: what is further away than that, no forward reaches for


def _call_with_own_hooks(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
    """`module(*args, **kwargs)` without the hooks that are registered for all modules.

    A caller's hook for all modules watches the caller's modules, and no stand-in.
    """
    for key, hook in [*module._forward_pre_hooks.items()]:
        if key in module._forward_pre_hooks_with_kwargs:
            changed = hook(module, args, kwargs)
            args, kwargs = (args, kwargs) if changed is None else changed
        else:
            changed = hook(module, args)
            if changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
    output = module.forward(*args, **kwargs)
    for key, hook in [*module._forward_hooks.items()]:
        words = (kwargs,) if key in module._forward_hooks_with_kwargs else ()
        changed = hook(module, args, *words, output)
        output = output if changed is None else changed
    return output
