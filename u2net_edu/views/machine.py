"""What this machine offers, and what to do where something is missing."""

import importlib.metadata
import os
import sys
from dataclasses import dataclass
from html import escape

NEEDED = ("torch", "numpy", "matplotlib", "ipywidgets", "anywidget", "jupyterlab")


@dataclass(frozen=True)
class Finding:
    """One line of the report: what was looked at, what was found, what to do if it is not good."""

    subject: str
    found: str
    advice: str = ""

    @property
    def good(self) -> bool:
        return not self.advice


class MachineReport(tuple):
    """The findings; prints as lines of text and shows as a list in a notebook."""

    @property
    def good(self) -> bool:
        return all(finding.good for finding in self)

    def __str__(self) -> str:
        return "\n".join(
            f"{'✓' if f.good else '✗'} {f.subject}: {f.found}"
            + ("" if f.good else f"\n  → {f.advice}")
            for f in (*self, self._summary())
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from .style import css

        def line(f: Finding) -> str:
            role, sign = ("good", "✓") if f.good else ("bad", "✗")
            text = f"<b>{escape(f.subject)}</b>: {escape(f.found)}"
            advice = "" if f.good else f"<br>→ {escape(f.advice)}"
            mark = f'<span style="color:var(--u2-{role});font-weight:bold">{sign}</span>'
            return f'<li style="list-style:none">{mark} {text}{advice}</li>'

        lines = "".join(line(finding) for finding in (*self, self._summary()))
        colours = "color:var(--u2-ink);background:var(--u2-background)"
        return f'<style>{css()}</style><ul class="u2" style="{colours}">{lines}</ul>'

    def _summary(self) -> Finding:
        if self.good:
            return Finding("ready", "everything the course needs is here")
        return Finding(
            "not ready", "", "follow the arrows above, restart the kernel, run this again"
        )


def check_machine() -> MachineReport:
    """Look at Python, the packages, the processor and the memory; say what to do if need be."""
    return MachineReport([_python(), *map(_package, NEEDED), _device(), _memory(), _weights()])


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    old = sys.version_info < (3, 10)
    return Finding("Python", found, "install Python 3.10 or newer" if old else "")


def _package(name: str) -> Finding:
    try:
        return Finding(name, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        advice = "close this, run `python run.py lab` in the project's folder: it installs the rest"
        return Finding(name, "missing", advice)


def _device() -> Finding:
    import torch

    from ..architecture.devices import pick_device

    device = pick_device()
    if device.type == "cuda":
        return Finding("computing on", f"{torch.cuda.get_device_name()} (CUDA)")
    if device.type == "mps":
        return Finding("computing on", "the Mac's GPU (MPS)")
    return Finding(
        "computing on", f"the processor, {torch.get_num_threads()} threads; that is enough"
    )


def _memory() -> Finding:
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return Finding("memory", "not measured on this system")
    advice = "" if total > 3 else "close other programs; choose U2NET_CLASSROOM and small images"
    return Finding("memory", f"{total:.0f} GB", advice)


def _weights() -> Finding:
    from ..weights.authors import find_reference, weights_folder
    from ..weights.names import REFERENCE_FILES

    found = [path for path in map(find_reference, REFERENCE_FILES) if path is not None]
    if found:
        here = ", ".join(path.name for path in found)
        return Finding("the authors' weights", f"{here} in {weights_folder()}")
    return Finding("the authors' weights", "not on this machine; the course works without them")
