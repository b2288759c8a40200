"""What a network costs, found in several ways: on paper, and by other people's counters.

A count from a single tool is a claim. Here four tools count the same network.
"""

import re
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from ..architecture.blocks import check_depth
from ..architecture.stand_in import stand_in, unwrapped
from .aten.meta import shadow
from .comparison import trace_block
from .paths import module_paths
from .switches import plain
from .tracing import trace

# --- On paper ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class ClosedForm:
    """Multiply-accumulates and parameters of a block by formula, without running it."""

    block: str
    macs: int
    parameters: int
    formula: str
    """Of the multiply-accumulates, in the paper's symbols: I, M, O channels, H×W the size."""
    written: str
    """The same with its numbers."""
    holds: bool
    """Whether the formula's condition is met at this size; if not, the count is a little larger."""
    condition: str
    parameters_formula: str
    """Of the parameters; 9 weights for each pair of channels, 3 numbers for each channel given: the
    convolution's bias, the norm's scale and shift.
    """
    divisor: int
    """What must divide H and W for the formula to hold."""


@dataclass(frozen=True)
class _Pattern:
    """How often each product of widths occurs among a block's 3×3 layers."""

    io: int  # I·O
    im: int  # I·M
    mo: int  # M·O
    mm: int  # M·M among the weights
    mm_work: int  # M·M among the MACs, in layers at full size
    o_given: int  # layers that give O channels
    m_given: int  # layers that give M
    divisor: int = 1


def _pattern(block: str) -> _Pattern:
    fixed = {
        "RSU-4F": _Pattern(1, 0, 3, 7, 7, 2, 6),
        "PLN": _Pattern(0, 1, 1, 0, 0, 1, 1),
        "RES": _Pattern(1, 0, 2, 0, 0, 2, 1),
        "DSE": _Pattern(0, 1, 4, 6, 6, 1, 4),
        "INC": _Pattern(0, 1, 4, 4, 4, 1, 5),
    }
    match = re.fullmatch(r"(RSU|NIV)-(\d+)", block)
    shape, depth = (match[1], int(match[2][:30])) if match else ("", 0)
    if block not in fixed and depth < 2:
        known = ", ".join(fixed)
        raise ValueError(
            f"closed forms exist for RSU-<depth>, NIV-<depth>, {known}; not for {block!r}."
        )
    if block in fixed:
        return fixed[block]
    check_depth(shape, depth)
    # A layer from a concatenation is two M→M: three for each level below the first, one less at
    # the bottom. Each level has a quarter of the pixels of the one above: 3/4 + 3/16 + … and the
    # bottom make one.
    inner, divisor = 3 * (depth - 2) + 1, 2 ** (depth - 2)
    if shape == "RSU":
        return _Pattern(1, 0, 3, inner, 1, 2, 2 * depth - 2, divisor)
    return _Pattern(0, 1, 2, inner, 1, 1, 2 * depth - 2, divisor)


def closed_form(
    block: str, in_channels: int, mid_channels: int, out_channels: int, size: tuple[int, int]
) -> ClosedForm:
    """Work out the cost of a block on paper.

    RSU-L: 9·H·W·(I·O + 3·M·O + M²), whatever L is: each level down has a quarter of the pixels, so
    that all of the inner U's M→M layers together cost one at full size. It holds while each pool
    halves exactly, that is while 2^(L−2) divides H and W. RSU-4F never pools, and pays for its
    seven M→M layers in full: 9·H·W·(I·O + 3·M·O + 7·M²), at any size. NIV-L follows the same rule
    as RSU-L; PLN, RES, DSE and INC do all of their work at full size.

    Parameters count biases and the batch norms' scale and shift.

    Raises: ValueError for a block without a closed form here.
    """
    has = _pattern(block)
    i, m, o, (h, w) = in_channels, mid_channels, out_channels, size
    wide = has.io * i * o + has.im * i * m + has.mo * m * o
    macs = 9 * h * w * (wide + has.mm_work * m * m)
    parameters = 9 * (wide + has.mm * m * m) + 3 * (has.o_given * o + has.m_given * m)
    formula = f"9·H·W·({_products(has, has.mm_work)})"
    given = f"{_times(has.o_given, 'O')} + {_times(has.m_given, 'M')}"
    numbers = {"I": i, "M": m, "O": o, "H": h, "W": w}
    written = re.sub(r"[IMOHW]", lambda symbol: str(numbers[symbol[0]]), formula)
    return ClosedForm(
        block,
        macs,
        parameters,
        formula,
        f"{written} = {macs:,}",
        h % has.divisor == 0 and w % has.divisor == 0,
        "any H and W" if has.divisor == 1 else f"{has.divisor} divides H and W",
        f"9·({_products(has, has.mm)}) + 3·({given})",
        has.divisor,
    )


