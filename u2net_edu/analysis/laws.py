"""What a block costs at any inner width and any size, exactly, from a few traces of it.

Two facts make that possible. A count is a sum over maps of different levels, each level half as
high and half as wide as the one above, rounded up; and for each level it is a polynomial of the
inner width M. Both are found out by tracing at some sizes and widths, and held against traces at
others: a block of which they are not true is refused, never guessed at. Whoever must not wait for
a trace, such as a page in a browser, takes the law.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from ..architecture.blocks import BLOCKS
from .comparison import trace_block
from .tracing import Trace

LEVELS = 9  # maps of full size, of half, … of 1/256: an RSU-10 has as many
WIDEST = 2**20  # no width that anybody would ask for is larger; as in laws.js
PERIOD = 4  # some widths are a quarter of M, rounded up: one polynomial for each remainder

Term = tuple[int, tuple[tuple[int, int, int], ...]]
"""(level, polynomials): c₀ + c₁·k + c₂·k² for each pixel of a map of this level; level -1 stands
for what no pixel changes. There is one polynomial, and k is M; or there are several, one for each
remainder of M divided by their number, and k is the quotient."""

Law = tuple[Term, ...]


@dataclass(frozen=True)
class CostLaw:
    """What one block costs as a function of its inner width and the size of its map."""

    block: str
    macs_law: Law
    parameters_law: Law
    live_laws: tuple[Law, ...]
    """Bytes alive after an operator; the peak is the largest of them."""

    def macs(self, width: int, size: tuple[int, int]) -> int:
        return value(self.macs_law, width, size)

    def parameters(self, width: int, size: tuple[int, int] = (1, 1)) -> int:
        return value(self.parameters_law, width, size)

    def memory(self, width: int, size: tuple[int, int]) -> int:
        """Peak bytes of activations."""
        return max(value(law, width, size) for law in self.live_laws)

    def widest(self, kind: str, budget: int, size: tuple[int, int]) -> int:
        """The largest width within a budget of "macs", "parameters" or "memory"; 0 for none.

        At most `WIDEST`: what a block costs need not depend on its inner width.
        """
        cost: Callable[[int, tuple[int, int]], int] = getattr(self, kind)
        high = 1
        while high <= WIDEST and cost(high, size) <= budget:
            high *= 2
        low = high // 2
        while low < WIDEST and high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if cost(middle, size) <= budget else (low, middle)
        return low

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON, as laws.js reads it."""
        return {
            "macs": _plain(self.macs_law),
            "parameters": _plain(self.parameters_law),
            "memory": [_plain(law) for law in self.live_laws],
        }


def _plain(law: Law) -> list:
    return [[level, [list(p) for p in polynomials]] for level, polynomials in law]


def value(law: Law, width: int, size: tuple[int, int]) -> int:
    """A law at one width and size."""
    total = 0
    for level, polynomials in law:
        k, remainder = divmod(width, len(polynomials))
        c0, c1, c2 = polynomials[remainder]
        total += pixels(level, size) * (c0 + c1 * k + c2 * k * k)
    return total


