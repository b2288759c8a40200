"""Which browser tests drive: any Chromium that the machine has, made to keep to itself."""

import os
import shutil
import sys
from pathlib import Path

COMMANDS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
COMMANDS += ["microsoft-edge", "microsoft-edge-stable"]

CHROMIUM_FLAGS = [
    "--no-sandbox",  # root in a container has no other way
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def find_chromium(bundled: str | os.PathLike) -> str | None:
    """The program to start, or None: Playwright's own where it was fetched, else the system's."""
    if Path(bundled).exists():
        return str(bundled)
    on_path = filter(None, map(shutil.which, COMMANDS))
    installed = (str(path) for path in usual_places() if path.exists())
    return next(on_path, None) or next(installed, None)


def usual_places() -> list[Path]:
    """Where macOS and Windows install browsers without putting them on the PATH."""
    if sys.platform == "darwin":
        names = ["Google Chrome", "Chromium", "Microsoft Edge"]
        return [Path(f"/Applications/{name}.app/Contents/MacOS/{name}") for name in names]
    if sys.platform == "win32":
        variables = ["PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"]
        roots = [Path(os.environ[name]) for name in variables if os.environ.get(name)]
        programs = ["Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe"]
        return [root / program for root in roots for program in programs]
    return []
