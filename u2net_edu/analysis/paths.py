"""The learner's own words for the parts of a network: one path for each module and operator."""

import difflib
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice

from torch import nn


def module_paths(model: nn.Module) -> dict[nn.Module, str]:
    """Find the path of every module; the model's own is "".

    A path is the chain of names in the module tree, with the names that a class lists in
    `path_names` replaced: `en2.block.input` is `en2.in`.
    """
    paths: dict[nn.Module, str] = {}

    def visit(module: nn.Module, path: str) -> None:
        if module in paths:  # one module in two places keeps its first path
            return
        paths[module] = path
        words = getattr(type(module), "path_names", {})
        for name, child in module.named_children():
            word = words.get(name, name)
            visit(child, f"{path}.{word}" if path and word else path or word)

    visit(model, "")
    return paths


def operator_paths(
    calls: Sequence[tuple[str, str]], leaves: Iterable[str], taken: Iterable[str]
) -> list[str]:
    """Name the operators of a pass: one path for each, all different.

    A leaf module that ran a single operator lends it its own path (`en1.in.conv`). Elsewhere the
    operator's kind follows the module's path, and a counter where that module ran several of the
    same kind (`down1.concat`, `attention.matmul_1`, `attention.matmul_2`).

    Args:
        calls: (path of the module, kind of the operator) in execution order.
        leaves: paths of modules without children.
        taken: paths of all modules; an operator never gets the path of another module.
    """
    per_module = Counter(path for path, _ in calls)
    per_kind = Counter(calls)
    leaves, used = set(leaves), set(taken)
    seen: Counter[tuple[str, str]] = Counter()
    paths = []
    for call in calls:
        module, kind = call
        if module in leaves and per_module[module] == 1:
            paths.append(module)
            continue
        stem = f"{module}.{kind}" if module else kind
        path = stem
        if per_kind[call] > 1 or path in used:
            seen[call] += 1
            while (path := f"{stem}_{seen[call]}") in used:
                seen[call] += 1
        used.add(path)
        paths.append(path)
    return paths


class PathError(KeyError):
    """A path that the network does not have."""

    def __str__(self) -> str:  # KeyError would print the quotes of repr
        return str(self.args[0])


def unknown_path(path: object, known: Iterable[str]) -> PathError:
    """The error for a path that does not exist, with the nearest that do."""
    known = list(dict.fromkeys(name for name in known if name))
    if not isinstance(path, str):
        return PathError(f"a path is a string such as {known[0]!r}; got {path!r}.")
    near = difflib.get_close_matches(path, known, n=4, cutoff=0.5)
    inside = (name for name in known if name.startswith(f"{path}.") and name not in near)
    near += islice(inside, 4 - len(near))
    say = (
        f"Did you mean {', '.join(near)}?" if near else f"Its paths begin: {', '.join(known[:4])}."
    )
    return PathError(f"this network has no path {path!r}. {say}")
