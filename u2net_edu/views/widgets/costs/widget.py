"""`explore_costs`: what blocks cost over their inner width, set by hand, and measured on demand."""

import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import traitlets

from ....analysis.comparison import compare_blocks, match_blocks, trace_block
from ....analysis.cost import closed_form
from ....analysis.latency import measure_latency
from ....analysis.polynomials import WIDEST, CostPolynomials, cost_polynomials
from ....architecture.blocks import BLOCKS, build_block
from ....architecture.devices import pick_device
from ..kit.bundle import bundle
from ..kit.settings import Whole
from ..kit.widget import BrowserWidget, shows_errors, stylesheet
from .axis import AXES
from .still import Shown, costs_sheet

LIMITS = {"width": (1, 512), "resolution": (1, 1024)}
KINDS = tuple(kind for kind in AXES if kind != "width")
MATCHES = {"macs": "macs", "parameters": "parameters", "memory": "peak_bytes"}
"""What can be held equal, and what `match_blocks` calls it."""
BUDGETS = {
    "macs": {"unit": 1e6, "word": "million MACs"},
    "parameters": {"unit": 1, "word": "parameters"},
    "memory": {"unit": 2**20, "word": "MiB"},
}
"""In which unit a budget is typed in the page."""
CHOSEN = ("RSU-7", "RSU-4", "RSU-4F", "DSE", "INC", "RES", "PLN")
TIMED_AT = (8, 16, 32, 64)  # widths at which blocks are measured, besides where they stand


def explore_costs(
    blocks: Iterable[str] = CHOSEN,
    *,
    focus: str | None = None,
    in_channels: int = 3,
    out_channels: int = 64,
    width: int = 32,
    resolution: int = 320,
    x: str = "width",
    y: str = "macs",
    log: bool = False,
    match: str = "width",
    formulas: bool = True,
    device: str = "cpu",
    scale: float = 1.0,
) -> "CostExplorer":
    """Draw blocks as lines over their inner width: MACs, parameters, memory, field, measured time.

    Drag in the plot, or use the sliders and the arrow keys. Everything but times is exact and
    computed in the page; times are measured when asked for, by the button or by `.measure()`.

    Args:
        blocks: names that `build_block` knows; those of `BLOCKS` can be added in the page.
        focus: the block that is dragged and whose closed form is shown; the first if not given.
        in_channels, out_channels: of every block; those of `en1` by default.
        width: the inner width M, 1…512.
        resolution: height and width of the map in pixels, 1…1024.
        x, y: "macs", "parameters", "memory", "field" or "latency"; x also "width".
        log: both axes logarithmic.
        match: "width", or what all blocks are to cost alike: "macs", "parameters", "memory".
        formulas: whether closed forms are shown; not while an exercise asks for them.
        device: where times are measured: cpu, cuda, mps or auto.
        scale: enlarges everything, for a projector.

    Raises: ValueError for a block that does not exist; traitlets.TraitError for a setting outside
        its range.
    """
    settings = dict(x=x, y=y, log=log, match=match, formulas=formulas, scale=scale)
    settings |= dict(width=width, resolution=resolution)
    return CostExplorer(blocks, focus, (in_channels, out_channels), device, **settings)


def _whole(name: str, default: int):
    return Whole(default, *LIMITS[name]).tag(sync=True)


