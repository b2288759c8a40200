"""How a stand-in is made: everything that a forward may reach gets a twin.

This walks over all that hangs on a network, as `copy.deepcopy` does, by other rules: tensors are
swapped, hooks that only watch are left out, what cannot change is shared, and a thing that a module
hangs on is never shared: if it cannot be copied, the network is refused.
"""

import copy
import functools
import operator
import weakref
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from types import (
    BuiltinMethodType,
    CellType,
    FunctionType,
    MappingProxyType,
    MethodType,
    ModuleType,
    SimpleNamespace,
)
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn.modules import module as torch_module
from torch.nn.parameter import is_lazy

from .hooks import call_with_own_hooks, watches_only
from .reach import (
    CLEAN_PACKAGES,
    NOT_IN_A_FORWARD,
    PLAIN_KINDS,
    REACHING,
    SHARED_KINDS,
    SHARED_PACKAGES,
    globals_of,
    members_of,
    package_of,
    reaches_a_module,
)
from .wrappers import inside

Swap: TypeAlias = Callable[[Tensor], Tensor]
"""Gives the twin's tensor for one of the model's."""


class Twins:
    """Makes the twins of one stand-in. An object that is met twice has one twin."""

    def __init__(self, swap: Swap, compiled: bool, scripts: bool):
        self.swap, self.compiled, self.scripts = swap, compiled, scripts
        self.made: dict[int, tuple[Any, Any]] = {}  # id → the original, kept alive, and its twin
        self.outside: dict[type, list[tuple[str, Any]]] = {}  # class → what it reaches modules by
        self.held_weakly: list[Any] = []

    def of(self, value: Any) -> Any:
        """Give the twin of an object, or the object itself if it cannot change."""
        kind = type(value)
        if kind in PLAIN_KINDS:
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
        if isinstance(value, SHARED_KINDS):
            return value
        for kinds, make in _HOW:
            if isinstance(value, kinds):
                return make(self, value)
        if kind.__module__ == "numpy" and hasattr(value, "flat"):
            return self.array(value)
        if kind.__module__.startswith("numpy.random"):
            return self.keep(value, copy.deepcopy(value))
        if package_of(kind) in SHARED_PACKAGES:
            return value
        if kind.__flags__ & _WRITTEN_IN_PYTHON and not hasattr(kind, "__del__"):
            return self.instance(value)
        return self.shared(value)

    def keep(self, value: Any, twin: Any) -> Any:
        self.made[id(value)] = value, twin
        return twin

    def shared(self, value: Any) -> Any:
        """Give the object itself, of which no twin can be made.

        Raises: TypeError if a module can be reached through it.
        """
        if reaches_a_module(value):
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
        inner = inside(module)
        if inner is not None and not (self.compiled and hasattr(module, "dynamo_ctx")):
            return self.keep(module, self.of(inner))
        twin = self.keep(module, object.__new__(type(module)))
        if inner is not None:  # compiled by the same compiler
            type(module).__init__(twin, self.of(inner), module.dynamo_ctx)
            return twin
        state = twin.__dict__
        for name, item in _items(vars(module)):
            kind = type(item)
            if kind in PLAIN_KINDS:
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
            state["_compiled_call_impl"] = functools.partial(call_with_own_hooks, twin)
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
        """Keep the hooks that compute."""
        twin = type(hooks)()
        for key, hook in _items(hooks):
            if not watches_only(hook):
                twin[key] = self.of(hook)
        return twin

    def shadow_class(self, value: Any, twin: Any) -> None:
        """Give a twin its own attributes in place of those of its class that reach a module."""
        for name, item in self.outside_of(type(value)):
            if name in getattr(value, "__dict__", {}):
                continue
            if name.startswith("__") or not hasattr(twin, "__dict__") or isinstance(item, _BOUND):
                raise self.refusal(f"{type(value).__name__}.{name}")
            own = self.of(item.__func__ if isinstance(item, staticmethod) else item)
            twin.__dict__[name] = MethodType(own, twin) if isinstance(item, FunctionType) else own

    def outside_of(self, kind: type) -> list[tuple[str, Any]]:
        """List what a class, not its instance, reaches a module or a tensor by.

        That is a module among its attributes, or a method with one in its closure or its globals.
        """
        if kind not in self.outside:
            found: dict[str, Any] = {}
            for parent in kind.__mro__:
                if package_of(parent) not in CLEAN_PACKAGES:
                    found = {**dict(_items(vars(parent))), **found}
            self.outside[kind] = [
                (name, item)
                for name, item in found.items()
                if name not in NOT_IN_A_FORWARD
                and isinstance(item, REACHING)
                and reaches_a_module(item)
            ]
        return self.outside[kind]

    def class_(self, value: type) -> type:
        """Give the class itself, which has no twin.

        Raises: TypeError if a module is among its attributes.
        """
        if package_of(value) not in CLEAN_PACKAGES:
            for name, item in self.outside_of(value):
                if not isinstance(item, (FunctionType, *_BOUND)):
                    raise self.refusal(f"{value.__name__}.{name}")
        return value

    def refusal(self, where: str) -> TypeError:
        return TypeError(
            f"the model reaches one of its modules through {where}, which cannot be copied, so the "
            "model itself would run and could change: keep that module in an attribute, a list or "
            "a dict of the model."
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
        """Make an empty container of the same kind, with the same attributes."""
        if type(value) in _BARE:
            return type(value)()
        twin = copy.copy(value)
        for name, item in _attributes(value):
            object.__setattr__(twin, name, self.of(item))
        twin.clear()
        return twin

    def fixed(self, value: Any) -> Any:
        """Copy a tuple or a frozenset, unless nothing in it has a twin."""
        items = [self.of(item) for item in value]
        if all(a is b for a, b in zip(items, value)):
            return value
        base = tuple if isinstance(value, tuple) else frozenset
        return self.keep(value, base.__new__(type(value), items))  # whatever else its class takes

    def view(self, value: MappingProxyType) -> Any:
        return self.keep(value, MappingProxyType(self.of(dict(value))))

    def instance(self, value: Any) -> Any:
        """Copy an object whose class is written in Python, with twins in its attributes."""
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
        """Copy an array of NumPy's, which may hold objects."""
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
        """Find the same method of the twin of a container or a tensor, such as `layers.append`."""
        owner = value.__self__
        twin = None if isinstance(owner, (type, ModuleType)) else self.of(owner)
        return value if twin is None or twin is owner else getattr(twin, value.__name__)

    def function(self, value: FunctionType) -> Any:
        """Copy a function, with twins in its closure, its defaults and the globals that it uses."""
        named = {
            name: item
            for name, item in globals_of(value).items()
            if type(item) is not ModuleType
            or any(reaches_a_module(part) for _, part in members_of(item, value))
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
        """Copy an imported Python module, with twins of the members that a function uses."""
        twin = ModuleType(value.__name__, value.__doc__)
        twin.__dict__.update(vars(value))
        twin.__dict__.update({n: self.of(part) for n, part in members_of(value, function)})
        return twin

    def cached(self, value: Any) -> Any:
        """Take the cache off a function: what it has kept is the model's."""
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


_OWNER = operator.attrgetter("__self__")
_BARE = {dict, OrderedDict, list, set}

_HOW: tuple[tuple[Any, Callable[[Twins, Any], Any]], ...] = (
    ((dict,), Twins.mapping),
    ((list, deque), Twins.sequence),
    ((set,), Twins.set),
    ((tuple, frozenset), Twins.fixed),
    ((FunctionType,), Twins.function),
    ((MethodType,), Twins.method),
    ((functools.partial,), Twins.partial),
    ((BuiltinMethodType,), Twins.method_of_builtin),
    ((functools._lru_cache_wrapper,), Twins.cached),
    ((weakref.ref,), Twins.reference),
    (
        (weakref.WeakSet, weakref.WeakKeyDictionary, weakref.WeakValueDictionary),
        Twins.weak_keys,
    ),
    ((MappingProxyType,), Twins.view),
    ((SimpleNamespace,), Twins.namespace),
    ((torch.Generator,), Twins.generator),
)

_BOUND = (property, classmethod, functools.cached_property)
"""Parts of a class that an attribute of the instance cannot replace."""

_HOOKS = ("_forward_hooks", "_forward_pre_hooks")
_BACKWARD_HOOKS = ("_backward_hooks", "_backward_pre_hooks")

_WRITTEN_IN_PYTHON = 1 << 9  # Py_TPFLAGS_HEAPTYPE


def _items(mapping: Any) -> list[tuple[Any, Any]]:
    """List what a mapping holds now, even if another thread adds to it meanwhile."""
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
    """List the attributes in the object itself: in its dictionary and its slots."""
    yield from _items(getattr(value, "__dict__", {}))
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name.startswith("__") and not name.endswith("__"):
                name = f"_{kind.__name__.lstrip('_')}{name}"
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                yield name, getattr(value, name)