def _products(has: _Pattern, mm: int) -> str:
    counts = {"I·O": has.io, "I·M": has.im, "M·O": has.mo, "M²": mm}
    return " + ".join(_times(count, name) for name, count in counts.items() if count)


def _times(count: int, name: str) -> str:
    return name if count == 1 else f"{count}·{name}"


def closed_forms(
    blocks: Iterable[str],
    in_channels: int,
    mid_channels: int,
    out_channels: int,
    size: tuple[int, int],
) -> pd.DataFrame:
    """Compare closed forms with the counted figures; the index is the block.

    Columns: macs and parameters as counted, the same on paper (`…_on_paper`), the condition of the
    formula, whether it `holds` at this size, and `equal`.
    Raises: ValueError for a block without a closed form.
    """
    rows = {}
    for block in blocks:
        form = closed_form(block, in_channels, mid_channels, out_channels, size)
        counted = trace_block(block, in_channels, mid_channels, out_channels, size)
        macs, parameters = counted.total_macs, counted.total_parameters
        rows[block] = {
            "macs": macs,
            "macs_on_paper": form.macs,
            "parameters": parameters,
            "parameters_on_paper": form.parameters,
            "condition": form.condition,
            "holds": form.holds,
            "equal": (macs, parameters) == (form.macs, form.parameters),
        }
    return _table(rows, "block")


def _table(rows: dict[str, dict[str, Any]], name: str) -> pd.DataFrame:
    return pd.DataFrame(rows.values(), index=pd.Index(rows, name=name))


# --- By other people's tools -------------------------------------------------------------------


def cross_check(
    model: nn.Module, size: tuple[int, int], channels: int | None = None
) -> pd.DataFrame:
    """Compare our count with three other tools', with a row for each stage and one for the `total`.

    The tools define their numbers differently:

        ours = fvcore's convolutions = FlopCounter / 2 = torchinfo − biases − norms

    Columns: macs (ours), fvcore, flop_counter (operations, two to a MAC), torchinfo (its
    mult-adds), biases and norms (what torchinfo counts of these, each time that a layer runs), and
    `equal`, which says whether the line above holds. It does for convolutions, linear layers on
    vectors, and batch norms. Elsewhere a row may show a difference of definitions: torchinfo counts
    a transposed convolution at its output's pixels and a linear layer on a map once, and fvcore
    leaves out fused attention.

    fvcore needs real arithmetic: the network runs once on zeros, on its own device, as a stand-in
    that shares its weights.

    Raises: what `trace` raises.
    """
    counted = trace(model, size, channels)
    model = unwrapped(model)
    shape = (1, counted.channels, *counted.size)
    dtype = next((p.dtype for p in model.parameters()), torch.float32)
    device = next((p.device for p in model.parameters()), torch.device("cpu"))
    with plain(device):
        fvcore = _by_fvcore(stand_in(model), torch.zeros(shape, dtype=dtype, device=device))
        image = torch.empty(shape, dtype=dtype, device="meta")
        flop_counter = _by_flop_counter(stand_in(model, shadow), image)
        torchinfo = _by_torchinfo(stand_in(model, shadow), image)
    # our path → the attributes that lead there, which the tools go by: `in` is `input`
    homes = module_paths(model)
    names = {homes[module]: name for name, module in reversed([*model.named_modules()]) if name}
    own = {path: module for module, path in homes.items()}
    rows = {}
    for stage, members in {**counted.groups("stage"), "total": None}.items():
        operators = [counted.operators[i] for i in members or range(len(counted.operators))]
        if stage != "total" and stage not in names:
            continue  # a function in the network's own forward, of which the tools know no name
        key = "" if stage == "total" else names[stage]
        row = {
            "macs": sum(operator.macs for operator in operators),
            "fvcore": fvcore(key),
            "flop_counter": flop_counter(key),
            "torchinfo": torchinfo(key),
            "biases": sum(operator.other_ops for operator in operators if operator.macs),
            "norms": sum(_scales(own.get(o.home)) for o in operators if o.kind == "norm"),
        }
        rows[stage] = {**row, "equal": _agree(**row)}
    return _table(rows, "path")