class CostExplorer(BrowserWidget):
    """The widget that `explore_costs` makes.

    `width` is that of `focus`. Where `match` is not "width", `budget` is what the others may cost
    as well: setting one of the two moves the other. `widths` says where each block stands,
    `.table()` what it costs there, `.measured` what was timed so far.
    """

    alt = "A line for each block: what it costs as its inner width grows."

    _esm = bundle("costs/widget")
    _css = stylesheet("costs/widget")

    offered = traitlets.Dict().tag(sync=True)  # name → polynomials, field, closed form
    axes = traitlets.Dict({k: asdict(axis) for k, axis in AXES.items()}).tag(sync=True)
    budgets = traitlets.Dict(BUDGETS).tag(sync=True)
    limits = traitlets.Dict(LIMITS).tag(sync=True)
    channels = traitlets.List(traitlets.Int()).tag(sync=True)
    blocks = traitlets.List(traitlets.Unicode(), minlen=1).tag(sync=True)
    focus = traitlets.Unicode().tag(sync=True)
    width = _whole("width", 32)
    resolution = _whole("resolution", 320)
    x = traitlets.Enum(["width", *KINDS], "width").tag(sync=True)
    y = traitlets.Enum(KINDS, "macs").tag(sync=True)
    log = traitlets.Bool(False).tag(sync=True)
    match = traitlets.Enum(["width", *MATCHES], "width").tag(sync=True)
    budget = traitlets.Int(0, min=0).tag(sync=True)
    formulas = traitlets.Bool(True).tag(sync=True)
    measured = traitlets.List(traitlets.Dict()).tag(sync=True)
    progress = traitlets.Dict().tag(sync=True)  # state: idle, running or stopping; done, of, text
    # the page's button: "measure" or "stop", and a count
    asked: "traitlets.List[Any]" = traitlets.List().tag(sync=True)

    def __init__(self, blocks: Iterable[str], focus: str | None, channels, device: str, **settings):
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._turn = threading.Lock()  # of those who say how the measuring stands
        blocks = [blocks] if isinstance(blocks, str) else list(blocks)
        if not blocks:
            raise ValueError("blocks must name at least one block, such as ['RSU-7', 'PLN'].")
        self._device = pick_device(device)
        self._channels = tuple(channels)
        self._offer = {name: _offer(name, *self._channels) for name in blocks}
        for name in BLOCKS:
            if name not in self._offer:
                with suppress(ValueError):  # one of the student's own that has no polynomials
                    self._offer[name] = _offer(name, *self._channels)
        super().__init__(
            offered=self._offer,
            channels=list(channels),
            blocks=blocks,
            focus=focus or blocks[0],
            progress={"state": "idle"},
            **settings,
        )
        self._show_focus()
        self._settle()
        self.observe(self._settle, ["width", "resolution", "match", "focus", "budget"])
        self.observe(self._keep_focus, "blocks")
        self.observe(self._show_focus, "focus")
        self.observe(self._on_asked, "asked")

    @traitlets.validate("blocks")
    def _known_blocks(self, proposal):
        for name in proposal["value"]:
            self._known(name, "blocks")
        return list(dict.fromkeys(proposal["value"]))

    @traitlets.validate("focus")
    def _known_focus(self, proposal):
        self._known(proposal["value"], "focus")
        return proposal["value"]

    def _known(self, name: str, trait: str) -> None:
        if name not in self._offer:
            raise traitlets.TraitError(
                f"{trait}: {name!r} is not among the blocks here: {', '.join(self._offer)}. "
                "Name others when you make the widget: explore_costs(blocks=…)."
            )

    def _keep_focus(self, change) -> None:
        if self.focus not in self.blocks:
            self.focus = self.blocks[0]

    def _show_focus(self, change=None) -> None:
        if self.focus not in self.blocks:
            self.blocks = [*self.blocks, self.focus]

    @property
    def size(self) -> tuple[int, int]:
        return self.resolution, self.resolution

    def polynomial(self, block: str) -> CostPolynomials:
        """What this block costs at any width and size."""
        return cost_polynomials(block, *self._channels)

    @shows_errors
    def _settle(self, change=None) -> None:
        """Keep width and budget in step: width is the largest that the budget allows."""
        if self.match == "width":
            self.budget = 0
            return
        polynomial, (low, high) = self.polynomial(self.focus), LIMITS["width"]
        within = min(max(polynomial.widest(self.match, self.budget, self.size), low), high)
        cause = change["name"] if change else "match"
        if cause in ("budget", "focus"):  # the budget stays, and allows another width
            self.width = within
        elif within != self.width or cause == "match":
            self.budget = getattr(polynomial, self.match)(self.width, self.size)

    @property
    def widths(self) -> dict[str, int]:
        """The inner width at which each chosen block stands; 0 where none is cheap enough."""
        if self.match == "width":
            return dict.fromkeys(self.blocks, self.width)
        return {
            b: self.polynomial(b).widest(self.match, self.budget, self.size) for b in self.blocks
        }

    def at(self, block: str, width: int) -> tuple[float | None, float | None]:
        """Where a block of this width lies in the plot; None for a time not measured."""
        return self._value(block, width, self.x), self._value(block, width, self.y)

    def _value(self, block: str, width: int, kind: str) -> float | None:
        if kind == "width":
            return width
        if kind == "field":  # one that pools over all of its map sees all of it
            return self._offer[block]["field"] or self.resolution
        if kind == "latency":
            asked = block, width, self.resolution
            times = (m for m in self.measured if (m["block"], m["width"], m["size"]) == asked)
            return next((time["seconds"] for time in times), None)
        return getattr(self.polynomial(block), kind)(width, self.size)

    def table(self) -> pd.DataFrame:
        """What the chosen blocks cost where they stand, counted: `compare_blocks`, or
        `match_blocks` where something else than the width is held equal."""
        into, out = self._channels
        if self.match == "width":
            return compare_blocks(self.blocks, into, self.width, out, self.size)
        return match_blocks(self.blocks, into, out, self.size, **{MATCHES[self.match]: self.budget})

    # Time: measured when asked for, in a thread, one block after the other

    def measure(self, widths: Sequence[int] = TIMED_AT, *, seconds: float = 0.2) -> "CostExplorer":
        """Time the chosen blocks at these widths and where they stand; `.wait()` for the end.

        What was measured at this resolution before is not measured again. `seconds`: for each, at
        least; and at least five runs.
        """
        if self._thread and self._thread.is_alive():
            return self
        jobs = self._jobs(widths)
        self._stop.clear()
        self.progress = {"state": "running", "done": 0, "of": len(jobs), "text": ""}
        self._thread = threading.Thread(target=self._work, args=(jobs, seconds), daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """End measuring after the run that is under way; what is measured stays."""
        with self._turn:
            if self.progress["state"] == "running":
                self.progress = {**self.progress, "state": "stopping"}
                self._stop.set()

    def wait(self, timeout: float | None = None) -> "CostExplorer":
        """Until nothing is being measured any more."""
        if self._thread:
            self._thread.join(timeout)
        return self

    def close(self) -> None:
        self._stop.set()
        super().close()

    def _jobs(self, widths: Sequence[int]) -> list[tuple[str, int]]:
        """What is still to be measured, the cheap ones first, so that something is seen soon."""
        known = {(m["block"], m["width"]) for m in self.measured if m["size"] == self.resolution}
        here = self.widths
        wanted = {(b, w) for b in self.blocks for w in {*widths, here[b]} if w} - known
        return sorted(
            wanted, key=lambda job: (self.polynomial(job[0]).macs(job[1], self.size), job)
        )

    @shows_errors
    def _work(self, jobs: list[tuple[str, int]], seconds: float) -> None:
        side = self.resolution  # one that is moved meanwhile is of no concern
        try:
            for done, (block, width) in enumerate(jobs):
                text = f"{block} at M = {width}"
                self._tell(done=done, text=text)
                self.measured = [*self.measured, self._time(block, width, side, seconds)]
        except _Stopped:
            pass
        finally:
            with self._turn:
                self.progress = {"state": "idle"}

    def _tell(self, **news) -> None:
        with self._turn:
            if self._stop.is_set():
                raise _Stopped
            self.progress = {**self.progress, **news}

    def _time(self, block: str, width: int, side: int, seconds: float) -> dict:
        into, out = self._channels
        module = build_block(block, into, width, out).to(self._device)
        # Between two runs: a stop waits for one run only.
        latency = measure_latency(module, (side, side), seconds=seconds, before_run=self._tell)
        low, high = np.quantile(latency.times, (0.25, 0.75))
        return {
            "block": block,
            "width": width,
            "size": side,
            "seconds": latency.median,
            "low": float(low),
            "high": float(high),
            "runs": len(latency.times),
            "threads": latency.threads,
            "machine": str(latency.machine),
        }

    @shows_errors
    def _on_asked(self, change) -> None:
        if change["new"][0] == "measure":
            self.measure()
        else:
            self.stop()

    def still(self) -> bytes:
        """The lines with each block's mark, as PNG."""
        names = ("blocks", "focus", "width", "widths", "resolution", "x", "y", "log", "at")
        return costs_sheet(Shown(**{name: getattr(self, name) for name in names}))


class _Stopped(Exception):
    """The student pressed stop."""


def _offer(block: str, in_channels: int, out_channels: int) -> dict:
    """All that the page must know of a block."""
    counted = trace_block(block, in_channels, 4, out_channels, (64, 64))
    field = counted.field(counted.output_path).size  # the same at every width
    try:
        form = closed_form(block, in_channels, 4, out_channels, (64, 64))
    except ValueError:
        written = None
    else:
        written = {
            "macs": form.formula,
            "parameters": form.parameters_formula,
            "condition": form.condition,
            "divisor": form.divisor,
        }
    return {
        "polynomials": cost_polynomials(block, in_channels, out_channels).to_dict(),
        "field": None if np.isinf(field) else int(field),
        "form": written,
        "widest": WIDEST,
    }