def pixels(level: int, size: tuple[int, int]) -> int:
    """Pixels of a map that was halved `level` times, rounding up."""
    if level < 0:
        return 1
    return -(-size[0] // 2**level) * -(-size[1] // 2**level)


def cost_law(block: str, in_channels: int, out_channels: int) -> CostLaw:
    """Find the law of a block by its name: some thirty traces, a few hundred milliseconds.

    It is kept, until another builder stands under that name in `BLOCKS`.

    Raises: ValueError for a block that does not exist, or whose costs follow no such law.
    """
    return _found(block, BLOCKS.get(block), in_channels, out_channels)


@cache
def _found(block: str, builder: Callable | None, in_channels: int, out_channels: int) -> CostLaw:

    def traced(width: int, size: tuple[int, int]) -> Trace:
        return trace_block(block, in_channels, width, out_channels, size)

    for period in (1, PERIOD):
        found = _fit(block, traced, period)
        if found and _holds(found, traced):
            return found
    raise ValueError(
        f"{block}: its costs are no polynomial of the inner width on maps that are halved from "
        "level to level, so they are known only where they are counted: ask `compare_blocks`."
    )


def _fit(block: str, traced: Callable[..., Trace], period: int) -> CostLaw | None:
    """The law through traces at `period`·3 widths and LEVELS + 2 sizes."""
    # One column of pixels: a map of level l has as many as its height, which is 2^j / 2^l.
    sizes = [(2**j, 1) for j in range(LEVELS + 2)]
    counts = {}  # remainder → three k, and for each and each size [macs, parameters, live bytes …]
    for remainder in range(period):
        quotients = [PERIOD // period * n for n in (1, 2, 3)]
        rows = [[_counts(traced(period * k + remainder, s)) for s in sizes] for k in quotients]
        counts[remainder] = quotients, rows
    lengths = {len(c) for _, rows in counts.values() for row in rows for c in row}
    if len(lengths) != 1:  # at some size or width it has other operators
        return None
    laws = [_law(counts, i) for i in range(lengths.pop())]
    if None in laws:
        return None
    return CostLaw(block, laws[0], laws[1], _leading(laws[2:]))


def _counts(trace: Trace) -> list[int]:
    live = [operator.live_bytes for operator in trace.operators]
    return [trace.total_macs, trace.total_parameters, *live]


def _law(counts: dict, index: int) -> Law | None:
    """One quantity's law: split by level at each width, then a polynomial for each level."""
    polynomials: dict[int, list] = {level: [] for level in range(-1, LEVELS)}
    for quotients, rows in counts.values():
        split = [_by_level([c[index] for c in row]) for row in rows]
        for level in polynomials:
            fitted = _through(quotients, [parts[level] for parts in split])
            if fitted is None:
                return None
            polynomials[level].append(fitted)
    return tuple((level, tuple(p)) for level, p in polynomials.items() if any(map(any, p)))


def _by_level(values: list[int]) -> dict[int, int]:
    """What belongs to each level, from values at heights 1, 2, 4, … of a column of pixels.

    From height 2^j to 2^(j+1), a map of level l ≤ j grows by 2^(j-l), a smaller one not at all.
    """
    growth = [b - a for a, b in pairwise(values)]
    parts = {j: growth[j] - (2 * growth[j - 1] if j else 0) for j in range(LEVELS)}
    parts[-1] = values[0] - sum(parts.values())
    return parts


def _through(points: list[int], values: list[int]) -> tuple[int, int, int] | None:
    """Whole c₀, c₁, c₂ of the parabola through three equally spaced points."""
    (a, b, c), step = values, points[1] - points[0]
    c2, rest = divmod(a - 2 * b + c, 2 * step * step)
    c1, more = divmod(b - a - c2 * (points[1] ** 2 - points[0] ** 2), step)
    return None if rest or more else (a - c1 * points[0] - c2 * points[0] ** 2, c1, c2)


def _leading(laws: list[Law]) -> tuple[Law, ...]:
    """Those that can be the largest somewhere: one that another exceeds term by term never is."""
    kept: list[Law] = []
    for law in dict.fromkeys(laws):
        if any(_below(law, other) for other in kept):
            continue
        kept = [other for other in kept if not _below(other, law)] + [law]
    return tuple(kept)


def _below(law: Law, other: Law) -> bool:
    theirs = dict(other)
    return all(
        level in theirs
        and all(x <= y for p, q in zip(polynomials, theirs[level]) for x, y in zip(p, q))
        for level, polynomials in law
    )


def _holds(law: CostLaw, traced: Callable[..., Trace]) -> bool:
    """Is it true where it was not fitted: at every remainder of M, on odd maps and small ones?"""
    for width, size in [(33, (37, 53)), (18, (129, 70)), (7, (3, 5)), (40, (64, 31))]:
        trace = traced(width, size)
        ours = law.macs(width, size), law.parameters(width), law.memory(width, size)
        if ours != (trace.total_macs, trace.total_parameters, trace.peak_activation_bytes):
            return False
    return True