def _scales(norm: nn.Module | None) -> int:
    """Numbers in a norm's scale and shift, which torchinfo counts each time that it runs."""
    if norm is None or norm._modules:
        return 0
    return sum(
        p.numel() for p in (norm._parameters.get(n) for n in ("weight", "bias")) if p is not None
    )


def _agree(macs, fvcore, flop_counter, torchinfo, biases, norms) -> bool:
    return macs == fvcore == torchinfo - biases - norms and 2 * macs == flop_counter


Counter = Callable[[str], int]
"""What a tool counts in a submodule, by its dotted name; in the whole network for ""."""


def _by_fvcore(model: nn.Module, image: Tensor) -> Counter:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # seven deprecations of torch, at import alone
        from fvcore.nn import FlopCountAnalysis

        count = FlopCountAnalysis(model, image)
        count.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
        count.tracer_warnings("none")
        found = count.by_module_and_operator()
    products = ("conv", "linear", "addmm", "matmul", "bmm", "baddbmm", "mm", "einsum")
    return lambda name: int(sum(found.get(name, {}).get(product, 0) for product in products))


def _by_flop_counter(model: nn.Module, image: Tensor) -> Counter:
    from torch.utils.flop_counter import FlopCounterMode

    count: Any = FlopCounterMode(display=False)
    count.mod_tracker = _AtWork(model)
    with torch.no_grad(), count:
        model(image)
    found = count.get_flop_counts()
    return lambda name: int(sum(found.get(name or "Global", {}).values()))


class _AtWork:
    """Tell torch's FlopCounterMode which modules are at work, by hooks of these modules alone.

    The tracker that it brings along hooks every module of the process and every tensor that they
    take, and so breaks the backward pass of another thread.
    """

    is_bw = False  # nothing runs backwards here

    def __init__(self, model: nn.Module):
        self.parents = ["Global"]
        self._names = {module: name for name, module in model.named_modules() if name}
        self._hooks: list[RemovableHandle] = []

    def __enter__(self) -> None:
        for module, name in self._names.items():
            self._hooks += [
                module.register_forward_pre_hook(partial(self._begin, name), prepend=True),
                module.register_forward_hook(self._end, prepend=True),
            ]

    def __exit__(self, *exception) -> None:
        for hook in self._hooks:
            hook.remove()

    def _begin(self, name: str, *call) -> None:
        self.parents.append(name)

    def _end(self, *call) -> None:
        self.parents.pop()


def _by_torchinfo(model: nn.Module, image: Tensor) -> Counter:
    import torchinfo

    summary = torchinfo.summary(model, input_data=[image], device="meta", verbose=0)

    def of(name: str) -> int:
        inside = set(model.get_submodule(name).modules())
        layers = (layer for layer in summary.summary_list if layer.is_leaf_layer)
        return sum(layer.macs for layer in layers if layer.module in inside)

    return of
