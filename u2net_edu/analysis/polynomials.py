"""What a block costs at any inner width and any size, exactly: polynomials from a few traces of it.

A count is a sum over maps of different levels, each level half as high and half as wide as the one
above, rounded up; and for each level it is a polynomial of the inner width M. The polynomials are
found by tracing at some sizes and widths, and checked against traces at others. A block that does
not follow them is refused: nothing is estimated. Code that cannot wait for a trace, such as the
browser page, uses the polynomials.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from ..architecture.blocks import BLOCKS
from .comparison import trace_block
from .tracing import Trace

LEVELS = 9  # maps of full size, half size, … 1/256: as many as an RSU-10 has
WIDEST = 2**20  # larger than any width that makes sense
PERIOD = 4  # some widths are a quarter of M, rounded up: one polynomial for each remainder

Term = tuple[int, tuple[tuple[int, int, int], ...]]
"""(level, coefficients): c₀ + c₁·k + c₂·k² for each pixel of a map of this level. Level -1 holds
what does not depend on the number of pixels. With one triple of coefficients, k is M; with several,
there is one for each remainder of M divided by their number, and k is the quotient."""

Polynomial = tuple[Term, ...]


@dataclass(frozen=True)
class CostPolynomials:
    """What one block costs, as polynomials of its inner width and of the size of its map."""

    block: str
    macs_terms: Polynomial
    parameters_terms: Polynomial
    live_terms: tuple[Polynomial, ...]
    """Bytes alive after an operator; the peak is the largest of them."""

    def macs(self, width: int, size: tuple[int, int]) -> int:
        return value(self.macs_terms, width, size)

    def parameters(self, width: int, size: tuple[int, int] = (1, 1)) -> int:
        return value(self.parameters_terms, width, size)

    def memory(self, width: int, size: tuple[int, int]) -> int:
        """Peak bytes of activations."""
        return max(value(terms, width, size) for terms in self.live_terms)

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
        """Plain JSON, as the browser's script reads it."""
        return {
            "macs": _plain(self.macs_terms),
            "parameters": _plain(self.parameters_terms),
            "memory": [_plain(terms) for terms in self.live_terms],
        }


def _plain(polynomial: Polynomial) -> list:
    return [[level, [list(c) for c in coefficients]] for level, coefficients in polynomial]


def value(polynomial: Polynomial, width: int, size: tuple[int, int]) -> int:
    """A polynomial at one width and size."""
    total = 0
    for level, coefficients in polynomial:
        k, remainder = divmod(width, len(coefficients))
        c0, c1, c2 = coefficients[remainder]
        total += pixels(level, size) * (c0 + c1 * k + c2 * k * k)
    return total


def pixels(level: int, size: tuple[int, int]) -> int:
    """Pixels of a map that was halved `level` times, rounding up."""
    if level < 0:
        return 1
    return -(-size[0] // 2**level) * -(-size[1] // 2**level)


def cost_polynomials(block: str, in_channels: int, out_channels: int) -> CostPolynomials:
    """Find the polynomials of a block by its name: some thirty traces, a few hundred milliseconds.

    They are kept until `BLOCKS` has another builder under that name.

    Raises: ValueError for a block that does not exist, or whose costs are no such polynomials.
    """
    return _found(block, BLOCKS.get(block), in_channels, out_channels)


@cache
def _found(
    block: str, builder: Callable | None, in_channels: int, out_channels: int
) -> CostPolynomials:

    def traced(width: int, size: tuple[int, int]) -> Trace:
        return trace_block(block, in_channels, width, out_channels, size)

    for period in (1, PERIOD):
        found = _fit(block, traced, period)
        if found and _holds(found, traced):
            return found
    raise ValueError(
        f"{block}: its costs are no polynomial of the inner width on maps that are halved from "
        "level to level, so they are known only where they are counted: use `compare_blocks`."
    )


def _fit(block: str, traced: Callable[..., Trace], period: int) -> CostPolynomials | None:
    """The polynomials through traces at `period`·3 widths and LEVELS + 2 sizes."""
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
    found = [_polynomial(counts, i) for i in range(lengths.pop())]
    known = [polynomial for polynomial in found if polynomial is not None]
    if len(known) < len(found):
        return None
    return CostPolynomials(block, known[0], known[1], _leading(known[2:]))


def _counts(trace: Trace) -> list[int]:
    live = [operator.live_bytes for operator in trace.operators]
    return [trace.total_macs, trace.total_parameters, *live]


def _polynomial(counts: dict, index: int) -> Polynomial | None:
    """One quantity: split by level at each width, then fitted for each level."""
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


def _leading(found: list[Polynomial]) -> tuple[Polynomial, ...]:
    """Those that can be the largest somewhere: one that another exceeds term by term never is."""
    kept: list[Polynomial] = []
    for one in dict.fromkeys(found):
        if any(_below(one, other) for other in kept):
            continue
        kept = [other for other in kept if not _below(other, one)] + [one]
    return tuple(kept)


def _below(one: Polynomial, other: Polynomial) -> bool:
    theirs = dict(other)
    return all(
        level in theirs and all(x <= y for p, q in zip(mine, theirs[level]) for x, y in zip(p, q))
        for level, mine in one
    )


def _holds(found: CostPolynomials, traced: Callable[..., Trace]) -> bool:
    """Whether it is true where it was not fitted: at every remainder of M, on odd, small maps."""
    for width, size in [(33, (37, 53)), (18, (129, 70)), (7, (3, 5)), (40, (64, 31))]:
        trace = traced(width, size)
        ours = found.macs(width, size), found.parameters(width), found.memory(width, size)
        if ours != (trace.total_macs, trace.total_parameters, trace.peak_activation_bytes):
            return False
    return True
